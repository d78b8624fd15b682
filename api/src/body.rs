//! JSON bodies: read whole, parsed strictly, validated, every fault named by its JSON pointer.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web::Bytes};
use domain::idempotency::IdempotencyKey;
use futures::StreamExt;
use garde::Validate;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::problem::{FieldError, FieldErrorKind, FieldProblem, Problem};

/// Largest JSON body that is read.
const LIMIT_BYTES: usize = 64 * 1024;
/// Longest `Idempotency-Key`.
const KEY_CHARACTERS: usize = 200;

/// A checked body.
#[derive(Debug)]
pub struct Body<T> {
    /// What it says.
    pub value: T,
    /// The `Idempotency-Key` that came with it.
    pub key: Option<IdempotencyKey>,
}

impl<T> FromRequest for Body<T>
where
    T: DeserializeOwned + Validate<Context = ()> + 'static,
{
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let bytes = read(&request, payload)
                .await
                .map_err(|problem| problem.at(&request))?;
            let value = parse(&bytes).map_err(|problem| problem.at(&request))?;
            let key = idempotency_key(&request, &bytes).map_err(|problem| problem.at(&request))?;
            Ok(Self { value, key })
        })
    }
}

async fn read(request: &HttpRequest, mut payload: Payload) -> Result<Bytes, Problem> {
    use actix_web::HttpMessage;
    if request.content_type() != "application/json" {
        let got = request.content_type();
        let detail = format!("expected Content-Type application/json, got {got:?}");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let mut body = Vec::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                format!("the body broke off: {error}"),
            )
        })?;
        if body.len() + chunk.len() > LIMIT_BYTES {
            let detail = format!("a JSON body may have {LIMIT_BYTES} bytes");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.into())
}

fn parse<T: DeserializeOwned + Validate<Context = ()>>(bytes: &[u8]) -> Result<T, Problem> {
    if let Some(pointer) = nul(bytes) {
        return Err(Problem::field(
            &pointer,
            "expected text without NUL characters",
        ));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer(&error.path().to_string());
        let error = error.into_inner();
        if error.is_data() {
            Problem::field(&pointer, error.to_string())
        } else {
            Problem::new(StatusCode::BAD_REQUEST, format!("malformed JSON: {error}"))
        }
    })?;
    json.end().map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, format!("malformed JSON: {error}"))
    })?;
    value.validate().map_err(|report| {
        let field = |(path, error): &(garde::Path, garde::Error)| FieldError {
            pointer: pointer(&camel_case(&path.to_string())),
            detail: error.to_string(),
            kind: FieldErrorKind::Field(FieldProblem::Invalid),
        };
        Problem::invalid(report.iter().map(field).collect())
    })?;
    Ok(value)
}

/// Where the first string with a NUL character stands: PostgreSQL's text can't hold one. JSON spells it as an escape only.
fn nul(bytes: &[u8]) -> Option<String> {
    const ESCAPE: &[u8] = br"\u0000";
    if !bytes.windows(ESCAPE.len()).any(|window| window == ESCAPE) {
        return None;
    }
    // What can't be read is refused by the reader that comes next, with its reason.
    nul_in(&serde_json::from_slice(bytes).ok()?)
}

fn nul_in(value: &serde_json::Value) -> Option<String> {
    use serde_json::Value;
    let below =
        |(part, value): (String, &Value)| nul_in(value).map(|pointer| format!("/{part}{pointer}"));
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => {
            (items.iter().enumerate()).find_map(|(index, value)| below((index.to_string(), value)))
        }
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            // The pointer itself may be written down as well, so it ends before such a name.
            if name.contains('\0') {
                return Some(String::new());
            }
            below((name.replace('~', "~0").replace('/', "~1"), value))
        }),
        _ => None,
    }
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
    if key.is_empty() || key.len() > KEY_CHARACTERS {
        let detail =
            format!("Idempotency-Key: expected 1 to {KEY_CHARACTERS} visible ASCII characters");
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

/// `a.b[0]` as a JSON pointer: `/a/b/0`.
fn pointer(path: &str) -> String {
    if path == "." {
        return String::new();
    }
    format!(
        "/{}",
        path.replace('[', "/").replace(']', "").replace('.', "/")
    )
}

/// A Rust field as JSON spells it.
fn camel_case(field: &str) -> String {
    let mut upper = false;
    field
        .chars()
        .filter_map(|character| match character {
            '_' => {
                upper = true;
                None
            }
            _ if upper => {
                upper = false;
                Some(character.to_ascii_uppercase())
            }
            _ => Some(character),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize, Validate)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Order {
        #[garde(range(min = 1, max = 9))]
        batch_size: u32,
    }

    #[test]
    fn a_fault_is_named_by_its_pointer() {
        let problem = parse::<Order>(br#"{"batchSize": 10}"#).unwrap_err();
        assert_eq!(
            (problem.status, problem.errors[0].pointer.as_str()),
            (422, "/batchSize")
        );
        let problem = parse::<Order>(br#"{"batchSize": "x"}"#).unwrap_err();
        assert_eq!(
            (problem.status, problem.errors[0].pointer.as_str()),
            (422, "/batchSize")
        );
        let problem = parse::<Order>(br#"{"batchSize": 1, "speed": 2}"#).unwrap_err();
        assert_eq!(
            (problem.status, problem.errors[0].pointer.as_str()),
            (422, "/speed")
        );
    }

    #[test]
    fn a_nul_character_is_named_by_its_pointer() {
        for (body, pointer) in [
            (r#"{"batchSize": "\u0000"}"#, Some("/batchSize")),
            (r#"{"a": [1, {"b/c~": "x\u0000y"}]}"#, Some("/a/1/b~1c~0")),
            (r#"{"a": {"\u0000": 1}}"#, Some("/a")),
            (r#""\u0000""#, Some("")),
            // An escaped backslash, and digits.
            (r#"{"a": "\\u0000"}"#, None),
            (r#"{"a": "\u0001"}"#, None),
            (r#"{"a": "\u0000"#, None),
        ] {
            assert_eq!(nul(body.as_bytes()).as_deref(), pointer, "{body}");
        }
        let problem = parse::<Order>(br#"{"batchSize": "\u0000"}"#).unwrap_err();
        assert_eq!(
            (problem.status, problem.errors[0].pointer.as_str()),
            (422, "/batchSize")
        );
    }

    #[test]
    fn malformed_json_and_what_follows_it_are_refused() {
        assert_eq!(parse::<Order>(b"{").unwrap_err().status, 400);
        assert_eq!(
            parse::<Order>(br#"{"batchSize": 1} {}"#)
                .unwrap_err()
                .status,
            400
        );
        assert_eq!(
            parse::<Order>(br#"{"batchSize": 3}"#).unwrap().batch_size,
            3
        );
    }
}
