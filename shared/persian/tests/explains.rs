//! What a reader of the result can see: where each word came from, and what became of the rest.

use persian::{DropReason, SpokenKind, speak};

#[test]
fn all_words_of_an_expression_have_its_span() {
    let text = "فقط $۱.۵ میلیون ماند";
    let spoken = speak(text);
    let price: Vec<_> = spoken.sentences[0]
        .verbalized
        .words
        .iter()
        .filter(|word| word.kind == SpokenKind::Money)
        .collect();
    assert_eq!(price.len(), 5);
    assert!(price.iter().all(|word| word.span.of(text) == "$۱.۵ میلیون"));
}

#[test]
fn a_date_and_the_word_before_it_keep_spans_of_their_own() {
    let text = "در ۱۴۰۳/۰۵/۱۲ آمد";
    let words = &speak(text).sentences[0].verbalized.words;
    assert_eq!(words[0].span.of(text), "در");
    assert_eq!(words[1].text, "دوازدهمِ");
    assert_eq!(
        (words[1].kind, words[1].span.of(text)),
        (SpokenKind::Date, "۱۴۰۳/۰۵/۱۲")
    );
    assert_eq!(words.last().map(|word| word.span.of(text)), Some("آمد"));
}

#[test]
fn a_word_that_was_written_in_two_parts_spans_both() {
    let text = "من می روم";
    let words = &speak(text).sentences[0].verbalized.words;
    assert_eq!(
        (words[1].text.as_str(), words[1].span.of(text)),
        ("می‌روم", "می روم")
    );
}

#[test]
fn what_has_no_reading_is_reported_with_its_place_and_reason() {
    let text = "سلام 😀 *دوست* 中 https://www.example.com/?q=۱";
    let spoken = speak(text);
    let dropped: Vec<_> = spoken
        .dropped()
        .iter()
        .map(|dropped| (dropped.text.as_str(), dropped.reason))
        .collect();
    assert_eq!(
        dropped,
        [
            ("😀", DropReason::Emoji),
            ("*", DropReason::Symbol),
            ("*", DropReason::Symbol),
            ("中", DropReason::UnknownScript),
            ("https://www.", DropReason::AddressPrefix),
            ("/", DropReason::AddressPrefix),
            ("?q=۱", DropReason::AddressQuery),
        ]
    );
    assert!(
        spoken
            .dropped()
            .iter()
            .all(|dropped| dropped.span.of(text) == dropped.text)
    );
}

#[test]
fn inline_phonemes_pass_through_untouched() {
    let text = "بگو [[sæˈlɒːm 12 ي]] و برو";
    let words = &speak(text).sentences[0].verbalized.words;
    assert_eq!(
        (words[1].kind, words[1].text.as_str()),
        (SpokenKind::Phonemes, "[[sæˈlɒːm 12 ي]]")
    );
}

#[test]
fn punctuation_is_set_as_in_print() {
    let text = "او گفت : « بیا ( زود ) ! » و رفت .";
    assert_eq!(speak(text).text(), "او گفت: «بیا (زود)!» و رفت.");
}

#[test]
fn an_empty_text_has_nothing_to_say() {
    for text in ["", " \n\t", "\u{200c}\u{200f}"] {
        let spoken = speak(text);
        assert!(spoken.sentences.is_empty() && spoken.text().is_empty());
    }
}

#[test]
fn no_number_date_or_time_is_left_to_a_guess() {
    let lexicon = persian::phonemes::HAND_LEXICON.lines();
    let known: std::collections::HashSet<&str> =
        lexicon.filter_map(|line| line.split('\t').next()).collect();
    let hundreds = (0..=1100).map(|number| number.to_string());
    let powers = (3..=15).map(|power| 10_u64.pow(power).to_string());
    let dates = (1..=12).flat_map(|month| {
        let jalali = format!("1403/{month:02}/30");
        [jalali, format!("2024-{month:02}-19")]
    });
    let others = ["3.25", "1/2", "-7", "50٪", "14:30:05", "½", "¾"];
    for text in hundreds
        .chain(powers)
        .chain(dates)
        .chain(others.map(String::from))
    {
        for word in persian::speak(&text).text().split([' ', '،']) {
            let bare = persian::bare(word);
            let is_known = ["", "و"].contains(&bare.as_str()) || known.contains(bare.as_str());
            assert!(is_known, "{word} of {text}");
        }
    }
}
