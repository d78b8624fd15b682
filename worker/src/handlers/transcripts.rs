//! `metadata.csv` of an uploaded archive: `id|text`, `id|text|normalized text` or `id|text|phonemes`, a line a clip.

use std::{collections::HashSet, path::Path};

use domain::failure::{MetadataProblem, WorkFailure};
use persian::phonemes::line::parse_line;

/// Longest name of a clip.
const NAME_CHARACTERS: usize = 200;

/// What a line says of a clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Transcript {
    /// The clip's name.
    pub(super) name: String,
    pub(super) text: String,
    /// As voices take them, where the line gives them.
    pub(super) phonemes: Option<String>,
    /// The line's number, from 1.
    pub(super) line: u64,
}

/// Why the transcripts are refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum TranscriptError {
    /// It can't be read from this machine's disk.
    #[error("metadata.csv: {0}")]
    File(#[from] std::io::Error),
    /// It isn't UTF-8.
    #[error("metadata.csv is not UTF-8 (line {line}); save it as UTF-8 and upload again")]
    NotUtf8 {
        /// The first line that isn't.
        line: usize,
    },
    #[error("metadata.csv has no lines")]
    Empty,
    /// A line has no `|`.
    #[error("metadata.csv, line {line}: expected id|text, found no «|»")]
    NoSeparator { line: usize },
    /// A line's id is no file name.
    #[error(
        "metadata.csv, line {line}: the id must be a file name without folder, 1 to {NAME_CHARACTERS} characters long"
    )]
    InvalidId { line: usize },
    /// A line has a character that can't be stored.
    #[error("metadata.csv, line {line}: the transcript has a NUL character")]
    NulCharacter { line: usize },
    /// Two lines have the same id.
    #[error("metadata.csv, line {line}: the id {id} was there before")]
    DuplicateId { line: usize, id: String },
    /// A line has phonemes that are none.
    #[error(
        "metadata.csv, line {line}: {problem} (a third column without Persian letters, and text in [[…]], are phonemes)"
    )]
    NotPhonemes { line: usize, problem: String },
}

impl From<&TranscriptError> for WorkFailure {
    fn from(error: &TranscriptError) -> Self {
        use TranscriptError as E;
        let (line, problem) = match error {
            E::File(_) => return Self::FileUnavailable,
            E::NotUtf8 { line } => return Self::MetadataNotUtf8 { line: *line as u64 },
            E::Empty => return Self::MetadataEmpty,
            E::NoSeparator { line } => (line, MetadataProblem::NoSeparator),
            E::InvalidId { line } => (line, MetadataProblem::InvalidId),
            E::NulCharacter { line } => (line, MetadataProblem::NulCharacter),
            E::DuplicateId { line, .. } => (line, MetadataProblem::DuplicateId),
            E::NotPhonemes { line, .. } => (line, MetadataProblem::NotPhonemes),
        };
        Self::MetadataLine {
            line: *line as u64,
            problem,
        }
    }
}

/// The lines of `metadata.csv`, in their order.
///
/// # Errors
/// [`TranscriptError`] names the first line that is wrong.
pub(super) fn read(path: &Path) -> Result<Vec<Transcript>, TranscriptError> {
    let bytes = std::fs::read(path)?;
    match std::str::from_utf8(&bytes) {
        Ok(content) => parse(content.trim_start_matches('\u{feff}')),
        Err(error) => {
            let before = bytes.iter().take(error.valid_up_to());
            let line = before.filter(|byte| **byte == b'\n').count() + 1;
            Err(TranscriptError::NotUtf8 { line })
        }
    }
}

