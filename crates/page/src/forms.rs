//! Pages that are a form or a message: start, sign-in, error.

use crate::chrome::{Chrome, Place, csrf, page};
use maud::{Markup, html};

/// Where an investigation starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StartingPoint {
    /// The alarm that went off last in the account and region.
    #[default]
    LatestAlarm,
    /// A machine or a database that is busier than usual.
    HighCpu,
    /// More errors than usual.
    ErrorRate,
    /// Only what the details say.
    Free,
}

impl StartingPoint {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 4] = [Self::LatestAlarm, Self::HighCpu, Self::ErrorRate, Self::Free];

    /// The value of the form's field `starting_point`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LatestAlarm => "latest_alarm",
            Self::HighCpu => "high_cpu",
            Self::ErrorRate => "error_rate",
            Self::Free => "free",
        }
    }

    /// From the form's value.
    #[must_use]
    pub fn parse(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == value)
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::LatestAlarm => {
                ("Latest alarm", "Start from the alarm that went off last in this account and region.")
            }
            Self::HighCpu => {
                ("High CPU usage", "Look at what is busier than usual, and at what changed before.")
            }
            Self::ErrorRate => {
                ("Error rate spike", "Look at error counts of load balancers, functions and logs.")
            }
            Self::Free => ("Something else", "Only what you write above decides what is looked at."),
        }
    }
}

/// An account that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountChoice {
    /// Account id.
    pub id: String,
    /// What people call it, or empty.
    pub name: String,
}

/// The form that starts an investigation, as it was filled in so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StartForm {
    /// What is wrong, in the reader's words.
    pub details: String,
    /// Where to start.
    pub starting_point: StartingPoint,
    /// `2026-05-02T13:37`, UTC, as the browser's field has it.
    pub at: String,
    /// Chosen account id.
    pub account: String,
    /// Chosen region.
    pub region: String,
    /// Accounts that can be chosen; with none, the id is typed.
    pub accounts: Vec<AccountChoice>,
    /// Regions that can be chosen; with none, the name is typed.
    pub regions: Vec<String>,
    /// What has to be mended, by the name of the field (`details`, `at`, `account`, `region`), in a sentence.
    pub errors: Vec<(String, String)>,
}

impl StartForm {
    fn error(&self, field: &str) -> Option<&str> {
        self.errors.iter().find(|(name, _)| name == field).map(|(_, text)| text.as_str())
    }
}

/// The form at `/start`, sent there too: `details`, `starting_point`, `at`, `account`, `region`.
#[must_use]
pub fn start(chrome: &Chrome, form: &StartForm) -> String {
    let accounts: Vec<(&str, String)> = form
        .accounts
        .iter()
        .map(|it| {
            (
                it.id.as_str(),
                if it.name.is_empty() { it.id.clone() } else { format!("{} ({})", it.name, it.id) },
            )
        })
        .collect();
    let regions: Vec<(&str, String)> = form.regions.iter().map(|it| (it.as_str(), it.clone())).collect();
    let body = html! {
        h1 { "Start an investigation" }
        form.stack.card method="post" action="/start" {
            (csrf(chrome))
            div.field {
                label for="details" { "Investigation details" }
                p.hint id="details-hint" { "What is wrong, since when, and what it touches. Names of resources help." }
                textarea id="details" name="details" rows="4" maxlength="4000" required aria-describedby="details-hint details-error" { (form.details) }
                (error_of(form, "details"))
            }
            fieldset {
                legend { "Starting point" }
                @for it in StartingPoint::ALL {
                    @let (name, meaning) = it.words();
                    label.choice {
                        input type="radio" name="starting_point" value=(it.as_str()) checked[it == form.starting_point];
                        span { strong { (name) } br; span.muted { (meaning) } }
                    }
                }
            }
            div.field {
                label for="at" { "Date and time (UTC)" }
                input id="at" name="at" type="datetime-local" value=(form.at) required aria-describedby="at-error";
                (error_of(form, "at"))
            }
            (choice(form, "account", "AWS account", &form.account, &accounts))
            (choice(form, "region", "Region", &form.region, &regions))
            div.actions { button.primary type="submit" { "Start" } }
        }
    };
    page(chrome, Place::Start, "Start an investigation", None, &body)
}

fn error_of(form: &StartForm, field: &str) -> Markup {
    html! {
        span.field-error id={ (field) "-error" } { @if let Some(text) = form.error(field) { (text) } }
    }
}

fn choice(form: &StartForm, name: &str, label: &str, value: &str, choices: &[(&str, String)]) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            @if choices.is_empty() {
                input id=(name) name=(name) type="text" value=(value) required autocomplete="off" aria-describedby={ (name) "-error" };
            } @else {
                select id=(name) name=(name) required aria-describedby={ (name) "-error" } {
                    @for (id, text) in choices { option value=(id) selected[*id == value] { (text) } }
                }
            }
            (error_of(form, name))
        }
    }
}

/// The sign-in page, at `/sign-in`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SignIn {
    /// What the identity provider is called; `None` when none is configured. Its button leads to `/sign-in/oidc`.
    pub provider: Option<String>,
    /// Whether the local admin token is accepted; its form sends `token` to `/sign-in`.
    pub accepts_token: bool,
    /// Where to go afterwards, a path of ours.
    pub next: String,
}

/// The page that signs somebody in.
#[must_use]
pub fn sign_in(chrome: &Chrome, of: &SignIn) -> String {
    let body = html! {
        div.narrow {
            h1 { "Sign in" }
            @if let Some(provider) = &of.provider {
                form.card.stack method="post" action="/sign-in/oidc" {
                    (csrf(chrome))
                    input type="hidden" name="next" value=(of.next);
                    button.primary type="submit" { "Continue with " (provider) }
                }
            }
            @if of.accepts_token {
                form.card.stack method="post" action="/sign-in" {
                    (csrf(chrome))
                    input type="hidden" name="next" value=(of.next);
                    div.field {
                        label for="token" { "Admin token" }
                        p.hint id="token-hint" { "It was printed once, when Butfor was first started." }
                        input id="token" name="token" type="password" required autocomplete="current-password" aria-describedby="token-hint";
                    }
                    div.actions { button class=[of.provider.is_none().then_some("primary")] type="submit" { "Sign in" } }
                }
            }
            @if of.provider.is_none() && !of.accepts_token { p { "No way to sign in is configured. Set one up in " code { "butfor.toml" } "." } }
        }
    };
    page(chrome, Place::Elsewhere, "Sign in", None, &body)
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorPage {
    /// HTTP status code.
    pub status: u16,
    /// In a few words.
    pub title: String,
    /// What happened and what to do.
    pub text: String,
    /// The request's id, for the log; or empty.
    pub request_id: String,
}

/// The page of something that went wrong.
#[must_use]
pub fn error(chrome: &Chrome, of: &ErrorPage) -> String {
    let body = html! {
        div.narrow.empty {
            p.muted { (of.status) }
            h1 { (of.title) }
            p { (of.text) }
            @if !of.request_id.is_empty() { p.muted { "Request " code { (of.request_id) } } }
            p { a.button href="/incidents" { "Incidents" } }
        }
    };
    page(chrome, Place::Elsewhere, &of.title, None, &body)
}
