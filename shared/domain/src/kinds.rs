//! The kinds of jobs, registered: a new one is its noun's file, its handler in a worker, and a line here.

use jobs::Kinds;

use crate::{datasets::Dataset, downloads::Download, syntheses::Synthesis, training::Training};

/// Every kind of job of the product.
pub fn kinds() -> Kinds {
    Kinds::default()
        .with::<Dataset>()
        .with::<Download>()
        .with::<Training>()
        .with::<Synthesis>()
}
