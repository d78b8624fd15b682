//! One of those who act at the same time. Its steps are drawn from its seed; when they meet the others', chance decides.

use std::time::Duration;

use jobs::{Error, control, rescue::rescue, sweeper};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::{
    Job, LOST_AFTER, MAX_ATTEMPTS, QUEUES, Request, WORKERS, World, is_refusal, never, pick,
};

#[derive(Debug, Clone, Copy)]
enum Step {
    Enqueue,
    Fetch,
    ClaimLate,
    Continue,
    Freeze,
    EndByHand,
    Thaw,
    Pause,
    Resume,
    Cancel,
    Delete,
    UserLimit,
    QueueLimit,
    Rescue,
    AdmitDue,
    AdmitParked,
    RestoreTasks,
    Reenqueue,
    LoseTask,
    AgeFetched,
    PassTime,
    Observe,
}

/// How often each is drawn.
const WEIGHTS: [(Step, u32); 22] = [
    (Step::Enqueue, 20),
    (Step::Fetch, 24),
    (Step::ClaimLate, 4),
    (Step::Continue, 18),
    (Step::Freeze, 6),
    (Step::EndByHand, 1),
    (Step::Thaw, 8),
    (Step::Pause, 5),
    (Step::Resume, 5),
    (Step::Cancel, 4),
    (Step::Delete, 3),
    (Step::UserLimit, 3),
    (Step::QueueLimit, 2),
    (Step::Rescue, 6),
    (Step::AdmitDue, 3),
    (Step::AdmitParked, 3),
    (Step::RestoreTasks, 4),
    (Step::Reenqueue, 4),
    (Step::LoseTask, 3),
    (Step::AgeFetched, 3),
    (Step::PassTime, 4),
    (Step::Observe, 3),
];

fn draw(random: &mut ChaCha8Rng) -> Step {
    let total: u32 = WEIGHTS.iter().map(|(_, weight)| weight).sum();
    let mut left = random.random_range(0..total);
    for (step, weight) in WEIGHTS {
        if left < weight {
            return step;
        }
        left -= weight;
    }
    Step::Observe
}

/// Does so many steps.
pub async fn act(world: &World, number: usize, steps: usize) {
    let mut random = ChaCha8Rng::seed_from_u64(world.seed);
    random.set_stream(1 + number as u64);
    let mut actor = Actor {
        world,
        number,
        random,
    };
    for number_of_step in 0..steps {
        let step = match number_of_step {
            0 | 1 => Step::Enqueue,
            _ => draw(&mut actor.random),
        };
        let done = actor.take(step).await;
        world.note(number, format!("{step:?}: {done}"));
    }
}

struct Actor<'a> {
    world: &'a World,
    number: usize,
    random: ChaCha8Rng,
}

