//! The pronunciations of the package `gruut-lang-fa`, in the inventory of this crate.
//!
//! Nearly all of its words are conjugated verbs. It has one reading for a spelling, often that of a rare homograph (میکنم is `mikanam`, «I dig»;
//! رفت is `roft`, «swept»), a few endings are taken apart wrongly, and `ow` is `o` (دولت `dolat`). Of the words that the lexicon written by hand has too,
//! one in eight is read otherwise there. What no rule can tell from the letters is therefore decided by order: our lexicon and our own verbs
//! come first, and what is left of gruut's are rare verbs, which are regular.

use super::inventory::Phoneme;
use super::joining::without_hiatus;

/// The phonemes of gruut that have another symbol here.
const PHONEMES: &[(&str, Phoneme)] = &[
    ("iː", Phoneme::I),
    ("æ", Phoneme::A),
    ("ɒː", Phoneme::Aa),
    ("e̞", Phoneme::E),
    ("uː", Phoneme::U),
    ("ɾ", Phoneme::R),
    ("g", Phoneme::G),
    ("ɢ", Phoneme::Q),
];

/// Converts a pronunciation whose phonemes are parted by spaces; `None` if it has one that isn't known.
pub fn converted(pronunciation: &str) -> Option<Vec<Phoneme>> {
    let phoneme = |symbol: &str| {
        let known = PHONEMES
            .iter()
            .find(|(theirs, _)| *theirs == symbol)
            .map(|(_, ours)| *ours);
        known.or_else(|| {
            Phoneme::ALL
                .iter()
                .copied()
                .find(|phoneme| phoneme.symbol() == symbol)
        })
    };
    let phonemes: Option<Vec<Phoneme>> = pronunciation.split_whitespace().map(phoneme).collect();
    phonemes.map(|phonemes| without_hiatus(&phonemes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes::inventory::render;

    #[test]
    fn symbols_become_ours() {
        let converted = |pronunciation| converted(pronunciation).map(|phonemes| render(&phonemes));
        assert_eq!(
            converted("ɢ æ l t ɒː n d iː d"),
            Some("qaltɑndid".to_owned())
        );
        assert_eq!(
            converted("g e̞ ɾ ɒː j iː d e̞ æ m"),
            Some("ɡerɑjideʔam".to_owned())
        );
        assert_eq!(converted("b θ"), None);
    }
}
