//! VITS (Kim et al. 2021, arXiv 2106.06103): text to speech in one network, trained here and spoken here.
//!
//! | module | holds |
//! |---|---|
//! | [`text`], [`audio`] | transcripts to token ids; recordings to samples, decoded once for all trainings |
//! | [`nn`] | the generator, its parts, the discriminators, their parameters and weights |
//! | [`training`] | the loop and its step, batches, losses, optimizer, evaluation, checkpoints, and whether it will fit into memory |
//! | [`inference`] | the folder of a voice, in transformers' `VitsModel` layout, and speech from it |
//! | [`exclusion`] | why a recording can't be trained from |
//! | [`config`] | the sizes of a network, and which of them can be built |
//!
//! A training goes from [`training::trainer`] through `training::loader`, which turns recordings and transcripts into batches ahead of
//! time, and `training::step`, which updates the discriminators and then `nn::generator`. What comes out is written by
//! [`inference::voice`].
//!
//! The crate knows nothing of queues and databases: progress goes out and control comes in through
//! [`training::trainer::Observer`]. No tensor stands in its public face.

#![warn(missing_docs)]

mod allocator;
pub mod audio;
pub mod config;
pub mod error;
pub mod exclusion;
pub mod inference;
mod json;
pub mod nn;
pub mod text;
pub mod training;

pub use error::{Error, Result};
