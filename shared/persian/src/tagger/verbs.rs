//! What the form of a verb says.

pub(super) fn is_copula(verb: &str) -> bool {
    matches!(
        verb,
        "است" | "نیست" | "بود" | "نبود" | "هستند" | "نیستند" | "بودند" | "نبودند"
    )
}

pub(super) fn is_have(verb: &str) -> bool {
    let positive = verb.strip_prefix('ن').unwrap_or(verb);
    matches!(positive, "دارد" | "دارند" | "داشت" | "داشتند")
}

/// «ملک را گفتند»: in older prose «را» marks the person who is told something.
pub(super) fn is_say(verb: &str) -> bool {
    matches!(verb, "گفت" | "گفتند" | "پرسید" | "پرسیدند")
}

/// Whether a verb, given as its parts, may be in the third person. Its last ending says so, in the future the first; in
/// the past that person has none, and the stems end in د or ت.
pub(super) fn is_third_person(parts: &[&str]) -> bool {
    let [first, .., last] = parts else {
        return parts.first().is_some_and(|verb| has_third_person(verb));
    };
    let is_future = first.trim_start_matches('ن').starts_with("خواه");
    has_third_person(if is_future { first } else { last })
}

fn has_third_person(verb: &str) -> bool {
    let is_imperative = matches!(verb, "ببند" | "بخند" | "بپسند");
    // «رسید» is third person, «می‌روید» isn't.
    let is_second_plural =
        verb.ends_with("ید") && !PASTS_IN_ID.iter().any(|past| verb.ends_with(past));
    let has_ending = verb.ends_with(['د', 'ت']) || verb.ends_with("ده") || verb.ends_with("ته");
    has_ending && !is_imperative && !is_second_plural
}

#[rustfmt::skip]
const PASTS_IN_ID: [&str; 30] = [
    "رسید", "دید", "شنید", "کشید", "خرید", "پرسید", "فهمید", "بخشید", "ترسید", "خندید", "پوشید", "نوشید", "چشید", "وزید", "دوید",
    "پرید", "چید", "برید", "دمید", "ورزید", "کوشید", "جنگید", "خوابید", "چرخید", "بارید", "تابید", "لرزید", "پیچید", "گردید", "درید",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_person() {
        for verb in [
            "رفت",
            "می‌رود",
            "رفتند",
            "رسید",
            "نمی‌رسید",
            "رفته",
            "گفته‌اند",
            "است",
        ] {
            assert!(is_third_person(&[verb]), "{verb}");
        }
        for verb in [
            "رفتم",
            "می‌روی",
            "رفتیم",
            "بروید",
            "می‌توان",
            "باید",
            "ببند",
            "رفته‌ام",
            "برو",
            "",
        ] {
            assert!(!is_third_person(&[verb]), "{verb}");
        }
    }

    #[test]
    fn the_future_has_its_ending_in_its_first_part() {
        assert!(is_third_person(&["نخواهند", "رفت"]));
        assert!(!is_third_person(&["خواهم", "رفت"]));
        assert!(is_third_person(&["گفته", "شده", "است"]));
        assert!(!is_third_person(&["گفته", "شدم"]));
        assert!(!is_third_person(&[]));
    }
}
