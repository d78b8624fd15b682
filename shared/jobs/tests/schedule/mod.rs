//! One random schedule: its jobs, its users, and what its actors know of them together.

pub mod actor;
pub mod checks;
mod drain;
mod runs;

use std::{
    collections::HashMap,
    fmt::Display,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jobs::{Change, Error, JobKind, Kinds, Result, admission, claim::Claimed, control, task::Task};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sqlx::{PgConnection, PgPool};
use tokio::time::sleep;
use uuid::Uuid;

use crate::own_database::add_user;

pub const MAX_ATTEMPTS: u32 = 3;
/// Nobody in a schedule is silent for so long, unless its clock is set back.
pub const LOST_AFTER: Duration = Duration::from_secs(60);
/// The names by which actors fetch.
const WORKERS: [&str; 6] = ["0", "1", "2", "3", "4", "drain"];
/// Users who come and go during a schedule. One more comes when their jobs have piled up.
const USERS: usize = 3;

/// Jobs without work, in one of two queues.
pub struct Work<const FAR: bool>;

impl<const FAR: bool> JobKind for Work<FAR> {
    const KIND: &'static str = if FAR { "far" } else { "near" };
    const QUEUE: &'static str = if FAR { "far_queue" } else { "near_queue" };
    type Id = Uuid;
    /// The run that completed it.
    type Output = i64;

    async fn record_output(tx: &mut PgConnection, id: Uuid, _: Uuid, run: i64) -> Result<()> {
        sqlx::query("INSERT INTO outputs (job_id, run_id) VALUES ($1, $2)")
            .bind(id)
            .bind(run)
            .execute(tx)
            .await?;
        Ok(())
    }

    async fn changed(_: &mut PgConnection, _: Uuid, _: Uuid, _: &Change) -> Result<()> {
        Ok(())
    }
}

pub const QUEUES: [&str; 2] = [Work::<false>::QUEUE, Work::<true>::QUEUE];

/// The same name, from the list.
pub fn queue_named(name: &str) -> &'static str {
    QUEUES.into_iter().find(|queue| *queue == name).unwrap()
}

pub fn kinds() -> Kinds {
    Kinds::default().with::<Work<false>>().with::<Work<true>>()
}

/// What all schedules of a database share.
pub async fn prepare(db: &PgPool) -> Vec<Uuid> {
    sqlx::raw_sql(
        "CREATE TABLE outputs (job_id uuid PRIMARY KEY, run_id bigint NOT NULL UNIQUE REFERENCES runs)",
    )
    .execute(db)
    .await
    .unwrap();
    for worker in WORKERS {
        sqlx::query("INSERT INTO apalis.workers (id, worker_type, storage_name, layers) VALUES ($1, 'any', 'test', '')")
            .bind(worker)
            .execute(db)
            .await
            .unwrap();
    }
    let users: Vec<Uuid> = (0..=USERS as u128).map(Uuid::from_u128).collect();
    for user in &users {
        add_user(db, *user).await;
    }
    users
}

#[derive(Debug, Clone, Copy)]
pub struct Job {
    pub id: Uuid,
    pub owner: Uuid,
    pub far: bool,
}

/// What owners ask of jobs.
#[derive(Debug, Clone, Copy)]
pub enum Request {
    Pause,
    Resume,
    Cancel,
}

