//! The header by which a client may ask again without asking twice.

use actix_web::{HttpRequest, http::StatusCode};
use domain::idempotency::IdempotencyKey;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use crate::{limits::violations, problem::Problem};

/// The header, as it is described.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "it only describes the header")]
pub struct IdempotencyHeader {
    /// The same key gives the same answer, and starts nothing again.
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 200,
        pattern = "^[!-~]+$"
    )]
    key: Option<String>,
}

/// The `Idempotency-Key` header, with the hash of the request it stands for.
pub fn idempotency_key(
    request: &HttpRequest,
    body: &[u8],
) -> Result<Option<IdempotencyKey>, Problem> {
    let Some(header) = request.headers().get("Idempotency-Key") else {
        return Ok(None);
    };
    let key = header.to_str().unwrap_or_default().to_owned();
    let is_visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    let described = IdempotencyHeader::into_params(|| None);
    let limits = described.first().and_then(|header| header.schema.as_ref());
    let outside = limits.map(|limits| violations(limits, &key.as_str().into(), ""));
    if let Some(outside) = outside.unwrap_or_default().first() {
        let detail = format!("Idempotency-Key: {}", outside.detail);
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    }
    if !is_visible {
        let detail = "Idempotency-Key: expected visible ASCII characters";
        return Err(Problem::new(StatusCode::BAD_REQUEST, detail));
    }
    let mut hash = Sha256::new();
    hash.update(request.method().as_str());
    hash.update([0]);
    hash.update(request.path());
    hash.update([0]);
    hash.update(body);
    Ok(Some(IdempotencyKey {
        key,
        request_hash: hash.finalize().into(),
    }))
}
