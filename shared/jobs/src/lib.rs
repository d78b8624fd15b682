//! Durable jobs: they survive the death of any process, run at most once at a time, and are handed out by apalis in the
//! order of their users' fair shares. docs/jobs.md draws the states and tells the protocol.
//!
//! A kind of job is a type with [`JobKind`]; its code is a [`Handler`] that a [`Worker`] registers. The engine knows
//! kinds by these two traits alone.
//!
//! | module | does |
//! |---|---|
//! | [`kind`], [`state`], [`outcome`], [`reason`] | what a kind is, where a job stands, what a run's end makes of it, and why |
//! | [`admission`], [`task`], [`claim`] | into the queue, through apalis, and out of it into a run |
//! | [`run`] | the right to write: the fence, the heartbeat, the end |
//! | [`control`], [`signal`] | what owners ask of jobs, and how it reaches the workers |
//! | [`rescue`], [`sweeper`], [`retention`] | the nets: lost runs, lost tasks, old rows |
//! | [`stats`], [`workers`] | what operators look at |
//! | [`worker`], [`process`] | takes jobs and runs them; a program around that |

#![warn(missing_docs)]

pub mod admission;
pub mod claim;
pub mod control;
pub mod database_error;
mod error;
pub mod ids;
pub mod kind;
pub mod outcome;
pub mod process;
pub mod reason;
pub mod rescue;
pub mod retention;
pub mod run;
pub mod signal;
pub mod state;
pub mod stats;
pub mod sweeper;
pub mod task;
pub mod worker;
pub mod workers;

pub use error::{Conflict, Error, Result};
pub use ids::RunId;
pub use kind::{Change, JobId, JobKind, Kinds};
pub use outcome::Outcome;
pub use reason::{JobFailure, Reason};
pub use run::Run;
pub use state::{Control, JobState};
pub use worker::{Handler, RunContext, StopReason, Worker, WorkerConfig};
