//! A text as a voice is given it: in words or phonemes, line by line, with the pauses between lines.

use std::collections::BTreeSet;

use domain::{dictionary::Pronunciations, dropped::DroppedSummary, text_analysis::DroppedBecause};
use persian::{Analyzer, DropReason, Dropped, Span, SpokenKind, Verbalized, verbalize::line};

/// Longest line, in characters: what people say in about half a minute. Attention takes memory with the square of it.
const MAX_LINE: usize = 400;
/// Pauses, in seconds.
const BETWEEN_PARAGRAPHS: f64 = 0.8;
const BETWEEN_SENTENCES: f64 = 0.4;
const AFTER_COLON: f64 = 0.3;
const AFTER_COMMA: f64 = 0.2;

/// How a text becomes what a voice takes.
pub(crate) enum Reader<'a> {
    /// Left as it is: for voices that were trained so, and those of other languages.
    AsWritten,
    /// Numbers, dates and signs in words.
    Words,
    /// The phonemes of words.
    Phonemes {
        analyzer: &'a Analyzer,
        dictionary: &'a Pronunciations,
    },
}

/// A text as a voice is given it.
pub(crate) struct Script {
    pub(crate) lines: Vec<Line>,
    /// What of the text isn't spoken by any voice that is given the same.
    pub(crate) dropped: DroppedSummary,
}

/// What a voice says in one go: a sentence, or a part of a long one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) text: String,
    /// Silence before it, in seconds.
    pub(crate) pause: f64,
    /// The line of the original text in which it begins, from 1.
    pub(crate) number: u64,
}

impl Script {
    /// Reads a text.
    pub(crate) fn of(text: &str, reader: &Reader) -> Self {
        let (sentences, dropped) = sentences(text, reader);
        let mut lines = Vec::new();
        let mut before: Option<Span> = None;
        for (span, sentence) in sentences {
            let pause = match before {
                None => 0.0,
                Some(before) if text[before.start..span.start].contains('\n') => BETWEEN_PARAGRAPHS,
                Some(_) => BETWEEN_SENTENCES,
            };
            before = Some(span);
            let number = 1 + newlines(&text[..span.start]);
            split(&sentence, pause, number, &mut lines);
        }
        let mut summary = DroppedSummary::default();
        summary.add_all(text, &dropped, 1);
        Self {
            lines,
            dropped: summary,
        }
    }
}

impl Line {
    /// Counts in the characters of which a voice has no sound, as it has answered.
    pub(crate) fn count_unknown(&self, unknown: &[char], dropped: &mut DroppedSummary) {
        let mut missing: BTreeSet<char> = unknown.iter().copied().collect();
        let mut number = self.number;
        for character in self.text.chars() {
            number += u64::from(character == '\n');
            if let Some(known) = lower_cased(character).find(|it| unknown.contains(it)) {
                dropped.add(&known.to_string(), DroppedBecause::Vocabulary, number);
                missing.remove(&known);
            }
        }
        // In the voice's own spelling only.
        for character in missing {
            dropped.add(
                &character.to_string(),
                DroppedBecause::Vocabulary,
                self.number,
            );
        }
    }
}

/// The character, and what it is in lower case.
fn lower_cased(character: char) -> impl Iterator<Item = char> {
    std::iter::once(character).chain(character.to_lowercase())
}

fn newlines(text: &str) -> u64 {
    text.matches('\n').count() as u64
}

/// The text in one piece, as a recording of it is taught.
pub(crate) fn in_one_piece(text: &str, reader: &Reader) -> (String, Vec<Dropped>) {
    let (sentences, dropped) = sentences(text, reader);
    let sentences: Vec<String> = sentences.into_iter().map(|(_, text)| text).collect();
    (sentences.join(" "), dropped)
}

/// What is read of each sentence, with its place, and what isn't spoken.
fn sentences(text: &str, reader: &Reader) -> (Vec<(Span, String)>, Vec<Dropped>) {
    match reader {
        Reader::AsWritten => {
            let written = text.trim();
            let start = text.len() - text.trim_start().len();
            let end = start + written.len();
            (vec![(Span { start, end }, written.to_owned())], Vec::new())
        }
        Reader::Words => {
            let spoken = persian::speak(text);
            let mut dropped: Vec<Dropped> = spoken.dropped().into_iter().cloned().collect();
            let words = spoken.sentences.iter().map(|it| {
                dropped.extend(inline_phonemes(text, &it.verbalized));
                (it.sentence.span, words(&it.verbalized))
            });
            let words = words.filter(|(_, text)| !text.is_empty()).collect();
            dropped.sort_by_key(|it| it.span);
            (words, dropped)
        }
        Reader::Phonemes {
            analyzer,
            dictionary,
        } => {
            let analysis = analyzer.analyze(text, &|word| dictionary.get(word));
            let phonemes = analysis.sentences.iter().map(|it| (it.span, it.phonemes()));
            (
                phonemes.filter(|(_, text)| !text.is_empty()).collect(),
                analysis.dropped,
            )
        }
    }
}

