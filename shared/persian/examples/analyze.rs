//! Shows how a text is spoken: `cargo run -p persian --example analyze -- FOLDER TEXT`.

use std::path::Path;

use persian::{Analyzer, phonemes::inventory::render};

#[allow(clippy::print_stdout, reason = "a program for a terminal")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, text] = &arguments[..] else {
        return Err("usage: analyze FOLDER TEXT".into());
    };
    let analysis = Analyzer::load(Path::new(folder))?.analyze(text, &|_| None);
    for sentence in &analysis.sentences {
        println!(
            "{}\n{}\n{}",
            sentence.normalized,
            sentence.spoken,
            sentence.phonemes()
        );
        for word in &sentence.words {
            let phonemes = render(&word.phonemes);
            println!(
                "  {}\t{}\t{phonemes}\t{:?}",
                word.text, word.pos, word.source
            );
        }
    }
    for dropped in &analysis.dropped {
        println!("not spoken: {:?}", dropped);
    }
    Ok(())
}
