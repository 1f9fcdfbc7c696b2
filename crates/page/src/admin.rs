//! The audit log and API tokens.

use crate::chrome::{Chrome, Place, csrf, page};
use crate::text::percent;
use crate::words::{Tone, ago, chip, moment};
use butfor_incident::Timestamp;
use maud::{Markup, html};

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number in the chain.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub who: String,
    /// What was done (`incident.accept`).
    pub action: String,
    /// To what, and how it went.
    pub detail: String,
    /// Its hash, in hex.
    pub hash: String,
}

/// A page of the audit log, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// Newest first.
    pub entries: Vec<AuditEntry>,
    /// Whether the chain was verified, and when; `None` when nobody looked.
    pub verified: Option<(bool, Timestamp)>,
    /// The cursor of the next older page (`?before=`).
    pub older: Option<String>,
}

/// The audit log, at `/audit`.
#[must_use]
pub fn audit(chrome: &Chrome, of: &AuditPage) -> String {
    let body = html! {
        div.head {
            h1 { "Audit log" }
            p.chips {
                @match of.verified {
                    Some((true, at)) => { (chip(Tone::Good, "Chain intact")) " " span.muted { "checked " (ago(at, chrome.now)) } },
                    Some((false, at)) => { (chip(Tone::Bad, "Chain broken")) " " span.muted { "checked " (ago(at, chrome.now)) } },
                    None => span.muted { "Check the chain with " code { "butfor audit verify" } },
                }
            }
        }
        div.scroll tabindex="0" role="region" aria-label="Audit log" {
            table {
                thead { tr { th scope="col" { "No." } th scope="col" { "When" } th scope="col" { "Who" } th scope="col" { "What" } th scope="col" { "Hash" } } }
                tbody {
                    @for entry in &of.entries {
                        tr data-row {
                            td.number { (entry.number) }
                            td.nowrap { (moment(entry.at)) }
                            td { (entry.who) }
                            td { code { (entry.action) } " " (entry.detail) }
                            td { code title=(entry.hash) { (entry.hash.chars().take(12).collect::<String>()) } }
                        }
                    }
                }
            }
        }
        @if of.entries.is_empty() { p.muted { "Nothing was done yet." } }
        nav.pager aria-label="Pages" { @if let Some(cursor) = &of.older { a.next href={ "/audit?before=" (percent(cursor)) } { "Older →" } } }
    };
    page(chrome, Place::Audit, "Audit log", None, &body)
}

/// A token for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiToken {
    /// The number in the URL of its form.
    pub id: i64,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Whose it is.
    pub owner: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// The page of API tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokensPage {
    /// Those that exist.
    pub tokens: Vec<ApiToken>,
    /// Scopes that can be given, each with what it allows.
    pub scopes: Vec<(String, String)>,
    /// A token that was just made, shown this once.
    pub made: Option<String>,
}

/// API tokens, at `/tokens`: made there (`name`, `scope`, `days`), ended at `/tokens/<id>/revoke`.
#[must_use]
pub fn tokens(chrome: &Chrome, of: &TokensPage) -> String {
    let body = html! {
        h1 { "API tokens" }
        @if let Some(made) = &of.made {
            section.notice.good aria-label="New token" {
                p { "Copy it now: it is not shown again." }
                div.command { pre tabindex="0" { code id="made" { (made) } } button.copy type="button" data-copy="made" hidden { "Copy" } }
            }
        }
        ul.cards { @for token in &of.tokens { (token_of(chrome, token)) } }
        @if of.tokens.is_empty() { p.muted { "There are none." } }
        section.block aria-labelledby="new" {
            h2 id="new" { "New token" }
            form.stack.card method="post" action="/tokens" {
                (csrf(chrome))
                div.field { label for="name" { "What it is for" } input id="name" name="name" type="text" required maxlength="100" autocomplete="off"; }
                fieldset {
                    legend { "What it may do" }
                    @for (scope, meaning) in &of.scopes {
                        label.choice { input type="checkbox" name="scope" value=(scope); span { code { (scope) } br; span.muted { (meaning) } } }
                    }
                }
                div.field { label for="days" { "Days until it ends" } input id="days" name="days" type="number" min="1" max="366" value="90" required; }
                div.actions { button.primary type="submit" { "Make token" } }
            }
        }
    };
    page(chrome, Place::Tokens, "API tokens", None, &body)
}

fn token_of(chrome: &Chrome, token: &ApiToken) -> Markup {
    html! {
        li.alert {
            div {
                p.strong { (token.name) }
                p.facts {
                    span { (token.owner) }
                    @for scope in &token.scopes { span { code { (scope) } } }
                    span { "made " (ago(token.created_at, chrome.now)) }
                    span { @match token.used_at { Some(at) => { "used " (ago(at, chrome.now)) }, None => "never used" } }
                    @if let Some(at) = token.expires_at { span { "ends " (moment(at)) } }
                }
            }
            form method="post" action={ "/tokens/" (token.id) "/revoke" } {
                (csrf(chrome))
                button.quiet type="submit" aria-label={ "Revoke " (token.name) } { "Revoke" }
            }
        }
    }
}
