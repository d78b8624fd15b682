//! Keyset pagination: newest first; the cursor is the id of the last row seen.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Which page of a list.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// At most this many rows.
    pub limit: i64,
    /// The id of the last row of the page before.
    pub cursor: Option<Uuid>,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Items<T> {
    pub items: Vec<T>,
    /// Pass it as `cursor` for the next page; null on the last one.
    pub next_cursor: Option<Uuid>,
}

impl<T> Items<T> {
    /// Wraps a page that was fetched with one row more than asked for, which only says that there is a next page.
    pub fn from_probe(mut items: Vec<T>, page: Page, id: impl Fn(&T) -> Uuid) -> Self {
        let limit = usize::try_from(page.limit).unwrap_or(0);
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = if more { items.last().map(id) } else { None };
        Self { items, next_cursor }
    }

    /// The same page of other things.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Items<U> {
        Items {
            items: self.items.into_iter().map(change).collect(),
            next_cursor: self.next_cursor,
        }
    }

    /// A list that is whole by nature.
    pub fn all(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
        }
    }
}
