//! The listening socket, and what stands around all routes.

use std::{io::ErrorKind, time::Duration};

use actix_web::{
    App as WebApp, HttpServer,
    middleware::{Compress, from_fn},
    web,
};
use domain::{Error, Result, settings};
use tracing_actix_web::TracingLogger;
use utoipa_actix_web::{AppExt, scope};
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    app::App,
    description::description,
    fallback::{Methods, fallback},
    middleware::{RequestSpan, guard, path_error, security_headers},
    page::Page,
    routes::routes,
};

/// Longer than clients keep an idle connection in their pools: who closes first can't have a request under way.
const KEEP_ALIVE: Duration = Duration::from_secs(120);
/// Requests under way get so long to end, in seconds.
const SHUTDOWN_TIMEOUT: u64 = 5;

/// Answers requests until SIGTERM or SIGINT.
///
/// # Errors
/// If it can't listen where the settings say.
pub async fn serve(app: App) -> Result<()> {
    let settings = app.settings.server.clone();
    let app = web::Data::new(app);
    let page = Page::find(settings.ui_dir.clone());
    let description = description();
    let methods = web::Data::new(Methods::of(&description));
    let http = HttpServer::new(move || {
        WebApp::new()
            .wrap(from_fn(guard))
            .wrap(security_headers())
            .wrap(Compress::default())
            .wrap(TracingLogger::<RequestSpan>::new())
            .app_data(app.clone())
            .app_data(methods.clone())
            .app_data(web::PathConfig::default().error_handler(path_error))
            .service(web::redirect("/api/docs", "/api/docs/"))
            // Before the scope, which answers for everything else below /api.
            .service(
                SwaggerUi::new("/api/docs/{_:.*}").url("/api/openapi.json", description.clone()),
            )
            .into_utoipa_app()
            .service(scope("/api").configure(routes))
            .into_app()
            .configure(|config| page.serve(config))
            .default_service(web::to(fallback))
    })
    .workers(settings.threads)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(SHUTDOWN_TIMEOUT)
    .bind((settings.host.as_str(), settings.port))
    .map_err(|source| cannot_listen(&settings, &source))?;
    for address in http.addrs() {
        tracing::info!("listening on {address}");
    }
    http.run().await.map_err(|source| Error::File {
        path: "the listening socket".into(),
        source,
    })
}

fn cannot_listen(settings: &settings::Server, source: &std::io::Error) -> Error {
    let why = match source.kind() {
        ErrorKind::AddrInUse => {
            "another program listens there; choose another port (PORT)".to_owned()
        }
        _ => source.to_string(),
    };
    let (host, port) = (&settings.host, settings.port);
    Error::Settings(format!("server.port: can't listen on {host}:{port}: {why}"))
}
