//! From which pages browsers may change something.

use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
};

use crate::problem::Problem;

/// A browser names the origin of the page that asks: it must be ours, or one that the configuration allows. Other
/// clients name none.
pub fn check_origin(request: &HttpRequest, allowed: &[String]) -> Result<(), Problem> {
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
