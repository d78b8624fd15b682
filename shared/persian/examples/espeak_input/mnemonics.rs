//! Phonemes as espeak-ng's voice `fa` takes them between `[[` and `]]`.

use persian::phonemes::inventory::Phoneme;

/// A word's phonemes in the mnemonics of espeak-ng, with a mark before the stressed vowel, which stands at this place.
pub fn of(phonemes: &[Phoneme], stressed: Option<usize>) -> String {
    let mut written = String::new();
    for (place, phoneme) in phonemes.iter().enumerate() {
        if Some(place) == stressed {
            written.push('\'');
        }
        written.push_str(match phoneme {
            Phoneme::Aa => "A",
            Phoneme::Glottal => "?",
            Phoneme::Ch => "tS",
            Phoneme::J => "dZ",
            Phoneme::Sh => "S",
            Phoneme::Zh => "Z",
            Phoneme::Q => "q1",
            Phoneme::G => "g",
            Phoneme::R => "R",
            // It stands behind o only, and makes that long.
            Phoneme::W => ":",
            other => other.symbol(),
        });
    }
    written
}

/// The places of the vowels.
pub fn vowels(phonemes: &[Phoneme]) -> Vec<usize> {
    let places = 0..phonemes.len();
    places.filter(|place| phonemes[*place].is_vowel()).collect()
}

/// The last vowel but that of an ezafe.
pub fn last_stem_vowel(phonemes: &[Phoneme], ezafe: bool) -> Option<usize> {
    match vowels(phonemes)[..] {
        [.., last, _] if ezafe => Some(last),
        [.., last] => Some(last),
        [] => None,
    }
}
