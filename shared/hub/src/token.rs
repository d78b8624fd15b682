//! Access tokens of the Hub.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

/// An access token. Never shown, never logged.
#[derive(Debug, Clone)]
pub struct Token(SecretString);

impl Token {
    /// `None` where it can't be one: empty, longer than 500 characters, or with characters that no header takes.
    pub fn new(token: &str) -> Option<Self> {
        let token = token.trim();
        let possible =
            (1..=500).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
        possible.then(|| Self(token.into()))
    }

    /// The secret itself, to be encrypted.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The last four characters, by which its owner knows it again; nothing where there are few more.
    pub fn last_four(&self) -> &str {
        let token = self.expose();
        if token.len() < 12 {
            ""
        } else {
            token.get(token.len() - 4..).unwrap_or_default()
        }
    }
}

/// By which cached responses are told apart: the token itself is not kept there.
pub(crate) fn fingerprint(token: Option<&Token>) -> [u8; 32] {
    token.map_or([0; 32], |token| Sha256::digest(token.expose()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_end_and_never_shown() {
        let token = Token::new(" hf_abcdefghijklmnop \n").unwrap();
        assert_eq!(token.last_four(), "mnop");
        assert!(!format!("{token:?}").contains("abcdef"));
        assert_eq!(Token::new("hf_short").unwrap().last_four(), "");
        for bad in ["", "  ", "a b", "a\nb", "هف", &"x".repeat(501)] {
            assert!(Token::new(bad).is_none(), "{bad:?}");
        }
    }
}
