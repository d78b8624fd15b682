//! What a person has chosen, and the Hub token that they gave us: encrypted, so that who reads the database or a copy of it
//! can't use it.

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Generate, Payload},
};
use hub::Token;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;

use crate::{Error, Result, columns, conflict::Conflict, ids::UserId, queue::Queue};

/// Downloads at a time of who has chosen nothing.
const CONCURRENT_DOWNLOADS: i32 = 2;

/// Bytes of a nonce of XChaCha20; random ones of that length don't repeat.
const NONCE_BYTES: usize = 24;

/// What a person has chosen.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Preferences {
    /// Downloads at a time, 1 to 16.
    pub max_concurrent_downloads: i32,
    /// Of all downloads of a worker process together; 0 is no limit.
    pub max_bytes_per_second: i64,
    /// Whose Hub token is saved; null where none is.
    pub huggingface: Option<SavedToken>,
}

/// A saved token, as its owner knows it again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SavedToken {
    /// The Hub's user name.
    pub user: String,
    /// The token's last four characters.
    pub last_four: String,
}

/// Seals and opens tokens.
#[derive(Clone)]
pub struct TokenCipher {
    cipher: XChaCha20Poly1305,
    key_id: String,
}

/// A encrypted token: nonce, then ciphertext with its tag.
struct EncryptedToken {
    bytes: Vec<u8>,
    key_id: String,
}

impl TokenCipher {
    /// With the key that is made from this secret.
    pub fn new(secret: &SecretString) -> Self {
        let hash = |purpose: &str| {
            let mut hash = Sha256::new();
            hash.update(purpose);
            hash.update([0]);
            hash.update(secret.expose_secret());
            hash.finalize()
        };
        let key_id = hash("avagar seal, key id");
        Self {
            cipher: XChaCha20Poly1305::new(&hash("avagar seal, key")),
            key_id: key_id[..4]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
        }
    }

    fn encrypt(&self, user: UserId, token: &Token) -> Result<EncryptedToken> {
        let nonce = XNonce::generate();
        let encrypted = self.cipher.encrypt(
            &nonce,
            Payload {
                msg: token.expose().as_bytes(),
                // Copied to another person's row it can't be opened.
                aad: user.0.as_bytes(),
            },
        );
        let encrypted =
            encrypted.map_err(|_| Error::Internal("the token could not be encrypted".into()))?;
        Ok(EncryptedToken {
            bytes: [&nonce[..], &encrypted].concat(),
            key_id: self.key_id.clone(),
        })
    }

    fn decrypt(&self, user: UserId, encrypted: &EncryptedToken) -> Option<Token> {
        let (nonce, encrypted) = encrypted.bytes.split_first_chunk::<NONCE_BYTES>()?;
        let opened = self.cipher.decrypt(
            &XNonce::from(*nonce),
            Payload {
                msg: encrypted,
                aad: user.0.as_bytes(),
            },
        );
        Token::new(std::str::from_utf8(&opened.ok()?).ok()?)
    }
}

/// What this user has chosen; the defaults where nothing was.
pub async fn find(db: &PgPool, user: UserId) -> Result<Preferences> {
    let row = sqlx::query!(
        "SELECT max_concurrent_downloads, max_bytes_per_second, huggingface_user, huggingface_last_four
         FROM user_settings WHERE user_id = $1",
        user.0
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = row else {
        return Ok(Preferences {
            max_concurrent_downloads: CONCURRENT_DOWNLOADS,
            max_bytes_per_second: 0,
            huggingface: None,
        });
    };
    Ok(Preferences {
        max_concurrent_downloads: row.max_concurrent_downloads,
        max_bytes_per_second: row.max_bytes_per_second,
        huggingface: row
            .huggingface_user
            .zip(row.huggingface_last_four)
            .map(|(user, last_four)| SavedToken { user, last_four }),
    })
}

/// What is to be different; what is `None` stays.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change {
    /// Downloads at a time.
    pub max_concurrent_downloads: Option<u32>,
    /// Of all downloads together; 0 is no limit.
    pub max_bytes_per_second: Option<u64>,
}

/// Changes what a person has chosen.
pub async fn change(db: &PgPool, user: UserId, change: Change) -> Result<()> {
    let mut tx = db.begin().await?;
    let max_concurrent_downloads = sqlx::query_scalar!(
        "INSERT INTO user_settings (user_id, max_concurrent_downloads, max_bytes_per_second)
         VALUES ($1, coalesce($2::int, $4::int), coalesce($3::bigint, 0))
         ON CONFLICT (user_id) DO UPDATE
             SET max_concurrent_downloads = coalesce($2, user_settings.max_concurrent_downloads),
                 max_bytes_per_second = coalesce($3, user_settings.max_bytes_per_second)
         RETURNING max_concurrent_downloads",
        user.0,
        change
            .max_concurrent_downloads
            .map(|most| columns::integer(most, "maxConcurrentDownloads"))
            .transpose()?,
        change
            .max_bytes_per_second
            .map(|most| columns::bigint(most, "maxBytesPerSecond"))
            .transpose()?,
        CONCURRENT_DOWNLOADS
    )
    .fetch_one(&mut *tx)
    .await?;
    let queue = Queue::Downloads.name();
    jobs::admission::set_user_limit(&mut tx, queue, user.0, max_concurrent_downloads).await?;
    Ok(tx.commit().await?)
}

