//! What espeak-ng is given to say Persian as this crate reads it, with the ezafe: for each sentence of the standard input
//! a line `text without signs|phonemes|input of espeak-ng's voice fa`.
//!
//! ```text
//! cargo run -p persian --example espeak_input -- LANGUAGE_FOLDER <sentences.txt
//! ```

mod mnemonics;

use std::{io::BufRead, path::Path};

use persian::{AnalyzedSentence, AnalyzedWord, Analyzer, SpokenKind, bare, tagger::Pos};

#[allow(clippy::print_stdout, reason = "a program for a terminal")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1);
    let folder = folder.ok_or("usage: espeak_input LANGUAGE_FOLDER <sentences.txt")?;
    let analyzer = Analyzer::load(Path::new(&folder))?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let analysis = analyzer.analyze(&line, &|_| None);
        if let Some(dropped) = analysis.dropped.first() {
            return Err(format!("{line}: {:?} isn't spoken", dropped.text).into());
        }
        let sentences = &analysis.sentences;
        let phonemes: Vec<String> = sentences.iter().map(AnalyzedSentence::phonemes).collect();
        let input: Vec<String> = sentences.iter().map(espeak_input).collect();
        println!("{}|{}|{}", bare(&line), phonemes.join(" "), input.join(" "));
    }
    Ok(())
}

/// Each word in the mnemonics of espeak-ng between `[[` and `]]`; its punctuation as it is, for the melody.
fn espeak_input(sentence: &AnalyzedSentence) -> String {
    let words = sentence.words.iter().map(|word| match word.kind {
        SpokenKind::Punctuation => word.text.clone(),
        _ => format!(" [[{}]]", spelled(word)),
    });
    words.collect::<String>().trim_start().to_owned()
}

/// The word's phonemes, stressed at the end; verbs with می, نمی, ن or ب at the prefix.
fn spelled(word: &AnalyzedWord) -> String {
    let is_prefixed = word.pos == Pos::Verb && word.text.starts_with(['م', 'ن', 'ب']);
    let stressed = match is_prefixed {
        true => mnemonics::vowels(&word.phonemes).first().copied(),
        false => mnemonics::last_stem_vowel(&word.phonemes, word.ezafe),
    };
    mnemonics::of(&word.phonemes, stressed)
}
