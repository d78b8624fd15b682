//! The jobs that a worker does, and what operators do to them.
//!
//! | module | does |
//! |---|---|
//! | [`handlers`] | the code of each kind of job, a file a kind; downloads have a crate of their own |
//! | [`archive`] | unpacks what people upload |
//! | [`local_cache`] | what this machine keeps of the storage |
//! | [`memory`] | how much of it a training may take |
//! | [`recognizer`] | how well what a voice says is understood |
//! | [`operator`] | `worker jobs …` |
//! | [`storage_move`] | `worker storage …` |
//! | [`script`] | a text as a voice is given it: lines, and the pauses between them |
//! | [`tensorboard`] | writes what trainings measure as TensorBoard reads it |
//! | [`speak`] | `worker speak …` |
//! | [`voice`] | a voice, and all that it says of a script |
//!
//! How jobs are claimed and run is the crate `jobs`' concern.

mod archive;
pub mod handlers;
mod local_cache;
mod memory;
pub mod operator;
mod recognizer;
mod script;
pub mod speak;
pub mod storage_move;
mod tensorboard;
mod voice;
