//! Voices of several speakers: trained, heard one by one, taken as a base, and made voices of one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must stop"
)]

mod material;

use std::path::{Path, PathBuf};

use material::{Notes, plan, recordings, trained};
use tch::Tensor;
use vits::{
    Error,
    config::{Preset, VitsConfig},
    inference::synthesis::{SpeakOptions, Synthesizer},
    text::tokenizer::Tokenizer,
    training::trainer::{Finished, InitFrom, TrainingPlan, Utterance},
};

const TEXT: &str = "سلام دنیا";
/// A step this small moves no weight by more than rounding does.
const STANDING_STILL: f64 = 1e-9;

/// The recordings, said by these, in turn.
fn said_by(folder: &Path, names: &[&str]) -> Vec<Utterance> {
    let mut utterances = recordings(folder);
    for (utterance, name) in utterances.iter_mut().zip(names.iter().cycle()) {
        utterance.speaker = Some((*name).into());
    }
    utterances
}

fn still(preset: Option<Preset>) -> TrainingPlan {
    TrainingPlan {
        preset,
        learning_rate: Some(STANDING_STILL),
        ..plan(1)
    }
}

/// The voice that a training gives.
fn voice(
    folder: &Path,
    utterances: &[Utterance],
    plan: &TrainingPlan,
    origin: InitFrom<'_>,
) -> (PathBuf, Notes) {
    let mut notes = Notes::default();
    match trained(utterances, plan, origin, folder, &mut notes).unwrap() {
        Finished::Completed { voice, .. } => (voice, notes),
        Finished::Stopped { .. } => panic!("it was not stopped"),
    }
}

fn said(synthesizer: &Synthesizer, speaker: Option<&str>) -> Vec<f32> {
    let options = SpeakOptions {
        noise_scale: Some(0.0),
        duration_noise_scale: Some(0.0),
        speaker: speaker.map(str::to_owned),
        ..SpeakOptions::default()
    };
    synthesizer.speak(TEXT, &options).unwrap().clip.samples
}

fn assert_same(ours: &[f32], theirs: &[f32]) {
    assert_eq!(ours.len(), theirs.len());
    let off = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
    let off = off.fold(0.0, f32::max);
    let loudest = theirs.iter().fold(0.0f32, |most, it| most.max(it.abs()));
    assert!(off <= 1e-4 * loudest, "off by {off} of {loudest}");
}

/// A voice of three speakers with random weights, of whom the last has no name.
fn of_three(folder: &Path, stochastic: bool) {
    let tokenizer = Tokenizer::from_transcripts(["سلام دنیا آب و آتش گل سرخ باران"].into_iter());
    let config = VitsConfig {
        num_speakers: 3,
        speaker_embedding_size: 8,
        speaker_id_map: [("Sara".into(), 0), ("Omid".into(), 1)].into(),
        use_stochastic_duration_prediction: stochastic,
        ..Preset::Tiny.config(tokenizer.vocab_size())
    };
    let random = Synthesizer::untrained(config, Some(tokenizer), 3);
    random.unwrap().save(folder).unwrap();
}

