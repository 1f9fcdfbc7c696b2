//! Pages: what people see.

use super::Shared;
use super::problem::Problem;
use super::visitor::Visitor;
use crate::clock::now;
use crate::desk::{Desk, Look};
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use butfor_page::{
    AccountChoice, AuditPage, Chrome, ErrorPage, EvidencePage, Filter, IncidentList, StartForm,
    StartingPoint, Tab, TokensPage, Zoom,
};
use butfor_store::{AuditCheck, Cursor, IncidentId, Role};
use serde::Deserialize;

/// Incidents on a page of the list.
const LISTED: u32 = 50;

/// Rows of the audit log on a page.
const AUDIT_LISTED: i64 = 100;

pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/incidents") }))
        .route("/incidents", get(incidents))
        .route("/incidents/{id}", get(timeline))
        .route("/incidents/{id}/{tab}", get(tab))
        .route("/incidents/{id}/evidence/{digest}", get(evidence))
        .route("/incidents/{id}/evidence/{digest}/raw", get(raw))
        .route("/start", get(start))
        .route("/audit", get(audit))
        .route("/tokens", get(tokens))
}

/// An error as a page.
pub(super) struct Wrong(Box<Problem>);

impl From<Problem> for Wrong {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl From<butfor_store::Error> for Wrong {
    fn from(error: butfor_store::Error) -> Self {
        Self(Box::new(error.into()))
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        let Self(problem) = self;
        let chrome = anonymous();
        let page = ErrorPage {
            status: problem.status.as_u16(),
            title: problem.status.canonical_reason().unwrap_or("Error").to_owned(),
            text: problem.detail().to_owned(),
            request_id: String::new(),
        };
        (problem.status, Html(butfor_page::error(&chrome, &page))).into_response()
    }
}

/// What a page has for somebody nobody knows.
pub(super) fn anonymous() -> Chrome {
    Chrome { user: None, csrf: String::new(), notice: None, now: now() }
}

pub(super) async fn not_found() -> Response {
    Wrong::from(Problem::new(StatusCode::NOT_FOUND, "there is nothing at this address")).into_response()
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Listing {
    show: Option<String>,
    before: Option<String>,
}

/// A part of the list of incidents.
pub(super) async fn list(desk: &Desk, listing: &Listing) -> butfor_store::Result<IncidentList> {
    let filter = listing.show.as_deref().and_then(Filter::parse).unwrap_or(Filter::Open);
    let is_open = match filter {
        Filter::Open => Some(true),
        Filter::Closed => Some(false),
        Filter::All => None,
    };
    let after = listing.before.as_deref().and_then(|text| text.parse::<Cursor>().ok());
    let page = desk.store.incidents(is_open, after, LISTED).await?;
    Ok(IncidentList {
        filter,
        rows: page.items.iter().map(Desk::row).collect(),
        older: page.next.map(|cursor| cursor.to_string()),
        is_later_page: after.is_some(),
    })
}

async fn incidents(
    State(shared): State<Shared>,
    visitor: Visitor,
    Query(listing): Query<Listing>,
) -> Result<Html<String>, Wrong> {
    let list = list(&shared.desk, &listing).await?;
    Ok(Html(butfor_page::incidents(&visitor.chrome(), &list)))
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Looking {
    pass: Option<i64>,
    zoom: Option<String>,
}

async fn timeline(
    state: State<Shared>,
    visitor: Visitor,
    Path(id): Path<i64>,
    query: Query<Looking>,
) -> Result<Response, Wrong> {
    show(state, visitor, id, Tab::Timeline, query).await
}

/// The chat has an address of its own, for a form is sent there too.
pub(super) async fn chat(
    state: State<Shared>,
    visitor: Visitor,
    Path(id): Path<i64>,
    query: Query<Looking>,
) -> Result<Response, Wrong> {
    show(state, visitor, id, Tab::Chat, query).await
}

async fn tab(
    state: State<Shared>,
    visitor: Visitor,
    Path((id, tab)): Path<(i64, String)>,
    query: Query<Looking>,
) -> Result<Response, Wrong> {
    let zoom = query.zoom.as_deref().and_then(Zoom::parse).unwrap_or_default();
    if let Some(export) = tab.strip_prefix("topology.") {
        return drawing(&state, id, export, zoom, query.pass).await;
    }
    let tab = match tab.as_str() {
        "cause" => Tab::Cause,
        "plan" => Tab::Plan,
        "evidence" => Tab::Evidence,
        "topology" => Tab::Topology(zoom),
        "chat" => Tab::Chat,
        "report.md" => {
            return report(&state, id, "markdown", "text/markdown; charset=utf-8", query.pass).await;
        }
        "report.json" => return report(&state, id, "json", "application/json", query.pass).await,
        "export" => return export(&state, &visitor, id).await,
        _ => return Err(Problem::new(StatusCode::NOT_FOUND, "an incident has no such page").into()),
    };
    show(state, visitor, id, tab, query).await
}

async fn show(
    State(shared): State<Shared>,
    visitor: Visitor,
    id: i64,
    tab: Tab,
    Query(looking): Query<Looking>,
) -> Result<Response, Wrong> {
    let page = shared.desk.incident_page(IncidentId(id), Look { pass: looking.pass }).await?;
    Ok(Html(butfor_page::incident(&visitor.chrome(), &page, tab)).into_response())
}

/// A pass that there is.
async fn pass(shared: &Shared, id: i64, pass: Option<i64>) -> Result<crate::desk::Shown, Problem> {
    let shown = shared.desk.pass(IncidentId(id), Look { pass }).await?;
    shown.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "this incident was not assessed yet"))
}

async fn drawing(
    shared: &Shared,
    id: i64,
    export: &str,
    zoom: Zoom,
    number: Option<i64>,
) -> Result<Response, Wrong> {
    let shown = pass(shared, id, number).await?;
    let picture = shared.desk.picture(&shown.assessment).await?.unwrap_or_default();
    let (kind, text) = match export {
        "svg" => ("image/svg+xml", butfor_page::topology_svg(&picture, zoom)),
        "mmd" => ("text/vnd.mermaid; charset=utf-8", butfor_page::mermaid(&picture, zoom)),
        "json" => ("application/json", serde_json::to_string(&picture).unwrap_or_default()),
        _ => {
            return Err(Problem::new(StatusCode::NOT_FOUND, "a drawing is there as svg, mmd and json").into());
        }
    };
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

async fn report(
    shared: &Shared,
    id: i64,
    format: &str,
    kind: &'static str,
    number: Option<i64>,
) -> Result<Response, Wrong> {
    let shown = pass(shared, id, number).await?;
    let text = match format {
        "json" => Some(shown.assessment.body),
        format => shared.desk.store.report(shown.assessment.id, format).await?,
    };
    let text = text.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "no such report was kept"))?;
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}

