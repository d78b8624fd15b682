//! The generator: text encoder, posterior encoder, flow, duration predictor and decoder, and the two ways through them.

use tch::{Device, Kind, Tensor};

use crate::{
    alignment::{self, Likelihoods},
    batches::Batch,
    config::{HOP_LENGTH, SEGMENT_SAMPLES, VitsConfig},
    decoder::Decoder,
    duration::DurationPredictor,
    encoder::{Encoded, TextEncoder},
    flow::Flow,
    losses,
    modules::mask,
    parameters::{Builder, Parameters},
    posterior::PosteriorEncoder,
    randomness::{Purpose, Randomness},
};

/// Frames that the decoder is trained on at a time.
pub(crate) const SEGMENT_FRAMES: i64 = SEGMENT_SAMPLES / HOP_LENGTH;

/// The generator.
#[derive(Debug)]
pub(crate) struct Vits {
    text_encoder: TextEncoder,
    posterior: PosteriorEncoder,
    flow: Flow,
    duration: DurationPredictor,
    decoder: Decoder,
    parameters: Parameters,
    device: Device,
}

/// What a training pass gives.
pub(crate) struct Pass {
    /// Decoded segment, `[batch, 1, 8192]`.
    pub(crate) waveform: Tensor,
    /// First frame of each item's segment.
    pub(crate) starts: Vec<i64>,
    pub(crate) kl: Tensor,
    pub(crate) duration: Tensor,
}

/// How to say something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// Scale of the prior's noise.
    pub(crate) noise: f64,
    /// Speaking rate.
    pub(crate) rate: f64,
    pub(crate) seed: u64,
}

impl Vits {
    /// A network that begins at random, as the original begins.
    pub(crate) fn new(config: &VitsConfig, seed: u64, device: Device) -> Self {
        let mut builder = Builder::new(
            Randomness::new(seed, Purpose::Initialisation, 0, Device::Cpu),
            device,
        );
        let text_encoder = TextEncoder::new(&mut builder, config);
        let posterior = PosteriorEncoder::new(&mut builder, config);
        let flow = Flow::new(&mut builder, config);
        let duration = DurationPredictor::new(&mut builder, config);
        let decoder = Decoder::new(&mut builder, config);
        Self {
            text_encoder,
            posterior,
            flow,
            duration,
            decoder,
            parameters: builder.build(),
            device,
        }
    }

    pub(crate) fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// One pass over a batch, with gradients.
    pub(crate) fn train(&self, batch: &Batch, randomness: &mut Randomness) -> Pass {
        let text_mask = mask(&batch.token_counts, batch.ids.size()[1], self.device);
        let frames = batch.spectrogram.size()[2];
        let frame_mask = mask(&batch.frame_counts, frames, self.device);
        let text = self
            .text_encoder
            .forward(&batch.ids, &text_mask, Some(randomness));
        let posterior = self
            .posterior
            .forward(&batch.spectrogram, &frame_mask, randomness);
        let z_p = self.flow.forward(&posterior.latent, &frame_mask);

        let tokens = self.align(&z_p, &text, batch); // [batch, frames], each frame's token
        let spread = |prior: &Tensor| {
            let index = tokens.unsqueeze(1).expand([-1, prior.size()[1], -1], false);
            prior.gather(2, &index, false)
        };
        let kl = losses::kl(
            &z_p,
            &posterior.log_std,
            &spread(&text.mean),
            &spread(&text.log_std),
            &frame_mask,
        );

        let wanted = Tensor::zeros(text_mask.size().as_slice(), (Kind::Float, self.device))
            .scatter_add(2, &tokens.unsqueeze(1), &frame_mask); // frames of each token, [batch, 1, tokens]
        let predicted = self
            .duration
            .forward(&text.hidden, &text_mask, Some(randomness));
        let duration = losses::duration(&predicted, &wanted, &text_mask);

        let starts: Vec<i64> = batch
            .frame_counts
            .iter()
            .map(|&count| randomness.up_to(count - SEGMENT_FRAMES))
            .collect();
        let waveform = self
            .decoder
            .forward(&segments(&posterior.latent, &starts, SEGMENT_FRAMES));
        Pass {
            waveform,
            starts,
            kl,
            duration,
        }
    }

