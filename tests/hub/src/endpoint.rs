//! The endpoint: records the request, meets a fault or calls the handler.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::{
    api::{model, search, whoami},
    faults::{Fault, Place},
    files::resolve,
    request::{percent_decode, record, status_response},
    state::State,
};

pub(crate) async fn endpoint(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let path = percent_decode(request.path());
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let place = if parts.first() == Some(&"api") {
        Place::Api
    } else {
        Place::Resolve
    };
    record(&state, place, &request);
    let fault = state.faults.take(place);
    match fault {
        Some(Fault::Status(status, header)) => return status_response(status, header),
        Some(Fault::Stall(_, time)) if place == Place::Api => tokio::time::sleep(time).await,
        _ => {}
    }
    match parts.as_slice() {
        ["api", "whoami-v2"] => whoami(&request, &state),
        ["api", "models"] => search(&request, &state),
        ["api", "models", rest @ ..] => model(&request, &state, rest),
        rest => resolve(&request, &state, rest, fault),
    }
}
