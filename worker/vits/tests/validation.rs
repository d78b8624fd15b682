//! Judging a voice while it is trained: held-out recordings, samples, early stopping.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that can't go on must stop"
)]

mod material;

use std::{collections::BTreeSet, fs, path::Path};

use material::{Notes, plan, recordings, trained};
use vits::training::{
    checkpoint,
    trainer::{Evaluation, Finished, InitFrom, TrainingPlan, Utterance, Validation},
};

fn evaluated_plan(epochs: u64) -> TrainingPlan {
    TrainingPlan {
        checkpoint_every: Some(1),
        validation: Validation::Split(0.25),
        ..plan(epochs)
    }
}

#[test]
fn a_voice_is_judged_by_recordings_that_it_does_not_learn_from() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = recordings(folder.path());
    let mut notes = Notes::default();
    let workspace = folder.path().join("work");
    trained(
        &utterances,
        &evaluated_plan(1),
        InitFrom::Scratch,
        &workspace,
        &mut notes,
    )
    .unwrap();
    // Of four recordings three are left, which are two batches; before them it is evaluated, too.
    let steps: Vec<u64> = notes.evaluations.iter().map(|found| found.step).collect();
    assert_eq!(steps, [0, 1, 2]);
    let texts: BTreeSet<&str> = notes
        .evaluations
        .iter()
        .flat_map(|found| &found.samples)
        .map(|sample| sample.clip.as_str())
        .collect();
    assert_eq!(texts.len(), 1);
    for evaluation in &notes.evaluations {
        assert!(evaluation.losses.mel > 0.0 && evaluation.losses.kl.is_finite());
        assert_eq!(evaluation.failed_samples, []);
        let sample = &evaluation.samples[0];
        let recorded: usize = sample.clip.parse().unwrap();
        assert_eq!(sample.text, utterances[recorded].text);
        let wav = hound::WavReader::open(sample.folder.join("speech.wav")).unwrap();
        let seconds = f64::from(wav.duration()) / 16_000.0;
        assert!((seconds - sample.seconds).abs() < 1e-9);
        for picture in ["spectrogram.png", "alignment.png"] {
            let bytes = fs::read(sample.folder.join(picture)).unwrap();
            assert_eq!(&bytes[1..4], b"PNG");
        }
    }
    let distance = |found: &Evaluation| found.spoken.unwrap().mel_distance;
    let nearest = notes.evaluations.iter().map(distance);
    let nearest = nearest.fold(f64::MAX, f64::min);
    let best = notes.evaluations.iter().rfind(|found| found.best).unwrap();
    assert_eq!(distance(best), nearest);
}

#[test]
fn a_training_that_is_stopped_while_it_is_judged_is_judged_when_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = recordings(folder.path());
    let mut whole = Notes::default();
    let straight = folder.path().join("straight");
    trained(
        &utterances,
        &evaluated_plan(2),
        InitFrom::Scratch,
        &straight,
        &mut whole,
    )
    .unwrap();

    let broken = folder.path().join("broken");
    let mut first = Notes {
        stop_evaluation: Some(2),
        ..Notes::default()
    };
    let stopped = trained(
        &utterances,
        &evaluated_plan(2),
        InitFrom::Scratch,
        &broken,
        &mut first,
    )
    .unwrap();
    assert_eq!(stopped, Finished::Stopped { step: Some(2) });
    let mut second = Notes::default();
    let last = first.checkpoints.last().unwrap();
    trained(
        &utterances,
        &evaluated_plan(2),
        InitFrom::Checkpoint(last),
        &broken,
        &mut second,
    )
    .unwrap();
    let found = |notes: &Notes| -> Vec<_> {
        let found = notes.evaluations.iter();
        found
            .map(|found| (found.step, found.losses, found.spoken, found.best))
            .collect()
    };
    assert_eq!(found(&whole), [found(&first), found(&second)].concat());
    let files = |notes: &Notes| {
        let last = notes.checkpoints.last().unwrap();
        checkpoint::open(last).unwrap().files
    };
    assert_eq!(files(&whole), files(&second));
}

#[test]
fn a_voice_that_gets_no_better_ends_its_training() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = recordings(folder.path());
    let still = TrainingPlan {
        learning_rate: Some(0.0),
        early_stopping: Some(3),
        ..evaluated_plan(50)
    };
    let mut notes = Notes::default();
    let finished = trained(
        &utterances,
        &still,
        InitFrom::Scratch,
        folder.path(),
        &mut notes,
    )
    .unwrap();
    assert!(matches!(finished, Finished::Completed { .. }));
    assert_eq!(notes.stopped_early, Some((3, 3)));
    assert_eq!(notes.steps.len(), 3);
    let last = checkpoint::open(notes.checkpoints.last().unwrap()).unwrap();
    assert_eq!((last.step, last.best_so_far.unwrap().since_best), (3, 3));

    // Asked to go on from there, it has nothing to do.
    let mut again = Notes::default();
    let last = InitFrom::Checkpoint(notes.checkpoints.last().unwrap());
    let finished = trained(&utterances, &still, last, folder.path(), &mut again).unwrap();
    assert!(matches!(finished, Finished::Completed { .. }));
    assert_eq!(again.steps.len(), 0);
}

/// Ten clips of the sample dataset.
fn ten_clips() -> Vec<Utterance> {
    let dataset = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/sample-fa");
    let metadata = fs::read_to_string(dataset.join("metadata.csv")).unwrap();
    let clips = metadata.lines().take(10).map(|line| {
        let mut fields = line.split('|');
        let (id, text) = (fields.next().unwrap(), fields.next().unwrap());
        Utterance {
            id: id.into(),
            text: text.into(),
            reading: None,
            speaker: None,
            audio: dataset.join("wavs").join(format!("{id}.flac")),
        }
    });
    clips.collect()
}

#[test]
#[ignore = "takes a quarter of an hour: ./test.sh ten_clips_are_learnt_by_heart -- --ignored"]
fn ten_clips_are_learnt_by_heart() {
    let folder = tempfile::tempdir().unwrap();
    let by_heart = TrainingPlan {
        batch_size: 4,
        checkpoint_every: Some(300),
        validation: Validation::Trained,
        ..plan(500)
    };
    let mut notes = Notes::default();
    trained(
        &ten_clips(),
        &by_heart,
        InitFrom::Scratch,
        folder.path(),
        &mut notes,
    )
    .unwrap();
    for found in &notes.evaluations {
        println!("{} {:?}", found.step, found.losses);
    }
    assert_eq!(notes.steps.len(), 1_500);
    let (first, last) = (&notes.evaluations[0], notes.evaluations.last().unwrap());
    let ratio = last.losses.mel / first.losses.mel;
    println!("mel {ratio:.3} of the start");
    assert!(ratio < 0.45, "{ratio}");
    assert_eq!(last.samples.len(), 3);
    for sample in &last.samples {
        let ratio = sample.seconds / sample.recorded_seconds;
        println!(
            "{} is synthesized in {ratio:.3} of the recording's time",
            sample.clip
        );
        assert!((0.9..=1.1).contains(&ratio), "{ratio}");
    }
}
