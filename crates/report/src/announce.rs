//! What people are told of an incident, for one channel each: Slack, Teams, e-mail, tickets, programs.
//!
//! An [`Announcement`] is what is to be said; [`render`] says it in the form of a [`Channel`]. All channels are rendered from
//! the same parts, so that no two of them tell different things. Texts from outside are cleaned, put where nothing
//! interprets them (or escaped), and bounded. A command is whole or not there: a cut one would be another command.

mod data;
mod email;
mod event;
mod fit;
mod message;
mod notes;
mod plain;
mod slack;
mod teams;

use crate::clean;

pub use data::{
    About, Announcement, CauseTold, CommandTold, Decision, Event, PlanTold, Record, System, Told, Trace,
    plan_digest,
};

/// The kinds of channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Slack: `{text, blocks, reply: {text, blocks}}`: the message, and what is said in its thread when it is edited, as
    /// `chat.postMessage` takes them.
    Slack,
    /// Microsoft Teams: the message with an Adaptive Card that a workflow's webhook takes.
    Teams,
    /// E-mail: `{subject, text, html}`.
    Email,
    /// ServiceNow: `{records, text}`, the `sys_id`s of the sender's tickets and the work note.
    ServiceNow,
    /// PagerDuty: `{records, text}`, the ids of the sender's incidents and the note.
    PagerDuty,
    /// A program: an event under the names of webhook-formats, section 3.
    Webhook,
    /// A topic: `{subject, message}`, where `message` is the JSON of `MessageStructure=json`: the event by default, text for e-mail and SMS.
    Sns,
}

impl Channel {
    /// The channel of a word of the configuration.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "slack" => Self::Slack,
            "teams" => Self::Teams,
            "email" => Self::Email,
            "servicenow" => Self::ServiceNow,
            "pagerduty" => Self::PagerDuty,
            "webhook" => Self::Webhook,
            "sns" => Self::Sns,
            _ => return None,
        })
    }
}

/// What a channel's sender sends; `None` where the channel has no place for it (a ticket system that sent none of the alerts).
#[must_use]
pub fn render(it: &Announcement, channel: Channel) -> Option<String> {
    let value = match channel {
        Channel::Slack => slack::render(it),
        Channel::Teams => teams::render(it),
        Channel::Email => email::render(it),
        Channel::ServiceNow => notes::render(it, System::ServiceNow)?,
        Channel::PagerDuty => notes::render(it, System::PagerDuty)?,
        Channel::Webhook => event::render(it),
        Channel::Sns => notes::sns(it),
    };
    Some(clean::json(&value.to_string()))
}
