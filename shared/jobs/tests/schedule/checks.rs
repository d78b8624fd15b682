//! What must hold, whatever was drawn: always, and when all actors rest.

use std::{collections::HashMap, time::Duration};

use jobs::sweeper;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::{Job, LOST_AFTER, QUEUES, Request, World, never, pick, queue_named};

/// A job as it waits or runs.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct OpenJob {
    id: Uuid,
    pub(super) queue: String,
    user_id: Uuid,
    status: String,
    parked: bool,
    start_tag: Option<i64>,
    has_task: bool,
    task_exists: bool,
    backs_off: bool,
}

impl OpenJob {
    fn is_admitted(&self) -> bool {
        self.has_task || self.status == "running"
    }
}

#[derive(Debug, sqlx::FromRow)]
struct Share {
    queue: String,
    user_id: Uuid,
    finish_tag: i64,
    virtual_time: i64,
    max_jobs: Option<i64>,
}

impl World {
    /// At any time.
    pub async fn observe(&self) {
        let wrong: Vec<String> = sqlx::query_scalar(
            "SELECT format('run %s lives, and job %s names %s', runs.id, job_id, run_id)
             FROM runs JOIN jobs ON jobs.id = job_id WHERE ended_at IS NULL AND run_id IS DISTINCT FROM runs.id
             UNION ALL
             SELECT format('job %s names run %s, which has ended', jobs.id, run_id)
             FROM jobs JOIN runs ON runs.id = run_id WHERE ended_at IS NOT NULL AND reason IS DISTINCT FROM 'by hand'
             UNION ALL
             SELECT format('job %s has %s live runs', job_id, count(*))
             FROM runs WHERE ended_at IS NULL GROUP BY job_id HAVING count(*) > 1",
        )
        .fetch_all(&self.db)
        .await
        .unwrap();
        for wrong in wrong {
            self.fault(wrong);
        }
        self.check_limits(&self.open_jobs().await);
    }

    fn check_limits(&self, jobs: &[OpenJob]) {
        for ((queue, user), admitted) in admitted(jobs) {
            let allowed = self.state().max_admitted(queue, user);
            if admitted > allowed {
                self.fault(format!(
                    "{admitted} jobs of {user} in {queue}, {allowed} may be"
                ));
            }
        }
    }

    pub(super) async fn open_jobs(&self) -> Vec<OpenJob> {
        sqlx::query_as(
            "SELECT jobs.id, queue, user_id, jobs.status, parked, start_tag, task_id IS NOT NULL AS has_task,
                    task.id IS NOT NULL AS task_exists, ready_at > now() AS backs_off
             FROM jobs LEFT JOIN apalis.jobs AS task ON task.id = task_id
             WHERE jobs.status IN ('queued', 'running')",
        )
        .fetch_all(&self.db)
        .await
        .unwrap()
    }

    async fn shares(&self) -> Vec<Share> {
        sqlx::query_as(
            "SELECT queue, user_id, finish_tag, coalesce(virtual_time, 0) AS virtual_time,
                    least(nullif(max_jobs, 0), nullif(max_jobs_per_user, 0))::bigint AS max_jobs
             FROM queue_shares LEFT JOIN queues ON name = queue",
        )
        .fetch_all(&self.db)
        .await
        .unwrap()
    }

    pub(super) async fn sweep(&self) {
        self.expect("admit_due", sweeper::admit_due(&self.db).await, never);
        self.expect("admit_parked", sweeper::admit_parked(&self.db).await, never);
        let restored = sweeper::restore_tasks(&self.db, &QUEUES, LOST_AFTER).await;
        self.expect("restore_tasks", restored, never);
    }

    /// When all actors rest: one sweep later, every job that waits has a task or a reason.
    pub async fn check_at_rest(&self) {
        self.observe().await;
        self.sweep().await;
        let jobs = self.open_jobs().await;
        self.check_limits(&jobs);
        let admitted = admitted(&jobs);
        let shares = self.shares().await;
        for job in jobs.iter().filter(|job| job.status == "queued") {
            let key = (queue_named(&job.queue), job.user_id);
            let share = shares.iter().find(|share| share.is(key)).unwrap();
            let full = share
                .max_jobs
                .is_some_and(|limit| admitted.get(&key).copied().unwrap_or(0) >= limit);
            let has_reason = job.backs_off || (job.parked && full);
            let right = if job.has_task {
                job.task_exists
            } else {
                has_reason
            };
            if !right {
                self.fault(format!("neither a task nor a reason: {job:?}, {share:?}"));
            }
        }
        self.check_tags(&jobs, &shares);
    }

    /// No two jobs of a user share a turn.
    fn check_tags(&self, jobs: &[OpenJob], shares: &[Share]) {
        let mut tags: Vec<_> = jobs
            .iter()
            .filter(|job| job.is_admitted())
            .map(|job| (queue_named(&job.queue), job.user_id, job.start_tag))
            .collect();
        tags.sort_unstable();
        for pair in tags.windows(2) {
            if pair[0] == pair[1] {
                self.fault(format!("two jobs with the tag {:?}", pair[0]));
            }
        }
        for (queue, user, tag) in tags {
            let share = shares.iter().find(|share| share.is((queue, user))).unwrap();
            if tag.is_none_or(|tag| tag >= share.finish_tag) {
                self.fault(format!("the tag {tag:?} was not charged: {share:?}"));
            }
        }
    }

    /// One user gives up all that waits: what was not served is not charged.
    pub async fn check_credit(&self) {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let user = *pick(&mut random, self.regulars()).unwrap();
        let how = random.random_range(0..3);
        let mut gone = Vec::new();
        for open in self.open_jobs().await {
            if open.user_id == user && open.status == "queued" {
                let far = open.queue == QUEUES[1];
                gone.push(Job {
                    id: open.id,
                    owner: user,
                    far,
                });
            }
        }
        self.note("credit", format!("{user} gives up {gone:?}, {how}"));
        if how == 0 {
            let ids: Vec<Uuid> = gone.iter().map(|job| job.id).collect();
            self.delete(&ids, Duration::ZERO).await;
        } else {
            let request = if how == 1 {
                Request::Pause
            } else {
                Request::Cancel
            };
            for job in &gone {
                self.ask(request, *job).await;
            }
        }
        let jobs = self.open_jobs().await;
        self.check_tags(&jobs, &self.shares().await);
        for share in self.shares().await {
            let queue = queue_named(&share.queue);
            let gave_up = |job: &Job| QUEUES[usize::from(job.far)] == queue;
            if share.user_id != user || !gone.iter().any(gave_up) {
                continue;
            }
            let running = jobs
                .iter()
                .filter(|job| job.user_id == user && job.queue == queue);
            let running = running.filter_map(|job| job.start_tag).max();
            let served = self.state().served.get(&(queue, user)).copied();
            let charged = running.max(served).map_or(0, |tag| tag + 1);
            if share.finish_tag > share.virtual_time.max(charged) {
                self.fault(format!(
                    "charged for what was not served: {share:?}, {running:?}, {served:?}"
                ));
            }
        }
    }
}

impl Share {
    fn is(&self, (queue, user): (&str, Uuid)) -> bool {
        self.queue == queue && self.user_id == user
    }
}

fn admitted(jobs: &[OpenJob]) -> HashMap<(&'static str, Uuid), i64> {
    let mut admitted = HashMap::new();
    for job in jobs.iter().filter(|job| job.is_admitted()) {
        *admitted
            .entry((queue_named(&job.queue), job.user_id))
            .or_default() += 1;
    }
    admitted
}
