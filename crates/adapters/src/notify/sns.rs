//! An SNS topic: one signed `Publish`. This is the only write to AWS there is; the reading client cannot express it.

use super::{ANSWER_MAX, SetupError, base, later, never, rendered, taken, unsent};
use crate::outbound::{Answer, Outbound, Request, chain};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use butfor_aws_api::Credentials;
use butfor_ports::{Notifier, NotifyError, Sending, Telling};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::fmt;
use std::time::SystemTime;

/// A topic, published to with the credentials of the standard chain; they need `sns:Publish` on it.
///
/// A FIFO topic takes a message once however often it is sent within five minutes; others have no such key.
pub struct Sns {
    name: String,
    outbound: Outbound,
    provider: SharedCredentialsProvider,
    topic: String,
    region: String,
    base: String,
}

impl fmt::Debug for Sns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sns").field("name", &self.name).field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl Sns {
    /// `topic` is an ARN, which tells the region; `url` is another address of SNS, such as a VPC endpoint.
    ///
    /// # Errors
    /// [`SetupError`] for what is no ARN of a topic, or an address that is not talked to.
    pub fn new(
        name: &str,
        outbound: Outbound,
        credentials: &Credentials,
        topic: &str,
        url: Option<&str>,
    ) -> Result<Self, SetupError> {
        let wrong = || SetupError::new(name, "its topic is no ARN: write `arn:aws:sns:REGION:ACCOUNT:NAME`");
        let parts: Vec<&str> = topic.split(':').collect();
        let ["arn", partition, "sns", region, _account, _name] = parts.as_slice() else {
            return Err(wrong());
        };
        let is_word = |text: &str| {
            !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        if !is_word(region) || topic.len() > 512 || !topic.chars().all(|c| c.is_ascii_graphic()) {
            return Err(wrong());
        }
        // https://docs.aws.amazon.com/general/latest/gr/sns.html
        let suffix = match *partition {
            "aws" | "aws-us-gov" => "amazonaws.com",
            "aws-cn" => "amazonaws.com.cn",
            _ => "",
        };
        let usual = format!("https://sns.{region}.{suffix}");
        let base = match url {
            Some(url) => base(name, url, outbound.allows_private())?,
            None if suffix.is_empty() => {
                return Err(SetupError::new(
                    name,
                    "the address of SNS in its partition is unknown: set `url`",
                ));
            }
            None => usual,
        };
        let (provider, region) = (credentials.provider(), (*region).to_owned());
        Ok(Self { name: name.to_owned(), outbound, provider, topic: topic.to_owned(), region, base })
    }

    /// The form of `Publish` (<https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>).
    fn form(&self, telling: &Telling) -> Result<String, NotifyError> {
        let body = rendered(&telling.body)?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut form = vec![
            ("Action", "Publish".to_owned()),
            ("Version", "2010-03-31".to_owned()),
            ("TopicArn", self.topic.clone()),
            ("Subject", text("subject")),
            ("Message", text("message")),
            ("MessageStructure", "json".to_owned()),
        ];
        if self.topic.ends_with(".fifo") {
            form.push(("MessageGroupId", format!("incident-{}", telling.incident)));
            form.push(("MessageDeduplicationId", super::marker::marker(&telling.key)));
        }
        let pair = |(name, value): &(&str, String)| {
            format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC))
        };
        Ok(form.iter().map(pair).collect::<Vec<_>>().join("&"))
    }

    async fn signed(&self, url: &str, body: &str) -> Result<Vec<(String, String)>, NotifyError> {
        // A chain that asks a service may be slow; nobody waits longer than for a request.
        let asked = tokio::time::timeout(self.outbound.timeout(), self.provider.provide_credentials()).await;
        let found = asked
            .map_err(|_| later("the AWS credentials did not come in time", None))?
            .map_err(|error| later(format!("there are no AWS credentials: {}", chain(&error)), None))?;
        let unsigned =
            |error: &dyn std::error::Error| never(format!("the message cannot be signed: {error}"));
        let identity = found.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("sns")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| unsigned(&error))?
            .into();
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        let headers = [("content-type", form)];
        let signable =
            SignableRequest::new("POST", url, headers.into_iter(), SignableBody::Bytes(body.as_bytes()))
                .map_err(|error| unsigned(&error))?;
        let (instructions, _) = sign(signable, &params).map_err(|error| unsigned(&error))?.into_parts();
        let made = instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(made.chain([("content-type".to_owned(), form.to_owned())]).collect())
    }
}

impl Notifier for Sns {
    fn name(&self) -> &str {
        &self.name
    }

    fn send<'a>(&'a self, telling: &'a Telling) -> Sending<'a> {
        Box::pin(async move {
            let (url, body) = (format!("{}/", self.base), self.form(telling)?);
            let headers = self.signed(&url, &body).await?;
            let request = Request { method: "POST", url: &url, headers, body: body.into_bytes() };
            let answer = self.outbound.send(request, ANSWER_MAX).await.map_err(|error| unsent(&error))?;
            throttled(&answer)?;
            taken(
                &answer,
                "allow `sns:Publish` on the topic to the credentials, and `kms:GenerateDataKey*` if it is encrypted",
            )?;
            // It is published, whatever its id.
            Ok(element(&answer.body, "MessageId").unwrap_or_else(|| "published".to_owned()))
        })
    }
}

/// Throttles of the query protocol come with status 400, and expired tokens with 403
/// (<https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html>).
fn throttled(answer: &Answer) -> Result<(), NotifyError> {
    match element(&answer.body, "Code").as_deref() {
        Some("Throttling" | "ThrottlingException" | "Throttled" | "RequestLimitExceeded")
            if answer.status >= 400 =>
        {
            Err(later(format!("`{}` asks to wait", answer.host), answer.retry_after_s))
        }
        Some("ExpiredToken" | "ExpiredTokenException" | "RequestExpired") if answer.status >= 400 => {
            Err(later("the AWS credentials expired and are fetched again", None))
        }
        _ => Ok(()),
    }
}

/// The text of the first element of a name, if it is a plain word.
fn element(xml: &[u8], name: &str) -> Option<String> {
    let xml = String::from_utf8_lossy(xml);
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let is_word =
        !text.is_empty() && text.len() <= 100 && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    is_word.then(|| text.to_owned())
}
