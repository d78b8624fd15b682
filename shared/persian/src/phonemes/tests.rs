//! The whole way from a word to its phonemes.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::inventory::render;
use super::packing::{examples, parse_hand};
use super::*;

const LEXICON: &str = "آب\tɑb\nباد\tbɑd\nکتاب\tketɑb\nخانه\txɑne\nمرد\tmard:N\tmord:V\nکرم\tkerm\tkaram\tkerem\nخط\txat\nکامل\tkɑmel\nصدای\tsedɑje\nسبز\tsabz\nدرخت\tderaxt\nنو\tnow\n";

fn phonemizer() -> &'static Phonemizer {
    static PHONEMIZER: LazyLock<Phonemizer> = LazyLock::new(small_phonemizer);
    &PHONEMIZER
}

fn small_phonemizer() -> Phonemizer {
    let hand = parse_hand(LEXICON).unwrap();
    let gruut = lexicon::Entry {
        lexicon: Lexicon::Gruut,
        word: "شوتید".to_owned(),
        readings: vec![lexicon::Reading {
            phonemes: parse("ʃutid").unwrap(),
            tag: None,
        }],
    };
    let lexicons = Lexicons::new(hand.iter().cloned().chain([gruut]));
    let guesser = guesser::train(&examples(&hand, &lexicons));
    Phonemizer::new(lexicons, guesser)
}

fn said(word: &str, pos: Option<&str>, ezafe: bool) -> (String, Source) {
    let pronounced = phonemizer().word(word, pos, ezafe);
    (render(&pronounced.phonemes), pronounced.source)
}

fn expect(word: &str, reading: &str, source: Source) {
    assert_eq!(
        said(word, None, false),
        (reading.to_owned(), source),
        "{word}"
    );
}

#[test]
fn inline_phonemes_are_taken_as_they_are() {
    expect("[[salɑm]]", "salɑm", Source::Inline);
    expect("[[salɑm donjɑ]]", "salɑmdonjɑ", Source::Inline);
    assert_eq!(said("[[ketɑbe]]", None, true).0, "ketɑbe");
}

#[test]
fn wrong_inline_phonemes_are_unreadable_and_say_why() {
    expect("[[sälam]]", "", Source::Unreadable);
    expect("[[]]", "", Source::Unreadable);
    assert_eq!(inline_phonemes("[[sä]]").unwrap().unwrap_err().position, 2);
    assert_eq!(inline_phonemes("سلام"), None);
}

#[test]
fn the_users_dictionary_comes_before_everything_written() {
    let dictionary = |word: &str| (word == "کتاب").then(|| parse("kotɑb").unwrap());
    let advice = Advice {
        dictionary: Some(&dictionary),
        ..Advice::default()
    };
    let pronounced = phonemizer().word_with(advice, "کِتاب", None, true);
    assert_eq!(
        (render(&pronounced.phonemes).as_str(), pronounced.source),
        ("kotɑbe", Source::Dictionary)
    );
}

#[test]
fn signs_choose_among_readings_and_rule_the_guess() {
    expect("کَرَم", "karam", Source::Spelled);
    expect("کِرِم", "kerem", Source::Spelled);
    expect("کِرم", "kerm", Source::Spelled);
    expect("بُدَب", "bodab", Source::Spelled);
    expect("بَدِّب", "baddeb", Source::Spelled);
    expect("کاملاً", "kɑmelan", Source::Spelled);
}

#[test]
fn a_written_ezafe_is_spoken_without_being_asked_for() {
    expect("کتابِ", "ketɑbe", Source::Lexicon(Lexicon::Hand));
    expect("خانهٔ", "xɑneje", Source::Lexicon(Lexicon::Hand));
    expect("خانه‌ی", "xɑneje", Source::Composed);
    assert_eq!(said("خانهٔ", None, true).0, "xɑneje");
    assert_eq!(said("صدای", None, true).0, "sedɑje");
}

#[test]
fn an_ezafe_that_is_asked_for_is_added() {
    for (word, reading) in [
        ("کتاب", "ketɑbe"),
        ("خانه", "xɑneje"),
        ("خط", "xatte"),
        ("نو", "nowe"),
    ] {
        assert_eq!(said(word, None, true).0, reading);
    }
    expect("خط", "xat", Source::Lexicon(Lexicon::Hand));
}

#[test]
fn the_part_of_speech_tells_homographs_apart() {
    assert_eq!(said("مرد", Some("N"), false).0, "mard");
    assert_eq!(said("مرد", Some("V"), false).0, "mord");
    assert_eq!(said("مردها", Some("N"), false).0, "mardhɑ");
}

#[test]
fn what_no_lexicon_has_is_composed_before_it_is_guessed() {
    expect("کتاب‌های", "ketɑbhɑje", Source::Composed);
    expect("می‌روم", "miravam", Source::Composed);
    expect("شوتید", "ʃutid", Source::Lexicon(Lexicon::Gruut));
    assert_eq!(said("بدبد", None, false).1, Source::Guessed);
}

#[test]
fn another_programs_guess_is_believed_if_the_letters_can_mean_it() {
    let guesses = |reading: &'static str| move |_: &str| Some(parse(reading).unwrap());
    let said = |reading: &'static str| {
        let guesses = guesses(reading);
        phonemizer()
            .word_with(
                Advice {
                    guesses: Some(&guesses),
                    ..Advice::default()
                },
                "بدبد",
                None,
                false,
            )
            .source
    };
    assert!(phonemizer().is_guessed("بدبد"));
    assert_eq!(said("bodbod"), Source::Program);
    assert_eq!(said("salɑm"), Source::Guessed);
}

#[test]
fn a_letter_alone_is_named() {
    expect("ب", "be", Source::Letters);
    expect("و", "va", Source::Lexicon(Lexicon::Hand));
}

#[test]
fn what_has_no_letters_is_unreadable() {
    for word in ["", "!", "۱۲", "word", "🙂", "\u{200c}", "ِ"] {
        expect(word, "", Source::Unreadable);
    }
}

#[test]
fn a_megabyte_is_read_and_bounded() {
    let phonemizer = phonemizer();
    for piece in [
        "ب",
        "با\u{200c}",
        "بَّ",
        "ه\u{200c}ا",
        "[[",
        "\u{64e}",
        "🙂",
        "خانه‌ها",
    ] {
        let word = piece.repeat(1_000_000 / piece.len());
        let letters = Spelling::of(&word).letters.len();
        assert!(phonemizer.word(&word, None, true).phonemes.len() <= letters * 6 + 2);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_word_is_read_and_bounded(words in proptest::collection::vec("\\PC{0,12}|[ابتکنمهیوآعسرد\u{200c}ًٌٍَُِّْٰٔ]{0,30}", 20), ezafe: bool) {
        let phonemizer = phonemizer();
        for word in words {
            let letters = Spelling::of(&word).letters.len();
            let pronounced = phonemizer.word(&word, Some("N"), ezafe);
            prop_assert!(pronounced.phonemes.len() <= letters * 6 + 2);
            prop_assert_eq!(pronounced.phonemes.is_empty() && letters > 0, false, "{} is silent", word);
        }
    }
}
