//! The trainer alone: resume, bad recordings, divergence, and the voice that comes out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that can't go on must stop"
)]

mod material;

use std::{collections::BTreeMap, path::Path};

use material::{Notes, plan, recordings, trained};
use vits::{
    Error,
    config::HOP_LENGTH,
    inference::synthesis::{SpeakOptions, Synthesizer},
    training::{
        checkpoint,
        trainer::{Finished, InitFrom, Precision, TrainingPlan, Validation, train},
    },
};

fn weights(folder: &Path) -> BTreeMap<String, String> {
    checkpoint::open(folder)
        .unwrap()
        .files
        .into_iter()
        .map(|file| (file.name, file.sha256))
        .collect()
}

#[test]
fn a_resumed_training_gives_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = recordings(folder.path());
    let one_batch = plan(4);
    let two_batches = TrainingPlan {
        batch_size: 1,
        accumulate: 2,
        ..plan(4)
    };
    for (name, plan) in [("one", one_batch), ("two", two_batches)] {
        let begun = |part: &str, origin: InitFrom<'_>, stop_after| {
            let mut notes = Notes {
                stop_after,
                ..Notes::default()
            };
            let workspace = folder.path().join(format!("{name}-{part}"));
            let finished = trained(&utterances, &plan, origin, &workspace, &mut notes).unwrap();
            (finished, notes)
        };
        let (_, whole) = begun("whole", InitFrom::Scratch, None);
        let (stopped, first) = begun("first", InitFrom::Scratch, Some(3));
        assert_eq!(stopped, Finished::Stopped { step: Some(3) });
        let (_, second) = begun("second", InitFrom::Checkpoint(&first.checkpoints[0]), None);

        let losses = |notes: &Notes| -> Vec<_> {
            let steps = notes.steps.iter();
            steps.map(|step| step.losses).collect()
        };
        assert_eq!(losses(&whole), [losses(&first), losses(&second)].concat());
        let (whole, resumed) = (
            weights(&whole.checkpoints[0]),
            weights(&second.checkpoints[0]),
        );
        assert_eq!(whole.len(), 3);
        assert_eq!(whole, resumed);
    }
}

#[test]
fn bfloat16_learns_the_same_and_resumes_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = recordings(folder.path());
    let begun = |name: &str, precision, origin: InitFrom<'_>, stop_after| {
        let mut notes = Notes {
            stop_after,
            ..Notes::default()
        };
        let plan = TrainingPlan {
            precision,
            validation: Validation::Split(0.25),
            ..plan(4)
        };
        let workspace = folder.path().join(name);
        trained(&utterances, &plan, origin, &workspace, &mut notes).unwrap();
        notes
    };
    let single = begun("single", Precision::Single, InitFrom::Scratch, None);
    let whole = begun("whole", Precision::Bfloat16, InitFrom::Scratch, None);
    let first = begun("first", Precision::Bfloat16, InitFrom::Scratch, Some(3));
    let origin = InitFrom::Checkpoint(&first.checkpoints[0]);
    let second = begun("second", Precision::Bfloat16, origin, None);
    assert_eq!(
        weights(&whole.checkpoints[0]),
        weights(&second.checkpoints[0])
    );
    assert_eq!(
        single.compute.as_ref().map(|compute| compute.precision),
        Some("fp32")
    );
    assert_eq!(
        whole.compute.as_ref().map(|compute| compute.precision),
        Some("bf16")
    );

    // A voice is evaluated as it will speak.
    let first_judged = |notes: &Notes| notes.evaluations[0].losses;
    assert_eq!(first_judged(&single), first_judged(&whole));

    // bfloat16 has 8 bits, and so no loss is off by much.
    assert_eq!(single.steps.len(), whole.steps.len());
    for (single, half) in single.steps.iter().zip(&whole.steps) {
        let close = |one: f64, other: f64| (one - other).abs() <= 0.05 * one.abs().max(0.05);
        let (single, half) = (single.losses, half.losses);
        assert!(close(single.mel, half.mel), "{single:?}, {half:?}");
        assert!(close(single.kl, half.kl), "{single:?}, {half:?}");
        assert!(
            close(single.discriminator, half.discriminator),
            "{single:?}, {half:?}"
        );
        assert_ne!(single, half);
    }
}