impl Actor<'_> {
    async fn take(&mut self, step: Step) -> String {
        let world = self.world;
        let random = &mut self.random;
        let worker = WORKERS[self.number];
        let queue = QUEUES[random.random_range(0..2)];
        match step {
            Step::Enqueue => self.enqueue().await,
            Step::Fetch => world.fetch_and_claim(random, worker, queue).await,
            Step::ClaimLate => world.claim_late(random, worker).await,
            Step::Continue => world.carry_on(random).await,
            Step::Freeze => world.freeze(random, false).await,
            Step::EndByHand => world.freeze(random, true).await,
            Step::Thaw => world.thaw(random).await,
            Step::Pause => self.ask(Request::Pause).await,
            Step::Resume => self.ask(Request::Resume).await,
            Step::Cancel => self.ask(Request::Cancel).await,
            Step::Delete => self.delete().await,
            Step::UserLimit => self.limit_user(queue).await,
            Step::QueueLimit => self.limit_queue(queue).await,
            Step::Rescue => {
                let rescued = rescue(&world.db, &world.kinds, LOST_AFTER, MAX_ATTEMPTS).await;
                format!("{:?}", world.expect("rescue", rescued, never))
            }
            Step::AdmitDue => {
                let admitted = sweeper::admit_due(&world.db).await;
                format!("{:?}", world.expect("admit_due", admitted, never))
            }
            Step::AdmitParked => {
                let admitted = sweeper::admit_parked(&world.db).await;
                format!("{:?}", world.expect("admit_parked", admitted, never))
            }
            Step::RestoreTasks => {
                let restored = sweeper::restore_tasks(&world.db, &QUEUES, LOST_AFTER).await;
                format!("{:?}", world.expect("restore_tasks", restored, never))
            }
            Step::Reenqueue => self.reenqueue().await,
            Step::LoseTask => {
                self.touch_one("DELETE FROM apalis.jobs WHERE id = (SELECT task_id FROM jobs WHERE id = $1)")
                    .await
            }
            Step::AgeFetched => {
                self.touch_one(
                    "UPDATE apalis.jobs SET lock_at = lock_at - interval '1 hour'
                     WHERE id = (SELECT task_id FROM jobs WHERE id = $1)",
                )
                .await
            }
            Step::PassTime => {
                self.touch_one(
                    "UPDATE jobs SET ready_at = now() WHERE id = $1 AND status = 'queued' AND ready_at > now()",
                )
                .await
            }
            Step::Observe => {
                world.observe().await;
                String::new()
            }
        }
    }

    async fn enqueue(&mut self) -> String {
        let job = Job {
            id: Uuid::from_u128(self.random.random()),
            owner: *pick(&mut self.random, self.world.regulars()).unwrap(),
            far: self.random.random_range(0..3) == 0,
        };
        let pause = self.pause();
        self.world.enqueue(job, pause).await;
        format!("{job:?}")
    }

    /// How long a transaction takes its time.
    fn pause(&mut self) -> Duration {
        let pause = Duration::from_micros(self.random.random_range(0..3000));
        if self.random.random_range(0..4) == 0 {
            pause
        } else {
            Duration::ZERO
        }
    }

    fn job(&mut self) -> Option<Job> {
        pick(&mut self.random, &self.world.state().jobs).copied()
    }

    async fn ask(&mut self, request: Request) -> String {
        let Some(job) = self.job() else {
            return "no job".into();
        };
        let by_operator = self.random.random_range(0..4) == 0;
        let World { db, kinds, .. } = self.world;
        let asked = match request {
            Request::Cancel if by_operator => {
                control::cancel_by_id(db, kinds, job.id, "by the operator").await
            }
            Request::Resume if by_operator => control::retry_by_id(db, kinds, job.id).await,
            _ => return format!("{}: {}", job.id, self.world.ask(request, job).await),
        };
        let granted = self.world.expect("operator", asked, is_refusal);
        format!("{}, by the operator: {}", job.id, granted.is_some())
    }

    async fn delete(&mut self) -> String {
        let mut ids = Vec::new();
        for _ in 0..self.random.random_range(1..4) {
            ids.extend(self.job().map(|job| job.id));
        }
        let pause = self.pause();
        self.world.delete(&ids, pause).await;
        format!("{ids:?}")
    }

    /// The next limit, where this actor may change it. The first actor alone does where limits are only raised.
    fn next_limit(&mut self, highest: Option<i32>) -> Option<i32> {
        let (drawn, unlimited) = (
            self.random.random_range(0..4),
            self.random.random_range(0..4),
        );
        if !self.world.only_raised {
            return Some(drawn);
        }
        let highest = highest.filter(|highest| self.number == 0 && *highest < i32::MAX)?;
        Some(if unlimited == 0 { 0 } else { highest + 1 })
    }

    async fn limit_user(&mut self, queue: &'static str) -> String {
        let user = *pick(&mut self.random, self.world.regulars()).unwrap();
        let highest = self.world.state().user_limits.get(&(queue, user)).copied();
        let Some(limit) = self.next_limit(highest) else {
            return "stays".into();
        };
        self.world.limit_user(queue, user, limit).await;
        format!("{user} in {queue}: {limit}")
    }

    async fn limit_queue(&mut self, queue: &'static str) -> String {
        let highest = self.world.state().queue_limits.get(queue).copied();
        let Some(limit) = self.next_limit(highest) else {
            return "stays".into();
        };
        self.world.limit_queue(queue, limit).await;
        format!("{queue}: {limit}")
    }

    /// What apalis does with the tasks of a worker that it takes for dead, whatever has become of their jobs.
    async fn reenqueue(&mut self) -> String {
        let world = self.world;
        let task = {
            let state = &mut *world.state();
            let from_hand = self.random.random::<bool>();
            let in_hand =
                pick(&mut self.random, &state.fetched).map(|(task_id, _)| task_id.clone());
            in_hand
                .filter(|_| from_hand)
                .or_else(|| pick(&mut self.random, &state.abandoned).cloned())
        };
        let Some(task) = task else {
            return "no dead worker".into();
        };
        let enqueued = sqlx::query(
            "WITH stale AS (
                 SELECT id FROM apalis.jobs WHERE id = $1 AND status IN ('Running', 'Queued') FOR UPDATE SKIP LOCKED
             )
             UPDATE apalis.jobs SET status = 'Pending', done_at = NULL, lock_by = NULL, lock_at = NULL,
                                    attempts = attempts + 1
             FROM stale WHERE apalis.jobs.id = stale.id",
        )
        .bind(&task)
        .execute(&world.db)
        .await;
        let enqueued = world.expect("reenqueue", enqueued.map_err(Error::from), never);
        format!("{task}: {:?}", enqueued.map(|done| done.rows_affected()))
    }

    /// What happens to one job from outside.
    async fn touch_one(&mut self, statement: &'static str) -> String {
        let Some(job) = self.job() else {
            return "no job".into();
        };
        let done = sqlx::query(statement)
            .bind(job.id)
            .execute(&self.world.db)
            .await;
        let done = self
            .world
            .expect("by hand", done.map_err(Error::from), never);
        format!("{}: {:?}", job.id, done.map(|done| done.rows_affected()))
    }
}
