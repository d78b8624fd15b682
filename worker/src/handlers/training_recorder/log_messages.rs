//! What a training's log says of how it begins.

use domain::{checkpoints::MAX_KEPT, log_message::LogMessage, states::LogLevel};
use vits::training::trainer::{ComputeReport, Excluded, Loaded};

use crate::handlers::job_error::exclusion;

/// Clips left out that are named in the training's log; the dataset's report has them all.
const MAX_EXCLUDED_NAMED: usize = 20;
/// Tensors that are named in the log where a base model doesn't fit.
const MAX_TENSORS_NAMED: usize = 20;

pub(super) fn device(compute: &ComputeReport) -> LogMessage {
    LogMessage::Device {
        gpu: compute.gpu.clone(),
        threads: compute.threads,
        precision: compute.precision.into(),
    }
}

pub(super) const fn prepared(usable: usize, held_out: usize, checkpoint_bytes: u64) -> LogMessage {
    LogMessage::Prepared {
        training_clips: usable as u64,
        validation_clips: held_out as u64,
        checkpoint_bytes,
        max_checkpoints: MAX_KEPT,
    }
}

/// The clips that can't be trained from.
pub(super) fn excluded(excluded: &[Excluded]) -> Vec<(LogLevel, LogMessage)> {
    let named = excluded.iter().take(MAX_EXCLUDED_NAMED);
    let mut messages: Vec<_> = named
        .map(|clip| LogMessage::ClipExcluded {
            clip: clip.id.clone(),
            exclusion: exclusion(&clip.reason),
        })
        .collect();
    if let Some(count @ 1..) = excluded.len().checked_sub(MAX_EXCLUDED_NAMED) {
        messages.push(LogMessage::MoreClipsExcluded {
            count: count as u64,
        });
    }
    let warning = |message| (LogLevel::Warning, message);
    messages.into_iter().map(warning).collect()
}

/// What was loaded from the model that a training begins from, and all that wasn't.
pub(super) fn loaded(loaded: &Loaded) -> Vec<(LogLevel, LogMessage)> {
    let mut messages = vec![(
        LogLevel::Info,
        LogMessage::BaseModelLoaded {
            generator_tensors: loaded.generator as u64,
            discriminator_tensors: loaded.discriminators as u64,
            characters: loaded.letters as u64,
        },
    )];
    let mut warn = |message| messages.push((LogLevel::Warning, message));
    if !loaded.new_letters.is_empty() {
        let characters = loaded.new_letters.iter().map(char::to_string).collect();
        warn(LogMessage::NewCharacters { characters });
    }
    if let Some((count, tensors)) = first_tensors(&loaded.newly_initialized) {
        warn(LogMessage::TensorsInitialized { count, tensors });
    }
    if let Some((count, tensors)) = first_tensors(&loaded.unused) {
        warn(LogMessage::TensorsUnused { count, tensors });
    }
    messages
}

/// How many there are, and the first of them; `None` where there are none.
fn first_tensors(tensors: &[String]) -> Option<(u64, Vec<String>)> {
    let first = tensors.iter().take(MAX_TENSORS_NAMED).cloned();
    (!tensors.is_empty()).then(|| (tensors.len() as u64, first.collect()))
}