#[test]
fn a_checkpoint_that_cannot_be_written_is_said_and_the_training_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = recordings(folder.path());
    let workspace = folder.path().join("work");
    std::fs::create_dir(&workspace).unwrap();
    // Something is in the way of the first checkpoint.
    std::fs::write(workspace.join("step-00000002.tmp"), "").unwrap();
    let plan = TrainingPlan {
        checkpoint_every: Some(2),
        ..plan(4)
    };
    let mut notes = Notes::default();
    let finished = train(
        &utterances,
        &plan,
        InitFrom::Scratch,
        &workspace,
        &workspace,
        &mut notes,
    )
    .unwrap();
    assert!(matches!(finished, Finished::Completed { .. }));
    assert_eq!(notes.failed_checkpoints, [2]);
    assert!(!notes.checkpoints.is_empty());
    assert!(
        notes
            .checkpoints
            .iter()
            .all(|folder| checkpoint::open(folder).is_ok())
    );
}

#[test]
fn a_training_can_be_stopped_while_its_recordings_are_decoded() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = recordings(folder.path());
    let mut notes = Notes {
        stop_decoding: true,
        ..Notes::default()
    };
    let workspace = folder.path();
    let stopped = train(
        &utterances,
        &plan(1),
        InitFrom::Scratch,
        workspace,
        workspace,
        &mut notes,
    )
    .unwrap();
    assert_eq!(stopped, Finished::Stopped { step: None });
    assert!(notes.checkpoints.is_empty());
}

#[test]
fn what_a_checkpoint_takes_is_known_before() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = recordings(folder.path());
    let mut notes = Notes {
        stop_after: Some(1),
        ..Notes::default()
    };
    let workspace = folder.path();
    train(
        &utterances,
        &plan(1),
        InitFrom::Scratch,
        workspace,
        workspace,
        &mut notes,
    )
    .unwrap();
    let files = std::fs::read_dir(&notes.checkpoints[0]).unwrap();
    let taken: u64 = files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum();
    let known = notes.checkpoint_bytes;
    assert!(
        taken <= known && taken > known * 9 / 10,
        "{taken} of {known}"
    );
}

#[test]
fn a_trained_voice_speaks_and_without_noise_always_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = recordings(folder.path());
    let mut notes = Notes::default();
    let Finished::Completed { voice, .. } = train(
        &utterances,
        &plan(1),
        InitFrom::Scratch,
        folder.path(),
        folder.path(),
        &mut notes,
    )
    .unwrap() else {
        panic!("it was not stopped")
    };
    let synthesizer = Synthesizer::load(&voice).unwrap();
    let options = |noise_scale, seed| SpeakOptions {
        noise_scale: Some(noise_scale),
        seed,
        ..SpeakOptions::default()
    };
    let speak = |noise, seed| synthesizer.speak("سلام x", &options(noise, seed)).unwrap();
    assert_eq!(speak(0.0, 1), speak(0.0, 2));
    assert_eq!(speak(0.7, 1), speak(0.7, 1));
    assert_ne!(speak(0.7, 1), speak(0.7, 2));
    assert_eq!(speak(0.0, 1).dropped, ['x']);
    // In the checkpoint, the decoder's weights are normed, as they are trained.
    let checkpoint = Synthesizer::load(&notes.checkpoints[0]).unwrap();
    let from_checkpoint = checkpoint.speak("سلام x", &options(0.0, 1)).unwrap();
    assert_eq!(from_checkpoint, speak(0.0, 1));
    let seconds = |speed| {
        let options = SpeakOptions {
            speed: Some(speed),
            ..options(0.0, 1)
        };
        synthesizer.speak("سلام", &options).unwrap().clip.seconds()
    };
    let frame = HOP_LENGTH as f64 / f64::from(synthesizer.sample_rate());
    for speed in [0.5, 0.7, 1.3, 2.0] {
        let off = seconds(speed) - seconds(1.0) / speed;
        assert!(off.abs() <= frame, "at speed {speed} it takes {off} s more");
    }
    assert!(matches!(
        synthesizer.speak("xyz", &options(0.0, 1)),
        Err(Error::NothingToSay(_))
    ));

    // So does the checkpoint that the voice was made from.
    let then = Synthesizer::load(&notes.checkpoints[0]).unwrap();
    assert_eq!(
        then.speak("سلام x", &options(0.7, 1)).unwrap(),
        speak(0.7, 1)
    );
    // Others may keep a file of that name beside their voice.
    std::fs::write(voice.join("state.json"), "{}").unwrap();
    let same = Synthesizer::load(&voice).unwrap();
    assert_eq!(
        same.speak("سلام x", &options(0.7, 1)).unwrap(),
        speak(0.7, 1)
    );

    // A weight that is missing is named, never left random.
    std::fs::write(
        voice.join("config.json"),
        std::fs::read_to_string(voice.join("config.json"))
            .unwrap()
            .replace("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4"),
    )
    .unwrap();
    let error = Synthesizer::load(&voice).unwrap_err().to_string();
    assert!(
        error.contains("text_encoder.encoder.layers.3.attention.k_proj.weight is missing"),
        "{error}"
    );
}

