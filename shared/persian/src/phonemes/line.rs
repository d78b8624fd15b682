//! Phonemes of whole sentences, as people write them and as voices take them.

use super::inventory::{ParseError, parse};
use crate::analysis::PAUSES;

/// Pauses as other keyboards have them.
const PAUSE_ALIASES: [(char, char); 4] = [(',', '،'), (';', '؛'), ('?', '؟'), ('-', '–')];

/// Reads phonemes of words with pauses between them, such as `salɑm, donjɑ.`, and writes them as voices take them: a
/// [symbol](super::inventory::Phoneme::symbol) a phoneme, one space between words, and [pauses](PAUSES) behind the word that they follow.
///
/// # Errors
/// If something is neither phoneme nor pause.
///
/// ```
/// use persian::phonemes::line::parse_line;
/// assert_eq!(parse_line(" tʃe  gofti ? bot.ʃekan, ")?, "ʧe ɡofti؟ botʃekan،");
/// assert!(parse_line("sälam").is_err());
/// # Ok::<(), persian::phonemes::inventory::ParseError>(())
/// ```
pub fn parse_line(text: &str) -> Result<String, ParseError> {
    let mut line = String::with_capacity(text.len());
    let mut position = 0;
    for word in text.split(char::is_whitespace) {
        let begin = word.trim_start_matches(is_pause);
        let stem = begin.trim_end_matches(is_pause);
        let before = &word[..word.len() - begin.len()];
        let after = &begin[stem.len()..];
        push_pauses(&mut line, before);
        let phonemes =
            parse(stem).map_err(|error| error.within(text, position + before.chars().count()))?;
        position += word.chars().count() + 1;
        if !line.is_empty() && !phonemes.is_empty() {
            line.push(' ');
        }
        line.extend(phonemes.iter().map(|phoneme| phoneme.symbol()));
        push_pauses(&mut line, after);
    }
    Ok(line)
}

/// A dash stands between words, all else behind one.
fn push_pauses(line: &mut String, pauses: &str) {
    for pause in pauses.chars().map(pause) {
        if pause == '–' && !line.is_empty() {
            line.push(' ');
        }
        line.push(pause);
    }
}

fn is_pause(character: char) -> bool {
    PAUSES.contains(&pause(character))
}

fn pause(character: char) -> char {
    let alias = PAUSE_ALIASES.iter().find(|(alias, _)| *alias == character);
    alias.map_or(character, |(_, pause)| *pause)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_voices_take_is_read_back_as_it_is() {
        for line in ["salɑm، donjɑ.", "ʧe ʤɑlebe؟!", "u – man… na:"] {
            assert_eq!(parse_line(line).as_deref(), Ok(line));
        }
    }

    #[test]
    fn pauses_stand_behind_the_word_before_them() {
        assert_eq!(parse_line("salɑm , donjɑ").as_deref(), Ok("salɑm، donjɑ"));
        assert_eq!(parse_line("- salɑm").as_deref(), Ok("– salɑm"));
        assert_eq!(parse_line("  ").as_deref(), Ok(""));
    }

    #[test]
    fn an_error_names_the_place_in_the_whole_line() {
        let error = parse_line("salɑm, dönjɑ").unwrap_err();
        assert_eq!((error.found, error.position), ('ö', 9));
        assert_eq!(error.text, "salɑm, dönjɑ");
        assert_eq!(parse_line("سلام").unwrap_err().position, 1);
    }

    proptest! {
        #[test]
        fn any_string_is_read_or_refused_and_what_is_read_stays(text in "\\PC*") {
            if let Ok(line) = parse_line(&text) {
                prop_assert_eq!(parse_line(&line), Ok(line.clone()));
            }
        }
    }
}
