//! Live pages: what changed is sent as it changes, as parts of the page.

use super::Shared;
use super::pages::{Listing, list};
use super::visitor::Visitor;
use crate::desk::Look;
use crate::feed::News;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use axum::routing::get;
use butfor_incident::Timestamp;
use butfor_page::{Chrome, Tab, Zoom};
use butfor_store::IncidentId;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;

/// How often the store is looked at besides: another replica may have done something.
const LOOK: Duration = Duration::from_secs(2);

/// News that come together are sent together.
const TOGETHER: Duration = Duration::from_millis(100);

/// A page that is open longer connects again.
const LONGEST: Duration = Duration::from_secs(3600);

pub(super) fn routes() -> Router<Shared> {
    Router::new().route("/incidents/events", get(all)).route("/incidents/{id}/events", get(one))
}

#[derive(Debug, Default, Deserialize)]
struct Watching {
    tab: Option<String>,
    zoom: Option<String>,
}

type Stream = Sse<axum::response::sse::KeepAliveStream<ReceiverStream<Result<Event, Infallible>>>>;

fn stream(receiver: mpsc::Receiver<Result<Event, Infallible>>) -> Stream {
    Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

async fn one(
    State(shared): State<Shared>,
    visitor: Visitor,
    Path(id): Path<i64>,
    Query(watching): Query<Watching>,
) -> Stream {
    let zoom = watching.zoom.as_deref().and_then(Zoom::parse).unwrap_or_default();
    let tab = match watching.tab.as_deref() {
        Some("cause") => Tab::Cause,
        Some("plan") => Tab::Plan,
        Some("evidence") => Tab::Evidence,
        Some("topology") => Tab::Topology(zoom),
        Some("chat") => Tab::Chat,
        _ => Tab::Timeline,
    };
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(async move {
        let watch = watch_one(&shared, &visitor, IncidentId(id), tab, sender);
        let _ = tokio::time::timeout(LONGEST, watch).await;
    });
    stream(receiver)
}

/// What pages have in common, at a moment that changes once a minute: ages alone are no news.
fn chrome(visitor: &Visitor) -> Chrome {
    let mut chrome = visitor.chrome();
    chrome.now = Timestamp::from_millis(chrome.now.as_millis() / 60_000 * 60_000);
    chrome
}

/// Sends the parts of an incident's page that differ from what was sent last.
async fn watch_one(
    shared: &Shared,
    visitor: &Visitor,
    id: IncidentId,
    tab: Tab,
    sender: mpsc::Sender<Result<Event, Infallible>>,
) {
    let mut news = shared.desk.feed.watch();
    let mut sent: BTreeMap<&'static str, String> = BTreeMap::new();
    loop {
        let Ok(page) = shared.desk.incident_page(id, Look::default()).await else { return };
        for fragment in butfor_page::fragments(&chrome(visitor), &page, tab) {
            if sent.get(fragment.id) == Some(&fragment.html) {
                continue;
            }
            let event = Event::default().event("fragment").data(fragment.data());
            sent.insert(fragment.id, fragment.html);
            if sender.send(Ok(event)).await.is_err() {
                return;
            }
        }
        if !wait(shared, visitor, &mut news, |incident| incident == id, &sender).await {
            return;
        }
    }
}

async fn all(State(shared): State<Shared>, visitor: Visitor, Query(listing): Query<Listing>) -> Stream {
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(async move {
        let watch = watch_all(&shared, &visitor, &listing, sender);
        let _ = tokio::time::timeout(LONGEST, watch).await;
    });
    stream(receiver)
}

async fn watch_all(
    shared: &Shared,
    visitor: &Visitor,
    listing: &Listing,
    sender: mpsc::Sender<Result<Event, Infallible>>,
) {
    let mut news = shared.desk.feed.watch();
    let mut sent = String::new();
    loop {
        let Ok(list) = list(&shared.desk, listing).await else { return };
        let html = butfor_page::incidents_fragment(&chrome(visitor), &list);
        if html != sent {
            let fragment = butfor_page::Fragment { id: "incidents", html: html.clone() };
            sent = html;
            if sender.send(Ok(Event::default().event("fragment").data(fragment.data()))).await.is_err() {
                return;
            }
        }
        if !wait(shared, visitor, &mut news, |_| true, &sender).await {
            return;
        }
    }
}

/// Waits until there may be something new; says no when nobody listens any more, or may no longer.
async fn wait(
    shared: &Shared,
    visitor: &Visitor,
    news: &mut broadcast::Receiver<(IncidentId, News)>,
    is_about: impl Fn(IncidentId) -> bool,
    sender: &mpsc::Sender<Result<Event, Infallible>>,
) -> bool {
    let stopped = shared.desk.feed.stopped();
    let is_news = tokio::select! {
        () = stopped => false,
        is_news = next(news, is_about, sender) => is_news,
    };
    let Some(session) = visitor.session.as_ref().filter(|_| is_news) else { return is_news };
    // Who signed out meanwhile, or was shut out, is sent no more.
    matches!(shared.desk.store.session(session, crate::clock::now()).await, Ok(Some(_)))
}

async fn next(
    news: &mut broadcast::Receiver<(IncidentId, News)>,
    is_about: impl Fn(IncidentId) -> bool,
    sender: &mpsc::Sender<Result<Event, Infallible>>,
) -> bool {
    let end = tokio::time::Instant::now() + LOOK;
    loop {
        tokio::select! {
            () = sender.closed() => return false,
            () = tokio::time::sleep_until(end) => return true,
            next = news.recv() => match next {
                Ok((incident, _)) if is_about(incident) => {
                    tokio::time::sleep(TOGETHER).await;
                    return true;
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => return true,
                Err(RecvError::Closed) => return false,
            },
        }
    }
}
