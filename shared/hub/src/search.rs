//! Searches the Hub for models.

mod query;

use std::sync::Arc;

use reqwest::Method;

use crate::{
    Error, Result,
    client::Hub,
    http::{ErrorContext, header, read_json},
    responses::WireModel,
    token::{Token, fingerprint},
};
pub use query::{Found, Query, Sort};

/// Most models of a page.
const MAX_PAGE: u32 = 100;

impl Hub {
    /// Searches. Models with names that are not valid here are left out.
    ///
    /// # Errors
    /// Where the Hub doesn't respond, or refuses the token.
    pub async fn search(&self, query: &Query, token: Option<&Token>) -> Result<Arc<Found>> {
        let key = (query.clone(), fingerprint(token));
        if let Some(found) = self.searches.get(&key).await {
            return Ok(found);
        }
        let found = Arc::new(self.search_now(query, token).await?);
        self.searches.insert(key, found.clone()).await;
        Ok(found)
    }

    async fn search_now(&self, query: &Query, token: Option<&Token>) -> Result<Found> {
        let mut url = self.url(&["api", "models"])?;
        {
            let mut pairs = url.query_pairs_mut();
            for (name, value) in [
                ("search", &query.words),
                ("pipeline_tag", &query.pipeline_tag),
            ] {
                if let Some(value) = value {
                    pairs.append_pair(name, value);
                }
            }
            for filter in &query.filters {
                pairs.append_pair("filter", filter);
            }
            pairs.append_pair("sort", query.sort.name());
            pairs.append_pair("limit", &query.limit.clamp(1, MAX_PAGE).to_string());
            pairs.append_pair("full", "true");
            if let Some(cursor) = &query.cursor {
                pairs.append_pair("cursor", cursor);
            }
        }
        let response = self
            .send(Method::GET, url, token, &ErrorContext::Search)
            .await?;
        if !response.status().is_success() {
            return Err(Error::Redirect("a search redirects to another host".into()));
        }
        let cursor = header(response.headers(), "link").and_then(next_cursor);
        let models: Vec<WireModel> = read_json(response).await?;
        Ok(Found {
            models: models
                .into_iter()
                .filter_map(|model| model.into_found().ok())
                .collect(),
            cursor,
        })
    }
}

/// The cursor in `<https://…?cursor=…>; rel="next"`. Only the cursor is used: the next request goes to the endpoint, whatever
/// host stands there.
fn next_cursor(link: &str) -> Option<String> {
    let next = link.split(',').find(|part| part.contains("rel=\"next\""))?;
    let address = next.split_once('<')?.1.split_once('>')?.0;
    let url = reqwest::Url::parse(address).ok()?;
    url.query_pairs()
        .find_map(|(name, value)| (name == "cursor").then(|| value.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_in_the_link() {
        let link =
            r#"<https://hub.example/api/models?limit=2&cursor=eyJhIjoxfQ%3D%3D>; rel="next""#;
        assert_eq!(next_cursor(link).as_deref(), Some("eyJhIjoxfQ=="));
        assert_eq!(next_cursor(r#"<https://hub.example/a>; rel="prev", <https://hub.example/b?cursor=x>; rel="next""#).as_deref(), Some("x"));
        assert_eq!(
            next_cursor(r#"<https://hub.example/a?cursor=x>; rel="prev""#),
            None
        );
        assert_eq!(next_cursor("nonsense"), None);
    }
}
