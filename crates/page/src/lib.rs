//! The page an on-call engineer reads at 02:00, on a phone.
//!
//! Views go in, HTML comes out: no I/O, no clock (the moment is [`Chrome::now`]). Pages work without JavaScript; [`LIVE_JS`] adds
//! live updates, copy buttons, keys and PNG export. Nothing is inline, so `default-src 'self'` is enough as a content security
//! policy. Every text from outside is escaped, and hidden characters in it are shown.
//!
//! # Addresses
//!
//! | Address | What |
//! |---|---|
//! | `/incidents?show=open&before=CURSOR` | [`incidents`]; events at `/incidents/events` |
//! | `/incidents/7`, `/cause`, `/plan`, `/evidence`, `/topology?zoom=resource`, `/chat`; `?pass=2` | [`incident`] |
//! | `/incidents/7/events?tab=cause` | server-sent events named `fragment`, each a [`Fragment`]; `reload` to load the page anew |
//! | `/incidents/7/evidence/DIGEST?mark=TERM&pass=2`, and `/raw` below it | [`evidence`] |
//! | `/incidents/7/topology.svg?zoom=`, `.json`, `.mmd?zoom=` | [`topology_svg`], the picture, [`mermaid`] |
//! | POST `/incidents/7/decisions` | `hypothesis`, `decision` = `accept`, `discard` or `note`; `note` |
//! | POST `/incidents/7/alerts/3/unlink` | |
//! | POST `/incidents/7/chat`, `/incidents/7/steer` | `question`; `log_groups`, one a line |
//! | `/start`, POST `/start` | [`start()`]: `details`, `starting_point`, `at`, `account`, `region` |
//! | `/sign-in`, POST `/sign-in` (`token`, `next`), POST `/sign-in/oidc` (`next`), POST `/sign-out` | [`sign_in`] |
//! | `/audit?before=`; `/tokens`, POST `/tokens` (`name`, `scope`, `days`), POST `/tokens/3/revoke` | [`audit`], [`tokens`] |
//! | `/assets/style.css`, `/assets/live.js`, `/assets/icon.svg` | [`STYLE`], [`LIVE_JS`], [`ICON`] |
//!
//! Every form sends `csrf`.

mod admin;
mod cause;
mod chart;
mod chat;
mod chrome;
mod document;
mod evidence;
mod forms;
mod fragment;
mod incident;
mod incidents;
mod json;
mod links;
mod path;
mod plan;
mod progress;
pub mod report;
mod text;
mod timeline;
mod topology;
mod words;

pub use admin::{ApiToken, AuditEntry, AuditPage, TokensPage, audit, tokens};
pub use chat::{AnswerLine, Turn};
pub use chrome::{Chrome, Notice, NoticeKind, Person, Role};
pub use document::{EvidencePage, evidence};
pub use forms::{AccountChoice, ErrorPage, SignIn, StartForm, StartingPoint, error, sign_in, start};
pub use fragment::{Fragment, fragments, verdict_fragment};
pub use incident::{Decision, DecisionKind, IncidentPage, LinkedAlert, Pass, Tab, incident};
pub use incidents::{Filter, IncidentList, IncidentRow, incident_row, incidents, incidents_fragment};
pub use progress::{Progress, ProgressStep, StepState, progress_fragment};
pub use report::Report;
pub use topology::{Zoom, mermaid, topology_svg};

/// The style sheet, `/assets/style.css`.
pub const STYLE: &str = include_str!("../assets/style.css");
/// What JavaScript adds, `/assets/live.js`.
pub const LIVE_JS: &str = include_str!("../assets/live.js");
/// The icon, `/assets/icon.svg`.
pub const ICON: &str = include_str!("../assets/icon.svg");
