//! Persian text to token ids.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::{Error, Result, numbers};

/// Pad and blank; never a letter.
const PAD: &str = "<pad>";
/// Begin and end, where Piper's runtime expects them.
const BEGIN: &str = "^";
const END: &str = "$";
const UNKNOWN: &str = "<unk>";

/// Puts text into the spelling that models are trained on: NFC, Persian letters for their Arabic twins, no diacritics and
/// no tatweel, numbers in words, a small set of punctuation, single spaces. The zero-width non-joiner stays: it is part
/// of the spelling.
pub fn normalize(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut digits = String::new();
    let mut characters = text.nfc().map(unify).peekable();
    while let Some(character) = characters.next() {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        if !digits.is_empty() {
            let decimal = matches!(character, '٫' | '.' | '/')
                && characters.peek().is_some_and(char::is_ascii_digit);
            // 1,234 and ۱٬۲۳۴ are one number.
            let grouping = matches!(character, '٬' | '،')
                && characters.peek().is_some_and(char::is_ascii_digit);
            if grouping {
                continue;
            }
            flush(&mut output, &mut digits);
            if decimal {
                output.push_str(" ممیز ");
                continue;
            }
        }
        match character {
            '\u{0}' => {}
            '٪' | '%' => output.push_str(" درصد "),
            _ if character.is_whitespace() => output.push(' '),
            _ => output.push(character),
        }
    }
    flush(&mut output, &mut digits);
    squeeze(&output)
}

fn flush(output: &mut String, digits: &mut String) {
    if !digits.is_empty() {
        output.push(' ');
        output.push_str(&numbers::cardinal(digits));
        output.push(' ');
        digits.clear();
    }
}

/// One character's Persian twin; NUL for what is left out.
fn unify(character: char) -> char {
    match character {
        'ي' | 'ى' | 'ې' | 'ۍ' => 'ی',
        'ك' | 'ڪ' => 'ک',
        'ة' | 'ۀ' | 'ە' => 'ه',
        'أ' | 'إ' | 'ٱ' => 'ا',
        '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}' => '\0',
        '۰'..='۹' => char::from(b'0' + (character as u32 - '۰' as u32) as u8),
        '٠'..='٩' => char::from(b'0' + (character as u32 - '٠' as u32) as u8),
        ',' => '،',
        ';' => '؛',
        '?' => '؟',
        '…' => '.',
        '«' | '»' | '"' | '“' | '”' | '‘' | '’' | '\'' | '(' | ')' | '[' | ']' | '{' | '}'
        | '-' | '–' | '—' | '_' | '*' => ' ',
        '\u{200b}'
        | '\u{200d}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => '\0',
        _ if character.is_control() && !character.is_whitespace() => '\0',
        _ => character.to_lowercase().next().unwrap_or(character),
    }
}

/// Single spaces, none before punctuation and none around the zero-width non-joiner.
fn squeeze(text: &str) -> String {
    const JOINER: char = '\u{200c}';
    let mut output = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            ' ' if output.is_empty() || output.ends_with(' ') => {}
            ' ' if output.ends_with(JOINER) => {
                output.pop();
                output.push(' ');
            }
            JOINER if output.is_empty() || output.ends_with([' ', JOINER]) => {}
            '.' | '،' | '؛' | '؟' | '!' | ':' => {
                while output.ends_with([' ', JOINER]) {
                    output.pop();
                }
                if !(character == '.' && output.ends_with('.')) {
                    output.push(character);
                }
            }
            _ => output.push(character),
        }
    }
    output.trim_matches([' ', JOINER]).to_owned()
}

/// Characters and their ids, and whether blanks stand between them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokenizer {
    vocabulary: BTreeMap<String, i64>,
    add_blank: bool,
}

/// Ids, and what had none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// With blanks where the voice wants them.
    pub ids: Vec<i64>,
    /// Characters that the vocabulary lacks, each once.
    pub dropped: Vec<char>,
}

#[derive(Serialize, Deserialize)]
struct TokenizerConfig {
    tokenizer_class: String,
    add_blank: bool,
    #[serde(default)]
    normalize: bool,
    #[serde(default)]
    phonemize: bool,
    #[serde(default)]
    is_uroman: bool,
    language: Option<String>,
    pad_token: String,
    unk_token: String,
}

