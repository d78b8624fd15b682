//! Where a run of a training starts: at the training's own checkpoint, or with what the training begins with.

use std::path::{Path, PathBuf};

use domain::{
    checkpoints, folders,
    log_message::LogMessage,
    metrics,
    states::LogLevel,
    training::Training,
    training_log,
    training_origins::{self, Origin, StoredOrigin},
};
use jobs::{RunContext, RunId};
use vits::training::trainer::InitFrom;

use super::{
    Handlers,
    base_model::{self, BaseFolder},
    job_error::JobError,
    training_recorder::{clear, start_folder},
};

/// What a run starts with, on this machine.
pub(super) enum Start {
    Scratch,
    Model(BaseFolder),
    /// A voice, or a checkpoint of an earlier training.
    Pretrained(PathBuf),
    /// A checkpoint of an earlier training that is gone on from.
    Continued(PathBuf),
    /// A checkpoint of its own.
    Resumed(PathBuf),
}

impl Start {
    pub(super) fn init_from(&self) -> InitFrom<'_> {
        match self {
            Self::Scratch => InitFrom::Scratch,
            Self::Model(base) => InitFrom::Pretrained(base.path()),
            Self::Pretrained(folder) => InitFrom::Pretrained(folder),
            Self::Continued(folder) => InitFrom::Continued(folder),
            Self::Resumed(folder) => InitFrom::Checkpoint(folder),
        }
    }
}

/// Fetches it. Curves are taken back to where the run starts.
pub(super) async fn fetch(
    handlers: &Handlers,
    context: &RunContext<Training>,
    training: &Training,
    workspace: &Path,
) -> Result<Start, JobError> {
    if let Some(own) = fetch_checkpoint(handlers, context, workspace).await? {
        // It has all that was taken from elsewhere.
        return Ok(Start::Resumed(own));
    }
    let run = context.run();
    metrics::rewind(run, 0).await?;
    let fetch = async |origin: &StoredOrigin| {
        let folder = start_folder(workspace);
        let fetched = handlers.fetch(context, &origin.folder, &origin.files, &folder);
        fetched.await?;
        Ok::<_, JobError>(folder)
    };
    Ok(match training_origins::of_run(run, training).await? {
        Origin::Nothing => Start::Scratch,
        Origin::Model(base) => Start::Model(base_model::folder(handlers, context, &base).await?),
        Origin::Voice(origin) | Origin::Checkpoint(origin) => {
            Start::Pretrained(fetch(&origin).await?)
        }
        Origin::Continued { step, checkpoint } => {
            let folder = fetch(&checkpoint).await?;
            let message = LogMessage::Continued { step };
            training_log::record(run, LogLevel::Info, &message).await?;
            Start::Continued(folder)
        }
        Origin::Gone => return Err(JobError::OriginGone),
    })
}

/// Fetches the newest checkpoint that is whole; answers its local folder. One that is torn is passed over, and the
/// training's owner is told. `None` where there is no checkpoint yet.
async fn fetch_checkpoint(
    handlers: &Handlers,
    context: &RunContext<Training>,
    workspace: &Path,
) -> Result<Option<PathBuf>, JobError> {
    let run = context.run();
    let checkpoints = checkpoints::of_run(run).await?;
    let recorded = checkpoints.iter().map(|checkpoint| &checkpoint.file_path);
    sweep(
        handlers,
        context,
        &folders::checkpoints(run.job),
        &recorded.collect::<Vec<_>>(),
    )
    .await;
    for checkpoint in &checkpoints {
        let folder = start_folder(workspace);
        clear(&folder);
        let (step, fetched) = (
            checkpoint.step,
            handlers.fetch(context, &checkpoint.file_path, &checkpoint.files, &folder),
        );
        match fetched.await {
            Ok(()) => {
                metrics::rewind(run, step).await?;
                tracing::info!(run = run.id.0, step, "goes on from a checkpoint");
                let message = LogMessage::Resumed { step };
                training_log::record(run, LogLevel::Info, &message).await?;
                return Ok(Some(folder));
            }
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                tracing::error!(run = run.id.0, step, "checkpoint passed over: {error}");
                let message = LogMessage::CheckpointTorn {
                    step,
                    cause: error.to_string(),
                };
                training_log::record(run, LogLevel::Warning, &message).await?;
            }
        }
    }
    if checkpoints.is_empty() {
        return Ok(None);
    }
    Err(JobError::NoWholeCheckpoint(checkpoints.len()))
}

/// Deletes the folders in `folder` that earlier runs have left and never recorded, as long as the run owns its job.
pub(super) async fn sweep(
    handlers: &Handlers,
    context: &RunContext<Training>,
    folder: &str,
    recorded: &[&String],
) {
    let swept = async {
        for name in handlers.storage.folders(folder).await? {
            let left = format!("{folder}/{name}");
            if !is_of_earlier_run(&name, context.run().id) || recorded.contains(&&left) {
                continue;
            }
            context.confirm_ownership().await?;
            handlers.storage.delete_folder(&left).await?;
        }
        Ok::<_, domain::Error>(())
    };
    if let Err(error) = swept.await {
        tracing::warn!("{folder}: what earlier runs left could not be deleted: {error}");
    }
}

/// Whether a folder was written by an earlier run: its name ends in the run's number. A run that was frozen when it cleared
/// up, and thaws when a later one has the job, meets that one's folders, whose rows may not be written yet. A name without
/// a number was written by no run that lives.
fn is_of_earlier_run(name: &str, run: RunId) -> bool {
    let number = name.rsplit_once("-run-").map(|(_, number)| number.parse());
    !matches!(number, Some(Ok(number)) if RunId(number) >= run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_earlier_runs_wrote_is_theirs_to_leave() {
        for (name, earlier) in [
            ("step-00000020-run-8", true),
            ("step-00000020-1-run-8", true),
            ("step-00000020-run-9", false),
            ("step-00000020-run-10", false),
            ("step-00000020-0-run-100", false),
            ("step-00000020", true),
            ("step-00000020-run-", true),
            ("step-00000020-run-x", true),
        ] {
            assert_eq!(is_of_earlier_run(name, RunId(9)), earlier, "{name}");
        }
    }
}
