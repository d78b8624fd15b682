//! How long a page of text takes, and what the language files take: `cargo bench -p persian` with `AVAGAR_LANGUAGE`.

#![allow(clippy::print_stdout, reason = "what it measures is its output")]

use std::{error::Error, fs, path::PathBuf, time::Instant};

use persian::Analyzer;

const CHARACTERS: usize = 3000;
const ROUNDS: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::var_os("AVAGAR_LANGUAGE")
        .ok_or("AVAGAR_LANGUAGE is not set: run `. scripts/env.sh`, and `./setup.sh` once")?;
    let before = resident_kibibytes()?;
    let begun = Instant::now();
    let analyzer = Analyzer::load(&PathBuf::from(folder))?;
    let loaded = begun.elapsed();
    println!(
        "loading: {loaded:?}, {} MiB resident",
        (resident_kibibytes()? - before) >> 10
    );
    let data = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/pronounced-sentences.tsv"
    );
    let sentences = fs::read_to_string(data)?;
    let sentences = sentences.lines().filter_map(|line| line.split('\t').nth(1));
    let text: String = sentences
        .flat_map(|sentence| sentence.chars().chain(['\n']))
        .cycle()
        .take(CHARACTERS)
        .collect();
    let mut times: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let begun = Instant::now();
            let analysis = analyzer.analyze(&text, &|_| None);
            assert!(analysis.sentences.len() > 10);
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!(
        "{CHARACTERS} characters: {:?} at best, {:?} in the middle of {ROUNDS}; {} MiB resident in all",
        times[0],
        times[ROUNDS / 2],
        resident_kibibytes()? >> 10
    );
    Ok(())
}

/// Of this process.
fn resident_kibibytes() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let figure = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(figure.ok_or("no VmRSS")?.parse()?)
}
