//! The model as it is published, with the names of all observations: for packing it, and for comparing with what was packed.

use std::collections::HashMap;

use super::features::Pattern;
use super::model::{Model, Scores};
use super::tag::Tag;

pub(super) struct TextModel {
    labels: Vec<Tag>,
    patterns: Vec<Pattern>,
    observations: Vec<Box<[u8]>>,
    by_observation: HashMap<Box<[u8]>, usize>,
    weights: Weights,
}

pub(super) struct Weights {
    /// Where the weights of each observation end in `by_code`.
    pub ends: Vec<usize>,
    /// See [`Scores::add`] for the codes.
    pub by_code: Vec<(u16, f64)>,
}

impl TextModel {
    /// # Errors
    /// What is wrong, if an observation stands twice.
    pub fn new(
        labels: Vec<Tag>,
        patterns: Vec<Pattern>,
        observations: Vec<Box<[u8]>>,
        weights: Weights,
    ) -> Result<Self, String> {
        let mut by_observation = HashMap::with_capacity(observations.len());
        for (index, observation) in observations.iter().enumerate() {
            if by_observation.insert(observation.clone(), index).is_some() {
                let name = String::from_utf8_lossy(observation);
                return Err(format!("the observation «{name}» stands twice"));
            }
        }
        Ok(Self {
            labels,
            patterns,
            observations,
            by_observation,
            weights,
        })
    }

    /// Each observation with the codes and values of its weights, which are none where training left it without influence.
    pub fn observations(&self) -> impl Iterator<Item = (&[u8], &[(u16, f64)])> {
        (0..self.observations.len())
            .map(|index| (&*self.observations[index], self.weights_of(index)))
    }

    fn weights_of(&self, observation: usize) -> &[(u16, f64)] {
        let Weights { ends, by_code } = &self.weights;
        let start = observation.checked_sub(1).map_or(0, |before| ends[before]);
        &by_code[start..ends[observation]]
    }
}

impl Model for TextModel {
    fn labels(&self) -> &[Tag] {
        &self.labels
    }

    fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    fn knows(&self, observation: &[u8]) -> bool {
        self.by_observation.contains_key(observation)
    }

    fn add_weights(&self, observation: &[u8], scores: &mut Scores) {
        if let Some(index) = self.by_observation.get(observation) {
            for (code, weight) in self.weights_of(*index) {
                scores.add(usize::from(*code), *weight);
            }
        }
    }
}
