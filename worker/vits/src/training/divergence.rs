//! Tells that a training has diverged where no number says so: the voice has unlearned what it could.

use serde::{Deserialize, Serialize};

/// Steps over which the mel loss is averaged.
const STEPS: f64 = 20.0;
/// A mean this many times the lowest one is no spike any more.
const RISE: f64 = 2.0;
/// That of a voice that knows nothing. Below it something is left.
const UNTRAINED: f64 = 1.5;

/// How the mel loss goes, averaged over some twenty steps.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MelTrend {
    /// Steps that it was told of, as far as they matter.
    steps: u32,
    mean: f64,
    lowest: Option<f64>,
}

impl MelTrend {
    /// Adds the mel loss of a step; answers the mean where the training has diverged.
    pub(crate) fn add(&mut self, mel: f64) -> Option<f64> {
        let weight = if f64::from(self.steps) < STEPS {
            self.steps += 1;
            1.0 / f64::from(self.steps)
        } else {
            1.0 / STEPS
        };
        self.mean += weight * (mel - self.mean);
        if f64::from(self.steps) < STEPS {
            return None;
        }
        let lowest = self
            .lowest
            .map_or(self.mean, |lowest| lowest.min(self.mean));
        self.lowest = Some(lowest);
        (self.mean > (RISE * lowest).max(UNTRAINED)).then_some(self.mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many steps of these losses it is told.
    fn told(losses: impl IntoIterator<Item = f64>) -> Option<usize> {
        let mut trend = MelTrend::default();
        losses.into_iter().position(|mel| trend.add(mel).is_some())
    }

    /// As measured with `tiny` and a learning rate of 0.01.
    fn exploded() -> impl Iterator<Item = f64> {
        let learning = (0..70).map(|step| 2.0 - 0.006 * f64::from(step));
        learning.chain(std::iter::repeat_n(4.8, 100))
    }

    #[test]
    fn a_voice_that_unlearns_everything_has_diverged() {
        assert!((75..100).contains(&told(exploded()).unwrap()));
    }

    #[test]
    fn spikes_and_bad_beginnings_are_borne() {
        let learning = |step: u32| 1.6 * 0.998f64.powi(step as i32) + 0.3;
        let spiky = (0..3_000).map(|step| learning(step) * if step % 100 < 3 { 4.0 } else { 1.0 });
        assert_eq!(told(spiky), None);
        // One that a new alphabet has set back.
        let relearning = std::iter::once(0.4).chain((0..500).map(learning));
        assert_eq!(told(relearning), None);
    }

    #[test]
    fn a_trend_goes_on_from_where_it_was_kept() {
        let mut kept = MelTrend::default();
        let mut straight = MelTrend::default();
        for (step, mel) in exploded().enumerate() {
            if step == 60 {
                kept = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
            }
            assert_eq!(kept.add(mel), straight.add(mel));
        }
    }
}
