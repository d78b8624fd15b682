//! Trainings that begin with a voice: what is taken from it, what isn't, and that it isn't needed later.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't go on must stop"
)]

mod material;

use std::{collections::BTreeMap, fs, path::Path};

use material::{Notes, plan, recordings, trained};
use tch::{Kind, Tensor};
use vits::{
    Error,
    config::{Preset, VitsConfig},
    inference::synthesis::Synthesizer,
    text::tokenizer::Tokenizer,
    training::{
        checkpoint,
        trainer::{InitFrom, Recipe, TrainingPlan},
    },
};

/// As in the MMS voice of Persian, id 0 is pad, blank and a letter; of the recordings' letters it lacks ر and خ.
const VOCABULARY: &str = r#"{"ل": 0, "س": 1, "ا": 2, "م": 3, " ": 4, "د": 5, "ن": 6, "ی": 7, "آ": 8, "ب": 9,
    "و": 10, "ت": 11, "ش": 12, "گ": 13, "پ": 14}"#;
const RULES: &str =
    r#"{"phonemize": false, "language": "fas", "pad_token": "ل", "unk_token": "<unk>"}"#;
/// A step this small moves no weight by more than rounding does.
const STANDING_STILL: f64 = 1e-9;

type Tensors = BTreeMap<String, Tensor>;

fn network() -> VitsConfig {
    VitsConfig {
        use_stochastic_duration_prediction: true,
        sampling_rate: 22_050,
        ..Preset::Tiny.config(15)
    }
}

/// A voice with that vocabulary and random weights.
fn base(folder: &Path, network: VitsConfig) {
    fs::create_dir(folder).unwrap();
    fs::write(folder.join("vocab.json"), VOCABULARY).unwrap();
    fs::write(folder.join("tokenizer_config.json"), RULES).unwrap();
    let tokenizer = Tokenizer::load(folder).unwrap();
    Synthesizer::untrained(network, Some(tokenizer), 3)
        .unwrap()
        .save(folder)
        .unwrap();
}

fn fine_tuning(epochs: u64) -> TrainingPlan {
    TrainingPlan {
        preset: None,
        recipe: Recipe::FineTuning,
        sample_rate: None,
        segments: 1,
        ..plan(epochs)
    }
}

fn still() -> TrainingPlan {
    TrainingPlan {
        learning_rate: Some(STANDING_STILL),
        ..fine_tuning(1)
    }
}

fn tensors(file: &Path) -> Tensors {
    Tensor::read_safetensors(file)
        .unwrap()
        .into_iter()
        .collect()
}

fn rewrite(file: &Path, change: impl FnOnce(&mut Tensors)) {
    let mut tensors = tensors(file);
    change(&mut tensors);
    let named: Vec<(&String, &Tensor)> = tensors.iter().collect();
    Tensor::write_safetensors(&named, file).unwrap();
}

fn difference(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.size(), b.size());
    (a - b).abs().max().double_value(&[])
}

/// One step that changes nothing.
fn begun(folder: &Path, plan: &TrainingPlan) -> vits::Result<(Notes, Tensors)> {
    let utterances = recordings(folder);
    let mut notes = Notes {
        stop_after: Some(1),
        ..Notes::default()
    };
    let origin = folder.join("base");
    let workspace = folder.join("work");
    trained(
        &utterances,
        plan,
        InitFrom::Pretrained(&origin),
        &workspace,
        &mut notes,
    )?;
    let weights = tensors(&notes.checkpoints[0].join("generator.safetensors"));
    Ok((notes, weights))
}

/// The tensor of a checkpoint, or the weight that its parts under weight normalisation give.
fn applied(tensors: &Tensors, name: &str) -> Tensor {
    if let Some(tensor) = tensors.get(name) {
        return tensor.shallow_clone();
    }
    let layer = name.strip_suffix(".weight").unwrap();
    let [g, v] =
        [0, 1].map(|part| &tensors[&format!("{layer}.parametrizations.weight.original{part}")]);
    g * v
        / v.square()
            .sum_dim_intlist([1i64, 2].as_slice(), true, Kind::Float)
            .sqrt()
}

