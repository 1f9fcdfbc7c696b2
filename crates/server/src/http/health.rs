//! Whether the process lives, whether it can work, and what it counted.

use super::Shared;
use super::problem::Problem;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// Ready while the store answers.
async fn ready(State(shared): State<Shared>) -> Result<&'static str, Problem> {
    match shared.desk.store.setting("ready").await {
        Ok(_) => Ok("ready\n"),
        Err(error) => {
            tracing::error!(%error, "not ready");
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"))
        }
    }
}

async fn metrics(State(shared): State<Shared>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], shared.desk.metrics.text())
}
