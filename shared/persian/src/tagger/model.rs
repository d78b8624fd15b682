//! What the decoder needs to know of a model, whichever file it was read from.

use super::features::Pattern;
use super::tag::Tag;

/// Far more than there are parts of speech.
pub(super) const MAX_LABELS: usize = 100;

/// A linear-chain conditional random field: labels, and weights of observations for labels and for pairs of labels.
pub(super) trait Model: Send + Sync {
    /// The labels, in the order of their numbers.
    fn labels(&self) -> &[Tag];

    /// The patterns that make the observations of a position, in the order in which their weights are added.
    fn patterns(&self) -> &[Pattern];

    /// Whether the observation occurred in training.
    fn knows(&self, observation: &[u8]) -> bool;

    /// Adds the weights of an observation; one that is unknown adds nothing.
    fn add_weights(&self, observation: &[u8], scores: &mut Scores);
}

/// The scores of one position, as sums of weights.
pub(super) struct Scores {
    /// For each label.
    pub emission: Vec<f64>,
    /// For each pair of labels: that of the previous label and this one at `previous * labels + label`.
    pub transition: Vec<f64>,
}

impl Scores {
    pub fn new(labels: usize) -> Self {
        Self {
            emission: vec![0.0; labels],
            transition: vec![0.0; labels * labels],
        }
    }

    /// Adds a weight by its code: first the labels, then the pairs.
    pub fn add(&mut self, code: usize, weight: f64) {
        let labels = self.emission.len();
        let cell = match code.checked_sub(labels) {
            None => self.emission.get_mut(code),
            Some(pair) => self.transition.get_mut(pair),
        };
        if let Some(cell) = cell {
            *cell += weight;
        }
    }
}

/// How many codes of weights there are with this many labels.
pub(super) fn weight_codes(labels: usize) -> usize {
    labels + labels * labels
}