/// The words of a sentence.
fn words(verbalized: &Verbalized) -> String {
    line(&verbalized.words, |word| {
        let written = match word.kind {
            SpokenKind::Phonemes => String::new(),
            _ => word.text.clone(),
        };
        (word.kind, written)
    })
}

/// Phonemes in a text of which a voice is given the letters.
fn inline_phonemes<'a>(text: &'a str, verbalized: &'a Verbalized) -> impl Iterator<Item = Dropped> {
    let words = verbalized.words.iter();
    words
        .filter(|word| word.kind == SpokenKind::Phonemes)
        .map(|word| Dropped {
            span: word.span,
            text: word.span.of(text).to_owned(),
            reason: DropReason::Unreadable,
        })
}

/// Splits a sentence that is too long at its commas, else between words, else anywhere.
fn split(sentence: &str, mut pause: f64, number: u64, lines: &mut Vec<Line>) {
    let mut rest = sentence;
    let number_of = |rest: &str| number + newlines(&sentence[..sentence.len() - rest.len()]);
    while let Some((limit, _)) = rest.char_indices().nth(MAX_LINE) {
        let head = &rest[..limit];
        let (end, next_pause) = last_pause(head)
            .or_else(|| head.rfind(char::is_whitespace).map(|space| (space, 0.0)))
            .filter(|(end, _)| *end > 0)
            .unwrap_or((limit, 0.0));
        lines.push(Line {
            text: rest[..end].trim().to_owned(),
            pause,
            number: number_of(rest),
        });
        rest = rest[end..].trim_start();
        pause = next_pause;
    }
    if !rest.is_empty() {
        lines.push(Line {
            text: rest.to_owned(),
            pause,
            number: number_of(rest),
        });
    }
}

/// The end of the last mark with white space behind it at which one pauses, and for how long.
fn last_pause(text: &str) -> Option<(usize, f64)> {
    let marks = text.char_indices().zip(text.chars().skip(1));
    let pauses = marks.filter_map(|((at, mark), next)| {
        let pause = match mark {
            '،' | ',' | '–' => AFTER_COMMA,
            '؛' | ';' | ':' => AFTER_COLON,
            '.' | '!' | '؟' | '?' | '…' => BETWEEN_SENTENCES,
            _ => return None,
        };
        next.is_whitespace()
            .then_some((at + mark.len_utf8(), pause))
    });
    pauses.last()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, reader: &Reader) -> Vec<(String, f64)> {
        let lines = Script::of(text, reader).lines.into_iter();
        lines.map(|line| (line.text, line.pause)).collect()
    }

    #[test]
    fn sentences_and_paragraphs_are_parted_by_pauses() {
        let read = lines("سلام. ۳ کتاب دارم!\n\nخداحافظ", &Reader::Words);
        let expected = [
            ("سلام.".to_owned(), 0.0),
            ("سه کتاب دارم!".to_owned(), 0.4),
            ("خداحافظ".to_owned(), 0.8),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn a_text_for_a_voice_of_old_is_left_as_it_is() {
        let text = "ساعت ۱۴:۳۰ «کتابِ» من، 12. Hello!\n漢字";
        assert_eq!(lines(text, &Reader::AsWritten), [(text.to_owned(), 0.0)]);
    }

    #[test]
    fn phonemes_are_no_words() {
        let script = Script::of("این [[ketɑb]] است.", &Reader::Words);
        assert_eq!(script.lines[0].text, "این است.");
        assert_eq!(script.dropped.items[0].text, "[[ketɑb]]");
    }

    #[test]
    fn what_a_voice_lacks_is_named_with_its_lines() {
        let script = Script::of("سلام A\nدنیا a, é", &Reader::AsWritten);
        let mut dropped = DroppedSummary::default();
        script.lines[0].count_unknown(&['a', 'e'], &mut dropped);
        let items = dropped.items.into_iter();
        let items: Vec<_> = items.map(|it| (it.text, it.count, it.lines)).collect();
        assert_eq!(
            items,
            [("a".into(), 2, vec![1, 2]), ("e".into(), 1, vec![1])]
        );
    }

    #[test]
    fn a_long_sentence_is_split_where_one_pauses_and_nothing_is_lost() {
        let clause = "این جمله‌ای است که پایان ندارد،";
        let sentence = vec![clause; 40].join(" ");
        let split = lines(&sentence, &Reader::AsWritten);
        assert!(split.len() > 2);
        assert!(split[1..].iter().all(|(_, pause)| *pause == AFTER_COMMA));
        assert!(split.iter().all(|(line, _)| line.ends_with('،')));
        let joined: Vec<&str> = split.iter().map(|(line, _)| line.as_str()).collect();
        assert_eq!(joined.join(" "), sentence);
        for text in ["آ".repeat(3_000), format!(" {}", "آ ".repeat(3_000))] {
            let split = lines(&text, &Reader::AsWritten);
            assert!(
                split
                    .iter()
                    .all(|(line, _)| line.chars().count() <= MAX_LINE)
            );
            let letters = |text: &str| text.matches('آ').count();
            assert_eq!(
                split.iter().map(|(line, _)| letters(line)).sum::<usize>(),
                3_000
            );
        }
    }
}
