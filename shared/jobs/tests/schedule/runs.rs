//! What workers do: fetch, claim, write, end, die and come back.

use std::time::Duration;

use jobs::{Error, Outcome, Run, admission, claim, claim::Claimed, task::Task};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use tokio::time::sleep;

use super::{MAX_ATTEMPTS, Work, World, never, queue_named, take};

/// Whether a run's worker was silent for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worker {
    Lives,
    Frozen,
}

fn is_lost(error: &Error) -> bool {
    matches!(error, Error::LostRun(_))
}

impl World {
    /// As apalis does it, by its own function.
    pub async fn fetch(&self, worker: &str, queue: &str) -> Option<(String, Task)> {
        let fetched = sqlx::query_as("SELECT id, job FROM apalis.get_jobs($1, $2, 1)")
            .bind(worker)
            .bind(queue)
            .fetch_optional(&self.db)
            .await;
        let fetched = self.expect("fetch", fetched.map_err(Error::from), never);
        let (id, payload): (String, Vec<u8>) = fetched??;
        Some((id, serde_json::from_slice(&payload).unwrap()))
    }

    pub async fn claim(&self, worker: &str, task_id: &str, task: &Task) -> Option<Claimed> {
        let claimed = claim::claim(&self.db, task_id, task, worker).await;
        let claimed = self.expect("claim", claimed, never)??;
        {
            let mut state = self.state();
            let served = (queue_named(&claimed.queue), claimed.owner);
            let tag = state.served.entry(served).or_default();
            *tag = (*tag).max(claimed.start_tag);
        }
        let raised = admission::raise_virtual_time(&self.db, &claimed.queue, claimed.start_tag);
        self.expect("raise_virtual_time", raised.await, never);
        Some(claimed)
    }

    pub(super) async fn fetch_and_claim(
        &self,
        random: &mut ChaCha8Rng,
        worker: &str,
        queue: &str,
    ) -> String {
        let Some((task_id, task)) = self.fetch(worker, queue).await else {
            return "nothing to fetch".into();
        };
        let what = format!("fetched {task_id} of {}", task.id);
        match random.random_range(0..10) {
            0 => {
                self.state().abandoned.push(task_id);
                format!("{what} and died")
            }
            1 | 2 => {
                self.state().fetched.push((task_id, task));
                format!("{what} and claims it later")
            }
            3 => {
                let twins = tokio::join!(
                    self.claim(worker, &task_id, &task),
                    self.claim(worker, &task_id, &task)
                );
                if twins.0.is_some() && twins.1.is_some() {
                    self.fault(format!("{task_id} was claimed twice"));
                }
                self.hold(twins.0.or(twins.1), &what)
            }
            _ => {
                let claimed = self.claim(worker, &task_id, &task).await;
                self.hold(claimed, &what)
            }
        }
    }

    pub(super) async fn claim_late(&self, random: &mut ChaCha8Rng, worker: &str) -> String {
        let Some((task_id, task)) = take(random, &mut self.state().fetched) else {
            return "no task in hand".into();
        };
        let claimed = self.claim(worker, &task_id, &task).await;
        self.hold(claimed, &format!("late, {task_id} of {}", task.id))
    }

    fn hold(&self, claimed: Option<Claimed>, what: &str) -> String {
        let Some(claimed) = claimed else {
            return format!("{what}: claimed nothing");
        };
        let what = format!(
            "{what}: claimed as run {}, tag {}",
            claimed.run, claimed.start_tag
        );
        self.state().held.push(claimed);
        what
    }

    /// One that lives goes on: it writes, says that it lives, listens to its owner, or ends.
    pub(super) async fn carry_on(&self, random: &mut ChaCha8Rng) -> String {
        let Some(claimed) = take(random, &mut self.state().held) else {
            return "no run in hand".into();
        };
        let pause = Duration::from_micros(random.random_range(0..3000));
        let (done, still) = match random.random_range(0..10) {
            0 | 1 => self.write(&claimed, Worker::Lives, pause).await,
            2 => self.beat(&claimed, Worker::Lives).await,
            _ => {
                let outcome = draw_outcome(random, &claimed);
                (self.end(&claimed, Worker::Lives, &outcome).await, false)
            }
        };
        if still {
            self.state().held.push(claimed);
        }
        done
    }

    /// Its worker is frozen: the database doesn't hear from it.
    pub(super) async fn freeze(&self, random: &mut ChaCha8Rng, by_hand: bool) -> String {
        let Some(claimed) = take(random, &mut self.state().held) else {
            return "no run in hand".into();
        };
        let statement = if by_hand {
            "UPDATE runs SET ended_at = now(), outcome = 'lost', reason = 'by hand' WHERE id = $1 AND ended_at IS NULL"
        } else {
            "UPDATE runs SET heartbeat_at = now() - interval '1 hour' WHERE id = $1 AND ended_at IS NULL"
        };
        let updated = sqlx::query(statement)
            .bind(claimed.run)
            .execute(&self.db)
            .await;
        self.expect("freeze", updated.map_err(Error::from), never);
        let what = format!(
            "run {} {}",
            claimed.run,
            if by_hand {
                "was ended by hand"
            } else {
                "is frozen"
            }
        );
        self.state().frozen.push(claimed);
        what
    }

