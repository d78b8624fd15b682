//! What holds for every text, whatever is in it.

mod promises;

use persian::{normalize, sentences, speak, tokens};
use proptest::prelude::*;

use promises::{MEANINGFUL, PIECES, check};

fn any_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => proptest::sample::select(MEANINGFUL).prop_map(String::from),
        2 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_promise_holds_for_texts_near_the_rules(text in any_text()) {
        prop_assert_eq!(check(&text), Ok(()));
    }

    #[test]
    fn every_promise_holds_for_any_unicode(text in "\\PC{0,60}") {
        prop_assert_eq!(check(&text), Ok(()));
    }

    #[test]
    fn the_origin_of_the_whole_is_within_the_text(text in any_text()) {
        let normalized = normalize(&text);
        let span = normalized.origin(0..normalized.text().len());
        prop_assert!(span.end <= text.len() && text.is_char_boundary(span.start) && text.is_char_boundary(span.end));
    }

    #[test]
    fn tokens_cover_the_sentence_but_for_spaces(text in any_text()) {
        let normalized = normalize(&text);
        for sentence in sentences(&normalized) {
            let whole: String = sentence.text(&normalized).chars().filter(|c| !matches!(c, ' ' | '\n')).collect();
            let joined: String = tokens(&normalized, &sentence).iter().flat_map(|token| token.text.chars()).filter(|c| *c != ' ').collect();
            prop_assert_eq!(whole, joined);
        }
    }
}

#[test]
fn large_texts_of_one_kind_are_read_within_the_bound() {
    for piece in [
        "1",
        "[[",
        "[",
        "]]",
        "\u{650}",
        "\u{301}",
        "\u{200c}",
        "😀",
        "\u{200d}",
        ".",
        "!",
        "!x",
        "(",
        "()",
        "a",
        "a.",
        "a-",
        "@",
        "#",
        "a@",
        "ا",
        "ا ",
        "1 ",
        "1-",
        "1/",
        "1.",
        "-",
        "- ",
        "+98",
        "https://",
        "α",
        "α\u{200f}",
        "و…",
        "می ",
        "% ",
        "²",
        "\n",
        "\"",
        "A.",
        "ه.",
        "1:",
        "🇮",
        "ب\u{650}",
        "１",
        "[[a]]",
        "0",
        "$",
        "#a_",
        "…",
        "1،",
        "مم ها ",
    ] {
        check_large(&piece.repeat(40_000 / piece.len()));
    }
}

fn check_large(text: &str) {
    let spoken = speak(text);
    assert!(spoken.text().len() <= 32 * text.len() + 64);
    assert!(spoken.normalized.text().len() <= 15 * text.len());
}
