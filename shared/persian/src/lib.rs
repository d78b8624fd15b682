//! Persian text, and how it is spoken.

#![warn(missing_docs)]

pub mod phonemes;
