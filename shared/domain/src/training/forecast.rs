//! What a training takes and gives, as far as that is known before it begins.

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::config::{MAX_EPOCHS, Preset, TrainingConfig};
use crate::{Result, ids::DatasetId};

/// Steps of `tiny` from nothing after which a recognizer understands the voice nearly as well as its recordings, and before which it
/// understands nothing (measured: «Intelligibility» in docs/training.md).
const INTELLIGIBLE_STEPS: i64 = 3_000;
const HUM_STEPS: i64 = 1_000;
/// The most clips that are held out.
const MAX_HELD_OUT: i64 = 100;
/// Clips that a CPU computes at once at most.
const CPU_CLIPS_AT_ONCE: i64 = 8;
/// Trainings whose speed is looked at.
const MEASURED_TRAININGS: i64 = 5;

/// What is known of a training before it begins.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Forecast {
    /// Steps in all, those of an earlier training that it goes on from included. A worker may leave clips out that it can't
    /// use, and count fewer.
    pub steps: i64,
    pub estimate: Estimate,
    pub warnings: Vec<Warning>,
}

/// What a training takes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// How long it will run.
    pub seconds: f64,
    /// Whether `seconds` is by the speed of the last trainings here of this network; else by that of a usual processor.
    pub measured: bool,
    /// What it needs on a CPU at its peak.
    pub memory_bytes: i64,
}

/// What is likely to disappoint, and what would not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "code", content = "params", rename_all = "camelCase")]
pub enum Warning {
    /// The voice will hum, and nobody will understand a word.
    #[serde(rename_all = "camelCase")]
    OnlyHums {
        /// Those that it will have been trained for.
        steps: i64,
        /// After so many it can be understood.
        intelligible_steps: i64,
        /// Passes over these clips that are as many; `None` where they are more than a training may have.
        epochs: Option<u32>,
    },
    /// Some words will be understood.
    #[serde(rename_all = "camelCase")]
    HardlyIntelligible {
        /// Those that it will have been trained for.
        steps: i64,
        /// After so many it can be understood.
        intelligible_steps: i64,
        /// Passes over these clips that are as many; `None` where they are more than a training may have.
        epochs: Option<u32>,
    },
}

/// What a network costs.
struct Cost {
    /// Of a clip with one segment in a step, on a usual processor with two cores.
    seconds: f64,
    /// Of the network and its discriminators, with gradients and moments.
    network_mebibytes: f64,
    /// Of a clip's segment.
    clip_mebibytes: f64,
    /// Of a second of a clip with its transcript, at [`MEASURED_RATE`].
    second_mebibytes: f64,
}

/// Hertz: what a second of a clip takes grows with the sample rate of the voice.
const MEASURED_RATE: f64 = 16_000.0;

impl Preset {
    /// The one whose voices have this size (18, 96 and 145 MB).
    pub(super) const fn of_voice(size_bytes: i64) -> Self {
        match size_bytes {
            ..40_000_000 => Self::Tiny,
            40_000_000..120_000_000 => Self::Small,
            _ => Self::Mms,
        }
    }

    /// Of its voices where none is asked for, in hertz.
    const fn sample_rate(self) -> u32 {
        match self {
            Self::Tiny | Self::Small => 22_050,
            Self::Mms => 16_000,
        }
    }

    /// Segments of each clip that the decoder learns from in a step where nothing else is asked for. The decoder of `tiny` learns
    /// last, and costs little beside its encoders (measured: «Segments» in docs/training.md).
    pub(super) const fn segments(self) -> u32 {
        match self {
            Self::Tiny => 2,
            Self::Small | Self::Mms => 1,
        }
    }

    /// The one whose checkpoints have this size (63, 430 and 1,000 MB).
    pub(super) const fn of_checkpoint(size_bytes: i64) -> Self {
        match size_bytes {
            ..150_000_000 => Self::Tiny,
            150_000_000..650_000_000 => Self::Small,
            _ => Self::Mms,
        }
    }
}

impl Cost {
    /// Fitted to the table «Memory» in docs/training.md; the speed is that of docs/benchmarks.md.
    const fn of(preset: Preset) -> Self {
        match preset {
            Preset::Tiny => Self {
                seconds: 0.15,
                network_mebibytes: 317.0,
                clip_mebibytes: 28.0,
                second_mebibytes: 5.8,
            },
            Preset::Small => Self {
                seconds: 0.5,
                network_mebibytes: 1_575.0,
                clip_mebibytes: 56.0,
                second_mebibytes: 16.6,
            },
            Preset::Mms => Self {
                seconds: 1.4,
                network_mebibytes: 3_437.0,
                clip_mebibytes: 140.0,
                second_mebibytes: 25.0,
            },
        }
    }
}

/// Where a training begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct StartingPoint {
    /// The network that it has.
    pub(super) preset: Preset,
    /// Steps that were trained before, and count.
    pub(super) first_step: i64,
    /// Steps that the network knows from elsewhere; `None` where it can speak already.
    pub(super) experience: Option<i64>,
}