/// Everything there is of an incident, for a support case or a record.
async fn export(shared: &Shared, visitor: &Visitor, id: i64) -> Result<Response, Wrong> {
    visitor.needs(Role::Responder)?;
    let lines = shared.desk.store.export(IncidentId(id)).await?;
    shared.desk.note(&visitor.name, "incident.export", &format!("incident/{id}"), "").await?;
    let name = format!("attachment; filename=\"incident-{id}.jsonl\"");
    let headers =
        [(header::CONTENT_TYPE, "application/jsonl".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, lines.join("\n") + "\n").into_response())
}

#[derive(Debug, Default, Deserialize)]
struct Reading {
    pass: Option<i64>,
}

/// The terms to mark come as `mark=...`, any number of times.
fn marks(query: Option<&str>) -> Vec<String> {
    let pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.strip_prefix("mark="));
    pairs
        .map(|term| term.replace('+', " "))
        .filter_map(|term| {
            percent_encoding::percent_decode_str(&term).decode_utf8().ok().map(|it| it.into_owned())
        })
        .collect()
}

async fn document(
    shared: &Shared,
    id: i64,
    digest: &str,
    number: Option<i64>,
) -> Result<(crate::desk::Shown, crate::investigator::Document), Problem> {
    let shown = pass(shared, id, number).await?;
    let document = shared.desk.document(&shown.assessment, digest).await?;
    let document =
        document.ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "this pass has no such evidence"))?;
    Ok((shown, document))
}

