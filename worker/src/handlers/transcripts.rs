//! `metadata.csv` of an uploaded archive: `id|text`, `id|text|normalized text` or `id|text|phonemes`, a line a clip, and behind that
//! who speaks, where several do. A first line that begins with `id|text` names the columns, which may then come in any order.

use std::{collections::HashSet, path::Path};

use domain::failure::{MetadataProblem, WorkFailure};
use persian::phonemes::line::parse_line;

/// Longest name of a clip.
const NAME_CHARACTERS: usize = 200;
/// Longest name of a speaker.
const SPEAKER_CHARACTERS: usize = 100;

/// What a line says of a clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Transcript {
    /// The clip's name.
    pub(super) name: String,
    pub(super) text: String,
    /// As voices take them, where the line gives them.
    pub(super) phonemes: Option<String>,
    /// Who speaks, where the line says so; either all lines do, or none.
    pub(super) speaker: Option<String>,
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
    /// The first line names a column that there isn't.
    #[error("metadata.csv, line {line}: there is no column «{name}»; there are {}", Column::NAMES.join(", "))]
    UnknownColumn { line: usize, name: String },
    /// A line's speaker has no name that can be kept.
    #[error(
        "metadata.csv, line {line}: a speaker's name has at most {SPEAKER_CHARACTERS} characters, and no control characters"
    )]
    InvalidSpeaker { line: usize },
    /// Some lines name their speakers, and this one doesn't.
    #[error("metadata.csv, line {line}: it names no speaker, and other lines do")]
    MissingSpeaker { line: usize },
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
            E::UnknownColumn { line, .. } => (line, MetadataProblem::UnknownColumn),
            E::InvalidSpeaker { line } => (line, MetadataProblem::InvalidSpeaker),
            E::MissingSpeaker { line } => (line, MetadataProblem::MissingSpeaker),
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
    let mut transcripts: Vec<Transcript> = Vec::new();
    let mut columns = Column::USUAL.to_vec();
    let lines = content.lines().enumerate();
    let mut lines = lines
        .filter(|(_, content)| !content.trim().is_empty())
        .map(|(number, content)| (number + 1, content))
        .peekable();
    if let Some((line, named)) = lines.next_if(|(_, content)| is_heading(content)) {
        columns = named
            .split('|')
            .map(|name| Column::named(line, name.trim()))
            .collect::<Result<_, _>>()?;
    }
    for (line, content) in lines {
        let transcript = parse_line_of(content, line, &columns)?;
        if !seen.insert(transcript.name.clone()) {
            let id = transcript.name;
            return Err(TranscriptError::DuplicateId { line, id });
        }
        transcripts.push(transcript);
    }
    if transcripts.is_empty() {
        return Err(TranscriptError::Empty);
    }
    let mut unnamed = transcripts.iter().filter(|it| it.speaker.is_none());
    match unnamed.next().map(|it| it.line as usize) {
        Some(line) if transcripts.iter().any(|it| it.speaker.is_some()) => {
            Err(TranscriptError::MissingSpeaker { line })
        }
        _ => Ok(transcripts),
    }
}

fn parse_line_of(
    content: &str,
    line: usize,
    columns: &[Column],
) -> Result<Transcript, TranscriptError> {
    let fields: Vec<&str> = content.split('|').collect();
    let field = |column| {
        let place = columns.iter().position(|it| *it == column)?;
        fields.get(place).copied()
    };
    let (Some(name), Some(written)) = (field(Column::Id), field(Column::Text)) else {
        return Err(TranscriptError::NoSeparator { line });
    };
    let given = |column| field(column).filter(|text| !text.trim().is_empty());
    let Spoken { text, phonemes } = match given(Column::Phonemes) {
        Some(phonemes) => Spoken::of_phonemes(written, phonemes),
        None => Spoken::of(written, given(Column::Normalized)),
    }
    .map_err(|problem| TranscriptError::NotPhonemes { line, problem })?;
    let name = name.trim();
    let name = name.strip_suffix(".wav").unwrap_or(name);
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS || name.contains(['/', '\\', '\0'])
    {
        return Err(TranscriptError::InvalidId { line });
    }
    if text.contains('\0') {
        return Err(TranscriptError::NulCharacter { line });
    }
    let speaker = given(Column::Speaker).map(str::trim);
    if speaker.is_some_and(|name| {
        name.chars().count() > SPEAKER_CHARACTERS || name.contains(char::is_control)
    }) {
        return Err(TranscriptError::InvalidSpeaker { line });
    }
    Ok(Transcript {
        name: name.to_owned(),
        text: text.trim().to_owned(),
        phonemes,
        speaker: speaker.map(str::to_owned),
        line: line as u64,
    })
}

