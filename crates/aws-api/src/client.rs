//! The client: one call, from parameters to an answer put together from its pages.

use crate::credentials::Credentials;
use crate::endpoint::Overrides;
use crate::error::Error;
use crate::http::Http;
use crate::model::{self, Operation, Pages, Service};
use crate::pages::{self, Merged};
use crate::rate::{Rate, Rates};
use crate::{answer, check, special, suggest};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Where a call goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// The account, by its twelve digits; `None` is that of the credentials.
    pub account: Option<String>,
    /// The region. Global services answer the same in each region of a partition.
    pub region: String,
}

/// What a call gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// All pages as one, by the AWS CLI's names.
    pub output: Value,
    /// Pages read.
    pub pages: u32,
    /// HTTP requests made, retries included.
    pub requests: u32,
    /// Whether there is more: a limit was reached, or one page was asked for.
    pub truncated: bool,
}

/// What reading pages took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Pages read.
    pub pages: u32,
    /// HTTP requests made, retries included.
    pub requests: u32,
    /// Whether there is more: a limit was reached, or the caller had enough.
    pub truncated: bool,
}

/// What a client has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// HTTP requests, retries included.
    pub calls: u64,
    /// Answers that asked to slow down.
    pub throttles: u64,
    /// Requests made again.
    pub retries: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) calls: AtomicU64,
    pub(crate) throttles: AtomicU64,
    pub(crate) retries: AtomicU64,
}

/// Reads AWS. Cheap to clone; clones share connections, credentials, buckets and counters.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) credentials: Credentials,
    pub(crate) http: Http,
    pub(crate) overrides: Overrides,
    pub(crate) max_retries: u32,
    pub(crate) timeout: Duration,
    pub(crate) max_answer_bytes: usize,
    max_pages: u32,
    pub(crate) rates: Rates,
    pub(crate) counts: Counts,
    /// Regions of buckets, as S3 told them.
    pub(crate) buckets: Mutex<HashMap<String, String>>,
    /// The account of the credentials themselves, once it was asked for.
    pub(crate) own_account: tokio::sync::OnceCell<String>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("overrides", &self.0.overrides).finish_non_exhaustive()
    }
}

/// How a client is made; every limit has a usual value.
#[derive(Debug)]
pub struct ClientBuilder {
    credentials: Option<Credentials>,
    overrides: Overrides,
    max_retries: u32,
    timeout: Duration,
    max_answer_bytes: usize,
    max_pages: u32,
    rates: Vec<(String, String, Rate)>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            credentials: None,
            overrides: Overrides::default(),
            // Five attempts, as the AWS CLI's.
            max_retries: 4,
            timeout: Duration::from_secs(60),
            max_answer_bytes: 64 << 20,
            max_pages: 1000,
            rates: Vec::new(),
        }
    }
}

impl ClientBuilder {
    /// Whose credentials are used. Needed.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// An address for all services: an emulator, a proxy. It is taken as it is, buckets go into the path.
    #[must_use]
    pub fn endpoint_url(mut self, url: Option<String>) -> Self {
        self.overrides.all = url;
        self
    }

    /// An address for one service: a VPC endpoint. The service may go by any of its names.
    #[must_use]
    pub fn service_endpoint_url(mut self, service: &str, url: String) -> Self {
        let name = model::canonical(service).unwrap_or(service);
        self.overrides.services.insert(name.to_owned(), url);
        self
    }

    /// How often a request is made again after a throttle, a server's error, or a broken connection.
    #[must_use]
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// How long one request may take, with its answer.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How large an answer may be, bytes; pages of one call are counted together.
    #[must_use]
    pub fn max_answer_bytes(mut self, bytes: usize) -> Self {
        self.max_answer_bytes = bytes;
        self
    }

    /// How many pages are read for one call.
    #[must_use]
    pub fn max_pages(mut self, pages: u32) -> Self {
        self.max_pages = pages;
        self
    }

