//! The service's tables, read.

use super::{Fields, Reading};
use crate::service::{Channel, Server, SignIn, Webhook};
use crate::value::{Place, Secret};
use std::time::Duration;

pub(super) fn server(fields: &mut Fields) -> Server {
    let usual = Server::default();
    Server {
        listen: fields.text("listen").unwrap_or(usual.listen),
        public_url: fields.text("public_url").map(|url| url.trim_end_matches('/').to_owned()),
        database: fields.secret("database"),
        workers: fields.number("workers").unwrap_or(usual.workers),
        bundles: fields.text("bundles").map(|path| Place::new(&path)),
        retention_days: fields.number("retention_days").unwrap_or(usual.retention_days),
        session: fields
            .number("session_hours")
            .map_or(usual.session, |hours| Duration::from_secs(hours * 3600)),
        allow_private_urls: fields.flag("allow_private_urls"),
    }
}

pub(super) fn sign_in(fields: &mut Fields) -> SignIn {
    let scopes = fields.texts("scopes");
    let usual = || ["openid", "profile", "email"].map(str::to_owned).to_vec();
    SignIn {
        issuer: fields.text("issuer").unwrap_or_default(),
        client_id: fields.text("client_id").unwrap_or_default(),
        client_secret: fields.secret("client_secret"),
        scopes: if scopes.is_empty() { usual() } else { scopes },
        role_claim: fields.text("role_claim").unwrap_or_else(|| "groups".to_owned()),
        roles: ["viewers", "responders", "approvers", "admins"].map(|role| fields.texts(role)),
        default_role: fields.text("default_role").filter(|role| role != "none"),
    }
}

impl Reading<'_> {
    pub(super) fn webhook(&mut self, fields: &mut Fields) -> Webhook {
        let webhook = Webhook {
            name: fields.text("name").unwrap_or_default(),
            format: fields.text("format").unwrap_or_default(),
            auth: fields.text("auth"),
            secrets: ["secret", "next_secret"].into_iter().filter_map(|name| fields.secret(name)).collect(),
            header: fields.text("header"),
            window_s: fields.number("window_seconds").unwrap_or(300),
            topics: fields.texts("topics"),
            sha256_only: fields.flag("sha256_only"),
            certificates: fields.text("certificates").map(|path| Place::new(&path)),
            signature_header: fields.text("signature_header"),
            timestamp_header: fields.text("timestamp_header"),
            per_minute: fields.number("per_minute").unwrap_or(600_000),
        };
        if webhook.name.contains(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)) {
            let help = "it is part of a URL: letters, digits, `-`, `_`, `.`";
            self.error(fields.at, &fields.name("name"), format!("`{}`", webhook.name), help);
        }
        let is_signed_by_sns =
            webhook.format == "sns" && webhook.auth.as_deref().is_none_or(|it| it == "signature");
        if webhook.secrets.is_empty() && !is_signed_by_sns {
            let help = "add `secret = \"env:NAME\"`: what is not signed is refused";
            self.error(fields.at, &fields.name("secret"), "a sender without a secret", help);
        }
        if is_signed_by_sns && webhook.topics.is_empty() {
            let help = "add `topics = [\"arn:aws:sns:...\"]`: anybody can make a topic that AWS signs";
            self.error(fields.at, &fields.name("topics"), "no topic", help);
        }
        if webhook.auth.as_deref() == Some("header") && webhook.header.is_none() {
            self.error(fields.at, &fields.name("header"), "missing", "add `header = \"X-Api-Key\"`");
        }
        webhook
    }

    pub(super) fn channel(&mut self, fields: &mut Fields) -> Channel {
        let channel = Channel {
            name: fields.text("name").unwrap_or_default(),
            kind: fields.text("kind").unwrap_or_default(),
            url: fields.secret("url"),
            secret: fields.secret("secret"),
            signing_secret: fields.secret("signing_secret"),
            channel: fields.text("channel"),
            user: fields.text("user"),
            from: fields.text("from"),
            to: fields.texts("to"),
            minimum_priority: fields.text("minimum_priority").unwrap_or_else(|| "MINIMAL".to_owned()),
            responders: fields.texts("responders"),
        };
        for (option, is_there) in [
            ("url", channel.url.is_some()),
            ("secret", channel.secret.is_some()),
            ("channel", channel.channel.is_some()),
            ("user", channel.user.is_some()),
            ("from", channel.from.is_some()),
            ("to", !channel.to.is_empty()),
        ] {
            if needs(&channel.kind).contains(&option) && !is_there {
                let help = format!("a channel of the kind `{}` needs it", channel.kind);
                self.error(fields.at, &fields.name(option), "missing", help);
            }
        }
        channel
    }
}

/// What a channel cannot do without.
fn needs(kind: &str) -> &'static [&'static str] {
    match kind {
        "slack" => &["secret", "channel"],
        "teams" => &["url"],
        "email" => &["url", "from", "to"],
        "servicenow" => &["url", "user", "secret"],
        "pagerduty" => &["secret", "user"],
        "webhook" => &["url", "secret"],
        "sns" => &["channel"],
        _ => &[],
    }
}

impl Fields {
    fn secret(&mut self, option: &str) -> Option<Secret> {
        self.text(option).map(Secret::new)
    }
}