#[test]
fn a_torn_or_foreign_checkpoint_is_refused_with_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = recordings(folder.path());
    let mut notes = Notes {
        stop_after: Some(1),
        ..Notes::default()
    };
    train(
        &utterances,
        &plan(4),
        InitFrom::Scratch,
        folder.path(),
        folder.path(),
        &mut notes,
    )
    .unwrap();
    let checkpoint = notes.checkpoints.remove(0);

    let other = TrainingPlan { seed: 6, ..plan(4) };
    let error = train(
        &utterances,
        &other,
        InitFrom::Checkpoint(&checkpoint),
        folder.path(),
        folder.path(),
        &mut Notes::default(),
    )
    .unwrap_err();
    assert!(
        error.is_permanent() && error.to_string().contains("seed"),
        "{error}"
    );

    let file = checkpoint.join("generator.safetensors");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let error = train(
        &utterances,
        &plan(4),
        InitFrom::Checkpoint(&checkpoint),
        folder.path(),
        folder.path(),
        &mut Notes::default(),
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("generator.safetensors: its bytes were altered"),
        "{error}"
    );
}

#[test]
fn recordings_that_cannot_be_used_are_named_and_the_rest_is_trained_from() {
    let folder = tempfile::tempdir().unwrap();
    let mut utterances = recordings(folder.path());
    utterances[0].text = "؟؟".repeat(0);
    utterances[1].text = "بسیار ".repeat(60);
    std::fs::write(&utterances[2].audio, b"RIFF and nothing more").unwrap();
    let mut notes = Notes {
        stop_after: Some(1),
        ..Notes::default()
    };
    train(
        &utterances,
        &plan(1),
        InitFrom::Scratch,
        folder.path(),
        folder.path(),
        &mut notes,
    )
    .unwrap();
    assert_eq!(notes.excluded.len(), 3);
    for (reason, what) in notes
        .excluded
        .iter()
        .zip(["no letters", "too long", "not readable"])
    {
        assert!(reason.contains(what), "{reason}");
    }
    let error = train(
        &utterances[..3],
        &plan(1),
        InitFrom::Scratch,
        folder.path(),
        folder.path(),
        &mut Notes::default(),
    )
    .unwrap_err();
    assert!(matches!(error, Error::NoData { total: 3, .. }), "{error}");
}

#[test]
fn a_training_that_diverges_stops_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = recordings(folder.path());
    let wild = TrainingPlan {
        learning_rate: Some(1e6),
        ..plan(50)
    };
    let error = train(
        &utterances,
        &wild,
        InitFrom::Scratch,
        folder.path(),
        folder.path(),
        &mut Notes::default(),
    )
    .unwrap_err();
    assert!(
        matches!(error, Error::Diverged { .. }) && error.is_permanent(),
        "{error}"
    );
}
