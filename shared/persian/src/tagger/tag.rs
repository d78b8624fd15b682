//! The tagset of the Peykare corpus, in its coarse form, with the ezafe apart from the part of speech.

use std::fmt;

/// A part of speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pos {
    Adjective,
    Adverb,
    /// A counter between a numeral and a noun: «کیلومتر», «نفر».
    Classifier,
    Conjunction,
    Determiner,
    Interjection,
    Noun,
    Numeral,
    /// The object marker «را».
    Postposition,
    Preposition,
    Pronoun,
    Punctuation,
    /// Foreign words, formulas and what else is no word of the language.
    Residual,
    Verb,
}

impl Pos {
    const NAMES: [(Pos, &'static str); 14] = [
        (Pos::Adjective, "AJ"),
        (Pos::Adverb, "ADV"),
        (Pos::Classifier, "CL"),
        (Pos::Conjunction, "CONJ"),
        (Pos::Determiner, "DET"),
        (Pos::Interjection, "INT"),
        (Pos::Noun, "N"),
        (Pos::Numeral, "NUM"),
        (Pos::Postposition, "POSTP"),
        (Pos::Preposition, "P"),
        (Pos::Pronoun, "PRO"),
        (Pos::Punctuation, "PUNC"),
        (Pos::Residual, "RES"),
        (Pos::Verb, "V"),
    ];

    /// The corpus's own short name: `N`, `AJ`, `POSTP`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::NAMES
            .iter()
            .find(|(pos, _)| *pos == self)
            .map_or("", |(_, name)| name)
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(pos, _)| *pos)
    }
}

impl fmt::Display for Pos {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// What the tagger says about one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tag {
    pub pos: Pos,
    /// Whether the token is read with the ezafe, the -e (after vowels -ye) that joins it to the next word.
    pub ezafe: bool,
}

impl Tag {
    /// Reads a label of the model: a part of speech, and an `e` after it where the token carries the ezafe (`N`, `Ne`).
    pub(super) fn from_label(label: &str) -> Option<Self> {
        if let Some(pos) = Pos::from_name(label) {
            return Some(Self { pos, ezafe: false });
        }
        let pos = Pos::from_name(label.strip_suffix('e')?)?;
        Some(Self { pos, ezafe: true })
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}{}",
            self.pos,
            if self.ezafe { "e" } else { "" }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_read_and_written_the_same() {
        for (_, name) in Pos::NAMES {
            for label in [name.to_owned(), format!("{name}e")] {
                assert_eq!(
                    Tag::from_label(&label)
                        .expect("a label of the tagset")
                        .to_string(),
                    label
                );
            }
        }
    }

    #[test]
    fn a_label_outside_the_tagset_is_refused() {
        for label in ["", "e", "X", "n", "Nee", "DETE"] {
            assert_eq!(Tag::from_label(label), None, "{label}");
        }
    }
}
