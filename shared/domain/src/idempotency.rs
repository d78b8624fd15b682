//! `Idempotency-Key`: a POST that starts work and comes twice gives the row of the first time.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{Result, conflict::Conflict, ids::UserId};

/// A key as a client sent it, with the hash of the request it stands for.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    /// 1 to 200 characters.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub request_hash: [u8; 32],
}

/// Claims `key` for the row `row`, in the transaction that makes the row. Answers the row of the first time where the
/// key was claimed before: then make nothing. A key that stood for another request is a conflict.
pub async fn claim(
    tx: &mut PgConnection,
    user: UserId,
    key: &IdempotencyKey,
    row: Uuid,
) -> Result<Option<Uuid>> {
    let claimed = sqlx::query!(
        "INSERT INTO idempotency_keys (user_id, key, request_hash, row_id) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id, key) DO NOTHING",
        user.0,
        key.key,
        &key.request_hash[..],
        row
    )
    .execute(&mut *tx)
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(None);
    }
    let first = sqlx::query!(
        "SELECT request_hash, row_id FROM idempotency_keys WHERE user_id = $1 AND key = $2",
        user.0,
        key.key
    )
    .fetch_one(tx)
    .await?;
    if first.request_hash != key.request_hash {
        return Err(Conflict::IdempotencyKeyReused.into());
    }
    Ok(Some(first.row_id))
}
