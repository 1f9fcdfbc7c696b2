//! What pages need besides themselves.

use super::Shared;
use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

/// A newer version of the program has newer ones: not longer than a deployment takes to be noticed.
const CACHE: &str = "public, max-age=300";

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/assets/style.css", get(|| async { asset("text/css; charset=utf-8", butfor_page::STYLE) }))
        .route(
            "/assets/live.js",
            get(|| async { asset("text/javascript; charset=utf-8", butfor_page::LIVE_JS) }),
        )
        .route("/assets/icon.svg", get(|| async { asset("image/svg+xml", butfor_page::ICON) }))
}

fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, CACHE)], text)
}
