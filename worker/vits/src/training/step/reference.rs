//! Whole steps, beside the same steps in PyTorch, both in double precision: `reference.py` writes every loss down as its formula,
//! has the decoder's weights normalised as the original has them, and lets PyTorch find the gradients and update both networks.
//!
//! Ours is the step that trainings take, as it is. Its gradients are read off the optimizers, whose first moment at the
//! first step is (1 - β₁) times the gradient.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::json;

use super::*;
use crate::{
    config::SEGMENT_FRAMES,
    inference::synthesis::set_threads,
    json::{read_json, write_json},
    nn::{batch::Share, layers::mask, weights},
    training::{optimizer::BETA_1, plan::Recipe},
};

/// Largest relative difference that is none.
const TOLERANCE: f64 = 1e-6;
/// Segments of each clip.
const SEGMENTS: usize = 2;
/// How many steps are taken.
const STEPS: u64 = 20;
/// What is this small beside the largest is rounding: there is nothing.
const NOTHING: f64 = 1e-8;
const SEED: u64 = 21;
const SAMPLE_RATE: u32 = 16_000;
const LEARNING_RATE: f64 = 2e-4;
/// Tokens and frames of the clips of a step, and the speaker of each: all lengths differ.
const CLIPS: [(i64, i64, i64); 3] = [(12, 40, 2), (17, 53, 0), (5, 33, 1)];
/// How many clips each batch of a step has.
const ONE_BATCH: &[usize] = &[3];
const TWO_BATCHES: &[usize] = &[1, 2];

/// By the parameters' names.
pub(super) type Named = BTreeMap<String, Tensor>;

/// What steps give.
pub(super) struct Stepped {
    /// Of the first step, and so are the gradients of both networks.
    pub(super) losses: BTreeMap<String, f64>,
    pub(super) generator: Named,
    pub(super) discriminators: Named,
    /// What all parameters of both have changed by, after the first step and after the last.
    updates: [Named; 2],
}

/// Small, and no two sizes alike that could be taken for each other. Without dropout, the only randomness is what can be
/// handed over.
fn plain_durations_and_one_speaker() -> VitsConfig {
    VitsConfig {
        vocab_size: 11,
        hidden_size: 12,
        num_hidden_layers: 2,
        num_attention_heads: 3,
        window_size: 3,
        ffn_dim: 22,
        layerdrop: 0.0,
        hidden_dropout: 0.0,
        attention_dropout: 0.0,
        activation_dropout: 0.0,
        use_stochastic_duration_prediction: false,
        flow_size: 10,
        prior_encoder_num_flows: 3,
        prior_encoder_num_wavenet_layers: 2,
        posterior_encoder_num_wavenet_layers: 3,
        wavenet_dilation_rate: 2,
        duration_predictor_dropout: 0.0,
        duration_predictor_filter_channels: 14,
        upsample_initial_channel: 40,
        upsample_rates: vec![8, 8, 4],
        upsample_kernel_sizes: vec![16, 12, 8],
        resblock_kernel_sizes: vec![3, 5],
        resblock_dilation_sizes: vec![vec![1, 3], vec![2]],
        sampling_rate: i64::from(SAMPLE_RATE),
        ..VitsConfig::default()
    }
}

pub(super) fn stochastic_durations_and_three_speakers() -> VitsConfig {
    VitsConfig {
        num_speakers: 3,
        speaker_embedding_size: 7,
        use_stochastic_duration_prediction: true,
        duration_predictor_num_flows: 3,
        duration_predictor_flow_bins: 6,
        depth_separable_num_layers: 2,
        use_bias: false,
        hidden_act: "gelu".into(),
        ffn_kernel_size: 2,
        ..plain_durations_and_one_speaker()
    }
}

