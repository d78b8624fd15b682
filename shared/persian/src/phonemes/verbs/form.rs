//! What kinds of forms verbs have.

/// Where a form may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// With می, ب and ن before it, rarely alone.
    Present,
    /// A present of the spoken language, never alone.
    SpokenPresent,
    /// The present stem alone: with ب and ن before it.
    Imperative,
    /// Alone, and with می and ن before it.
    Past,
    /// رفته: as an adjective, as part of a compound tense.
    Participle,
    /// رفتن, گوینده: a noun, which has no می before it.
    Noun,
}
