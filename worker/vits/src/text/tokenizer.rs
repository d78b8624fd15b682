//! Characters to token ids, as transformers' `VitsTokenizer` does it, from the same files.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use persian::{PAUSES, phonemes::inventory::Phoneme};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    json::{read_json, write_json},
    text::TextMode,
};

pub(crate) const VOCABULARY: &str = "vocab.json";
const CONFIG: &str = "tokenizer_config.json";
const SPECIAL_TOKENS: &str = "special_tokens_map.json";

/// Pad and blank; never a letter.
const PAD: &str = "<pad>";
/// Begin and end, where Piper's runtime expects them.
const BEGIN: &str = "^";
const END: &str = "$";
const UNKNOWN: &str = "<unk>";
/// The id that stands between all others.
pub(crate) const BLANK: i64 = 0;
/// What Persian is called in `tokenizer_config.json`.
const PERSIAN: [&str; 4] = ["fas", "fa", "per", "pes"];
/// A letter that only Persian and its neighbours write.
const PERSIAN_YE: &str = "\u{6cc}";

/// Characters and their ids, and what is done to text before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokenizer {
    vocabulary: BTreeMap<String, i64>,
    add_blank: bool,
    #[serde(default)]
    rules: Rules,
}

/// The rest of `tokenizer_config.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Rules {
    /// Lower-cases, and leaves out what the vocabulary lacks.
    normalize: bool,
    /// Expects espeak's phonemes.
    phonemize: bool,
    /// Expects Latin script, as the program uroman writes it.
    is_uroman: bool,
    language: Option<String>,
    pad_token: String,
    unk_token: String,
    /// Our own key, which other programs pass over.
    #[serde(default)]
    text: Option<TextMode>,
}

impl Default for Rules {
    /// Those of the voices that we train.
    fn default() -> Self {
        Self {
            normalize: true,
            phonemize: false,
            is_uroman: false,
            language: Some(PERSIAN[0].into()),
            pad_token: PAD.into(),
            unk_token: UNKNOWN.into(),
            text: None,
        }
    }
}

/// Ids, and what had none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// With blanks where the voice's configuration has them.
    pub ids: Vec<i64>,
    /// Characters that the vocabulary lacks, each once.
    pub dropped: Vec<char>,
}

/// `tokenizer_config.json`; what is missing in it is what transformers takes it for.
#[derive(Serialize, Deserialize)]
#[serde(default)]
struct TokenizerConfig {
    tokenizer_class: String,
    add_blank: bool,
    normalize: bool,
    phonemize: bool,
    is_uroman: bool,
    language: Option<String>,
    pad_token: Token,
    unk_token: Token,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<TextMode>,
}

/// A special token: its text, or an object that has it among other things.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Token {
    Text(String),
    Object { content: String },
}

impl Token {
    fn text(self) -> String {
        match self {
            Self::Text(text) | Self::Object { content: text } => text,
        }
    }
}

impl Default for TokenizerConfig {
    fn default() -> Self {
        Self {
            tokenizer_class: "VitsTokenizer".into(),
            add_blank: true,
            normalize: true,
            phonemize: true,
            is_uroman: false,
            language: None,
            pad_token: Token::Text(PAD.into()),
            unk_token: Token::Text(UNKNOWN.into()),
            text: None,
        }
    }
}

