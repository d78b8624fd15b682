//! Work that blocks its thread.

use tokio::task::spawn_blocking;

use crate::Result;

/// Does what waits for the disk where nobody else waits for it.
pub(crate) async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    spawn_blocking(work)
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}
