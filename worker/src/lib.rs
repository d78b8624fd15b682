//! The jobs that a worker does, and what operators do to them.
//!
//! | module | does |
//! |---|---|
//! | [`jobs`] | the jobs themselves, a file a kind; downloads have a crate of their own |
//! | [`archive`] | unpacks what people upload |
//! | [`memory`] | how much of it a training may take |
//! | [`operator`] | `worker jobs …` |
//! | [`tensorboard`] | writes what trainings measure as TensorBoard reads it |
//! | [`speak`] | `worker speak …` |
//!
//! How jobs are taken and run is the crate `runner`'s.

mod archive;
pub mod jobs;
mod memory;
pub mod operator;
pub mod speak;
mod tensorboard;
