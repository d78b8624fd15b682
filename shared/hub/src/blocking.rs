//! Blocking calls, such as those for files, outside the async executor.

use tokio::task::spawn_blocking;

use crate::Result;

/// Runs `work` on a thread for blocking calls; a panic in it continues here.
pub(crate) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    spawn_blocking(work)
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