/// What a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Id,
    Text,
    /// The text in a better spelling; where nothing names the columns, phonemes stand here, too.
    Normalized,
    Phonemes,
    Speaker,
}

impl Column {
    /// Where nothing names them.
    const USUAL: [Self; 4] = [Self::Id, Self::Text, Self::Normalized, Self::Speaker];
    const ALL: [Self; 5] = [
        Self::Id,
        Self::Text,
        Self::Normalized,
        Self::Phonemes,
        Self::Speaker,
    ];
    const NAMES: [&str; 5] = ["id", "text", "normalized", "phonemes", "speaker"];

    fn named(line: usize, name: &str) -> Result<Self, TranscriptError> {
        let mut known = Self::ALL.into_iter().zip(Self::NAMES);
        let found = known.find(|(_, known)| known.eq_ignore_ascii_case(name));
        found
            .map(|(column, _)| column)
            .ok_or_else(|| TranscriptError::UnknownColumn {
                line,
                name: name.into(),
            })
    }
}

/// Whether a line names the columns: it begins with `id|text`.
fn is_heading(content: &str) -> bool {
    let mut names = content.split('|').map(str::trim);
    let begins =
        |name: Option<&str>, with: &str| name.is_some_and(|it| it.eq_ignore_ascii_case(with));
    begins(names.next(), "id") && begins(names.next(), "text")
}

/// What is said in a clip.
struct Spoken<'a> {
    text: &'a str,
    phonemes: Option<String>,
}

impl<'a> Spoken<'a> {
    /// A third column beside Persian text, but without Persian letters, has its phonemes. Text that is wholly in `[[…]]` is
    /// phonemes itself. Any other third column is the text in a better spelling.
    fn of(text: &'a str, third: Option<&'a str>) -> Result<Self, String> {
        let given = match third {
            Some(third) => within_brackets(third).or_else(|| {
                let is_phonemes =
                    is_persian(text) && !is_persian(third) && third.contains(char::is_alphabetic);
                is_phonemes.then_some(third)
            }),
            None => None,
        };
        match given.or_else(|| within_brackets(text)) {
            Some(given) => Self::of_phonemes(text, given),
            None => Ok(Self {
                text: third.unwrap_or(text),
                phonemes: None,
            }),
        }
    }

    fn of_phonemes(text: &'a str, given: &str) -> Result<Self, String> {
        let given = within_brackets(given).unwrap_or(given);
        match parse_line(given) {
            Ok(phonemes) if phonemes.contains(char::is_alphabetic) => Ok(Self {
                text,
                phonemes: Some(phonemes),
            }),
            Ok(_) => Err("it has no phonemes".into()),
            Err(error) => Err(error.to_string()),
        }
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
    fn speakers_are_read_from_a_fourth_column_or_by_its_name() {
        let speakers = |content| {
            let lines = parse(content).unwrap();
            lines.into_iter().map(|it| it.speaker).collect::<Vec<_>>()
        };
        let both = [Some("Sara".into()), Some("Omid".into())];
        assert_eq!(speakers("a|سلام||Sara\nb|دنیا|donjɑ| Omid \n"), both);
        assert_eq!(
            speakers("id|text|speaker|phonemes\na|سلام|Sara|salɑm\nb|دنیا|Omid|\n"),
            both
        );
        assert_eq!(speakers("a|سلام||\nb|دنیا\n"), [None, None]);
        let lines = parse("ID | text | phonemes\na|Hello|salɑm\n").unwrap();
        assert_eq!(lines[0].phonemes.as_deref(), Some("salɑm"));
        assert_eq!(lines[0].line, 2);
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
            ("a|x||Sara\nb|y", "line 2: it names no speaker"),
            (
                "id|text|who\na|x|Sara",
                "line 1: there is no column «who»; there are id, text,",
            ),
            ("a|x||a\u{1}b", "line 1: a speaker's name"),
            ("id|text\n", "no lines"),
        ] {
            let error = parse(content).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
    }
}
