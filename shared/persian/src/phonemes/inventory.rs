//! The phonemes of Persian, their symbols, and other systems that write the same sounds.
//!
//! | phoneme | as in | | phoneme | as in | | phoneme | as in |
//! |---|---|---|---|---|---|---|---|
//! | `a` | دست `dast` | | `k` | کار `kɑr` | | `ʒ` | ژاله `ʒɑle` |
//! | `ɑ` | آب `ɑb` | | `ɡ` | گل `ɡol` | | `x` | خوب `xub` |
//! | `e` | خانه `xɑne` | | `ʔ` | ساعت `sɑʔat` | | `q` | قلم `qalam`, غم `qam` |
//! | `o` | پل `pol` | | `ʧ` | چای `ʧɑj` | | `m` | ماه `mɑh` |
//! | `i` | این `in` | | `ʤ` | جان `ʤɑn` | | `n` | نان `nɑn` |
//! | `u` | او `u` | | `f` | فردا `fardɑ` | | `l` | لب `lab` |
//! | `b` | باد `bɑd` | | `v` | وقت `vaqt` | | `r` | روز `ruz` |
//! | `p` | پدر `pedar` | | `s` | سال `sɑl` | | `h` | هوا `havɑ` |
//! | `t` | تو `to` | | `z` | زن `zan` | | `j` | یک `jek` |
//! | `d` | در `dar` | | `ʃ` | شب `ʃab` | | `w` | دولت `dowlat` |
//!
//! ق and غ are one phoneme in the Persian of Tehran. `w` occurs only in `ow`; the other diphthong is written `ej` (پیدا `pejdɑ`). A
//! vowel at the beginning of a word has no `ʔ`. A doubled consonant is written twice (معلم `moʔallem`).

use thiserror::Error;

/// Lists the phonemes once: variant, symbol, IPA, code points of espeak-ng's `fa`, example, its reading.
macro_rules! inventory {
    ($($variant:ident $symbol:literal $ipa:literal $espeak:literal $word:literal $reading:literal)*) => {
        /// A sound that tells words apart.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum Phoneme { $(#[doc = concat!("`", $symbol, "` as in ", $word, " `", $reading, "`.")] $variant,)* }

        impl Phoneme {
            /// Every phoneme; the place of each is its [`code`](Self::code).
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// How it is written: one character, which is also its token in the vocabulary of a voice.
            pub fn symbol(self) -> &'static str {
                match self { $(Self::$variant => $symbol,)* }
            }

            /// Its usual sound in the International Phonetic Alphabet.
            pub fn ipa(self) -> &'static str {
                match self { $(Self::$variant => $ipa,)* }
            }

            /// What espeak-ng's voice `fa` writes for it, and therefore what Piper's Persian voices were trained with: one code point or
            /// more, each of which has an id in a Piper voice. `q` really is two, the second a digit; `ow` comes out as `oː`.
            pub fn espeak(self) -> &'static str {
                match self { $(Self::$variant => $espeak,)* }
            }

            /// A word in which it occurs, and how that is pronounced.
            pub fn example(self) -> (&'static str, &'static str) {
                match self { $(Self::$variant => ($word, $reading),)* }
            }
        }
    };
}

inventory! {
    A "a" "æ" "a" "دست" "dast"
    Aa "ɑ" "ɒː" "ɑ" "آب" "ɑb"
    E "e" "e" "e" "خانه" "xɑne"
    O "o" "o" "o" "پل" "pol"
    I "i" "iː" "i" "این" "in"
    U "u" "uː" "uː" "او" "u"
    B "b" "b" "b" "باد" "bɑd"
    P "p" "p" "p" "پدر" "pedar"
    T "t" "t" "t" "تو" "to"
    D "d" "d" "d" "در" "dar"
    K "k" "k" "k" "کار" "kɑr"
    G "ɡ" "ɡ" "ɡ" "گل" "ɡol"
    Glottal "ʔ" "ʔ" "ʔ" "ساعت" "sɑʔat"
    Ch "ʧ" "t͡ʃ" "tʃ" "چای" "ʧɑj"
    J "ʤ" "d͡ʒ" "dʒ" "جان" "ʤɑn"
    F "f" "f" "f" "فردا" "fardɑ"
    V "v" "v" "v" "وقت" "vaqt"
    S "s" "s" "s" "سال" "sɑl"
    Z "z" "z" "z" "زن" "zan"
    Sh "ʃ" "ʃ" "ʃ" "شب" "ʃab"
    Zh "ʒ" "ʒ" "ʒ" "ژاله" "ʒɑle"
    X "x" "x" "x" "خوب" "xub"
    Q "q" "ɢ" "q1" "قلم" "qalam"
    M "m" "m" "m" "ماه" "mɑh"
    N "n" "n" "n" "نان" "nɑn"
    L "l" "l" "l" "لب" "lab"
    R "r" "ɾ" "r" "روز" "ruz"
    H "h" "h" "h" "هوا" "havɑ"
    Y "j" "j" "j" "یک" "jek"
    W "w" "w" "ː" "دولت" "dowlat"
}

/// Other ways to type a phoneme. Nobody needs to find ʧ, ɡ or ɑ on a keyboard.
const ALIASES: &[(&str, Phoneme)] = &[
    ("tʃ", Phoneme::Ch),
    ("dʒ", Phoneme::J),
    ("t͡ʃ", Phoneme::Ch),
    ("d͡ʒ", Phoneme::J),
    ("g", Phoneme::G),
    ("â", Phoneme::Aa),
    ("ɾ", Phoneme::R),
    ("ɢ", Phoneme::Q),
];

/// Stands between `t` and `ʃ`, or `d` and `ʒ`, that are two sounds (بت‌شکن `bot.ʃekan`). It has no sound and may stand anywhere.
const SEPARATOR: char = '.';

