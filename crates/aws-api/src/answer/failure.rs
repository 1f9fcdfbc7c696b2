//! The error that an answer tells, in each of the five protocols.

use super::{Raw, json, tree};
use crate::model::{Protocol, Service};
use serde_json::Value;

/// An error as the service told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    /// The region that the bucket is in, where S3 tells it.
    pub(crate) region: Option<String>,
}

/// Reads the error of a call that failed. Never fails itself: without a code in the answer the status is the code.
pub(crate) fn failure(service: &Service, raw: &Raw) -> Failure {
    let (code, message, region) = match service.protocol {
        Protocol::Ec2 | Protocol::Query | Protocol::RestXml => in_xml(&raw.body),
        Protocol::Json | Protocol::RestJson => {
            let (code, message) = in_json(service, raw);
            (code, message, None)
        }
    };
    Failure {
        status: raw.status,
        code: code.filter(|code| !code.is_empty()).unwrap_or_else(|| raw.status.to_string()),
        message: message.unwrap_or_default(),
        region: raw.header("x-amz-bucket-region").map(str::to_owned).or(region),
    }
}

fn in_xml(body: &[u8]) -> (Option<String>, Option<String>, Option<String>) {
    let Ok(root) = tree::parse(body) else { return (None, None, None) };
    let error = root.find("Error").unwrap_or(&root);
    let text = |name: &str| error.child(name).map(|element| element.text.trim().to_owned());
    (text("Code"), text("Message").or_else(|| text("message")), text("Region"))
}

fn in_json(service: &Service, raw: &Raw) -> (Option<String>, Option<String>) {
    let body = json::parse(&raw.body).unwrap_or(Value::Null);
    let text = |names: &[&str]| {
        names.iter().find_map(|name| body.get(name).and_then(Value::as_str)).map(str::to_owned)
    };
    let code =
        raw.header("x-amzn-errortype").map(str::to_owned).or_else(|| text(&["__type", "code", "Code"]));
    let code = code.map(|code| bare(&code).to_owned());
    // Services that once spoke query tell the code of that time: `AWS.SimpleQueueService.NonExistentQueue;Sender`.
    let old = raw.header("x-amzn-query-error").filter(|_| service.query_codes);
    let old = old.and_then(|both| both.split(';').next()).map(str::to_owned);
    (old.or(code), text(&["message", "Message", "errorMessage"]))
}

/// `com.amazonaws.ec2#NotFound:http://...` is `NotFound`.
fn bare(code: &str) -> &str {
    let code = code.rsplit('#').next().unwrap_or(code);
    code.split(':').next().unwrap_or(code).trim()
}
