//! Signing in and out.

use super::Shared;
use super::pages::{Wrong, anonymous};
use super::problem::Problem;
use super::visitor::{COOKIE, COOKIE_TLS, Visitor, cookie};
use crate::oidc::Pending;
use crate::secret;
use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use butfor_page::{Notice, NoticeKind, SignIn};
use serde::Deserialize;
use std::time::Duration;

/// What the sign-in form carries before there is a session.
const FORM_COOKIE: &str = "butfor_form";

/// What a sign-in by the provider remembers.
const PENDING_COOKIE: &str = "butfor_sign_in";

/// Who takes longer at the provider begins again.
const PENDING_S: u64 = 600;

/// After a wrong token: guessing is hopeless anyway, and this keeps it from being loud.
const WRONG_PAUSE: Duration = Duration::from_millis(500);

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/sign-in", get(page).post(by_token))
        .route("/sign-in/oidc", post(to_provider))
        .route("/sign-in/callback", get(back))
        .route("/sign-out", post(sign_out))
}

/// A cookie that scripts cannot read and other sites cannot make the browser send with forms.
fn set_cookie(shared: &Shared, name: &str, value: &str, max_age_s: u64) -> String {
    let secure = if is_tls(shared) { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Lax{secure}")
}

fn is_tls(shared: &Shared) -> bool {
    shared.desk.settings.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
}

fn session_cookie(shared: &Shared, value: &str, max_age_s: u64) -> String {
    set_cookie(shared, if is_tls(shared) { COOKIE_TLS } else { COOKIE }, value, max_age_s)
}

/// A path of ours: never a way to another host (`//host`, `/\host`).
fn own_path(next: &str) -> String {
    let is_own = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control);
    if is_own && !next.starts_with("/sign-") { next.to_owned() } else { "/incidents".to_owned() }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Next {
    next: String,
}

async fn page(
    State(shared): State<Shared>,
    Query(next): Query<Next>,
    headers: HeaderMap,
) -> Result<Response, Wrong> {
    if let Some(provider) = &shared.provider {
        provider.meet().await;
    }
    form(&shared, &headers, &next.next, None)
}

fn form(shared: &Shared, headers: &HeaderMap, next: &str, wrong: Option<&str>) -> Result<Response, Wrong> {
    // The form's secret is bound to a cookie: nobody can sign somebody else in without their knowing.
    let secret = match cookie(headers, FORM_COOKIE) {
        Some(secret) => secret,
        None => secret::token().map_err(Problem::from)?,
    };
    let mut chrome = anonymous();
    chrome.csrf = secret::csrf(&secret);
    chrome.notice = wrong.map(|text| Notice { kind: NoticeKind::Failed, text: text.to_owned() });
    let page = SignIn {
        provider: shared.provider.as_ref().map(|provider| provider.name()),
        accepts_token: true,
        next: own_path(next),
    };
    let cookie = set_cookie(shared, FORM_COOKIE, &secret, 3600);
    // Browsers hold the redirect after a form to the page's policy as well.
    let elsewhere = shared.provider.as_ref().and_then(|provider| provider.origin()).unwrap_or_default();
    let policy =
        super::guard::POLICY.replace("form-action 'self'", &format!("form-action 'self' {elsewhere}"));
    let status = if wrong.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let headers = [(header::SET_COOKIE, cookie), (header::CONTENT_SECURITY_POLICY, policy)];
    Ok((status, headers, Html(butfor_page::sign_in(&chrome, &page))).into_response())
}

fn check(headers: &HeaderMap, csrf: &str) -> Result<(), Problem> {
    let is_good = cookie(headers, FORM_COOKIE).is_some_and(|form| secret::same(&secret::csrf(&form), csrf));
    if is_good {
        Ok(())
    } else {
        Err(Problem::new(StatusCode::FORBIDDEN, "this form is out of date: load the page again"))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ByToken {
    csrf: String,
    token: String,
    next: String,
}

async fn by_token(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(sent): Form<ByToken>,
) -> Result<Response, Wrong> {
    check(&headers, &sent.csrf)?;
    match shared.desk.sign_in_by_token(&sent.token).await? {
        Some(session) => Ok(begin(&shared, &session, &sent.next)),
        None => {
            tokio::time::sleep(WRONG_PAUSE).await;
            form(
                &shared,
                &headers,
                &sent.next,
                Some("This token is not known. It may have ended or been taken back."),
            )
        }
    }
}

fn begin(shared: &Shared, session: &str, next: &str) -> Response {
    let cookie = session_cookie(shared, session, shared.desk.settings.session.as_secs());
    ([(header::SET_COOKIE, cookie)], Redirect::to(&own_path(next))).into_response()
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ToProvider {
    csrf: String,
    next: String,
}

async fn to_provider(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Form(sent): Form<ToProvider>,
) -> Result<Response, Wrong> {
    check(&headers, &sent.csrf)?;
    let none = || Problem::new(StatusCode::NOT_FOUND, "no identity provider is configured");
    let provider = shared.provider.as_ref().ok_or_else(none)?;
    let pending = Pending::new(&own_path(&sent.next)).map_err(Problem::from)?;
    let address = provider.address(&pending).await.map_err(|error| {
        tracing::warn!(%error, "nobody can sign in");
        Problem::new(StatusCode::BAD_GATEWAY, error.to_string())
    })?;
    let cookie = set_cookie(&shared, PENDING_COOKIE, &pending.write(), PENDING_S);
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&address)).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Back {
    code: String,
    state: String,
    error: String,
}

async fn back(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Result<Response, Wrong> {
    let none = || Problem::new(StatusCode::NOT_FOUND, "no identity provider is configured");
    let provider = shared.provider.as_ref().ok_or_else(none)?;
    let pending = cookie(&headers, PENDING_COOKIE).and_then(|text| Pending::read(&text));
    let pending = pending.filter(|pending| secret::same(&pending.state, &back.state));
    let Some(pending) = pending else {
        return form(
            &shared,
            &headers,
            "",
            Some("This sign-in was begun elsewhere or too long ago: begin again."),
        );
    };
    if back.code.is_empty() {
        let text =
            if back.error.is_empty() { "no code".to_owned() } else { back.error.chars().take(100).collect() };
        return form(
            &shared,
            &headers,
            &pending.next,
            Some(&format!("The identity provider said no: {text}")),
        );
    }
    let who = match provider.redeem(&back.code, &pending).await {
        Ok(who) => who,
        Err(error) => {
            tracing::warn!(%error, "a sign-in failed");
            return form(&shared, &headers, &pending.next, Some(&error.to_string()));
        }
    };
    match shared.desk.sign_in(&who).await? {
        Some(session) => {
            let mut response = begin(&shared, &session, &pending.next);
            if let Ok(gone) = set_cookie(&shared, PENDING_COOKIE, "", 0).parse() {
                response.headers_mut().append(header::SET_COOKIE, gone);
            }
            Ok(response)
        }
        None => {
            form(&shared, &headers, &pending.next, Some("You were shut out here: ask whoever runs Butfor."))
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SignOut {
    csrf: String,
}

async fn sign_out(
    State(shared): State<Shared>,
    visitor: Visitor,
    Form(sent): Form<SignOut>,
) -> Result<Response, Wrong> {
    visitor.sent(&sent.csrf)?;
    if let Some(session) = &visitor.session {
        shared.desk.store.end_session(session).await?;
    }
    let gone = session_cookie(&shared, "", 0);
    Ok(([(header::SET_COOKIE, gone)], Redirect::to("/sign-in")).into_response())
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn nobody_is_sent_to_another_host() {
        for (next, expected) in [
            ("/incidents/7/plan?pass=2", "/incidents/7/plan?pass=2"),
            ("", "/incidents"),
            ("//evil.example", "/incidents"),
            ("/\\evil.example", "/incidents"),
            ("https://evil.example", "/incidents"),
            ("/a\r\nSet-Cookie: x", "/incidents"),
            ("/sign-in", "/incidents"),
        ] {
            assert_eq!(own_path(next), expected, "{next}");
        }
    }
}