/// What this training takes and gives.
pub(super) async fn foresee(
    tx: &mut PgConnection,
    dataset: DatasetId,
    config: &TrainingConfig,
    starting_point: StartingPoint,
) -> Result<Forecast> {
    let clips = sqlx::query!(
        r#"SELECT count(*) AS "count!", coalesce(max(duration_seconds), 0) AS "longest!"
           FROM clips WHERE dataset_id = $1 AND excluded_reason IS NULL"#,
        dataset.0
    )
    .fetch_one(&mut *tx)
    .await?;
    let step_clips = config.step_clips();
    let measured = seconds_a_clip(tx, starting_point.preset, config).await?;
    let cost = Cost::of(starting_point.preset);
    let epoch_steps = epoch_steps(clips.count, config.validation_split, step_clips);
    let steps = epoch_steps * i64::from(config.epochs);
    let trained = (steps - starting_point.first_step).max(0);
    let batch = i64::from(config.batch_size).min(clips.count);
    let batch = batch.min(CPU_CLIPS_AT_ONCE) as f64;
    let step_clips = step_clips.min(clips.count) as f64;
    let rate = config.sample_rate;
    let rate = f64::from(rate.unwrap_or(starting_point.preset.sample_rate()));
    let longest = clips.longest * rate / MEASURED_RATE;
    let segments = f64::from(config.segments.unwrap_or(1));
    let clip = cost.clip_mebibytes * segments + cost.second_mebibytes * longest;
    let mebibytes = cost.network_mebibytes + batch * clip;
    // Half of what a clip with one segment takes is for all of it.
    let usual = cost.seconds * (1.0 + segments) / 2.0;
    let warning = starting_point
        .experience
        .and_then(|before| warning(before + trained, config.epochs, epoch_steps));
    Ok(Forecast {
        steps,
        estimate: Estimate {
            seconds: trained as f64 * step_clips * measured.unwrap_or(usual),
            measured: measured.is_some(),
            memory_bytes: (mebibytes * f64::from(1 << 20)) as i64,
        },
        warnings: warning.into_iter().collect(),
    })
}

/// Steps of a pass over so many clips, of which some are held out.
fn epoch_steps(clips: i64, validation_split: f64, step_clips: i64) -> i64 {
    let held_out = if validation_split == 0.0 {
        0
    } else {
        let wanted = (clips as f64 * validation_split).round() as i64;
        wanted.clamp(1, MAX_HELD_OUT).min(clips - 1).max(0)
    };
    // A dataset without clips isn't ready.
    div_ceil(clips - held_out, step_clips).max(1)
}

/// Of numbers above zero.
const fn div_ceil(number: i64, divisor: i64) -> i64 {
    (number + divisor - 1) / divisor
}

fn warning(steps: i64, epochs: u32, epoch_steps: i64) -> Option<Warning> {
    if steps >= INTELLIGIBLE_STEPS {
        return None;
    }
    let more = div_ceil(INTELLIGIBLE_STEPS - steps, epoch_steps);
    let epochs = u32::try_from(i64::from(epochs) + more)
        .ok()
        .filter(|&epochs| epochs <= MAX_EPOCHS);
    let intelligible_steps = INTELLIGIBLE_STEPS;
    Some(if steps < HUM_STEPS {
        Warning::OnlyHums {
            steps,
            intelligible_steps,
            epochs,
        }
    } else {
        Warning::HardlyIntelligible {
            steps,
            intelligible_steps,
            epochs,
        }
    })
}

/// Seconds of a step for each of its clips, as the last trainings of this network took here, whoever's they were.
async fn seconds_a_clip(
    tx: &mut PgConnection,
    preset: Preset,
    config: &TrainingConfig,
) -> Result<Option<f64>> {
    let precision = serde_json::to_value(config.precision)?;
    Ok(sqlx::query_scalar!(
        r#"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FROM (
               SELECT 1 / ((metrics ->> 'stepsPerSecond')::double precision * (config ->> 'batchSize')::double precision
                           * coalesce((config ->> 'accumulate')::double precision, 1)) AS seconds
               FROM training_jobs
               WHERE (metrics ->> 'stepsPerSecond')::double precision > 0
                 -- Without a preset it has the network of its base, which is an installed model or a voice.
                 AND (config ->> 'preset' = $1
                      OR ($1 = 'mms' AND config ->> 'preset' IS NULL AND config ->> 'baseVoice' IS NULL))
                 AND coalesce(config ->> 'precision', 'auto') = $2
                 AND coalesce((config ->> 'segments')::integer, 1) = $3
               ORDER BY updated_at DESC LIMIT $4) AS last"#,
        name(preset),
        precision.as_str(),
        i32::try_from(config.segments.unwrap_or(1)).unwrap_or(i32::MAX),
        MEASURED_TRAININGS
    )
    .fetch_one(tx)
    .await?)
}

const fn name(preset: Preset) -> &'static str {
    match preset {
        Preset::Tiny => "tiny",
        Preset::Small => "small",
        Preset::Mms => "mms",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_those_of_the_trainer() {
        // The sample: two of its 39 clips are held out.
        assert_eq!(epoch_steps(39, 0.05, 32), 2);
        assert_eq!(epoch_steps(39, 0.0, 4), 10);
        assert_eq!(epoch_steps(1, 0.5, 8), 1);
        assert_eq!(epoch_steps(10_000, 0.5, 100), 99);
    }

    #[test]
    fn what_can_only_hum_is_warned_of_with_what_would_not() {
        let Some(Warning::OnlyHums { steps, epochs, .. }) = warning(10, 5, 2) else {
            panic!("ten steps hum");
        };
        assert_eq!((steps, epochs), (10, Some(1_500)));
        assert!(matches!(
            warning(1_000, 100, 10),
            Some(Warning::HardlyIntelligible {
                epochs: Some(300),
                ..
            })
        ));
        assert_eq!(warning(3_000, 100, 30), None);
        assert!(matches!(
            warning(1, 100_000, 1),
            Some(Warning::OnlyHums { epochs: None, .. })
        ));
    }
}
