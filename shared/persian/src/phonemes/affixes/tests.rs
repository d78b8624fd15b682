//! Words cut, from a lexicon of a dozen words.

use proptest::prelude::*;

use super::*;
use crate::phonemes::inventory::parse;
use crate::phonemes::inventory::render;
use crate::phonemes::lexicon::{Entry, Lexicon, Reading};
use crate::phonemes::spelling::Spelling;

fn composed(word: &str) -> Option<String> {
    let words = [
        ("خانه", "xɑne"),
        ("کتاب", "ketɑb"),
        ("دانشجو", "dɑneʃʤu"),
        ("صدا", "sedɑ"),
        ("زندگی", "zendeɡi"),
        ("بزرگ", "bozorɡ"),
        ("آقا", "ɑqɑ"),
        ("درخت", "deraxt"),
        ("خسته", "xaste"),
        ("ادب", "adab"),
        ("عمل", "amal"),
        ("خط", "xatt"),
        ("سبز", "sabz"),
    ];
    let entry = |(word, reading): (&str, &str)| Entry {
        lexicon: Lexicon::Hand,
        word: word.to_owned(),
        readings: vec![Reading {
            phonemes: parse(reading).unwrap(),
            tag: None,
        }],
    };
    let lexicons = Lexicons::new(words.map(entry));
    let verbs = Verbs::new();
    let composer = Composer::new(&lexicons, &verbs, None);
    composer
        .compose(&Spelling::of(word).letters)
        .map(|composed| render(&composed.phonemes))
}

#[test]
fn every_affix_is_written_in_the_inventory() {
    let sounds = SUFFIXES
        .iter()
        .chain(SUFFIXES_IN_PLACE_OF_HE)
        .flat_map(|suffix| suffix.sounds)
        .filter(|sound| *sound != "-");
    let made = WORD_MAKERS.iter().chain(PREFIXES).map(|(_, sound)| *sound);
    assert!(sounds.chain(made).all(|sound| parse(sound).is_ok()));
}

#[test]
fn stems_and_affixes_join() {
    for (word, reading) in [
        ("خانه‌ها", "xɑnehɑ"),
        ("خانه‌های", "xɑnehɑje"),
        ("خانه‌هایی", "xɑnehɑji"),
        ("خانه‌هایم", "xɑnehɑjam"),
        ("خانه‌ام", "xɑneʔam"),
        ("خانه‌ای", "xɑneʔi"),
        ("خانه‌اند", "xɑneʔand"),
        ("کتابهایشان", "ketɑbhɑjeʃɑn"),
        ("کتابی", "ketɑbi"),
        ("کتابم", "ketɑbam"),
        ("دانشجویان", "dɑneʃʤujɑn"),
        ("دانشجویی", "dɑneʃʤuji"),
        ("صدای", "sedɑje"),
        ("صدایش", "sedɑjaʃ"),
        ("زندگی‌اش", "zendeɡijaʃ"),
        ("بزرگ‌ترین", "bozorɡtarin"),
        ("بزرگترها", "bozorɡtarhɑ"),
        ("آقایان", "ɑqɑjɑn"),
        ("درختان", "deraxtɑn"),
        ("خستگی", "xasteɡi"),
        ("بی‌ادب", "bijadab"),
        ("بی‌عمل", "biʔamal"),
        ("خط‌ها", "xathɑ"),
        ("خطی", "xatti"),
        ("خانه‌سبز", "xɑnesabz"),
        ("می‌روم", "miravam"),
        ("رفته‌اند", "rafteʔand"),
        ("می‌دیدمشان", "mididameʃɑn"),
    ] {
        assert_eq!(composed(word), Some(reading.to_owned()), "{word}");
    }
    assert_eq!(composed("پنگوئن"), None);
}

proptest! {
    #[test]
    fn any_word_is_cut_or_left(word in "[خانهکتبصدیمشوا\u{200c}]{0,60}") {
        let _ = composed(&word);
    }
}
