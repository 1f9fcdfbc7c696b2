//! Errors for programs, as RFC 9457 has them (`application/problem+json`).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// An error a program can read.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    detail: String,
    more: Map<String, Value>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), more: Map::new() }
    }

    /// What happened and what to do.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// With one member more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Some(members) = body.as_object_mut() {
            members.extend(self.more);
        }
        let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        (self.status, [kind], body.to_string()).into_response()
    }
}

impl From<butfor_store::Error> for Problem {
    fn from(error: butfor_store::Error) -> Self {
        match &error {
            butfor_store::Error::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, error.to_string()),
            other => {
                tracing::error!(error = %other, "the store failed");
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer: try again")
            }
        }
    }
}
