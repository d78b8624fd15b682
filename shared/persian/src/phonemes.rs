//! Words → phonemes.
//!
//! | module | does |
//! |---|---|
//! | [`inventory`] | the phonemes, their symbols, IPA, and espeak-ng's code points |
//! | [`spelling`] | the letters of a word with the signs on them |
//! | [`lexicon`] | words whose pronunciation is known: our own lexicon, and gruut's |
//! | [`verbs`], [`affixes`] | forms of verbs; stems with affixes, compounds |
//! | [`alignment`], [`spelled`] | which phonemes belong to which letter, and whether they are what the signs on it say |
//! | [`guesser`] | guesses what is in no lexicon |
//! | [`espeak`] | asks the program espeak-ng for what would be guessed |
//! | [`letters`] | the names of letters |
//! | [`joining`] | how parts of words join, and the ezafe |
//! | [`packing`], [`packed`] | the file that holds the lexicons and the guesser |
//!
//! Where several of them know a word, the order of authority is that of [`Source`].

pub mod affixes;
pub mod alignment;
mod doubles;
pub mod espeak;
mod gruut;
pub mod guesser;
pub mod inventory;
pub mod joining;
pub mod letters;
pub mod lexicon;
pub mod line;
pub mod packed;
pub mod packing;
pub mod spelled;
pub mod spelling;
pub mod verbs;

use std::path::Path;

use affixes::{Composed, Composer, within_word};
use guesser::{Guesser, Suggestion};
use inventory::{ParseError, Phoneme, parse};
use joining::{add_ezafe, join, make_final_single};
use lexicon::{Lexicon, Lexicons, MAX_WORD_LENGTH, choose};
use packed::LoadError;
use spelled::{Unmarked, agrees, stem_of_tanwin, without_ezafe};
use spelling::{Letter, Spelling};
use verbs::Verbs;

/// A cut that costs no more is right more often than what the guesser would make of it.
const TRUSTED_COST: u32 = 1;

/// Where the phonemes of a word are from; the first that knows the word is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The writer gave the phonemes themselves: `[[salɑm]]`.
    Inline,
    /// The user's dictionary.
    Dictionary,
    /// The writer spelled vowels or doubled letters that leave one reading.
    Spelled,
    /// A lexicon. Gruut's comes after words composed of parts that our own lexicon and our verbs know, because it is less often right.
    Lexicon(Lexicon),
    /// A stem with affixes, or a compound.
    Composed,
    /// Guessed by another program; see [`Advice::guesses`].
    Program,
    /// Guessed from similar words.
    Guessed,
    /// The names of its letters.
    Letters,
    /// Nothing: it has no letter of Persian, or its inline phonemes are wrong.
    Unreadable,
}

/// A word with its phonemes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pronounced {
    /// Its phonemes, with its ezafe; none if it is unreadable.
    pub phonemes: Vec<Phoneme>,
    /// Where they are from.
    pub source: Source,
}

/// The phonemes of a word, without ezafe, if somebody knows it.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<Vec<Phoneme>>;

/// Who is asked besides the lexicons.
#[derive(Clone, Copy, Default)]
pub struct Advice<'a> {
    /// The user's dictionary. It is asked for the word as it is written, then for the word without signs.
    pub dictionary: Option<Lookup<'a>>,
    /// What another program says of words that would be guessed; see [`Phonemizer::is_guessed`] and [`espeak::read`], which reads many at
    /// once. What the letters of the word can't mean isn't believed.
    pub guesses: Option<Lookup<'a>>,
}

/// The pronunciation of frequent words, and of those that the verbalizer writes, by hand: a word a line, and its readings.
pub const HAND_LEXICON: &str = concat!(
    include_str!("../data/lexicon-spoken.tsv"),
    include_str!("../data/lexicon-1.tsv"),
    include_str!("../data/lexicon-2.tsv"),
    include_str!("../data/lexicon-3.tsv")
);

/// The spelling under which a word is looked up in a user's dictionary: normalized, with its signs; `None` where it isn't one word.
///
/// ```
/// use persian::phonemes::dictionary_key;
/// assert_eq!(dictionary_key(" كتاب "), Some("کتاب".into()));
/// assert_eq!(dictionary_key("کتاب خوب"), None);
/// ```
pub fn dictionary_key(word: &str) -> Option<String> {
    let normalized = crate::normalize(word);
    let mut sentences = crate::sentences(&normalized).into_iter();
    let (sentence, None) = (sentences.next()?, sentences.next()) else {
        return None;
    };
    match &crate::tokens(&normalized, &sentence)[..] {
        [token] if token.kind == crate::TokenKind::Word => Some(token.text.clone()),
        _ => None,
    }
}

