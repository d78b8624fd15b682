//! Trainings that begin where another one ended: longer ones, and others whose base is a checkpoint.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must stop"
)]

mod material;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use material::{Notes, plan, recordings, trained};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tch::Tensor;
use vits::{
    Error,
    training::{
        checkpoint,
        trainer::{InitFrom, TrainingPlan, Utterance, Validation},
    },
};

/// Steps of an epoch: four recordings, two a step.
const EPOCH: u64 = 2;

struct Trained {
    notes: Notes,
    checkpoint: PathBuf,
}

/// Trains in a folder of this name beside the recordings.
fn train(
    (folder, utterances): (&Path, &[Utterance]),
    name: &str,
    plan: &TrainingPlan,
    origin: InitFrom<'_>,
    stop_after: Option<u64>,
) -> vits::Result<Trained> {
    let mut notes = Notes {
        stop_after,
        ..Notes::default()
    };
    trained(utterances, plan, origin, &folder.join(name), &mut notes)?;
    let checkpoint = notes.checkpoints.pop().unwrap();
    Ok(Trained { notes, checkpoint })
}

fn files(checkpoint: &Path) -> BTreeMap<String, String> {
    let state = checkpoint::open(checkpoint).unwrap();
    let files = state.files.into_iter();
    files.map(|file| (file.name, file.sha256)).collect()
}

#[test]
fn a_continued_training_is_the_one_that_was_longer_from_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = recordings(folder.path());
    let of = (folder.path(), utterances.as_slice());
    let longer = train(of, "longer", &plan(4), InitFrom::Scratch, None).unwrap();
    let shorter = train(of, "shorter", &plan(2), InitFrom::Scratch, None).unwrap();
    let origin = InitFrom::Continued(&shorter.checkpoint);
    let whole = train(of, "whole", &plan(4), origin, None).unwrap();
    assert_eq!(whole.notes.steps[0].step, 2 * EPOCH + 1);
    assert_eq!(
        [shorter.notes.losses(), whole.notes.losses()].concat(),
        longer.notes.losses()
    );
    assert_eq!(files(&whole.checkpoint), files(&longer.checkpoint));

    // Also where it is broken off and goes on from its own checkpoint.
    let broken = train(of, "broken", &plan(4), origin, Some(3 * EPOCH)).unwrap();
    let own = InitFrom::Checkpoint(&broken.checkpoint);
    let resumed = train(of, "resumed", &plan(4), own, None).unwrap();
    assert_eq!(files(&resumed.checkpoint), files(&longer.checkpoint));
}

#[test]
fn a_continued_training_may_have_another_rate_and_is_evaluated_anew() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = recordings(folder.path());
    let of = (folder.path(), utterances.as_slice());
    let evaluated_plan = |epochs| TrainingPlan {
        validation: Validation::Split(0.25),
        early_stopping: Some(1),
        ..plan(epochs)
    };
    let first = train(of, "first", &evaluated_plan(1), InitFrom::Scratch, None).unwrap();
    let slower = TrainingPlan {
        learning_rate: Some(1e-5),
        ..evaluated_plan(2)
    };
    let origin = InitFrom::Continued(&first.checkpoint);
    let second = train(of, "second", &slower, origin, None).unwrap();
    let evaluated: Vec<u64> = (second.notes.evaluations.iter())
        .map(|evaluation| evaluation.step)
        .collect();
    assert_eq!(evaluated[0], first.notes.steps.len() as u64);
    assert!(second.notes.evaluations[0].best);
    assert!(second.notes.steps[0].learning_rate < 1.001e-5);

    let other = TrainingPlan {
        batch_size: 1,
        ..evaluated_plan(2)
    };
    let refused = train(of, "other", &other, origin, None);
    assert!(matches!(refused, Err(Error::Mismatch { .. })));
}

