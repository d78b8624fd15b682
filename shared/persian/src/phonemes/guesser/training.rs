//! Learns the model from words and their readings.

use std::collections::BTreeMap;

use super::features::{Context, History};
use super::{AGREEMENT, Guesser, Hypothesis, Label, OWN, Suggestion, WEIGHT_BITS, index, label_of};
use crate::phonemes::alignment::align;
use crate::phonemes::inventory::Phoneme;
use crate::phonemes::spelling::{Letter, consonant};

/// How many perceptrons learn, each in its own order of words; their sum makes fewer errors than any of them.
const LEARNERS: usize = 4;
/// How often the words are gone through.
const EPOCHS: usize = 10;
/// How many beginnings are kept while learning.
const BEAM_WIDTH: usize = 8;
/// A letter may have a label that it has at least so often.
const MIN_LABEL_COUNT: usize = 2;
/// All letters, so that none is without a label.
const ALPHABET: &str = "ءآأؤئابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی";
/// The seed of the order in which words are gone through.
const SEED: u64 = 1405;
/// The greatest weight after rounding.
const MAX_WEIGHT: f32 = 8_191.0;

/// A word to learn from.
#[derive(Debug, Clone)]
pub struct Example {
    /// Its letters.
    pub letters: Vec<Letter>,
    /// Its reading.
    pub phonemes: Vec<Phoneme>,
    /// How it would be read if it were cut into other words.
    pub suggestion: Option<Suggestion>,
}

/// A word with the label of each letter.
struct Labelled {
    context: Context,
    choices: Vec<Vec<u16>>,
    gold: Vec<u16>,
}

/// Learns from examples, always the same from the same ones. Those whose letters don't say what their reading says are passed over.
pub fn train(examples: &[Example]) -> Guesser {
    let (mut guesser, aligned) = labels_of(examples);
    let words: Vec<Labelled> = aligned
        .into_iter()
        .filter_map(|(example, labels)| labelled(&guesser, example, &labels))
        .collect();
    let mut order: Vec<usize> = (0..words.len()).collect();
    let mut random = SEED;
    let mut sums = vec![0.0; 1 << WEIGHT_BITS];
    for _ in 0..LEARNERS {
        let mut perceptron = Perceptron::new();
        for _ in 0..EPOCHS {
            shuffle(&mut order, &mut random);
            for &word in &order {
                perceptron.learn(&guesser, &words[word]);
            }
        }
        sums.iter_mut()
            .zip(perceptron.averaged())
            .for_each(|(sum, weight)| *sum += weight);
    }
    guesser.weights = rounded(&sums);
    guesser
}

/// The labels that letters have in the examples, and each example with its labels. The model has no weights yet.
fn labels_of(examples: &[Example]) -> (Guesser, Vec<(&Example, Vec<Label>)>) {
    let mut counts: BTreeMap<char, BTreeMap<Label, usize>> = ALPHABET
        .chars()
        .map(|letter| (letter, BTreeMap::new()))
        .collect();
    let mut aligned = Vec::new();
    for example in examples {
        let Some(chunks) = align(&example.letters, &example.phonemes) else {
            continue;
        };
        let labels: Vec<Label> = example
            .letters
            .iter()
            .zip(chunks)
            .map(|(letter, chunk)| label_of(letter.base, chunk))
            .collect();
        for (letter, label) in example.letters.iter().zip(&labels) {
            *counts
                .entry(letter.base)
                .or_default()
                .entry(label.clone())
                .or_default() += 1;
        }
        aligned.push((example, labels));
    }
    let mut labels: Vec<Label> = Vec::new();
    let mut choices = Vec::new();
    for (letter, counts) in counts {
        let mut own: Vec<Label> = counts
            .into_iter()
            .filter(|(_, count)| *count >= MIN_LABEL_COUNT)
            .map(|(label, _)| label)
            .collect();
        own.extend(always_possible(letter));
        own.sort();
        own.dedup();
        let mut numbers = Vec::new();
        for label in own {
            let known = labels.iter().position(|known| *known == label);
            let number = known.unwrap_or_else(|| {
                labels.push(label);
                labels.len() - 1
            });
            numbers.extend(u16::try_from(number));
        }
        choices.push((letter, numbers));
    }
    (
        Guesser {
            labels,
            choices,
            weights: Vec::new(),
        },
        aligned,
    )
}

