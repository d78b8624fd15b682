//! Folders of a run on this machine.

use std::path::{Path, PathBuf};

/// Where a checkpoint lies until the trainer has loaded it.
pub(crate) fn resume_folder(workspace: &Path, step: i64) -> PathBuf {
    workspace.join(format!("resume-{step}"))
}

/// Deletes a local folder that is not needed any more; what remains goes with the run's scratch folder.
pub(super) fn clear(folder: &Path) {
    if let Err(error) = std::fs::remove_dir_all(folder) {
        tracing::warn!("{}: {error}", folder.display());
    }
}
