//! Words of sentences that are wrong.

use std::error::Error;

use persian::phonemes::inventory::{Phoneme, parse, render};
use persian::phonemes::{Phonemizer, Source};

use crate::distance;
use crate::others::{converted, espeak};

/// Prints the number of wrong words, ours and espeak-ng's. Each word is asked for with the ezafe that the reference has, and without a part of
/// speech. Words with digits are left out, since they are read by another stage.
#[allow(clippy::print_stdout, reason = "a program for a terminal")]
pub fn evaluate(phonemizer: &Phonemizer, text: &str, is_verbose: bool) -> Result<(), Box<dyn Error>> {
    let (mut words, mut wrong, mut theirs_wrong, mut theirs_wrong_without_ezafe, mut digits) = (0, 0, 0, 0, 0);
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [_, sentence, pronunciation] = fields[..] else { return Err(format!("three fields expected: {line}").into()) };
        for (written, reference) in sentence.split(' ').zip(pronunciation.split(' ')) {
            let word = written.trim_matches(|character: char| !character.is_alphanumeric() && !is_sign(character));
            if word.chars().any(char::is_numeric) {
                digits += 1;
                continue;
            }
            let reference = parse(reference)?;
            let (ours, source) = nearest(phonemizer, word, &reference);
            words += 1;
            wrong += usize::from(ours != reference);
            if is_verbose && ours != reference {
                println!("{word}\t{}\t{}\t{source:?}", render(&ours), render(&reference));
            }
            if let Some(output) = espeak(word) {
                let theirs = converted(&output.replace('\n', ""));
                theirs_wrong += usize::from(theirs != reference);
                let is_but_for_ezafe = [&[Phoneme::E][..], &[Phoneme::Y, Phoneme::E]].iter().any(|ezafe| [&theirs[..], ezafe].concat() == reference);
                theirs_wrong_without_ezafe += usize::from(theirs != reference && !is_but_for_ezafe);
            }
        }
    }
    let percent = |count: usize| 100.0 * count as f64 / words as f64;
    println!("{words} words ({digits} with digits left out)");
    println!("ours       {wrong:>5} wrong {:>5.1} %", percent(wrong));
    println!("espeak-ng  {theirs_wrong:>5} wrong {:>5.1} %, of which {theirs_wrong_without_ezafe} not only by their ezafe", percent(theirs_wrong));
    Ok(())
}

fn is_sign(character: char) -> bool {
    matches!(character, '\u{64b}'..='\u{654}' | '\u{670}')
}

/// The word with and without ezafe, whichever is nearer to the reference: which of them it should be is the tagger's question.
fn nearest(phonemizer: &Phonemizer, word: &str, reference: &[Phoneme]) -> (Vec<Phoneme>, Source) {
    let readings = [false, true].map(|ezafe| phonemizer.word(word, None, ezafe));
    let [without, with] = readings;
    let nearer = if distance(&with.phonemes, reference) < distance(&without.phonemes, reference) { with } else { without };
    (nearer.phonemes, nearer.source)
}
