//! Whole steps, beside the same steps in PyTorch, both in double precision: `reference.py` writes every loss down as its formula,
//! has the decoder's weights normalised as the original has them, and lets PyTorch find the gradients and update both networks.
//!
//! Ours is the step that trainings take, as it is. Its gradients are read off the optimizers, whose first moment at the
//! first step is (1 - β₁) times the gradient.

mod inputs;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::*;
use crate::{
    inference::synthesis::set_threads,
    json::{read_json, write_json},
    nn::weights,
    training::{optimizer::BETA_1, plan::Recipe},
};
pub(super) use inputs::stochastic_durations_and_three_speakers;
use inputs::{
    LEARNING_RATE, ONE_BATCH, SAMPLE_RATE, SEED, SEGMENTS, TWO_BATCHES, batches, perturb,
    plain_durations_and_one_speaker, rng, write_batches,
};

/// Largest relative difference that is none.
const TOLERANCE: f64 = 1e-6;
/// How many steps are taken.
const STEPS: u64 = 20;
/// What is this small beside the largest is rounding: there is nothing.
const NOTHING: f64 = 1e-8;

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
