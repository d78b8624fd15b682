//! Part of speech and ezafe, by a conditional random field that was trained on the corpus Peykare.
//!
//! | module | holds |
//! |---|---|
//! | `wapiti` | reads the model as it is published: the text form of the program Wapiti |
//! | `packed` | the same in a small binary file |
//! | `features`, `regex` | what the model observes of a token and its neighbours |
//! | `viterbi` | the best sequence of labels |
//! | `spelling` | tokens as the model's corpus wrote them |
//! | `rules` | what spelling and grammar decide without the model |

mod error;
mod features;
mod model;
mod packed;
mod regex;
mod rules;
mod spelling;
mod tag;
mod viterbi;
mod wapiti;

use std::path::Path;

pub use error::TaggerError;
use model::Model;
use packed::PackedModel;
pub use packed::PackReport;
use spelling::Speller;
pub use tag::{Pos, Tag};
use viterbi::Known;
use wapiti::TextModel;

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
        Ok(Self { model: Box::new(PackedModel::read(packed)?) })
    }

    /// Opens the model as it is published. It takes a second and some hundred megabytes, and is there to compare with.
    ///
    /// # Errors
    /// If the file can't be read or isn't a Wapiti model with the tagset of Peykare.
    pub fn load_text_model(text_model: &Path) -> Result<Self, TaggerError> {
        Ok(Self { model: Box::new(TextModel::read(text_model)?) })
    }

    /// The tags of a sentence: one for each token, in order. Tokens are words, with their half-spaces, and punctuation
    /// marks of their own; vowel signs and digits may be there. Of a text of any length the time grows in proportion.
    #[must_use]
    pub fn tag(&self, tokens: &[&str]) -> Vec<Tag> {
        let known: Vec<Known> = tokens.iter().map(|token| rules::known(token)).collect();
        let mut tags = self.decode(tokens, &known);
        rules::correct(tokens, &mut tags);
        tags
    }

    /// The tags as the model alone sees them, without the rules of spelling and grammar.
    #[must_use]
    pub fn tag_by_model(&self, tokens: &[&str]) -> Vec<Tag> {
        self.decode(tokens, &vec![Known::Nothing; tokens.len()])
    }

    fn decode(&self, tokens: &[&str], known: &[Known]) -> Vec<Tag> {
        let units = Speller::new(self.model.as_ref()).units(tokens);
        let texts: Vec<&str> = units.iter().map(|unit| unit.text.as_str()).collect();
        // What is known of a joined verb's last part holds for the whole.
        let mut end = 0;
        let ends = units.iter().map(|unit| {
            end += unit.tokens;
            end
        });
        let known: Vec<Known> = ends.map(|end| known[end - 1]).collect();
        let labels = viterbi::decode(self.model.as_ref(), &texts, &known);
        let mut tags = Vec::with_capacity(tokens.len());
        for (label, unit) in labels.into_iter().zip(&units) {
            let tag = self.model.labels()[label];
            tags.extend((1..unit.tokens).map(|_| Tag { ezafe: false, ..tag }));
            tags.push(tag);
        }
        tags
    }
}

/// Weights below this are left out of the packed file.
const SMALLEST_WEIGHT: f64 = 0.0;

/// Packs the model as it is published, a Wapiti model in text form, into the file that [`Tagger::load`] opens. An older file
/// in its place is replaced once the new one is complete.
///
/// # Errors
/// If the model can't be read or isn't one, or the packed file can't be written.
pub fn pack(text_model: &Path, packed: &Path) -> Result<PackReport, TaggerError> {
    let model = TextModel::read(text_model)?;
    let unpackable = |what| TaggerError::Unpackable { path: text_model.to_owned(), what };
    let (model, mut report) = PackedModel::from_text_model(&model, SMALLEST_WEIGHT).map_err(unpackable)?;
    report.bytes = model.write(packed)?;
    Ok(report)
}