/// Characters of a wrong text that an error quotes.
const MAX_QUOTED: usize = 80;

/// Why a string isn't a sequence of phonemes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "no phoneme begins with {found:?} at character {position} of {text:?}; the phonemes are {}",
    inventory_list()
)]
pub struct ParseError {
    /// What was parsed; its beginning if it is long.
    pub text: String,
    /// The character that no phoneme begins with.
    pub found: char,
    /// Its place, counted in characters from 1.
    pub position: usize,
}

impl ParseError {
    /// Of a longer text, in which so many characters stand before what was parsed.
    pub(super) fn within(self, text: &str, before: usize) -> Self {
        Self {
            text: text.chars().take(MAX_QUOTED).collect(),
            position: before + self.position,
            ..self
        }
    }
}

fn inventory_list() -> String {
    Phoneme::ALL
        .iter()
        .map(|phoneme| phoneme.symbol())
        .collect::<Vec<_>>()
        .join(" ")
}

impl Phoneme {
    /// Its place in [`ALL`](Self::ALL).
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The phoneme with a [`code`](Self::code), `None` if there is none.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// Whether it is one of `a ɑ e o i u`.
    pub fn is_vowel(self) -> bool {
        self <= Self::U
    }
}

/// The phonemes that a string of symbols stands for, the longest symbol first: `tʃ` is one phoneme, `t.ʃ` two.
///
/// # Errors
/// If a character begins no phoneme; white space is none either.
///
/// ```
/// use persian::phonemes::inventory::{parse, render};
/// assert_eq!(render(&parse("dʒahɑn")?), "ʤahɑn");
/// assert!(parse("jahän").unwrap_err().to_string().contains("'ä' at character 4"));
/// # Ok::<(), persian::phonemes::inventory::ParseError>(())
/// ```
pub fn parse(text: &str) -> Result<Vec<Phoneme>, ParseError> {
    let mut phonemes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == SEPARATOR {
            rest = &rest[first.len_utf8()..];
        } else if let Some((phoneme, length)) = first_phoneme(rest) {
            phonemes.push(phoneme);
            rest = &rest[length..];
        } else {
            let position = text[..text.len() - rest.len()].chars().count() + 1;
            return Err(ParseError {
                text: text.chars().take(MAX_QUOTED).collect(),
                found: first,
                position,
            });
        }
    }
    Ok(phonemes)
}

/// The phoneme that a string begins with, and the bytes of its symbol.
fn first_phoneme(text: &str) -> Option<(Phoneme, usize)> {
    let symbols = Phoneme::ALL
        .iter()
        .map(|phoneme| (phoneme.symbol(), *phoneme));
    symbols
        .chain(ALIASES.iter().copied())
        .filter(|(symbol, _)| text.starts_with(symbol))
        .max_by_key(|(symbol, _)| symbol.len())
        .map(|(symbol, phoneme)| (phoneme, symbol.len()))
}

/// Writes phonemes as a string that [`parse`] reads back.
pub fn render(phonemes: &[Phoneme]) -> String {
    let mut text = String::with_capacity(phonemes.len() * 2);
    let mut previous = None;
    for &phoneme in phonemes {
        if matches!(
            (previous, phoneme),
            (Some(Phoneme::T), Phoneme::Sh) | (Some(Phoneme::D), Phoneme::Zh)
        ) {
            text.push(SEPARATOR);
        }
        text.push_str(phoneme.symbol());
        previous = Some(phoneme);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_phoneme_has_a_symbol_of_its_own_and_an_example_with_it() {
        for (code, phoneme) in Phoneme::ALL.iter().enumerate() {
            assert_eq!(
                Phoneme::from_code(u8::try_from(code).unwrap()),
                Some(*phoneme)
            );
            assert_eq!(phoneme.symbol().chars().count(), 1);
            assert_eq!(parse(phoneme.symbol()), Ok(vec![*phoneme]));
            assert!(
                parse(phoneme.example().1).unwrap().contains(phoneme),
                "{phoneme:?}"
            );
        }
        assert_eq!(Phoneme::from_code(30), None);
    }

    #[test]
    fn two_letters_may_be_typed_for_one_with_or_without_a_tie_bar() {
        for typed in ["tʃɑj", "t͡ʃɑj"] {
            assert_eq!(parse(typed), parse("ʧɑj"));
        }
        for typed in ["dʒɑn", "d͡ʒɑn"] {
            assert_eq!(parse(typed), parse("ʤɑn"));
        }
    }

    #[test]
    fn two_sounds_that_look_like_one_are_kept_apart() {
        let phonemes = parse("bot.ʃekan").unwrap();
        assert_eq!(phonemes.len(), 8);
        assert_eq!(render(&phonemes), "bot.ʃekan");
    }

    #[test]
    fn an_error_names_the_place_and_lists_the_inventory() {
        let error = parse("xɑñe").unwrap_err();
        assert_eq!((error.found, error.position), ('ñ', 3));
        assert!(error.to_string().contains("ʧ"));
    }

    #[test]
    fn a_long_text_is_cut_in_its_error() {
        assert_eq!(parse(&"!".repeat(1_000_000)).unwrap_err().text.len(), 80);
    }

    proptest! {
        #[test]
        fn what_is_rendered_is_parsed_back(codes in proptest::collection::vec(0u8..30, 0..50)) {
            let phonemes: Vec<Phoneme> = codes.into_iter().filter_map(Phoneme::from_code).collect();
            prop_assert_eq!(parse(&render(&phonemes)), Ok(phonemes));
        }

        #[test]
        fn any_string_is_parsed_or_refused(text in "\\PC*") {
            let _ = parse(&text);
        }
    }
}
