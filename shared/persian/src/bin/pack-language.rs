//! `pack-language SOURCE TARGET`: makes the files that `persian::Analyzer` loads, out of the package gruut-lang-fa that
//! scripts/fetch-language.sh fetches, and of the lexicon written by hand. Where TARGET is whole already, and of the same, it does nothing.

use std::{error::Error, fs, path::Path, process::ExitCode};

use persian::{
    Analyzer,
    analysis::{PHONEMES_FILE, TAGGER_FILE},
    phonemes::{HAND_LEXICON, packing},
    tagger,
};
use sha2::{Digest, Sha256};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [source, target] = &arguments[..] else {
        eprintln!("usage: pack-language SOURCE TARGET");
        return ExitCode::from(2);
    };
    match pack(Path::new(source), Path::new(target)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {source} can't be packed into {target}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn pack(source: &Path, target: &Path) -> Result<(), Box<dyn Error>> {
    let gruut = fs::read_to_string(source.join("lexicon.tsv"))?;
    let made_of = fingerprint(&gruut);
    let made_of_file = target.join("made-of.txt");
    if fs::read_to_string(&made_of_file).is_ok_and(|known| known == made_of)
        && Analyzer::load(target).is_ok()
    {
        return Ok(());
    }
    eprintln!("Packing the Persian language files (once) …");
    fs::create_dir_all(target)?;
    let model = source.join("pos/postagger.model");
    tagger::pack(&model, &target.join(TAGGER_FILE))?;
    let words = gruut.lines().filter_map(|line| line.split_once('\t'));
    packing::pack(HAND_LEXICON, words, &target.join(PHONEMES_FILE))?;
    // What can't be loaded must not be found later.
    Analyzer::load(target)?;
    Ok(fs::write(&made_of_file, made_of)?)
}

/// Says of which lexicons files were made. The tagger's model never changes; its name has its version.
fn fingerprint(gruut: &str) -> String {
    let hash = Sha256::new()
        .chain_update(HAND_LEXICON)
        .chain_update(gruut)
        .finalize();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
