//! Part of speech and ezafe, by a conditional random field that was trained on the corpus Peykare.
//!
//! | module | holds |
//! |---|---|
//! | `wapiti`, `text_model` | the model as it is published: the text form of the program Wapiti |
//! | `packed`, `packed_file` | the same in little memory, and in a file of ours |
//! | `features`, `regex` | what the model observes of a token and its neighbours |
//! | `viterbi` | the best sequence of labels |
//! | `clauses` | where a clause lacks its subject, because one ezafe is too many |
//! | `verbs` | the person of a verb |
//! | `spelling` | tokens as the model's corpus wrote them |
//! | `rules` | what spelling and grammar decide without the model |

mod clauses;
mod error;
mod features;
mod model;
mod packed;
mod packed_file;
mod regex;
mod rules;
mod spelling;
mod tag;
#[cfg(test)]
mod test_model;
mod text_model;
mod verbs;
mod viterbi;
mod wapiti;

use std::ops::Range;
use std::path::Path;

pub use error::TaggerError;
use model::Model;
use packed::PackedModel;
pub use packed_file::PackReport;
use spelling::{Speller, Unit};
pub use tag::{Pos, Tag};
use viterbi::{Known, Lattice};

/// Gives each token of a sentence its part of speech and says whether it carries the ezafe.
pub struct Tagger {
    model: Box<dyn Model>,
}

impl Tagger {
    /// Opens a file that [`pack`] has written.
    ///
    /// # Errors
    /// If the file can't be read, is of another version, or was torn, cut or changed.
    pub fn load(packed: &Path) -> Result<Self, TaggerError> {
        Ok(Self {
            model: Box::new(packed_file::read(packed)?),
        })
    }

    /// Opens the model as it is published. It takes a second and some hundred megabytes, and is there to compare with.
    ///
    /// # Errors
    /// If the file can't be read or isn't a Wapiti model with the tagset of Peykare.
    pub fn load_text_model(text_model: &Path) -> Result<Self, TaggerError> {
        Ok(Self {
            model: Box::new(wapiti::read(text_model)?),
        })
    }

    /// The tags of a sentence: one for each token, in order. Tokens are words, with their half-spaces, and punctuation
    /// marks of their own; vowel signs and digits may be there. Of a text of any length the time grows in proportion.
    #[must_use]
    pub fn tag(&self, tokens: &[&str]) -> Vec<Tag> {
        viterbi::parts(tokens)
            .into_iter()
            .flat_map(|part| self.tag_part(&tokens[part]))
            .collect()
    }

    /// The tags as the model alone sees them, without the rules of spelling and grammar.
    #[must_use]
    pub fn tag_by_model(&self, tokens: &[&str]) -> Vec<Tag> {
        let tag_part = |part: Range<usize>| {
            let units = Speller::new(self.model.as_ref()).units(&tokens[part]);
            let labels = Lattice::new(self.model.as_ref(), &texts(&units))
                .decode(&vec![Known::Nothing; units.len()]);
            self.tags_of(&labels, &units)
        };
        viterbi::parts(tokens)
            .into_iter()
            .flat_map(tag_part)
            .collect()
    }

    fn tag_part(&self, tokens: &[&str]) -> Vec<Tag> {
        let speller = Speller::new(self.model.as_ref());
        let units = speller.units(tokens);
        let known_of_tokens: Vec<Known> =
            tokens.iter().map(|token| rules::spelled(token)).collect();
        let mut known = known_of_units(&units, &known_of_tokens);
        for (index, pair) in units.windows(2).enumerate() {
            let are_unknown = pair.iter().all(|unit| !speller.knows(&unit.text));
            if are_unknown
                && known[index] == Known::Nothing
                && rules::is_within_name(&pair[0].text, &pair[1].text)
            {
                known[index] = Known::NoEzafe;
            }
        }

        let lattice = Lattice::new(self.model.as_ref(), &texts(&units));
        let mut tags = self.tags_of(&lattice.decode(&known), &units);
        let weakest = self.weakest_links(tokens, &tags, &units, &lattice, &known);
        if !weakest.is_empty() {
            weakest
                .into_iter()
                .for_each(|unit| known[unit] = Known::NoEzafe);
            tags = self.tags_of(&lattice.decode(&known), &units);
        }
        rules::correct(tokens, &known_of_tokens, &mut tags);
        tags
    }

    /// The units whose ezafe the model would most easily do without, one for each clause in which it hides the subject.
    fn weakest_links(
        &self,
        tokens: &[&str],
        tags: &[Tag],
        units: &[Unit],
        lattice: &Lattice,
        known: &[Known],
    ) -> Vec<usize> {
        let hidden = clauses::hidden_subjects(tokens, tags);
        if hidden.is_empty() {
            return hidden.concat();
        }
        let margins = lattice.margins(known);
        let unit_of_token: Vec<usize> = units
            .iter()
            .enumerate()
            .flat_map(|(index, unit)| std::iter::repeat_n(index, unit.tokens))
            .collect();
        let weakest = |links: Vec<usize>| {
            let links = links.into_iter().map(|token| unit_of_token[token]);
            let weakest = links.min_by(|one, other| margins[*one].total_cmp(&margins[*other]))?;
            (margins[weakest] < MAX_MARGIN_OF_HIDDEN_SUBJECT).then_some(weakest)
        };
        hidden.into_iter().filter_map(weakest).collect()
    }

