//! The operators' view for Prometheus. Queues, runs and workers are the same from every API process, for they are asked of
//! the database; sockets and the events' lag are this process's own.

use actix_web::{HttpRequest, HttpResponse, get, http::StatusCode, web};
use domain::{Result, db::PgPool, system, users::Role};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{family::Family, gauge::Gauge},
    registry::{Registry, Unit},
};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use crate::{
    app::App,
    auth_user::{AuthUser, bearer_token},
    live::Live,
    problem::{ApiResult, Problem},
};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QueueLabel {
    queue: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RunLabels {
    kind: String,
    outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct WorkerLabel {
    worker: String,
}

type Float = Gauge<f64, std::sync::atomic::AtomicU64>;

/// Everything Prometheus wants to know, in its text format. For administrators, and for whoever has the token of
/// `server.metrics_token`.
#[utoipa::path(tag = "system", operation_id = "scrapeMetrics", responses((status = 200, description = "OpenMetrics text", content_type = "application/openmetrics-text", body = String), (status = 403, body = Problem, description = "Only administrators, and the token of `server.metrics_token`")), security(("bearer" = []), ("cookie" = [])))]
#[get("/metrics")]
pub async fn scrape(
    app: web::Data<App>,
    request: HttpRequest,
    auth: std::result::Result<AuthUser, Problem>,
) -> ApiResult<HttpResponse> {
    if !has_token(&app, &request) && auth?.user.role != Role::Admin {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "only administrators, and the token of server.metrics_token, may look at this",
        ));
    }
    let text = collect(&app.db, &app.live).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(text))
}

fn has_token(app: &App, request: &HttpRequest) -> bool {
    let expected = app.settings.server.metrics_token.expose_secret();
    let given = bearer_token(request);
    // Hashes are compared, so that the time it takes tells nothing of the token.
    !expected.is_empty()
        && given.is_some_and(|given| Sha256::digest(given) == Sha256::digest(expected))
}

async fn collect(db: &PgPool, live: &Live) -> Result<String> {
    let mut registry = Registry::with_prefix("avagar");
    let (waiting, running, retrying, oldest) = (
        Family::<QueueLabel, Gauge>::default(),
        Family::<QueueLabel, Gauge>::default(),
        Family::<QueueLabel, Gauge>::default(),
        Family::<QueueLabel, Float>::default(),
    );
    for queue in system::queues(db).await? {
        let label = QueueLabel { queue: queue.name };
        waiting.get_or_create(&label).set(queue.waiting);
        running.get_or_create(&label).set(queue.running);
        retrying.get_or_create(&label).set(queue.retrying);
        oldest
            .get_or_create(&label)
            .set(queue.oldest_age_seconds.unwrap_or(0.0));
    }
    registry.register("jobs_waiting", "Jobs that wait", waiting);
    registry.register("jobs_running", "Jobs that run", running);
    registry.register(
        "jobs_retrying",
        "Open jobs that have lost or failed an attempt since they last got further",
        retrying,
    );
    registry.register_with_unit(
        "jobs_oldest_age",
        "How long the job has waited that could have been taken first",
        Unit::Seconds,
        oldest,
    );
    let ended = Family::<RunLabels, Gauge>::default();
    for run in system::ended_runs(db).await? {
        let labels = RunLabels {
            kind: run.kind,
            outcome: run.outcome,
        };
        ended.get_or_create(&labels).set(run.count);
    }
    registry.register(
        "runs_ended_last_day",
        "Runs that ended in the last day; outcome lost: rescued from a worker that stopped answering",
        ended,
    );
    let heard = Family::<WorkerLabel, Float>::default();
    for worker in system::workers(db).await? {
        let at = worker.last_seen.timestamp_millis() as f64 / 1000.0;
        let label = WorkerLabel {
            worker: worker.name,
        };
        heard.get_or_create(&label).set(at);
    }
    registry.register_with_unit(
        "worker_last_heartbeat_timestamp",
        "When a worker process was last heard of",
        Unit::Seconds,
        heard,
    );
    let sockets = Gauge::<i64>::default();
    sockets.set(i64::try_from(live.sockets()).unwrap_or(i64::MAX));
    registry.register(
        "websockets",
        "WebSockets that listen to this process",
        sockets,
    );
    registry.register_with_unit(
        "event_lag",
        "Time from an event to its relay by this process",
        Unit::Seconds,
        live.lag.clone(),
    );
    let mut text = String::new();
    encode(&mut text, &registry)
        .map_err(|_| domain::Error::Internal("the metrics could not be written as text".into()))?;
    Ok(text)
}
