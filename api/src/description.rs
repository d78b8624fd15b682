//! The OpenAPI description of every route.

use utoipa::OpenApi;
use utoipa_actix_web::{AppExt, scope};

use crate::routes::routes;

#[derive(OpenApi)]
#[openapi(info(
    title = "Avagar",
    description = "A self-hosted studio for Persian speech models. Errors are RFC 9457 problem documents."
))]
struct Description;

/// The description of every route.
pub fn description() -> utoipa::openapi::OpenApi {
    let (_, mut api) = actix_web::App::new()
        .into_utoipa_app()
        .openapi(Description::openapi())
        .service(scope("/api").configure(routes))
        .split_for_parts();
    // utoipa takes them from the handlers' names, which repeat from noun to noun; OpenAPI wants them unique or not at all.
    for path in api.paths.paths.values_mut() {
        let operations = [
            &mut path.get,
            &mut path.post,
            &mut path.put,
            &mut path.delete,
        ];
        for operation in operations.into_iter().flatten() {
            operation.operation_id = None;
        }
    }
    api
}
