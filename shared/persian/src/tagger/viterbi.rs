//! The best sequence of labels for a sequence of tokens, by the Viterbi algorithm.

use std::ops::Range;

use super::model::{Model, Scores};

/// The model sees at most this many tokens together, so that the memory is bounded. Sentences are far shorter.
const MAX_SEQUENCE: usize = 400;

/// What is known of a token before decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Ezafe,
    NoEzafe,
    Nothing,
}

/// The numbers of the labels whose sum of weights is greatest among the sequences that agree with what is known, which has
/// one entry for each token. Of equals the first is taken, as Wapiti does.
///
/// A sequence that is too long is cut, after punctuation where there is some.
pub(super) fn decode(model: &dyn Model, tokens: &[&str], known: &[Known]) -> Vec<usize> {
    let mut labels = Vec::with_capacity(tokens.len());
    let mut start = 0;
    while start < tokens.len() {
        let part = next_part(tokens, start);
        start = part.end;
        labels.extend(decode_part(model, &tokens[part.clone()], &known[part]));
    }
    labels
}

/// From `start` to the last end of a sentence within reach, or else the last punctuation, or else as far as it goes.
fn next_part(tokens: &[&str], start: usize) -> Range<usize> {
    let reach = &tokens[start..];
    if reach.len() <= MAX_SEQUENCE {
        return start..tokens.len();
    }
    let reach = &reach[..MAX_SEQUENCE];
    let ends_sentence = |token: &&str| matches!(*token, "." | "!" | "؟" | "?" | "…" | "؛");
    let is_punctuation = |token: &&str| !token.chars().any(char::is_alphanumeric);
    let last = reach.iter().rposition(ends_sentence).or_else(|| reach.iter().rposition(is_punctuation));
    start..start + last.map_or(MAX_SEQUENCE, |index| index + 1)
}

fn decode_part(model: &dyn Model, tokens: &[&str], known: &[Known]) -> Vec<usize> {
    let count = model.labels().len();
    let mut scores = Scores::new(count);
    let mut observation = Vec::new();
    // For each token and label the best label before it.
    let mut previous_labels = vec![0; tokens.len() * count];
    let mut best = vec![0.0; count];
    let mut last_best = vec![0.0; count];
    for position in 0..tokens.len() {
        scores.clear();
        for pattern in model.patterns() {
            pattern.observe(tokens, position, &mut observation);
            model.add_weights(&observation, &mut scores);
        }
        exclude(model, known[position], &mut scores.emission);
        if position == 0 {
            best.copy_from_slice(&scores.emission);
            continue;
        }
        std::mem::swap(&mut best, &mut last_best);
        for label in 0..count {
            let (mut highest, mut from) = (f64::NEG_INFINITY, 0);
            for previous in 0..count {
                let score = last_best[previous] + (scores.emission[label] + scores.transition[previous * count + label]);
                if score > highest {
                    (highest, from) = (score, previous);
                }
            }
            best[label] = highest;
            previous_labels[position * count + label] = from;
        }
    }
    trace_back(&best, &previous_labels, tokens.len())
}

fn exclude(model: &dyn Model, known: Known, emission: &mut [f64]) {
    let excluded = match known {
        Known::Nothing => return,
        Known::Ezafe => false,
        Known::NoEzafe => true,
    };
    for (score, label) in emission.iter_mut().zip(model.labels()) {
        if label.ezafe == excluded {
            *score = f64::NEG_INFINITY;
        }
    }
}

fn trace_back(best: &[f64], previous_labels: &[usize], length: usize) -> Vec<usize> {
    let mut label = 0;
    for (other, score) in best.iter().enumerate() {
        if *score > best[label] {
            label = other;
        }
    }
    let mut labels = vec![0; length];
    for position in (0..length).rev() {
        labels[position] = label;
        label = previous_labels[position * best.len() + label];
    }
    labels
}