#[test]
fn all_pretrained_weights_are_loaded_and_letters_keep_their_embeddings_under_new_ids() {
    let folder = tempfile::tempdir().unwrap();
    base(&folder.path().join("base"), network());
    let (notes, weights) = begun(folder.path(), &still()).unwrap();
    let of_base = tensors(&folder.path().join("base/model.safetensors"));
    let loaded = notes.loaded.unwrap();
    assert_eq!(loaded.generator, weights.len());
    assert_eq!((loaded.newly_initialized, loaded.unused), (vec![], vec![]));
    assert_eq!((loaded.letters, loaded.new_letters), (15, vec!['خ', 'ر']));
    const EMBEDDING: &str = "text_encoder.embed_tokens.weight";
    for (name, value) in of_base.iter().filter(|(name, _)| *name != EMBEDDING) {
        assert!(difference(value, &applied(&weights, name)) < 1e-6, "{name}");
    }

    let state = checkpoint::open(&notes.checkpoints[0]).unwrap();
    assert_eq!(state.config.sampling_rate, 22_050);
    assert!(state.config.use_stochastic_duration_prediction);
    let row = |tensors: &Tensors, id: i64| tensors[EMBEDDING].get(id);
    let ids = |text: &str| state.tokenizer.encode(text).unwrap().ids;
    for (letter, id_there) in [('ل', 0), ('س', 1), ('گ', 13), ('پ', 14)] {
        let id_here = ids(&letter.to_string())[1];
        assert!(id_here > 3, "{letter} has an id of its own, got {id_here}");
        assert!(difference(&row(&weights, id_here), &row(&of_base, id_there)) < 1e-7);
    }
    let blank = ids("ل")[0];
    assert_eq!(blank, 0);
    assert!(difference(&row(&weights, blank), &row(&of_base, 0)) < 1e-7);
}

#[test]
fn a_training_resumes_without_its_pretrained_voice_and_gives_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let origin = folder.path().join("base");
    base(&origin, network());
    let utterances = recordings(folder.path());
    let mut whole = Notes::default();
    let straight = folder.path().join("straight");
    trained(
        &utterances,
        &fine_tuning(2),
        InitFrom::Pretrained(&origin),
        &straight,
        &mut whole,
    )
    .unwrap();
    assert_eq!(whole.steps[0].learning_rate, 2e-5);

    let broken = folder.path().join("broken");
    let mut first = Notes {
        stop_after: Some(3),
        ..Notes::default()
    };
    trained(
        &utterances,
        &fine_tuning(2),
        InitFrom::Pretrained(&origin),
        &broken,
        &mut first,
    )
    .unwrap();
    fs::remove_dir_all(&origin).unwrap();
    let mut second = Notes::default();
    let checkpoint = InitFrom::Checkpoint(&first.checkpoints[0]);
    trained(
        &utterances,
        &fine_tuning(2),
        checkpoint,
        &broken,
        &mut second,
    )
    .unwrap();
    assert_eq!(whole.losses(), [first.losses(), second.losses()].concat());
    let files = |notes: &Notes| checkpoint::open(&notes.checkpoints[0]).unwrap().files;
    assert_eq!(files(&whole), files(&second));
}

#[test]
fn weights_with_folded_norms_and_discriminators_of_a_training_checkpoint_are_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let origin = folder.path().join("base");
    base(&origin, network());
    let whole = tensors(&origin.join("model.safetensors"));
    let scale = "discriminator.discriminators.0.convs.0.weight";
    rewrite(&origin.join("model.safetensors"), |tensors| {
        let norms: Vec<String> = tensors
            .keys()
            .filter_map(|name| name.strip_suffix(".parametrizations.weight.original0"))
            .map(str::to_owned)
            .collect();
        assert!(norms.len() > 10);
        for layer in norms {
            // It began with g = ‖v‖, so that the weight is v.
            tensors.remove(&format!("{layer}.parametrizations.weight.original0"));
            let v = tensors.remove(&format!("{layer}.parametrizations.weight.original1"));
            tensors.insert(format!("{layer}.weight"), v.unwrap());
        }
        let ones = |shape: &[i64]| Tensor::ones(shape, (Kind::Float, tch::Device::Cpu));
        tensors.insert(scale.into(), ones(&[16, 1, 15]));
        let last = "discriminator.discriminators.2.final_conv.bias";
        tensors.insert(last.into(), ones(&[1]) * 7.0);
        tensors.insert("discriminator.discriminators.9.bias".into(), ones(&[1]));
    });
    let (notes, weights) = begun(folder.path(), &still()).unwrap();
    let loaded = notes.loaded.unwrap();
    let counted = (loaded.generator, loaded.discriminators);
    assert_eq!(counted, (weights.len(), 3));
    assert_eq!(loaded.unused, ["discriminator.discriminators.9.bias"]);
    for (name, value) in whole
        .iter()
        .filter(|(name, _)| !name.contains("embed_tokens"))
    {
        assert!(difference(value, &applied(&weights, name)) < 1e-6, "{name}");
    }
    let discriminators = tensors(&notes.checkpoints[0].join("discriminator.safetensors"));
    let norm = "discriminators.0.convs.0.parametrizations.weight.original0";
    assert!((discriminators[norm].double_value(&[0, 0, 0]) - 15f64.sqrt()).abs() < 1e-6);
    let last = discriminators["discriminators.2.conv_post.bias"].double_value(&[0]);
    assert!((last - 7.0).abs() < 1e-6);
}

