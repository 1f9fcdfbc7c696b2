//! The list of incidents.

use crate::chrome::{Chrome, Place, page};
use crate::text::{finish, percent, prose};
use crate::words::{Tone, ago, chip, count, grade, outcome};
use butfor_incident::Timestamp;
use maud::{Markup, html};

/// An incident in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentRow {
    /// The number in its URL.
    pub id: i64,
    /// What the first alert is called.
    pub title: String,
    /// Whether somebody still works on it.
    pub is_open: bool,
    /// Whether it came from a test event.
    pub is_test: bool,
    /// The report's outcome (`root_cause`); `None` while it is investigated for the first time.
    pub outcome: Option<String>,
    /// The verdict in one sentence; empty while there is none.
    pub summary: String,
    /// How many root causes.
    pub causes: usize,
    /// The weakest grade among them ([`Report::weakest_grade`](crate::Report::weakest_grade)).
    pub grade: Option<String>,
    /// How many alerts belong to it.
    pub alerts: usize,
    /// Account id, or empty.
    pub account: String,
    /// Region, or empty.
    pub region: String,
    /// The application it is about, where one is known.
    pub application: Option<String>,
    /// When the first alert came.
    pub opened_at: Timestamp,
    /// When something last happened.
    pub updated_at: Timestamp,
}

/// Which incidents are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    /// Those somebody works on.
    #[default]
    Open,
    /// Those that are done.
    Closed,
    /// All of them.
    All,
}

impl Filter {
    /// The word in the URL (`?show=open`).
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::All => "all",
        }
    }

    /// From the word in the URL.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Open, Self::Closed, Self::All].into_iter().find(|it| it.as_str() == word)
    }
}

/// A page of the list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentList {
    /// Which are listed.
    pub filter: Filter,
    /// Newest first.
    pub rows: Vec<IncidentRow>,
    /// The cursor of the next older page (`?before=`), where there is one.
    pub older: Option<String>,
    /// Whether this is not the first page.
    pub is_later_page: bool,
}

/// The list, at `/incidents`. Live events come from `/incidents/events`.
#[must_use]
pub fn incidents(chrome: &Chrome, list: &IncidentList) -> String {
    let filter = list.filter.as_str();
    let body = html! {
        div.head {
            h1 { "Incidents" }
            nav.pills aria-label="Which incidents" {
                @for it in [Filter::Open, Filter::Closed, Filter::All] {
                    a href={ "/incidents?show=" (it.as_str()) } aria-current=[(it == list.filter).then_some("true")] {
                        (match it { Filter::Open => "Open", Filter::Closed => "Closed", Filter::All => "All" })
                    }
                }
            }
        }
        div id="incidents" { (rows(chrome, list)) }
        nav.pager aria-label="Pages" {
            @if list.is_later_page { a href={ "/incidents?show=" (filter) } { "← Newest" } }
            @if let Some(cursor) = &list.older {
                a.next href={ "/incidents?show=" (filter) "&before=" (percent(cursor)) } { "Older →" }
            }
        }
    };
    page(chrome, Place::Incidents, "Incidents", Some("/incidents/events"), &body)
}

/// The rows alone: what the live page puts into the element `incidents`.
#[must_use]
pub fn incidents_fragment(chrome: &Chrome, list: &IncidentList) -> String {
    finish(&rows(chrome, list).into_string())
}

fn rows(chrome: &Chrome, list: &IncidentList) -> Markup {
    html! {
        @if list.rows.is_empty() {
            (empty(chrome, list.filter))
        } @else {
            ol.incidents {
                @for it in &list.rows { li id={ "incident-" (it.id) } data-row { (row(it, chrome.now)) } }
            }
        }
    }
}

fn empty(chrome: &Chrome, filter: Filter) -> Markup {
    html! {
        div.empty {
            h2 { (match filter { Filter::Open => "All quiet", Filter::Closed => "Nothing closed yet", Filter::All => "No incidents yet" }) }
            p { "An incident opens when an alarm arrives at one of the configured sources." }
            @if chrome.may_respond() { p { a.button href="/start" { "Start an investigation by hand" } } }
        }
    }
}

/// One row alone: what the live page puts into the element `incident-<id>`.
#[must_use]
pub fn incident_row(row_of: &IncidentRow, now: Timestamp) -> String {
    finish(&row(row_of, now).into_string())
}

fn row(it: &IncidentRow, now: Timestamp) -> Markup {
    let (word, tone) = outcome(it.outcome.as_deref(), it.causes);
    // A test is received and verified, and that is all there is to it.
    let is_looked_at = it.outcome.is_some() || !it.is_test;
    let tone = if is_looked_at { tone } else { Tone::Calm };
    html! {
        article class={ "row edge-" (tone.class()) } {
            div.row-top {
                span.chips {
                    @if is_looked_at { (chip(tone, &word)) }
                    @if let Some(of) = &it.grade {
                        @let (word, _, tone) = grade(of);
                        (chip(tone, &word))
                    }
                    @if !it.is_open { (chip(Tone::Calm, "Closed")) }
                    @if it.is_test { (chip(Tone::Calm, "Test")) }
                }
                span.when { (ago(it.opened_at, now)) }
            }
            h2 { a.cover href={ "/incidents/" (it.id) } { (it.title) } }
            @if !it.summary.is_empty() { p.summary { (prose(&it.summary)) } }
            p.facts {
                span { "#" (it.id) }
                span { (count(it.alerts, "alert")) }
                @if let Some(application) = &it.application { span { (application) } }
                @if !it.account.is_empty() { span { code { (it.account) } } }
                @if !it.region.is_empty() { span { (it.region) } }
                @if it.updated_at > it.opened_at { span { "updated " (ago(it.updated_at, now)) } }
            }
        }
    }
}
