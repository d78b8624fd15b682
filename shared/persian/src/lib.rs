//! Persian text as it is spoken.

pub mod tagger;
