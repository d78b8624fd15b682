//! The hash of a file, which the Hub names in its ETag, and its check. Of large files (LFS) it is the SHA-256 of their bytes,
//! of small ones git's blob hash.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::names::is_lower_hex;

/// The expected hash of a file's bytes. As text, lower-case hexadecimal, it is the blob's name in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Digest {
    /// SHA-256 of the bytes.
    Sha256([u8; 32]),
    /// SHA-1 of `blob {size}\0` and the bytes, as git counts.
    GitBlob([u8; 20]),
}

/// An ETag that is no hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a hash (40 or 64 hexadecimal digits), got {0:?}")]
pub struct InvalidDigest(String);

/// A file whose bytes have another hash than expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the bytes have the hash {got}, expected {expected}")]
pub struct DigestMismatch {
    /// Named by the Hub.
    pub expected: Digest,
    /// Of the bytes.
    pub got: Digest,
}

/// Hashes the bytes of one file in their order.
#[derive(Debug, Clone)]
pub struct Hasher {
    expected: Digest,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    Sha256(Sha256),
    GitBlob(Sha1),
}

impl Digest {
    /// Parses the header `ETag` or `X-Linked-Etag`: quoted, and maybe weak (`W/"…"`), as proxies make it.
    ///
    /// # Errors
    /// Where it is neither hash.
    pub fn from_etag(header: &str) -> Result<Self, InvalidDigest> {
        let header = header.trim();
        header
            .strip_prefix("W/")
            .unwrap_or(header)
            .trim_matches('"')
            .parse()
    }

    /// A hasher for a file of `size` bytes whose hash has to be this one.
    pub fn hasher(self, size: u64) -> Hasher {
        let state = match self {
            Self::Sha256(_) => State::Sha256(Sha256::new()),
            Self::GitBlob(_) => {
                let mut hash = Sha1::new();
                hash.update(format!("blob {size}\0"));
                State::GitBlob(hash)
            }
        };
        Hasher {
            expected: self,
            state,
        }
    }
}

impl Hasher {
    /// The next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Sha256(hash) => hash.update(bytes),
            State::GitBlob(hash) => hash.update(bytes),
        }
    }

    /// Compares the hash, after the last byte.
    ///
    /// # Errors
    /// [`DigestMismatch`] where it is another one.
    pub fn finish(self) -> Result<(), DigestMismatch> {
        let got = match self.state {
            State::Sha256(hash) => Digest::Sha256(hash.finalize().into()),
            State::GitBlob(hash) => Digest::GitBlob(hash.finalize().into()),
        };
        if got == self.expected {
            Ok(())
        } else {
            Err(DigestMismatch {
                expected: self.expected,
                got,
            })
        }
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        let invalid = || InvalidDigest(text.chars().take(80).collect());
        if !is_lower_hex(text) {
            return Err(invalid());
        }
        let bytes = hex::decode(text).map_err(|_| invalid())?;
        if let Ok(sha256) = <[u8; 32]>::try_from(bytes.as_slice()) {
            Ok(Self::Sha256(sha256))
        } else if let Ok(sha1) = <[u8; 20]>::try_from(bytes.as_slice()) {
            Ok(Self::GitBlob(sha1))
        } else {
            Err(invalid())
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sha256(bytes) => f.write_str(&hex::encode(bytes)),
            Self::GitBlob(bytes) => f.write_str(&hex::encode(bytes)),
        }
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;

    fn try_from(text: String) -> Result<Self, InvalidDigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf 'hello\n' | git hash-object --stdin`
    const GIT_HELLO: &str = "ce013625030ba8dba906f756967f9e9ca394464a";
    /// `printf 'hello\n' | sha256sum`
    const SHA256_HELLO: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

    fn check(digest: &str, parts: &[&[u8]]) -> Result<(), DigestMismatch> {
        let size = parts.iter().map(|part| part.len() as u64).sum();
        let mut hasher = digest.parse::<Digest>().unwrap().hasher(size);
        for part in parts {
            hasher.update(part);
        }
        hasher.finish()
    }

    #[test]
    fn bytes_are_checked_by_either_hash_however_they_are_cut() {
        for digest in [GIT_HELLO, SHA256_HELLO] {
            assert_eq!(check(digest, &[b"hello\n"]), Ok(()));
            assert_eq!(check(digest, &[b"he", b"", b"llo\n"]), Ok(()));
            let wrong = check(digest, &[b"hellO\n"]).unwrap_err();
            assert_eq!(wrong.expected.to_string(), digest);
            assert_ne!(wrong.got.to_string(), digest);
        }
    }

    #[test]
    fn etags_come_quoted_and_weak() {
        for header in [
            GIT_HELLO.to_owned(),
            format!("\"{GIT_HELLO}\""),
            format!("W/\"{GIT_HELLO}\""),
        ] {
            assert_eq!(Digest::from_etag(&header).unwrap().to_string(), GIT_HELLO);
        }
        for header in [
            "",
            "\"\"",
            "\"abc\"",
            "\"../../etc/passwd\"",
            &GIT_HELLO.to_uppercase(),
            &format!("{GIT_HELLO}-2"),
        ] {
            assert!(Digest::from_etag(header).is_err(), "{header}");
        }
    }
}
