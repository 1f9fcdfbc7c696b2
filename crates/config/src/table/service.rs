//! Options of the service, `butfor serve`: what it listens to, who may send, who may look, who is told.

use super::{Kind, Section, optional, required};

/// Senders of alerts, as `crates/intake` reads them.
const FORMATS: &[&str] = &[
    "generic",
    "sns",
    "eventbridge",
    "alertmanager",
    "grafana",
    "pagerduty",
    "datadog",
    "servicenow",
    "github",
    "gitlab",
];

/// How a sender proves who it is.
const PROOFS: &[&str] = &["signature", "bearer", "basic", "header"];

const ROLES: &[&str] = &["none", "viewer", "responder", "approver", "admin"];

const CHANNELS: &[&str] = &["slack", "teams", "email", "servicenow", "pagerduty", "webhook", "sns"];

const PRIORITIES: &[&str] = &["MINIMAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"];

pub(super) const SERVER: Section = Section {
    name: "server",
    repeats: false,
    about: "What `butfor serve` listens to and keeps. Everything has a default: without this it serves the page on this machine only.",
    settings: &[
        optional(
            "listen",
            Kind::Text,
            r#""127.0.0.1:8080""#,
            "Address and port. Put a proxy with TLS before it when it is not this machine's own.",
            r#""0.0.0.0:8080""#,
        ),
        optional(
            "public_url",
            Kind::Url,
            "",
            "Where people reach the page; links in messages begin with it.",
            r#""https://butfor.example.com""#,
        ),
        optional(
            "database",
            Kind::Secret,
            "",
            "A file for SQLite, or `postgres://...` for several replicas; without it the file `butfor.db` in `data_dir`.",
            r#""env:BUTFOR_DATABASE""#,
        ),
        optional("workers", Kind::Count(1, 64), "2", "Investigations at the same time.", "4"),
        optional(
            "bundles",
            Kind::Path,
            "",
            "Folder of recorded incidents. An alarm that one of them is about is investigated with it instead of with AWS.",
            r#""/var/lib/butfor/bundles""#,
        ),
        optional(
            "retention_days",
            Kind::Count(1, 3_650),
            "365",
            "Days after which a closed incident is forgotten.",
            "90",
        ),
        optional("session_hours", Kind::Count(1, 720), "12", "Hours after which people sign in again.", "8"),
        optional(
            "allow_private_urls",
            Kind::Flag,
            "false",
            "Whether messages may be sent to addresses of private networks, such as a chat server of your own.",
            "true",
        ),
    ],
};