    /// The token of every frame by the likelihood of `z_p` under every token's prior; no gradient.
    fn align(&self, z_p: &Tensor, text: &Encoded, batch: &Batch) -> Tensor {
        let _no_grad = tch::no_grad_guard();
        let precision = (&text.log_std * -2.0).exp(); // 1 / σ², [batch, flow, tokens]
        // log N(z; μ, σ) by expanding the square, so that the large sums are matrix products.
        let constant = (-0.5 * (2.0 * std::f64::consts::PI).ln() - &text.log_std).sum_dim_intlist(
            [1i64].as_slice(),
            true,
            Kind::Float,
        ); // [batch, 1, tokens]
        let squares = (z_p.square() * -0.5).transpose(1, 2).matmul(&precision); // [batch, frames, tokens]
        let products = z_p.transpose(1, 2).matmul(&(&text.mean * &precision));
        let means = (text.mean.square() * -0.5 * &precision).sum_dim_intlist(
            [1i64].as_slice(),
            true,
            Kind::Float,
        );
        let likelihood = (constant + squares + products + means)
            .to_device(Device::Cpu)
            .contiguous();
        let size = likelihood.size();
        let mut values = vec![0f32; likelihood.numel()];
        likelihood.copy_data(&mut values, likelihood.numel());
        let lengths: Vec<(usize, usize)> = batch
            .token_counts
            .iter()
            .zip(&batch.frame_counts)
            .map(|(&tokens, &frames)| (tokens as usize, frames as usize))
            .collect();
        let likelihoods = Likelihoods {
            values: &values,
            frames: size[1] as usize,
            tokens: size[2] as usize,
        };
        let path: Vec<i64> = alignment::search(likelihoods, &lengths)
            .into_iter()
            .flatten()
            .map(|token| token as i64)
            .collect();
        Tensor::from_slice(&path)
            .reshape([size[0], size[1]])
            .to_device(self.device)
    }

    /// Says token ids: samples in [-1, 1].
    pub(crate) fn speak(&self, ids: &[i64], manner: Manner) -> Vec<f32> {
        let _no_grad = tch::no_grad_guard();
        let mut randomness = Randomness::new(manner.seed, Purpose::Speech, 0, self.device);
        let count = ids.len() as i64;
        let text_mask = mask(&[count], count, self.device);
        let ids = Tensor::from_slice(ids).unsqueeze(0).to_device(self.device);
        let text = self.text_encoder.forward(&ids, &text_mask, None);
        let log_durations = self.duration.forward(&text.hidden, &text_mask, None);
        let durations = (log_durations.exp() * &text_mask / manner.rate)
            .ceil()
            .squeeze_dim(0)
            .squeeze_dim(0);
        let frames = (durations.sum(Kind::Float).double_value(&[]) as i64).max(1);
        let tokens = Tensor::repeat_interleave(&durations.to_kind(Kind::Int64), Some(frames)); // each frame's, [frames]
        let mean = text.mean.index_select(2, &tokens);
        let log_std = text.log_std.index_select(2, &tokens);
        let z_p = match manner.noise {
            0.0 => mean,
            noise => &mean + randomness.normal(&mean.size()) * log_std.exp() * noise,
        };
        let frame_mask = mask(&[frames], frames, self.device);
        let latent = self.flow.inverse(&z_p, &frame_mask);
        let waveform = self
            .decoder
            .forward(&latent)
            .to_device(Device::Cpu)
            .flatten(0, -1)
            .contiguous();
        let mut samples = vec![0f32; waveform.numel()];
        waveform.copy_data(&mut samples, waveform.numel());
        samples
    }
}

/// `length` frames of each item from its start: `[batch, channels, frames]` → `[batch, channels, length]`.
pub(crate) fn segments(input: &Tensor, starts: &[i64], length: i64) -> Tensor {
    let pieces: Vec<Tensor> = starts
        .iter()
        .enumerate()
        .map(|(item, &start)| input.get(item as i64).narrow(1, start, length))
        .collect();
    Tensor::stack(&pieces, 0)
}
