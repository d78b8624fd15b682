//! `?limit=&cursor=` of every list.

use domain::paging::Page;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

/// Rows of a page that doesn't say how many.
const DEFAULT_LIMIT: i64 = 50;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Rows of a page; 50 if omitted.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// `nextCursor` of the page before.
    cursor: Option<Uuid>,
}

impl PageQuery {
    pub fn page(&self) -> Page {
        Page {
            limit: self.limit.unwrap_or(DEFAULT_LIMIT),
            cursor: self.cursor,
        }
    }
}
