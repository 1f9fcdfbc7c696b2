//! The page of one incident: what it is, the verdict, and six tabs.

use crate::chat::{self, Turn};
use crate::chrome::{Chrome, Place, csrf, page};
use crate::incidents::IncidentRow;
use crate::links::Links;
use crate::progress::{self, Progress};
use crate::report::Report;
use crate::text::{percent, prose};
use crate::topology::{self, Zoom};
use crate::words::{Tone, ago, chip, count, grade, outcome};
use crate::{cause, evidence, plan, timeline};
use butfor_incident::Timestamp;
use butfor_incident::picture::Picture;
use maud::{Markup, html};

/// Tabs of an incident; each has a URL of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// `/incidents/7`
    Timeline,
    /// `/incidents/7/cause`
    Cause,
    /// `/incidents/7/plan`
    Plan,
    /// `/incidents/7/evidence`
    Evidence,
    /// `/incidents/7/topology?zoom=...`
    Topology(Zoom),
    /// `/incidents/7/chat`
    Chat,
}

impl Tab {
    /// In the order of the page, with what they are called.
    const ALL: [(Self, &'static str); 6] = [
        (Self::Timeline, "Timeline"),
        (Self::Cause, "Root cause"),
        (Self::Plan, "Mitigation plan"),
        (Self::Evidence, "Evidence"),
        (Self::Topology(Zoom::Resource), "Topology"),
        (Self::Chat, "Chat"),
    ];

    /// The last segment of its URL; empty for the first tab.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Timeline => "",
            Self::Cause => "cause",
            Self::Plan => "plan",
            Self::Evidence => "evidence",
            Self::Topology(_) => "topology",
            Self::Chat => "chat",
        }
    }
}

/// An alert that belongs to an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedAlert {
    /// The number in the URL of its form.
    pub id: i64,
    /// What the sender calls it.
    pub name: String,
    /// Which kind of sender.
    pub source: String,
    /// When it went off.
    pub at: Timestamp,
    /// Account id, or empty.
    pub account: String,
    /// Region, or empty.
    pub region: String,
    /// Why it belongs here; empty for the first.
    pub reason: String,
    /// Whether it can be taken off (the first cannot).
    pub can_unlink: bool,
}

/// One assessment that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// The number in the URL (`?pass=2`).
    pub number: i64,
    /// When it was made.
    pub at: Timestamp,
    /// What it was made for: `first look`, `only the log groups ...`.
    pub label: String,
}

/// What somebody did about a hypothesis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecisionKind {
    /// This is it.
    Accepted,
    /// This is not it.
    Discarded,
    /// A remark.
    Noted,
}

/// What somebody did about a hypothesis, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// [`Cause::key`](crate::report::Cause::key) of the hypothesis.
    pub hypothesis: String,
    /// What was done.
    pub kind: DecisionKind,
    /// By whom.
    pub who: String,
    /// When.
    pub at: Timestamp,
    /// The remark, or empty.
    pub note: String,
}

/// Everything there is to show of one incident.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentPage {
    /// As in the list.
    pub row: IncidentRow,
    /// The alerts that belong to it, the first one first.
    pub alerts: Vec<LinkedAlert>,
    /// The report of the pass shown; `None` before the first is done.
    pub report: Option<Report>,
    /// Its drawing.
    pub picture: Option<Picture>,
    /// All passes, oldest first.
    pub passes: Vec<Pass>,
    /// The pass shown, where it is not the newest.
    pub shown_pass: Option<i64>,
    /// How far a running investigation is.
    pub progress: Option<Progress>,
    /// What people did, oldest first.
    pub decisions: Vec<Decision>,
    /// What was asked and answered, oldest first.
    pub turns: Vec<Turn>,
    /// Questions that are understood, for the chat.
    pub questions: Vec<String>,
}

impl IncidentPage {
    pub(crate) fn links(&self) -> Links<'_> {
        Links { incident: self.row.id, pass: self.shown_pass, report: self.report.as_ref() }
    }
}

