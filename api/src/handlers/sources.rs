//! What there is on the Hub: search, the Persian presets, a model's details.

use actix_web::{get, post, web};
use domain::models::{self, ModelKind};
use futures::future::try_join3;
use hub::{
    answers::{Account, FoundModel, ModelInfo},
    names::{RepoId, Revision},
    search::{Query, Sort},
    selection::Selection,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App,
    auth_user::AuthUser,
    body::Body,
    hub_access::choose,
    hub_caller::HubCaller,
    hub_token::TokenBody,
    problem::{ApiResult, Problem},
};

/// The language tag of the presets.
const PERSIAN: &str = "fa";
/// Models of a page that doesn't say how many.
const DEFAULT_LIMIT: u32 = 20;
/// Most models of a page.
const MAX_LIMIT: u32 = 100;
/// Longest question, in characters.
const QUESTION_CHARACTERS: usize = 200;
/// Models of each part of the catalogue.
const CATALOG_LENGTH: u32 = 10;
/// So much of a model's card is shown, in bytes.
const CARD_BYTES: usize = 256 << 10;

/// What is looked for, and which page of it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Words in the name.
    q: Option<String>,
    /// What it is for; all where it isn't given.
    #[param(inline)]
    r#type: Option<ModelKind>,
    /// What comes first; what people look at now where it isn't given.
    #[param(inline)]
    sort: Option<SortBy>,
    /// Models of a page, 1 to 100; 20 where it isn't given.
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    cursor: Option<String>,
}

/// What comes first.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SortBy {
    /// What people look at now.
    Trending,
    /// What was fetched most in the last 30 days.
    Downloads,
    /// What was liked most.
    Likes,
    /// The newest.
    Created,
    /// What changed last.
    Modified,
}

/// A kind of models for which there is a Persian preset.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Text to speech.
    Tts,
    /// Speech to text.
    Stt,
    /// Text to text.
    Llm,
}

/// One page of what was found.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FoundModels {
    /// The models.
    items: Vec<FoundModel>,
    /// Pass it as `cursor` for the next page; null on the last one.
    next_cursor: Option<String>,
}

/// What there is in Persian, most fetched first.
#[derive(Serialize, ToSchema)]
pub struct Catalog {
    /// Text to speech.
    tts: Vec<FoundModel>,
    /// Speech to text.
    stt: Vec<FoundModel>,
    /// Text to text.
    llm: Vec<FoundModel>,
}

/// Which commit of a model.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RevisionQuery {
    /// A branch, a tag or a commit; `main` where it isn't given.
    revision: Option<String>,
}

/// Everything about one commit of a model.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ModelDetails {
    #[serde(flatten)]
    info: ModelInfo,
    /// Where a person looks at it, and accepts its terms.
    page: String,
    /// What its README says, as Markdown; null where it has none, or it may not be read.
    card: Option<String>,
    /// Paths of the files that a download fetches where it names none.
    fetched: Vec<String>,
    /// Their bytes.
    fetched_bytes: u64,
    /// Whether a training can begin from it.
    trainable: bool,
    /// Why not.
    not_trainable_because: Option<String>,
    /// Whether this user has this commit here.
    installed: bool,
}

impl SearchQuery {
    fn query(self, kind: Option<ModelKind>, language: Option<&str>) -> ApiResult<Query> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            let detail = format!("expected 1 to {MAX_LIMIT}, got {limit}");
            return Err(Problem::field("/limit", detail));
        }
        for (pointer, text, most) in [
            ("/q", &self.q, QUESTION_CHARACTERS),
            ("/cursor", &self.cursor, 10 * QUESTION_CHARACTERS),
        ] {
            if text
                .as_ref()
                .is_some_and(|text| text.chars().count() > most)
            {
                let detail = format!("expected at most {most} characters");
                return Err(Problem::field(pointer, detail));
            }
        }
        Ok(Query {
            words: self.q.filter(|words| !words.trim().is_empty()),
            pipeline_tag: kind.and_then(ModelKind::task).map(str::to_owned),
            filters: language.into_iter().map(str::to_owned).collect(),
            sort: self.sort.map_or(Sort::Trending, SortBy::sort),
            limit,
            cursor: self.cursor,
        })
    }
}

impl SortBy {
    const fn sort(self) -> Sort {
        match self {
            Self::Trending => Sort::Trending,
            Self::Downloads => Sort::Downloads,
            Self::Likes => Sort::Likes,
            Self::Created => Sort::Created,
            Self::Modified => Sort::Modified,
        }
    }
}

impl Preset {
    const fn kind(self) -> ModelKind {
        match self {
            Self::Tts => ModelKind::Tts,
            Self::Stt => ModelKind::Stt,
            Self::Llm => ModelKind::Llm,
        }
    }
}

/// Searches the Hub.
#[utoipa::path(tag = "sources", params(SearchQuery), responses((status = 200, body = FoundModels),
    (status = 422, body = Problem), (status = 429, body = Problem), (status = 502, body = Problem)))]
#[get("/sources/search")]
pub async fn search(
    app: web::Data<App>,
    caller: HubCaller,
    query: web::Query<SearchQuery>,
) -> ApiResult<web::Json<FoundModels>> {
    let query = query.into_inner();
    let kind = query.r#type;
    answer(&app, &caller, query.query(kind, None)?).await
}

