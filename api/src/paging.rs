//! `?limit=&cursor=` of every list.

use domain::paging::Page;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::problem::{ApiResult, Problem};

/// Rows of a page that doesn't say how many.
const DEFAULT_LIMIT: i64 = 50;
/// Most rows of a page.
const MAX_LIMIT: i64 = 200;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Rows of a page, 1 to 200; 50 where it isn't given.
    limit: Option<i64>,
    /// `nextCursor` of the page before.
    cursor: Option<Uuid>,
}

impl PageQuery {
    /// The page, checked.
    pub fn page(&self) -> ApiResult<Page> {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(Problem::field(
                "/limit",
                format!("expected 1 to {MAX_LIMIT}, got {limit}"),
            ));
        }
        Ok(Page {
            limit,
            cursor: self.cursor,
        })
    }
}
