//! Accounts.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;

use crate::{Error, Result, conflict::Conflict, ids::UserId};

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Role {
    /// The first account: looks after the installation.
    Admin,
    /// Everybody else.
    Member,
}

/// An account, as its owner sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub id: UserId,
    /// Lower-case address; signs in with it.
    pub email: String,
    /// What to call the person.
    pub username: String,
    pub role: Role,
    pub created_at: DateTime<Utc>,
}

/// Makes an account; the first one becomes admin. Where `open` is false, only the first one can be made.
pub async fn register(
    db: &PgPool,
    email: &str,
    username: &str,
    password_hash: &str,
    open: bool,
) -> Result<User> {
    let mut tx = db.begin().await?;
    // Two first accounts at the same moment must not both become admin.
    sqlx::query!("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")
        .execute(&mut *tx)
        .await?;
    let first = sqlx::query_scalar!(r#"SELECT NOT EXISTS (SELECT FROM users) AS "first!""#)
        .fetch_one(&mut *tx)
        .await?;
    if !first && !open {
        return Err(Conflict::RegistrationClosed.into());
    }
    let role = if first { Role::Admin } else { Role::Member };
    let user = sqlx::query_as!(
        User,
        r#"INSERT INTO users (email, username, password_hash, role) VALUES (lower($1), $2, $3, $4)
           RETURNING id AS "id: UserId", email, username, role AS "role: Role", created_at"#,
        email,
        username,
        password_hash,
        role as Role
    )
    .fetch_one(&mut *tx)
    .await
    .map_err(Error::from)
    .map_err(|error| {
        if error.violates("users_email_unique") {
            Conflict::EmailTaken.into()
        } else {
            error
        }
    })?;
    tx.commit().await?;
    Ok(user)
}

/// An account and its password hash, by address.
pub async fn by_email(db: &PgPool, email: &str) -> Result<Option<(User, String)>> {
    let row = sqlx::query!(
        r#"SELECT id AS "id: UserId", email, username, role AS "role: Role", created_at, password_hash
           FROM users WHERE email = lower($1)"#,
        email
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let user = User {
            id: row.id,
            email: row.email,
            username: row.username,
            role: row.role,
            created_at: row.created_at,
        };
        (user, row.password_hash)
    }))
}