/// The page of an incident. Live events come from `/incidents/<id>/events?tab=...`.
#[must_use]
pub fn incident(chrome: &Chrome, of: &IncidentPage, tab: Tab) -> String {
    let id = of.row.id;
    let zoom = match tab {
        Tab::Topology(zoom) => format!("&zoom={}", zoom.as_str()),
        _ => String::new(),
    };
    // An old pass does not change any more.
    let live = of.shown_pass.is_none().then(|| format!("/incidents/{id}/events?tab={}{zoom}", tab.path()));
    let body = html! {
        p.crumb { a href="/incidents" data-up { "← Incidents" } }
        div id="incident-head" { (head(of, chrome.now)) }
        div id="progress" aria-live="polite" {
            @if let Some(progress) = &of.progress { (progress::panel(progress, chrome.now)) }
        }
        div id="verdict" { (verdict(of, tab)) }
        (tabs(of, tab))
        div id="panel" { (panel(chrome, of, tab)) }
    };
    let name = Tab::ALL.iter().find(|(it, _)| it.path() == tab.path()).map(|(_, name)| *name);
    let title = format!("{} · {}", name.unwrap_or_default(), of.row.title);
    page(chrome, Place::Elsewhere, &title, live.as_deref(), &body)
}

pub(crate) fn head(of: &IncidentPage, now: Timestamp) -> Markup {
    let row = &of.row;
    html! {
        h1 { (row.title) }
        p.facts {
            span { "#" (row.id) }
            @if row.is_open { (chip(Tone::Busy, "Open")) } @else { (chip(Tone::Calm, "Closed")) }
            @if row.is_test { (chip(Tone::Calm, "Test")) }
            span { "opened " (ago(row.opened_at, now)) }
            span { (count(of.alerts.len(), "alert")) }
            @if let Some(application) = &row.application { span { (application) } }
            @if !row.account.is_empty() { span { code { (row.account) } } }
            @if !row.region.is_empty() { span { (row.region) } }
        }
    }
}

/// The verdict: in full where one looks first, short above the other tabs.
pub(crate) fn verdict(of: &IncidentPage, tab: Tab) -> Markup {
    let Some(report) = &of.report else {
        return html! {
            @if of.progress.is_none() {
                section.verdict.calm aria-label="Verdict" {
                    @if of.row.is_test {
                        p.lead { "A test: it was received and verified. There is nothing to investigate." }
                    } @else {
                        p.lead { "No verdict yet: the investigation has not begun." }
                    }
                }
            }
        };
    };
    let causes = report.root_causes.len();
    let (word, tone) = outcome(Some(&report.verdict.outcome), causes);
    let full = tab == Tab::Timeline;
    // What a grade means is said of one cause that is enough alone; of several, each card says it.
    let together = report.root_causes.iter().any(|it| !it.together_with.is_empty());
    let links = of.links();
    html! {
        section class={ "verdict " (tone.class()) (if full { "" } else { " short" }) } aria-label="Verdict" {
            p.chips {
                (chip(tone, &word))
                @if let Some(of) = report.weakest_grade() {
                    @let (word, meaning, tone) = grade(of);
                    (chip(tone, &word)) " "
                    @if full && causes == 1 && !together { span.muted { (meaning) } }
                }
                @if report.verdict.intentional.likely { (chip(Tone::Hedge, "Possibly intended")) }
            }
            p.lead { (prose(&report.verdict.summary)) }
            @if full {
                (changed(report))
                @if report.verdict.intentional.likely {
                    ul.plain { @for reason in &report.verdict.intentional.reasons {
                        li { (prose(&reason.text)) " " (links.cites(&reason.cites, &[])) }
                    } }
                }
                p.actions {
                        @if causes > 0 || !report.competing.is_empty() { a.button href=(links.tab(Tab::Cause)) { "See why" } }
                        @if report.plan.steps.iter().any(|it| it.phase == "apply") {
                            a.button.primary href=(links.tab(Tab::Plan)) {
                                @if report.plan.status == "verified" { "Verified plan" } @else { "Plan" }
                            }
                        }
                    }
            }
        }
        (passes(of, tab))
    }
}

/// Who changed it and when: what everybody asks next.
fn changed(report: &Report) -> Markup {
    html! {
        @for change in report.root_causes.iter().filter_map(|it| it.change.as_ref()).take(3) {
            p.changed {
                code { (change.event_name) } " at " (crate::words::moment_of(&change.at))
                @if let Some(who) = cause::who(&change.actor) { " by " strong { (who) } }
            }
        }
    }
}

