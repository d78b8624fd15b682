//! Packs the lexicons into the file that `Phonemizer::load` reads.
//!
//! ```text
//! cargo run --release -p persian --example pack_phonemes -- phonemes.bin $AVAGAR_LANGUAGE_SOURCE/lexicon.tsv shared/persian/data/lexicon-*.tsv
//! ```
//!
//! With `--without WORDS.tsv` the words in that file's first column are left out of both lexicons: packed so, they can be measured as words that
//! nobody has written down.

use std::collections::HashSet;
use std::error::Error;
use std::path::Path;

use persian::phonemes::packing::pack;
use persian::phonemes::spelling::Spelling;

/// The word that a line begins with, as a lexicon files it.
fn key_of_line(line: &str) -> String {
    Spelling::of(line.split('\t').next().unwrap_or_default()).key()
}

#[allow(clippy::print_stdout, reason = "a program for a terminal")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (left_out, arguments) = match &arguments[..] {
        [option, words, rest @ ..] if option == "--without" => {
            (std::fs::read_to_string(words)?, rest)
        }
        all => (String::new(), all),
    };
    let [out, gruut, hand @ ..] = arguments else {
        return Err("usage: pack_phonemes [--without WORDS.tsv] OUT GRUUT.tsv LEXICON.tsv…".into());
    };
    let left_out: HashSet<String> = left_out.lines().map(key_of_line).collect();
    let gruut = std::fs::read_to_string(gruut)?;
    let hand = hand
        .iter()
        .map(std::fs::read_to_string)
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    let kept = |text: &str| {
        text.lines()
            .filter(|line| !left_out.contains(&key_of_line(line)))
            .fold(String::new(), |kept, line| kept + line + "\n")
    };
    let (gruut, hand) = (kept(&gruut), kept(&hand));
    let report = pack(
        &hand,
        gruut.lines().filter_map(|line| line.split_once('\t')),
        Path::new(out),
    )?;
    println!("{report:?}");
    Ok(())
}