/// What the actors have done so far.
#[derive(Default)]
pub struct State {
    pub jobs: Vec<Job>,
    pub deleted: Vec<Uuid>,
    /// Tasks that were fetched, and whose jobs somebody may claim later.
    pub fetched: Vec<(String, Task)>,
    /// Tasks of workers that died between fetch and claim.
    pub abandoned: Vec<String>,
    /// Runs whose workers live.
    pub held: Vec<Claimed>,
    /// Runs whose workers are frozen.
    pub frozen: Vec<Claimed>,
    /// The ends that were written, by run.
    pub ended: HashMap<i64, &'static str>,
    /// The greatest tag that was claimed of a user in a queue.
    pub served: HashMap<(&'static str, Uuid), i64>,
    /// The highest limits there ever were; `i32::MAX` where there was none. Written before the change.
    pub queue_limits: HashMap<&'static str, i32>,
    pub user_limits: HashMap<(&'static str, Uuid), i32>,
    pub faults: Vec<String>,
    trace: Vec<String>,
}

impl State {
    /// How many jobs of this user may ever have been admitted together.
    pub fn max_admitted(&self, queue: &'static str, user: Uuid) -> i64 {
        let of_queue = self.queue_limits.get(queue).copied();
        let of_user = self.user_limits.get(&(queue, user)).copied();
        i64::from(
            of_queue
                .unwrap_or(i32::MAX)
                .min(of_user.unwrap_or(i32::MAX)),
        )
    }
}

pub struct World {
    pub db: PgPool,
    pub users: Vec<Uuid>,
    pub kinds: Kinds,
    pub seed: u64,
    /// Limits are only raised: then nothing excuses a user with more admitted jobs than the limit says.
    pub only_raised: bool,
    began: Instant,
    state: Mutex<State>,
}

impl World {
    /// An empty one.
    pub async fn new(db: &PgPool, users: &[Uuid], seed: u64) -> Self {
        sqlx::raw_sql(
            "DELETE FROM outputs; DELETE FROM jobs; DELETE FROM runs; DELETE FROM apalis.jobs; DELETE FROM queues;
             DELETE FROM queue_shares",
        )
        .execute(db)
        .await
        .unwrap();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let world = Self {
            db: db.clone(),
            users: users.to_owned(),
            kinds: kinds(),
            seed,
            only_raised: random.random(),
            began: Instant::now(),
            state: Mutex::default(),
        };
        for queue in QUEUES {
            let limit = random.random_range(0..3);
            world.state().queue_limits.insert(queue, highest(limit));
            world.limit_queue(queue, limit).await;
            for user in world.regulars() {
                let limit = random.random_range(0..4);
                let key = (queue, *user);
                world.state().user_limits.insert(key, highest(limit));
                world.limit_user(queue, *user, limit).await;
            }
        }
        world
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In a transaction that takes its time.
    pub async fn enqueue(&self, job: Job, pause: Duration) {
        let enqueued = async {
            let mut tx = self.db.begin().await?;
            if job.far {
                admission::enqueue::<Work<true>>(&mut tx, job.id, job.owner).await?;
            } else {
                admission::enqueue::<Work<false>>(&mut tx, job.id, job.owner).await?;
            }
            sleep(pause).await;
            Ok(tx.commit().await?)
        };
        if self.expect("enqueue", enqueued.await, never).is_some() {
            self.state().jobs.push(job);
        }
    }

    /// In a transaction that takes its time.
    pub async fn delete(&self, ids: &[Uuid], pause: Duration) {
        let deleted = async {
            let mut tx = self.db.begin().await?;
            control::delete(&mut tx, ids).await?;
            sleep(pause).await;
            Ok(tx.commit().await?)
        };
        if self.expect("delete", deleted.await, never).is_some() {
            self.state().deleted.extend(ids);
        }
    }

    /// Whether it was granted: the job may be deleted, or have ended.
    pub async fn ask(&self, request: Request, job: Job) -> bool {
        let asked = if job.far {
            ask::<Work<true>>(&self.db, request, job).await
        } else {
            ask::<Work<false>>(&self.db, request, job).await
        };
        self.expect("request", asked, is_refusal).is_some()
    }

    pub async fn limit_user(&self, queue: &'static str, user: Uuid, limit: i32) {
        // Noted first: whoever is admitted by it, is admitted later.
        if let Some(before) = self.state().user_limits.get_mut(&(queue, user)) {
            *before = highest(limit).max(*before);
        }
        let set = async {
            let mut tx = self.db.begin().await?;
            admission::set_user_limit(&mut tx, queue, user, limit).await?;
            Ok(tx.commit().await?)
        };
        self.expect("set_user_limit", set.await, never);
    }

    pub async fn limit_queue(&self, queue: &'static str, limit: i32) {
        if let Some(before) = self.state().queue_limits.get_mut(queue) {
            *before = highest(limit).max(*before);
        }
        let set = admission::set_queue_limit(&self.db, queue, limit).await;
        self.expect("set_queue_limit", set, never);
    }

    pub async fn lift_limits(&self) {
        for queue in QUEUES {
            self.limit_queue(queue, 0).await;
            for user in self.regulars() {
                self.limit_user(queue, *user, 0).await;
            }
        }
    }

    pub fn regulars(&self) -> &[Uuid] {
        &self.users[..USERS]
    }

    pub fn newcomer(&self) -> Uuid {
        self.users[USERS]
    }

    pub fn note(&self, who: impl Display, what: impl Display) {
        let at = self.began.elapsed().as_micros();
        self.state().trace.push(format!("{at:>7} {who}: {what}"));
    }

    /// Something that must never be; the schedule fails when its actors have ended.
    pub fn fault(&self, what: impl Into<String>) {
        let what = what.into();
        self.note("fault", &what);
        self.state().faults.push(what);
    }

    /// The answer, or nothing where it is an error that `allowed` expects. Any other is a fault.
    pub fn expect<T>(
        &self,
        step: &str,
        result: Result<T>,
        allowed: fn(&Error) -> bool,
    ) -> Option<T> {
        match result {
            Ok(answer) => Some(answer),
            Err(error) => {
                if !allowed(&error) {
                    self.fault(format!("{step}: {error:?}"));
                }
                None
            }
        }
    }

    /// Every step in the order in which it ended, for whoever looks for the cause.
    pub fn story(&self) -> String {
        let state = self.state();
        format!(
            "seed {}\n{}\nfaults: {:#?}",
            self.seed,
            state.trace.join("\n"),
            state.faults
        )
    }
}

async fn ask<K: JobKind<Id = Uuid>>(db: &PgPool, request: Request, job: Job) -> Result<()> {
    match request {
        Request::Pause => control::pause::<K>(db, job.owner, job.id).await,
        Request::Resume => control::resume::<K>(db, job.owner, job.id).await,
        Request::Cancel => control::cancel::<K>(db, job.owner, job.id).await,
    }
}

pub fn never(_: &Error) -> bool {
    false
}

pub fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::NotFound(_) | Error::Conflict(_))
}

const fn highest(limit: i32) -> i32 {
    if limit == 0 { i32::MAX } else { limit }
}

pub fn pick<'a, T>(random: &mut ChaCha8Rng, from: &'a [T]) -> Option<&'a T> {
    (!from.is_empty()).then(|| &from[random.random_range(0..from.len())])
}

pub fn take<T>(random: &mut ChaCha8Rng, from: &mut Vec<T>) -> Option<T> {
    (!from.is_empty()).then(|| from.swap_remove(random.random_range(0..from.len())))
}
