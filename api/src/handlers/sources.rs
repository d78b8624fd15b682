//! What there is on the Hub: a model's details, and whose a token is.

use actix_web::{get, post, web};
use domain::{conflict::NotTrainable, models};
use hub::{
    names::{RepoId, Revision},
    responses::{Account, ModelInfo},
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
    query::Query,
    refusals::HubRefusals,
};

/// So much of a model's card is shown, in bytes.
const CARD_BYTES: usize = 256 << 10;

/// Which commit of a model.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RevisionQuery {
    /// A branch, a tag or a commit; `main` if omitted.
    #[param(value_type = Option<Revision>)]
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
    fetched_bytes: u64,
    /// Whether a training can begin from it.
    trainable: bool,
    not_trainable_because: Option<String>,
    /// Why not, for programs.
    not_trainable_details: Option<NotTrainable>,
    /// Whether this user has this commit here.
    installed: bool,
}

/// Everything about one model: its files with sizes and hashes, what of them a download fetches, and whether a training
/// can begin from it.
#[utoipa::path(tag = "sources", operation_id = "showHubModel", params(("repo_id" = RepoId, Path, description = "`name` or `organisation/name`"), RevisionQuery),
    responses((status = 200, body = ModelDetails), HubRefusals), security((), ("bearer" = []), ("cookie" = [])))]
#[get("/sources/model/{repo_id:.*}")]
pub async fn model(
    app: web::Data<App>,
    caller: HubCaller,
    repo: web::Path<String>,
    query: Query<RevisionQuery>,
) -> ApiResult<web::Json<ModelDetails>> {
    let repo = checked::<RepoId>("/repoId", &repo)?;
    let revision = match &query.0.revision {
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
    let not_trainable = models::why_not_trainable(
        info.model_type.as_deref(),
        info.files.iter().map(|file| file.path.as_str()),
    );
    Ok(web::Json(ModelDetails {
        page: hub.page(&repo),
        card,
        fetched: fetched.iter().map(|file| file.path.to_string()).collect(),
        fetched_bytes: fetched.iter().map(|file| file.size_bytes).sum(),
        trainable: not_trainable.is_none(),
        not_trainable_because: not_trainable.as_ref().map(ToString::to_string),
        not_trainable_details: not_trainable,
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
#[utoipa::path(tag = "sources", operation_id = "validateToken", request_body = TokenBody, responses((status = 200, body = Account), HubRefusals))]
#[post("/sources/validate-token")]
pub async fn validate_token(
    app: web::Data<App>,
    _auth: AuthUser,
    body: Body<TokenBody>,
) -> ApiResult<web::Json<Account>> {
    Ok(web::Json(app.hub.whose(&body.value.token()?).await?))
}
