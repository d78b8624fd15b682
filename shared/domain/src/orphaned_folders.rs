//! Deletes the folders of the storage that no row names any more: the storage failed between a deleted row and its folders, or a
//! process was killed between the bytes and their row.

use std::time::Duration;

use chrono::Utc;
use futures::TryStreamExt;
use jobs::worker::Background;
use sqlx::PgPool;
use tokio::time::{Instant, interval_at};
use uuid::Uuid;

use crate::{Result, storage::Storage};

/// To list all of a bucket takes a request for a thousand files.
const SWEEP_INTERVAL: Duration = Duration::from_secs(12 * 3600);
const FIRST_SWEEP: Duration = Duration::from_secs(15 * 60);
/// Folders that one statement is asked for.
const BATCH: usize = 1000;

/// A folder of folders, each with the id of a row of one table.
#[derive(Debug, Clone, Copy)]
enum Table {
    Datasets,
    ModelCopies,
    TrainingJobs,
    Voices,
    Syntheses,
}

const FOLDERS: [(&str, Table); 8] = [
    ("checkpoints", Table::TrainingJobs),
    ("datasets", Table::Datasets),
    ("models", Table::ModelCopies),
    ("samples", Table::TrainingJobs),
    ("syntheses", Table::Syntheses),
    ("tensorboard", Table::TrainingJobs),
    ("uploads", Table::Datasets),
    ("voices", Table::Voices),
];

/// Those of the ids that have no row in the table.
macro_rules! without_row {
    ($table:literal, $db:expr, $ids:expr) => {
        sqlx::query_scalar!(
            r#"SELECT given.id AS "id!" FROM unnest($1::uuid[]) AS given (id)
               WHERE NOT EXISTS (SELECT FROM "#
                + $table
                + " AS named WHERE named.id = given.id)",
            $ids
        )
        .fetch_all($db)
        .await
    };
}

impl Table {
    async fn without_row(self, db: &PgPool, ids: &[Uuid]) -> Result<Vec<Uuid>> {
        Ok(match self {
            Self::Datasets => without_row!("datasets", db, ids),
            Self::ModelCopies => without_row!("model_copies", db, ids),
            Self::TrainingJobs => without_row!("training_jobs", db, ids),
            Self::Voices => without_row!("voices", db, ids),
            Self::Syntheses => without_row!("syntheses", db, ids),
        }?)
    }
}

/// Deletes those in which nothing was written for `min_age`; returns how many.
pub async fn delete(db: &PgPool, storage: &Storage, min_age: Duration) -> Result<usize> {
    let mut deleted = 0;
    for (prefix, table) in FOLDERS {
        // However many folders there are, only those of a batch are in memory.
        let mut batches = storage.subfolders(prefix).await?.try_chunks(BATCH);
        while let Some(batch) = batches.try_next().await.map_err(|error| error.1)? {
            let old = batch.into_iter().filter(|folder| {
                let age = Utc::now().signed_duration_since(folder.modified_at);
                age.to_std().is_ok_and(|age| age >= min_age)
            });
            // Whatever has another name is not ours.
            let ids: Vec<Uuid> = old.filter_map(|folder| folder.name.parse().ok()).collect();
            for id in table.without_row(db, &ids).await? {
                storage.delete_folder(&format!("{prefix}/{id}")).await?;
                tracing::info!("deleted {prefix}/{id}, which no row names");
                deleted += 1;
            }
        }
    }
    Ok(deleted)
}

/// Deletes them as long as a worker lives, where an administrator has said after how many days. Never unasked: whatever another
/// database names in the same storage has no row in this one. A row comes after its bytes, and is there long before a day is over.
pub async fn run(given: Background, storage: Storage, days: u32) {
    // Of a folder in two storages, one may be old and the other just begun.
    if days == 0 || storage.is_moving() {
        return;
    }
    let min_age = Duration::from_secs(u64::from(days) * 24 * 3600);
    let mut ticks = interval_at(Instant::now() + FIRST_SWEEP, SWEEP_INTERVAL);
    loop {
        ticks.tick().await;
        if let Err(error) = delete(&given.db, &storage, min_age).await {
            tracing::warn!("deleting folders that no row names: {error}");
        }
    }
}