fn passes(of: &IncidentPage, tab: Tab) -> Markup {
    let newest = of.passes.last().map(|it| it.number);
    let shown = of.shown_pass.or(newest);
    html! {
        @if of.passes.len() > 1 {
            nav.passes aria-label="Passes" {
                span.muted { "Passes" }
                @for pass in &of.passes {
                    @let links = Links { pass: (Some(pass.number) != newest).then_some(pass.number), ..of.links() };
                    a href=(links.tab(tab)) aria-current=[(Some(pass.number) == shown).then_some("true")] {
                        (pass.number) ": " (pass.label) " " time datetime=(pass.at) { (pass.at.clock()) }
                    }
                }
            }
        }
    }
}

fn tabs(of: &IncidentPage, tab: Tab) -> Markup {
    let links = of.links();
    let number = |tab: Tab| -> Option<usize> {
        let report = of.report.as_ref()?;
        match tab {
            Tab::Cause => Some(report.root_causes.len() + report.competing.len()),
            Tab::Evidence => Some(report.evidence.len()),
            _ => None,
        }
    };
    html! {
        nav.tabs aria-label="Incident" {
            @for (it, name) in Tab::ALL {
                a href=(links.tab(it)) aria-current=[(it.path() == tab.path()).then_some("page")] {
                    (name)
                    @if let Some(number) = number(it).filter(|it| *it > 0) { " " span.badge { (number) } }
                }
            }
        }
    }
}

pub(crate) fn panel(chrome: &Chrome, of: &IncidentPage, tab: Tab) -> Markup {
    match (tab, &of.report) {
        (Tab::Timeline, report) => html! {
            @if let Some(report) = report { (timeline::panel(report, of.links())) }
            (alerts(chrome, of))
        },
        (Tab::Chat, _) => chat::panel(chrome, of),
        (_, None) => {
            html! { div.empty { h2 { "Not known yet" } p { "This appears when the first pass is done." } } }
        }
        (Tab::Cause, Some(report)) => cause::panel(chrome, of, report),
        (Tab::Plan, Some(report)) => plan::panel(report),
        (Tab::Evidence, Some(report)) => evidence::panel(report, of.links()),
        (Tab::Topology(zoom), Some(_)) => topology::panel(of.picture.as_ref(), zoom, of.links()),
    }
}

fn alerts(chrome: &Chrome, of: &IncidentPage) -> Markup {
    html! {
        section.block aria-labelledby="alerts" {
            h2 id="alerts" { "Alerts" }
            ul.cards {
                @for alert in &of.alerts {
                    li.alert {
                        div {
                            p.strong { (alert.name) }
                            p.facts {
                                span { (alert.source) }
                                (crate::words::moment(alert.at))
                                @if !alert.account.is_empty() { span { code { (alert.account) } } }
                                @if !alert.region.is_empty() { span { (alert.region) } }
                            }
                            p.muted { @if alert.reason.is_empty() { "Opened this incident" } @else { "Belongs here: " (prose(&alert.reason)) } }
                        }
                        @if alert.can_unlink && chrome.may_respond() {
                            form method="post" action={ "/incidents/" (of.row.id) "/alerts/" (alert.id) "/unlink" } {
                                (csrf(chrome))
                                button.quiet type="submit" aria-label={ "Unlink " (alert.name) } { "Unlink" }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The address of an incident's tab, such as `/incidents/7/plan`.
pub(crate) fn address(incident: i64, tab: Tab, pass: Option<i64>) -> String {
    let mut address = format!("/incidents/{incident}");
    if !tab.path().is_empty() {
        address.push('/');
        address.push_str(tab.path());
    }
    let mut query = Vec::new();
    if let Tab::Topology(zoom) = tab {
        query.push(format!("zoom={}", percent(zoom.as_str())));
    }
    query.extend(pass.map(|pass| format!("pass={pass}")));
    if !query.is_empty() {
        address.push('?');
        address.push_str(&query.join("&"));
    }
    address
}
