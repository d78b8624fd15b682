//! Evaluating a voice while it is trained: losses on recordings that are held out, and how near what it says is to them.
//! Noise is drawn from the seed and the recording's number alone, so that two evaluations differ by the weights only.

use std::path::{Path, PathBuf};

use tch::{Device, Kind, Tensor};

use crate::{
    Error, Result,
    audio::{self, Clip},
    config::{HOP_LENGTH, VitsConfig},
    nn::{
        batch::{Batch, Share},
        context::Context,
        generator::{InferenceOptions, SegmentMode},
        random::{Rng, Stream},
    },
    training::{
        batches::HostBatch,
        corpus::{Corpus, Example, MAX_HELD_OUT},
        plan::Validation,
        plots,
        report::{
            Directive, FailedSample, Observer, Recognition, Report, SaidSentence, Sample, Spoken,
            ValidationLosses, WrongLetters,
        },
        spoken,
        step::{Networks, finite},
    },
};

/// Sentences that people hear of an evaluation.
const SAMPLES: usize = 3;
/// Sentences that a recognizer transcribes, where there is one: it takes a second or two for each.
const RECOGNIZED: usize = 20;
/// What is read of each example.
const LOSSES: [&str; 3] = [
    "the validation's mel loss",
    "the validation's KL loss",
    "the validation's duration loss",
];

/// What an evaluation found.
pub(crate) struct Evaluated {
    pub(crate) losses: ValidationLosses,
    pub(crate) spoken: Option<Spoken>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) failed_samples: Vec<FailedSample>,
}

/// What stays the same at all evaluations of a training.
pub(crate) struct Evaluator<'a> {
    pub(crate) corpus: &'a Corpus,
    pub(crate) config: &'a VitsConfig,
    pub(crate) validation: Validation,
    pub(crate) seed: u64,
    pub(crate) device: Device,
    /// Where the samples' folders are made.
    pub(crate) workspace: &'a Path,
}

