//! Whole numbers in words.

/// The largest number that is read as a number: a thousand trillions. Longer ones are read digit by digit.
pub const MAX_CARDINAL: u64 = 1_000_000_000_000_000;

const DIGITS: [&str; 10] = [
    "صفر", "یک", "دو", "سه", "چهار", "پنج", "شش", "هفت", "هشت", "نه",
];
const TEENS: [&str; 10] = [
    "ده",
    "یازده",
    "دوازده",
    "سیزده",
    "چهارده",
    "پانزده",
    "شانزده",
    "هفده",
    "هجده",
    "نوزده",
];
const TENS: [&str; 10] = [
    "",
    "",
    "بیست",
    "سی",
    "چهل",
    "پنجاه",
    "شصت",
    "هفتاد",
    "هشتاد",
    "نود",
];
const HUNDREDS: [&str; 10] = [
    "",
    "صد",
    "دویست",
    "سیصد",
    "چهارصد",
    "پانصد",
    "ششصد",
    "هفتصد",
    "هشتصد",
    "نهصد",
];
/// Names of the powers of a thousand, the largest first.
const SCALES: [(u64, &str); 5] = [
    (1_000_000_000_000_000, "کوادریلیون"),
    (1_000_000_000_000, "تریلیون"),
    (1_000_000_000, "میلیارد"),
    (1_000_000, "میلیون"),
    (1_000, "هزار"),
];

/// A number in words: 1200 is هزار و دویست. A thousand is هزار, a million یک میلیون.
pub fn cardinal(number: u64) -> Vec<String> {
    let mut groups: Vec<Vec<&str>> = Vec::new();
    let mut rest = number;
    for (scale, name) in SCALES {
        let count = rest / scale;
        rest %= scale;
        match count {
            0 => {}
            1 if scale == 1_000 => groups.push(vec![name]),
            _ => {
                let mut group = below_thousand(count % 1000);
                group.push(name);
                groups.push(group);
            }
        }
    }
    if rest > 0 || groups.is_empty() {
        groups.push(below_thousand(rest));
    }
    groups.join(&"و").into_iter().map(str::to_owned).collect()
}

fn below_thousand(number: u64) -> Vec<&'static str> {
    // In range: each is a single digit of a number below a thousand.
    let (hundreds, tens, ones) = (
        (number / 100 % 10) as usize,
        (number / 10 % 10) as usize,
        (number % 10) as usize,
    );
    let mut parts = Vec::new();
    if hundreds > 0 {
        parts.push(HUNDREDS[hundreds]);
    }
    match (tens, ones) {
        (0, 0) if hundreds > 0 => {}
        (0, ones) => parts.push(DIGITS[ones]),
        (1, ones) => parts.push(TEENS[ones]),
        (tens, 0) => parts.push(TENS[tens]),
        (tens, ones) => parts.extend([TENS[tens], DIGITS[ones]]),
    }
    let mut joined = Vec::new();
    for part in parts {
        if !joined.is_empty() {
            joined.push("و");
        }
        joined.push(part);
    }
    joined
}

/// Digits as a number, or one by one where they begin with a zero or are too many.
pub fn integer(digits: &str) -> Vec<String> {
    match value(digits) {
        Some(number) if digits.len() == 1 || !digits.starts_with('0') => cardinal(number),
        _ => digit_by_digit(digits),
    }
}

/// The number that the digits are, up to [`MAX_CARDINAL`].
pub fn value(digits: &str) -> Option<u64> {
    digits
        .parse()
        .ok()
        .filter(|&number: &u64| number <= MAX_CARDINAL)
}

/// Each digit by its name.
pub fn digit_by_digit(digits: &str) -> Vec<String> {
    digits
        .chars()
        .filter_map(|digit| digit.to_digit(10))
        .map(|digit| DIGITS[digit as usize].to_owned())
        .collect()
}

/// A few digits as they are said in telephone numbers: zeros at the start by name, the rest as a number.
pub fn group(digits: &str) -> Vec<String> {
    let rest = digits.trim_start_matches('0');
    let mut said = digit_by_digit(&digits[..digits.len() - rest.len()]);
    if !rest.is_empty() {
        said.extend(integer(rest));
    }
    said
}

/// The ordinal of a number: سوم, سی‌ام, بیست و یکم.
pub fn ordinal(number: u64) -> Vec<String> {
    let mut said = cardinal(number);
    if let Some(last) = said.last_mut() {
        *last = match last.as_str() {
            "سه" => "سوم".to_owned(),
            "سی" => "سی‌ام".to_owned(),
            other => format!("{other}م"),
        };
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: &[String]) -> String {
        words.join(" ")
    }

    #[test]
    fn every_scale_has_its_name() {
        assert_eq!(text(&cardinal(0)), "صفر");
        assert_eq!(text(&cardinal(1_001_001)), "یک میلیون و هزار و یک");
        assert_eq!(text(&cardinal(MAX_CARDINAL)), "یک کوادریلیون");
        assert_eq!(text(&cardinal(2_000_000_000_010)), "دو تریلیون و ده");
    }

    #[test]
    fn numbers_beyond_the_largest_are_read_digit_by_digit() {
        assert_eq!(integer(&format!("9{}", "0".repeat(15))).len(), 16);
    }

    #[test]
    fn ordinals_of_three_and_thirty_are_irregular() {
        assert_eq!(text(&ordinal(3)), "سوم");
        assert_eq!(text(&ordinal(30)), "سی‌ام");
        assert_eq!(text(&ordinal(43)), "چهل و سوم");
        assert_eq!(text(&ordinal(12)), "دوازدهم");
    }
}
