//! Latin words that no table knows, in Persian letters.
//!
//! The rules read English spelling roughly as Persian speakers do: e is a kasra, o and u are و, a is ا, an e at the end is
//! silent, s before a consonant at the start gets a vowel, as in استارت.

/// Letters that are read together, longest first, where they stand inside a word.
const GROUPS: &[(&str, &str)] = &[
    ("tion", "شِن"),
    ("sch", "ش"),
    ("igh", "ای"),
    ("sh", "ش"),
    ("ch", "چ"),
    ("ck", "ک"),
    ("gh", "گ"),
    ("kh", "خ"),
    ("ph", "ف"),
    ("th", "ت"),
    ("zh", "ژ"),
    ("qu", "کو"),
    ("wh", "و"),
    ("ee", "ی"),
    ("ea", "ی"),
    ("ey", "ی"),
    ("ei", "ِی"),
    ("ai", "ِی"),
    ("ay", "ِی"),
    ("oo", "و"),
    ("ou", "و"),
    ("ow", "و"),
    ("au", "او"),
];

/// A word of Latin letters in Persian letters. Other characters are left out.
pub fn transliterate(word: &str) -> String {
    let lower = word.to_ascii_lowercase();
    let letters: Vec<char> = lower.chars().filter(char::is_ascii_lowercase).collect();
    let mut written = String::new();
    let mut at = 0;
    while at < letters.len() {
        let rest = &letters[at..];
        let group = GROUPS.iter().find(|(latin, _)| starts_with(rest, latin));
        if let Some((latin, persian)) = group {
            if at == 0 && is_vowel(rest[0]) {
                written.push_str(initial_vowels(latin));
            } else {
                written.push_str(persian);
            }
            at += latin.len();
            continue;
        }
        let letter = rest[0];
        // A doubled consonant is read once.
        if !is_vowel(letter) && at > 0 && letters[at - 1] == letter {
            at += 1;
            continue;
        }
        written.push_str(single(&letters, at));
        at += 1;
    }
    written
}

fn starts_with(letters: &[char], group: &str) -> bool {
    let mut rest = letters.iter();
    group.chars().all(|letter| rest.next() == Some(&letter))
}

/// A group of vowels at the start of a word.
fn initial_vowels(group: &str) -> &'static str {
    match group {
        "ee" | "ea" | "ey" => "ای",
        "oo" | "ou" => "او",
        "ow" | "au" => "اُو",
        "ei" | "ai" | "ay" => "اِی",
        _ => "ای",
    }
}

/// One letter of a word.
fn single(letters: &[char], at: usize) -> &'static str {
    let is_first = at == 0;
    let is_last = at + 1 == letters.len();
    let next = letters.get(at + 1).copied().unwrap_or(' ');
    let is_front = matches!(next, 'e' | 'i' | 'y');
    match letters[at] {
        'a' if is_first => "آ",
        'a' => "ا",
        'e' if is_first => "اِ",
        'e' if is_last && letters[..at].iter().any(|&letter| is_vowel(letter)) => "",
        'e' if is_last => "ی",
        // A kasra stands on a consonant, so a vowel before it needs a bearer.
        'e' if is_vowel(letters[at - 1]) => "ئِ",
        'e' => "ِ",
        'i' if is_first => "ای",
        'i' => "ی",
        'o' if is_first => "اُ",
        'u' if is_first => "او",
        'o' | 'u' | 'w' | 'v' => "و",
        's' if is_first && matches!(next, 't' | 'p' | 'k' | 'c' | 'm' | 'n' | 'l' | 'q') => "اِس",
        'b' => "ب",
        'c' if is_front => "س",
        'c' | 'k' | 'q' => "ک",
        'd' => "د",
        'f' => "ف",
        'g' if is_front => "ج",
        'g' => "گ",
        'h' => "ه",
        'j' => "ج",
        'l' => "ل",
        'm' => "م",
        'n' => "ن",
        'p' => "پ",
        'r' => "ر",
        's' => "س",
        't' => "ت",
        'x' => "کس",
        'y' => "ی",
        'z' => "ز",
        _ => "",
    }
}

/// Whether a letter is a vowel of its own.
pub fn is_vowel(letter: char) -> bool {
    matches!(letter.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_written_as_they_are_heard() {
        for (latin, persian) in [
            ("Foobar", "فوبار"),
            ("Berlin", "بِرلین"),
            ("Stockton", "اِستوکتون"),
            ("Nice", "نیس"),
            ("queen", "کوین"),
            ("apple", "آپل"),
            ("Eagle", "ایگل"),
            ("station", "اِستاشِن"),
        ] {
            assert_eq!(transliterate(latin), persian, "{latin}");
        }
    }
}
