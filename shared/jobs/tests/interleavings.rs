//! Thousands of random schedules against a real PostgreSQL: several actors at once enqueue, claim, pause, resume, cancel,
//! delete, change limits, crash, thaw, hand back, rescue and sweep, tasks are lost, and apalis gives tasks back. Whatever
//! was drawn: no job without a task or a reason, no limit exceeded, never two live runs, nobody starves, and what was
//! cancelled is not charged.
//!
//! A seed gives the steps of every actor; how they meet is chance. `AVAGAR_SEED` repeats one seed, `AVAGAR_SCHEDULES` says
//! how many schedules there are.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that can't go on must stop"
)]

mod own_database;
mod schedule;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jobs::{Outcome, admission, claim::Claimed};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sqlx::PgPool;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    own_database::OwnDatabase,
    schedule::{Job, LOST_AFTER, QUEUES, Request, Work, World, actor, prepare},
};

const SCHEDULES: u64 = 1000;
/// Of one seed that is repeated.
const REPETITIONS: u64 = 100;
/// Schedules that run side by side, each lane in a database of its own.
const LANES: usize = 2;
/// An actor needs two at most, and there are five.
const CONNECTIONS: u32 = 10;

fn number_from(variable: &str) -> Option<u64> {
    let value = std::env::var(variable).ok()?;
    Some(value.parse().expect(variable))
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_meets_the_promises_hold() {
    let repeated = number_from("AVAGAR_SEED");
    let default = if repeated.is_some() {
        REPETITIONS
    } else {
        SCHEDULES
    };
    let count = number_from("AVAGAR_SCHEDULES").unwrap_or(default);
    let began = Instant::now();
    let next = Arc::new(AtomicU64::new(0));
    let mut lanes = JoinSet::new();
    for _ in 0..LANES {
        let next = next.clone();
        lanes.spawn(async move {
            let database = OwnDatabase::create(CONNECTIONS).await;
            // A rescue takes nobody for lost who could not be heard because the server was not there.
            database.wait_until_up_for(LOST_AFTER).await;
            let users = prepare(&database.pool).await;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    break;
                }
                let seed = repeated.unwrap_or(number);
                let world = run_schedule(&database.pool, &users, seed).await;
                if !world.state().faults.is_empty() {
                    return Some(world.story());
                }
            }
            database.close().await;
            None
        });
    }
    while let Some(ended) = lanes.join_next().await {
        if let Some(story) = ended.unwrap() {
            panic!("AVAGAR_SEED repeats it:\n{story}");
        }
    }
    println!("{count} schedules in {:?}", began.elapsed());
}

async fn run_schedule(db: &PgPool, users: &[Uuid], seed: u64) -> World {
    let world = Arc::new(World::new(db, users, seed).await);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut actors = JoinSet::new();
    for number in 0..random.random_range(3..6) {
        let (world, steps) = (world.clone(), random.random_range(8..18));
        actors.spawn(async move { actor::act(&world, number, steps).await });
    }
    while let Some(ended) = actors.join_next().await {
        if let Err(error) = ended {
            world.fault(format!("an actor broke off: {error}"));
        }
    }
    world.check_at_rest().await;
    world.check_credit().await;
    world.drain().await;
    Arc::into_inner(world).unwrap()
}

/// Without limits, and nobody acts.
async fn quiet_world() -> (OwnDatabase, World) {
    let database = OwnDatabase::create(CONNECTIONS).await;
    let users = prepare(&database.pool).await;
    let world = World::new(&database.pool, &users, 0).await;
    world.lift_limits().await;
    (database, world)
}

fn job_of(owner: Uuid) -> Job {
    Job {
        id: Uuid::new_v4(),
        owner,
        far: false,
    }
}