/// How many downloads of the user may be on their way at a time.
pub(crate) async fn max_concurrent_downloads(tx: &mut PgConnection, user: UserId) -> Result<i32> {
    let limit = sqlx::query_scalar!(
        "SELECT max_concurrent_downloads FROM user_settings WHERE user_id = $1",
        user.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(limit.unwrap_or(CONCURRENT_DOWNLOADS))
}

/// Bytes a second that the user's downloads may be together; 0 is no limit.
pub(crate) async fn max_bytes_per_second(tx: &mut PgConnection, user: UserId) -> Result<u64> {
    let limit = sqlx::query_scalar!(
        "SELECT max_bytes_per_second FROM user_settings WHERE user_id = $1",
        user.0
    )
    .fetch_optional(tx)
    .await?;
    Ok(limit.map_or(0, i64::unsigned_abs))
}

/// Saves a token that the Hub has said belongs to `account`.
pub async fn save_token(
    db: &PgPool,
    cipher: &TokenCipher,
    user: UserId,
    token: &Token,
    account: &str,
) -> Result<()> {
    let encrypted = cipher.encrypt(user, token)?;
    sqlx::query!(
        "INSERT INTO user_settings
             (user_id, huggingface_token, huggingface_token_key_id, huggingface_user, huggingface_last_four)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_id) DO UPDATE
             SET huggingface_token = EXCLUDED.huggingface_token,
                 huggingface_token_key_id = EXCLUDED.huggingface_token_key_id,
                 huggingface_user = EXCLUDED.huggingface_user,
                 huggingface_last_four = EXCLUDED.huggingface_last_four",
        user.0,
        encrypted.bytes,
        encrypted.key_id,
        account,
        token.last_four()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets the token.
pub async fn delete_token(db: &PgPool, user: UserId) -> Result<()> {
    sqlx::query!(
        "UPDATE user_settings SET huggingface_token = NULL, huggingface_token_key_id = NULL, huggingface_user = NULL,
                                  huggingface_last_four = NULL
         WHERE user_id = $1",
        user.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// This user's token; `None` where none is saved.
///
/// # Errors
/// [`Error::Conflict`] where it was encrypted with another secret.
pub async fn token(db: &PgPool, cipher: &TokenCipher, user: UserId) -> Result<Option<Token>> {
    let row = sqlx::query!(
        "SELECT huggingface_token, huggingface_token_key_id FROM user_settings WHERE user_id = $1",
        user.0
    )
    .fetch_optional(db)
    .await?;
    let encrypted = row.and_then(|row| {
        let (bytes, key_id) = row.huggingface_token.zip(row.huggingface_token_key_id)?;
        Some(EncryptedToken { bytes, key_id })
    });
    let Some(encrypted) = encrypted else {
        return Ok(None);
    };
    let opened = cipher.decrypt(user, &encrypted);
    if opened.is_none() {
        tracing::error!(
            "a Hub token was encrypted with key {}, and auth.sealing_secret makes key {}",
            encrypted.key_id,
            cipher.key_id
        );
    }
    opened
        .map(Some)
        .ok_or_else(|| Error::from(Conflict::TokenUnreadable))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_opened_by_its_owner_and_its_key_only() {
        let (user, other) = (UserId(uuid::Uuid::new_v4()), UserId(uuid::Uuid::new_v4()));
        let cipher = TokenCipher::new(&"one secret of the tests, long enough".into());
        let token = Token::new("hf_aTokenThatNobodyMayRead").unwrap();
        let encrypted = cipher.encrypt(user, &token).unwrap();
        let text = String::from_utf8_lossy(&encrypted.bytes);
        assert!(!text.contains("aTokenThat"), "{text}");
        assert_eq!(
            cipher.decrypt(user, &encrypted).unwrap().expose(),
            token.expose()
        );
        assert!(cipher.decrypt(other, &encrypted).is_none());
        assert!(
            TokenCipher::new(&"another secret".into())
                .decrypt(user, &encrypted)
                .is_none()
        );
        assert_ne!(cipher.encrypt(user, &token).unwrap().bytes, encrypted.bytes);
        for length in [0, 10, encrypted.bytes.len() - 1] {
            let torn = EncryptedToken {
                bytes: encrypted.bytes[..length].to_vec(),
                key_id: encrypted.key_id.clone(),
            };
            assert!(cipher.decrypt(user, &torn).is_none());
        }
    }
}
