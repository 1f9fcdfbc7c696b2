//! HTTP: thin handlers over one [`Desk`]. Nothing is decided here but who may ask and how an answer looks.

mod api;
mod assets;
mod forms;
mod guard;
mod health;
mod hooks;

mod live;
mod openapi;
mod pages;
mod problem;
mod sign_in;
mod slack;
mod visitor;

pub(crate) use hooks::Senders;

use crate::desk::Desk;
use axum::Router;
use std::sync::Arc;

/// What handlers share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) desk: Arc<Desk>,
    pub(crate) hooks: Arc<Senders>,
    pub(crate) provider: Option<Arc<crate::oidc::Provider>>,
    /// What protects forms of a demonstration, where nobody has a session.
    pub(crate) demo_csrf: Arc<str>,
}

/// Every address there is.
pub(crate) fn router(shared: Shared) -> Router {
    Router::new()
        .merge(pages::routes())
        .merge(forms::routes())
        .merge(sign_in::routes())
        .merge(live::routes())
        .nest("/api/v1", api::routes())
        .merge(assets::routes())
        .layer(axum::middleware::from_fn(guard::limit_body))
        // Deliveries have a limit of their own, and no browser to protect.
        .merge(hooks::routes())
        .merge(slack::routes())
        .merge(health::routes())
        .fallback(pages::not_found)
        .layer(axum::middleware::from_fn_with_state(shared.clone(), guard::headers))
        .with_state(shared)
}
