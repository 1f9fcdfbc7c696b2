//! The frame of every page: navigation, skip link, notices.

use crate::text::finish;
use crate::words::Tone;
use butfor_incident::Timestamp;
use maud::{DOCTYPE, Markup, html};

/// What somebody may do; each role may what the one before may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Starts investigations, decides on hypotheses, asks, links and unlinks.
    Responder,
    /// Approves.
    Approver,
    /// Sees the audit log.
    Admin,
}

impl Role {
    /// The word a page shows.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Approver => "approver",
            Self::Admin => "admin",
        }
    }
}

/// Who is looking at the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// As the identity provider calls them.
    pub name: String,
    /// What they may do. Forms they may not send are not shown; the server checks again.
    pub role: Role,
}

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// Something was done.
    Done,
    /// Something could not be done.
    Failed,
}

/// A message above the page, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is about.
    pub kind: NoticeKind,
    /// A sentence.
    pub text: String,
}

/// What all pages have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chrome {
    /// Who is signed in; `None` shows no navigation and no forms.
    pub user: Option<Person>,
    /// The session's token, sent with every form as `csrf`.
    pub csrf: String,
    /// A message, where there is one.
    pub notice: Option<Notice>,
    /// The moment ages are counted from.
    pub now: Timestamp,
}

impl Chrome {
    /// Whether the reader may change something about an incident.
    #[must_use]
    pub fn may_respond(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.role >= Role::Responder)
    }

    /// Whether the reader is an admin.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.role >= Role::Admin)
    }
}

/// Places of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Incidents,
    Start,
    Tokens,
    Audit,
    Elsewhere,
}

/// The hidden field every form carries.
pub(crate) fn csrf(chrome: &Chrome) -> Markup {
    html! { input type="hidden" name="csrf" value=(chrome.csrf); }
}

/// A whole page. `live` is the URL of its server-sent events.
pub(crate) fn page(chrome: &Chrome, place: Place, title: &str, live: Option<&str>, body: &Markup) -> String {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="same-origin";
                title { (title) " · Butfor" }
                link rel="icon" href="/assets/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/assets/style.css";
                script src="/assets/live.js" defer {}
            }
            body data-live=[live] {
                a.skip href="#content" { "Skip to content" }
                (header(chrome, place))
                main id="content" tabindex="-1" {
                    @if let Some(notice) = &chrome.notice { (message(notice)) }
                    (body)
                }
                (footer(chrome))
            }
        }
    };
    finish(&document.into_string())
}

fn header(chrome: &Chrome, place: Place) -> Markup {
    let current = |it: Place| (it == place).then_some("page");
    html! {
        header.top {
            div.bar {
                a.brand href="/incidents" {
                    svg.logo viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" {
                        path d="M3 12h6m6 0h6" class="logo-line" {}
                        circle cx="12" cy="12" r="3.2" class="logo-dot" {}
                    }
                    span { "Butfor" }
                }
                @if let Some(user) = &chrome.user {
                    nav aria-label="Main" {
                        a href="/incidents" aria-current=[current(Place::Incidents)] { "Incidents" }
                        @if chrome.may_respond() {
                            a href="/start" aria-current=[current(Place::Start)] {
                                "Start" span.wide { " an investigation" }
                            }
                        }
                        a href="/tokens" aria-current=[current(Place::Tokens)] { span.wide { "API " } "Tokens" }
                        @if chrome.is_admin() { a href="/audit" aria-current=[current(Place::Audit)] { "Audit" } }
                    }
                    form.who method="post" action="/sign-out" {
                        (csrf(chrome))
                        span.person title=(user.name) { (user.name) " " small { (user.role.as_str()) } }
                        button.quiet type="submit" { "Sign out" }
                    }
                }
            }
        }
    }
}

fn message(notice: &Notice) -> Markup {
    let (tone, role) = match notice.kind {
        NoticeKind::Done => (Tone::Good, "status"),
        NoticeKind::Failed => (Tone::Bad, "alert"),
    };
    html! { p class={ "notice " (tone.class()) } role=(role) { (notice.text) } }
}

fn footer(chrome: &Chrome) -> Markup {
    html! {
        footer.foot {
            p { "All times are UTC. Page made at " time datetime=(chrome.now) { (chrome.now.clock()) } "." }
            @if chrome.user.is_some() {
                details.keys {
                    summary { "Keyboard" }
                    p {
                        label { input type="checkbox" id="keys" checked; " Single-key shortcuts" }
                    }
                    dl {
                        dt { kbd { "1" } "–" kbd { "6" } } dd { "tabs of an incident" }
                        dt { kbd { "j" } " " kbd { "k" } } dd { "next and previous incident, entry or step" }
                        dt { kbd { "c" } } dd { "copy the command in focus" }
                        dt { kbd { "/" } } dd { "ask a question" }
                        dt { kbd { "u" } } dd { "back to the incidents" }
                        dt { kbd { "?" } } dd { "this list" }
                    }
                }
            }
        }
    }
}
