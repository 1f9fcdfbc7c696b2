//! What is remembered: the store of configuration over time, and the secrets that never get there.

use crate::cli::Data;
use crate::output;
use anyhow::Context;
use butfor_adapters::bundle::Recording;
use butfor_engine::wanted::Place;
use butfor_incident::{Query, Timestamp};
use butfor_ports::{Answered, Failure, Fetching, Source};
use butfor_store::{Filter, Observation, Observed, Redactor, Store};
use std::path::PathBuf;
use std::sync::Arc;

/// Answers remembered of one investigation at the most.
const REMEMBERED_MAX: u32 = 5_000;

/// The store of the data folder, made where there is none.
pub(crate) async fn open(data: &Data) -> anyhow::Result<Store> {
    let folder = folder(data)?;
    std::fs::create_dir_all(&folder).with_context(|| format!("making the folder `{}`", folder.display()))?;
    let store = Store::open(None, &folder).await;
    store.with_context(|| format!("opening the store in `{}`", folder.display()))
}

/// The store where there is one; an investigation makes none.
pub(crate) async fn open_existing(data: &Data) -> Option<Store> {
    let folder = folder(data).ok()?;
    if !folder.join("butfor.db").exists() {
        return None;
    }
    match open(data).await {
        Ok(store) => Some(store),
        // Half an eye is better than none: the present can be looked at without the past.
        Err(error) => {
            output::warn(&format!("going on without history: {error:#}"));
            None
        }
    }
}

/// The folder of the command line, else of the environment, else the usual one (XDG Base Directory Specification).
pub(crate) fn folder(data: &Data) -> anyhow::Result<PathBuf> {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let usual = || {
        from("XDG_DATA_HOME")
            .or_else(|| Some(from("HOME")?.join(".local/share")))
            .map(|base| base.join("butfor"))
    };
    let folder = data.data.clone().or_else(|| from("BUTFOR_DATA")).or_else(usual);
    folder.context("no folder for data: give --data, or set BUTFOR_DATA")
}

/// Puts what is remembered of some places into a recording: the state before the window of changes, and every other state within it.
pub(crate) async fn remember(
    store: &Store,
    recording: &mut Recording,
    places: &[Place],
    from: Timestamp,
    until: Timestamp,
) -> anyhow::Result<usize> {
    let history = store.history();
    let mut remembered: Vec<Observed> = Vec::new();
    for place in places {
        let filter = Filter { account: Some(place.account.clone()), ..Filter::default() };
        remembered.extend(history.at(from, &filter).await?);
        remembered.extend(history.between(from, until, &filter, None, REMEMBERED_MAX).await?.0);
    }
    let mut seen = std::collections::BTreeSet::new();
    for Observed { observation, .. } in remembered {
        let Observation { at, account, region, service, operation, parameters, output } = observation;
        let query = Query { account, region, service, operation, parameters: parameters.into() };
        if seen.insert((query.clone(), at)) {
            recording.remembered(&query, at, &output);
        }
    }
    Ok(seen.len())
}

/// A source whose answers are without secrets before anybody else sees them.
pub(crate) struct Redacting {
    pub(crate) inner: Arc<dyn Source>,
    pub(crate) redactor: Redactor,
}

impl Source for Redacting {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn serves(&self, query: &Query) -> bool {
        self.inner.serves(query)
    }

    fn fetch<'a>(&'a self, query: &'a Query) -> Fetching<'a> {
        Box::pin(async move { self.redacted(query, self.inner.fetch(query).await?) })
    }
}

impl Redacting {
    fn redacted(&self, query: &Query, answer: Answered) -> Result<Answered, Failure> {
        match answer {
            Answered::Pages(pages) => {
                let redacted: Result<Vec<Arc<str>>, Failure> =
                    pages.iter().map(|page| self.page(query, page).map(Into::into)).collect();
                redacted.map(Answered::Pages)
            }
            // Log files that AWS wrote: it takes secrets out itself before it writes them.
            files @ Answered::Files(_) => Ok(files),
            Answered::Part(part, rest) => Ok(Answered::Part(Box::new(self.redacted(query, *part)?), rest)),
        }
    }

    fn page(&self, query: &Query, page: &str) -> Result<String, Failure> {
        let observation = observation(query, Timestamp::from_seconds(0), page);
        let redacted = self.redactor.redact(observation);
        // An answer that cannot be redacted is not kept.
        redacted
            .map(|it| it.into_inner().output)
            .map_err(|error| Failure { code: "MalformedAnswer".to_owned(), message: error.to_string() })
    }
}

/// An answer as the store keeps it.
pub(crate) fn observation(query: &Query, at: Timestamp, output: &str) -> Observation {
    Observation {
        at,
        account: query.account.clone(),
        region: query.region.clone(),
        service: query.service.clone(),
        operation: query.operation.clone(),
        parameters: query.parameters.to_string(),
        output: output.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(Answered);

    impl Source for Fixed {
        fn name(&self) -> &'static str {
            "fixed"
        }

        fn serves(&self, _: &Query) -> bool {
            true
        }

        fn fetch<'a>(&'a self, _: &'a Query) -> Fetching<'a> {
            Box::pin(async { Ok(self.0.clone()) })
        }
    }

    /// What a source gives, whole or in part, is without the values of variables before anybody else sees it.
    #[test]
    fn secrets_are_taken_out_of_every_kind_of_answer() {
        let query = Query {
            account: "111122223333".into(),
            region: "us-east-1".into(),
            service: "lambda".into(),
            operation: "GetFunctionConfiguration".into(),
            parameters: r#"{"FunctionName": "f"}"#.into(),
        };
        let page = r#"{"FunctionName": "f", "Environment": {"Variables": {"DB_PASSWORD": "correct horse"}}}"#;
        let pages = Answered::Pages(vec![page.into()]);
        let runtime = crate::live::runtime().unwrap();
        let rest = Failure { code: "TimedOut".into(), message: "no more".into() };
        for answer in [pages.clone(), Answered::Part(Box::new(pages), rest)] {
            let redactor = Redactor::ephemeral().unwrap();
            let source = Redacting { inner: Arc::new(Fixed(answer)), redactor };
            let text = format!("{:?}", runtime.block_on(source.fetch(&query)).unwrap());
            assert!(text.contains("DB_PASSWORD") && !text.contains("correct horse"), "{text}");
        }
    }
}