    /// How often an operation is called, for each account and region; `*` stands for any service or operation.
    #[must_use]
    pub fn rate(mut self, service: &str, operation: &str, rate: Rate) -> Self {
        let service = model::canonical(service).unwrap_or(service);
        self.rates.push((service.to_owned(), operation.to_owned(), rate));
        self
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::NoCredentials`] where none were given, [`Error::Unreachable`] where TLS cannot be set up.
    pub fn build(self) -> Result<Client, Error> {
        let credentials = self
            .credentials
            .ok_or_else(|| Error::NoCredentials { reason: "the client was given none".to_owned() })?;
        Ok(Client(Arc::new(Inner {
            credentials,
            http: Http::new()?,
            overrides: self.overrides,
            max_retries: self.max_retries,
            timeout: self.timeout,
            max_answer_bytes: self.max_answer_bytes,
            max_pages: self.max_pages.max(1),
            rates: Rates::new(self.rates),
            counts: Counts::default(),
            buckets: Mutex::default(),
            own_account: tokio::sync::OnceCell::new(),
        })))
    }
}

/// A call whose names and parameters were found to be right.
pub(crate) struct Call<'c> {
    pub(crate) target: &'c Target,
    pub(crate) service_name: &'static str,
    pub(crate) service: &'static Service,
    pub(crate) name: &'c str,
    pub(crate) operation: &'static Operation,
    pub(crate) parameters: Map<String, Value>,
    pub(crate) requests: u32,
}

impl<'c> Call<'c> {
    /// Finds service and operation, and checks the parameters.
    pub(crate) fn new(
        target: &'c Target,
        service: &str,
        name: &'c str,
        parameters: &Value,
    ) -> Result<Self, Error> {
        let service_name = model::canonical(service).ok_or_else(|| Error::UnknownService {
            service: service.to_owned(),
            suggestion: suggest::closest(service, model::services()),
        })?;
        let found = model::service(service_name)
            .ok_or_else(|| Error::UnknownService { service: service.to_owned(), suggestion: None })?;
        let operation = found.operations.get(name).ok_or_else(|| Error::UnknownOperation {
            service: service.to_owned(),
            operation: name.to_owned(),
            suggestion: suggest::closest(name, found.operations.keys().map(String::as_str)),
        })?;
        let mut parameters = match parameters {
            Value::Object(parameters) => parameters.clone(),
            Value::Null => Map::new(),
            _ => {
                return Err(Error::BadParameter {
                    path: "parameters".to_owned(),
                    problem: "must be an object".to_owned(),
                });
            }
        };
        check::parameters(found, found.input(operation), &parameters)?;
        special::prepare(service_name, name, found.input(operation), &mut parameters)?;
        Ok(Self { target, service_name, service: found, name, operation, parameters, requests: 0 })
    }

    /// The paging rule, unless the caller asks for one certain page.
    fn rule(&self) -> Option<&'static Pages> {
        let rule = self.operation.pages.as_ref()?;
        let asks = rule
            .tokens_in
            .iter()
            .any(|token| self.parameters.get(token).is_some_and(|value| !value.is_null()));
        (!asks).then_some(rule)
    }
}

impl Client {
    /// Starts making a client.
    #[must_use]
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// What was done so far, by this client and its clones.
    #[must_use]
    pub fn stats(&self) -> Counters {
        let counts = &self.0.counts;
        Counters {
            calls: counts.calls.load(Ordering::Relaxed),
            throttles: counts.throttles.load(Ordering::Relaxed),
            retries: counts.retries.load(Ordering::Relaxed),
        }
    }

    /// Calls an operation and reads every page, merged in the way of the AWS CLI: result keys one after another, no
    /// token left.
    ///
    /// Parameters and output are JSON by the AWS CLI's names. A parameter for the size of a page is passed on, and all
    /// pages are still read (the AWS CLI would stop after one). A token asks for that one page: the answer is as it came,
    /// with the token of the next, and is `truncated` if there is a next.
    ///
    /// # Errors
    /// Every [`Error`]; what does not fit the model is told before anything is sent.
    pub async fn call(
        &self,
        target: &Target,
        service: &str,
        operation: &str,
        parameters: &Value,
    ) -> Result<Answer, Error> {
        let mut call = Call::new(target, service, operation, parameters)?;
        let rule = call.rule();
        let mut merged = Merged::default();
        let stats = self
            .walk(&mut call, rule, |page| {
                merged.add(rule, page);
                ControlFlow::Continue(())
            })
            .await?;
        let output = merged.finish();
        Ok(Answer { output, pages: stats.pages, requests: stats.requests, truncated: stats.truncated })
    }

    /// Calls an operation and hands over each page as it came, tokens and all, until `each` has enough.
    ///
    /// # Errors
    /// As [`Client::call`]; pages handed over before an error stay valid.
    pub async fn pages(
        &self,
        target: &Target,
        service: &str,
        operation: &str,
        parameters: &Value,
        each: impl FnMut(Value) -> ControlFlow<()>,
    ) -> Result<Stats, Error> {
        let mut call = Call::new(target, service, operation, parameters)?;
        let rule = call.rule();
        self.walk(&mut call, rule, each).await
    }

    async fn walk(
        &self,
        call: &mut Call<'_>,
        rule: Option<&Pages>,
        mut each: impl FnMut(Value) -> ControlFlow<()>,
    ) -> Result<Stats, Error> {
        let mut stats = Stats::default();
        let mut bytes = 0_usize;
        let mut previous = None;
        loop {
            let raw = self.send(call).await?;
            bytes = bytes.saturating_add(raw.body.len());
            let page = answer::output(call.service, call.operation, &raw)
                .map_err(|problem| Error::Malformed { problem })?;
            drop(raw);
            let page = special::finish(call.service_name, call.name, page);
            let next = call.operation.pages.as_ref().and_then(|rule| pages::next(rule, &page));
            stats.pages += 1;
            stats.requests = call.requests;
            let has_enough = each(page).is_break();
            let Some(next) = next else { return Ok(stats) };
            if rule.is_none()
                || has_enough
                || stats.pages >= self.0.max_pages
                || bytes >= self.0.max_answer_bytes
            {
                stats.truncated = true;
                return Ok(stats);
            }
            if previous.as_ref() == Some(&next) {
                return Err(Error::Malformed { problem: "the same token came twice".to_owned() });
            }
            for (parameter, token) in &next {
                match token {
                    Some(token) => call.parameters.insert(parameter.clone(), token.clone()),
                    None => call.parameters.remove(parameter),
                };
            }
            previous = Some(next);
        }
    }

    /// The bytes of an S3 object, as they are stored: a trail's or a flow log's file stays compressed.
    ///
    /// # Errors
    /// As [`Client::call`]; [`Error::TooLarge`] for an object larger than `max_answer_bytes`.
    pub async fn object(&self, target: &Target, bucket: &str, key: &str) -> Result<Vec<u8>, Error> {
        let parameters = serde_json::json!({ "Bucket": bucket, "Key": key });
        let mut call = Call::new(target, "s3", "GetObject", &parameters)?;
        Ok(self.send(&mut call).await?.body)
    }
}

/// Every operation that can be called: service and operation, sorted.
pub fn operations() -> impl Iterator<Item = (&'static str, &'static str)> {
    model::services().flat_map(|name| {
        model::service(name).into_iter().flat_map(move |service| {
            service.operations.keys().map(move |operation| (name, operation.as_str()))
        })
    })
}
