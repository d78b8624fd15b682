//! How well what a voice says is understood: by a recognizer of speech, whisper-base, in a Python of its own
//! (`scripts/recognizer-client.sh` installs it). It is optional, so where it fails, that is logged, and evaluations go without it.

use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use persian::{
    bare,
    signs::{ZWNJ, is_letter},
};
use tempfile::TempDir;
use vits::{
    audio::{Clip, write_wav},
    training::trainer::{SaidSentence, WrongLetters},
};

/// What the Python runs.
const SCRIPT: &str = include_str!("recognizer.py");
/// The longest that a transcript is waited for, the first time with the model that has to be loaded.
const ANSWER_LIMIT: Duration = Duration::from_secs(120);

/// Counts the letters that it gets wrong.
pub(crate) struct Recognizer {
    python: PathBuf,
    threads: usize,
    /// None while nobody is evaluated, and from the first failure on.
    process: Option<Process>,
    failed: bool,
    /// Wrong letters of recordings, by their names: they are the same in all evaluations of a training.
    of_recordings: HashMap<String, usize>,
}

/// Why there is no transcript.
#[derive(Debug, thiserror::Error)]
enum RecognizerError {
    #[error("{python} can't be started: {source}", python = .python.display())]
    Start { python: PathBuf, source: io::Error },
    #[error("it can't be asked: {0}")]
    Ask(#[from] io::Error),
    #[error("the sound can't be handed over: {0}")]
    Sound(#[from] vits::Error),
    #[error("it has ended or takes too long")]
    Silent,
    #[error("it answered {answer:?}: {source}")]
    Answer {
        answer: String,
        source: serde_json::Error,
    },
}

impl Recognizer {
    /// `python` has the packages that `scripts/recognizer-client.txt` names.
    pub(crate) fn new(python: &Path, threads: usize) -> Self {
        Self {
            python: python.to_owned(),
            threads,
            process: None,
            failed: false,
            of_recordings: HashMap::new(),
        }
    }

    /// Transcribes what was said, and the recording unless it did so before. `None` where it can't.
    pub(crate) fn wrong_letters(&mut self, sentence: SaidSentence<'_>) -> Option<WrongLetters> {
        if self.failed {
            return None;
        }
        match self.transcribe_both(sentence) {
            Ok(found) => Some(found),
            Err(error) => {
                tracing::warn!("evaluations go without the recognizer: {error}");
                self.failed = true;
                self.process = None;
                None
            }
        }
    }

    /// Gives its memory back until it is asked again.
    pub(crate) fn unload(&mut self) {
        self.process = None;
    }

    fn transcribe_both(
        &mut self,
        sentence: SaidSentence<'_>,
    ) -> Result<WrongLetters, RecognizerError> {
        let letters = letters(sentence.text);
        let rate = sentence.sample_rate;
        let said = self.wrong(&letters, sentence.said, rate)?;
        let recorded = match self.of_recordings.get(sentence.clip) {
            Some(&known) => known,
            None => {
                let wrong = self.wrong(&letters, sentence.recorded, rate)?;
                self.of_recordings.insert(sentence.clip.into(), wrong);
                wrong
            }
        };
        Ok(WrongLetters {
            letters: letters.chars().count(),
            said,
            recorded,
        })
    }

    /// Letters of a sentence that aren't understood in this sound, at most all.
    fn wrong(
        &mut self,
        sentence: &str,
        samples: &[f32],
        sample_rate: u32,
    ) -> Result<usize, RecognizerError> {
        let process = match &mut self.process {
            Some(process) => process,
            none => none.insert(Process::start(&self.python, self.threads)?),
        };
        let transcript = process.transcribe(samples, sample_rate)?;
        let edits = strsim::levenshtein(sentence, &letters(&transcript));
        Ok(edits.min(sentence.chars().count()))
    }
}

/// Words as they are spoken, of letters alone: without signs, punctuation, half-spaces and digits.
fn letters(text: &str) -> String {
    let spoken = bare(&persian::speak(text).text());
    let words = spoken.split(|character: char| character.is_whitespace() || character == ZWNJ);
    let words = words.map(|word| word.chars().filter(|&it| is_letter(it)).collect::<String>());
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// The Python, with the model in its memory. It ends with its input, and so with this process, however that ends.
struct Process {
    child: Child,
    input: ChildStdin,
    answers: Receiver<io::Result<String>>,
    sounds: TempDir,
}

impl Process {
    fn start(python: &Path, threads: usize) -> Result<Self, RecognizerError> {
        let started = Command::new(python)
            .args(["-c", SCRIPT, &threads.to_string()])
            .env("HF_HUB_OFFLINE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = started.map_err(|source| RecognizerError::Start {
            python: python.to_owned(),
            source,
        })?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(RecognizerError::Silent);
        };
        let (sender, answers) = channel();
        std::thread::Builder::new()
            .name("recognizer".into())
            .spawn(move || {
                for line in BufReader::new(output).lines() {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            })?;
        Ok(Self {
            child,
            input,
            answers,
            sounds: tempfile::tempdir()?,
        })
    }

    fn transcribe(&mut self, samples: &[f32], sample_rate: u32) -> Result<String, RecognizerError> {
        let path = self.sounds.path().join("sound.wav");
        let clip = Clip {
            samples: samples.to_vec(),
            sample_rate,
        };
        write_wav(&path, &clip)?;
        writeln!(self.input, "{}", path.display())?;
        self.input.flush()?;
        let answer = self.answers.recv_timeout(ANSWER_LIMIT);
        let answer = answer.map_err(|_| RecognizerError::Silent)??;
        serde_json::from_str(&answer).map_err(|source| RecognizerError::Answer { answer, source })
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that can't go on must stop")]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    const SENTENCE: SaidSentence<'static> = SaidSentence {
        clip: "one",
        text: "سلام دنیا",
        said: &[0.0; 1_600],
        recorded: &[0.1; 1_600],
        sample_rate: 16_000,
    };

    #[test]
    fn only_letters_are_compared() {
        assert_eq!(letters("می‌روم، به خانهٔ ۲ دوست."), "می روم به خانه دو دوست");
        assert_eq!(letters("?!"), "");
    }

    /// A program in the place of Python's.
    fn answering(folder: &Path, program: &str) -> Recognizer {
        let path = folder.join("python");
        fs::write(&path, format!("#!/bin/sh\n{program}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        Recognizer::new(&path, 1)
    }

    #[test]
    fn wrong_letters_are_counted_and_recordings_are_transcribed_once() {
        let folder = tempfile::tempdir().unwrap();
        let program = r#"n=0; while read -r path; do n=$((n+1)); test -s "$path" || exit 1
            case $n in 2) echo '"سلام دنیا"' ;; *) echo '"سلام"' ;; esac; done"#;
        let mut recognizer = answering(folder.path(), program);
        let expected = WrongLetters {
            letters: 9,
            said: 5,
            recorded: 0,
        };
        for _evaluation in 0..2 {
            assert_eq!(recognizer.wrong_letters(SENTENCE), Some(expected));
        }
        recognizer.unload();
        assert_eq!(recognizer.wrong_letters(SENTENCE), Some(expected));
    }

    #[test]
    fn nothing_counts_for_more_than_all_of_its_letters() {
        let folder = tempfile::tempdir().unwrap();
        let program = r#"while read -r path; do echo '"ها ها ها ها ها ها ها ها ها"'; done"#;
        let found = answering(folder.path(), program).wrong_letters(SENTENCE);
        assert_eq!(found.map(|found| found.said), Some(9));
    }

    #[test]
    fn a_recognizer_that_fails_is_not_asked_again() {
        let folder = tempfile::tempdir().unwrap();
        for program in ["exit 1", "read -r path; echo nonsense"] {
            let mut recognizer = answering(folder.path(), program);
            assert_eq!(recognizer.wrong_letters(SENTENCE), None, "{program}");
            fs::remove_file(folder.path().join("python")).unwrap();
            assert_eq!(recognizer.wrong_letters(SENTENCE), None);
        }
        let mut missing = Recognizer::new(Path::new("/nowhere/python"), 1);
        assert_eq!(missing.wrong_letters(SENTENCE), None);
    }
}
