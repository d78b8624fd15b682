//! How a text is read, as the API shows it.

use persian::{
    Analysis, AnalyzedSentence, AnalyzedWord, DropReason, Dropped, Span, SpokenKind,
    phonemes::{Source, inventory::render},
    speak,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a voice is taught, and given to speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum TextMode {
    /// The letters, of which the voice learns itself how they sound.
    Characters,
    /// The sounds, with the vowels and the ezafe that Persian doesn't write.
    #[default]
    Phonemes,
}

/// How a text is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TextAnalysis {
    pub mode: TextMode,
    pub sentences: Vec<ReadSentence>,
    /// What isn't spoken, in the order of the text.
    pub dropped: Vec<DroppedText>,
}

/// How a sentence is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadSentence {
    /// As it was given.
    pub original: String,
    #[schema(value_type = [usize; 2])]
    pub span: CharacterSpan,
    /// With one way to write each thing.
    pub normalized: String,
    /// In words, with the ezafe spelled where it is known.
    pub spoken: String,
    /// In phonemes; null by characters.
    pub phonemes: Option<String>,
    /// Words and punctuation of the spoken form.
    pub tokens: Vec<ReadToken>,
}

/// A word of the spoken form, or punctuation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadToken {
    pub text: String,
    /// What of the text it was made of. All words of one expression, such as a date, have the span of the whole expression.
    #[schema(value_type = [usize; 2])]
    pub span: CharacterSpan,
    /// Whether the writer wrote this word, and didn't leave it to the reader to say a number, a date or a sign in words.
    pub written: bool,
    /// Its part of speech in the tagset of the corpus Peykare, such as `N` or `AJ`; null by characters.
    pub pos: Option<String>,
    /// Whether it is spoken with the ezafe, written or not.
    pub ezafe: bool,
    /// With the ezafe's; null by characters, and for punctuation.
    pub phonemes: Option<String>,
    /// Where the phonemes are from.
    pub source: Option<PhonemeSource>,
}

/// Where a word's phonemes are from, in the order of authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum PhonemeSource {
    /// The text itself: `[[salɑm]]`.
    Inline,
    /// The user's dictionary.
    Dictionary,
    /// The vowel signs that the writer has set.
    Spelled,
    Lexicon,
    /// A stem and affixes that the lexicon has.
    Composed,
    /// Guessed from the spelling.
    Guessed,
    /// The names of its letters.
    Letters,
    /// It has no sound.
    Unreadable,
}

/// Something that isn't spoken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DroppedText {
    pub text: String,
    #[schema(value_type = [usize; 2])]
    pub span: CharacterSpan,
    pub reason: DroppedBecause,
}

/// Why something isn't spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum DroppedBecause {
    Emoji,
    /// A symbol without a reading at this place.
    Symbol,
    /// A control character.
    Control,
    /// A character that is neither seen nor heard.
    Invisible,
    /// A line that only stretches a word.
    Tatweel,
    /// A sign that belongs to no letter, or isn't Persian.
    Mark,
    /// Letters of a script that isn't read.
    UnknownScript,
    /// The beginning of an address, such as `https://`.
    AddressPrefix,
    /// The end of an address, from its `?` or `#` on.
    AddressQuery,
    /// A word without a letter that is read, or wrong phonemes between `[[` and `]]`.
    Unreadable,
    /// A character that the voice has no sound for.
    Vocabulary,
}

/// The first character and the one after the last, counted in Unicode code points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CharacterSpan(usize, usize);

impl TextAnalysis {
    /// As a voice that is taught characters reads it.
    pub fn by_characters(text: &str) -> Self {
        let positions = Positions::of(text);
        let spoken = speak(text);
        let dropped = spoken.dropped().into_iter().cloned().collect();
        let sentences = spoken.sentences.iter().map(|sentence| ReadSentence {
            original: sentence.sentence.span.of(text).to_owned(),
            span: positions.span(sentence.sentence.span),
            normalized: sentence.sentence.text(&spoken.normalized).to_owned(),
            spoken: sentence.verbalized.text(),
            phonemes: None,
            tokens: sentence
                .verbalized
                .words
                .iter()
                .map(|word| ReadToken {
                    text: word.text.clone(),
                    span: positions.span(word.span),
                    written: word.kind == SpokenKind::Written,
                    pos: None,
                    ezafe: false,
                    phonemes: None,
                    source: None,
                })
                .collect(),
        });
        Self {
            mode: TextMode::Characters,
            sentences: sentences.collect(),
            dropped: positions.dropped(dropped),
        }
    }

