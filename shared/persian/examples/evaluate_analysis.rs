//! Counts the words of `pronounced-sentences.tsv` that are read otherwise than by hand, from the text alone: numbers, ezafe, phonemes.
//!
//! ```text
//! cargo run --release -p persian --example evaluate_analysis -- LANGUAGE_FOLDER shared/persian/tests/data/pronounced-sentences.tsv
//! ```

use std::{error::Error, fs, path::Path};

use persian::{Analyzer, Span, phonemes::inventory::render};

/// Written words that are read together, such as a date, and their pronunciation by hand.
struct Group {
    span: Span,
    words: usize,
    expected: String,
    read: String,
}

#[allow(clippy::print_stdout, reason = "a program for a terminal")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, sentences] = &arguments[..] else {
        return Err("usage: evaluate_analysis LANGUAGE_FOLDER SENTENCES.tsv".into());
    };
    let analyzer = Analyzer::load(Path::new(folder))?;
    let (mut words, mut wrong) = (0, 0);
    for line in fs::read_to_string(sentences)?.lines() {
        let [_, sentence, expected] = line.split('\t').collect::<Vec<_>>()[..] else {
            continue;
        };
        for group in groups(&analyzer, sentence, expected) {
            words += group.words;
            if group.read != group.expected {
                wrong += group.words;
                println!(
                    "{}\t{}\t{}",
                    group.span.of(sentence),
                    group.expected,
                    group.read
                );
            }
        }
    }
    println!("{wrong} of {words} words are read otherwise");
    Ok(())
}

fn groups(analyzer: &Analyzer, sentence: &str, expected: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut end = 0;
    for (word, expected) in sentence.split(' ').zip(expected.split(' ')) {
        groups.push(Group {
            span: Span {
                start: end,
                end: end + word.len(),
            },
            words: 1,
            expected: expected.replace('_', ""),
            read: String::new(),
        });
        end += word.len() + 1;
    }
    let analysis = analyzer.analyze(sentence, &|_| None);
    for word in analysis
        .sentences
        .iter()
        .flat_map(|sentence| &sentence.words)
    {
        let first = groups.partition_point(|group| group.span.end <= word.span.start);
        // What is read together is one group from here on.
        while groups
            .get(first + 1)
            .is_some_and(|next| next.span.start < word.span.end)
        {
            let next = groups.remove(first + 1);
            let group = &mut groups[first];
            group.span = group.span.to(next.span);
            group.words += next.words;
            group.expected += &next.expected;
            group.read += &next.read;
        }
        if let Some(group) = groups.get_mut(first) {
            group.read += &render(&word.phonemes);
        }
    }
    groups
}