    fn tags_of(&self, labels: &[usize], units: &[Unit]) -> Vec<Tag> {
        let tags = labels.iter().map(|label| self.model.labels()[*label]);
        // Of the parts of a verb only the last could carry an ezafe.
        let parts = |(tag, tokens): (Tag, usize)| {
            (1..=tokens).map(move |part| Tag {
                ezafe: tag.ezafe && part == tokens,
                ..tag
            })
        };
        tags.zip(units.iter().map(|unit| unit.tokens))
            .flat_map(parts)
            .collect()
    }
}

/// The logarithm of how much less probable a sentence may become when an ezafe that hides a subject is dropped.
const MAX_MARGIN_OF_HIDDEN_SUBJECT: f64 = 4.0;

fn texts(units: &[Unit]) -> Vec<&str> {
    units.iter().map(|unit| unit.text.as_str()).collect()
}

/// What is known of the last token of a unit is known of the unit.
fn known_of_units(units: &[Unit], known: &[Known]) -> Vec<Known> {
    let mut end = 0;
    let last = |unit: &Unit| {
        end += unit.tokens;
        known[end - 1]
    };
    units.iter().map(last).collect()
}

/// Packs the model as it is published, a Wapiti model in text form, into the file that [`Tagger::load`] opens. An older file
/// in its place is replaced once the new one is complete.
///
/// # Errors
/// If the model can't be read or isn't one, or the packed file can't be written.
pub fn pack(text_model: &Path, packed: &Path) -> Result<PackReport, TaggerError> {
    let model = wapiti::read(text_model)?;
    let unpackable = |what| TaggerError::Unpackable {
        path: text_model.to_owned(),
        what,
    };
    packed_file::write(
        &PackedModel::from_text_model(&model).map_err(unpackable)?,
        packed,
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const WORDS: [&str; 8] = [
        "قلب",
        "خون",
        "را",
        "می\u{200c}برد",
        ".",
        "گفته_شد",
        "شد",
        "a",
    ];

    /// A tagger with a model by chance, from the text model and from the packed file.
    fn taggers(seed: u64) -> [Tagger; 2] {
        let folder = tempfile::tempdir().expect("a folder");
        let (text_model, packed) = (folder.path().join("text"), folder.path().join("packed"));
        let text = test_model::random_text(&WORDS, &mut ChaCha8Rng::seed_from_u64(seed));
        fs::write(&text_model, text).expect("the model is written");
        pack(&text_model, &packed).expect("it is packed");
        [
            Tagger::load_text_model(&text_model).expect("a model"),
            Tagger::load(&packed).expect("a packed model"),
        ]
    }

    fn random_token(rng: &mut ChaCha8Rng) -> String {
        if rng.random_bool(0.7) {
            return WORDS[rng.random_range(0..WORDS.len())].to_owned();
        }
        (0..rng.random_range(0..6))
            .filter_map(|_| char::from_u32(rng.random_range(0..0x11_0000)))
            .collect()
    }

    #[test]
    fn every_token_of_any_text_has_a_tag_and_packing_changes_none() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for seed in 0..20 {
            let [original, packed] = taggers(seed);
            for _ in 0..50 {
                let tokens: Vec<String> = (0..rng.random_range(0..40))
                    .map(|_| random_token(&mut rng))
                    .collect();
                let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
                let tags = packed.tag(&tokens);
                assert_eq!(tags.len(), tokens.len());
                assert_eq!(tags, original.tag(&tokens));
                assert_eq!(packed.tag_by_model(&tokens), original.tag_by_model(&tokens));
            }
        }
    }

    #[test]
    fn a_written_ezafe_wins_over_the_model() {
        for seed in 0..20 {
            let [_, tagger] = taggers(seed);
            let tags = tagger.tag(&["قلبِ", "خانه\u{200c}ی", "خون", "خانه\u{200c}ام", "قلب"]);
            assert_eq!(
                [tags[0].ezafe, tags[1].ezafe, tags[3].ezafe],
                [true, true, false]
            );
        }
    }

    #[test]
    fn the_last_word_has_no_ezafe() {
        for seed in 0..20 {
            let [_, tagger] = taggers(seed);
            assert!(!tagger.tag(&["قلب", "خون"])[1].ezafe);
            assert!(!tagger.tag(&["قلب", "خون", "."])[1].ezafe);
        }
    }

    #[test]
    fn no_tokens_have_no_tags() {
        let [_, tagger] = taggers(0);
        assert!(tagger.tag(&[]).is_empty());
        assert!(tagger.tag_by_model(&[]).is_empty());
    }

    #[test]
    fn a_text_without_sentences_is_tagged_to_its_end() {
        let [_, tagger] = taggers(0);
        assert_eq!(tagger.tag(&["خون"; 100_000]).len(), 100_000);
        let long = "خون".repeat(100_000);
        assert_eq!(tagger.tag(&[&long]).len(), 1);
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let path = Path::new("/nowhere/tagger");
        let errors = [
            Tagger::load(path).err(),
            Tagger::load_text_model(path).err(),
            pack(path, path).err(),
        ];
        for error in errors {
            let error = error.expect("an error");
            assert!(matches!(error, TaggerError::Io { .. }));
            assert!(error.to_string().contains("/nowhere/tagger"), "{error}");
        }
    }
}
