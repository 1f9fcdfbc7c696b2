//! Credentials, accounts and regions of a live investigation: of the command line, else of the configuration file.

use crate::cli::Connect;
use crate::output::BadInput;
use anyhow::{Context, bail};
use butfor_aws_api::{Chain, Client, Credentials, Role, Target};
use butfor_config::Config;
use butfor_engine::wanted::Place;
use serde_json::{Value, json};

/// A client, and where it looks.
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// Account and region of the alarm.
    pub(crate) home: Place,
    /// Further accounts that may be read, and that may have the alarm.
    pub(crate) others: Vec<Place>,
    /// The configuration that holds.
    pub(crate) config: Config,
    /// What the person should know about the credentials.
    pub(crate) warnings: Vec<String>,
}

impl Connection {
    /// The same, seen from another of its accounts.
    pub(crate) fn move_to(&mut self, place: usize) {
        if let Some(other) = self.others.get_mut(place) {
            std::mem::swap(other, &mut self.home);
        }
    }

    /// All places, the alarm's first.
    pub(crate) fn places(&self) -> Vec<Place> {
        [&self.home].into_iter().chain(&self.others).cloned().collect()
    }

    /// One read call in the alarm's place.
    pub(crate) async fn call(
        &self,
        service: &str,
        operation: &str,
        parameters: &Value,
    ) -> anyhow::Result<Value> {
        let target = Target { account: Some(self.home.account.clone()), region: self.home.region.clone() };
        let answer = self.client.call(&target, service, operation, parameters).await;
        Ok(answer.with_context(|| format!("{service} {operation}"))?.output)
    }
}

/// An account with the role to assume there.
struct Known {
    id: String,
    role: Option<Role>,
    /// The profile whose credentials it is read with, or its role assumed.
    profile: Option<String>,
    regions: Vec<String>,
}

/// Connects with the standard chain of credentials, and a role for each account that one is given for.
pub(crate) async fn connect(asked: &Connect) -> anyhow::Result<Connection> {
    connect_with(asked, crate::settings::load(asked.config.as_deref())?).await
}

/// The same with a configuration that was read.
pub(crate) async fn connect_with(asked: &Connect, config: Config) -> anyhow::Result<Connection> {
    let region = region(asked, &config)?;
    let endpoint_url = asked.endpoint_url.clone().or_else(|| config.endpoint_url.clone());
    let chain = Chain {
        profile: asked.profile.clone(),
        region: Some(region.clone()),
        endpoint_url: endpoint_url.clone(),
    };
    let mut credentials = Credentials::standard(chain.clone()).await?;
    let known = known(asked, &config)?;
    // Credentials at hand are not needed where each account has a profile.
    let needs_own = known.is_empty() || known.iter().any(|account| account.profile.is_none());
    let mut warnings = if needs_own { credentials.warnings().await? } else { Vec::new() };
    for account in &known {
        if let Some(profile) = &account.profile {
            let own =
                Credentials::standard(Chain { profile: Some(profile.clone()), ..chain.clone() }).await?;
            let told = own.warnings().await.with_context(|| format!("profile `{profile}`"))?;
            warnings.extend(told.into_iter().map(|warning| format!("profile `{profile}`: {warning}")));
            let own = match &account.role {
                Some(role) => own.with_role(&account.id, role.clone()).await,
                None => own,
            };
            credentials = credentials.with_account(&account.id, &own);
        } else if let Some(role) = &account.role {
            credentials = credentials.with_role(&account.id, role.clone()).await;
        }
    }
    let budgets = &config.budgets;
    let client = Client::builder()
        .credentials(credentials)
        .endpoint_url(endpoint_url)
        .max_pages(u32::try_from(budgets.pages).unwrap_or(u32::MAX))
        .build()?;
    for account in known.iter().filter(|account| account.profile.is_some() && account.role.is_none()) {
        is_of(&client, account, &region).await?;
    }
    let mut places = Vec::new();
    for account in &known {
        // A region of the command line is the one that is meant; else every configured one is looked at.
        let regions = match (&asked.region, account.regions.as_slice()) {
            (Some(_), _) | (None, []) => std::slice::from_ref(&region),
            (None, regions) => regions,
        };
        places.extend(
            regions.iter().map(|region| Place { account: account.id.clone(), region: region.clone() }),
        );
    }
    if places.is_empty() {
        places.push(Place { account: own_account(&client, &region).await?, region });
    }
    let home = places.remove(0);
    Ok(Connection { client, home, others: places, config, warnings })
}

/// The accounts of the command line, else of the configuration.
fn known(asked: &Connect, config: &Config) -> anyhow::Result<Vec<Known>> {
    if !asked.account.is_empty() {
        let of = |account: &crate::cli::Account| {
            let role = |arn: &String| Role {
                arn: arn.clone(),
                external_id: asked.external_id.clone(),
                ..Role::default()
            };
            Known {
                id: account.id.clone(),
                role: account.role.as_ref().map(role),
                profile: None,
                regions: Vec::new(),
            }
        };
        return Ok(asked.account.iter().map(of).collect());
    }
    let mut known = Vec::new();
    for account in &config.accounts {
        let external_id = account.external_id.as_ref().map(crate::serve::secret).transpose()?;
        let role = account.role_arn.as_ref().map(|arn| Role {
            arn: arn.clone(),
            external_id,
            tags: account.session_tags.clone(),
            ..Role::default()
        });
        // A profile of the command line is the one that is meant.
        let profile = account.profile.clone().filter(|_| asked.profile.is_none());
        known.push(Known {
            id: account.id.clone(),
            role,
            profile,
            regions: config.regions_of(account).to_vec(),
        });
    }
    Ok(known)
}

/// The region of the command line, else of the environment, as AWS's tools look for it, else of the configuration.
fn region(asked: &Connect, config: &Config) -> anyhow::Result<String> {
    let environment =
        || ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| std::env::var(name).ok());
    let configured = || {
        let of_account = config.accounts.first().and_then(|account| config.regions_of(account).first());
        of_account.or(config.regions.first()).cloned()
    };
    let found = asked.region.clone().or_else(environment).or_else(configured);
    match found.filter(|region| !region.trim().is_empty()) {
        Some(region) => Ok(region),
        None => bail!(BadInput(
            "no region: give --region, or set AWS_REGION, or `regions` in butfor.toml".to_owned()
        )),
    }
}

/// Refuses a profile that leads to another account: its answers would look right.
async fn is_of(client: &Client, known: &Known, region: &str) -> anyhow::Result<()> {
    let target = Target { account: Some(known.id.clone()), region: region.to_owned() };
    let answer = client.call(&target, "sts", "GetCallerIdentity", &json!({})).await?;
    let found = answer.output.get("Account").and_then(Value::as_str).unwrap_or_default();
    if found == known.id {
        return Ok(());
    }
    let profile = known.profile.as_deref().unwrap_or_default();
    bail!(BadInput(format!(
        "profile `{profile}` is of account {found}, not of {}: correct it, or name a role",
        known.id
    )))
}

async fn own_account(client: &Client, region: &str) -> anyhow::Result<String> {
    let target = Target { account: None, region: region.to_owned() };
    let answer = client.call(&target, "sts", "GetCallerIdentity", &json!({})).await?;
    let account = answer.output.get("Account").and_then(Value::as_str);
    account.map(str::to_owned).context("AWS did not say which account the credentials belong to")
}
