//! What is answered where no route is: 405 where there is one for other methods, else 404.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    dev::ResourceDef,
    http::{StatusCode, header},
    web,
};
use utoipa::openapi::OpenApi;

use crate::problem::{Problem, not_found};

/// Parameters that may hold slashes, as their routes say.
const TAILS: [&str; 2] = ["repo_id", "path"];

/// Which methods there are at which paths.
pub struct Methods(Vec<(ResourceDef, String)>);

impl Methods {
    pub fn of(description: &OpenApi) -> Self {
        let paths = description.paths.paths.iter().map(|(path, item)| {
            let methods = [
                ("GET", item.get.is_some()),
                ("POST", item.post.is_some()),
                ("PUT", item.put.is_some()),
                ("DELETE", item.delete.is_some()),
            ];
            let there = methods.iter().filter(|(_, is_there)| *is_there);
            let names: Vec<&str> = there.map(|(name, _)| *name).collect();
            let pattern = TAILS.iter().fold(path.clone(), |path, tail| {
                path.replace(&format!("{{{tail}}}"), &format!("{{{tail}:.*}}"))
            });
            (ResourceDef::new(pattern), names.join(", "))
        });
        Self(paths.collect())
    }
}

/// Answers what no route takes.
pub async fn fallback(request: HttpRequest, methods: web::Data<Methods>) -> HttpResponse {
    let path = request.path();
    let found = methods
        .0
        .iter()
        .find(|(resource, _)| resource.is_match(path));
    let Some((_, allowed)) = found else {
        return not_found(request).await;
    };
    if allowed
        .split(", ")
        .any(|method| *method == *request.method().as_str())
    {
        // A part of the path isn't what the route takes, such as an id.
        return not_found(request).await;
    }
    let detail = format!("expected {allowed} at {path}, got {}", request.method());
    let mut response = Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
        .at(&request)
        .error_response();
    if let Ok(allowed) = header::HeaderValue::from_str(allowed) {
        response.headers_mut().insert(header::ALLOW, allowed);
    }
    response
}
