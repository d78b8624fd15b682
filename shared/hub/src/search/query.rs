//! What is looked for on the Hub, and what a page of it is.

use serde::Serialize;

use crate::answers::FoundModel;

/// What is looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Query {
    /// Words in the name; none for all.
    pub words: Option<String>,
    /// A task, such as `text-to-speech`.
    pub pipeline_tag: Option<String>,
    /// Tags that it has to have, such as the language `fa`.
    pub filters: Vec<String>,
    /// What comes first.
    pub sort: Sort,
    /// Models of a page, 1 to 100.
    pub limit: u32,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// What comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// What people look at now.
    #[default]
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

/// One page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// Its models.
    pub models: Vec<FoundModel>,
    /// Where the next page begins, if there is one.
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
