//! The listening socket, and what stands around all routes.

use actix_web::{
    HttpRequest, HttpServer,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::{PathError, QueryPayloadError},
    http::{Method, header},
    middleware::{Compress, DefaultHeaders, Next, from_fn},
    web,
};
use domain::{Error, Result, db::PgPool, settings::Settings, storage::Storage};
use utoipa_actix_web::{AppExt, scope};
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    app::App,
    hub_access::HubAccess,
    live::Live,
    origin::check_origin,
    problem::{self, Problem},
    routes::{openapi, routes},
    tokens::Tokens,
};

/// Longer than clients keep an idle connection in their pools: who closes first can't have a request under way.
const KEEP_ALIVE: std::time::Duration = std::time::Duration::from_secs(120);

/// Answers requests until SIGTERM or SIGINT.
pub async fn serve(settings: Settings, db: PgPool, storage: Storage) -> Result<()> {
    let server = settings.server.clone();
    let app = web::Data::new(App {
        tokens: Tokens::new(&settings.auth),
        live: Live::start(db.clone()),
        hub: HubAccess::new(&settings)?,
        settings,
        db,
        storage,
    });
    let ui_dir = server.ui_dir.clone();
    let http = HttpServer::new(move || {
        actix_web::App::new()
            .wrap(from_fn(guard))
            .wrap(security_headers())
            .wrap(Compress::default())
            .app_data(app.clone())
            .app_data(web::PathConfig::default().error_handler(path_error))
            .app_data(web::QueryConfig::default().error_handler(query_error))
            .service(web::redirect("/api/docs", "/api/docs/"))
            // Before the scope, which answers for everything else below /api.
            .service(SwaggerUi::new("/api/docs/{_:.*}").url("/api/openapi.json", openapi()))
            .into_utoipa_app()
            .service(scope("/api").configure(routes))
            .into_app()
            .service(
                web::scope("/assets")
                    .wrap(from_fn(cache_permanently))
                    .service(actix_files::Files::new("/", ui_dir.join("assets"))),
            )
            .service(page(ui_dir.clone()))
            .default_service(web::to(problem::not_found))
    })
    .workers(server.threads)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(5);
    let http = http
        .bind((server.host.as_str(), server.port))
        .map_err(|source| {
            let why = match source.kind() {
                std::io::ErrorKind::AddrInUse => {
                    "another program listens there; choose another port (PORT)".into()
                }
                _ => source.to_string(),
            };
            Error::Settings(format!(
                "server.port: can't listen on {}:{}: {why}",
                server.host, server.port
            ))
        })?;
    for address in http.addrs() {
        tracing::info!("listening on {address}");
    }
    http.run().await.map_err(|source| Error::File {
        path: "the listening socket".into(),
        source,
    })
}

/// The built page: files by name, and `index.html` for every path of the page's own router.
fn page(folder: std::path::PathBuf) -> actix_files::Files {
    let index = folder.join("index.html");
    actix_files::Files::new("/", folder)
        .index_file("index.html")
        .prefer_utf8(true)
        .default_handler(actix_web::dev::fn_service(
            move |request: ServiceRequest| {
                let index = index.clone();
                async move {
                    let (request, _) = request.into_parts();
                    let api = request.path().starts_with("/api");
                    let response = match actix_files::NamedFile::open(&index) {
                        Ok(file) if !api && request.method() == Method::GET => {
                            file.into_response(&request)
                        }
                        _ => problem::not_found(request.clone()).await,
                    };
                    Ok(ServiceResponse::new(request, response))
                }
            },
        ))
}

/// Files whose names change with what is in them: a browser that has one never asks for it again.
async fn cache_permanently(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> std::result::Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut response = next.call(request).await?;
    if response.status().is_success() {
        let value = header::HeaderValue::from_static("public, max-age=31536000, immutable");
        response.headers_mut().insert(header::CACHE_CONTROL, value);
    }
    Ok(response)
}

fn security_headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
             img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; \
             worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ))
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((header::REFERRER_POLICY, "no-referrer"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add(("Cross-Origin-Embedder-Policy", "require-corp"))
}

/// Refuses changes that a page of another origin sends with a person's cookies, and NUL characters in addresses.
async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    refuse_nul(request.request())?;
    if !request.method().is_safe()
        && let Some(app) = request.app_data::<web::Data<App>>()
    {
        check_origin(request.request(), &app.settings.server.allowed_origins)?;
    }
    next.call(request).await
}

/// PostgreSQL's text can't hold a NUL character, so a path with one names nothing, and a query with one is wrong.
fn refuse_nul(request: &HttpRequest) -> std::result::Result<(), Problem> {
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

fn path_error(_: PathError, request: &HttpRequest) -> actix_web::Error {
    // An id that isn't one names nothing.
    nothing_at(request).into()
}

fn nothing_at(request: &HttpRequest) -> Problem {
    Problem::new(
        actix_web::http::StatusCode::NOT_FOUND,
        format!("there is nothing at {}", request.path()),
    )
    .at(request)
}

fn query_error(error: QueryPayloadError, request: &HttpRequest) -> actix_web::Error {
    Problem::new(
        actix_web::http::StatusCode::UNPROCESSABLE_ENTITY,
        format!("query: {error}"),
    )
    .at(request)
    .into()
}