#[test]
fn discriminators_of_a_base_are_recognized_by_their_size() {
    let folder = tempfile::tempdir().unwrap();
    let origin = folder.path().join("base");
    base(&origin, network());
    for channels in [2, 8, 16] {
        let shape = [channels, 1, 15];
        rewrite(&origin.join("model.safetensors"), |tensors| {
            let weight = Tensor::ones(shape, (Kind::Float, tch::Device::Cpu));
            tensors.insert(
                "discriminator.discriminators.0.convs.0.weight".into(),
                weight,
            );
        });
        let (notes, _) = begun(folder.path(), &still()).unwrap();
        assert_eq!(notes.loaded.unwrap().discriminators, 2);
        let trained = tensors(&notes.checkpoints[0].join("discriminator.safetensors"));
        let norm = "discriminators.0.convs.0.parametrizations.weight.original1";
        assert_eq!(trained[norm].size(), shape);
    }
}

#[test]
fn of_another_size_tensors_that_fit_are_loaded_and_the_others_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let deeper = VitsConfig {
        num_hidden_layers: 4,
        upsample_initial_channel: 64,
        num_speakers: 2,
        speaker_embedding_size: 8,
        ..network()
    };
    base(&folder.path().join("base"), deeper);
    let tiny = TrainingPlan {
        preset: Some(Preset::Tiny),
        ..still()
    };
    let (notes, _) = begun(folder.path(), &tiny).unwrap();
    let loaded = notes.loaded.unwrap();
    let named = |names: &[String], part: &str| names.iter().any(|name| name.starts_with(part));
    assert!(loaded.generator > 50, "{loaded:?}");
    assert!(named(
        &loaded.newly_initialized,
        "decoder.conv_pre.weight: expected shape [128, 96, 7], got [64, 96, 7]"
    ));
    assert!(
        !named(&loaded.newly_initialized, "posterior_encoder"),
        "{loaded:?}"
    );
    assert!(named(&loaded.unused, "text_encoder.encoder.layers.3."));
    let others = "what tells 1 further speakers from «0»";
    assert!(named(&loaded.unused, others));

    // With the base's own network, only what tells speakers apart is left out.
    let (notes, weights) = begun(folder.path(), &still()).unwrap();
    let loaded = notes.loaded.unwrap();
    assert_eq!(loaded.newly_initialized, Vec::<String>::new());
    assert_eq!(loaded.unused, [others]);
    assert!(weights.keys().all(|name| !name.contains("cond")));
}

#[test]
fn a_voice_has_the_sample_rate_of_its_base_unless_another_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    base(&folder.path().join("base"), network());
    for (asked, expected) in [(None, 22_050), (Some(44_100), 44_100)] {
        let plan = TrainingPlan {
            sample_rate: asked,
            segments: 1,
            ..still()
        };
        let (notes, _) = begun(folder.path(), &plan).unwrap();
        let voice = Synthesizer::load(&notes.checkpoints[0]).unwrap();
        assert_eq!(voice.sample_rate(), expected);
    }
}

#[test]
fn a_pretrained_voice_with_missing_weights_or_none_that_fit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let origin = folder.path().join("base");
    base(&origin, network());
    rewrite(&origin.join("model.safetensors"), |tensors| {
        assert!(tensors.remove("decoder.conv_post.weight").is_some());
    });
    let error = begun(folder.path(), &still()).err().unwrap();
    assert!(matches!(error, Error::Mismatch { .. }) && error.is_permanent());
    assert!(
        error
            .to_string()
            .contains("decoder.conv_post.weight is missing"),
        "{error}"
    );

    rewrite(&origin.join("model.safetensors"), Tensors::clear);
    let tiny = TrainingPlan {
        preset: Some(Preset::Tiny),
        ..still()
    };
    let error = begun(folder.path(), &tiny).err().unwrap();
    assert!(matches!(error, Error::Mismatch { .. }), "{error}");

    fs::remove_file(origin.join("vocab.json")).unwrap();
    let error = begun(folder.path(), &still()).err().unwrap();
    assert!(error.to_string().contains("vocab.json"), "{error}");
}
