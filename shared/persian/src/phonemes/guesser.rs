//! Guesses how a word is pronounced that no lexicon has, from the words that it has.
//!
//! Each letter stands for a few phonemes (see [`alignment`](super::alignment)): its own consonant, alone or doubled, with or without a
//! short vowel after it, a long vowel, nothing. Which of them is a matter of the letters around it, of the pattern of the word (مفعول,
//! تفعیل, افتعال …) and of what the letters before it became. A linear model scores that, with hashed features, and a beam search finds the best
//! sequence. What a word looks like when it is cut into a stem and affixes goes in as a suggestion, which the model has learned to trust or not, by how doubtful
//! the cut is and by what it says about each letter. The model is learned as an averaged perceptron with updates at the greatest violation (Collins, «Discriminative training methods
//! for hidden Markov models», 2002; Huang, Fayong and Guo, «Structured perceptron with inexact search», 2012).

mod features;
mod training;

use super::alignment::{Chunk, MAX_CHUNK, align, permits};
use super::inventory::Phoneme;
use super::spelling::{Letter, consonant};
use features::{Context, History, OWN};

pub use training::{Example, train};

/// The longest piece of a word that is guessed as one; a longer word is guessed in pieces.
const MAX_PIECE_LETTERS: usize = 48;

/// How many beginnings of a reading are kept while guessing.
const BEAM_WIDTH: usize = 16;

/// The binary logarithm of the number of weights.
const WEIGHT_BITS: u32 = 20;

/// Stands for whatever label is suggested, so that trust is learned for all labels together.
const AGREEMENT: u16 = u16::MAX;

/// What a letter stands for: codes of phonemes, or [`OWN`].
type Label = Vec<u8>;

/// A trained model.
#[derive(Debug, Clone, PartialEq)]
pub struct Guesser {
    /// All labels; a label's number is its place.
    pub(super) labels: Vec<Label>,
    /// For each letter the numbers of the labels that it may have, ordered by letter.
    pub(super) choices: Vec<(char, Vec<u16>)>,
    /// The weight of each hashed pair of feature and label.
    pub(super) weights: Vec<i16>,
}

/// How a word would be read if it were cut into parts that are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Its phonemes.
    pub phonemes: Vec<Phoneme>,
    /// How doubtful the cut is; see [`Composed::cost`](super::affixes::Composed::cost).
    pub cost: u32,
}

/// The beginning of a reading while it is guessed.
#[derive(Debug, Clone)]
struct Hypothesis {
    labels: Vec<u16>,
    history: History,
    score: f32,
}

impl Hypothesis {
    fn start() -> Self {
        Self {
            labels: Vec::new(),
            history: History::default(),
            score: 0.0,
        }
    }
}

impl Guesser {
    /// A model from a file; `None` if its parts don't fit together.
    pub(super) fn from_parts(
        labels: Vec<Label>,
        choices: Vec<(char, Vec<u16>)>,
        weights: Vec<i16>,
    ) -> Option<Self> {
        let is_ordered = choices.is_sorted_by(|(left, _), (right, _)| left < right);
        let has_short_labels = labels.iter().all(|label| label.len() <= MAX_CHUNK);
        (is_ordered && has_short_labels && weights.len() == 1 << WEIGHT_BITS).then_some(Self {
            labels,
            choices,
            weights,
        })
    }

    /// The most likely reading of letters; signs on them are obeyed. A suggestion is for all of them. Takes time in proportion to the number of letters and gives at most
    /// [`MAX_CHUNK`] phonemes for each.
    pub fn guess(&self, letters: &[Letter], suggestion: Option<&Suggestion>) -> Vec<Phoneme> {
        let suggestion = suggestion.filter(|_| letters.len() <= MAX_PIECE_LETTERS);
        letters
            .chunks(MAX_PIECE_LETTERS)
            .flat_map(|piece| self.guess_piece(piece, suggestion))
            .collect()
    }

    fn guess_piece(&self, letters: &[Letter], suggestion: Option<&Suggestion>) -> Vec<Phoneme> {
        // Training gives choices to every letter of Persian; a file may lack one.
        let letters: Vec<Letter> = letters
            .iter()
            .copied()
            .filter(|letter| !self.choices_of(letter.base).is_empty())
            .collect();
        let letters = &letters[..];
        let choices: Vec<Vec<u16>> = (0..letters.len())
            .map(|place| self.permitted(letters, place))
            .collect();
        let context = self.context(letters, suggestion);
        let mut beam = vec![Hypothesis::start()];
        for (place, choices) in choices.iter().enumerate() {
            beam = self.extended(&context, place, choices, &beam, BEAM_WIDTH, |index| {
                f32::from(self.weights[index])
            });
        }
        let Some(best) = beam.first() else {
            return Vec::new();
        };
        let chunks = letters.iter().zip(&best.labels);
        chunks
            .flat_map(|(letter, &label)| self.spelled_out(letter, label))
            .collect()
    }

