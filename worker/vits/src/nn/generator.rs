//! The generator: text encoder, posterior encoder, flow, duration predictor and decoder, and the two ways through them.

use std::{collections::BTreeMap, path::Path};

use tch::{Device, Kind, Tensor};

use crate::{
    Error, Result,
    config::{DecoderWeights, SEGMENT_FRAMES, SpeakerConditioning, VitsConfig},
    nn::{
        alignment::{self, Likelihoods},
        batch::Batch,
        compute::Compute,
        context::Context,
        decoder::Decoder,
        duration::DurationPredictor,
        flow::Flow,
        layers::mask,
        losses,
        parameters::{Builder, Parameters},
        posterior_encoder::PosteriorEncoder,
        random::{Rng, Stream},
        segments::Segments,
        speakers,
        text_encoder::{Encoded, TextEncoder},
    },
};

/// Most samples that are synthesized at once; the decoder takes memory with their number.
const MAX_SAMPLES: i64 = 1 << 23;

/// The generator.
#[derive(Debug)]
pub(crate) struct Vits {
    text_encoder: TextEncoder,
    posterior: PosteriorEncoder,
    flow: Flow,
    duration: DurationPredictor,
    decoder: Decoder,
    /// An embedding of every speaker, where there are several: `[speakers, embedding]`.
    speakers: Option<Tensor>,
    speaker_conditioning: SpeakerConditioning,
    /// Samples of a frame.
    hop: i64,
    parameters: Parameters,
    device: Device,
}

/// What of a batch is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SegmentMode {
    /// So many segments of each item, at random.
    Random(usize),
    /// All of it.
    Whole,
}

/// What a training pass gives.
pub(crate) struct ForwardOutput {
    /// What was decoded, `[segments, 1, samples]`.
    pub(crate) waveform: Tensor,
    /// What of the batch that was.
    pub(crate) segments: Segments,
    /// Each frame's token, `[batch, frames]`.
    pub(crate) alignment: Tensor,
    pub(crate) kl: Tensor,
    pub(crate) duration: Tensor,
}

/// Inference options.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InferenceOptions {
    /// Scale of the prior's noise.
    pub(crate) noise: f64,
    /// Scale of the durations' noise, where they are drawn.
    pub(crate) duration_noise: f64,
    /// The voice's own speaking rate.
    pub(crate) rate: f64,
    /// How many times as fast as at that rate.
    pub(crate) speed: f64,
    /// Speaker, where there are several.
    pub(crate) speaker: i64,
    pub(crate) seed: u64,
}

impl Vits {
    /// A network that begins at random, as the original begins.
    pub(crate) fn new(
        config: &VitsConfig,
        weights: DecoderWeights,
        seed: u64,
        compute: Compute,
    ) -> Self {
        let rng = Rng::new(seed, Stream::Initialisation, 0, Device::Cpu);
        let builder = Builder::new(rng, compute.device).in_kind(compute.kind);
        let vits = Self::build(builder, config, weights, compute.device);
        if config.speaker_conditioning == SpeakerConditioning::Prior {
            let _no_grad = tch::no_grad_guard();
            let named = vits.parameters.named().into_iter();
            for (_, mut parameter) in named.filter(|(name, _)| speakers::adds_to_acoustics(name)) {
                let _in_place = parameter.zero_();
            }
        }
        vits
    }

    /// The network with the weights of a file, which is read strictly.
    pub(crate) fn read(config: &VitsConfig, weights: &Path, device: Device) -> Result<Self> {
        let vits = Self::build(
            Builder::blank(device),
            config,
            DecoderWeights::Plain,
            device,
        );
        vits.parameters.load(weights)?;
        Ok(vits)
    }

    /// The network with these tensors, by the names of today, of which none may be missing.
    pub(crate) fn of_tensors(
        config: &VitsConfig,
        tensors: BTreeMap<String, Tensor>,
        device: Device,
    ) -> Result<Self> {
        let vits = Self::build(
            Builder::blank(device),
            config,
            DecoderWeights::Plain,
            device,
        );
        vits.parameters.take(tensors)?;
        Ok(vits)
    }

    /// How many parameters a network of this configuration is trained with.
    pub(crate) fn count_parameters(config: &VitsConfig) -> usize {
        let counted = Self::build(
            Builder::counting(),
            config,
            DecoderWeights::Normed,
            Device::Cpu,
        );
        counted.parameters.count()
    }

    fn build(
        mut builder: Builder,
        config: &VitsConfig,
        weights: DecoderWeights,
        device: Device,
    ) -> Self {
        let text_encoder = TextEncoder::new(&mut builder, config);
        let posterior = PosteriorEncoder::new(&mut builder, config);
        let flow = Flow::new(&mut builder, config);
        let duration = DurationPredictor::new(&mut builder, config);
        let decoder = Decoder::new(&mut builder, config, weights);
        let embeddings = (config.num_speakers > 1).then(|| {
            let shape = [config.num_speakers, config.speaker_embedding_size];
            builder.normal("embed_speaker.weight".into(), &shape, 1.0)
        });
        Self {
            text_encoder,
            posterior,
            flow,
            duration,
            decoder,
            speakers: embeddings,
            speaker_conditioning: config.speaker_conditioning,
            hop: config.upsample_rates.iter().product(),
            parameters: builder.build(),
            device,
        }
    }

