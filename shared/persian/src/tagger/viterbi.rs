//! The best sequence of labels for a sequence of tokens, by the Viterbi algorithm.

use std::ops::Range;

use super::model::{Model, Scores};

/// The model sees at most this many tokens together, so that the memory is bounded. Sentences are far shorter.
pub(super) const MAX_SEQUENCE: usize = 400;

/// What is known of a token before decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Ezafe,
    NoEzafe,
    Nothing,
}

/// The scores of a sequence: what each label weighs at each token, and each pair of labels at a token and the one before it.
pub(super) struct Lattice<'a> {
    model: &'a dyn Model,
    positions: Vec<Scores>,
}

impl<'a> Lattice<'a> {
    /// Memory is taken in proportion to the tokens: some five kilobytes for each with 23 labels.
    pub fn new(model: &'a dyn Model, tokens: &[&str]) -> Self {
        let mut observation = Vec::new();
        let score = |position| {
            let mut scores = Scores::new(model.labels().len());
            for pattern in model.patterns() {
                pattern.observe(tokens, position, &mut observation);
                model.add_weights(&observation, &mut scores);
            }
            scores
        };
        Self {
            model,
            positions: (0..tokens.len()).map(score).collect(),
        }
    }

    /// The numbers of the labels whose sum of weights is greatest among the sequences that agree with what is known, which
    /// has one entry for each token. Of equals the first is taken, as Wapiti does.
    pub fn decode(&self, known: &[Known]) -> Vec<usize> {
        let (best, previous_labels) = self.forward(known);
        let count = self.model.labels().len();
        let mut label = 0;
        if let Some(last) = best.last() {
            for (other, score) in last.iter().enumerate() {
                if *score > last[label] {
                    label = other;
                }
            }
        }
        let mut labels = vec![0; best.len()];
        for position in (0..best.len()).rev() {
            labels[position] = label;
            label = previous_labels[position * count + label];
        }
        labels
    }

    /// For each token, by how much the best sequence in which it carries the ezafe outweighs the best in which it doesn't;
    /// negative where it is outweighed.
    pub fn margins(&self, known: &[Known]) -> Vec<f64> {
        let count = self.model.labels().len();
        let (forward, _) = self.forward(known);
        let mut after = vec![0.0; count];
        let mut margins = vec![0.0; forward.len()];
        for position in (0..forward.len()).rev() {
            let (mut with, mut without) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
            for (label, tag) in self.model.labels().iter().enumerate() {
                let best = if tag.ezafe { &mut with } else { &mut without };
                *best = best.max(forward[position][label] + after[label]);
            }
            margins[position] = with - without;
            let scores = &self.positions[position];
            let emission = self.emission(position, known[position]);
            let before = |previous: usize| {
                let score = |label: usize| {
                    emission[label] + scores.transition[previous * count + label] + after[label]
                };
                (0..count).map(score).fold(f64::NEG_INFINITY, f64::max)
            };
            after = (0..count).map(before).collect();
        }
        margins
    }

    /// For each token and label the best sum of weights up to it, and the label before it in that sequence.
    fn forward(&self, known: &[Known]) -> (Vec<Vec<f64>>, Vec<usize>) {
        let count = self.model.labels().len();
        let mut previous_labels = vec![0; self.positions.len() * count];
        let mut best: Vec<Vec<f64>> = Vec::with_capacity(self.positions.len());
        for (position, scores) in self.positions.iter().enumerate() {
            let emission = self.emission(position, known[position]);
            let Some(last) = best.last() else {
                best.push(emission);
                continue;
            };
            let mut here = Vec::with_capacity(count);
            for label in 0..count {
                let (mut highest, mut from) = (f64::NEG_INFINITY, 0);
                for (previous, before) in last.iter().enumerate() {
                    let score =
                        before + (emission[label] + scores.transition[previous * count + label]);
                    if score > highest {
                        (highest, from) = (score, previous);
                    }
                }
                here.push(highest);
                previous_labels[position * count + label] = from;
            }
            best.push(here);
        }
        (best, previous_labels)
    }

    fn emission(&self, position: usize, known: Known) -> Vec<f64> {
        let excluded = |ezafe: bool| match known {
            Known::Nothing => false,
            Known::Ezafe => !ezafe,
            Known::NoEzafe => ezafe,
        };
        let scores = self.positions[position]
            .emission
            .iter()
            .zip(self.model.labels());
        scores
            .map(|(score, label)| {
                if excluded(label.ezafe) {
                    f64::NEG_INFINITY
                } else {
                    *score
                }
            })
            .collect()
    }
}

