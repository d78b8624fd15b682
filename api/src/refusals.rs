//! How refusals are described: one response a status, which every operation refers to that may answer so.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use utoipa::{
    IntoResponses,
    openapi::{ContentBuilder, Header, Object, Ref, RefOr, Response, ResponseBuilder, Type},
};

use crate::problem::CONTENT_TYPE;

const DESCRIPTIONS: [(u16, &str); 15] = [
    (400, "The body or a header can't be read"),
    (401, "The access token is missing, wrong or expired"),
    (403, "Not allowed to this user, or to pages of this origin"),
    (404, "It isn't there, or belongs to somebody else"),
    (409, "It is not in a state in which this can be done"),
    (413, "The body is too large"),
    (415, "The body has another media type than it must have"),
    (416, "The file has no such range of bytes"),
    (422, "A value is outside of its limits; `errors` names each"),
    (
        429,
        "Too many requests; `Retry-After` says when to come again",
    ),
    (500, "Something went wrong in the server"),
    (502, "The Hub gave no usable answer"),
    (
        503,
        "The database, the storage or the Hub is away, or the Persian language files are missing",
    ),
    (504, "The Hub did not answer in time"),
    (507, "There is no room for it"),
];

/// What operations that send requests to the Hub may answer besides.
pub struct HubRefusals;

impl IntoResponses for HubRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let statuses = [403, 429, 502, 503, 504];
        statuses
            .map(|status| (status.to_string(), refusal(status)))
            .into()
    }
}

/// What operations that read text may answer besides.
pub struct TextRefusals;

impl IntoResponses for TextRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        [429, 503]
            .map(|status| (status.to_string(), refusal(status)))
            .into()
    }
}

/// The response of a status, by reference.
pub fn refusal(status: u16) -> RefOr<Response> {
    RefOr::Ref(Ref::from_response_name(name(status)))
}

/// All of them, by name.
pub fn refusals() -> impl Iterator<Item = (String, RefOr<Response>)> {
    DESCRIPTIONS.into_iter().map(|(status, description)| {
        let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem")));
        let mut response = ResponseBuilder::new()
            .description(description)
            .content(CONTENT_TYPE, problem.build());
        if matches!(status, 429 | 503) {
            response = response.header("Retry-After", header(Type::Integer, "In seconds"));
        }
        if status == 401 {
            response = response.header("WWW-Authenticate", header(Type::String, "`Bearer`"));
        }
        (name(status), RefOr::T(response.build()))
    })
}

/// A header of a response.
pub fn header(value: Type, description: &str) -> Header {
    let mut header = Header::new(Object::with_type(value));
    header.description = Some(description.into());
    header
}

/// `NotFound` for 404.
fn name(status: u16) -> String {
    let reason = StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default();
    reason.replace(' ', "")
}
