//! JSON bodies: read whole, parsed strictly, validated, every fault named by its JSON pointer.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode, web::Bytes};
use domain::idempotency::IdempotencyKey;
use futures::StreamExt;
use garde::Validate;
use serde::de::DeserializeOwned;
use utoipa::PartialSchema;

use crate::{
    idempotency::idempotency_key,
    limits::violations,
    problem::{FieldError, FieldProblem, Problem},
};

/// Largest JSON body that is read.
const LIMIT_BYTES: usize = 256 * 1024;

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
    T: DeserializeOwned + Validate<Context = ()> + PartialSchema + 'static,
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

fn parse<T: DeserializeOwned + Validate<Context = ()> + PartialSchema>(
    bytes: &[u8],
) -> Result<T, Problem> {
    if let Some(pointer) = nul(bytes) {
        return Err(Problem::field(
            &pointer,
            "expected text without NUL characters",
        ));
    }
    let read = read_strictly::<T>(bytes);
    let value = match (read, with_whole_numbers(bytes)) {
        (Err(_), Some(whole)) => read_strictly(&whole)?,
        (read, _) => read?,
    };
    let mut errors = serde_json::from_slice(bytes)
        .map(|value| violations(&T::schema(), &value, ""))
        .unwrap_or_default();
    if let Err(report) = value.validate() {
        errors.extend(report.iter().map(|(path, error)| {
            let pointer = pointer(&camel_case(&path.to_string()));
            FieldError::new(&pointer, FieldProblem::Invalid, error.to_string())
        }));
    }
    if errors.is_empty() {
        Ok(value)
    } else {
        Err(Problem::invalid(errors))
    }
}

fn read_strictly<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let malformed = |error: serde_json::Error| {
        Problem::new(StatusCode::BAD_REQUEST, format!("malformed JSON: {error}"))
    };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer(&error.path().to_string());
        let error = error.into_inner();
        if error.is_data() {
            Problem::field(&pointer, error.to_string())
        } else {
            malformed(error)
        }
    })?;
    json.end().map_err(malformed)?;
    Ok(value)
}

/// The body with `5` for `5.0`, where there is such a number: to JSON Schema they are the same integer, to serde they
/// aren't.
fn with_whole_numbers(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut value = serde_json::from_slice(bytes).ok()?;
    make_whole(&mut value).then(|| value.to_string().into_bytes())
}

fn make_whole(value: &mut serde_json::Value) -> bool {
    use serde_json::Value;
    /// Up to here every integer has a float of its own: 2^53.
    const MAX: f64 = 9_007_199_254_740_992.0;
    match value {
        Value::Number(number) if number.is_f64() => {
            let whole = number
                .as_f64()
                .filter(|n| n.fract() == 0.0 && n.abs() <= MAX);
            if let Some(whole) = whole {
                *value = Value::from(whole as i64);
            }
            whole.is_some()
        }
        // Every one of them, so not `any`.
        Value::Array(items) => items.iter_mut().map(make_whole).fold(false, |a, b| a | b),
        Value::Object(fields) => fields
            .values_mut()
            .map(make_whole)
            .fold(false, |a, b| a | b),
        _ => false,
    }
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

    #[derive(Debug, serde::Deserialize, Validate, utoipa::ToSchema)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[garde(allow_unvalidated)]
    struct Order {
        #[schema(minimum = 1, maximum = 9)]
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
    fn a_whole_number_may_be_written_with_a_point() {
        let order = parse::<Order>(br#"{"batchSize": 3.0}"#).unwrap();
        assert_eq!(order.batch_size, 3);
        for wrong in ["3.5", "10.0", "\"3.0\""] {
            let body = format!(r#"{{"batchSize": {wrong}}}"#);
            let problem = parse::<Order>(body.as_bytes()).unwrap_err();
            assert_eq!(problem.errors[0].pointer, "/batchSize", "{body}");
        }
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
