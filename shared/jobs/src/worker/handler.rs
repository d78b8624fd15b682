//! The code of a kind of job.

use std::{future::Future, sync::Arc};

use crate::{Result, kind::JobKind, outcome::Outcome, worker::context::RunContext};

/// Runs jobs of the kind `K`.
pub trait Handler<K: JobKind>: Send + Sync + 'static {
    /// Runs one job. It stops soon after the context requests it.
    fn run(&self, context: RunContext<K>) -> impl Future<Output = Outcome<K::Output>> + Send;

    /// Deletes what nobody needs any more, once the job has ended permanently and its end is written.
    fn cleanup(&self, _job: K::Id) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }
}

impl<K: JobKind, H: Handler<K>> Handler<K> for Arc<H> {
    fn run(&self, context: RunContext<K>) -> impl Future<Output = Outcome<K::Output>> + Send {
        H::run(self, context)
    }

    fn cleanup(&self, job: K::Id) -> impl Future<Output = Result<()>> + Send {
        H::cleanup(self, job)
    }
}