fn parse(content: &str) -> Result<Vec<Transcript>, TranscriptError> {
    let mut seen = HashSet::new();
    let mut lines = Vec::new();
    for (number, content) in content.lines().enumerate() {
        if content.trim().is_empty() {
            continue;
        }
        let line = number + 1;
        let mut fields = content.split('|');
        let (Some(name), Some(transcript)) = (fields.next(), fields.next()) else {
            return Err(TranscriptError::NoSeparator { line });
        };
        let third = fields.next().filter(|text| !text.trim().is_empty());
        let Columns { text, phonemes } = read_columns(transcript, third)
            .map_err(|problem| TranscriptError::NotPhonemes { line, problem })?;
        let name = name.trim();
        let name = name.strip_suffix(".wav").unwrap_or(name);
        if name.is_empty()
            || name.chars().count() > NAME_CHARACTERS
            || name.contains(['/', '\\', '\0'])
        {
            return Err(TranscriptError::InvalidId { line });
        }
        if text.contains('\0') {
            return Err(TranscriptError::NulCharacter { line });
        }
        if !seen.insert(name) {
            let id = name.to_owned();
            return Err(TranscriptError::DuplicateId { line, id });
        }
        lines.push(Transcript {
            name: name.to_owned(),
            text: text.trim().to_owned(),
            phonemes,
            line: line as u64,
        });
    }
    if lines.is_empty() {
        return Err(TranscriptError::Empty);
    }
    Ok(lines)
}

/// What stands in the second and third columns.
struct Columns<'a> {
    text: &'a str,
    phonemes: Option<String>,
}

/// A third column beside Persian text, but without Persian letters, has its phonemes. Text that is wholly in `[[…]]` is
/// phonemes itself. Any other third column is the text in a better spelling.
fn read_columns<'a>(text: &'a str, third: Option<&'a str>) -> Result<Columns<'a>, String> {
    let given = match third {
        Some(third) => within_brackets(third).or_else(|| {
            let is_phonemes =
                is_persian(text) && !is_persian(third) && third.contains(char::is_alphabetic);
            is_phonemes.then_some(third)
        }),
        None => None,
    };
    let Some(given) = given.or_else(|| within_brackets(text)) else {
        return Ok(Columns {
            text: third.unwrap_or(text),
            phonemes: None,
        });
    };
    match parse_line(given) {
        Ok(phonemes) if phonemes.contains(char::is_alphabetic) => Ok(Columns {
            text,
            phonemes: Some(phonemes),
        }),
        Ok(_) => Err("it has no phonemes".into()),
        Err(error) => Err(error.to_string()),
    }
}

/// What stands in `[[…]]`, where that is all.
fn within_brackets(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("[[")?.strip_suffix("]]")?;
    (!inside.contains("[[")).then_some(inside)
}

/// Whether it has letters of the Arabic script.
fn is_persian(text: &str) -> bool {
    text.contains(|character| matches!(character, '\u{620}'..='\u{64a}' | '\u{66e}'..='\u{6d3}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transcripts_are_read_in_both_layouts() {
        let lines = parse("a|سلام\n\nb.wav|۱۲|دوازده\nc|Hello|hello\n").unwrap();
        let read: Vec<_> = lines
            .iter()
            .map(|it| (it.name.as_str(), it.text.as_str(), it.line))
            .collect();
        assert_eq!(
            read,
            [("a", "سلام", 1), ("b", "دوازده", 3), ("c", "hello", 4)]
        );
        assert!(lines.iter().all(|it| it.phonemes.is_none()));
    }

    #[test]
    fn phonemes_are_read_from_a_third_column_or_from_brackets() {
        let lines = parse(
            "a|سلام دنیا!|salɑm donjɑ!\nb|[[ tʃe  xub ? ]]\nc|سلام|[[salɑm]]\nd|این [[ketɑb]]\n",
        );
        let lines = lines.unwrap();
        let read: Vec<_> = lines
            .iter()
            .map(|it| (it.text.as_str(), it.phonemes.as_deref()))
            .collect();
        let expected = [
            ("سلام دنیا!", Some("salɑm donjɑ!")),
            ("[[ tʃe  xub ? ]]", Some("ʧe xub؟")),
            ("سلام", Some("salɑm")),
            // Read word by word, where it is read.
            ("این [[ketɑb]]", None),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (content, what) in [
            ("a سلام", "line 1"),
            ("a|x\na|y", "line 2: the id a was there before"),
            ("../a|x", "line 1"),
            ("\n", "no lines"),
            (
                "a|سلام|salam\nb|دنیا|döniya",
                "line 2: no phoneme begins with 'ö' at character 2",
            ),
            ("a|[[sälam]]", "line 1: no phoneme begins with 'ä'"),
            ("a|[[ . ]]", "line 1: it has no phonemes"),
        ] {
            let error = parse(content).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
