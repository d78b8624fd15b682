//! Writes checkpoints on a thread of its own, one at a time.

use std::{path::PathBuf, thread::JoinHandle};

use super::{Snapshot, State, write};
use crate::{Error, Result};

/// Writes below one workspace.
pub(crate) struct Writer {
    workspace: PathBuf,
    writing: Option<Writing>,
}

struct Writing {
    thread: JoinHandle<Result<PathBuf>>,
    step: u64,
    epoch: u64,
    mel_loss: f64,
}

/// How the writing of a checkpoint ended.
pub(crate) struct Written {
    pub(crate) step: u64,
    pub(crate) epoch: u64,
    pub(crate) mel_loss: f64,
    /// Its folder.
    pub(crate) folder: Result<PathBuf>,
}

impl Writer {
    pub(crate) fn new(workspace: PathBuf) -> Self {
        Self {
            workspace,
            writing: None,
        }
    }

    /// Begins to write. What was being written has to be waited for before.
    pub(crate) fn begin(&mut self, state: State, snapshot: Snapshot) {
        let workspace = self.workspace.clone();
        let (step, epoch, mel_loss) = (state.step, state.epoch, state.mel_loss);
        let thread = std::thread::spawn(move || write(&workspace, state, &snapshot));
        self.writing = Some(Writing {
            thread,
            step,
            epoch,
            mel_loss,
        });
    }

    /// What has been written since it was asked last; doesn't wait.
    pub(crate) fn written(&mut self) -> Option<Written> {
        match &self.writing {
            Some(writing) if writing.thread.is_finished() => self.wait(),
            _ => None,
        }
    }

    /// What is being written, once it is.
    pub(crate) fn wait(&mut self) -> Option<Written> {
        let Writing {
            thread,
            step,
            epoch,
            mel_loss,
        } = self.writing.take()?;
        let folder = thread.join().unwrap_or_else(|panic| {
            Err(Error::Internal(crate::error::panic_message(panic.as_ref())))
        });
        Some(Written {
            step,
            epoch,
            mel_loss,
            folder,
        })
    }
}