pub(super) const WEBHOOKS: Section = Section {
    name: "webhooks",
    repeats: true,
    about: "A sender of alerts. It posts to `/hooks/NAME`; one of the format `generic` also to `/webhook/generic/NAME`. What is not \
            listed here is refused.",
    settings: &[
        required("name", Kind::Text, "Part of the URL.", r#""cloudwatch""#),
        required("format", Kind::Word(FORMATS), "What it sends.", r#""generic""#),
        optional(
            "auth",
            Kind::Word(PROOFS),
            "",
            "How it proves who it is: by the signature of its format, or a secret in `Authorization` or another header. Without this, \
             the signature where the format has one, else bearer.",
            r#""bearer""#,
        ),
        optional(
            "secret",
            Kind::Secret,
            "",
            "The secret it signs with or shows.",
            r#""env:BUTFOR_WEBHOOK_SECRET""#,
        ),
        optional(
            "next_secret",
            Kind::Secret,
            "",
            "A second secret that is as good, so that they can be changed one after the other.",
            r#""env:BUTFOR_WEBHOOK_NEXT""#,
        ),
        optional("header", Kind::Text, "", "The header, where `auth` is `header`.", r#""X-Api-Key""#),
        optional("window_seconds", Kind::Count(10, 3_600), "300", "How old a signed message may be.", "120"),
        optional(
            "topics",
            Kind::Texts,
            "[]",
            "SNS topics whose messages are taken, by ARN. A subscription is confirmed for these only.",
            r#"["arn:aws:sns:us-east-1:111122223333:alarms"]"#,
        ),
        optional(
            "sha256_only",
            Kind::Flag,
            "false",
            "Whether SNS must sign with SHA-256 (`SignatureVersion` 2).",
            "true",
        ),
        optional(
            "certificates",
            Kind::Path,
            "",
            "PEM file of SNS's signing certificate, where the service may not fetch it.",
            r#""/etc/butfor/sns.pem""#,
        ),
        optional(
            "signature_header",
            Kind::Text,
            "",
            "Grafana's header for the signature, where it is not the usual one.",
            r#""X-Grafana-Alerting-Signature""#,
        ),
        optional(
            "timestamp_header",
            Kind::Text,
            "",
            "Grafana's header for the moment, where it is set to send one.",
            r#""X-Grafana-Alerting-Signature-Timestamp""#,
        ),
        optional(
            "per_minute",
            Kind::Count(1, 10_000_000),
            "600000",
            "Messages a minute above which the sender is told to wait.",
            "6000",
        ),
    ],
};

pub(super) const SIGN_IN: Section = Section {
    name: "sign_in",
    repeats: false,
    about: "An OpenID Connect provider that knows who people are. Without it the administrator's token, printed at the first start, is \
            the only way in.",
    settings: &[
        required("issuer", Kind::Url, "The provider.", r#""https://login.example.com""#),
        required("client_id", Kind::Text, "What the provider calls Butfor.", r#""butfor""#),
        optional(
            "client_secret",
            Kind::Secret,
            "",
            "What it proves itself with.",
            r#""env:BUTFOR_CLIENT_SECRET""#,
        ),
        optional(
            "scopes",
            Kind::Texts,
            r#"["openid", "profile", "email"]"#,
            "What is asked for.",
            r#"["openid", "email", "groups"]"#,
        ),
        optional("role_claim", Kind::Text, r#""groups""#, "The claim that tells the role.", r#""roles""#),
        optional("viewers", Kind::Texts, "[]", "Values of it that make a viewer.", r#"["staff"]"#),
        optional("responders", Kind::Texts, "[]", "That make a responder.", r#"["on-call"]"#),
        optional("approvers", Kind::Texts, "[]", "That make an approver.", r#"["on-call-leads"]"#),
        optional("admins", Kind::Texts, "[]", "That make an administrator.", r#"["platform"]"#),
        optional(
            "default_role",
            Kind::Word(ROLES),
            r#""none""#,
            "What everybody else is; `none` is turned away.",
            r#""viewer""#,
        ),
    ],
};

pub(super) const NOTIFY: Section = Section {
    name: "notify",
    repeats: true,
    about: "Where people are told: once for each incident when it begins, and once for each verdict.",
    settings: &[
        required("name", Kind::Text, "What the channel is called here.", r#""on-call""#),
        required("kind", Kind::Word(CHANNELS), "What it is.", r#""slack""#),
        optional(
            "url",
            Kind::Secret,
            "",
            "Where to send to: the webhook of Teams, the instance of ServiceNow, any server, `smtps://host:port`. URLs that are \
             secrets by themselves are better kept elsewhere.",
            r#""env:BUTFOR_TEAMS_URL""#,
        ),
        optional(
            "secret",
            Kind::Secret,
            "",
            "Slack's bot token, PagerDuty's API key, the password of SMTP or ServiceNow, the key a webhook is signed with.",
            r#""env:BUTFOR_SLACK_TOKEN""#,
        ),
        optional(
            "signing_secret",
            Kind::Secret,
            "",
            "Slack's signing secret; without it buttons do nothing.",
            r#""env:BUTFOR_SLACK_SIGNING""#,
        ),
        optional(
            "channel",
            Kind::Text,
            "",
            "Slack's channel, or the ARN of an SNS topic.",
            r##""#incidents""##,
        ),
        optional(
            "user",
            Kind::Text,
            "",
            "User of SMTP or ServiceNow; the requester's address for PagerDuty.",
            r#""butfor""#,
        ),
        optional("from", Kind::Text, "", "Sender of e-mails.", r#""butfor@example.com""#),
        optional("to", Kind::Texts, "[]", "Who gets e-mails.", r#"["on-call@example.com"]"#),
        optional(
            "minimum_priority",
            Kind::Word(PRIORITIES),
            r#""MINIMAL""#,
            "Incidents below are not told.",
            r#""HIGH""#,
        ),
        optional(
            "responders",
            Kind::Texts,
            "[]",
            "Slack users (`U...`) who may press Accept, Discard and Add note.",
            r#"["U012AB3CD"]"#,
        ),
    ],
};
