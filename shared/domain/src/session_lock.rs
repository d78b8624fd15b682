//! An advisory lock of PostgreSQL, for work that one process does for all.

use sqlx::{Connection, PgConnection, PgPool};

use crate::Result;

/// Held until it is released or dropped. It is the lock of a session, not of a transaction, which the server would end while the
/// work takes its time.
pub struct SessionLock {
    /// Out of the pool, so that it ends with this, however that ends.
    session: PgConnection,
}

impl SessionLock {
    /// `None` while another process holds it.
    pub async fn try_take(db: &PgPool, key: i64) -> Result<Option<Self>> {
        let mut session = db.acquire().await?.detach();
        let taken = sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "taken!""#, key)
            .fetch_one(&mut session)
            .await?;
        if taken {
            return Ok(Some(Self { session }));
        }
        session.close().await?;
        Ok(None)
    }

    /// Lets others have it.
    pub async fn release(self) -> Result<()> {
        Ok(self.session.close().await?)
    }
}
