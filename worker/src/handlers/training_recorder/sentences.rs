//! What a training's log says of how it begins.

use domain::states::LogLevel;
use vits::training::trainer::{Excluded, Loaded};

/// Clips left out that are named in the training's log; the dataset's report has them all.
const EXCLUDED_NAMED: usize = 20;
/// Tensors that are named in the log where a base doesn't fit.
const TENSORS_NAMED: usize = 20;

/// The clips that can't be trained from.
pub(super) fn left_out(excluded: &[Excluded]) -> Vec<(LogLevel, String)> {
    let mut sentences: Vec<_> = excluded
        .iter()
        .take(EXCLUDED_NAMED)
        .map(|clip| {
            let sentence = format!("clip {} is left out: {}", clip.id, clip.reason);
            (LogLevel::Warning, sentence)
        })
        .collect();
    if excluded.len() > EXCLUDED_NAMED {
        let sentence = format!(
            "{} more clips are left out",
            excluded.len() - EXCLUDED_NAMED
        );
        sentences.push((LogLevel::Warning, sentence));
    }
    sentences
}

/// What was taken from the model that a training begins from, and all that wasn't.
pub(super) fn taken(adopted: &Loaded) -> Vec<(LogLevel, String)> {
    let mut sentences = vec![(
        LogLevel::Info,
        format!(
            "begins with {} tensors of its base, which knew {} of the letters; of the discriminators it had {}",
            adopted.generator, adopted.letters, adopted.discriminators
        ),
    )];
    if !adopted.new_letters.is_empty() {
        let letters: Vec<String> = adopted.new_letters.iter().map(char::to_string).collect();
        let sentence = format!("letters that the base didn't know: {}", letters.join(" "));
        sentences.push((LogLevel::Warning, sentence));
    }
    for (what, tensors) in [
        ("begin at random", &adopted.newly_initialized),
        ("of the base are not used", &adopted.unused),
    ] {
        if tensors.is_empty() {
            continue;
        }
        let named = tensors.iter().take(TENSORS_NAMED).cloned();
        let mut named = named.collect::<Vec<_>>().join("; ");
        if tensors.len() > TENSORS_NAMED {
            named.push_str(" …");
        }
        let sentence = format!("{} tensors {what}: {named}", tensors.len());
        sentences.push((LogLevel::Warning, sentence));
    }
    sentences
}
