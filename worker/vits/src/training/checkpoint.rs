//! Checkpoints: everything needed to go on bit for bit.
//!
//! A checkpoint is a folder `step-00000040` with
//!
//! | file | holds |
//! |---|---|
//! | `generator.safetensors` | the generator's weights, by transformers' names |
//! | `discriminator.safetensors` | the discriminators' weights |
//! | `optimizer.safetensors` | both moments of both networks, each one flat tensor |
//! | `state.json` | format, plan, step (the position in the data and the schedule follow from it), vocabulary, and size and SHA-256 of the files above |
//!
//! Its size is known before: twelve bytes a parameter and a little. It is written by a thread of its own, from a copy of all
//! tensors, while the training goes on; under a temporary name, synced to the disk and renamed, so a folder with its real name is whole.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tch::Tensor;

use crate::{
    Error, Result,
    config::{CONFIG_FILE, DecoderWeights, DiscriminatorConfig, VitsConfig},
    json::{read_json, write_json},
    nn::weights,
    text::tokenizer::Tokenizer,
    training::{divergence::MelTrend, plan::TrainingPlan},
};

mod writer;

pub(crate) use writer::{Writer, Written};

/// The format of this version.
pub(crate) const FORMAT: u32 = 1;
pub(crate) const STATE: &str = "state.json";
pub(crate) const GENERATOR: &str = "generator.safetensors";
pub(crate) const DISCRIMINATOR: &str = "discriminator.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";

/// `state.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Format of the folder.
    pub format: u32,
    /// What was asked for.
    pub plan: TrainingPlan,
    /// The last trained step, from 1.
    pub step: u64,
    /// Its epoch, from 1.
    pub epoch: u64,
    /// Mel loss of that step.
    pub mel_loss: f64,
    /// The network.
    pub config: VitsConfig,
    /// What its decoder's weights are in the files.
    #[serde(default)]
    pub decoder_weights: DecoderWeights,
    /// Its discriminators; those of the plan's preset where an earlier version didn't note it.
    #[serde(default)]
    pub discriminator: Option<DiscriminatorConfig>,
    /// Letters and their ids.
    pub tokenizer: Tokenizer,
    /// Recordings that were trained from; 0 where an earlier version didn't note it.
    #[serde(default)]
    pub recordings: usize,
    /// Updates that the optimizers had before the first step, where their state was taken from a base.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub optimizer_steps_before: u64,
    /// How the mel loss went; an earlier version didn't note it.
    #[serde(default)]
    pub mel_trend: MelTrend,
    /// How good the voice was, where it is evaluated.
    #[serde(default, rename = "standing")]
    pub best_so_far: Option<BestSoFar>,
    /// Every other file of the folder.
    pub files: Vec<FileRecord>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_zero(steps: &u64) -> bool {
    *steps == 0
}

impl State {
    pub(crate) fn discriminator(&self) -> DiscriminatorConfig {
        let noted = self.discriminator.clone();
        noted.unwrap_or_else(|| match self.plan.preset {
            Some(preset) => preset.discriminator(),
            None => DiscriminatorConfig::suiting(&self.config),
        })
    }
}

/// What evaluations have found until now.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BestSoFar {
    /// The step after which it was evaluated last.
    #[serde(rename = "judged_at")]
    pub evaluated_at: u64,
    /// The shortest [mel distance](crate::training::report::Spoken) of all evaluations; `None` where none had one, and in
    /// checkpoints from before the distance was measured.
    #[serde(default)]
    pub best_distance: Option<f64>,
    /// Evaluations since that.
    pub since_best: u32,
}

/// A file, as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Its name in the folder.
    pub name: String,
    /// Its size.
    pub size_bytes: u64,
    /// SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// All tensors of a checkpoint by name, copied to the CPU: no later step changes them.
pub(crate) struct Snapshot {
    pub(crate) generator: Vec<(String, Tensor)>,
    pub(crate) discriminator: Vec<(String, Tensor)>,
    pub(crate) optimizer: Vec<(String, Tensor)>,
}

impl Snapshot {
    fn parameters(&self) -> u64 {
        let all = self.generator.iter().chain(&self.discriminator);
        all.map(|(_, tensor)| tensor.numel() as u64).sum()
    }

