//! What a training tells while it runs, and how it is steered.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use crate::{
    exclusion::Excluded, nn::compute::ComputeReport, nn::losses::Losses,
    training::pretrained::Loaded,
};

/// One trained step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepReport {
    /// From 1.
    pub epoch: u64,
    /// From 1, over all epochs.
    pub step: u64,
    /// Steps in all.
    pub total_steps: u64,
    /// The terms of the loss.
    pub losses: Losses,
    /// Euclidean norm of the generator's gradient.
    pub generator_gradient_norm: f64,
    /// Euclidean norm of the discriminators' gradient.
    pub discriminator_gradient_norm: f64,
    /// At this step.
    pub learning_rate: f64,
    /// How long this step waited for its batch.
    pub data_wait_seconds: f64,
    /// Smoothed.
    pub steps_per_second: f64,
    /// Until the last step, at this speed.
    pub eta_seconds: f64,
}

/// Losses on recordings that the voice is evaluated on, whole, without dropout and always with the same noise; the mean over
/// the recordings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ValidationLosses {
    /// L1 of log-mel spectrograms, unweighted.
    pub mel: f64,
    /// Kullback-Leibler divergence of posterior and prior.
    pub kl: f64,
    /// Duration predictor's.
    pub duration: f64,
}

/// A sentence of the validation, said by the voice as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The recording's name.
    pub clip: String,
    /// What is said, as it was spelled for the voice.
    pub text: String,
    /// Length of what was said.
    pub seconds: f64,
    /// Length of the recording.
    pub recorded_seconds: f64,
    /// Folder with `speech.wav`, `spectrogram.png` (log mel bands: the recording above, what was said below) and
    /// `alignment.png` (tokens upwards, the recording's frames to the right).
    pub folder: PathBuf,
}

/// How near what a voice says is to the recordings of the same sentences, text encoder and durations included: means over the
/// sentences.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spoken {
    /// Mean absolute difference of log mel bands once the two are aligned.
    pub mel_distance: f64,
    /// By which part of a recording's length what is said is longer or shorter.
    pub duration_error: f64,
    /// How well it is understood; `None` without a recognizer.
    pub recognition: Option<Recognition>,
}

/// Character error rates: letters that a recognizer of speech gets wrong, of all letters of the sentences. No sentence counts for
/// more than all of its letters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Recognition {
    /// Of what the voice says.
    pub character_error_rate: f64,
    /// Of the recordings of the same sentences.
    pub recordings_character_error_rate: f64,
}

/// A sentence that a voice has said, for a recognizer.
#[derive(Debug, Clone, Copy)]
pub struct SaidSentence<'a> {
    /// The recording's name.
    pub clip: &'a str,
    /// What is said, as written.
    pub text: &'a str,
    /// Samples of what the voice said.
    pub said: &'a [f32],
    /// Samples of the recording.
    pub recorded: &'a [f32],
    /// Of both, in hertz.
    pub sample_rate: u32,
}

/// What a recognizer got wrong of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongLetters {
    /// That the sentence has.
    pub letters: usize,
    /// Wrong ones of what the voice said, at most all.
    pub said: usize,
    /// Wrong ones of the recording, at most all.
    pub recorded: usize,
}

/// A sentence of the validation that could not be synthesized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedSample {
    /// The recording's name.
    pub clip: String,
    /// What went wrong.
    pub cause: String,
}

/// How good the voice is.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The last trained step; 0 before the first.
    pub step: u64,
    /// Its epoch.
    pub epoch: u64,
    /// On the recordings that it is evaluated on.
    pub losses: ValidationLosses,
    /// How near what it says is to the recordings; `None` where it can't say one of them.
    pub spoken: Option<Spoken>,
    /// Whether no earlier one was nearer to the recordings in what it said.
    pub best: bool,
    /// Of the first three recordings.
    pub samples: Vec<Sample>,
    /// Why a sample is missing.
    pub failed_samples: Vec<FailedSample>,
}

/// What a training tells while it runs.
#[derive(Debug)]
pub enum Report {
    /// Recordings are being decoded, which is done once for all trainings from them.
    Decoding {
        /// So many are.
        done: usize,
        /// Of so many.
        total: usize,
    },
    /// The recordings are there; the first step follows.
    Prepared {
        /// Recordings that are trained from.
        usable: usize,
        /// Those that it is evaluated on, and doesn't learn from.
        held_out: usize,
        /// Those that aren't, and why.
        excluded: Vec<Excluded>,
        /// Length of the usable ones together.
        seconds: f64,
        /// Steps in all.
        total_steps: u64,
        /// The step that it goes on from; 0 at the start.
        resumed_from: u64,
        /// Whether it goes on from a checkpoint of its own: all this was told before.
        resumed: bool,
        /// What each checkpoint takes at most.
        checkpoint_bytes: u64,
        /// What was loaded from the base model; `None` without one, and where it goes on.
        loaded: Option<Loaded>,
        /// What it is computed on and in.
        compute: ComputeReport,
    },
    /// A step was trained.
    Step(StepReport),
    /// The voice is being evaluated; told before every recording.
    Evaluating {
        /// The last trained step.
        step: u64,
    },
    /// The voice was evaluated. Folders of samples are the observer's to keep or delete.
    Evaluated(Evaluation),
    /// A checkpoint was written; its folder is the observer's to keep or delete.
    Checkpoint {
        /// The folder.
        folder: PathBuf,
        /// The last trained step.
        step: u64,
        /// Its epoch.
        epoch: u64,
        /// Its mel loss.
        mel_loss: f64,
    },
    /// A checkpoint that was due could not be written; the training goes on, and the next one may find room.
    CheckpointFailed {
        /// The last trained step.
        step: u64,
        /// What went wrong.
        reason: String,
    },
    /// The voice has stopped getting better; no further step follows.
    StoppedEarly {
        /// The last trained step.
        step: u64,
        /// Evaluations since the best one.
        evaluations: u32,
    },
}

/// What an observer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Directive {
    /// Go on.
    Continue,
    /// Write a checkpoint, and go on.
    Checkpoint,
    /// Write a checkpoint, and stop.
    Stop,
}

/// Receives all reports and steers: the one interface to a training.
pub trait Observer {
    /// Called on the training's thread, which waits for the answer. What is wanted counts at the end of a step, and while
    /// recordings are decoded or the voice is evaluated.
    fn observe(&mut self, report: Report) -> Directive;

    /// Bytes that the training may take on a CPU; what takes more is refused before it begins. None: whatever it takes.
    fn memory_limit(&self) -> Option<u64> {
        None
    }

    /// Has a recognizer transcribe a sentence of an evaluation, twice. None: there is no recognizer.
    fn recognize(&mut self, _sentence: SaidSentence<'_>) -> Option<WrongLetters> {
        None
    }
}

/// How a training ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finished {
    /// All steps are trained, or the voice has stopped getting better.
    Completed {
        /// Folder of the voice, in transformers' layout.
        voice: PathBuf,
        /// Of the voice, in hertz.
        sample_rate: u32,
        /// The names of its speakers; none where it has one.
        speakers: Vec<String>,
    },
    /// The observer stopped it; where a step was trained since it began, a checkpoint was reported.
    Stopped {
        /// The last trained step; `None` where not all recordings were decoded yet.
        step: Option<u64>,
    },
}
