//! Who asks: a browser with a session, a program with a token, or nobody.

use super::Shared;
use super::problem::Problem;
use crate::clock::now;
use crate::desk;
use crate::secret;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use butfor_page::Chrome;
use butfor_store::{Person, Role};

/// The session's cookie; over TLS with the prefix that keeps other hosts of the domain from setting it (RFC 6265bis, 4.1.3.2).
pub(super) const COOKIE: &str = "butfor_session";
pub(super) const COOKIE_TLS: &str = "__Host-butfor_session";

/// Somebody who may look.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    /// What they are called in logs and decisions.
    pub name: String,
    /// What they may do; a token may allow less.
    pub role: Role,
    /// What their forms carry; empty for a program.
    pub csrf: String,
    /// Who they are; nobody in a demonstration.
    pub person: Option<Person>,
    /// The session's secret, to end it.
    pub session: Option<String>,
}

impl Visitor {
    fn demo(shared: &Shared) -> Self {
        Self {
            name: "demo".to_owned(),
            role: Role::Approver,
            csrf: shared.demo_csrf.to_string(),
            person: None,
            session: None,
        }
    }

    async fn find(headers: &HeaderMap, shared: &Shared) -> Result<Option<Self>, butfor_store::Error> {
        if let Some(token) = bearer(headers) {
            let found = shared.desk.store.token(token, now()).await?;
            return Ok(found.map(|(person, scopes)| Self {
                name: desk::called(&person),
                role: person.role.min(desk::allowed(&scopes)),
                csrf: String::new(),
                person: Some(person),
                session: None,
            }));
        }
        if let Some(session) = cookie(headers, COOKIE_TLS).or_else(|| cookie(headers, COOKIE))
            && let Some(person) = shared.desk.store.session(&session, now()).await?
        {
            return Ok(Some(Self {
                name: desk::called(&person),
                role: person.role,
                csrf: secret::csrf(&session),
                person: Some(person),
                session: Some(session),
            }));
        }
        Ok(shared.desk.settings.is_demo.then(|| Self::demo(shared)))
    }

    /// Refuses who may do less.
    pub(crate) fn needs(&self, role: Role) -> Result<(), Problem> {
        if self.role >= role {
            return Ok(());
        }
        let text = format!("this takes the role `{}`; yours is `{}`", role.word(), self.role.word());
        Err(Problem::new(StatusCode::FORBIDDEN, text))
    }

    /// Refuses a form that another site sent.
    pub(crate) fn sent(&self, csrf: &str) -> Result<(), Problem> {
        if !self.csrf.is_empty() && secret::same(&self.csrf, csrf) {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::FORBIDDEN,
            "this form is out of date: go back, load the page again, and send it again",
        ))
    }

    /// What every page of theirs has.
    pub(crate) fn chrome(&self) -> Chrome {
        let role = match self.role {
            Role::Viewer => butfor_page::Role::Viewer,
            Role::Responder => butfor_page::Role::Responder,
            Role::Approver => butfor_page::Role::Approver,
            Role::Admin => butfor_page::Role::Admin,
        };
        Chrome {
            user: Some(butfor_page::Person { name: self.name.clone(), role }),
            csrf: self.csrf.clone(),
            notice: None,
            now: now(),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

pub(super) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = values.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// A visitor of a page: who is not signed in is sent to do so.
impl FromRequestParts<Shared> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Response> {
        match Self::find(&parts.headers, shared).await {
            Ok(Some(visitor)) => Ok(visitor),
            Ok(None) => {
                let next = parts.uri.path_and_query().map_or("/", |it| it.as_str());
                let next: String =
                    percent_encoding::utf8_percent_encode(next, percent_encoding::NON_ALPHANUMERIC).collect();
                Err(Redirect::to(&format!("/sign-in?next={next}")).into_response())
            }
            Err(error) => Err(Problem::from(error).into_response()),
        }
    }
}

/// A program with a token, or a browser that only looks.
#[derive(Debug, Clone)]
pub(crate) struct Caller(pub Visitor);

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let found = Visitor::find(&parts.headers, shared).await?;
        let visitor = found.ok_or_else(|| {
            Problem::new(
                StatusCode::UNAUTHORIZED,
                "send `Authorization: Bearer TOKEN`; tokens are made on the page",
            )
        })?;
        // A browser sends its cookie whoever made it ask: what changes something takes a token, or the form's own secret.
        let is_look = parts.method.is_safe();
        if !is_look && !visitor.csrf.is_empty() {
            let sent =
                parts.headers.get("x-csrf-token").and_then(|value| value.to_str().ok()).unwrap_or_default();
            visitor.sent(sent)?;
        }
        Ok(Self(visitor))
    }
}