    /// As a voice that is taught phonemes reads it.
    pub fn by_phonemes(text: &str, analysis: Analysis) -> Self {
        let positions = Positions::of(text);
        let sentences = analysis
            .sentences
            .into_iter()
            .map(|sentence| positions.sentence(text, sentence));
        Self {
            mode: TextMode::Phonemes,
            sentences: sentences.collect(),
            dropped: positions.dropped(analysis.dropped),
        }
    }
}

/// How many characters come before each byte of a text.
struct Positions {
    /// The first byte of each character, and the text's length.
    starts: Vec<usize>,
}

impl Positions {
    fn of(text: &str) -> Self {
        let starts = text.char_indices().map(|(start, _)| start);
        Self {
            starts: starts.chain([text.len()]).collect(),
        }
    }

    fn span(&self, span: Span) -> CharacterSpan {
        let place = |byte| self.starts.partition_point(|start| *start < byte);
        CharacterSpan(place(span.start), place(span.end))
    }

    fn sentence(&self, text: &str, sentence: AnalyzedSentence) -> ReadSentence {
        ReadSentence {
            original: sentence.span.of(text).to_owned(),
            span: self.span(sentence.span),
            phonemes: Some(sentence.phonemes()),
            normalized: sentence.normalized,
            spoken: sentence.spoken,
            tokens: sentence
                .words
                .into_iter()
                .map(|word| self.token(word))
                .collect(),
        }
    }

    fn token(&self, word: AnalyzedWord) -> ReadToken {
        ReadToken {
            span: self.span(word.span),
            written: matches!(word.kind, SpokenKind::Written | SpokenKind::Phonemes),
            pos: Some(word.pos.as_str().to_owned()),
            ezafe: word.ezafe,
            phonemes: word.source.map(|_| render(&word.phonemes)),
            source: word.source.map(Into::into),
            text: word.text,
        }
    }

    fn dropped(&self, dropped: Vec<Dropped>) -> Vec<DroppedText> {
        let dropped = dropped.into_iter().map(|dropped| DroppedText {
            span: self.span(dropped.span),
            text: dropped.text,
            reason: dropped.reason.into(),
        });
        dropped.collect()
    }
}

impl From<Source> for PhonemeSource {
    fn from(source: Source) -> Self {
        match source {
            Source::Inline => Self::Inline,
            Source::Dictionary => Self::Dictionary,
            Source::Spelled => Self::Spelled,
            Source::Lexicon(_) => Self::Lexicon,
            Source::Composed => Self::Composed,
            Source::Program | Source::Guessed => Self::Guessed,
            Source::Letters => Self::Letters,
            Source::Unreadable => Self::Unreadable,
        }
    }
}

impl From<DropReason> for DroppedBecause {
    fn from(reason: DropReason) -> Self {
        match reason {
            DropReason::Emoji => Self::Emoji,
            DropReason::Symbol => Self::Symbol,
            DropReason::Control => Self::Control,
            DropReason::Invisible => Self::Invisible,
            DropReason::Tatweel => Self::Tatweel,
            DropReason::Mark => Self::Mark,
            DropReason::UnknownScript => Self::UnknownScript,
            DropReason::AddressPrefix => Self::AddressPrefix,
            DropReason::AddressQuery => Self::AddressQuery,
            DropReason::Unreadable => Self::Unreadable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_count_characters_and_not_bytes() {
        let analysis = TextAnalysis::by_characters("سلام 😀 دنیا");
        let spans: Vec<_> = analysis.sentences[0]
            .tokens
            .iter()
            .map(|token| token.span)
            .collect();
        assert_eq!(spans, [CharacterSpan(0, 4), CharacterSpan(7, 11)]);
        assert_eq!(analysis.dropped[0].span, CharacterSpan(5, 6));
    }
}
