//! VITS (Kim et al. 2021, arXiv 2106.06103): text to speech in one network, trained here and spoken here.
//!
//! A training goes through these files in this order:
//!
//! 1. [`audio`], [`text`] and [`tokenizer`] turn recordings and transcripts into samples and ids; `front_end` does the first
//!    once for all trainings; `batches` puts them in order, and `loader` does so ahead of the training.
//! 2. [`model`] is the generator, made of `encoder`, `posterior`, `flow`, `duration` (`plain_duration`, or
//!    `stochastic_duration` with its `conv_flow` and `spline`) and `decoder`; `wavenet`, `modules` and `activation` are
//!    what these are made of; `discriminator` is its opponent; `alignment` finds which token each frame belongs to; `losses` says what is wanted.
//! 3. [`trainer`] is the loop, `plan` what it is asked for and `report` what it tells; `step` is what it repeats;
//!    `optimizer` the update; `base` a voice to begin with; `validation` judges the voice, with `pictures` of what it says;
//!    [`checkpoint`] is what survives.
//!    [`memory`] tells beforehand whether it will fit.
//! 4. [`voice`] is the folder that comes out, in transformers' `VitsModel` layout, whose `weights` are read strictly;
//!    [`speech`] speaks with it.
//!
//! The crate knows nothing of queues and databases: progress goes out and control comes in through
//! [`trainer::Observer`]. No tensor stands in its public face.

mod activation;
pub mod alignment;
mod allocator;
pub mod audio;
mod base;
mod batches;
pub mod checkpoint;
mod compute;
pub mod config;
mod conv_flow;
mod decoder;
mod discriminator;
mod duration;
mod encoder;
pub mod error;
mod flow;
mod front_end;
mod json;
mod loader;
mod losses;
pub mod memory;
mod model;
mod modules;
mod numbers;
mod optimizer;
mod parameters;
mod pictures;
mod plain_duration;
mod plan;
mod posterior;
mod randomness;
mod report;
mod spectrogram;
pub mod speech;
mod spline;
mod step;
mod stochastic_duration;
pub mod text;
pub mod tokenizer;
pub mod trainer;
mod validation;
pub mod voice;
mod wavenet;
mod weights;

pub use error::{Error, Result};