impl Tokenizer {
    /// The vocabulary of normalized transcripts: ids 0 to 3 are pad (and blank), begin, end and unknown; letters follow
    /// in the order of their code points.
    pub fn from_transcripts<'a>(transcripts: impl Iterator<Item = &'a str>) -> Self {
        Self::from_letters(transcripts.flat_map(str::chars).collect())
    }

    /// The vocabulary of a voice of this mode that is trained from transcripts with these letters. Phonemes always have the
    /// whole inventory, so that a voice can be given each of them, and every voice of phonemes has the same ids.
    pub(crate) fn of_mode(mode: Option<TextMode>, letters: BTreeSet<char>) -> Self {
        let symbols = Phoneme::ALL.iter().flat_map(|it| it.symbol().chars());
        let letters = match mode {
            Some(TextMode::Phonemes) => symbols.chain(PAUSES).chain([' ']).collect(),
            Some(TextMode::Characters) | None => letters,
        };
        let mut tokenizer = Self::from_letters(letters);
        tokenizer.rules.text = mode;
        tokenizer
    }

    /// The vocabulary of these letters, in the same order.
    fn from_letters(letters: BTreeSet<char>) -> Self {
        let special = [PAD, BEGIN, END, UNKNOWN].map(str::to_owned);
        let symbols = special
            .into_iter()
            .chain(letters.into_iter().map(String::from));
        Self {
            vocabulary: symbols.zip(0..).collect(),
            add_blank: true,
            rules: Rules::default(),
        }
    }

    /// What it takes; `None` where its files don't say.
    pub fn mode(&self) -> Option<TextMode> {
        self.rules.text
    }

    /// Whether its text is Persian, to be spelled as [`text::normalize`](crate::text::normalize) does it.
    pub fn is_persian(&self) -> bool {
        match &self.rules.language {
            Some(language) => PERSIAN.contains(&language.as_str()),
            None => self.vocabulary.contains_key(PERSIAN_YE),
        }
    }

    /// Ids of a text: lower-cased, without what the vocabulary lacks, trimmed. Blanks are put between and around all
    /// ids, also beside a letter that shares their id: that is how the original was trained. (transformers' Python
    /// tokenizer takes such a letter for a special token, and leaves out a blank beside it.)
    ///
    /// # Errors
    /// [`Error::Unsupported`] where the voice takes phonemes, or takes Latin script and the text has other letters.
    pub fn encode(&self, text: &str) -> Result<Tokens> {
        if self.rules.phonemize {
            return Err(Error::Unsupported(
                "this voice takes phonemes (phonemize is true), and only characters are supported; give ids".into(),
            ));
        }
        if self.rules.is_uroman && !text.is_ascii() {
            return Err(Error::Unsupported(
                "this voice takes Latin script (is_uroman is true), and the text has other letters: romanize it first"
                    .into(),
            ));
        }
        let mut dropped = BTreeSet::new();
        let mut known = String::with_capacity(text.len());
        let text = match self.rules.normalize {
            true => self.lower_case(text),
            false => text.to_owned(),
        };
        for character in self.in_its_language(&text).chars() {
            if self.id(character).is_none() {
                dropped.insert(character);
            }
            // Without normalization, an unknown character becomes the unknown token, where there is one.
            if self.id(character).is_some() || !self.rules.normalize {
                known.push(character);
            }
        }
        if self.rules.normalize {
            known = known.trim().to_owned();
        }
        let unknown = self.vocabulary.get(&self.rules.unk_token).copied();
        let mut ids: Vec<i64> = known
            .chars()
            .filter_map(|character| self.id(character).or(unknown))
            .collect();
        if self.add_blank && !ids.is_empty() {
            ids = std::iter::once(BLANK)
                .chain(ids.into_iter().flat_map(|id| [id, BLANK]))
                .collect();
        }
        Ok(Tokens {
            ids,
            dropped: dropped.into_iter().collect(),
        })
    }

    /// The letters that it has ids for.
    pub(crate) fn letters(&self) -> BTreeSet<char> {
        let special = [self.rules.unk_token.as_str(), BEGIN, END];
        self.vocabulary
            .keys()
            .filter(|word| !special.contains(&word.as_str()))
            .filter_map(|word| {
                let mut characters = word.chars();
                characters.next().filter(|_| characters.next().is_none())
            })
            .collect()
    }

    pub(crate) fn id(&self, character: char) -> Option<i64> {
        self.vocabulary
            .get(character.encode_utf8(&mut [0; 4]))
            .copied()
    }

    /// Everything but the vocabulary's own words, which may have capitals.
    fn lower_case(&self, text: &str) -> String {
        let special = [&self.rules.pad_token, &self.rules.unk_token];
        let words: Vec<&String> = self
            .vocabulary
            .keys()
            .chain(special)
            .filter(|word| word.chars().nth(1).is_some())
            .collect();
        let mut output = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            let word = words.iter().find(|word| rest.starts_with(**word));
            let length = word.map_or(character.len_utf8(), |word| word.len());
            if word.is_some() || self.id(character).is_some() {
                output.push_str(&rest[..length]);
            } else {
                output.extend(character.to_lowercase());
            }
            rest = &rest[length..];
        }
        output
    }

    /// Romanian's comma below is written as the cedilla that its voices were trained with.
    fn in_its_language(&self, text: &str) -> String {
        match self.rules.language.as_deref() {
            Some("ron") => text.replace('ț', "ţ"),
            _ => text.to_owned(),
        }
    }

    /// One more than the highest id.
    pub fn vocab_size(&self) -> i64 {
        self.vocabulary.values().max().map_or(0, |id| id + 1)
    }

    /// The lowest id.
    pub(crate) fn lowest_id(&self) -> i64 {
        self.vocabulary.values().min().copied().unwrap_or(0)
    }

    /// Writes transformers' `vocab.json`, `tokenizer_config.json` and `special_tokens_map.json`.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let rules = &self.rules;
        let config = TokenizerConfig {
            tokenizer_class: "VitsTokenizer".into(),
            add_blank: self.add_blank,
            normalize: rules.normalize,
            phonemize: rules.phonemize,
            is_uroman: rules.is_uroman,
            language: rules.language.clone(),
            pad_token: Token::Text(rules.pad_token.clone()),
            unk_token: Token::Text(rules.unk_token.clone()),
            text: rules.text,
        };
        let special = BTreeMap::from([
            ("pad_token", &rules.pad_token),
            ("unk_token", &rules.unk_token),
        ]);
        write_json(&folder.join(VOCABULARY), &self.vocabulary)?;
        write_json(&folder.join(CONFIG), &config)?;
        write_json(&folder.join(SPECIAL_TOKENS), &special)
    }

    /// Reads `vocab.json` and `tokenizer_config.json`.
    pub fn load(folder: &Path) -> Result<Self> {
        let vocabulary = read_json(&folder.join(VOCABULARY))?;
        let config: TokenizerConfig = read_json(&folder.join(CONFIG))?;
        Ok(Self {
            vocabulary,
            add_blank: config.add_blank,
            rules: Rules {
                normalize: config.normalize,
                phonemize: config.phonemize,
                is_uroman: config.is_uroman,
                language: config.language,
                pad_token: config.pad_token.text(),
                unk_token: config.unk_token.text(),
                text: config.text,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tokenizer from files of this content.
    fn given(vocabulary: &str, config: &str) -> Tokenizer {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(VOCABULARY), vocabulary).unwrap();
        std::fs::write(folder.path().join(CONFIG), config).unwrap();
        Tokenizer::load(folder.path()).unwrap()
    }

    #[test]
    fn blanks_stand_between_and_around_all_letters() {
        let tokenizer = Tokenizer::from_transcripts(["گل"].into_iter());
        assert_eq!(tokenizer.vocab_size(), 6);
        let tokens = tokenizer.encode("گلx").unwrap();
        assert_eq!(tokens.ids.len(), 5);
        assert!(tokens.ids.iter().step_by(2).all(|id| *id == 0));
        assert!(tokens.ids.iter().skip(1).step_by(2).all(|id| *id > 3));
        assert_eq!(tokens.dropped, ['x']);
    }

    #[test]
    fn a_letter_that_shares_the_blanks_id_has_blanks_around_it_too() {
        let tokenizer = given(
            r#"{"ل": 0, "گ": 1}"#,
            r#"{"phonemize": false, "pad_token": "ل", "language": "fas"}"#,
        );
        assert_eq!(tokenizer.encode("گل").unwrap().ids, [0, 1, 0, 0, 0]);
    }

    #[test]
    fn what_the_config_leaves_out_is_as_in_transformers() {
        let tokenizer = given(
            r#"{"_": 0, "a": 1, " ": 2, "B": 3, "ţ": 4}"#,
            r#"{"phonemize": false, "language": "ron", "pad_token": {"content": "_", "lstrip": false}}"#,
        );
        // Lower-cased but for what the vocabulary has as it is, trimmed, in its language.
        let tokens = tokenizer.encode(" A7Bț ").unwrap();
        assert_eq!(tokens.ids, [0, 1, 0, 3, 0, 4, 0]);
        assert_eq!(tokens.dropped, ['7']);
        assert!(!tokenizer.is_persian());
    }

    #[test]
    fn without_normalization_case_stays_and_the_unknown_is_said_as_such() {
        let tokenizer = given(
            r#"{"<unk>": 0, "a": 1, " ": 2}"#,
            r#"{"phonemize": false, "normalize": false, "add_blank": false}"#,
        );
        let tokens = tokenizer.encode(" aA").unwrap();
        assert_eq!(tokens.ids, [2, 1, 0]);
        assert_eq!(tokens.dropped, ['A']);
    }

    #[test]
    fn a_voice_of_phonemes_or_latin_script_says_so() {
        let phonemes = given(r#"{"a": 0}"#, "{}");
        let error = phonemes.encode("a").unwrap_err().to_string();
        assert!(error.contains("phonemize"), "{error}");
        let latin = given(r#"{"a": 0}"#, r#"{"phonemize": false, "is_uroman": true}"#);
        assert!(latin.encode("a").is_ok());
        let error = latin.encode("س").unwrap_err().to_string();
        assert!(error.contains("is_uroman"), "{error}");
    }

    #[test]
    fn a_tokenizer_comes_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let tokenizer = Tokenizer::from_transcripts(["سلام دنیا"].into_iter());
        tokenizer.save(folder.path()).unwrap();
        assert_eq!(Tokenizer::load(folder.path()).unwrap(), tokenizer);
        assert!(tokenizer.is_persian());
        assert_eq!(tokenizer.mode(), None);
        let config = std::fs::read_to_string(folder.path().join(CONFIG)).unwrap();
        assert!(!config.contains("\"text\""), "{config}");
    }

    #[test]
    fn a_voice_of_phonemes_has_an_id_for_each_and_says_so_in_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let tokenizer = Tokenizer::of_mode(Some(TextMode::Phonemes), BTreeSet::from(['x']));
        tokenizer.save(folder.path()).unwrap();
        let loaded = Tokenizer::load(folder.path()).unwrap();
        assert_eq!(loaded.mode(), Some(TextMode::Phonemes));
        // Pad, begin, end, unknown, 30 phonemes, 8 pauses and the space.
        assert_eq!(loaded.vocab_size(), 43);
        let line = "ʧe bɑʤe ʔʒɡq? ketɑbe to, bot‌ʃekan؟";
        let tokens = loaded.encode(line).unwrap();
        assert_eq!(tokens.dropped, [',', '?', '\u{200c}']);
        assert_eq!(tokens.ids.len(), 2 * (line.chars().count() - 3) + 1);
    }
}
