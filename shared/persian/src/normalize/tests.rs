use super::*;

fn text(original: &str) -> String {
    normalize(original).text().to_owned()
}

fn dropped(original: &str) -> Vec<(String, DropReason)> {
    normalize(original)
        .dropped()
        .iter()
        .map(|dropped| (dropped.text.clone(), dropped.reason))
        .collect()
}

#[test]
fn arabic_letters_and_digits_become_persian_letters_and_ascii_digits() {
    assert_eq!(text("كتاب علي ۱۲٣"), "کتاب علی 123");
    assert_eq!(text("ﺳﻼﻡ ﷲ"), "سلام الله");
    assert_eq!(text("موسى"), "موسی");
}

#[test]
fn what_a_writer_has_spelled_stays() {
    assert_eq!(text("مُعَلِّمِ حتماً"), "مُعَلِّمِ حتماً");
    assert_eq!(text("مسئول رأی مؤثر جزء"), "مسئول رأی مؤثر جزء");
}

#[test]
fn the_hamza_of_the_ezafe_has_one_form() {
    for written in ["خانۀ", "خانهٔ", "خانە\u{654}", "خانه\u{200f}ٔ"] {
        assert_eq!(text(written), "خانهٔ", "{written:?}");
    }
}

#[test]
fn letters_and_their_marks_are_composed() {
    assert_eq!(text("ا\u{653}ب"), "آب");
    assert_eq!(text("مسي\u{654}له"), "مسئله");
    assert_eq!(text("مسی\u{654}له"), "مسئله");
    assert_eq!(text("را\u{654}ی"), "رأی");
}

#[test]
fn half_spaces_stay_between_letters_only() {
    assert_eq!(text("می‌‌روم"), "می‌روم");
    assert_eq!(text("سلام‌ دوست‌."), "سلام دوست.");
    assert_eq!(text("۵‌تایی"), "5تایی");
    assert_eq!(text("می\u{200b}روم"), "می‌روم");
}

#[test]
fn spaces_are_single_and_lines_are_kept() {
    assert_eq!(text("  الف\u{a0}\tب \r\n\n ج "), "الف ب\nج");
}

#[test]
fn punctuation_has_a_small_set() {
    assert_eq!(text("a,b;c?“d”‘e’[f]{g}"), "a،b؛c؟«d»'e'(f)(g)");
    assert_eq!(text("الف.. ب.... ج…."), "الف… ب… ج…");
    assert_eq!(text("۵‒۶ ۷―۸ ۹‑۱"), "5–6 7—8 9-1");
}

#[test]
fn a_joined_picture_is_dropped_once_and_parts_words() {
    assert_eq!(text("سلام👨‍👩‍👧دوست"), "سلام دوست");
    assert_eq!(dropped("👨‍👩‍👧"), [("👨‍👩‍👧".into(), DropReason::Emoji)]);
}

#[test]
fn a_word_of_another_script_is_dropped_once() {
    let found = dropped("سلام हिन्दी 中文 λόγος");
    let words: Vec<&str> = found.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(words, ["हिन्दी", "中文", "λόγος"]);
    assert!(
        found
            .iter()
            .all(|(_, reason)| *reason == DropReason::UnknownScript)
    );
    assert_eq!(text("ذرهٔ α"), "ذرهٔ α");
}

#[test]
fn what_has_no_sound_is_dropped_with_its_reason() {
    assert_eq!(dropped("سـلام"), [("ـ".into(), DropReason::Tatweel)]);
    assert_eq!(
        dropped("ا\u{200f}ب"),
        [("\u{200f}".into(), DropReason::Invisible)]
    );
    assert_eq!(dropped("ا\0ب"), [("\0".into(), DropReason::Control)]);
    assert_eq!(dropped("\u{650}ب"), [("\u{650}".into(), DropReason::Mark)]);
    assert_eq!(dropped("ا©"), [("©".into(), DropReason::Symbol)]);
}

#[test]
fn a_letter_keeps_a_few_signs_only() {
    let many = format!("ب{}", "\u{64e}\u{650}".repeat(500));
    assert!(text(&many).chars().count() <= 1 + crate::signs::MAX_SIGNS);
    assert_eq!(text("ب\u{64e}\u{64e}"), "ب\u{64e}");
}

#[test]
fn inline_phonemes_are_kept_byte_for_byte() {
    assert_eq!(text("بگو [[كي ۱۲ ‌ 😀]] را"), "بگو [[كي ۱۲ ‌ 😀]] را");
}

#[test]
fn brackets_alone_never_become_inline_phonemes() {
    for written in [
        "[[a",
        "[[]]",
        "[[ ]]",
        "[\u{200f}[a]]",
        "［［a]]",
        "[[a\nb]]",
        "[[a]b]]",
    ] {
        assert!(!text(written).contains('['), "{written:?}");
    }
    let long = format!("[[{}]]", "a".repeat(MAX_PHONEMES));
    assert!(!text(&long).contains('['));
}

#[test]
fn a_fraction_in_one_character_stays_apart_from_the_number_before_it() {
    assert_eq!(text("۱½"), "1 1⁄2");
    assert_eq!(text("½"), "1⁄2");
}

#[test]
fn every_part_leads_back_to_the_original() {
    let original = "كتاب  ۱۲ 😀 آ\u{653}خر";
    let normalized = normalize(original);
    let origin = |part: &str| {
        let start = normalized.text().find(part).expect(part);
        normalized.origin(start..start + part.len()).of(original)
    };
    assert_eq!(origin("کتاب"), "كتاب");
    assert_eq!(origin("تا"), "تا");
    assert_eq!(origin("12"), "۱۲");
    assert_eq!(origin("خر"), "خر");
    assert!(normalized.origin(0..0).of(original).is_empty());
}
