//! Every route in one table, and its description.

use utoipa::OpenApi;
use utoipa_actix_web::{AppExt, scope, service_config::ServiceConfig};

use crate::{
    auth, datasets, downloads, live_socket, metrics, models, preferences, sources, syntheses,
    system, tensorboard, training, voices,
};

#[derive(OpenApi)]
#[openapi(info(
    title = "Avagar",
    description = "A self-hosted studio for Persian speech models. Errors are RFC 9457 problem documents."
))]
struct Description;

/// Every route.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(auth::register)
        .service(auth::login)
        .service(auth::refresh)
        .service(auth::logout)
        .service(auth::me)
        .service(datasets::create)
        .service(datasets::list)
        .service(datasets::show)
        .service(datasets::remove)
        .service(datasets::clips)
        .service(datasets::clip_audio)
        .service(training::create)
        .service(training::list)
        .service(training::show)
        .service(training::cancel)
        .service(training::pause)
        .service(training::resume)
        .service(training::list_checkpoints)
        .service(training::list_evaluations)
        .service(training::list_samples)
        .service(training::sample_file)
        .service(training::curve)
        .service(training::log)
        .service(tensorboard::event_files)
        .service(voices::list)
        .service(voices::show)
        .service(voices::file)
        .service(voices::remove)
        .service(syntheses::create)
        .service(syntheses::list)
        .service(syntheses::show)
        .service(syntheses::audio)
        .service(sources::search)
        .service(sources::persian)
        .service(sources::catalog)
        .service(sources::model)
        .service(sources::validate_token)
        .service(downloads::create)
        .service(downloads::list)
        .service(downloads::show)
        .service(downloads::pause)
        .service(downloads::resume)
        .service(downloads::cancel)
        .service(models::list)
        .service(models::update)
        .service(models::remove)
        .service(preferences::show)
        .service(preferences::change)
        .service(preferences::validate_saved)
        .service(preferences::save_token)
        .service(preferences::delete_token)
        .service(system::health)
        .service(system::ready)
        .service(system::status)
        .service(metrics::scrape)
        .service(live_socket::socket);
}

/// The description of every route.
pub fn openapi() -> utoipa::openapi::OpenApi {
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
