//! Passwords, access tokens and refresh tokens.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use domain::{
    ids::{SessionId, UserId},
    sessions::RefreshHash,
    settings,
};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode, get_current_timestamp,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::problem::{ApiResult, Problem};

/// Password hashes at a time: each takes 19 MiB and a core for a while.
const HASHES_AT_A_TIME: usize = 2;

/// Makes and checks tokens and password hashes.
pub struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    access_seconds: u64,
    hashing: Arc<Semaphore>,
}

/// What an access token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    sid: SessionId,
    exp: u64,
    iat: u64,
}

/// A refresh token: the session's id and a secret, as the client keeps it.
pub struct RefreshToken {
    session: SessionId,
    secret: String,
}

impl Tokens {
    /// Signs with the configured secret.
    pub fn new(auth: &settings::Auth) -> Self {
        let secret = auth.jwt_secret.expose_secret().as_bytes();
        Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            access_seconds: u64::from(auth.access_minutes) * 60,
            hashing: Arc::new(Semaphore::new(HASHES_AT_A_TIME)),
        }
    }

    /// Life of an access token in seconds.
    pub fn access_seconds(&self) -> u64 {
        self.access_seconds
    }

    /// An access token for a session.
    pub fn access(&self, user: UserId, session: SessionId) -> ApiResult<String> {
        let now = get_current_timestamp();
        let claims = Claims {
            sub: user,
            sid: session,
            iat: now,
            exp: now + self.access_seconds,
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(internal)
    }

    /// The session that an access token names, if the token is ours and hasn't expired.
    pub fn session(&self, access: &str) -> Option<SessionId> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 5;
        decode::<Claims>(access, &self.decoding, &validation)
            .ok()
            .map(|token| token.claims.sid)
    }

    /// Hashes a password with argon2id, OWASP's parameters, on a thread for such work.
    pub async fn hash(&self, password: String) -> ApiResult<String> {
        let _turn = self.hashing.acquire().await.map_err(internal)?;
        tokio::task::spawn_blocking(move || {
            Argon2::default()
                .hash_password(password.as_bytes())
                .map(|hash| hash.to_string())
        })
        .await
        .map_err(internal)?
        .map_err(internal)
    }

    /// Whether the password is the one that was hashed. Without a hash (no such account) it takes as long.
    pub async fn verify(&self, password: String, hash: Option<String>) -> ApiResult<bool> {
        let _turn = self.hashing.acquire().await.map_err(internal)?;
        tokio::task::spawn_blocking(move || match hash {
            Some(hash) => PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            }),
            None => {
                let _same_work = Argon2::default().hash_password(password.as_bytes());
                false
            }
        })
        .await
        .map_err(internal)
    }
}

impl RefreshToken {
    /// A new secret; its session gets its id from the database, so it is joined by [`RefreshToken::of`].
    pub fn secret() -> String {
        // Two version-4 UUIDs: 244 random bits from the system's generator.
        format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
    }

    /// The token of a session.
    pub fn of(session: SessionId, secret: String) -> Self {
        Self { session, secret }
    }

    /// Reads a token; `None` where it has another shape.
    pub fn parse(token: &str) -> Option<Self> {
        let (session, secret) = token.split_once('.')?;
        Some(Self {
            session: SessionId(Uuid::parse_str(session).ok()?),
            secret: secret.to_owned(),
        })
    }

    pub fn session(&self) -> SessionId {
        self.session
    }

    /// What the database keeps of it.
    pub fn hash(&self) -> RefreshHash {
        hash_secret(&self.secret)
    }
}

/// What the database keeps of a refresh token's secret.
pub fn hash_secret(secret: &str) -> RefreshHash {
    Sha256::digest(secret.as_bytes()).into()
}

impl std::fmt::Display for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.session, self.secret)
    }
}

fn internal(error: impl std::fmt::Display) -> Problem {
    tracing::error!("{error}");
    Problem::new(
        actix_web::http::StatusCode::INTERNAL_SERVER_ERROR,
        "the account could not be checked",
    )
}