/// Searches the Hub for Persian models of a kind.
#[utoipa::path(tag = "sources", params(("kind" = inline(Preset), Path), SearchQuery), responses((status = 200, body = FoundModels),
    (status = 422, body = Problem), (status = 429, body = Problem), (status = 502, body = Problem)))]
#[get("/sources/persian/{kind}")]
pub async fn persian(
    app: web::Data<App>,
    caller: HubCaller,
    kind: web::Path<Preset>,
    query: web::Query<SearchQuery>,
) -> ApiResult<web::Json<FoundModels>> {
    let query = query.into_inner();
    if query.r#type.is_some() {
        return Err(Problem::field("/type", "the path says it"));
    }
    answer(
        &app,
        &caller,
        query.query(Some(kind.kind()), Some(PERSIAN))?,
    )
    .await
}

async fn answer(app: &App, caller: &HubCaller, query: Query) -> ApiResult<web::Json<FoundModels>> {
    let found = app.hub.hub.search(&query, caller.token.as_ref()).await?;
    Ok(web::Json(FoundModels {
        items: found.models.clone(),
        next_cursor: found.cursor.clone(),
    }))
}

/// What there is in Persian: the most fetched of every preset.
#[utoipa::path(tag = "sources", responses((status = 200, body = Catalog), (status = 429, body = Problem), (status = 502, body = Problem)))]
#[get("/sources/catalog")]
pub async fn catalog(app: web::Data<App>, caller: HubCaller) -> ApiResult<web::Json<Catalog>> {
    let part = async |preset: Preset| {
        let query = Query {
            pipeline_tag: preset.kind().task().map(str::to_owned),
            filters: vec![PERSIAN.into()],
            sort: Sort::Downloads,
            limit: CATALOG_LENGTH,
            ..Query::default()
        };
        let found = app.hub.hub.search(&query, caller.token.as_ref()).await?;
        Ok::<_, hub::Error>(found.models.clone())
    };
    let (tts, stt, llm) =
        try_join3(part(Preset::Tts), part(Preset::Stt), part(Preset::Llm)).await?;
    Ok(web::Json(Catalog { tts, stt, llm }))
}

/// Everything about one model: its files with sizes and hashes, what of them a download fetches, and whether a training
/// can begin from it.
#[utoipa::path(tag = "sources", params(("repo_id" = String, Path, description = "`name` or `organisation/name`"), RevisionQuery),
    responses((status = 200, body = ModelDetails), (status = 403, body = Problem), (status = 404, body = Problem),
    (status = 422, body = Problem), (status = 429, body = Problem), (status = 502, body = Problem)))]
#[get("/sources/model/{repo_id:.*}")]
pub async fn model(
    app: web::Data<App>,
    caller: HubCaller,
    repo: web::Path<String>,
    query: web::Query<RevisionQuery>,
) -> ApiResult<web::Json<ModelDetails>> {
    let repo = checked::<RepoId>("/repoId", &repo)?;
    let revision = match &query.revision {
        Some(revision) => checked("/revision", revision)?,
        None => Revision::main(),
    };
    let (hub, token) = (&app.hub.hub, caller.token.as_ref());
    let info = hub.model(&repo, &revision, token).await?;
    let readme = info
        .files
        .iter()
        .find(|file| file.path.as_str() == "README.md");
    let card = match readme {
        // One that can't be read is no reason not to tell the rest.
        Some(file) => hub
            .text(&repo, &info.commit, file, CARD_BYTES, token)
            .await
            .ok(),
        None => None,
    };
    let fetched = choose(&info.files, &Selection::default());
    let here = match caller.user {
        Some(user) => models::commits_here(&app.db, user, &repo).await?,
        None => Vec::new(),
    };
    let not_trainable_because = models::why_not_trainable(
        info.model_type.as_deref(),
        info.files.iter().map(|file| file.path.as_str()),
    );
    Ok(web::Json(ModelDetails {
        page: hub.page(&repo),
        card,
        fetched: fetched.iter().map(|file| file.path.to_string()).collect(),
        fetched_bytes: fetched.iter().map(|file| file.size_bytes).sum(),
        trainable: not_trainable_because.is_none(),
        not_trainable_because,
        installed: here.iter().any(|commit| commit == info.commit.as_str()),
        info: ModelInfo::clone(&info),
    }))
}

fn checked<T: std::str::FromStr<Err = hub::names::BadName>>(
    pointer: &str,
    name: &str,
) -> ApiResult<T> {
    name.parse()
        .map_err(|error: hub::names::BadName| Problem::field(pointer, error.to_string()))
}

/// Asks the Hub whose a token is. It is neither stored nor logged.
#[utoipa::path(tag = "sources", request_body = TokenBody, responses((status = 200, body = Account), (status = 422, body = Problem),
    (status = 429, body = Problem), (status = 502, body = Problem)))]
#[post("/sources/validate-token")]
pub async fn validate_token(
    app: web::Data<App>,
    _auth: AuthUser,
    body: Body<TokenBody>,
) -> ApiResult<web::Json<Account>> {
    Ok(web::Json(app.hub.whose(&body.value.token()?).await?))
}