#[test]
fn each_speaker_of_the_recordings_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = said_by(folder.path(), &["Sara", "Omid"]);
    let (voice, _) = voice(
        &folder.path().join("work"),
        &utterances,
        &plan(2),
        InitFrom::Scratch,
    );
    let synthesizer = Synthesizer::load(&voice).unwrap();
    assert_eq!(synthesizer.speakers(), ["Omid", "Sara"]);
    let first = said(&synthesizer, None);
    assert_eq!(first, said(&synthesizer, Some("Omid")));
    assert_eq!(first, said(&synthesizer, Some("0")));
    assert_ne!(first, said(&synthesizer, Some("Sara")));
    // As transformers has it, who speaks changes nothing in the decoder.
    let weights = Tensor::read_safetensors(voice.join("model.safetensors")).unwrap();
    let mut weights = weights.into_iter();
    let (_, condition) = weights
        .find(|(name, _)| name == "decoder.cond.weight")
        .unwrap();
    assert_eq!(condition.abs().max().double_value(&[]), 0.0);
    let nobody = SpeakOptions {
        speaker: Some("Mina".into()),
        ..SpeakOptions::default()
    };
    match synthesizer.speak(TEXT, &nobody) {
        Err(Error::Option { name, expected, .. }) => {
            assert_eq!((name, &*expected), ("speaker", "one of Omid, Sara"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_named_speaker_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let utterances = said_by(folder.path(), &["Sara"]);
    let (voice, _) = voice(
        &folder.path().join("work"),
        &utterances,
        &plan(1),
        InitFrom::Scratch,
    );
    assert!(Synthesizer::load(&voice).unwrap().speakers().is_empty());
}

#[test]
fn a_voice_of_one_speaker_alone_sounds_as_that_one_did() {
    let folder = tempfile::tempdir().unwrap();
    of_three(folder.path(), true);
    let whole = Synthesizer::load(folder.path()).unwrap();
    let alone = Synthesizer::load_speaker(folder.path(), "Omid").unwrap();
    assert!(alone.speakers().is_empty());
    assert_same(&said(&alone, None), &said(&whole, Some("Omid")));
    assert!(matches!(
        Synthesizer::load_speaker(folder.path(), "Mina"),
        Err(Error::Option { .. })
    ));
}

#[test]
fn from_several_speakers_recordings_of_nobody_in_particular_make_a_voice_of_one() {
    for stochastic in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("base");
        of_three(&base, stochastic);
        let utterances = recordings(folder.path());
        let (voice, notes) = voice(
            &folder.path().join("work"),
            &utterances,
            &still(None),
            InitFrom::Pretrained(&base),
        );
        let loaded = notes.loaded.unwrap();
        assert_eq!(loaded.newly_initialized, Vec::<String>::new());
        assert_eq!(loaded.unused, ["what tells 2 further speakers from «Sara»"]);
        let alone = Synthesizer::load_speaker(&base, "Sara").unwrap();
        let tuned = Synthesizer::load(&voice).unwrap();
        assert!(tuned.speakers().is_empty());
        assert_same(&said(&tuned, None), &said(&alone, None));
    }
}

#[test]
fn a_base_of_several_speakers_is_kept_whole() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    of_three(&base, true);
    let utterances = said_by(folder.path(), &["Mina"]);
    let (voice, notes) = voice(
        &folder.path().join("work"),
        &utterances,
        &still(None),
        InitFrom::Pretrained(&base),
    );
    let loaded = notes.loaded.unwrap();
    assert_eq!((loaded.newly_initialized, loaded.unused), (vec![], vec![]));
    let before = Synthesizer::load(&base).unwrap();
    let after = Synthesizer::load(&voice).unwrap();
    // Who is taught speaks unless somebody else is asked to.
    assert_eq!(after.speakers(), ["Mina", "Sara", "Omid", "2"]);
    for (now, then) in [("Sara", "Sara"), ("Omid", "Omid"), ("3", "2")] {
        assert_same(&said(&after, Some(now)), &said(&before, Some(then)));
    }
    assert_ne!(said(&after, None), said(&after, Some("Sara")));
}

#[test]
fn from_one_speaker_several_begin_as_that_one() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("base");
    let several = folder.path().join("several");
    of_three(&several, true);
    let one = Synthesizer::load_speaker(&several, "Omid").unwrap();
    one.save(&base).unwrap();
    let utterances = said_by(folder.path(), &["Sara", "Mina"]);
    let (voice, _) = voice(
        &folder.path().join("work"),
        &utterances,
        &still(None),
        InitFrom::Pretrained(&base),
    );
    let tuned = Synthesizer::load(&voice).unwrap();
    assert_eq!(tuned.speakers(), ["Mina", "Sara"]);
    for name in tuned.speakers() {
        assert_same(&said(&tuned, Some(&name)), &said(&one, None));
    }
}