    /// It comes back, and does not know how long it was away.
    pub(super) async fn thaw(&self, random: &mut ChaCha8Rng) -> String {
        let Some(claimed) = take(random, &mut self.state().frozen) else {
            return "no frozen run".into();
        };
        let done = match random.random_range(0..3) {
            0 => {
                let (done, alive) = self.write(&claimed, Worker::Frozen, Duration::ZERO).await;
                if alive {
                    // It may be rescued all the same, until it says that it lives.
                    self.state().frozen.push(claimed);
                }
                done
            }
            1 => {
                let (done, alive) = self.beat(&claimed, Worker::Frozen).await;
                if alive {
                    self.state().held.push(claimed);
                }
                done
            }
            _ => {
                let outcome = draw_outcome(random, &claimed);
                self.end(&claimed, Worker::Frozen, &outcome).await
            }
        };
        format!("thawed: {done}")
    }

    async fn write(&self, claimed: &Claimed, worker: Worker, pause: Duration) -> (String, bool) {
        let run = Run::<Work<false>>::new(&self.db, claimed);
        let written = async {
            let mut tx = run.begin().await?;
            sleep(pause).await;
            run.made_progress(&mut tx).await?;
            Ok(tx.commit().await?)
        };
        let alive = self.owns("write", claimed, worker, written.await).await;
        (format!("run {} wrote: {alive}", claimed.run), alive)
    }

    async fn beat(&self, claimed: &Claimed, worker: Worker) -> (String, bool) {
        let run = Run::<Work<false>>::new(&self.db, claimed);
        let asked = run.control().await;
        self.owns("control", claimed, worker, asked).await;
        let beat = run.heartbeat().await;
        let alive = self.owns("heartbeat", claimed, worker, beat).await;
        (format!("run {} beat: {alive}", claimed.run), alive)
    }

    /// The end of a run whose worker lives.
    pub async fn finish(&self, claimed: &Claimed, outcome: &Outcome<i64>) -> String {
        self.end(claimed, Worker::Lives, outcome).await
    }

    async fn end(&self, claimed: &Claimed, worker: Worker, outcome: &Outcome<i64>) -> String {
        let finished = if claimed.kind == "far" {
            let run = Run::<Work<true>>::new(&self.db, claimed);
            run.finish(outcome, MAX_ATTEMPTS).await
        } else {
            let run = Run::<Work<false>>::new(&self.db, claimed);
            run.finish(outcome, MAX_ATTEMPTS).await
        };
        let written = self.owns("finish", claimed, worker, finished).await;
        if written {
            let name = name(outcome);
            self.state().ended.insert(claimed.run.0, name);
        }
        format!("run {} ends with {outcome:?}: {written}", claimed.run)
    }

    /// Whether the run could write. It couldn't only where it was lost indeed: its worker was frozen, or its job is gone.
    async fn owns<T>(
        &self,
        step: &str,
        claimed: &Claimed,
        worker: Worker,
        result: jobs::Result<T>,
    ) -> bool {
        let owns = self.expect(step, result, is_lost).is_some();
        if !owns {
            let (gone, lost): (bool, bool) = sqlx::query_as(
                "SELECT NOT EXISTS (SELECT FROM jobs WHERE jobs.id = job_id), outcome IS NOT DISTINCT FROM 'lost'
                 FROM runs WHERE id = $1",
            )
            .bind(claimed.run)
            .fetch_one(&self.db)
            .await
            .unwrap();
            let excused = gone || (lost && worker == Worker::Frozen);
            if !excused {
                self.fault(format!(
                    "{step} refused {}, lost: {lost}, {worker:?}",
                    claimed.run
                ));
            }
        }
        owns
    }
}

fn draw_outcome(random: &mut ChaCha8Rng, claimed: &Claimed) -> Outcome<i64> {
    let reason = "drawn".into();
    let after = random.random::<bool>().then_some(Duration::ZERO);
    match random.random_range(0..8) {
        0 | 1 => Outcome::Completed(claimed.run.0),
        2 => Outcome::Retry { after, reason },
        3 => Outcome::Snooze { after, reason },
        4 => Outcome::HandedBack,
        5 => Outcome::Paused,
        6 => Outcome::Cancelled,
        _ => Outcome::Failed { reason },
    }
}

fn name(outcome: &Outcome<i64>) -> &'static str {
    match outcome {
        Outcome::Completed(_) => "completed",
        Outcome::Retry { .. } => "retry",
        Outcome::Snooze { .. } => "snoozed",
        Outcome::Failed { .. } => "failed",
        Outcome::Paused => "paused",
        Outcome::Cancelled => "cancelled",
        Outcome::HandedBack => "handed_back",
        Outcome::Lost { .. } => "lost",
    }
}
