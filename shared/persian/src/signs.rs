//! What a writer adds to the letters: signs for vowels, doubled consonants and the ezafe.

/// The zero-width non-joiner, a break inside a word: the half-space of می‌روم.
pub const ZWNJ: char = '\u{200c}';
/// Kasra, the vowel e.
pub const KASRA: char = '\u{650}';
/// Damma, the vowel o.
pub const DAMMA: char = '\u{64f}';
/// The small hamza that spells the ezafe after a silent ه: خانهٔ.
pub const HAMZA_ABOVE: char = '\u{654}';

/// Most signs that one letter keeps. Written Persian needs two (a doubled consonant and its vowel), rarely three.
pub const MAX_SIGNS: usize = 4;

/// Whether it is a sign that stands on a letter: a vowel, tanwin, sukun, tashdid, the hamza of the ezafe, a small alef.
pub fn is_sign(character: char) -> bool {
    matches!(character, '\u{64b}'..='\u{652}' | HAMZA_ABOVE | '\u{670}')
}

/// Whether it is a letter of the normalized alphabet: the Persian ones, those with a hamza or madda, and ة.
pub fn is_letter(character: char) -> bool {
    matches!(
        character,
        'ء'..='غ' | 'ف'..='و' | 'پ' | 'چ' | 'ژ' | 'ک' | 'گ' | 'ی'
    ) && !matches!(character, 'ك' | 'ـ')
}

/// A word without its signs, and with its half-spaces: what a lexicon or a tagger looks up.
/// Letters are left as they are, so أ, ئ, ة and آ stay.
///
/// ```
/// assert_eq!(persian::bare("معلّمِ"), "معلم");
/// assert_eq!(persian::bare("خانهٔ"), "خانه");
/// ```
pub fn bare(word: &str) -> String {
    word.chars().filter(|&c| !is_sign(c)).collect()
}

/// The word with its ezafe spelled: a kasra, ی after ا and و, the small hamza after a silent ه. A word that already ends in
/// a sign is left alone.
///
/// ```
/// use persian::with_ezafe;
/// assert_eq!(with_ezafe("مرداد"), "مردادِ");
/// assert_eq!(with_ezafe("ژانویه"), "ژانویهٔ");
/// assert_eq!(with_ezafe("پنجاه"), "پنجاهِ");
/// assert_eq!(with_ezafe("دو"), "دوی");
/// ```
pub fn with_ezafe(word: &str) -> String {
    let after_vowel = match word.chars().last() {
        Some('ا' | 'و') => true,
        Some('ه') => !ends_in_spoken_h(word),
        _ => false,
    };
    spell_ezafe(word, after_vowel)
}

/// The word with its ezafe spelled, where its sound is known: `after_vowel` says whether the ezafe is heard as `je`. A word that
/// already ends in a sign is left alone.
///
/// ```
/// use persian::signs::spell_ezafe;
/// assert_eq!(spell_ezafe("عضو", false), "عضوِ");
/// assert_eq!(spell_ezafe("دانشجو", true), "دانشجوی");
/// assert_eq!(spell_ezafe("خانه", true), "خانهٔ");
/// assert_eq!(spell_ezafe("راه", false), "راهِ");
/// ```
pub fn spell_ezafe(word: &str, after_vowel: bool) -> String {
    let mut spelled = word.to_owned();
    match word.chars().last() {
        None => {}
        Some(last) if is_sign(last) => {}
        Some('ا' | 'و') if after_vowel => spelled.push('ی'),
        Some('ه') if after_vowel => spelled.push(HAMZA_ABOVE),
        Some(_) => spelled.push(KASRA),
    }
    spelled
}

/// Of the words that the verbalizer writes itself (numbers, months, units): whether their last ه is heard.
fn ends_in_spoken_h(word: &str) -> bool {
    word.ends_with("اه") || word.ends_with("ده") || matches!(word, "نه" | "مه")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spelled_already_gets_no_second_ezafe() {
        assert_eq!(with_ezafe("ژانویهٔ"), "ژانویهٔ");
        assert_eq!(with_ezafe("آذرِ"), "آذرِ");
    }

    #[test]
    fn a_heard_h_takes_a_kasra_and_a_silent_one_a_hamza() {
        for (word, spelled) in [
            ("سه", "سهٔ"),
            ("نه", "نهِ"),
            ("یازده", "یازدهِ"),
            ("دقیقه", "دقیقهٔ"),
        ] {
            assert_eq!(with_ezafe(word), spelled);
        }
    }

    #[test]
    fn arabic_kaf_and_tatweel_are_no_letters() {
        assert!(!is_letter('ك') && !is_letter('ـ') && !is_letter('ي'));
        assert!(is_letter('ک') && is_letter('ی') && is_letter('آ') && is_letter('ئ'));
    }
}
