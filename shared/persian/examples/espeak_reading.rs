//! What espeak-ng says of Persian sentences, word by word and without ezafe: for each line of the standard input a line of
//! phonemes. The sample dataset is spoken by espeak-ng, and this is what is heard in it.
//!
//! ```text
//! cargo run -p persian --example espeak_reading <sentences.txt
//! ```

use std::io::{Error, stdin};

use persian::{
    PAUSES, SpokenKind, SpokenWord,
    phonemes::{espeak, inventory::Phoneme},
    speak,
    verbalize::line,
};

#[allow(clippy::print_stdout, reason = "a program for a terminal")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    for sentence in stdin().lines() {
        println!("{}", reading(&sentence?)?);
    }
    Ok(())
}

fn reading(sentence: &str) -> Result<String, Error> {
    let sentences = speak(sentence).sentences.into_iter();
    let words: Vec<SpokenWord> = sentences.flat_map(|it| it.verbalized.words).collect();
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let written = words.iter().zip(espeak::read(&texts)?).map(|(word, said)| {
        let is_pause = word.text.chars().all(|it| PAUSES.contains(&it));
        let written = match word.kind {
            SpokenKind::Punctuation if is_pause => word.text.clone(),
            _ => said.iter().copied().map(Phoneme::symbol).collect(),
        };
        (word.kind, written)
    });
    let written: Vec<(SpokenKind, String)> = written.collect();
    Ok(line(&written, Clone::clone))
}