#[test]
fn every_loss_gradient_and_update_is_that_of_pytorch() {
    // Of networks this small, threads that wait for each other take all the time where others have the processor, too.
    set_threads(1);
    let folder = tempfile::tempdir().unwrap();
    let cases = [
        (plain_durations_and_one_speaker(), ONE_BATCH),
        (stochastic_durations_and_three_speakers(), ONE_BATCH),
        (stochastic_durations_and_three_speakers(), TWO_BATCHES),
    ];
    let compute = Compute {
        device: Device::Cpu,
        kind: Kind::Double,
        dtype: Kind::Double,
    };
    let cases: Vec<(PathBuf, Stepped)> = cases
        .iter()
        .enumerate()
        .map(|(number, (config, batches))| {
            config.check_training().unwrap();
            let folder = folder.path().join(number.to_string());
            fs::create_dir(&folder).unwrap();
            let ours = steps(config, batches, compute, STEPS, &folder);
            (folder, ours)
        })
        .collect();
    ask_pytorch(cases.iter().map(|(folder, _)| folder));
    for (folder, ours) in cases {
        let theirs = |name: &str| read_named(&folder.join(format!("{name}.safetensors")));
        let losses = read_json(&folder.join("losses.json")).unwrap();
        compare_losses(&ours.losses, &losses);
        let gradients = theirs("generator_gradients");
        let unreached = compare("generator", &ours.generator, &gradients);
        // A key's bias moves all scores of a query alike, and softmax doesn't see it.
        let (expected, others): (Vec<_>, Vec<_>) = unreached
            .iter()
            .partition(|name| name.ends_with("attention.k_proj.bias"));
        let biases = ours
            .generator
            .keys()
            .filter(|name| name.ends_with("k_proj.bias"));
        assert_eq!(expected.len(), biases.count());
        assert_eq!(others, Vec::<&String>::new(), "nothing reaches these");
        let gradients = theirs("discriminators_gradients");
        let nothing = compare("discriminators", &ours.discriminators, &gradients);
        assert_eq!(nothing, Vec::<String>::new(), "nothing reaches these");
        for (mut ours, name) in ours.updates.into_iter().zip(["first", "last"]) {
            let mut theirs = theirs(&format!("{name}_updates"));
            for unreached in &unreached {
                // Adam makes whole steps of what is rounding.
                ours.remove(unreached);
                theirs.remove(unreached);
            }
            let what = format!("updates after the {name} step");
            let still = compare(&what, &ours, &theirs);
            assert_eq!(still, Vec::<String>::new(), "these don't change");
        }
    }
}

/// A step of ours.
pub(super) fn step(config: &VitsConfig, compute: Compute, folder: &Path) -> Stepped {
    steps(config, ONE_BATCH, compute, 1, folder)
}

/// Steps of ours, each from the same clips, in batches of these sizes. All that goes into them is written to `folder`.
fn steps(
    config: &VitsConfig,
    batch_sizes: &[usize],
    compute: Compute,
    count: u64,
    folder: &Path,
) -> Stepped {
    let discriminator = DiscriminatorConfig {
        width_divisor: 16,
        periods: vec![2, 3, 5, 7, 11],
    };
    let mut networks = Networks::new(
        config,
        DecoderWeights::Normed,
        &discriminator,
        Spectrograms::new(SAMPLE_RATE, compute),
        StepOptions {
            weights: Recipe::Scratch.weights(),
            segments: SEGMENTS,
        },
        SEED,
        compute,
    );
    perturb(networks.generator_parameters(), 2);
    perturb(networks.discriminator_parameters(), 3);
    let begun = parameters(&networks);
    let named: Vec<(String, Tensor)> = begun
        .iter()
        .map(|(name, value)| (name.clone(), value.shallow_clone()))
        .collect();
    weights::write(&folder.join("parameters.safetensors"), &named).unwrap();
    write_json(&folder.join("config.json"), config).unwrap();
    let batches_written = batches(batch_sizes, networks.spectrograms(), compute);
    write_batches(
        &batches_written,
        config,
        &discriminator.periods,
        count,
        folder,
    );

    let update = |networks: &mut Networks, step| {
        let rng = &mut rng(step, compute.device);
        let mut batches = batches(batch_sizes, networks.spectrograms(), compute).into_iter();
        let next_batch = |_: &_| Ok(batches.next().unwrap());
        let trained = networks.update(next_batch, rng, LEARNING_RATE, step, step);
        trained.unwrap().losses
    };
    let losses = serde_json::to_value(update(&mut networks, 1)).unwrap();
    let [generator, discriminators] = gradients(&networks);
    let after_first = changes(&networks, &begun);
    for step in 2..=count {
        update(&mut networks, step);
    }
    Stepped {
        losses: serde_json::from_value(losses).unwrap(),
        generator,
        discriminators,
        updates: [after_first, changes(&networks, &begun)],
    }
}

/// Of both networks, as they are now.
fn parameters(networks: &Networks) -> Named {
    let (generator, discriminators) = (
        networks.generator_parameters().copy(),
        networks.discriminator_parameters().copy(),
    );
    generator.into_iter().chain(discriminators).collect()
}

/// What the parameters of both networks have changed by since the beginning.
fn changes(networks: &Networks, begun: &Named) -> Named {
    let now = parameters(networks).into_iter();
    now.map(|(name, value)| {
        let change = value - &begun[&name];
        (name, change)
    })
    .collect()
}