async fn evidence(
    State(shared): State<Shared>,
    visitor: Visitor,
    Path((id, digest)): Path<(i64, String)>,
    Query(reading): Query<Reading>,
    axum::extract::RawQuery(raw): axum::extract::RawQuery,
) -> Result<Html<String>, Wrong> {
    let (shown, document) = document(&shared, id, &digest, reading.pass).await?;
    let row = shared.desk.store.incident(IncidentId(id)).await?;
    let report: butfor_page::Report = serde_json::from_value(shown.report).unwrap_or_default();
    let page = EvidencePage {
        incident: id,
        title: row.title,
        name: report.evidence_of(&digest).map(|entry| entry.id.clone()),
        operation: document.operation,
        service: document.service,
        account: document.account,
        region: document.region,
        parameters: document.parameters,
        at: document.at,
        cited_by: report.sentences_citing(&digest),
        digest,
        document: document.body,
        marks: marks(raw.as_deref()),
    };
    Ok(Html(butfor_page::evidence(&visitor.chrome(), &page)))
}

async fn raw(
    State(shared): State<Shared>,
    _visitor: Visitor,
    Path((id, digest)): Path<(i64, String)>,
    Query(reading): Query<Reading>,
) -> Result<Response, Wrong> {
    let (_, document) = document(&shared, id, &digest, reading.pass).await?;
    // As text whatever it is: a log line that is HTML must not be run by a browser.
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], document.body).into_response())
}

/// The form that starts an investigation, empty.
pub(super) fn empty_form(shared: &Shared) -> StartForm {
    let settings = &shared.desk.settings;
    let choice = |id: &String, name: &String| AccountChoice { id: id.clone(), name: name.clone() };
    StartForm {
        details: String::new(),
        starting_point: StartingPoint::LatestAlarm,
        at: String::new(),
        account: String::new(),
        region: String::new(),
        accounts: settings.accounts.iter().map(|(id, name)| choice(id, name)).collect(),
        regions: settings.regions.clone(),
        errors: Vec::new(),
    }
}

async fn start(State(shared): State<Shared>, visitor: Visitor) -> Result<Html<String>, Wrong> {
    visitor.needs(Role::Responder)?;
    Ok(Html(butfor_page::start(&visitor.chrome(), &empty_form(&shared))))
}

#[derive(Debug, Default, Deserialize)]
struct Older {
    before: Option<i64>,
}

async fn audit(
    State(shared): State<Shared>,
    visitor: Visitor,
    Query(older): Query<Older>,
) -> Result<Html<String>, Wrong> {
    visitor.needs(Role::Admin)?;
    let check = shared.desk.store.verify_audit(None).await?;
    let is_whole = matches!(check, AuditCheck::Sound(_));
    let last = match &check {
        AuditCheck::Sound(head) => head.seq,
        AuditCheck::Broken { .. } => i64::MAX,
    };
    let end = older.before.unwrap_or(last.saturating_add(1));
    let from = end.saturating_sub(AUDIT_LISTED + 1).max(0);
    let rows = shared.desk.store.audit_log(from, 100).await?;
    let mut entries: Vec<butfor_page::AuditEntry> = rows
        .into_iter()
        .filter(|(seq, _)| *seq < end)
        .map(|(seq, entry)| butfor_page::AuditEntry {
            number: seq,
            at: entry.at,
            who: entry.actor,
            action: entry.action,
            detail: [entry.subject, entry.detail].join(" ").trim().to_owned(),
            hash: String::new(),
        })
        .collect();
    entries.reverse();
    let page = AuditPage {
        entries,
        verified: Some((is_whole, now())),
        older: (from > 0).then(|| (from + 1).to_string()),
    };
    Ok(Html(butfor_page::audit(&visitor.chrome(), &page)))
}

async fn tokens(State(shared): State<Shared>, visitor: Visitor) -> Result<Html<String>, Wrong> {
    Ok(Html(butfor_page::tokens(&visitor.chrome(), &tokens_page(&shared, &visitor, None).await?)))
}

/// The tokens of who looks; `made` is one that was just made.
pub(super) async fn tokens_page(
    shared: &Shared,
    visitor: &Visitor,
    made: Option<String>,
) -> butfor_store::Result<TokensPage> {
    let tokens = match &visitor.person {
        Some(person) => shared.desk.good_tokens(person).await?,
        None => Vec::new(),
    };
    let tokens = tokens.into_iter().map(|token| butfor_page::ApiToken {
        id: token.id.0,
        name: token.name,
        scopes: token.scopes.split_whitespace().map(str::to_owned).collect(),
        owner: visitor.name.clone(),
        created_at: token.created_at,
        used_at: None,
        expires_at: token.expires_at,
    });
    Ok(TokensPage {
        tokens: tokens.collect(),
        scopes: crate::desk::SCOPES.map(|(scope, meaning)| (scope.to_owned(), meaning.to_owned())).to_vec(),
        made,
    })
}
