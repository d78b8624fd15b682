//! Stores what a recorder has; the rows that name it come after.

use std::{convert::Infallible, ops::ControlFlow, path::Path};

use domain::{
    Result,
    checkpoints::NewCheckpoint,
    columns,
    evaluations::{NewEvaluation, NewSample},
    folders,
    measurements::{Recognition, Spoken, ValidationLosses},
    storage::FolderUpload,
};
use tokio::io::AsyncReadExt;
use vits::training::trainer::Evaluation;

use super::{
    Recorder,
    transfer::{Stored, Transfer, WrittenCheckpoint},
};
use crate::tensorboard::Extent;

impl Recorder<'_> {
    /// Does it; returns it, to be done again where that failed, and what a row has to name.
    pub(super) async fn carry_out(
        &self,
        mut transfer: Transfer,
    ) -> (Transfer, Result<Option<Stored>>) {
        let result = match &mut transfer {
            Transfer::Evaluation(evaluation) => self
                .store_evaluation(evaluation)
                .await
                .map(|new| Some(Stored::Evaluation(new))),
            Transfer::Checkpoint(checkpoint) => self
                .store_checkpoint(checkpoint)
                .await
                .map(|new| Some(Stored::Checkpoint(new))),
            Transfer::Discard(upload) => {
                upload.discard(&self.handlers.storage).await;
                Ok(None)
            }
            Transfer::Deletion(folder) => {
                // Its row is gone; what stays of it is found by the next run.
                if let Err(error) = self.handlers.storage.delete_folder(folder).await {
                    tracing::warn!("{folder} could not be deleted: {error}");
                }
                Ok(None)
            }
        };
        (transfer, result)
    }

    async fn store_evaluation(&self, evaluation: &Evaluation) -> Result<NewEvaluation> {
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
        Ok(NewEvaluation {
            step: columns::bigint(evaluation.step, "step of the evaluation")?,
            epoch: columns::integer(evaluation.epoch, "epoch of the evaluation")?,
            losses: ValidationLosses {
                mel: losses.mel,
                kl: losses.kl,
                duration: losses.duration,
            },
            spoken: evaluation.spoken.map(|spoken| Spoken {
                mel_distance: spoken.mel_distance,
                duration_error: spoken.duration_error,
                recognition: spoken.recognition.map(|recognition| Recognition {
                    character_error_rate: recognition.character_error_rate,
                    recordings_character_error_rate: recognition.recordings_character_error_rate,
                }),
            }),
            best: evaluation.best,
            samples,
        })
    }

    /// Goes on where the last try ended.
    async fn store_checkpoint(&self, checkpoint: &mut WrittenCheckpoint) -> Result<NewCheckpoint> {
        let step = checkpoint.step;
        let key = format!(
            "{}/step-{step:08}-run-{}",
            folders::checkpoints(self.run().job),
            self.run().id
        );
        self.context.confirm_ownership().await?;
        let upload = match &mut checkpoint.upload {
            Some(upload) => upload,
            none => none.insert(FolderUpload::new(key.clone(), &checkpoint.folder)?),
        };
        let watch = || {
            self.context.touch();
            ControlFlow::<Infallible>::Continue(())
        };
        let ControlFlow::Continue(()) = upload.run(&self.handlers.storage, watch).await?;
        let files = upload.stored();
        self.store_event_files(&checkpoint.event_files).await?;
        Ok(NewCheckpoint {
            epoch: columns::integer(checkpoint.epoch, "epoch of the checkpoint")?,
            step: columns::bigint(step, "step")?,
            loss: checkpoint.mel_loss,
            file_path: key,
            files,
        })
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
}

/// The first bytes of a file.
async fn read_start(path: &Path, size_bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = tokio::fs::File::open(path).await?;
    file.take(size_bytes).read_to_end(&mut bytes).await?;
    Ok(bytes)
}
