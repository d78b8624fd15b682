//! How a text is read, and why.

use actix_web::{get, web};
use domain::{
    dictionary,
    text_analysis::{TextAnalysis, TextMode},
};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    app::App, caller::TextCaller, problem::ApiResult, query::Query, refusals::TextRefusals,
};

/// What is to be read, and how.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AnalyzeQuery {
    #[param(max_length = 3000)]
    text: String,
    /// `phonemes` if omitted.
    #[param(inline)]
    mode: Option<TextMode>,
}

/// How a text is read: sentence by sentence, in words, with the ezafe, in phonemes; and what isn't spoken, and why. For
/// those who are signed in, with their dictionary.
#[utoipa::path(tag = "text", operation_id = "analyzeText", params(AnalyzeQuery), responses((status = 200, body = TextAnalysis), TextRefusals),
    security((), ("bearer" = []), ("cookie" = [])))]
#[get("/text/analyze")]
pub async fn analyze(
    app: web::Data<App>,
    caller: TextCaller,
    query: Query<AnalyzeQuery>,
) -> ApiResult<web::Json<TextAnalysis>> {
    let AnalyzeQuery { text, mode } = query.0;
    let analyzed = match mode.unwrap_or_default() {
        TextMode::Characters => web::block(move || TextAnalysis::by_characters(&text)).await,
        TextMode::Phonemes => {
            let analyzer = app.language.analyzer().await?;
            let words = match caller.user {
                Some(user) => dictionary::pronunciations_of(&app.db, user, &text).await?,
                None => Default::default(),
            };
            web::block(move || {
                let analysis = analyzer.analyze(&text, &|word| words.get(word));
                TextAnalysis::by_phonemes(&text, analysis)
            })
            .await
        }
    };
    let analyzed = analyzed.map_err(|error| domain::Error::Internal(error.to_string()))?;
    Ok(web::Json(analyzed))
}
