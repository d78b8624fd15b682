//! A search's query, and a page of its results.

use serde::Serialize;

use crate::responses::FoundModel;

/// What to search for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Query {
    /// Words in the name; none for all.
    pub words: Option<String>,
    /// A task, such as `text-to-speech`.
    pub pipeline_tag: Option<String>,
    /// Tags that it has to have, such as the language `fa`.
    pub filters: Vec<String>,
    /// The order of the results.
    pub sort: Sort,
    /// Models of a page, 1 to 100.
    pub limit: u32,
    /// [`Found::cursor`] of the page before; `None` for the first page.
    pub cursor: Option<String>,
}

/// The order of the results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// The Hub's trending score.
    #[default]
    Trending,
    /// Most downloads in the last 30 days first.
    Downloads,
    /// Most likes first.
    Likes,
    /// Newest first.
    Created,
    /// Last changed first.
    Modified,
}

/// One page of results.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// In the order of the query.
    pub models: Vec<FoundModel>,
    /// Of the next page, if there is one.
    pub cursor: Option<String>,
}

impl Sort {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Trending => "trendingScore",
            Self::Downloads => "downloads",
            Self::Likes => "likes",
            Self::Created => "createdAt",
            Self::Modified => "lastModified",
        }
    }
}
