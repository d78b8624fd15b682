//! Searches of the Hub: by words and kind, in Persian, and the catalogue of what is fetched most.

use actix_web::{get, web};
use domain::model_kind::ModelKind;
use futures::future::try_join3;
use hub::{
    responses::FoundModel,
    search::{Query as HubQuery, Sort},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::App, hub_caller::HubCaller, problem::ApiResult, query::Query, refusals::HubRefusals,
};

/// Persian's language tag.
const PERSIAN: &str = "fa";
/// Models of a page that doesn't say how many.
const DEFAULT_LIMIT: u32 = 20;
/// Models of each part of the catalogue.
const CATALOG_LENGTH: u32 = 10;
/// What is looked for, and which page of it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SearchQuery {
    /// Words in the name.
    #[param(max_length = 200)]
    q: Option<String>,
    /// What it is for; all if omitted.
    #[param(inline)]
    r#type: Option<ModelKind>,
    /// What comes first; what people look at now if omitted.
    #[param(inline)]
    sort: Option<SortBy>,
    /// Models of a page; 20 if omitted.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    #[param(max_length = 2000)]
    cursor: Option<String>,
}

/// What is looked for in Persian, and which page of it. Its kind is said by the path.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PersianQuery {
    /// Words in the name.
    #[param(max_length = 200)]
    q: Option<String>,
    /// What comes first; what people look at now if omitted.
    #[param(inline)]
    sort: Option<SortBy>,
    /// Models of a page; 20 if omitted.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
    /// `nextCursor` of the page before.
    #[param(max_length = 2000)]
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

/// A kind of models that the catalog has for Persian.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PersianTask {
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

impl From<SearchQuery> for HubQuery {
    fn from(query: SearchQuery) -> Self {
        Self {
            words: query.q.filter(|words| !words.trim().is_empty()),
            pipeline_tag: query.r#type.and_then(ModelKind::task).map(str::to_owned),
            filters: Vec::new(),
            sort: query.sort.map_or(Sort::Trending, SortBy::sort),
            limit: query.limit.unwrap_or(DEFAULT_LIMIT),
            cursor: query.cursor,
        }
    }
}

impl PersianQuery {
    fn of(self, kind: ModelKind) -> HubQuery {
        let Self {
            q,
            sort,
            limit,
            cursor,
        } = self;
        let query = SearchQuery {
            q,
            r#type: Some(kind),
            sort,
            limit,
            cursor,
        };
        HubQuery {
            filters: vec![PERSIAN.into()],
            ..query.into()
        }
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

impl PersianTask {
    const fn kind(self) -> ModelKind {
        match self {
            Self::Tts => ModelKind::Tts,
            Self::Stt => ModelKind::Stt,
            Self::Llm => ModelKind::Llm,
        }
    }
}

/// Searches the Hub.
#[utoipa::path(tag = "sources", operation_id = "searchModels", params(SearchQuery), responses((status = 200, body = FoundModels), HubRefusals), security((), ("bearer" = []), ("cookie" = [])))]
#[get("/sources/search")]
pub async fn search(
    app: web::Data<App>,
    caller: HubCaller,
    query: Query<SearchQuery>,
) -> ApiResult<web::Json<FoundModels>> {
    answer(&app, &caller, query.0.into()).await
}

/// Searches the Hub for Persian models of a kind.
#[utoipa::path(tag = "sources", operation_id = "searchPersianModels", params(("kind" = inline(PersianTask), Path), PersianQuery), responses((status = 200, body = FoundModels), HubRefusals), security((), ("bearer" = []), ("cookie" = [])))]
#[get("/sources/persian/{kind}")]
pub async fn persian(
    app: web::Data<App>,
    caller: HubCaller,
    kind: web::Path<PersianTask>,
    query: Query<PersianQuery>,
) -> ApiResult<web::Json<FoundModels>> {
    answer(&app, &caller, query.0.of(kind.kind())).await
}

async fn answer(
    app: &App,
    caller: &HubCaller,
    query: HubQuery,
) -> ApiResult<web::Json<FoundModels>> {
    let found = app.hub.hub.search(&query, caller.token.as_ref()).await?;
    Ok(web::Json(FoundModels {
        items: found.models.clone(),
        next_cursor: found.cursor.clone(),
    }))
}

/// What there is in Persian: the most downloaded of every task.
#[utoipa::path(tag = "sources", operation_id = "showCatalog", responses((status = 200, body = Catalog), HubRefusals), security((), ("bearer" = []), ("cookie" = [])))]
#[get("/sources/catalog")]
pub async fn catalog(app: web::Data<App>, caller: HubCaller) -> ApiResult<web::Json<Catalog>> {
    let part = async |task: PersianTask| {
        let query = HubQuery {
            pipeline_tag: task.kind().task().map(str::to_owned),
            filters: vec![PERSIAN.into()],
            sort: Sort::Downloads,
            limit: CATALOG_LENGTH,
            ..HubQuery::default()
        };
        let found = app.hub.hub.search(&query, caller.token.as_ref()).await?;
        Ok::<_, hub::Error>(found.models.clone())
    };
    let (tts, stt, llm) = try_join3(
        part(PersianTask::Tts),
        part(PersianTask::Stt),
        part(PersianTask::Llm),
    )
    .await?;
    Ok(web::Json(Catalog { tts, stt, llm }))
}
