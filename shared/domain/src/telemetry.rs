//! Logs: one line an event on standard error, filtered by `RUST_LOG`, as text or, with `LOG_FORMAT=json`, as JSON.

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Starts the log of this process. `RUST_LOG` overrides the default filter.
pub fn start() {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,apalis=warn"));
    let format = std::env::var("LOG_FORMAT").unwrap_or_default();
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match format.as_str() {
        "json" => lines.json().boxed(),
        _ => lines.with_target(false).boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .init();
    if !["", "json", "text"].contains(&format.as_str()) {
        tracing::warn!("LOG_FORMAT is {format:?}, expected text or json; this is text");
    }
}
