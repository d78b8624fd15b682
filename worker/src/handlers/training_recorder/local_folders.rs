//! Folders of a run on this machine.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// Where what a run starts with lies until the trainer has loaded it.
pub(crate) fn start_folder(workspace: &Path) -> PathBuf {
    workspace.join("start")
}

/// Deletes a local folder that is not needed any more, where there is one; what remains goes with the run's scratch folder.
pub(crate) fn clear(folder: &Path) {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            tracing::warn!("{}: {error}", folder.display());
        }
        _ => {}
    }
}
