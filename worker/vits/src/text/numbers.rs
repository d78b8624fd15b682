//! Persian cardinal numbers in words.

const ONES: [&str; 20] = [
    "صفر",
    "یک",
    "دو",
    "سه",
    "چهار",
    "پنج",
    "شش",
    "هفت",
    "هشت",
    "نه",
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
const SCALES: [&str; 5] = ["", "هزار", "میلیون", "میلیارد", "تریلیون"];
/// Digits of the largest number that has a name here; longer ones are read digit by digit.
const MAX_DIGITS: usize = 15;

/// Words for a run of ASCII digits: «۱۴۰۴» is given as `1404` and reads «هزار و چهارصد و چهار». Numbers that begin with
/// a zero (telephones) and very long ones are read digit by digit.
pub(crate) fn cardinal(digits: &str) -> String {
    let by_digit = || {
        digits
            .bytes()
            .map(|digit| ONES[usize::from(digit - b'0')])
            .collect::<Vec<_>>()
            .join(" ")
    };
    if digits.len() > MAX_DIGITS || (digits.len() > 1 && digits.starts_with('0')) {
        return by_digit();
    }
    match digits.parse::<u64>() {
        Ok(0) => ONES[0].into(),
        Ok(number) => words(number),
        Err(_) => by_digit(),
    }
}

fn words(mut number: u64) -> String {
    let mut groups = Vec::new();
    for scale in SCALES {
        let group = (number % 1000) as usize;
        number /= 1000;
        match (group, scale) {
            (0, _) => {}
            (_, "") => groups.push(hundreds(group)),
            // «هزار», not «یک هزار»; but «یک میلیون».
            (1, "هزار") => groups.push(scale.into()),
            _ => groups.push(format!("{} {scale}", hundreds(group))),
        }
    }
    groups.reverse();
    groups.join(" و ")
}

fn hundreds(number: usize) -> String {
    let mut parts = Vec::new();
    if number >= 100 {
        parts.push(HUNDREDS[number / 100]);
    }
    match number % 100 {
        0 => {}
        small @ 1..=19 => parts.push(ONES[small]),
        large => {
            parts.push(TENS[large / 10]);
            if large % 10 > 0 {
                parts.push(ONES[large % 10]);
            }
        }
    }
    parts.join(" و ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_read_them() {
        for (digits, expected) in [
            ("0", "صفر"),
            ("21", "بیست و یک"),
            ("100", "صد"),
            ("1404", "هزار و چهارصد و چهار"),
            ("2000000", "دو میلیون"),
            ("1000001", "یک میلیون و یک"),
            ("021", "صفر دو یک"),
        ] {
            assert_eq!(cardinal(digits), expected);
        }
        assert_eq!(cardinal("1234567890123456").split(' ').count(), 16);
    }
}