/// Those of the first step, of the generator and of the discriminators.
fn gradients(networks: &Networks) -> [Named; 2] {
    let moments: Named = networks.optimizer_state().into_iter().collect();
    [
        ("generator", networks.generator_parameters()),
        ("discriminator", networks.discriminator_parameters()),
    ]
    .map(|(network, parameters)| {
        let flat = &moments[&format!("{network}.first_moment")] / (1.0 - BETA_1);
        let mut offset = 0;
        let named = parameters.named().into_iter();
        named
            .map(|(name, parameter)| {
                let count = parameter.numel() as i64;
                let gradient = flat.narrow(0, offset, count).reshape(parameter.size());
                offset += count;
                (name, gradient)
            })
            .collect()
    })
}

/// Makes all weights matter: some begin at zero, and cut off what is before them.
fn perturb(parameters: &Parameters, number: u64) {
    let mut random = Rng::new(SEED, Stream::Initialisation, number, Device::Cpu);
    let _no_grad = tch::no_grad_guard();
    let flat = parameters.flat();
    let noise = random.normal(&flat.size()).to_device(flat.device()) * 0.05;
    let _in_place = flat.shallow_clone().g_add_(&noise);
}

/// The clips in batches of these sizes.
fn batches(sizes: &[usize], spectrograms: &Spectrograms, compute: Compute) -> Vec<Batch> {
    let mut random = Rng::new(SEED, Stream::Initialisation, 4, Device::Cpu);
    let mut rest = &CLIPS[..];
    let mut batches = Vec::new();
    for &size in sizes {
        let (clips, after) = rest.split_at(size);
        rest = after;
        batches.push(batch(clips, &mut random, spectrograms, compute));
    }
    batches
}

fn batch(
    clips: &[(i64, i64, i64)],
    random: &mut Rng,
    spectrograms: &Spectrograms,
    compute: Compute,
) -> Batch {
    let device = compute.device;
    let (token_counts, frame_counts): (Vec<i64>, Vec<i64>) = clips
        .iter()
        .map(|&(tokens, frames, _)| (tokens, frames))
        .unzip();
    let longest = |counts: &[i64]| counts.iter().copied().max().unwrap();
    let rows = clips.len() as i64;
    let tokens = longest(&token_counts);
    let text_mask = mask(&token_counts, tokens, Device::Cpu).squeeze_dim(1);
    let ids = (Tensor::arange(rows * tokens, (Kind::Int64, Device::Cpu)) * 7 + 3)
        .remainder(11)
        .reshape([rows, tokens]);
    let sample_counts: Vec<i64> = frame_counts
        .iter()
        .map(|count| count * HOP_LENGTH)
        .collect();
    let samples = longest(&sample_counts);
    let sample_mask = mask(&sample_counts, samples, Device::Cpu).squeeze_dim(1);
    let waveform = (random.normal(&[rows, samples]) * 0.1 * sample_mask)
        .to_kind(compute.kind)
        .to_device(device);
    let share = |of: fn(&(i64, i64, i64)) -> i64| {
        let sum = |clips: &[(i64, i64, i64)]| clips.iter().map(of).sum::<i64>() as f64;
        sum(clips) / sum(&CLIPS)
    };
    Batch {
        ids: (ids * text_mask.to_kind(Kind::Int64)).to_device(device),
        speakers: clips.iter().map(|&(_, _, speaker)| speaker).collect(),
        spectrogram: spectrograms.linear(&waveform),
        waveform,
        share: Share {
            clips: share(|_| 1),
            frames: share(|&(_, frames, _)| frames),
            tokens: share(|&(tokens, _, _)| tokens),
            is_last: clips.last() == CLIPS.last(),
        },
        token_counts,
        frame_counts,
    }
}

fn rng(step: u64, device: Device) -> Rng {
    Rng::new(SEED, Stream::Step, step, device)
}

