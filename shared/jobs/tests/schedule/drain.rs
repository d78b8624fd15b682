//! Until the last job is done: every one is served in its turn, and nothing is left.

use std::{collections::HashMap, time::Duration};

use jobs::{Error, Outcome, Run, claim::Claimed, rescue::rescue};
use uuid::Uuid;

use super::{
    Job, LOST_AFTER, MAX_ATTEMPTS, QUEUES, Request, WORKERS, Work, World, checks::OpenJob, never,
};

impl World {
    /// Time passes, all limits fall, everybody resumes, and a newcomer asks for one job.
    pub async fn drain(&self) {
        self.lift_everything().await;
        self.sweep().await;
        for queue in QUEUES {
            let waiting: Vec<OpenJob> = self
                .open_jobs()
                .await
                .into_iter()
                .filter(|job| job.queue == queue)
                .collect();
            let newcomer = Job {
                id: Uuid::new_v4(),
                owner: self.newcomer(),
                far: queue == QUEUES[1],
            };
            self.enqueue(newcomer, Duration::ZERO).await;
            let mut served = Vec::new();
            while let Some((task_id, task)) = self.fetch(WORKERS[5], queue).await {
                if let Some(claimed) = self.claim(WORKERS[5], &task_id, &task).await {
                    let done = self
                        .finish(&claimed, &Outcome::Completed(claimed.run.0))
                        .await;
                    self.note(
                        "drain",
                        format!("tag {} of {}: {done}", claimed.start_tag, claimed.owner),
                    );
                    served.push(claimed);
                }
            }
            self.check_turns(&served, newcomer.id);
            if served.len() != waiting.len() + 1 {
                self.fault(format!("served {served:?}\nof {waiting:?}"));
            }
        }
        self.consume_strays().await;
        self.check_ends().await;
    }

    /// Tasks whose jobs are gone may be left in the hands of dead workers: apalis gives them back, and nothing comes of
    /// them.
    async fn consume_strays(&self) {
        sqlx::query("UPDATE apalis.jobs SET status = 'Pending', lock_by = NULL, lock_at = NULL")
            .execute(&self.db)
            .await
            .unwrap();
        for queue in QUEUES {
            while let Some((task_id, task)) = self.fetch(WORKERS[5], queue).await {
                let claimed = self.claim(WORKERS[5], &task_id, &task).await;
                if claimed.is_some() {
                    self.fault(format!("the stray {task_id} began {claimed:?}"));
                }
            }
        }
    }

    async fn lift_everything(&self) {
        self.lift_limits().await;
        sqlx::query(
            "UPDATE runs SET heartbeat_at = now() - interval '1 hour' WHERE ended_at IS NULL",
        )
        .execute(&self.db)
        .await
        .unwrap();
        let rescued = rescue(&self.db, &self.kinds, LOST_AFTER, MAX_ATTEMPTS).await;
        self.note("drain", format!("rescued {rescued:?}"));
        self.expect("rescue", rescued, never);
        let jobs = self.state().jobs.clone();
        for job in jobs {
            self.ask(Request::Resume, job).await;
        }
        sqlx::raw_sql(
            "UPDATE jobs SET ready_at = now() WHERE status = 'queued' AND ready_at > now();
             UPDATE apalis.jobs SET lock_at = lock_at - interval '1 hour'",
        )
        .execute(&self.db)
        .await
        .unwrap();
    }

    /// The lowest tag is served first, and a newcomer after at most one job of each other user's, besides those whose turn
    /// is overdue.
    fn check_turns(&self, served: &[Claimed], newcomer: Uuid) {
        if !served.is_sorted_by_key(|claimed| claimed.start_tag) {
            self.fault(format!("not in the order of the tags: {served:?}"));
        }
        let mut before: HashMap<Uuid, u32> = HashMap::new();
        let Some(first) = served.iter().position(|claimed| claimed.id == newcomer) else {
            return self.fault("the newcomer was not served");
        };
        for claimed in &served[..first] {
            if claimed.start_tag >= served[first].start_tag {
                *before.entry(claimed.owner).or_default() += 1;
            }
        }
        if before.values().any(|count| *count > 1) {
            self.fault(format!("the newcomer waits for {before:?} in {served:?}"));
        }
    }

    async fn check_ends(&self) {
        self.observe().await;
        let left: Vec<(Uuid, String)> = sqlx::query_as(
            "SELECT id, status FROM jobs WHERE status NOT IN ('completed', 'cancelled')",
        )
        .fetch_all(&self.db)
        .await
        .unwrap();
        let tasks: Vec<String> = sqlx::query_scalar("SELECT id FROM apalis.jobs")
            .fetch_all(&self.db)
            .await
            .unwrap();
        if !left.is_empty() || !tasks.is_empty() {
            self.fault(format!("left: jobs {left:?}, tasks {tasks:?}"));
        }
        let kept: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM jobs")
            .fetch_all(&self.db)
            .await
            .unwrap();
        let gone: Vec<Uuid> = {
            let state = self.state();
            let made = state.jobs.iter().map(|job| job.id);
            made.filter(|id| !kept.contains(id) && !state.deleted.contains(id))
                .collect()
        };
        if !gone.is_empty() {
            self.fault(format!("vanished: {gone:?}"));
        }
        let late: Vec<Claimed> = {
            let state = &mut *self.state();
            state.held.drain(..).chain(state.frozen.drain(..)).collect()
        };
        for claimed in late {
            let run = Run::<Work<false>>::new(&self.db, &claimed);
            let begun = run.begin().await.err();
            let finished = run
                .finish(&Outcome::Completed(claimed.run.0), MAX_ATTEMPTS)
                .await
                .err();
            for refused in [
                begun,
                finished,
                run.heartbeat().await.err(),
                run.control().await.err(),
            ] {
                if !matches!(refused, Some(Error::LostRun(_))) {
                    self.fault(format!(
                        "the lost run {} was answered {refused:?}",
                        claimed.run
                    ));
                }
            }
        }
        self.check_history().await;
    }

    /// Every run ended as its worker was told, once; and outputs are those of completed runs.
    async fn check_history(&self) {
        let runs: Vec<(i64, Option<String>, bool)> = sqlx::query_as(
            "SELECT id, outcome, output.run_id IS NOT NULL
             FROM runs LEFT JOIN outputs AS output ON output.run_id = runs.id",
        )
        .fetch_all(&self.db)
        .await
        .unwrap();
        for (id, outcome, has_output) in runs {
            let told = self.state().ended.get(&id).copied();
            if outcome.as_deref() != Some(told.unwrap_or("lost")) {
                self.fault(format!("run {id} was told {told:?} and is {outcome:?}"));
            }
            if has_output != (told == Some("completed")) {
                self.fault(format!(
                    "run {id} was told {told:?}, and has an output: {has_output}"
                ));
            }
        }
    }
}