/// Says how words are pronounced.
#[derive(Debug, Clone)]
pub struct Phonemizer {
    lexicons: Lexicons,
    verbs: Verbs,
    guesser: Guesser,
}

/// The phonemes of `[[…]]`, word by word; `None` for what isn't written so.
///
/// # Errors
/// If something in it is no phoneme.
pub fn inline_phonemes(text: &str) -> Option<Result<Vec<Vec<Phoneme>>, ParseError>> {
    let symbols = text.strip_prefix("[[")?.strip_suffix("]]")?;
    Some(symbols.split_whitespace().map(parse).collect())
}

impl Phonemizer {
    /// Loads what [`packing::pack`] wrote.
    ///
    /// # Errors
    /// If the file can't be read or isn't intact.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let (lexicons, guesser) = packed::load(path)?;
        Ok(Self::new(lexicons, guesser))
    }

    /// Puts its parts together.
    pub fn new(lexicons: Lexicons, guesser: Guesser) -> Self {
        Self {
            lexicons,
            verbs: Verbs::new(),
            guesser,
        }
    }

    /// The phonemes of a word. `pos` is its part of speech as the tagger names it (`N`, `V`, `AJ` …), by which homographs are told apart;
    /// `ezafe` says whether one follows that isn't written.
    pub fn word(&self, word: &str, pos: Option<&str>, ezafe: bool) -> Pronounced {
        self.word_with(Advice::default(), word, pos, ezafe)
    }

    /// As [`word`](Self::word), with advice.
    pub fn word_with(
        &self,
        advice: Advice,
        word: &str,
        pos: Option<&str>,
        ezafe: bool,
    ) -> Pronounced {
        if let Some(inline) = inline_phonemes(word) {
            return match inline {
                Ok(words) if words.iter().any(|phonemes| !phonemes.is_empty()) => Pronounced {
                    phonemes: words.concat(),
                    source: Source::Inline,
                },
                _ => Pronounced {
                    phonemes: Vec::new(),
                    source: Source::Unreadable,
                },
            };
        }
        let Unmarked {
            spelling,
            has_ezafe,
        } = without_ezafe(Spelling::of(word));
        let known = |lookup: Option<Lookup>, word: &str| {
            lookup?(word).filter(|phonemes| !phonemes.is_empty())
        };
        let in_dictionary =
            known(advice.dictionary, word).or_else(|| known(advice.dictionary, &spelling.bare()));
        let (mut phonemes, mut source) = match in_dictionary {
            Some(phonemes) => (phonemes, Source::Dictionary),
            None => self.without_dictionary(&spelling, pos),
        };
        if source == Source::Guessed
            && let Some(guess) = known(advice.guesses, &spelling.bare())
            && agrees(&spelling.letters, &guess)
        {
            (phonemes, source) = (guess, Source::Program);
        }
        if ezafe || has_ezafe {
            add_ezafe(&mut phonemes, &spelling);
        } else if source != Source::Dictionary {
            make_final_single(&mut phonemes);
        }
        Pronounced { phonemes, source }
    }

    fn without_dictionary(&self, spelling: &Spelling, pos: Option<&str>) -> (Vec<Phoneme>, Source) {
        match spelling.letters.len() {
            0 => (Vec::new(), Source::Unreadable),
            // No word is so long; nobody could say it otherwise.
            length if length > MAX_WORD_LENGTH => {
                (letters::spelled_out(&spelling.letters), Source::Letters)
            }
            _ if spelling.has_signs() => (self.spelled(spelling, pos), Source::Spelled),
            _ => self.unspelled(spelling, pos),
        }
    }

    /// A word with signs: the first of its known readings that they allow, else a guess that obeys them.
    fn spelled(&self, spelling: &Spelling, pos: Option<&str>) -> Vec<Phoneme> {
        let letters = &spelling.letters;
        let known = [Lexicon::Hand, Lexicon::Gruut]
            .into_iter()
            .filter_map(|lexicon| self.lexicons.find(lexicon, spelling));
        let readings = known
            .flat_map(|entry| entry.readings)
            .map(|reading| reading.phonemes);
        let composed = || {
            self.composed(letters, pos)
                .map(|composed| composed.phonemes)
        };
        let mut candidates = readings.chain(std::iter::once_with(composed).flatten());
        if let Some(found) = candidates.find(|phonemes| agrees(letters, phonemes)) {
            return found;
        }
        if let Some(stem) = stem_of_tanwin(letters) {
            let mut stem = Spelling {
                letters: stem.to_vec(),
            };
            stem.letters.iter_mut().for_each(|letter| {
                letter.vowel = letter.vowel.filter(|sign| sign.phonemes().len() < 2)
            });
            let (mut phonemes, _) = self.without_dictionary(&stem, pos);
            join(&mut phonemes, &[Phoneme::A, Phoneme::N]);
            return phonemes;
        }
        self.guessed(letters)
    }

    fn unspelled(&self, spelling: &Spelling, pos: Option<&str>) -> (Vec<Phoneme>, Source) {
        let letters = &spelling.letters;
        if let Some(phonemes) = self.in_lexicon(Lexicon::Hand, spelling, pos) {
            return (phonemes, Source::Lexicon(Lexicon::Hand));
        }
        if let [letter] = letters[..] {
            // The only word of one letter.
            let is_and = letter.base == 'و';
            return if is_and {
                (vec![Phoneme::V, Phoneme::A], Source::Lexicon(Lexicon::Hand))
            } else {
                (letters::spelled_out(letters), Source::Letters)
            };
        }
        let composed = self.composed(letters, pos);
        let is_by_hand = composed
            .as_ref()
            .is_some_and(|composed| composed.is_by_hand);
        if !is_by_hand && let Some(phonemes) = self.in_lexicon(Lexicon::Gruut, spelling, pos) {
            return (phonemes, Source::Lexicon(Lexicon::Gruut));
        }
        let Some(composed) = composed else {
            return (self.in_parts(letters, pos), Source::Guessed);
        };
        if composed.cost <= TRUSTED_COST {
            return (composed.phonemes, Source::Composed);
        }
        let guessed = self.guesser.guess(
            letters,
            Some(&Suggestion {
                phonemes: composed.phonemes.clone(),
                cost: composed.cost,
            }),
        );
        if guessed == composed.phonemes {
            (guessed, Source::Composed)
        } else {
            (guessed, Source::Guessed)
        }
    }

    fn in_lexicon(
        &self,
        lexicon: Lexicon,
        spelling: &Spelling,
        pos: Option<&str>,
    ) -> Option<Vec<Phoneme>> {
        let entry = self.lexicons.find(lexicon, spelling)?;
        choose(&entry.readings, pos).map(|reading| reading.phonemes.clone())
    }

    fn composed(&self, letters: &[Letter], pos: Option<&str>) -> Option<Composed> {
        Composer::new(&self.lexicons, &self.verbs, pos).compose(letters)
    }

    /// A word of which at least one part, between half-spaces, is in no lexicon: each part as it is known or guessed.
    fn in_parts(&self, letters: &[Letter], pos: Option<&str>) -> Vec<Phoneme> {
        let parts: Vec<&[Letter]> = letters.chunk_by(|_, next| !next.after_half_space).collect();
        if let [part] = parts[..] {
            return self.guessed(part);
        }
        let mut phonemes = Vec::new();
        for part in parts {
            let mut part = Spelling {
                letters: part.to_vec(),
            };
            if let Some(first) = part.letters.first_mut() {
                first.after_half_space = false;
            }
            join(
                &mut phonemes,
                &within_word(&part.letters, &self.unspelled(&part, pos).0),
            );
        }
        phonemes
    }

    fn guessed(&self, letters: &[Letter]) -> Vec<Phoneme> {
        self.guesser.guess(letters, None)
    }

    /// Whether a word would be guessed, so that [`Advice::guesses`] would be asked for it, without signs.
    pub fn is_guessed(&self, word: &str) -> bool {
        self.word(word, None, false).source == Source::Guessed
    }

    /// What would be guessed for a word if no lexicon had it.
    pub fn guess(&self, word: &str) -> Vec<Phoneme> {
        let mut phonemes = self.guessed(&Spelling::of(word).letters);
        make_final_single(&mut phonemes);
        phonemes
    }
}

#[cfg(test)]
mod tests;
