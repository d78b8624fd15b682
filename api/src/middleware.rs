//! What stands before every handler, and what every answer gets on its way out.

use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::PathError,
    http::{
        StatusCode,
        header::{self, HeaderValue},
    },
    middleware::{DefaultHeaders, Next},
    web,
};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};

use crate::{app::App, problem::Problem};

/// As the page needs it: WebAssembly speaks in the browser, and recordings are played from memory.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; \
    connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Refuses what a page of another origin sends with a user's cookies (changes, and the handshake of a WebSocket), and NUL
/// characters in addresses.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    refuse_nul(request.request())?;
    let is_harmless =
        request.method().is_safe() && !request.headers().contains_key(header::UPGRADE);
    if !is_harmless && let Some(app) = request.app_data::<web::Data<App>>() {
        check_origin(request.request(), &app.settings.server.allowed_origins)?;
    }
    next.call(request).await
}

/// A browser names the origin of the page that asks: it must be ours, or one that the configuration allows. Other
/// clients name none.
fn check_origin(request: &HttpRequest, allowed: &[String]) -> Result<(), Problem> {
    let Some(origin) = request.headers().get(header::ORIGIN) else {
        return Ok(());
    };
    let origin = origin.to_str().unwrap_or_default();
    let host = request.connection_info().host().to_owned();
    let ours = origin
        .split_once("://")
        .is_some_and(|(_, authority)| authority == host);
    if ours || allowed.iter().any(|allowed| allowed == origin) {
        return Ok(());
    }
    let detail =
        format!("requests from pages of {origin} are not allowed (server.allowed_origins)");
    Err(Problem::new(StatusCode::FORBIDDEN, detail).at(request))
}

/// PostgreSQL's text can't hold a NUL character, so a path with one names nothing, and a query with one is wrong.
fn refuse_nul(request: &HttpRequest) -> Result<(), Problem> {
    // As it was sent: an address can't hold the character itself.
    const NUL: &str = "%00";
    let uri = request.uri();
    if uri.path().contains(NUL) {
        return Err(nothing_at(request));
    }
    let query = uri.query().unwrap_or_default();
    let Some(parameter) = query.split('&').find(|pair| pair.contains(NUL)) else {
        return Ok(());
    };
    let name = parameter.split('=').next().unwrap_or_default();
    let pointer = match name.contains(NUL) {
        true => String::new(),
        false => format!("/{name}"),
    };
    Err(Problem::field(&pointer, "expected text without NUL characters").at(request))
}

/// An id that isn't one names nothing.
pub fn path_error(_: PathError, request: &HttpRequest) -> Error {
    nothing_at(request).into()
}

fn nothing_at(request: &HttpRequest) -> Problem {
    let detail = format!("there is nothing at {}", request.path());
    Problem::new(StatusCode::NOT_FOUND, detail).at(request)
}

/// Files whose names change with what is in them: a browser that has one never asks for it again.
pub async fn cache_permanently(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    if response.status().is_success() {
        let headers = response.headers_mut();
        let value = HeaderValue::from_static("public, max-age=31536000, immutable");
        headers.insert(header::CACHE_CONTROL, value);
        // Also of the one that is sent as it is: a cache must not give it to a browser that takes it compressed.
        if !headers.contains_key(header::VARY) {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
    }
    Ok(response)
}

/// Headers of every answer.
pub fn security_headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((header::REFERRER_POLICY, "no-referrer"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add(("Cross-Origin-Embedder-Policy", "require-corp"))
}

/// What a line of the log says of the request that it belongs to. Queries and headers are left out: they hold what users
/// look for, and tokens.
pub struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().copied();
        let id = id.map(|id| id.to_string()).unwrap_or_default();
        let (method, path) = (request.method(), request.path());
        tracing::info_span!("request", id, %method, path)
    }

    fn on_request_end<B: MessageBody>(_: Span, _: &Result<ServiceResponse<B>, Error>) {}
}
