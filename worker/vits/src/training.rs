//! Teaching a voice: the loop, what it repeats, what it is fed with, and what survives it.

mod batches;
mod batching;
pub mod checkpoint;
mod corpus;
mod divergence;
mod loader;
pub mod memory;
mod optimizer;
mod plan;
mod plots;
mod pretrained;
mod report;
mod spoken;
mod step;
pub mod trainer;
mod validation;
