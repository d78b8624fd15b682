//! What a recorder stores: bytes first, then the rows that name them.

use std::path::Path;

use domain::{
    Result,
    checkpoints::{self, NewCheckpoint},
    columns,
    evaluations::{self, NewEvaluation, NewSample},
    folders,
    measurements::ValidationLosses,
};
use tokio::io::AsyncReadExt;
use vits::training::trainer::Evaluation;

use super::{Recorder, pending::WrittenCheckpoint};
use crate::tensorboard::Extent;

impl Recorder<'_> {
    /// Bytes first, then the rows.
    pub(super) async fn store_evaluation(&self, evaluation: &Evaluation) -> Result<()> {
        let mut samples = Vec::with_capacity(evaluation.samples.len());
        for (number, sample) in evaluation.samples.iter().enumerate() {
            let key = format!(
                "{}/step-{:08}-{number}-run-{}",
                folders::samples(self.run().job),
                evaluation.step,
                self.run().id
            );
            self.handlers
                .put_folder(self.context, &key, &sample.folder)
                .await?;
            samples.push(NewSample {
                clip: sample.clip.clone(),
                text: sample.text.clone(),
                seconds: sample.seconds,
                recorded_seconds: sample.recorded_seconds,
                file_path: key,
            });
        }
        let losses = evaluation.losses;
        let new = NewEvaluation {
            step: columns::bigint(evaluation.step, "step of the evaluation")?,
            epoch: columns::integer(evaluation.epoch, "epoch of the evaluation")?,
            losses: ValidationLosses {
                mel: losses.mel,
                kl: losses.kl,
                duration: losses.duration,
            },
            best: evaluation.best,
            samples,
        };
        evaluations::record(self.run(), new).await
    }

    /// Bytes first, then the row.
    pub(super) async fn store(&self, checkpoint: &WrittenCheckpoint) -> Result<()> {
        let step = checkpoint.step;
        let key = format!(
            "{}/step-{step:08}-run-{}",
            folders::checkpoints(self.run().job),
            self.run().id
        );
        let files = self
            .handlers
            .put_folder(self.context, &key, &checkpoint.folder)
            .await?;
        self.store_event_files(&checkpoint.event_files).await?;
        let new = NewCheckpoint {
            epoch: columns::integer(checkpoint.epoch, "epoch of the checkpoint")?,
            step: columns::bigint(step, "step")?,
            loss: checkpoint.mel_loss,
            file_path: key,
            files,
        };
        checkpoints::record(self.run(), new).await?;
        tracing::info!(run = self.run().id.0, step, "checkpoint");
        Ok(())
    }

    /// Stores TensorBoard's files, each up to its step, over what was stored of them before.
    pub(super) async fn store_event_files(&self, extents: &[Extent]) -> Result<()> {
        let folder = folders::tensorboard(self.run().job);
        for extent in extents {
            let bytes = read_start(&extent.path, extent.size_bytes).await;
            let bytes = bytes.map_err(|source| domain::Error::File {
                path: extent.path.display().to_string(),
                source,
            })?;
            let key = format!("{folder}/{}", extent.name);
            self.handlers.put(self.context, &key, bytes).await?;
        }
        Ok(())
    }

    /// The names of the event files that earlier runs have stored.
    pub(super) async fn earlier_event_files(&self) -> Vec<String> {
        let listed = self
            .handlers
            .storage
            .files(&folders::tensorboard(self.run().job))
            .await;
        let listed = listed.unwrap_or_else(|error| {
            // They only tell how to name the next one, should clocks differ.
            tracing::warn!(run = self.run().id.0, "earlier event files: {error}");
            Vec::new()
        });
        listed.into_iter().map(|file| file.path).collect()
    }

    /// Forgets the oldest checkpoints. Rows first; files that could not be deleted are swept by the next run.
    pub(super) async fn prune(&self) -> Result<()> {
        let pruned = checkpoints::prune(self.run()).await?;
        for folder in pruned {
            if let Err(error) = self.handlers.storage.delete_folder(&folder).await {
                tracing::warn!("{folder} could not be deleted: {error}");
            }
        }
        Ok(())
    }
}

/// The first bytes of a file.
async fn read_start(path: &Path, size_bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = tokio::fs::File::open(path).await?;
    file.take(size_bytes).read_to_end(&mut bytes).await?;
    Ok(bytes)
}
