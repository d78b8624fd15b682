//! Measures phonemes against references written by hand.
//!
//! ```text
//! evaluate_phonemes PACKED words.tsv                        phoneme error rate by source; -v lists what is wrong
//! evaluate_phonemes PACKED pronounced-sentences.tsv         words that are wrong, given the ezafe of the reference
//! GRUUT_G2P=g2p/model.crf:espeak/g2p/model.crf …            gruut's guessers beside ours
//! ```
//!
//! The program espeak-ng is measured beside ours where it is installed. The phoneme error rate is the number of phonemes that must be inserted, deleted or
//! replaced, divided by the number of phonemes of the reference; of several references the nearest counts.

mod others;
mod sentences;
mod words;

use std::error::Error;
use std::path::Path;

use persian::phonemes::Phonemizer;
use persian::phonemes::inventory::{Phoneme, parse};

/// Phonemes that must be inserted, deleted or replaced to make one sequence the other.
fn distance(left: &[Phoneme], right: &[Phoneme]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (place, one) in left.iter().enumerate() {
        let mut next = vec![place + 1];
        for (column, other) in right.iter().enumerate() {
            next.push(
                (row[column] + usize::from(one != other))
                    .min(row[column + 1] + 1)
                    .min(next[column] + 1),
            );
        }
        row = next;
    }
    row[right.len()]
}

/// The errors to the nearest reference, and its length.
fn errors(phonemes: &[Phoneme], references: &[Vec<Phoneme>]) -> (usize, usize) {
    references
        .iter()
        .map(|reference| (distance(phonemes, reference), reference.len()))
        .min()
        .unwrap_or((phonemes.len(), 0))
}

fn references<'a>(
    fields: impl Iterator<Item = &'a str>,
) -> Result<Vec<Vec<Phoneme>>, Box<dyn Error>> {
    Ok(fields.map(parse).collect::<Result<Vec<_>, _>>()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_verbose = arguments.iter().any(|argument| argument == "-v");
    let [packed, file] = &arguments
        .iter()
        .filter(|argument| *argument != "-v")
        .collect::<Vec<_>>()[..]
    else {
        return Err("usage: evaluate_phonemes PACKED WORDS_OR_SENTENCES.tsv [-v]".into());
    };
    let started = std::time::Instant::now();
    let phonemizer = Phonemizer::load(Path::new(packed))?;
    eprintln!("loaded in {:?}", started.elapsed());
    let text = std::fs::read_to_string(file)?;
    let is_sentences = text
        .lines()
        .next()
        .and_then(|line| line.split('\t').nth(1))
        .is_some_and(|field| field.contains(' '));
    if is_sentences {
        sentences::evaluate(&phonemizer, &text, is_verbose)
    } else {
        words::evaluate(&phonemizer, &text, is_verbose)
    }
}
