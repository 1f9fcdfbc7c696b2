//! Credentials, accounts and regions of a live investigation.

use crate::cli::Connect;
use crate::output::BadInput;
use anyhow::{Context, bail};
use butfor_aws_api::{Chain, Client, Credentials, Role, Target};
use butfor_engine::wanted::Place;
use serde_json::{Value, json};

/// A client, and where it looks.
pub(crate) struct Connection {
    pub(crate) client: Client,
    /// Account and region of the alarm.
    pub(crate) home: Place,
    /// Further accounts that may be read, and that may have the alarm.
    pub(crate) others: Vec<Place>,
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

/// Connects with the standard chain of credentials, and a role for each account that one is given for.
pub(crate) async fn connect(asked: &Connect) -> anyhow::Result<Connection> {
    let region = region(asked)?;
    let endpoint_url = asked.endpoint_url.clone();
    let chain = Chain {
        profile: asked.profile.clone(),
        region: Some(region.clone()),
        endpoint_url: endpoint_url.clone(),
    };
    let mut credentials = Credentials::standard(chain).await?;
    let warnings = credentials.warnings().await?;
    for account in &asked.account {
        if let Some(arn) = &account.role {
            let role = Role { arn: arn.clone(), external_id: asked.external_id.clone(), ..Role::default() };
            credentials = credentials.with_role(&account.id, role).await;
        }
    }
    let client = Client::builder().credentials(credentials).endpoint_url(endpoint_url).build()?;
    let own = own_account(&client, &region).await?;
    let home = asked.account.first().map_or(own, |account| account.id.clone());
    let place = |account: &str| Place { account: account.to_owned(), region: region.clone() };
    let others = asked.account.iter().skip(1).map(|account| place(&account.id)).collect();
    Ok(Connection { client, home: place(&home), others, warnings })
}

/// The region of the command line, else of the environment, as AWS's tools look for it.
fn region(asked: &Connect) -> anyhow::Result<String> {
    let environment =
        || ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().find_map(|name| std::env::var(name).ok());
    match asked.region.clone().or_else(environment).filter(|region| !region.trim().is_empty()) {
        Some(region) => Ok(region),
        None => bail!(BadInput("no region: give --region, or set AWS_REGION".to_owned())),
    }
}

async fn own_account(client: &Client, region: &str) -> anyhow::Result<String> {
    let target = Target { account: None, region: region.to_owned() };
    let answer = client.call(&target, "sts", "GetCallerIdentity", &json!({})).await?;
    let account = answer.output.get("Account").and_then(Value::as_str);
    account.map(str::to_owned).context("AWS did not say which account the credentials belong to")
}
