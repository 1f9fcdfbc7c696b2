//! The configuration file's tables as the service wants them; secrets are looked up here, once.

use super::demo::Demo;
use crate::cli::Serve;
use crate::output::BadInput;
use anyhow::{Context, bail};
use butfor_config::{Config, Secret, Webhook};
use butfor_intake::{Auth, Format, Integration, Priority};
use butfor_report::announce;
use butfor_server::{Channel, Sender, Settings, SignIn, Slack};
use butfor_store::Role;
use std::time::Duration;

/// The text of a secret. Secrets Manager is not asked: reading secrets is no permission that Butfor has.
pub(crate) fn secret(of: &Secret) -> anyhow::Result<String> {
    match of {
        Secret::Text(text) => Ok(text.clone()),
        Secret::Environment(name) => std::env::var(name).map_err(|_| {
            BadInput(format!("the variable `{name}`, which the configuration names, is not set")).into()
        }),
        Secret::File(place) => {
            let home = std::env::home_dir().unwrap_or_default();
            let path = place.resolve(&home, &std::env::current_dir()?);
            let text = std::fs::read_to_string(&path)
                .map_err(|error| BadInput(format!("reading `{}`: {error}", path.display())))?;
            Ok(text.lines().next().unwrap_or_default().trim().to_owned())
        }
        Secret::SecretsManager(arn) => bail!(BadInput(format!(
            "`{arn}`: secrets of Secrets Manager are not read here; use env:NAME or file:PATH"
        ))),
    }
}

/// Where the database is: of the command line, else of the configuration.
pub(super) fn database(asked: &Serve, config: &Config) -> anyhow::Result<Option<String>> {
    match (&asked.database, &config.server.database) {
        (Some(database), _) => Ok(Some(database.clone())),
        (None, Some(database)) => secret(database).map(Some),
        (None, None) => Ok(None),
    }
}

/// Everything the service is told.
pub(super) fn settings(
    asked: &Serve,
    config: &Config,
    database: Option<&str>,
    demo: Option<&Demo>,
) -> anyhow::Result<Settings> {
    let server = &config.server;
    let mut senders = config.webhooks.iter().map(sender).collect::<anyhow::Result<Vec<_>>>()?;
    if let Some(demo) = demo {
        senders = vec![demo.sender()];
    }
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "butfor".to_owned());
    if config.sign_in.is_some() && server.public_url.is_none() {
        bail!(BadInput(
            "[sign_in] needs `public_url` in [server]: the provider sends people back there".to_owned()
        ));
    }
    Ok(Settings {
        public_url: server.public_url.clone().filter(|_| demo.is_none()),
        replica: format!("{host}/{}", std::process::id()),
        is_shared: database.is_some_and(|it| it.starts_with("postgres")),
        workers: asked.workers.unwrap_or_else(|| usize::try_from(server.workers).unwrap_or(2)),
        session: server.session,
        retention: Duration::from_secs(server.retention_days.saturating_mul(86_400)),
        senders,
        channels: if demo.is_some() { Vec::new() } else { channels(config)? },
        slack: slack(config)?,
        sign_in: config.sign_in.as_ref().map(sign_in).transpose()?,
        accounts: config
            .accounts
            .iter()
            .map(|it| (it.id.clone(), it.name.clone().unwrap_or_default()))
            .collect(),
        regions: regions(config),
        is_demo: demo.is_some(),
    })
}

/// Every region that is named somewhere.
fn regions(config: &Config) -> Vec<String> {
    let own = config.accounts.iter().flat_map(|account| &account.regions);
    let mut regions: Vec<String> = config.regions.iter().chain(own).cloned().collect();
    regions.sort();
    regions.dedup();
    regions
}

fn sender(webhook: &Webhook) -> anyhow::Result<Sender> {
    let about = |text: &str| BadInput(format!("webhooks `{}`: {text}", webhook.name));
    let format = Format::of(&webhook.format).ok_or_else(|| about("its format is not known"))?;
    let auth = match (webhook.auth.as_deref(), &webhook.header) {
        (Some("header"), Some(header)) => Auth::of(&format!("header:{header}")),
        (Some(word), _) => Auth::of(word),
        (None, _) => Some(match format {
            Format::EventBridge | Format::Alertmanager | Format::Datadog => Auth::Bearer,
            _ => Auth::Signature,
        }),
    };
    let auth = auth.ok_or_else(|| about("its `header` is no name of a header"))?;
    let secrets = webhook.secrets.iter().map(secret).collect::<anyhow::Result<Vec<_>>>();
    let secrets = secrets.with_context(|| format!("webhooks `{}`", webhook.name))?;
    if secrets.iter().any(|secret| secret.trim().is_empty()) {
        bail!(about("its secret is empty: an empty secret proves nothing"));
    }
    let secrets = secrets.into_iter().map(butfor_intake::Secret::new).collect();
    let mut integration = Integration::new(&webhook.name, format, auth, secrets);
    integration.window_s = u32::try_from(webhook.window_s).unwrap_or(u32::MAX);
    let options = &mut integration.options;
    if let Some(header) = &webhook.signature_header {
        options.grafana.signature_header.clone_from(header);
    }
    options.grafana.timestamp_header.clone_from(&webhook.timestamp_header);
    options.sns.topics.clone_from(&webhook.topics);
    options.sns.require_version_2 = webhook.sha256_only;
    if let Some(place) = &webhook.certificates {
        let home = std::env::home_dir().unwrap_or_default();
        let path = place.resolve(&home, &std::env::current_dir()?);
        let pem = std::fs::read_to_string(&path)
            .map_err(|error| about(&format!("`{}`: {error}", path.display())))?;
        options.sns.pinned.push(pem);
    }
    Ok(Sender { integration, per_minute: webhook.per_minute })
}

fn channels(config: &Config) -> anyhow::Result<Vec<Channel>> {
    let channel = |channel: &butfor_config::Channel| {
        let unknown = || BadInput(format!("notify `{}`: its kind is not known", channel.name));
        Ok(Channel {
            name: channel.name.clone(),
            kind: announce::Channel::of(&channel.kind).ok_or_else(unknown)?,
            minimum_priority: Priority::of(&channel.minimum_priority).unwrap_or(Priority::Minimal),
        })
    };
    config.notify.iter().map(channel).collect()
}

fn slack(config: &Config) -> anyhow::Result<Option<Slack>> {
    let Some(channel) = config.notify.iter().find(|it| it.signing_secret.is_some()) else { return Ok(None) };
    let Some(reference) = &channel.signing_secret else { return Ok(None) };
    let signing_secret = butfor_intake::Secret::new(secret(reference)?);
    Ok(Some(Slack { signing_secret, responders: channel.responders.clone() }))
}

fn sign_in(of: &butfor_config::SignIn) -> anyhow::Result<SignIn> {
    let made = [Role::Viewer, Role::Responder, Role::Approver, Role::Admin];
    let roles =
        of.roles.iter().zip(made).flat_map(|(values, role)| values.iter().map(move |it| (it.clone(), role)));
    Ok(SignIn {
        issuer: of.issuer.clone(),
        client_id: of.client_id.clone(),
        client_secret: of.client_secret.as_ref().map(secret).transpose()?,
        scopes: of.scopes.clone(),
        role_claim: of.role_claim.clone(),
        roles: roles.collect(),
        default_role: of.default_role.as_deref().and_then(Role::of),
    })
}