impl Evaluator<'_> {
    /// The recordings that the voice is evaluated on.
    fn examples(&self) -> &[Example] {
        match self.validation {
            Validation::None => &[],
            Validation::Split(_) => &self.corpus.held_out,
            Validation::Trained => {
                let all = &self.corpus.examples;
                &all[..all.len().min(MAX_HELD_OUT)]
            }
        }
    }

    /// Evaluates the networks after `step`. Answers `None` where the observer stops it before one of the recordings, or where there
    /// is nothing to evaluate on.
    ///
    /// # Errors
    /// [`Error::Diverged`] where a loss is no number.
    pub(crate) fn evaluate(
        &self,
        networks: &Networks,
        step: u64,
        observer: &mut dyn Observer,
    ) -> Result<Option<Evaluated>> {
        let _no_grad = tch::no_grad_guard();
        let examples = self.examples();
        if examples.is_empty() {
            return Ok(None);
        }
        let mut sum = ValidationLosses {
            mel: 0.0,
            kl: 0.0,
            duration: 0.0,
        };
        let mut said = Vec::with_capacity(examples.len());
        let mut wrong_letters = Vec::new();
        let (mut samples, mut failed_samples) = (Vec::new(), Vec::new());
        for (number, example) in examples.iter().enumerate() {
            if observer.observe(Report::Evaluating { step }) == Directive::Stop {
                return Ok(None);
            }
            let batch = HostBatch::of(&[example], Share::WHOLE)?
                .batch(networks.spectrograms(), self.device);
            let mut rng = self.rng(number);
            let context = &mut Context::eval(&mut rng);
            let pass = networks
                .generator()
                .forward(&batch, SegmentMode::Whole, context);
            let mel = networks.mel_loss(&batch, &pass);
            let losses = Tensor::stack(&[&mel, &pass.kl, &pass.duration], 0);
            let [mel, kl, duration] = finite(step, LOSSES, &losses)?;
            sum.mel += mel;
            sum.kl += kl;
            sum.duration += duration;
            let attempt = self
                .say(networks, example, &batch, number)
                .and_then(|speech| {
                    said.push(speech.nearness);
                    if number < RECOGNIZED {
                        wrong_letters.extend(self.recognize(example, &speech, observer)?);
                    }
                    match number < SAMPLES {
                        true => {
                            let folder = self.workspace.join(format!("sample-{step:08}-{number}"));
                            let sample = self.sample(example, speech, &pass.alignment, folder)?;
                            Ok(Some(sample))
                        }
                        false => Ok(None),
                    }
                });
            match attempt {
                Ok(sample) => samples.extend(sample),
                Err(error) if number < SAMPLES => failed_samples.push(FailedSample {
                    clip: example.clip.clone(),
                    cause: error.to_string(),
                }),
                Err(_) => {}
            }
        }
        let count = examples.len() as f64;
        Ok(Some(Evaluated {
            losses: ValidationLosses {
                mel: sum.mel / count,
                kl: sum.kl / count,
                duration: sum.duration / count,
            },
            // What it can't say may be what it would say worst: without it, the others are no measure.
            spoken: (said.len() == examples.len()).then(|| Spoken {
                recognition: recognition(&wrong_letters, examples.len().min(RECOGNIZED)),
                ..mean(&said)
            }),
            samples,
            failed_samples,
        }))
    }

    fn rng(&self, number: usize) -> Rng {
        Rng::new(self.seed, Stream::Validation, number as u64, self.device)
    }

    /// Says what was said in a recording, whose batch it is alone in.
    fn say(
        &self,
        networks: &Networks,
        example: &Example,
        batch: &Batch,
        number: usize,
    ) -> Result<Speech> {
        let options = InferenceOptions {
            noise: self.config.noise_scale,
            duration_noise: self.config.noise_scale_duration,
            rate: self.config.speaking_rate,
            speed: 1.0,
            speaker: example.speaker,
            seed: self.seed.wrapping_add(number as u64),
        };
        let samples = networks.generator().speak(&example.ids, options)?;
        if samples.iter().any(|sample| !sample.is_finite()) {
            return Err(Error::NothingToSay("what it says is no sound".into()));
        }
        let spectrograms = networks.spectrograms();
        let waveform = Tensor::from_slice(&padded(&samples))
            .unsqueeze(0)
            .to_device(self.device);
        let mel = spectrograms.log_mel(&spectrograms.linear(&waveform)).get(0);
        let recorded_mel = spectrograms.log_mel(&batch.spectrogram).get(0);
        let recorded = example.frames() * HOP_LENGTH as usize;
        Ok(Speech {
            nearness: Spoken {
                mel_distance: spoken::mel_distance(&mel, &recorded_mel),
                duration_error: (samples.len() as f64 / recorded as f64 - 1.0).abs(),
                recognition: None,
            },
            samples,
            mel,
            recorded_mel,
        })
    }

    fn recognize(
        &self,
        example: &Example,
        speech: &Speech,
        observer: &mut dyn Observer,
    ) -> Result<Option<WrongLetters>> {
        Ok(observer.recognize(SaidSentence {
            clip: &example.clip,
            text: &example.text,
            said: &speech.samples,
            recorded: &example.samples()?,
            sample_rate: self.config.sample_rate()?,
        }))
    }

    /// Writes it down for people, beside the recording. `alignment`: `[1, frames]`.
    fn sample(
        &self,
        example: &Example,
        speech: Speech,
        alignment: &Tensor,
        folder: PathBuf,
    ) -> Result<Sample> {
        std::fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        plots::spectrograms(
            &folder.join("spectrogram.png"),
            &speech.recorded_mel,
            &speech.mel,
        )?;
        let tokens =
            Vec::<i64>::try_from(alignment.get(0).to_device(Device::Cpu).to_kind(Kind::Int64))?;
        plots::alignment(&folder.join("alignment.png"), &tokens, example.ids.len())?;
        let sample_rate = self.config.sample_rate()?;
        let seconds = |samples: usize| samples as f64 / f64::from(sample_rate);
        let sample = Sample {
            clip: example.clip.clone(),
            text: example.text.clone(),
            seconds: seconds(speech.samples.len()),
            recorded_seconds: seconds(example.frames() * HOP_LENGTH as usize),
            folder,
        };
        let clip = Clip {
            samples: speech.samples,
            sample_rate,
        };
        audio::write_wav(&sample.folder.join("speech.wav"), &clip)?;
        Ok(sample)
    }
}

/// What was said of a recording.
struct Speech {
    samples: Vec<f32>,
    /// Its log mel bands, and those of the recording: `[bands, frames]`.
    mel: Tensor,
    recorded_mel: Tensor,
    nearness: Spoken,
}

fn mean(said: &[Spoken]) -> Spoken {
    let of = |number: fn(&Spoken) -> f64| {
        let sum: f64 = said.iter().map(number).sum();
        sum / said.len() as f64
    };
    Spoken {
        mel_distance: of(|it| it.mel_distance),
        duration_error: of(|it| it.duration_error),
        recognition: None,
    }
}

/// Where so many sentences were transcribed: those that weren't may be the worst.
fn recognition(sentences: &[WrongLetters], expected: usize) -> Option<Recognition> {
    let sum = |of: fn(&WrongLetters) -> usize| sentences.iter().map(of).sum::<usize>() as f64;
    let letters = sum(|sentence| sentence.letters);
    (sentences.len() == expected && letters > 0.0).then(|| Recognition {
        character_error_rate: sum(|sentence| sentence.said) / letters,
        recordings_character_error_rate: sum(|sentence| sentence.recorded) / letters,
    })
}

/// As long as the transform needs it: a multiple of the hop, and more than its padding.
fn padded(samples: &[f32]) -> Vec<f32> {
    let hop = HOP_LENGTH as usize;
    let mut padded = samples.to_vec();
    padded.resize(samples.len().next_multiple_of(hop).max(2 * hop), 0.0);
    padded
}