/// Writes the batches with all that the steps are going to draw, drawn here in the same order.
fn write_batches(
    batches: &[Batch],
    config: &VitsConfig,
    periods: &[i64],
    steps: u64,
    folder: &Path,
) {
    let mut tensors: Vec<Vec<(String, Tensor)>> = Vec::new();
    tensors.resize_with(batches.len(), Vec::new);
    let mut starts = vec![Vec::new(); batches.len()];
    for step in 1..=steps {
        let mut rng = rng(step, Device::Cpu);
        for ((batch, tensors), starts) in batches.iter().zip(&mut tensors).zip(&mut starts) {
            let (rows, tokens) = (batch.ids.size()[0], batch.ids.size()[1]);
            let posterior = rng.normal(&[rows, config.flow_size, batch.spectrogram.size()[2]]);
            tensors.push((format!("posterior_noise.{step}"), posterior));
            if config.use_stochastic_duration_prediction {
                let durations = rng.normal(&[rows, 2, tokens]);
                tensors.push((format!("duration_noise.{step}"), durations));
            }
            let counts = batch.frame_counts.iter();
            let of_step: Vec<i64> = counts
                .flat_map(|count| [count; SEGMENTS])
                .map(|count| rng.up_to(count - SEGMENT_FRAMES))
                .collect();
            starts.push(of_step);
        }
    }
    let drawn = tensors.into_iter().zip(starts);
    for ((number, batch), (mut tensors, starts)) in batches.iter().enumerate().zip(drawn) {
        tensors.push(("ids".to_owned(), batch.ids.shallow_clone()));
        tensors.push(("waveform".to_owned(), batch.waveform.shallow_clone()));
        let file = |ending: &str| folder.join(format!("batch-{number}.{ending}"));
        weights::write(&file("safetensors"), &tensors).unwrap();
        let rest = json!({
            "token_counts": batch.token_counts,
            "frame_counts": batch.frame_counts,
            "speakers": batch.speakers,
            "starts": starts,
        });
        write_json(&file("json"), &rest).unwrap();
    }
    let all = json!({
        "batches": batches.len(),
        "periods": periods,
        "steps": steps,
        "learning_rate": LEARNING_RATE,
    });
    write_json(&folder.join("training.json"), &all).unwrap();
}

fn read_named(path: &Path) -> Named {
    Tensor::read_safetensors(path)
        .unwrap()
        .into_iter()
        .collect()
}

/// Has the steps of these folders done by PyTorch, which writes what comes out beside what goes in.
fn ask_pytorch<'a>(folders: impl Iterator<Item = &'a PathBuf>) {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let installed = Command::new(crate_folder.join("../../scripts/transformers-client.sh"))
        .output()
        .unwrap();
    assert!(
        installed.status.success(),
        "this test needs transformers, which could not be installed:\n{}",
        String::from_utf8_lossy(&installed.stderr)
    );
    let python = String::from_utf8(installed.stdout).unwrap();
    let output = Command::new(Path::new(python.trim()).join("python"))
        .arg(crate_folder.join("src/training/step/reference.py"))
        .args(folders)
        .env("HF_HUB_OFFLINE", "1")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
}

fn compare_losses(ours: &BTreeMap<String, f64>, theirs: &BTreeMap<String, f64>) {
    assert!(ours.keys().eq(theirs.keys()), "{ours:?} {theirs:?}");
    for (name, ours) in ours {
        let difference = (ours - theirs[name]).abs() / theirs[name].abs();
        eprintln!("loss {name}: {ours}, differs by {difference:.1e}");
        assert!(difference <= TOLERANCE, "{name}: {ours}, {}", theirs[name]);
    }
}

/// Compares tensor by tensor; answers which of them are nothing.
fn compare(what: &str, ours: &Named, theirs: &Named) -> Vec<String> {
    assert!(ours.keys().eq(theirs.keys()), "they differ in their names");
    let norm = |tensor: &Tensor| tensor.to_kind(Kind::Double).norm().double_value(&[]);
    let largest = theirs.values().map(norm).fold(0.0, f64::max);
    let (mut unreached, mut differences) = (Vec::new(), Vec::new());
    for (name, theirs) in theirs {
        let ours = &ours[name];
        assert_eq!(ours.size(), theirs.size(), "{name}");
        if norm(theirs) <= NOTHING * largest {
            assert!(norm(ours) <= NOTHING * largest, "{name} is something");
            unreached.push(name.clone());
        } else {
            differences.push((norm(&(ours - theirs)) / norm(theirs), name));
        }
    }
    differences.sort_by(|a, b| b.0.total_cmp(&a.0));
    let listed = |found: &[(f64, &String)]| -> Vec<String> {
        let listed = found.iter().map(|(by, name)| format!("{name} by {by:.1e}"));
        listed.collect()
    };
    eprintln!(
        "{what}: {} tensors, of which the worst differ: {:?}; nothing reaches {unreached:?}",
        theirs.len(),
        listed(&differences[..3])
    );
    differences.retain(|(by, _)| by.is_nan() || *by > TOLERANCE);
    assert!(differences.is_empty(), "{what}: {:?}", listed(&differences));
    unreached
}
