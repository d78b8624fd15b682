//! The phoneme error rate of single words.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;

use persian::phonemes::inventory::{Phoneme, render};
use persian::phonemes::{Advice, Phonemizer, Source};

use crate::others::{GruutGuesser, by_simple_rules, espeak_words};
use crate::{errors, references};

/// What is counted of a set of words.
#[derive(Default, Clone, Copy)]
struct Tally {
    words: usize,
    wrong_words: usize,
    phonemes: usize,
    errors: usize,
}

impl Tally {
    fn add(&mut self, (errors, phonemes): (usize, usize)) {
        self.words += 1;
        self.wrong_words += usize::from(errors > 0);
        self.phonemes += phonemes;
        self.errors += errors;
    }

    #[allow(clippy::print_stdout, reason = "a program for a terminal")]
    fn print(&self, name: &str) {
        let rate = 100.0 * self.errors as f64 / self.phonemes.max(1) as f64;
        println!(
            "{name:<26} {:>6} words {:>5} wrong {:>6} phonemes {:>5} errors  PER {rate:>6.2} %",
            self.words, self.wrong_words, self.phonemes, self.errors
        );
    }
}

/// Prints the error rate by source, then that of other ways to read the same words.
#[allow(clippy::print_stdout, reason = "a program for a terminal")]
pub fn evaluate(
    phonemizer: &Phonemizer,
    text: &str,
    is_verbose: bool,
) -> Result<(), Box<dyn Error>> {
    let mut words = Vec::new();
    for line in text.lines() {
        let mut fields = line.split('\t');
        let word = fields.next().unwrap_or_default();
        words.push((word, references(fields)?));
    }
    let espeak = espeak_words(words.iter().map(|(word, _)| *word));
    let mut by_source: BTreeMap<Source, (Tally, Tally)> = BTreeMap::new();
    let mut all = Tally::default();
    for (place, (word, references)) in words.iter().enumerate() {
        let pronounced = phonemizer.word(word, None, false);
        let found = errors(&pronounced.phonemes, references);
        let (ours, theirs) = by_source.entry(pronounced.source).or_default();
        ours.add(found);
        all.add(found);
        if let Some(espeak) = &espeak {
            theirs.add(errors(&espeak[place], references));
        }
        if is_verbose && found.0 > 0 {
            let expected: Vec<String> = references
                .iter()
                .map(|reference| render(reference))
                .collect();
            println!(
                "{word}\t{}\t{}\t{:?}",
                render(&pronounced.phonemes),
                expected.join(" "),
                pronounced.source
            );
        }
    }
    for (source, (ours, theirs)) in &by_source {
        ours.print(&format!("{source:?}"));
        if espeak.is_some() {
            theirs.print("  espeak-ng of these");
        }
    }
    all.print("all");
    let compare = |name: &str, readings: Vec<Vec<Phoneme>>| {
        let mut tally = Tally::default();
        words
            .iter()
            .zip(readings)
            .for_each(|((_, references), reading)| tally.add(errors(&reading, references)));
        tally.print(name);
    };
    compare(
        "our guesser alone",
        words
            .iter()
            .map(|(word, _)| phonemizer.guess(word))
            .collect(),
    );
    compare(
        "simple rules",
        words
            .iter()
            .map(|(word, _)| by_simple_rules(word))
            .collect(),
    );
    for path in std::env::var("GRUUT_G2P")
        .iter()
        .flat_map(|paths| paths.split(':'))
    {
        let guesser = GruutGuesser::load(path)?;
        let readings: Result<Vec<_>, _> =
            words.iter().map(|(word, _)| guesser.guess(word)).collect();
        compare(
            &format!(
                "gruut {}",
                if path.contains("espeak") {
                    "espeak g2p"
                } else {
                    "g2p"
                }
            ),
            readings?,
        );
    }
    match espeak {
        Some(readings) => {
            let guesses: HashMap<&str, Vec<Phoneme>> = words
                .iter()
                .map(|(word, _)| *word)
                .zip(readings.iter().cloned())
                .collect();
            let lookup = |word: &str| guesses.get(word).cloned();
            let advice = Advice {
                guesses: Some(&lookup),
                ..Advice::default()
            };
            compare(
                "all, espeak-ng guesses",
                words
                    .iter()
                    .map(|(word, _)| phonemizer.word_with(advice, word, None, false).phonemes)
                    .collect(),
            );
            compare("espeak-ng alone", readings);
        }
        None => println!("espeak-ng isn't installed"),
    }
    Ok(())
}