async fn claim_next(world: &World) -> Claimed {
    let (task_id, task) = world.fetch("drain", QUEUES[0]).await.unwrap();
    world.claim("drain", &task_id, &task).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_gives_up_what_waits_still_pays_for_what_was_served() {
    let (database, world) = quiet_world().await;
    let (patient, greedy) = (world.users[0], world.users[1]);
    for owner in [patient, patient, greedy] {
        world.enqueue(job_of(owner), Duration::ZERO).await;
    }
    let mut owners = Vec::new();
    while owners.iter().filter(|owner| **owner == patient).count() < 2 && owners.len() < 20 {
        let claimed = claim_next(&world).await;
        let completed = Outcome::Completed(claimed.run.0);
        world.finish(&claimed, &completed).await;
        if claimed.owner == greedy {
            let given_up = job_of(greedy);
            world.enqueue(given_up, Duration::ZERO).await;
            world.ask(Request::Cancel, given_up).await;
            world.enqueue(job_of(greedy), Duration::ZERO).await;
        }
        owners.push(claimed.owner);
    }
    assert!(world.state().faults.is_empty(), "{}", world.story());
    assert!(owners.len() <= 4, "not in turn: {owners:?}");
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_deletes_what_runs_still_pays_for_it() {
    let (database, world) = quiet_world().await;
    let (patient, greedy) = (world.users[0], world.users[1]);
    for owner in [patient, patient, greedy] {
        world.enqueue(job_of(owner), Duration::ZERO).await;
    }
    let mut owners = Vec::new();
    while owners.iter().filter(|owner| **owner == patient).count() < 2 && owners.len() < 20 {
        let claimed = claim_next(&world).await;
        if claimed.owner == greedy {
            world.delete(&[claimed.id], Duration::ZERO).await;
            world.enqueue(job_of(greedy), Duration::ZERO).await;
        } else {
            let completed = Outcome::Completed(claimed.run.0);
            world.finish(&claimed, &completed).await;
        }
        owners.push(claimed.owner);
    }
    assert!(world.state().faults.is_empty(), "{}", world.story());
    assert!(owners.len() <= 4, "not in turn: {owners:?}");
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_parked_with_the_turn_that_it_keeps_is_still_charged() {
    let (database, world) = quiet_world().await;
    world.limit_queue(QUEUES[0], 1).await;
    let (first, second) = (job_of(world.users[0]), job_of(world.users[0]));
    // This one is due earlier, and commits later.
    let mut slow = database.pool.begin().await.unwrap();
    sqlx::query("SELECT now()")
        .execute(&mut *slow)
        .await
        .unwrap();
    world.enqueue(first, Duration::ZERO).await;
    admission::enqueue::<Work<false>>(&mut slow, second.id, second.owner)
        .await
        .unwrap();
    slow.commit().await.unwrap();

    let claimed = claim_next(&world).await;
    assert_eq!(claimed.id, first.id);
    world.finish(&claimed, &Outcome::HandedBack).await;
    assert!(world.ask(Request::Cancel, second).await);
    // One more: it must not get the same turn.
    world.limit_queue(QUEUES[0], 0).await;
    world.enqueue(job_of(world.users[0]), Duration::ZERO).await;
    world.check_at_rest().await;
    assert!(world.state().faults.is_empty(), "{}", world.story());
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_frees_a_place_admits_the_next_job_without_a_sweep() {
    let (database, world) = quiet_world().await;
    let user = world.users[0];
    for way in ["end", "cancel", "pause", "delete", "limit"] {
        world.limit_user(QUEUES[0], user, 1).await;
        let (first, next) = (job_of(user), job_of(user));
        world.enqueue(first, Duration::ZERO).await;
        world.enqueue(next, Duration::ZERO).await;
        if way == "end" {
            let claimed = claim_next(&world).await;
            assert!(world.fetch("drain", QUEUES[0]).await.is_none());
            let failed = Outcome::Failed { reason: way.into() };
            world.finish(&claimed, &failed).await;
        }
        match way {
            "cancel" => _ = world.ask(Request::Cancel, first).await,
            "pause" => _ = world.ask(Request::Pause, first).await,
            "delete" => world.delete(&[first.id], Duration::ZERO).await,
            "limit" => world.limit_user(QUEUES[0], user, 2).await,
            _ => {}
        }
        let mut claimed = vec![claim_next(&world).await];
        if way == "limit" {
            claimed.push(claim_next(&world).await);
        }
        assert_eq!(claimed.last().unwrap().id, next.id, "{way}");
        for run in claimed {
            world.finish(&run, &Outcome::Completed(run.run.0)).await;
        }
    }
    assert!(world.state().faults.is_empty(), "{}", world.story());
    database.close().await;
}