/// Every long vowel can be one, and every consonant can be doubled and have each short vowel after it, whether the examples show it or not.
fn always_possible(letter: char) -> Vec<Label> {
    let long_vowel = match letter {
        'ا' | 'آ' => Some(Phoneme::Aa),
        'و' => Some(Phoneme::U),
        'ی' => Some(Phoneme::I),
        _ => None,
    };
    let mut labels: Vec<Label> = long_vowel
        .map(|vowel| vec![vowel.code()])
        .into_iter()
        .collect();
    if consonant(letter).is_some() {
        let ends: [&[u8]; 4] = [
            &[],
            &[Phoneme::A as u8],
            &[Phoneme::E as u8],
            &[Phoneme::O as u8],
        ];
        labels.extend(
            ends.iter()
                .flat_map(|end| [[&[OWN][..], end].concat(), [&[OWN, OWN][..], end].concat()]),
        );
    }
    labels
}

/// A word in numbers; `None` if one of its labels is too rare to be learned.
fn labelled(guesser: &Guesser, example: &Example, labels: &[Label]) -> Option<Labelled> {
    let choices: Vec<Vec<u16>> = example
        .letters
        .iter()
        .map(|letter| guesser.choices_of(letter.base).to_vec())
        .collect();
    let mut gold = Vec::with_capacity(labels.len());
    for (label, choices) in labels.iter().zip(&choices) {
        gold.push(
            *choices
                .iter()
                .find(|&&choice| guesser.labels[usize::from(choice)] == *label)?,
        );
    }
    Some(Labelled {
        context: guesser.context(&example.letters, example.suggestion.as_ref()),
        choices,
        gold,
    })
}

/// Weights while they are learned, and what their average over all steps needs.
struct Perceptron {
    weights: Vec<f32>,
    /// The sum of each change, times the step at which it was made.
    late: Vec<f32>,
    step: f32,
}

impl Perceptron {
    fn new() -> Self {
        Self {
            weights: vec![0.0; 1 << WEIGHT_BITS],
            late: vec![0.0; 1 << WEIGHT_BITS],
            step: 1.0,
        }
    }

    /// Guesses a word, and moves the weights where the guess is most clearly preferred to the truth.
    fn learn(&mut self, guesser: &Guesser, word: &Labelled) {
        self.step += 1.0;
        let mut beam = vec![Hypothesis::start()];
        let mut truth = vec![Hypothesis::start()];
        let mut worst: Option<(f32, Vec<u16>)> = None;
        for place in 0..word.gold.len() {
            let weight = |index: usize| self.weights[index];
            beam = guesser.extended(
                &word.context,
                place,
                &word.choices[place],
                &beam,
                BEAM_WIDTH,
                weight,
            );
            truth = guesser.extended(
                &word.context,
                place,
                &word.gold[place..=place],
                &truth,
                1,
                weight,
            );
            let (Some(best), Some(gold)) = (beam.first(), truth.first()) else {
                return;
            };
            let violation = best.score - gold.score;
            if best.labels != gold.labels
                && worst
                    .as_ref()
                    .is_none_or(|(greatest, _)| violation >= *greatest)
            {
                worst = Some((violation, best.labels.clone()));
            }
        }
        if let Some((_, labels)) = worst {
            let length = labels.len();
            self.change(guesser, word, &word.gold[..length], 1.0);
            self.change(guesser, word, &labels, -1.0);
        }
    }

    fn change(&mut self, guesser: &Guesser, word: &Labelled, labels: &[u16], by: f32) {
        let mut history = History::default();
        for (place, &label) in labels.iter().enumerate() {
            let suggested = word.context.suggested(place);
            let features = word
                .context
                .features(place)
                .into_iter()
                .chain(word.context.features_with(place, &history));
            let mut indices: Vec<usize> = features.map(|feature| index(feature, label)).collect();
            if suggested == Some(label) {
                indices.extend(
                    word.context
                        .features_of_agreement(place, &history)
                        .map(|feature| index(feature, AGREEMENT)),
                );
            }
            for index in indices {
                self.weights[index] += by;
                self.late[index] += by * self.step;
            }
            history.push(label, &guesser.labels[usize::from(label)], suggested);
        }
    }

    /// The average of the weights over all steps.
    fn averaged(&self) -> impl Iterator<Item = f32> {
        self.weights
            .iter()
            .zip(&self.late)
            .map(|(weight, late)| weight - late / self.step)
    }
}

/// Weights on a scale of whole numbers.
fn rounded(weights: &[f32]) -> Vec<i16> {
    let greatest = weights
        .iter()
        .copied()
        .map(f32::abs)
        .fold(f32::MIN_POSITIVE, f32::max);
    weights
        .iter()
        .map(|weight| (weight / greatest * MAX_WEIGHT).round() as i16)
        .collect()
}

/// Fisher and Yates's shuffle with the generator xorshift64*: packing must give the same file everywhere.
fn shuffle(order: &mut [usize], random: &mut u64) {
    for last in (1..order.len()).rev() {
        *random ^= *random >> 12;
        *random ^= *random << 25;
        *random ^= *random >> 27;
        let number = random.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        order.swap(last, number as usize % (last + 1));
    }
}
