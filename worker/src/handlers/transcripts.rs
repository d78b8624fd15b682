//! `metadata.csv` of an uploaded archive: `id|text` or `id|text|normalized text`, a line a clip.

use std::{collections::HashSet, path::Path};

use domain::failure::{MetadataProblem, WorkFailure};

/// Longest name of a clip.
const NAME_CHARACTERS: usize = 200;

/// A clip's name and its transcript.
pub(super) type Transcript = (String, String);

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
        let normalized = fields.next().filter(|text| !text.trim().is_empty());
        let transcript = normalized.unwrap_or(transcript);
        let name = name.trim();
        let name = name.strip_suffix(".wav").unwrap_or(name);
        if name.is_empty()
            || name.chars().count() > NAME_CHARACTERS
            || name.contains(['/', '\\', '\0'])
        {
            return Err(TranscriptError::InvalidId { line });
        }
        if transcript.contains('\0') {
            return Err(TranscriptError::NulCharacter { line });
        }
        if !seen.insert(name) {
            let id = name.to_owned();
            return Err(TranscriptError::DuplicateId { line, id });
        }
        lines.push((name.to_owned(), transcript.trim().to_owned()));
    }
    if lines.is_empty() {
        return Err(TranscriptError::Empty);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transcripts_are_read_in_both_layouts() {
        let lines = parse("a|سلام\n\nb.wav|۱۲|دوازده\n").unwrap();
        assert_eq!(
            lines,
            [("a".into(), "سلام".into()), ("b".into(), "دوازده".into())]
        );
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (content, what) in [
            ("a سلام", "line 1"),
            ("a|x\na|y", "line 2: the id a was there before"),
            ("../a|x", "line 1"),
            ("\n", "no lines"),
        ] {
            let error = parse(content).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
