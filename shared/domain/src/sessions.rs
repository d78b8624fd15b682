//! Signed-in devices. An access token is short and names a session; a refresh token is long, rotates with every use, and
//! only its hash is kept. A token that was rotated away and comes again was stolen: the session ends.

use sqlx::PgPool;

use crate::{
    Result,
    ids::{SessionId, UserId},
    users::{Role, User},
};

/// SHA-256 of a refresh token.
pub type RefreshHash = [u8; 32];

/// What presenting a refresh token came to.
#[derive(Debug)]
pub enum Refreshed {
    /// The session goes on, with the new token.
    Rotated(User),
    /// Two tabs refreshed at the same moment: the session goes on, but the token of the other tab counts.
    Concurrent(User),
    /// No such session, it ended or expired, or the token was used before: sign in again.
    Refused,
}

/// Signs a device in.
pub async fn start(
    db: &PgPool,
    user: UserId,
    refresh: &RefreshHash,
    days: u16,
) -> Result<SessionId> {
    Ok(sqlx::query_scalar!(
        r#"INSERT INTO sessions (user_id, refresh_hash, expires_at)
           VALUES ($1, $2, now() + make_interval(days => $3)) RETURNING id AS "id: SessionId""#,
        user.0,
        &refresh[..],
        i32::from(days)
    )
    .fetch_one(db)
    .await?)
}

/// The account of a session that is still alive.
pub async fn user(db: &PgPool, session: SessionId) -> Result<Option<User>> {
    Ok(sqlx::query_as!(
        User,
        r#"SELECT users.id AS "id: UserId", email, username, role AS "role: Role", users.created_at
           FROM sessions JOIN users ON users.id = sessions.user_id
           WHERE sessions.id = $1 AND ended_at IS NULL AND expires_at > now()"#,
        session.0
    )
    .fetch_optional(db)
    .await?)
}

/// Exchanges the refresh token `old` for `new`.
pub async fn refresh(
    db: &PgPool,
    session: SessionId,
    old: &RefreshHash,
    new: &RefreshHash,
    days: u16,
) -> Result<Refreshed> {
    let mut tx = db.begin().await?;
    let row = sqlx::query!(
        r#"SELECT users.id AS "id: UserId", email, username, role AS "role: Role", users.created_at,
                  refresh_hash, previous_refresh_hash, rotated_at > now() - interval '30 seconds' AS "just_rotated!"
           FROM sessions JOIN users ON users.id = sessions.user_id
           WHERE sessions.id = $1 AND ended_at IS NULL AND expires_at > now()
           FOR UPDATE OF sessions"#,
        session.0
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(row) = row else {
        return Ok(Refreshed::Refused);
    };
    let user = User {
        id: row.id,
        email: row.email,
        username: row.username,
        role: row.role,
        created_at: row.created_at,
    };
    if row.refresh_hash == old[..] {
        sqlx::query!(
            "UPDATE sessions SET refresh_hash = $2, previous_refresh_hash = $3, rotated_at = now(),
                                 expires_at = now() + make_interval(days => $4)
             WHERE id = $1",
            session.0,
            &new[..],
            &old[..],
            i32::from(days)
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        return Ok(Refreshed::Rotated(user));
    }
    if row.previous_refresh_hash.as_deref() == Some(&old[..]) {
        if row.just_rotated {
            return Ok(Refreshed::Concurrent(user));
        }
        end_in(&mut tx, session).await?;
        tx.commit().await?;
        tracing::warn!(%session, user = %user.id, "a refresh token was used twice; the session was ended");
    }
    Ok(Refreshed::Refused)
}

/// Signs a device out. Its sockets close, and its access token counts no more.
pub async fn end(db: &PgPool, session: SessionId) -> Result<()> {
    let mut connection = db.acquire().await?;
    end_in(&mut connection, session).await
}

async fn end_in(connection: &mut sqlx::PgConnection, session: SessionId) -> Result<()> {
    sqlx::query!(
        "WITH ended AS (UPDATE sessions SET ended_at = now() WHERE id = $1 AND ended_at IS NULL RETURNING id)
         SELECT pg_notify('avagar_events', 'session:' || id) FROM ended",
        session.0
    )
    .fetch_optional(connection)
    .await?;
    Ok(())
}
