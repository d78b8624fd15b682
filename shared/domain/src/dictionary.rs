//! A user's dictionary: words with the pronunciation that they want.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use persian::{
    bare,
    phonemes::{
        dictionary_key,
        inventory::{Phoneme, parse, render},
    },
    speak,
};
use serde::Serialize;
use sqlx::PgPool;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    Error, Result,
    conflict::InvalidValue,
    ids::UserId,
    paging::{Items, Page},
};

/// Longest word, in characters.
const MAX_WORD_LENGTH: usize = 60;
/// Words that a user may have.
const MAX_ENTRIES: i64 = 20_000;

/// A word with its pronunciation.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
pub struct DictionaryEntry {
    pub id: Uuid,
    /// In its normalized spelling.
    pub word: String,
    /// One symbol after the other, such as `salɑm`; without ezafe, which is added where it is spoken.
    pub phonemes: String,
    pub updated_at: DateTime<Utc>,
}

/// What dictionaries say of words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pronunciations(HashMap<String, Vec<Phoneme>>);

impl Pronunciations {
    /// Of words with their phonemes as they are stored. What can't be read any more is as if it weren't there.
    pub fn of(rows: impl IntoIterator<Item = (String, String)>) -> Self {
        let rows = rows.into_iter();
        Self(
            rows.filter_map(|(word, phonemes)| Some((word, parse(&phonemes).ok()?)))
                .collect(),
        )
    }

    /// What they say of a word, in its normalized spelling.
    pub fn get(&self, word: &str) -> Option<Vec<Phoneme>> {
        self.0.get(word).cloned()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These, and for words that they lack those of `other`.
    pub fn or(mut self, other: &Self) -> Self {
        for (word, phonemes) in &other.0 {
            if !self.0.contains_key(word) {
                self.0.insert(word.clone(), phonemes.clone());
            }
        }
        self
    }

    /// With phonemes as they are stored.
    pub fn stored(&self) -> BTreeMap<&str, String> {
        let words = self.0.iter();
        words
            .map(|(word, phonemes)| (word.as_str(), render(phonemes)))
            .collect()
    }
}

/// The spelling under which a word stands in dictionaries.
///
/// # Errors
/// [`Error::Invalid`] where it isn't one Persian word.
fn key(word: &str) -> Result<String> {
    let key = dictionary_key(word).filter(|key| key.chars().count() <= MAX_WORD_LENGTH);
    key.ok_or(Error::Invalid {
        pointer: "/word",
        reason: InvalidValue::NotOneWord,
    })
}

/// The same; whatever is no word stands in no dictionary.
fn existing_key(word: &str) -> Result<String> {
    key(word).map_err(|_| NOT_FOUND)
}

const NOT_FOUND: Error = Error::NotFound("word of the dictionary");

/// Newest first.
pub async fn list(db: &PgPool, user: UserId, page: Page) -> Result<Items<DictionaryEntry>> {
    let rows = sqlx::query_as!(
        DictionaryEntry,
        "SELECT id, word, phonemes, updated_at FROM dictionary_entries
         WHERE user_id = $1 AND ($2::uuid IS NULL OR id < $2)
         ORDER BY id DESC LIMIT $3::bigint + 1",
        user.0,
        page.cursor,
        page.limit
    )
    .fetch_all(db)
    .await?;
    Ok(Items::from_probe(rows, page, |entry| entry.id))
}

/// One word.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn find(db: &PgPool, user: UserId, word: &str) -> Result<DictionaryEntry> {
    sqlx::query_as!(
        DictionaryEntry,
        "SELECT id, word, phonemes, updated_at FROM dictionary_entries WHERE user_id = $1 AND word = $2",
        user.0,
        existing_key(word)?
    )
    .fetch_optional(db)
    .await?
    .ok_or(NOT_FOUND)
}

/// Adds a word, or changes its pronunciation.
///
/// # Errors
/// [`Error::Invalid`] where word or phonemes are none, or the dictionary is full.
pub async fn save(
    db: &PgPool,
    user: UserId,
    word: &str,
    phonemes: &str,
) -> Result<DictionaryEntry> {
    let word = key(word)?;
    let phonemes = parse(phonemes).map_err(|error| Error::Invalid {
        pointer: "/phonemes",
        reason: InvalidValue::NotPhonemes {
            problem: error.to_string(),
        },
    })?;
    if phonemes.is_empty() {
        return Err(Error::Invalid {
            pointer: "/phonemes",
            reason: InvalidValue::NoPhonemes,
        });
    }
    let saved = sqlx::query_as!(
        DictionaryEntry,
        "INSERT INTO dictionary_entries (id, user_id, word, phonemes)
         SELECT $1, $2, $3, $4
         WHERE (SELECT count(*) FROM dictionary_entries WHERE user_id = $2) < $5
            OR EXISTS (SELECT FROM dictionary_entries WHERE user_id = $2 AND word = $3)
         ON CONFLICT (user_id, word) DO UPDATE SET phonemes = $4
         RETURNING id, word, phonemes, updated_at",
        Uuid::now_v7(),
        user.0,
        word,
        render(&phonemes),
        MAX_ENTRIES
    )
    .fetch_optional(db)
    .await?;
    saved.ok_or(Error::Invalid {
        pointer: "/word",
        reason: InvalidValue::DictionaryFull { max: MAX_ENTRIES },
    })
}

/// Removes a word.
///
/// # Errors
/// As [`find`].
pub async fn delete(db: &PgPool, user: UserId, word: &str) -> Result<()> {
    let deleted = sqlx::query!(
        "DELETE FROM dictionary_entries WHERE user_id = $1 AND word = $2",
        user.0,
        existing_key(word)?
    )
    .execute(db)
    .await?;
    match deleted.rows_affected() {
        0 => Err(NOT_FOUND),
        _ => Ok(()),
    }
}

/// What the dictionary says of the words of a text.
pub async fn pronunciations_of(db: &PgPool, user: UserId, text: &str) -> Result<Pronunciations> {
    let text = text.to_owned();
    let words = tokio::task::spawn_blocking(move || words_of(&text)).await;
    let words = words.map_err(|error| Error::Internal(error.to_string()))?;
    let rows = sqlx::query!(
        "SELECT word, phonemes FROM dictionary_entries WHERE user_id = $1 AND word = ANY($2)",
        user.0,
        &words
    )
    .fetch_all(db)
    .await?;
    Ok(Pronunciations::of(
        rows.into_iter().map(|row| (row.word, row.phonemes)),
    ))
}

/// All that the dictionary says.
pub async fn all(db: &PgPool, user: UserId) -> Result<Pronunciations> {
    let rows = sqlx::query!(
        "SELECT word, phonemes FROM dictionary_entries WHERE user_id = $1",
        user.0
    )
    .fetch_all(db)
    .await?;
    Ok(Pronunciations::of(
        rows.into_iter().map(|row| (row.word, row.phonemes)),
    ))
}

/// The words of a text as the dictionary may have them, each once.
fn words_of(text: &str) -> Vec<String> {
    let spoken = speak(text);
    let words = spoken
        .sentences
        .iter()
        .flat_map(|sentence| &sentence.verbalized.words);
    let words: HashSet<String> = words
        .flat_map(|word| [word.text.clone(), bare(&word.text)])
        .collect();
    words.into_iter().collect()
}
