//! Builds the normalized text character by character, and remembers where each came from.

use unicode_normalization::UnicodeNormalization;

use crate::signs::{DAMMA, HAMZA_ABOVE, MAX_SIGNS, ZWNJ, is_letter, is_sign};
use crate::span::{DropReason, Dropped, Span};

/// A run of normalized text and the part of the original that it stands for.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Its first byte in the normalized text.
    pub at: usize,
    /// What it stands for.
    pub span: Span,
    /// Whether it is that part byte for byte, so that parts of it have spans of their own.
    pub verbatim: bool,
}

/// A letter or digit that may still get signs.
struct Cluster {
    base: char,
    signs: Vec<char>,
    span: Span,
}

fn is_greek(character: char) -> bool {
    matches!(character, 'α'..='ω' | 'Α'..='Ω')
}

/// What stands between the last character and the next one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    None,
    HalfSpace(Span),
    Space(Span),
    Newline(Span),
}

/// The normalized text while it grows.
pub struct Builder<'a> {
    original: &'a str,
    pub text: String,
    pub pieces: Vec<Piece>,
    pub dropped: Vec<Dropped>,
    cluster: Option<Cluster>,
    gap: Gap,
}

impl<'a> Builder<'a> {
    pub fn new(original: &'a str) -> Self {
        Self {
            original,
            text: String::with_capacity(original.len()),
            pieces: Vec::new(),
            dropped: Vec::new(),
            cluster: None,
            gap: Gap::None,
        }
    }

    /// Another character, not a sign.
    pub fn push(&mut self, character: char, span: Span) {
        self.flush_cluster();
        if character == '.' || character == '…' {
            return self.push_dot(character, span);
        }
        // Greek letters that came from units (㏀) make no word.
        if self.gap == Gap::None && is_greek(character) && self.text.ends_with(is_greek) {
            self.gap = Gap::Space(span);
        }
        self.close_gap(is_letter(character));
        if is_letter(character) || character.is_ascii_digit() {
            self.cluster = Some(Cluster {
                base: character,
                signs: Vec::new(),
                span,
            });
        } else {
            self.append(character, span);
        }
    }

    /// Two dots or more are an ellipsis.
    fn push_dot(&mut self, dot: char, span: Span) {
        let after_dot = self.gap == Gap::None && self.text.ends_with(['.', '…']);
        if !after_dot {
            self.close_gap(false);
            return self.append(dot, span);
        }
        self.text.pop();
        let Some(last) = self.pieces.last_mut() else {
            return;
        };
        if last.verbatim && last.at < self.text.len() {
            // The run goes on before its dot, which now is a piece of its own.
            let dot_start = last.span.start + (self.text.len() - last.at);
            let dot_end = last.span.end;
            last.span.end = dot_start;
            self.pieces.push(Piece {
                at: self.text.len(),
                span: Span {
                    start: dot_start,
                    end: dot_end.max(span.end),
                },
                verbatim: false,
            });
        } else {
            last.span.end = last.span.end.max(span.end);
            last.verbatim = false;
        }
        self.text.push('…');
    }

    /// A sign for the letter before it. On a digit only the damma of ۲۱ُم stands, so `before_ending` says whether the
    /// rest of an ordinal follows.
    pub fn push_sign(&mut self, sign: char, span: Span, before_ending: bool) {
        let fits = self.gap == Gap::None
            && self.cluster.as_ref().is_some_and(|cluster| {
                if cluster.base.is_ascii_digit() {
                    sign == DAMMA && before_ending && cluster.signs.is_empty()
                } else {
                    cluster.signs.len() < MAX_SIGNS
                }
            });
        match &mut self.cluster {
            Some(cluster) if fits => {
                cluster.signs.push(sign);
                cluster.span.end = span.end;
            }
            _ => self.drop(span, DropReason::Mark, false),
        }
    }

    pub fn half_space(&mut self, span: Span) {
        self.flush_cluster();
        let after_letter = self.text.ends_with(|c| is_letter(c) || is_sign(c));
        if self.gap == Gap::None && after_letter {
            self.gap = Gap::HalfSpace(span);
        }
    }

    pub fn space(&mut self, span: Span) {
        self.flush_cluster();
        if !matches!(self.gap, Gap::Space(_) | Gap::Newline(_)) {
            self.gap = Gap::Space(span);
        }
    }

    pub fn newline(&mut self, span: Span) {
        self.flush_cluster();
        if !matches!(self.gap, Gap::Newline(_)) {
            self.gap = Gap::Newline(span);
        }
    }

    /// Text that is kept as it is, byte for byte.
    pub fn verbatim(&mut self, span: Span) {
        self.flush_cluster();
        self.close_gap(false);
        self.pieces.push(Piece {
            at: self.text.len(),
            span,
            verbatim: true,
        });
        self.text.push_str(span.of(self.original));
    }

    /// Leaves out a part of the original. `separates` keeps what stands on both sides apart.
    pub fn drop(&mut self, span: Span, reason: DropReason, separates: bool) {
        self.dropped.push(Dropped {
            span,
            text: span.of(self.original).to_owned(),
            reason,
        });
        if separates {
            self.space(span);
        }
    }

    /// Whether a whole number was written last, with nothing after it.
    pub fn ends_in_digit(&self) -> bool {
        self.gap == Gap::None
            && self
                .cluster
                .as_ref()
                .is_some_and(|cluster| cluster.base.is_ascii_digit())
    }

    /// The end of the text. Spaces at its end are left out.
    pub fn finish(&mut self) {
        self.flush_cluster();
    }

    fn close_gap(&mut self, before_letter: bool) {
        let gap = std::mem::replace(&mut self.gap, Gap::None);
        match gap {
            Gap::None => {}
            Gap::HalfSpace(span) if before_letter => self.append(ZWNJ, span),
            Gap::HalfSpace(_) => {}
            Gap::Space(_) | Gap::Newline(_) if self.text.is_empty() => {}
            Gap::Space(span) => self.append(' ', span),
            Gap::Newline(span) => self.append('\n', span),
        }
    }

    /// Writes out the letter with its signs, in Unicode's composed form: ا and a hamza are أ.
    fn flush_cluster(&mut self) {
        let Some(Cluster { base, signs, span }) = self.cluster.take() else {
            return;
        };
        if signs.is_empty() {
            return self.append(base, span);
        }
        // Unicode composes ئ from the Arabic ي only.
        let base = if base == 'ی' && signs.contains(&HAMZA_ABOVE) {
            'ي'
        } else {
            base
        };
        let composed: Vec<char> = std::iter::once(base).chain(signs).nfc().collect();
        let mut previous = None;
        for character in composed {
            let character = if character == 'ي' { 'ی' } else { character };
            let stays = is_letter(character)
                || character.is_ascii_digit()
                || (is_sign(character) && (character != HAMZA_ABOVE || base == 'ه'));
            // A sign twice on one letter is a slip of the keyboard.
            if stays && previous != Some(character) {
                self.append(character, span);
                previous = Some(character);
            } else {
                self.drop(span, DropReason::Mark, false);
            }
        }
    }

    fn append(&mut self, character: char, span: Span) {
        let at = self.text.len();
        let verbatim = span.of(self.original).chars().eq([character]);
        let continues = verbatim
            && self.pieces.last().is_some_and(|last| {
                last.verbatim
                    && last.span.end == span.start
                    && last.at + (last.span.end - last.span.start) == at
            });
        match self.pieces.last_mut() {
            Some(last) if continues => last.span.end = span.end,
            _ => self.pieces.push(Piece { at, span, verbatim }),
        }
        self.text.push(character);
    }
}