    pub(crate) fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// One pass over a batch, with gradients.
    pub(crate) fn forward(
        &self,
        batch: &Batch,
        mode: SegmentMode,
        context: &mut Context,
    ) -> ForwardOutput {
        let text_mask = mask(&batch.token_counts, batch.ids.size()[1], self.device);
        let frames = batch.spectrogram.size()[2];
        let frame_mask = mask(&batch.frame_counts, frames, self.device);
        let speaker = self.embed(&batch.speakers);
        let speaker = speaker.as_ref();
        let acoustic_speaker = self.acoustic(speaker);
        let text = self.text_encoder.forward(&batch.ids, &text_mask, context);
        let posterior =
            self.posterior
                .forward(&batch.spectrogram, &frame_mask, acoustic_speaker, context);
        let z_p = self
            .flow
            .forward(&posterior.latent, &frame_mask, speaker, context);

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
        let duration = self
            .duration
            .loss(&text.hidden, &wanted, &text_mask, speaker, context);

        let counts = &batch.frame_counts;
        let segments = match mode {
            SegmentMode::Random(each) => {
                Segments::random(counts, each, SEGMENT_FRAMES, context.rng)
            }
            SegmentMode::Whole => Segments::whole(counts.len(), frames),
        };
        let latents = segments.cut(&posterior.latent);
        let speakers = acoustic_speaker.map(|speaker| segments.repeat(speaker));
        let waveform = self
            .decoder
            .forward(&latents, speakers.as_ref(), context.dtype);
        ForwardOutput {
            waveform,
            segments,
            alignment: tokens,
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
            precision.kind(),
        ); // [batch, 1, tokens]
        let squares = (z_p.square() * -0.5).transpose(1, 2).matmul(&precision); // [batch, frames, tokens]
        let products = z_p.transpose(1, 2).matmul(&(&text.mean * &precision));
        let means = (text.mean.square() * -0.5 * &precision).sum_dim_intlist(
            [1i64].as_slice(),
            true,
            precision.kind(),
        );
        let likelihood = (constant + squares + products + means)
            .to_device(Device::Cpu)
            .to_kind(Kind::Float)
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

    /// Embeddings of speakers, `[batch, embedding, 1]`, where there are several.
    fn embed(&self, speakers: &[i64]) -> Option<Tensor> {
        let ids = Tensor::from_slice(speakers).to_device(self.device);
        self.speakers
            .as_ref()
            .map(|embeddings| Tensor::embedding(embeddings, &ids, -1, false, false).unsqueeze(-1))
    }

    /// What posterior encoder and decoder are told of a speaker.
    fn acoustic<'a>(&self, speaker: Option<&'a Tensor>) -> Option<&'a Tensor> {
        speaker.filter(|_| self.speaker_conditioning == SpeakerConditioning::Everywhere)
    }

    /// Says token ids: samples in [-1, 1].
    ///
    /// # Errors
    /// Where the durations that the network gives can't be spoken.
    pub(crate) fn speak(&self, ids: &[i64], options: InferenceOptions) -> Result<Vec<f32>> {
        let _no_grad = tch::no_grad_guard();
        let mut rng = Rng::new(options.seed, Stream::Speech, 0, self.device);
        let count = ids.len() as i64;
        let text_mask = mask(&[count], count, self.device);
        let ids = Tensor::from_slice(ids).unsqueeze(0).to_device(self.device);
        let speaker = self.embed(&[options.speaker]);
        let speaker = speaker.as_ref();
        let context = &mut Context::eval(&mut rng);
        let text = self.text_encoder.forward(&ids, &text_mask, context);
        let log_durations = self.duration.predict(
            &text.hidden,
            &text_mask,
            speaker,
            options.duration_noise,
            context,
        );
        // The rate's inverse is rounded before the product is, as elsewhere: a duration may lie just at a whole number.
        let durations = (log_durations.exp() * &text_mask * (1.0 / options.rate))
            .ceil()
            .flatten(0, -1); // [tokens]
        let durations = at_speed(&durations, options.speed);
        let tokens = self.tokens_of_frames(&durations)?;
        let mean = text.mean.index_select(2, &tokens);
        let log_std = text.log_std.index_select(2, &tokens);
        let z_p = match options.noise {
            0.0 => mean,
            noise => &mean + context.rng.normal(&mean.size()) * log_std.exp() * noise,
        };
        let frames = z_p.size()[2];
        let frame_mask = mask(&[frames], frames, self.device);
        let latent = self.flow.inverse(&z_p, &frame_mask, speaker, context);
        let waveform = self
            .decoder
            .speak(&latent, self.acoustic(speaker))
            .to_device(Device::Cpu)
            .flatten(0, -1)
            .contiguous();
        let mut samples = vec![0f32; waveform.numel()];
        waveform.copy_data(&mut samples, waveform.numel());
        Ok(samples)
    }

    /// The token of every frame, by the tokens' whole `durations`: `[tokens]` → `[frames]`.
    fn tokens_of_frames(&self, durations: &Tensor) -> Result<Tensor> {
        let frames = durations.sum(Kind::Double).double_value(&[]);
        let most = (MAX_SAMPLES / self.hop) as f64;
        if !(1.0..=most).contains(&frames) {
            return Err(Error::NothingToSay(format!(
                "its durations add up to {frames} frames, at least 1 and at most {most} can be synthesized at once"
            )));
        }
        Ok(Tensor::repeat_interleave(
            &durations.to_kind(Kind::Int64),
            Some(frames as i64),
        ))
    }
}

/// Whole durations `[tokens]` at another speed: every token ends at the frame nearest to where it would end, so that what
/// rounding adds to one is taken from the next, and all of them take as long as they should.
fn at_speed(durations: &Tensor, speed: f64) -> Tensor {
    let ends = (durations.cumsum(0, Kind::Double) / speed).round();
    let start = Tensor::zeros([1], (Kind::Double, ends.device()));
    ends.diff(1, 0, Some(&start), None)
}
