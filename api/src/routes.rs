//! Every route in one table.

use utoipa_actix_web::service_config::ServiceConfig;

use crate::handlers::{
    auth, datasets, dictionary, downloads, evaluations, live_socket, metrics, models, preferences,
    search, sources, syntheses, system, tensorboard, text, training, voices,
};

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
        .service(evaluations::list_evaluations)
        .service(evaluations::list_samples)
        .service(evaluations::sample_file)
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
        .service(search::search)
        .service(search::persian)
        .service(search::catalog)
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
        .service(text::analyze)
        .service(dictionary::list)
        .service(dictionary::show)
        .service(dictionary::save)
        .service(dictionary::remove)
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