#[test]
fn a_checkpoint_is_a_base_with_its_discriminators_and_what_its_optimizers_remember() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = recordings(folder.path());
    let of = (folder.path(), utterances.as_slice());
    let first = train(of, "first", &plan(2), InitFrom::Scratch, None).unwrap();
    let origin = InitFrom::Pretrained(&first.checkpoint);
    let steps_before = |trained: &Trained| {
        let state = checkpoint::open(&trained.checkpoint).unwrap();
        state.optimizer_steps_before
    };

    let same = train(of, "same", &plan(1), origin, None).unwrap();
    let loaded = same.notes.loaded.clone().unwrap();
    assert!(loaded.discriminators > 0);
    assert_eq!((loaded.newly_initialized, loaded.unused), (vec![], vec![]));
    assert_eq!(same.notes.steps[0].step, 1, "steps are counted anew");
    assert_eq!(steps_before(&same), 2 * EPOCH);

    // A letter more is a network of another size: what was remembered fits no more, and everything else does.
    let mut more = utterances.clone();
    more[0].text.push_str(" ژرف");
    let grown = train((folder.path(), &more), "grown", &plan(1), origin, None).unwrap();
    let loaded = grown.notes.loaded.clone().unwrap();
    assert!(loaded.new_letters.contains(&'ژ'));
    assert!(loaded.discriminators > 0);
    assert_eq!(steps_before(&grown), 0);

    let again = InitFrom::Pretrained(&same.checkpoint);
    let third = train(of, "third", &plan(1), again, None).unwrap();
    assert_eq!(steps_before(&third), 3 * EPOCH);
}

#[test]
fn a_training_from_before_the_decoders_weights_were_normed_goes_on_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = recordings(folder.path());
    let of = (folder.path(), utterances.as_slice());
    let earlier = train(of, "earlier", &plan(1), InitFrom::Scratch, None).unwrap();
    let checkpoint = &earlier.checkpoint;
    // Made what an earlier version wrote: weights as they are applied, and moments of as many numbers.
    let voice = folder.path().join("earlier/voice/model.safetensors");
    let plain = Tensor::read_safetensors(&voice).unwrap();
    let count: i64 = plain.iter().map(|(_, weight)| weight.numel() as i64).sum();
    fs::copy(&voice, checkpoint.join("generator.safetensors")).unwrap();
    let optimizer = checkpoint.join("optimizer.safetensors");
    let moments = Tensor::read_safetensors(&optimizer).unwrap();
    let moments: Vec<(String, Tensor)> = moments
        .into_iter()
        .map(|(name, moment)| match name.starts_with("generator") {
            true => (name, moment.narrow(0, 0, count)),
            false => (name, moment),
        })
        .collect();
    Tensor::write_safetensors(&moments, &optimizer).unwrap();
    let state = checkpoint.join("state.json");
    let mut noted: Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
    assert_eq!(
        noted.as_object_mut().unwrap().remove("decoder_weights"),
        Some("normed".into())
    );
    for file in noted["files"].as_array_mut().unwrap() {
        let bytes = fs::read(checkpoint.join(file["name"].as_str().unwrap())).unwrap();
        file["size_bytes"] = bytes.len().into();
        file["sha256"] = hex::encode(Sha256::digest(&bytes)).into();
    }
    fs::write(&state, noted.to_string()).unwrap();

    let origin = InitFrom::Continued(checkpoint);
    let later = train(of, "later", &plan(2), origin, None).unwrap();
    let weights = Tensor::read_safetensors(later.checkpoint.join("generator.safetensors")).unwrap();
    let normed = |(name, _): &(String, Tensor)| {
        name.starts_with("decoder") && name.contains("parametrizations")
    };
    assert!(!weights.iter().any(normed));
    assert_eq!(weights.len(), plain.len());
    // A new training from it is of today.
    let base = InitFrom::Pretrained(&later.checkpoint);
    let today = train(of, "today", &plan(1), base, None).unwrap();
    let weights = Tensor::read_safetensors(today.checkpoint.join("generator.safetensors")).unwrap();
    assert!(weights.iter().any(normed));
    let loaded = today.notes.loaded.unwrap();
    assert_eq!((loaded.newly_initialized, loaded.unused), (vec![], vec![]));
}
