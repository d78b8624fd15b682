//! A token of the Hub, as a user hands it in.

use garde::Validate;
use hub::Token;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::problem::{ApiResult, Problem};

/// A token to be looked at.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenBody {
    /// `hf_…`, as the Hub gave it.
    #[garde(skip)]
    #[schema(format = Password, min_length = 1, max_length = 500, pattern = "^[!-~]+$")]
    token: String,
}

impl TokenBody {
    /// The token, if it can be one.
    pub fn token(&self) -> ApiResult<Token> {
        Token::new(&self.token)
            .ok_or_else(|| Problem::field("/token", "expected a token of the Hub, such as hf_…"))
    }
}
