//! Where something stands in the original text, and what of it isn't spoken.

/// A range of bytes of the original text, always on the borders of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last one.
    pub end: usize,
}

impl Span {
    /// From the start of this one to the end of the other.
    pub fn to(self, other: Span) -> Span {
        Span {
            start: self.start,
            end: self.end.max(other.end),
        }
    }

    /// Its part of the text that it was taken from; empty where `original` is another text, in which it lies on no borders.
    ///
    /// ```
    /// # use persian::Span;
    /// assert_eq!(Span { start: 0, end: 4 }.of("ما رفتیم"), "ما");
    /// ```
    pub fn of(self, original: &str) -> &str {
        original.get(self.start..self.end).unwrap_or_default()
    }
}

/// A part of the original text that isn't spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Where it stood.
    pub span: Span,
    /// What stood there.
    pub text: String,
    /// Why it isn't spoken.
    pub reason: DropReason,
}

/// Why a part of the text isn't spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DropReason {
    /// A picture character, with all that is joined to it: 👨‍👩‍👧 is one.
    Emoji,
    /// A symbol that has no reading, or none beside these neighbours: ©, or * between words.
    Symbol,
    /// A control character, one for private use, or one that is no character at all.
    Control,
    /// A format character without a sound: direction marks, the soft hyphen, variation selectors.
    Invisible,
    /// A kashida (ـ), which only stretches a word.
    Tatweel,
    /// A combining mark that Persian doesn't have, that has no letter before it, or that is one of too many.
    Mark,
    /// Letters of a script that isn't read: 中文, мир.
    UnknownScript,
    /// `https://`, `www.` or a closing slash of an address: readers leave them out.
    AddressPrefix,
    /// A word without a letter that is read, or wrong phonemes between `[[` and `]]`.
    Unreadable,
    /// The query or the fragment of an address (`?q=…`, `#top`).
    AddressQuery,
}
