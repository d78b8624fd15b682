//! What Persian spelling and grammar decide about the ezafe, whatever the model says.

use super::tag::Tag;
use super::viterbi::Known;

/// What the spelling of a word says.
pub(super) fn known(_token: &str) -> Known {
    Known::Nothing
}

/// Corrects.
pub(super) fn correct(_tokens: &[&str], _tags: &mut [Tag]) {}