/// Cuts a sequence that is longer than [`MAX_SEQUENCE`]: after the last end of a sentence within reach, or else after the
/// last punctuation, or else where the reach ends.
pub(super) fn parts(tokens: &[&str]) -> Vec<Range<usize>> {
    let ends_sentence = |token: &&str| matches!(*token, "." | "!" | "؟" | "?" | "…" | "؛");
    let is_punctuation = |token: &&str| !token.chars().any(char::is_alphanumeric);
    let mut parts = Vec::new();
    let mut start = 0;
    while tokens.len() - start > MAX_SEQUENCE {
        let reach = &tokens[start..start + MAX_SEQUENCE];
        let last = reach
            .iter()
            .rposition(ends_sentence)
            .or_else(|| reach.iter().rposition(is_punctuation));
        let end = start + last.map_or(MAX_SEQUENCE, |index| index + 1);
        parts.push(start..end);
        start = end;
    }
    parts.push(start..tokens.len());
    parts
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::super::test_model::{self, LABELS};
    use super::super::text_model::TextModel;
    use super::*;

    const WORDS: [&str; 4] = ["a", "b", "c", "d"];

    /// The sum of the weights of one sequence of labels, straight from the definition.
    fn sum(model: &TextModel, tokens: &[&str], labels: &[usize]) -> f64 {
        let mut sum = 0.0;
        for position in 0..tokens.len() {
            let mut scores = Scores::new(LABELS.len());
            for pattern in model.patterns() {
                let mut observation = Vec::new();
                pattern.observe(tokens, position, &mut observation);
                model.add_weights(&observation, &mut scores);
            }
            sum += scores.emission[labels[position]];
            if position > 0 {
                sum += scores.transition[labels[position - 1] * LABELS.len() + labels[position]];
            }
        }
        sum
    }

    fn all_sequences(length: usize) -> Vec<Vec<usize>> {
        (0..LABELS.len().pow(length as u32))
            .map(|number| {
                (0..length)
                    .map(|position| number / LABELS.len().pow(position as u32) % LABELS.len())
                    .collect()
            })
            .collect()
    }

    fn agrees(model: &TextModel, labels: &[usize], known: &[Known]) -> bool {
        labels.iter().zip(known).all(|(label, known)| match known {
            Known::Nothing => true,
            Known::Ezafe => model.labels()[*label].ezafe,
            Known::NoEzafe => !model.labels()[*label].ezafe,
        })
    }

    /// Calls the check with models, sentences and knowledge by chance.
    fn for_random_sentences(check: impl Fn(&TextModel, &[&str], &[Known])) {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..60 {
            let model = test_model::random_model(&WORDS, &mut rng);
            for _ in 0..5 {
                let length = rng.random_range(1..6);
                let tokens: Vec<&str> = (0..length)
                    .map(|_| WORDS[rng.random_range(0..WORDS.len())])
                    .collect();
                let mut knowledge = || match rng.random_range(0..6) {
                    0 => Known::Ezafe,
                    1 => Known::NoEzafe,
                    _ => Known::Nothing,
                };
                let known: Vec<Known> = tokens.iter().map(|_| knowledge()).collect();
                check(&model, &tokens, &known);
            }
        }
    }

    #[test]
    fn no_sequence_of_labels_outweighs_the_decoded_one() {
        for_random_sentences(|model, tokens, known| {
            let decoded = Lattice::new(model, tokens).decode(known);
            assert!(agrees(model, &decoded, known));
            let best = all_sequences(tokens.len())
                .into_iter()
                .filter(|labels| agrees(model, labels, known))
                .map(|labels| sum(model, tokens, &labels))
                .fold(f64::NEG_INFINITY, f64::max);
            assert!((sum(model, tokens, &decoded) - best).abs() < 1e-9);
        });
    }

    #[test]
    fn the_margin_is_what_an_ezafe_is_worth_to_the_sentence() {
        for_random_sentences(|model, tokens, known| {
            let margins = Lattice::new(model, tokens).margins(known);
            for (position, margin) in margins.into_iter().enumerate() {
                let best = |ezafe: bool| {
                    all_sequences(tokens.len())
                        .into_iter()
                        .filter(|labels| {
                            agrees(model, labels, known)
                                && model.labels()[labels[position]].ezafe == ezafe
                        })
                        .map(|labels| sum(model, tokens, &labels))
                        .fold(f64::NEG_INFINITY, f64::max)
                };
                let expected = best(true) - best(false);
                assert!(
                    margin == expected || (margin - expected).abs() < 1e-9,
                    "{margin}, expected {expected}"
                );
            }
        });
    }

    #[test]
    fn of_equal_labels_the_first_is_taken() {
        let model = test_model::vocabulary(&["آب"]);
        assert_eq!(
            Lattice::new(&model, &["آب", "نان"]).decode(&[Known::Nothing; 2]),
            [0, 0]
        );
    }

    #[test]
    fn nothing_has_no_labels() {
        let model = test_model::vocabulary(&["آب"]);
        assert!(Lattice::new(&model, &[]).decode(&[]).is_empty());
        assert!(Lattice::new(&model, &[]).margins(&[]).is_empty());
    }

    fn lengths(tokens: &[&str]) -> Vec<usize> {
        let parts = parts(tokens);
        assert_eq!(
            parts.iter().cloned().flatten().collect::<Vec<_>>(),
            (0..tokens.len()).collect::<Vec<_>>()
        );
        parts.into_iter().map(|part| part.len()).collect()
    }

    #[test]
    fn a_sequence_within_the_limit_stays_whole() {
        assert_eq!(lengths(&["."; MAX_SEQUENCE]), [MAX_SEQUENCE]);
    }

    #[test]
    fn a_long_sequence_is_cut_after_a_sentence() {
        let mut tokens = ["آب"; MAX_SEQUENCE + 50];
        tokens[99] = ".";
        tokens[199] = "،";
        assert_eq!(lengths(&tokens), [100, MAX_SEQUENCE - 50]);
    }

    #[test]
    fn a_long_sentence_is_cut_after_punctuation() {
        let mut tokens = ["آب"; MAX_SEQUENCE + 50];
        tokens[199] = "،";
        assert_eq!(lengths(&tokens), [200, MAX_SEQUENCE - 150]);
    }

    #[test]
    fn a_sequence_without_punctuation_is_cut_at_the_limit() {
        assert_eq!(
            lengths(&["آب"; 2 * MAX_SEQUENCE + 1]),
            [MAX_SEQUENCE, MAX_SEQUENCE, 1]
        );
    }
}
