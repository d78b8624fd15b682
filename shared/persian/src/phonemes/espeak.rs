//! What the program espeak-ng would say, in the inventory of this crate.
//!
//! Its Persian dictionary has more words than ours, so where it is installed it is asked for words that would be guessed: there it makes half the
//! errors. It is a program under the GPL, so it is run and not linked, and nothing of it is kept.

use std::io::{Error, ErrorKind, Result, Write};
use std::process::{Command, Stdio};

use super::inventory::{Phoneme, parse};
use super::lexicon::MAX_WORD_LENGTH;
use super::spelling::Spelling;

/// How many words are asked for at once.
const BATCH: usize = 500;

/// Its symbols that have another meaning here, longer ones first. The digit belongs to its `q`, and its `oː` is `ow`.
const SYMBOLS: &[(&str, &str)] = &[("oː", "ow"), ("q1", "q")];

/// Whether the program can be run.
pub fn is_installed() -> bool {
    command()
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn command() -> Command {
    let mut command = Command::new("espeak-ng");
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// The phonemes of each word, without ezafe; none for a word that it can't read or that is too long.
///
/// # Errors
/// If the program can't be run, or fails.
pub fn read(words: &[&str]) -> Result<Vec<Vec<Phoneme>>> {
    let words: Vec<String> = words.iter().map(|word| askable(word)).collect();
    let mut readings = Vec::with_capacity(words.len());
    for batch in words.chunks(BATCH) {
        let lines = run(&batch.join("\n"))?;
        if lines.len() == batch.len() {
            readings.extend(lines.iter().map(|line| converted(line)));
        } else {
            // It ran some of them together; alone, a word is what all lines say.
            for word in batch {
                readings.push(converted(&run(word)?.concat()));
            }
        }
    }
    Ok(readings)
}

/// A word as the program is asked for it: letters, signs and half-spaces only, so that it is one line and no command; a dash for what it
/// shouldn't be asked for.
fn askable(word: &str) -> String {
    let length = Spelling::of(word).letters.len();
    let is_askable = (1..=MAX_WORD_LENGTH).contains(&length)
        && word
            .chars()
            .all(|character| matches!(character, '\u{600}'..='\u{6ff}' | '\u{200c}'));
    if is_askable {
        word.to_owned()
    } else {
        "-".to_owned()
    }
}

fn run(text: &str) -> Result<Vec<String>> {
    let mut child = command()
        .args(["-v", "fa", "-q", "--ipa", "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let stdin = child.stdin.take();
    let output = std::thread::scope(|scope| {
        // Written beside the reading, since a full pipe would stop both.
        let writer =
            scope.spawn(move || stdin.map_or(Ok(()), |mut stdin| stdin.write_all(text.as_bytes())));
        let output = child.wait_with_output();
        writer
            .join()
            .map_err(|_| Error::from(ErrorKind::BrokenPipe))??;
        output
    })?;
    if !output.status.success() {
        return Err(Error::other(format!(
            "espeak-ng ended with {}",
            output.status
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect())
}

/// Its phonemes in ours; stress, length and switches of language are left out. None at all if one of them is unknown.
pub fn converted(symbols: &str) -> Vec<Phoneme> {
    let mut text = symbols.replace(['ˈ', 'ˌ', ' ', '_', '-'], "");
    for (theirs, ours) in SYMBOLS {
        text = text.replace(theirs, ours);
    }
    parse(&text.replace('ː', "")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phonemes::inventory::render;

    #[test]
    fn its_symbols_become_ours() {
        for (theirs, ours) in [
            ("q1alˈam", "qalam"),
            ("nˈoː", "now"),
            ("mˈasʔuːl", "masʔul"),
            ("tʃˈeː", "ʧe"),
            ("(en)wˈɜːd(fa)", ""),
        ] {
            assert_eq!(render(&converted(theirs)), ours);
        }
    }

    #[test]
    fn only_words_are_asked_for() {
        assert_eq!(askable("می‌روم"), "می‌روم");
        for word in ["<voice>", "", "آب\nنان", "آ b", &"ب".repeat(200)] {
            assert_eq!(askable(word), "-");
        }
    }
}
