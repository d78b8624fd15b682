//! What goes into the steps that are held against PyTorch: small networks, clips, and all that is drawn; and the files that
//! `reference.py` reads it from.

use std::path::Path;

use serde_json::json;
use tch::{Device, Kind, Tensor};

use crate::{
    audio::spectrogram::Spectrograms,
    config::{HOP_LENGTH, SEGMENT_FRAMES, VitsConfig},
    json::write_json,
    nn::{
        batch::{Batch, Share},
        compute::Compute,
        layers::mask,
        parameters::Parameters,
        random::{Rng, Stream},
        weights,
    },
};

/// Segments of each clip.
pub(super) const SEGMENTS: usize = 2;
pub(super) const SEED: u64 = 21;
pub(super) const SAMPLE_RATE: u32 = 16_000;
pub(super) const LEARNING_RATE: f64 = 2e-4;
/// Tokens and frames of the clips of a step, and the speaker of each: all lengths differ.
const CLIPS: [(i64, i64, i64); 3] = [(12, 40, 2), (17, 53, 0), (5, 33, 1)];
/// How many clips each batch of a step has.
pub(super) const ONE_BATCH: &[usize] = &[3];
pub(super) const TWO_BATCHES: &[usize] = &[1, 2];

/// Small, and no two sizes alike that could be taken for each other. Without dropout, the only randomness is what can be
/// handed over.
pub(super) fn plain_durations_and_one_speaker() -> VitsConfig {
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

pub(crate) fn stochastic_durations_and_three_speakers() -> VitsConfig {
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

/// Makes all weights matter: some begin at zero, and cut off what is before them.
pub(super) fn perturb(parameters: &Parameters, number: u64) {
    let mut random = Rng::new(SEED, Stream::Initialisation, number, Device::Cpu);
    let _no_grad = tch::no_grad_guard();
    let flat = parameters.flat();
    let noise = random.normal(&flat.size()).to_device(flat.device()) * 0.05;
    let _in_place = flat.shallow_clone().g_add_(&noise);
}

/// The clips in batches of these sizes.
pub(super) fn batches(
    sizes: &[usize],
    spectrograms: &Spectrograms,
    compute: Compute,
) -> Vec<Batch> {
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

pub(super) fn rng(step: u64, device: Device) -> Rng {
    Rng::new(SEED, Stream::Step, step, device)
}

/// Writes the batches with all that the steps are going to draw, drawn here in the same order.
pub(super) fn write_batches(
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
