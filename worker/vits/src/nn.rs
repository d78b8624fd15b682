//! The network: the generator, its parts, and the discriminators it is trained against. No data, no loop, no files but weights.

pub(crate) mod activation;
pub mod alignment;
pub(crate) mod batch;
pub(crate) mod compute;
pub(crate) mod context;
pub(crate) mod decoder;
pub(crate) mod discriminator;
pub(crate) mod duration;
pub(crate) mod flow;
pub(crate) mod generator;
pub(crate) mod layers;
pub(crate) mod losses;
pub(crate) mod parameters;
pub(crate) mod posterior_encoder;
pub(crate) mod random;
pub(crate) mod segments;
pub(crate) mod speakers;
pub(crate) mod text_encoder;
pub(crate) mod wavenet;
pub(crate) mod weights;
