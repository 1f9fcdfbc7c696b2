//! What investigates: a recorded incident where one is about the alarm, else live AWS.

use super::bundles::Bundles;
use super::demo::Demo;
use super::found;
use super::live::Live;
use butfor_adapters::bundle::{Limits, Memory, read_files};
use butfor_config::Config;
use butfor_incident::{Assessment, Body};
use butfor_server::{Document, Found, Investigating, Investigator, Order, Step};
use butfor_store::Store;
use serde_json::json;
use std::sync::Arc;

/// Recorded incidents and live AWS, whichever there is.
struct Wired {
    bundles: Option<Bundles>,
    live: Option<Live>,
}

/// The investigator that the configuration asks for.
pub(super) fn of(
    config: &Config,
    demo: Option<&Demo>,
    store: &Store,
) -> anyhow::Result<Arc<dyn Investigator>> {
    if let Some(demo) = demo {
        return Ok(Arc::new(Wired { bundles: Some(demo.bundles()?), live: None }));
    }
    let folder = config.server.bundles.as_ref().map(|place| {
        let home = std::env::home_dir().unwrap_or_default();
        anyhow::Ok(place.resolve(&home, &std::env::current_dir()?))
    });
    let bundles = folder.transpose()?.map(|folder| Bundles::open(&folder)).transpose()?;
    // Whoever has recorded incidents and no account does not want whatever credentials are lying around to be used.
    let is_live = bundles.is_none() || !config.accounts.is_empty();
    let live = is_live.then(|| Live::new(config.clone(), store.clone()));
    Ok(Arc::new(Wired { bundles, live }))
}

impl Investigator for Wired {
    fn investigate<'a>(
        &'a self,
        order: &'a Order,
        step: &'a (dyn Fn(Step<'_>) + Send + Sync),
    ) -> Investigating<'a> {
        Box::pin(async move {
            if let Some(bundles) = &self.bundles
                && let Some(index) = bundles.find(order)
            {
                return bundles.investigate(index, order, step).await;
            }
            match &self.live {
                Some(live) => live.investigate(order, step).await,
                None => alone(order, &not_configured()),
            }
        })
    }

    fn assess(&self, bundle: &[u8]) -> Option<Assessment> {
        Some(butfor_engine::assess(&found::read(bundle)?.case))
    }

    fn evidence(&self, bundle: &[u8], digest: &str) -> Option<Document> {
        let bundle = found::read(bundle)?;
        let evidence = bundle.case.evidence.iter().find(|evidence| evidence.id().digest() == digest)?;
        let query = &evidence.query;
        Some(Document {
            service: if query.service.is_empty() {
                evidence.source().to_owned()
            } else {
                query.service.clone()
            },
            operation: query.operation.clone(),
            account: query.account.clone(),
            region: query.region.clone(),
            parameters: match evidence.body {
                Body::Call(_) => query.parameters.to_string(),
                _ => String::new(),
            },
            at: evidence.at,
            body: evidence.body.text().to_owned(),
        })
    }

    fn calls(&self, bundle: &[u8]) -> Vec<butfor_report::ask::Call> {
        found::read(bundle).map(|bundle| butfor_report::ask::calls(&bundle.case)).unwrap_or_default()
    }
}

fn not_configured() -> String {
    "no account is configured: name it in [[accounts]] of butfor.toml, or put a recording of the incident into `bundles`"
        .to_owned()
}

/// What can be said of the alerts alone: an honest verdict that nothing could be looked at, and why.
pub(super) fn alone(order: &Order, why: &str) -> Result<Found, String> {
    let as_of = crate::live::now();
    let manifest = json!({"format": butfor_adapters::bundle::FORMAT, "as_of": as_of.to_string()});
    let failed = json!({
        "at": as_of.to_string(), "account": order.asked.account.clone().unwrap_or_default(), "region": order.asked.region.clone().unwrap_or_default(), "service": "sts",
        "operation": "GetCallerIdentity", "parameters": {}, "error": {"code": "NotConfigured", "message": why},
    });
    let mut files = Memory::default();
    files.0.insert("bundle.json".to_owned(), manifest.to_string().into_bytes());
    files.0.insert("calls.jsonl".to_owned(), format!("{failed}\n").into_bytes());
    let files = found::with_alerts(files, &order.alerts);
    let bundle = read_files(&files, Limits::default(), &mut |_| {}).map_err(|error| error.to_string())?;
    found::of(&files, &bundle.case, Vec::new())
}
