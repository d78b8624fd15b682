//! What a kind of job is. A kind is registered, never matched: the engine knows it by this trait alone.

use std::{
    collections::HashMap,
    fmt::{Debug, Display},
    future::Future,
    marker::PhantomData,
    sync::Arc,
};

use futures::future::BoxFuture;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Error, Reason, Result, state::JobState};

/// The id of a kind's jobs: a newtype over the key of its noun's row.
pub trait JobId: Copy + Debug + Display + Send + Sync + From<Uuid> + Into<Uuid> + 'static {}

impl<T> JobId for T where T: Copy + Debug + Display + Send + Sync + From<Uuid> + Into<Uuid> + 'static
{}

/// A kind of job. Its methods run in the transaction that changes the job's row, after that row was locked.
pub trait JobKind: Send + Sync + 'static {
    /// As `jobs.kind` spells it, and as messages name it.
    const KIND: &'static str;
    /// The queue that its jobs wait in.
    const QUEUE: &'static str;
    /// Whether owners may pause it.
    const PAUSABLE: bool = true;
    /// Whether a failed job can still be cancelled: where it keeps what it has done for another attempt.
    const CANCELLABLE_WHEN_FAILED: bool = false;
    /// The id of its jobs.
    type Id: JobId;
    /// What a completed job gives.
    type Output: Clone + Debug + Send + Sync + 'static;

    /// Writes the output of a completed job, and tells its owner. The job's own state is written after it.
    fn record_output(
        tx: &mut PgConnection,
        id: Self::Id,
        owner: Uuid,
        output: Self::Output,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Tells the owner that the job went into another state, and writes what the noun keeps of that.
    fn changed(
        tx: &mut PgConnection,
        id: Self::Id,
        owner: Uuid,
        change: &Change,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Refuses with [`Error::Conflict`] where a failed job lacks what another attempt needs.
    fn check_resumable(
        _tx: &mut PgConnection,
        _id: Self::Id,
    ) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }
}

/// The state that a job went into: queued, paused, failed or cancelled.
#[derive(Debug, Clone)]
pub struct Change {
    /// Where it stands now.
    pub state: JobState,
    /// Why it failed or was cancelled, or what it waits for.
    pub reason: Option<Reason>,
    /// Whether not even a retry by hand could help.
    pub permanent: bool,
}

/// A kind behind a pointer, for what is done to jobs of any kind: rescue and operators.
pub(crate) trait AnyKind: Send + Sync {
    fn name(&self) -> &'static str;
    fn queue(&self) -> &'static str;
    fn pausable(&self) -> bool;
    fn cancellable_when_failed(&self) -> bool;
    fn changed<'a>(
        &self,
        tx: &'a mut PgConnection,
        id: Uuid,
        owner: Uuid,
        change: &'a Change,
    ) -> BoxFuture<'a, Result<()>>;
    fn check_resumable<'a>(&self, tx: &'a mut PgConnection, id: Uuid) -> BoxFuture<'a, Result<()>>;
}

pub(crate) struct Typed<K>(PhantomData<fn() -> K>);

impl<K> Typed<K> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<K: JobKind> AnyKind for Typed<K> {
    fn name(&self) -> &'static str {
        K::KIND
    }

    fn queue(&self) -> &'static str {
        K::QUEUE
    }

    fn pausable(&self) -> bool {
        K::PAUSABLE
    }

    fn cancellable_when_failed(&self) -> bool {
        K::CANCELLABLE_WHEN_FAILED
    }

    fn changed<'a>(
        &self,
        tx: &'a mut PgConnection,
        id: Uuid,
        owner: Uuid,
        change: &'a Change,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(K::changed(tx, id.into(), owner, change))
    }

    fn check_resumable<'a>(&self, tx: &'a mut PgConnection, id: Uuid) -> BoxFuture<'a, Result<()>> {
        Box::pin(K::check_resumable(tx, id.into()))
    }
}

/// The kinds that a process knows. It can rescue their jobs and steer them by hand without being able to run them.
#[derive(Clone, Default)]
pub struct Kinds(HashMap<&'static str, Arc<dyn AnyKind>>);

impl Kinds {
    /// Knows one more kind.
    #[must_use]
    pub fn with<K: JobKind>(mut self) -> Self {
        self.0.insert(K::KIND, Arc::new(Typed::<K>::new()));
        self
    }

    /// The queues of these kinds, each once, in alphabetical order.
    pub fn queues(&self) -> Vec<&'static str> {
        let mut queues: Vec<_> = self.0.values().map(|kind| kind.queue()).collect();
        queues.sort_unstable();
        queues.dedup();
        queues
    }

    pub(crate) fn find(&self, name: &str) -> Result<&dyn AnyKind> {
        let kind = self.0.get(name).map(|kind| &**kind);
        kind.ok_or_else(|| {
            Error::Internal(format!("this program knows no jobs of the kind «{name}»"))
        })
    }
}