    fn files(&self) -> [(&'static str, &[(String, Tensor)]); 3] {
        [
            (GENERATOR, &self.generator),
            (DISCRIMINATOR, &self.discriminator),
            (OPTIMIZER, &self.optimizer),
        ]
    }
}

/// What a checkpoint of so many parameters takes at most: each one's value and its two moments, names and `state.json`.
pub(crate) const fn size_bytes(parameters: u64) -> u64 {
    12 * parameters + (1 << 20)
}

/// Writes a checkpoint below `workspace`; answers its folder.
fn write(workspace: &Path, mut state: State, snapshot: &Snapshot) -> Result<PathBuf> {
    let folder = workspace.join(format!("step-{:08}", state.step));
    let temporary = workspace.join(format!("step-{:08}.tmp", state.step));
    for leftover in [&temporary, &folder] {
        if leftover.exists() {
            std::fs::remove_dir_all(leftover).map_err(Error::file(leftover))?;
        }
    }
    let needed_bytes = size_bytes(snapshot.parameters());
    let free_bytes = free_bytes(workspace)?;
    if free_bytes < needed_bytes {
        return Err(Error::NoSpace {
            path: workspace.to_owned(),
            needed_bytes,
            free_bytes,
        });
    }
    let written = write_files(&temporary, &mut state, snapshot);
    if let Err(error) = written {
        // On a full disk, what there is of it would leave no room for anything else.
        let _full_anyway = std::fs::remove_dir_all(&temporary);
        return Err(error);
    }
    std::fs::rename(&temporary, &folder).map_err(Error::file(&folder))?;
    sync(workspace)?;
    Ok(folder)
}

fn write_files(folder: &Path, state: &mut State, snapshot: &Snapshot) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    for (name, tensors) in snapshot.files() {
        weights::write(&folder.join(name), tensors)?;
    }
    state.files = [GENERATOR, DISCRIMINATOR, OPTIMIZER]
        .into_iter()
        .map(|name| record(folder, name))
        .collect::<Result<_>>()?;
    write_json(&folder.join(STATE), state)?;
    for name in [GENERATOR, DISCRIMINATOR, OPTIMIZER, STATE] {
        sync(&folder.join(name))?;
    }
    sync(folder)
}

/// Whether the folder is a checkpoint's. Others may keep a `state.json` of their own beside a voice.
pub(crate) fn is_one(folder: &Path) -> bool {
    folder.join(STATE).exists() && !folder.join(CONFIG_FILE).exists()
}

/// What a checkpoint says of itself; its files aren't checked.
pub(crate) fn state(folder: &Path) -> Result<State> {
    read_json(&folder.join(STATE))
}

/// Reads `state.json` and checks every file against it: a torn checkpoint is refused with all that is wrong with it.
pub fn open(folder: &Path) -> Result<State> {
    let state: State = read_json(&folder.join(STATE))?;
    let mut differences = Vec::new();
    if state.format != FORMAT {
        differences.push(format!("format: expected {FORMAT}, got {}", state.format));
    }
    for expected in &state.files {
        match record(folder, &expected.name) {
            Ok(found) if found == *expected => {}
            Ok(found) if found.size_bytes != expected.size_bytes => differences.push(format!(
                "{}: expected {} bytes, got {}",
                expected.name, expected.size_bytes, found.size_bytes
            )),
            Ok(_) => differences.push(format!("{}: its bytes were altered", expected.name)),
            Err(error) => differences.push(error.to_string()),
        }
    }
    if differences.is_empty() {
        Ok(state)
    } else {
        Err(Error::Mismatch {
            path: folder.to_owned(),
            differences,
        })
    }
}

/// The optimizers' state, by name.
pub(crate) fn read_optimizer(folder: &Path) -> Result<Vec<(String, Tensor)>> {
    Ok(Tensor::read_safetensors(folder.join(OPTIMIZER))?)
}

fn record(folder: &Path, name: &str) -> Result<FileRecord> {
    let path = folder.join(name);
    let mut file = File::open(&path).map_err(Error::file(&path))?;
    let mut hash = Sha256::new();
    let mut size_bytes = 0;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).map_err(Error::file(&path))?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        size_bytes += read as u64;
    }
    let sha256 = hex::encode(hash.finalize());
    Ok(FileRecord {
        name: name.into(),
        size_bytes,
        sha256,
    })
}

/// What an ordinary user may still write to the disk that a folder is on.
fn free_bytes(folder: &Path) -> Result<u64> {
    let disk = rustix::fs::statvfs(folder)
        .map_err(|error| Error::file(folder)(std::io::Error::from(error)))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn sync(path: &Path) -> Result<()> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(Error::file(path))
}