impl Tokenizer {
    /// The vocabulary of normalized transcripts: ids 0 to 3 are pad (and blank), begin, end and unknown; letters follow
    /// in the order of their code points.
    pub fn from_transcripts<'a>(transcripts: impl Iterator<Item = &'a str>) -> Self {
        let letters: BTreeSet<char> = transcripts.flat_map(str::chars).collect();
        let special = [PAD, BEGIN, END, UNKNOWN].map(str::to_owned);
        let symbols = special
            .into_iter()
            .chain(letters.into_iter().map(String::from));
        Self {
            vocabulary: symbols.zip(0..).collect(),
            add_blank: true,
        }
    }

    /// Ids of normalized text. Blanks are put between and around all ids, also beside a letter that shares their id:
    /// that is how the original was trained. (transformers' Python tokenizer drops the blank beside such a letter.)
    pub fn encode(&self, text: &str) -> Tokens {
        let mut ids = Vec::new();
        let mut dropped = BTreeSet::new();
        for character in text.chars() {
            match self.vocabulary.get(character.encode_utf8(&mut [0; 4])) {
                Some(id) => ids.push(*id),
                None => {
                    dropped.insert(character);
                }
            }
        }
        if self.add_blank && !ids.is_empty() {
            ids = std::iter::once(0)
                .chain(ids.into_iter().flat_map(|id| [id, 0]))
                .collect();
        }
        Tokens {
            ids,
            dropped: dropped.into_iter().collect(),
        }
    }

    /// One more than the highest id.
    pub fn vocab_size(&self) -> i64 {
        self.vocabulary.values().max().map_or(0, |id| id + 1)
    }

    /// Writes transformers' `vocab.json`, `tokenizer_config.json` and `special_tokens_map.json`.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let config = TokenizerConfig {
            tokenizer_class: "VitsTokenizer".into(),
            add_blank: self.add_blank,
            normalize: true,
            phonemize: false,
            is_uroman: false,
            language: Some("fas".into()),
            pad_token: PAD.into(),
            unk_token: UNKNOWN.into(),
        };
        let special = BTreeMap::from([("pad_token", PAD), ("unk_token", UNKNOWN)]);
        write_json(&folder.join("vocab.json"), &self.vocabulary)?;
        write_json(&folder.join("tokenizer_config.json"), &config)?;
        write_json(&folder.join("special_tokens_map.json"), &special)
    }

    /// Reads `vocab.json` and `tokenizer_config.json`.
    pub fn load(folder: &Path) -> Result<Self> {
        let vocabulary = read_json(&folder.join("vocab.json"))?;
        let config: TokenizerConfig = read_json(&folder.join("tokenizer_config.json"))?;
        if config.phonemize || config.is_uroman {
            return Err(Error::Unsupported(
                "this voice wants phonemes or Latin script, only characters are supported".into(),
            ));
        }
        Ok(Self {
            vocabulary,
            add_blank: config.add_blank,
        })
    }
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let json = serde_json::to_vec_pretty(value).map_err(Error::json(path))?;
    std::fs::write(path, json).map_err(Error::file(path))
}

pub(crate) fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = std::fs::read(path).map_err(Error::file(path))?;
    serde_json::from_slice(&bytes).map_err(Error::json(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_is_made_one() {
        assert_eq!(
            normalize("  كتابِ عليٌّ ۱۲ صفحه دارد ؟"),
            "کتاب علی دوازده صفحه دارد؟"
        );
        assert_eq!(normalize("می‌روم،خانه"), "می‌روم،خانه");
        assert_eq!(normalize("«سلام» ــ دنیا..."), "سلام دنیا.");
        assert_eq!(normalize("۳٫۵ درصد و 20٪"), "سه ممیز پنج درصد و بیست درصد");
        assert_eq!(normalize("1,234"), "هزار و دویست و سی و چهار");
        assert_eq!(normalize("\u{200c} \u{0} "), "");
    }

    #[test]
    fn blanks_stand_between_and_around_all_letters() {
        let tokenizer = Tokenizer::from_transcripts(["گل"].into_iter());
        assert_eq!(tokenizer.vocab_size(), 6);
        let tokens = tokenizer.encode("گلx");
        assert_eq!(tokens.ids.len(), 5);
        assert!(tokens.ids.iter().step_by(2).all(|id| *id == 0));
        assert!(tokens.ids.iter().skip(1).step_by(2).all(|id| *id > 3));
        assert_eq!(tokens.dropped, ['x']);
    }

    #[test]
    fn a_tokenizer_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let tokenizer = Tokenizer::from_transcripts(["سلام دنیا"].into_iter());
        tokenizer.save(folder.path()).unwrap();
        assert_eq!(Tokenizer::load(folder.path()).unwrap(), tokenizer);
    }
}
