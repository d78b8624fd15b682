//! What a recorder stores: bytes first, then the rows that name them.

use domain::{
    Result,
    checkpoints::{self, NewCheckpoint},
    evaluations::{self, NewEvaluation, NewSample},
    folders,
    measurements::ValidationLosses,
};
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
            step: i64::try_from(evaluation.step)?,
            epoch: i32::try_from(evaluation.epoch)?,
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
            epoch: i32::try_from(checkpoint.epoch)?,
            step: i64::try_from(step)?,
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
            let mut bytes =
                tokio::fs::read(&extent.path)
                    .await
                    .map_err(|source| domain::Error::File {
                        path: extent.path.display().to_string(),
                        source,
                    })?;
            bytes.truncate(usize::try_from(extent.size_bytes)?);
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