    fn context(&self, letters: &[Letter], suggestion: Option<&Suggestion>) -> Context {
        let suggested = suggestion.and_then(|suggestion| {
            let chunks = align(letters, &suggestion.phonemes)?;
            let number =
                |(letter, chunk): (&Letter, Chunk)| self.number_of(&label_of(letter.base, chunk));
            Some((
                letters.iter().zip(chunks).map(number).collect(),
                suggestion.cost,
            ))
        });
        Context::of(letters, suggested)
    }

    fn number_of(&self, label: &Label) -> Option<u16> {
        self.labels
            .iter()
            .position(|known| known == label)
            .and_then(|number| u16::try_from(number).ok())
    }

    /// The labels of a letter that its signs allow; all of them if none does. Who writes the vowel and no tashdid means a single consonant.
    fn permitted(&self, letters: &[Letter], place: usize) -> Vec<u16> {
        let all = self.choices_of(letters[place].base);
        let permitted = all.iter().copied().filter(|&label| {
            let chunk = self.spelled_out(&letters[place], label);
            let is_doubled = chunk.windows(2).any(|pair| pair[0] == pair[1]);
            permits(letters, place, &chunk)
                && (letters[place].doubled || letters[place].vowel.is_none() || !is_doubled)
        });
        let permitted: Vec<u16> = permitted.collect();
        if permitted.is_empty() {
            all.to_vec()
        } else {
            permitted
        }
    }

    fn choices_of(&self, letter: char) -> &[u16] {
        match self
            .choices
            .binary_search_by_key(&letter, |(letter, _)| *letter)
        {
            Ok(found) => &self.choices[found].1,
            Err(_) => &[],
        }
    }

    fn spelled_out(&self, letter: &Letter, label: u16) -> Vec<Phoneme> {
        let label = self
            .labels
            .get(usize::from(label))
            .map_or(&[][..], |label| label);
        label
            .iter()
            .filter_map(|&code| {
                if code == OWN {
                    consonant(letter.base)
                } else {
                    Phoneme::from_code(code)
                }
            })
            .collect()
    }

    /// The best continuations of a beam by one letter, best first.
    fn extended(
        &self,
        context: &Context,
        place: usize,
        choices: &[u16],
        beam: &[Hypothesis],
        width: usize,
        weight: impl Fn(usize) -> f32,
    ) -> Vec<Hypothesis> {
        let around = context.features(place);
        let suggested = context.suggested(place);
        let total = |features: &[u64], label: u16| -> f32 {
            features
                .iter()
                .map(|&feature| weight(index(feature, label)))
                .sum()
        };
        let scores: Vec<f32> = choices.iter().map(|&label| total(&around, label)).collect();
        let mut candidates: Vec<(f32, usize, u16)> = Vec::with_capacity(beam.len() * choices.len());
        for (from, hypothesis) in beam.iter().enumerate() {
            let before = context.features_with(place, &hypothesis.history);
            let agreement = context.features_of_agreement(place, &hypothesis.history);
            for (&label, score) in choices.iter().zip(&scores) {
                let agreeing = if suggested == Some(label) {
                    total(&agreement, AGREEMENT)
                } else {
                    0.0
                };
                candidates.push((
                    hypothesis.score + score + agreeing + total(&before, label),
                    from,
                    label,
                ));
            }
        }
        candidates.sort_by(|left, right| right.0.total_cmp(&left.0));
        candidates.truncate(width);
        let extend = |(score, from, label): (f32, usize, u16)| {
            let mut hypothesis = beam[from].clone();
            hypothesis.labels.push(label);
            hypothesis
                .history
                .push(label, &self.labels[usize::from(label)], suggested);
            hypothesis.score = score;
            hypothesis
        };
        candidates.into_iter().map(extend).collect()
    }
}

/// The place of a feature's weight for a label.
fn index(feature: u64, label: u16) -> usize {
    let mixed = (feature ^ (u64::from(label) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
        .wrapping_mul(0xff51_afd7_ed55_8ccd);
    (mixed >> (u64::BITS - WEIGHT_BITS)) as usize
}

/// The label that a chunk is for its letter.
fn label_of(letter: char, chunk: Chunk) -> Label {
    let own = consonant(letter);
    chunk
        .iter()
        .map(|&phoneme| {
            if Some(phoneme) == own {
                OWN
            } else {
                phoneme.code()
            }
        })
        .collect()
}
