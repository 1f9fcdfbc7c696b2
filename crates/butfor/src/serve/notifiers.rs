//! The channels of the configuration, each with its sender.

use super::secret;
use crate::output::BadInput;
use anyhow::Context;
use butfor_adapters::notify::{Email, PagerDuty, Secret, ServiceNow, Slack, Sns, Teams, Webhook};
use butfor_adapters::outbound::Outbound;
use butfor_aws_api::{Chain, Credentials};
use butfor_config::{Channel, Config};
use butfor_ports::Notifier;
use std::sync::Arc;

/// A sender for each channel.
pub(super) async fn of(config: &Config) -> anyhow::Result<Vec<Arc<dyn Notifier>>> {
    let outbound = Outbound::new(config.server.allow_private_urls)?;
    let mut senders = Vec::new();
    for channel in &config.notify {
        let sender = sender(channel, config, &outbound).await;
        senders.push(sender.with_context(|| format!("notify `{}`", channel.name))?);
    }
    Ok(senders)
}

async fn sender(
    channel: &Channel,
    config: &Config,
    outbound: &Outbound,
) -> anyhow::Result<Arc<dyn Notifier>> {
    let name = channel.name.as_str();
    let outbound = outbound.clone();
    let url = channel.url.as_ref().map(secret).transpose()?;
    let own = channel.secret.as_ref().map(secret).transpose()?;
    // What a kind cannot do without was asked for when the configuration was read.
    let needed = |text: &Option<String>| text.clone().unwrap_or_default();
    let user = needed(&channel.user);
    let place = needed(&channel.channel);
    let input = |error: butfor_adapters::notify::SetupError| BadInput(error.to_string());
    Ok(match channel.kind.as_str() {
        "slack" => Arc::new(
            Slack::new(name, outbound, Secret::new(needed(&own)), &place, url.as_deref()).map_err(input)?,
        ),
        "teams" => Arc::new(Teams::new(name, outbound, Secret::new(needed(&url))).map_err(input)?),
        "email" => {
            let from = needed(&channel.from);
            let login = channel.user.clone().zip(own.map(Secret::new));
            Arc::new(Email::new(name, outbound, &needed(&url), login, &from, &channel.to).map_err(input)?)
        }
        "servicenow" => {
            let password = Secret::new(needed(&own));
            Arc::new(ServiceNow::new(name, outbound, &needed(&url), &user, &password).map_err(input)?)
        }
        "pagerduty" => Arc::new(
            PagerDuty::new(name, outbound, Secret::new(needed(&own)), &user, url.as_deref())
                .map_err(input)?,
        ),
        "sns" => {
            let region = place.split(':').nth(3).map(str::to_owned);
            let chain = Chain { profile: None, region, endpoint_url: config.endpoint_url.clone() };
            let credentials = Credentials::standard(chain).await?;
            let url = url.or_else(|| config.endpoint_url.clone());
            Arc::new(Sns::new(name, outbound, &credentials, &place, url.as_deref()).map_err(input)?)
        }
        _ => Arc::new(
            Webhook::new(name, outbound, Secret::new(needed(&url)), Secret::new(needed(&own)))
                .map_err(input)?,
        ),
    })
}
