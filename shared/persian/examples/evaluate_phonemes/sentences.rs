//! Words of sentences that are wrong.

use std::collections::HashMap;
use std::error::Error;

use persian::phonemes::inventory::{Phoneme, parse, render};
use persian::phonemes::{Advice, Phonemizer, Pronounced};

use crate::distance;
use crate::others::espeak_words;

/// A word of a sentence, and how it is pronounced there.
struct Word<'a> {
    written: &'a str,
    reference: Vec<Phoneme>,
}

/// Prints the number of wrong words, ours and espeak-ng's. Each word is asked for with the ezafe that the reference has, and without a part of
/// speech. Words with digits are left out, since they are read by another stage.
#[allow(clippy::print_stdout, reason = "a program for a terminal")]
pub fn evaluate(
    phonemizer: &Phonemizer,
    text: &str,
    is_verbose: bool,
) -> Result<(), Box<dyn Error>> {
    let (words, digits) = words(text)?;
    let espeak = espeak_words(words.iter().map(|word| word.written));
    let guesses: HashMap<&str, &Vec<Phoneme>> = words
        .iter()
        .map(|word| word.written)
        .zip(espeak.iter().flatten())
        .collect();
    let lookup = |word: &str| guesses.get(word).map(|phonemes| (*phonemes).clone());
    let with_espeak = Advice {
        guesses: Some(&lookup),
        ..Advice::default()
    };
    let (mut wrong, mut wrong_with_espeak) = (0, 0);
    for Word { written, reference } in &words {
        let ours = nearest(phonemizer, Advice::default(), written, reference);
        wrong += usize::from(ours.phonemes != *reference);
        wrong_with_espeak += usize::from(
            nearest(phonemizer, with_espeak, written, reference).phonemes != *reference,
        );
        if is_verbose && ours.phonemes != *reference {
            println!(
                "{written}\t{}\t{}\t{:?}",
                render(&ours.phonemes),
                render(reference),
                ours.source
            );
        }
    }
    let percent = |count: usize| 100.0 * count as f64 / words.len() as f64;
    println!("{} words ({digits} with digits left out)", words.len());
    println!(
        "ours                           {wrong:>5} wrong {:>5.1} %",
        percent(wrong)
    );
    let Some(espeak) = &espeak else { return Ok(()) };
    println!(
        "ours, espeak-ng guesses        {wrong_with_espeak:>5} wrong {:>5.1} %",
        percent(wrong_with_espeak)
    );
    let theirs = words.iter().zip(espeak);
    let count = |is_right: &dyn Fn(&[Phoneme], &[Phoneme]) -> bool| {
        theirs
            .clone()
            .filter(|(word, theirs)| !is_right(theirs, &word.reference))
            .count()
    };
    let (as_it_is, given_ezafe) = (
        count(&|theirs, reference| theirs == reference),
        count(&|theirs, reference| is_but_for_ezafe(theirs, reference)),
    );
    println!(
        "espeak-ng                      {as_it_is:>5} wrong {:>5.1} %",
        percent(as_it_is)
    );
    println!(
        "espeak-ng, given every ezafe   {given_ezafe:>5} wrong {:>5.1} %",
        percent(given_ezafe)
    );
    Ok(())
}

fn words(text: &str) -> Result<(Vec<Word<'_>>, usize), Box<dyn Error>> {
    let (mut words, mut digits) = (Vec::new(), 0);
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [_, sentence, pronunciation] = fields[..] else {
            return Err(format!("three fields expected: {line}").into());
        };
        for (written, reference) in sentence.split(' ').zip(pronunciation.split(' ')) {
            let written = written.trim_matches(|character: char| {
                !character.is_alphanumeric() && !is_sign(character)
            });
            if written.chars().any(char::is_numeric) {
                digits += 1;
            } else {
                words.push(Word {
                    written,
                    reference: parse(reference)?,
                });
            }
        }
    }
    Ok((words, digits))
}

fn is_sign(character: char) -> bool {
    matches!(character, '\u{64b}'..='\u{654}' | '\u{670}')
}

fn is_but_for_ezafe(phonemes: &[Phoneme], reference: &[Phoneme]) -> bool {
    [&[][..], &[Phoneme::E], &[Phoneme::Y, Phoneme::E]]
        .iter()
        .any(|ezafe| [phonemes, ezafe].concat() == reference)
}

/// The word with and without ezafe, whichever is nearer to the reference: which of them it should be is the tagger's question.
fn nearest(
    phonemizer: &Phonemizer,
    advice: Advice,
    word: &str,
    reference: &[Phoneme],
) -> Pronounced {
    let [without, with] =
        [false, true].map(|ezafe| phonemizer.word_with(advice, word, None, ezafe));
    if distance(&with.phonemes, reference) < distance(&without.phonemes, reference) {
        with
    } else {
        without
    }
}
