//! What a training's log says besides its steps.

use serde::Serialize;
use utoipa::ToSchema;

use crate::exclusion::Exclusion;

/// What a line of the log says.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize, ToSchema)]
#[serde(tag = "code", content = "params", rename_all = "camelCase")]
pub enum LogMessage {
    /// What the training is computed on; of every run, for another worker may have another machine.
    #[error("is trained on {}, in {precision}", device(gpu.as_deref(), *threads))]
    Device {
        /// The GPU's name; `None` on a CPU.
        gpu: Option<String>,
        /// Threads of the CPU.
        threads: u32,
        /// `fp32` or `bf16`.
        precision: String,
    },
    /// How much there is to learn from, and what checkpoints take.
    #[error(
        "learns from {training_clips} clips and is evaluated on {validation_clips}; a checkpoint takes at most {} MB, and up to {max_checkpoints} are kept",
        checkpoint_bytes.div_ceil(1_000_000)
    )]
    #[serde(rename_all = "camelCase")]
    Prepared {
        training_clips: u64,
        /// Clips that are evaluated on.
        validation_clips: u64,
        /// What a checkpoint takes at most.
        checkpoint_bytes: u64,
        /// Checkpoints that are kept.
        max_checkpoints: u32,
    },
    /// A clip can't be trained from.
    #[error("clip {clip} is left out: {exclusion}")]
    ClipExcluded { clip: String, exclusion: Exclusion },
    /// More clips can't than are named.
    #[error("{count} more clips are left out")]
    MoreClipsExcluded { count: u64 },
    /// What was loaded from the model that the training begins from.
    #[error(
        "begins with {generator_tensors} tensors of its base model, which knew {characters} of the letters; of the discriminators it had {discriminator_tensors}"
    )]
    #[serde(rename_all = "camelCase")]
    BaseModelLoaded {
        generator_tensors: u64,
        discriminator_tensors: u64,
        /// Letters of the transcripts that it knew.
        characters: u64,
    },
    /// Letters of the transcripts whose embeddings are newly initialized.
    #[error("letters that the base model didn't know: {}", characters.join(" "))]
    NewCharacters { characters: Vec<String> },
    /// Tensors that the base model lacks, or has in another shape.
    #[error("{count} tensors are newly initialized: {}", listed(*count, tensors))]
    TensorsInitialized {
        count: u64,
        /// The first of them, and why.
        tensors: Vec<String>,
    },
    /// Tensors of the base model that have no place in the network.
    #[error("{count} tensors of the base model are not used: {}", listed(*count, tensors))]
    TensorsUnused { count: u64, tensors: Vec<String> },
    /// Another worker goes on.
    #[error("goes on from the checkpoint at step {step}")]
    Resumed { step: i64 },
    /// A training goes on from a checkpoint of an earlier one.
    #[error("goes on from the earlier training's checkpoint at step {step}")]
    Continued { step: i64 },
    /// The training diverged, and goes on from a good checkpoint at half the learning rate.
    #[error(
        "diverged at step {step}; goes on from {} at half the learning rate, {learning_rate}",
        checkpoint_step.map_or_else(|| "the start".into(), |step| format!("the checkpoint at step {step}"))
    )]
    #[serde(rename_all = "camelCase")]
    WentBack {
        step: u64,
        /// `None`: from the start.
        checkpoint_step: Option<i64>,
        /// AdamW's, in the first epoch.
        learning_rate: f64,
    },
    /// A checkpoint's files are not what was written.
    #[error("the checkpoint at step {step} is torn and was passed over: {cause}")]
    CheckpointTorn { step: i64, cause: String },
    /// A checkpoint was due before the last one was stored.
    #[error(
        "the checkpoint at step {step} could not be stored in time; the one at step {newer_step} takes its place"
    )]
    #[serde(rename_all = "camelCase")]
    CheckpointReplaced { step: u64, newer_step: u64 },
    /// A checkpoint could not be written to the worker's disk.
    #[error("the checkpoint at step {step} could not be written: {cause}. The training goes on")]
    CheckpointFailed { step: u64, cause: String },
    /// A checkpoint waits for the storage.
    #[error(
        "the checkpoint at step {step} can't be stored yet: {cause}. It is tried again, and the training goes on"
    )]
    CheckpointNotStored {
        step: u64,
        /// What the storage said.
        cause: String,
    },
    /// A validation clip could not be synthesized.
    #[error("no sample of clip {clip}: {cause}")]
    SampleFailed { clip: String, cause: String },
    /// The voice has stopped getting better.
    #[error(
        "ends early at step {step}: in the last {evaluations} evaluations the voice came no nearer to the recordings"
    )]
    StoppedEarly {
        /// The last trained step.
        step: u64,
        /// Evaluations since the best one.
        evaluations: u32,
    },
    /// TensorBoard's files can't be written any more.
    #[error(
        "TensorBoard's files end here: {cause}. The training goes on, and so do its curves here"
    )]
    EventFilesEnded { cause: String },
}

fn device(gpu: Option<&str>, threads: u32) -> String {
    match (gpu, threads) {
        (Some(gpu), _) => gpu.into(),
        (None, 1) => "the CPU with 1 thread".into(),
        (None, threads) => format!("the CPU with {threads} threads"),
    }
}

fn listed(count: u64, first: &[String]) -> String {
    let more = count > first.len() as u64;
    format!("{}{}", first.join("; "), if more { " …" } else { "" })
}
