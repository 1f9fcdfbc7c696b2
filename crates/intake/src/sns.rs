//! Amazon SNS over HTTP(S): signatures, addresses, confirmation (SNS Developer Guide, "Verifying the signatures of
//! Amazon SNS messages").
//!
//! Whoever posts here chooses what the body says, so each address in it is held to one strict form before anybody
//! fetches it, and the topic must be on the allow list first.

use crate::certificate;
use crate::delivery::Delivery;
use crate::integration::{Auth, Format, Integration};
use crate::json::{get, parse, text};
use crate::message::{Content, Malformed, Message};
use crate::named::Arn;
use crate::verify::{Refusal, bad_signature, credential};
use crate::{generic, mac, read};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// What a signature covers, in this order (webhook-formats, section 4); an absent `Subject` is left out.
const NOTIFICATION: [&str; 6] = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
const CONFIRMATION: [&str; 7] =
    ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
/// The most a PEM file of a chain is, ten times over.
const PEM_MAX: usize = 64 * 1024;

/// The address of the certificate a body is signed with, held to the rules.
///
/// # Errors
/// [`Refusal`] where the body is no signed SNS message, or the address is not one of SNS in the topic's region.
pub fn certificate_url(body: &[u8]) -> Result<String, Refusal> {
    let envelope = Envelope::parse(body)?;
    envelope.certificate_url().map(str::to_owned)
}

/// The certificate to fetch before [`crate::verify`] can answer: `None` where none is needed, is pinned or is already
/// there. The credential (where there is one) and the topic are looked at first, so nobody else makes us fetch.
/// Fetch it over verified TLS, without redirects, with a limit on size and time, and keep it by its address.
///
/// # Errors
/// [`Refusal`] where the delivery will not be taken in any case.
pub fn certificate_needed(
    integration: &Integration,
    delivery: &Delivery<'_>,
) -> Result<Option<String>, Refusal> {
    if integration.format != Format::Sns {
        return Ok(None);
    }
    if integration.auth != Auth::Signature {
        let _ = credential(integration, delivery)?;
        if !is_confirmation(delivery.body) {
            return Ok(None);
        }
    }
    let envelope = Envelope::checked(integration, delivery)?;
    if !integration.options.sns.pinned.is_empty() {
        return Ok(None);
    }
    let url = envelope.certificate_url()?;
    let is_there = delivery.certificates.is_some_and(|known| known.contains_key(url));
    Ok((!is_there).then(|| url.to_owned()))
}

/// Verifies the envelope's own signature.
pub(crate) fn verify(integration: &Integration, delivery: &Delivery<'_>) -> Result<(), Refusal> {
    let envelope = Envelope::checked(integration, delivery)?;
    envelope.verify(integration, delivery)?;
    if envelope.is_confirmation() { envelope.subscribe_url().map(|_| ()) } else { Ok(()) }
}

/// What a delivery with a credential must fulfil as well: its topics are allowed where a list is given, and a
/// confirmation is signed whatever else it carries.
pub(crate) fn verify_credentialed(integration: &Integration, delivery: &Delivery<'_>) -> Result<(), Refusal> {
    if is_confirmation(delivery.body) {
        return verify(integration, delivery);
    }
    if integration.options.sns.topics.is_empty() {
        return Ok(());
    }
    let body = parse(delivery.body).unwrap_or_default();
    let records = get(&body, "Records").as_array().map(Vec::as_slice).unwrap_or_default();
    let mut topics: Vec<_> = records.iter().filter_map(|record| text(record, "Sns.TopicArn")).collect();
    topics.extend(text(&body, "TopicArn"));
    topics.extend(delivery.headers.text("x-amz-sns-topic-arn"));
    topics.into_iter().try_for_each(|topic| allowed(integration, topic))
}

fn allowed(integration: &Integration, topic: &str) -> Result<(), Refusal> {
    if integration.options.sns.topics.iter().any(|known| known == topic) {
        return Ok(());
    }
    Err(Refusal::new(
        403,
        "wrong-topic",
        "this topic is not on the integration's list: add its ARN if it may send here",
    ))
}

fn is_confirmation(body: &[u8]) -> bool {
    parse(body).is_ok_and(|body| text(&body, "Type").is_some_and(|kind| kind != "Notification"))
}

/// A signed body.
struct Envelope {
    body: Value,
    kind: String,
    topic: String,
}

impl Envelope {
    fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let unsigned = || {
            Refusal::new(
                401,
                "unsigned",
                "this is no signed SNS message: let SNS send it, or give the integration another credential",
            )
        };
        let body = parse(body).map_err(|_| unsigned())?;
        let member = |name: &str| text(&body, name).map(str::to_owned).ok_or_else(unsigned);
        let (kind, topic) = (member("Type")?, member("TopicArn")?);
        let _ = member("Signature")?;
        Ok(Self { kind, topic, body })
    }

    /// Of a delivery, from a topic that may send.
    fn checked(integration: &Integration, delivery: &Delivery<'_>) -> Result<Self, Refusal> {
        if delivery.headers.text("x-amz-sns-rawdelivery").is_some_and(|raw| raw.eq_ignore_ascii_case("true"))
        {
            return Err(Refusal::new(
                401,
                "raw-delivery",
                "raw delivery carries no signature: switch it off, or give the integration another credential",
            ));
        }
        let envelope = Self::parse(delivery.body)?;
        allowed(integration, &envelope.topic)?;
        Ok(envelope)
    }

    fn is_confirmation(&self) -> bool {
        self.kind == "SubscriptionConfirmation"
    }

    fn member(&self, name: &str) -> Option<&str> {
        get(&self.body, name).as_str()
    }

    /// Name and value of each signed member, a line each.
    fn signed_text(&self) -> Result<String, Refusal> {
        let names: &[&str] = match self.kind.as_str() {
            "Notification" => &NOTIFICATION,
            "SubscriptionConfirmation" | "UnsubscribeConfirmation" => &CONFIRMATION,
            _ => return Err(bad_signature()),
        };
        let mut signed = String::new();
        for name in names {
            match self.member(name) {
                Some(value) => signed.extend([name, "\n", value, "\n"]),
                // A `null` is absent, as in every verifier of AWS; another type than text was never signed by SNS.
                None if *name == "Subject" && get(&self.body, name).is_null() => {}
                None => return Err(bad_signature()),
            }
        }
        Ok(signed)
    }

    fn certificate_url(&self) -> Result<&str, Refusal> {
        // Lambda events spell it `SigningCertUrl`; SNS over HTTP does not.
        let url = self.member("SigningCertURL").ok_or_else(bad_signature)?;
        let is_certificate = host(url).is_some_and(|(region, path)| {
            let name = path.strip_suffix(".pem").unwrap_or_default();
            let is_name = !name.is_empty()
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
            is_name && self.is_of(region)
        });
        is_certificate.then_some(url).ok_or_else(|| {
            Refusal::new(
                403,
                "certificate-url",
                "the certificate's address is not one of SNS in the topic's region",
            )
        })
    }

    /// Whether the topic is in a region.
    fn is_of(&self, region: &str) -> bool {
        Arn::of(Some(&self.topic)).region.as_deref() == Some(region)
    }

    fn verify(&self, integration: &Integration, delivery: &Delivery<'_>) -> Result<(), Refusal> {
        let options = &integration.options.sns;
        let digest = match self.member("SignatureVersion") {
            Some("1") if !options.require_version_2 => certificate::Digest::Sha1,
            Some("2") => certificate::Digest::Sha256,
            _ => {
                return Err(Refusal::new(
                    401,
                    "signature-version",
                    "this SignatureVersion is not taken: set the topic's SignatureVersion to 2",
                ));
            }
        };
        let signature =
            STANDARD.decode(self.member("Signature").unwrap_or_default()).map_err(|_| bad_signature())?;
        let signed = self.signed_text()?;
        let message = certificate::Signed { text: signed.as_bytes(), signature: &signature, digest };
        if options.pinned.is_empty() {
            let url = self.certificate_url()?;
            let pem = delivery.certificates.and_then(|known| known.get(url)).ok_or_else(|| {
                Refusal::new(
                    503,
                    "certificate-needed",
                    "the sender's certificate could not be fetched yet: try again",
                )
            })?;
            if pem.len() > PEM_MAX {
                return Err(certificate::unusable());
            }
            certificate::verify(pem, &options.roots, &message, delivery.now)?;
        } else {
            certificate::verify_pinned(&options.pinned, &message, delivery.now)?;
        }
        self.fresh(integration, delivery)
    }

    /// Only where the integration wants a limit: SNS tries for an hour.
    fn fresh(&self, integration: &Integration, delivery: &Delivery<'_>) -> Result<(), Refusal> {
        let Some(max_age_s) = integration.options.sns.max_age_s else { return Ok(()) };
        let at = self.member("Timestamp").and_then(crate::json::moment).ok_or_else(bad_signature)?;
        mac::fresh(at, delivery.now, max_age_s)
    }

    /// Where to confirm: SNS's own address for this topic and token, and nothing else.
    fn subscribe_url(&self) -> Result<&str, Refusal> {
        let wrong = || {
            Refusal::new(
                403,
                "subscribe-url",
                "SubscribeURL is not SNS's address to confirm this topic's subscription",
            )
        };
        let url = self.member("SubscribeURL").ok_or_else(wrong)?;
        let (region, rest) = host(url).ok_or_else(wrong)?;
        let query = rest.strip_prefix('?').filter(|_| self.is_of(region)).ok_or_else(wrong)?;
        let is_single = |name: &str, expected: Option<&str>| {
            let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
            values.next().is_some_and(|(_, value)| Some(&*value) == expected) && values.next().is_none()
        };
        let is_right = is_single("Action", Some("ConfirmSubscription"))
            && is_single("TopicArn", Some(&self.topic))
            && is_single("Token", self.member("Token"));
        is_right.then_some(url).ok_or_else(wrong)
    }
}

/// Region and what follows the `/` of `https://sns.<region>.amazonaws.com/...` (or `.com.cn`); `None` for anything
/// else. No general parser of addresses: what two parsers could read in two ways has no place here.
fn host(url: &str) -> Option<(&str, &str)> {
    let (host, rest) = url.strip_prefix("https://sns.")?.split_once('/')?;
    let region = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
    let is_region = (3..=32).contains(&region.len())
        && region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let is_plain = rest.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'@' | b'\\'));
    (is_region && is_plain).then_some((region, rest))
}

/// What a body says: a notification, Lambda's `Records`, a confirmation, or the bare message of raw delivery.
pub(crate) fn content(integration: &Integration, delivery: &Delivery<'_>) -> Result<Content, Malformed> {
    let original = read::body_text(delivery.body)?;
    let is_raw =
        delivery.headers.text("x-amz-sns-rawdelivery").is_some_and(|raw| raw.eq_ignore_ascii_case("true"));
    if is_raw {
        let topic = delivery.headers.text("x-amz-sns-topic-arn");
        let id = delivery.headers.text("x-amz-sns-message-id");
        return Ok(Content::Messages(vec![inner(original, topic, id, None)?]));
    }
    let body = parse(delivery.body)?;
    match text(&body, "Type") {
        Some("SubscriptionConfirmation") => {
            let refused = |error: Refusal| Malformed::new("SubscribeURL", error.message);
            let envelope = Envelope::checked(integration, delivery).map_err(refused)?;
            Ok(Content::ConfirmSubscription { url: envelope.subscribe_url().map_err(refused)?.to_owned() })
        }
        Some("UnsubscribeConfirmation") => Ok(Content::Ping("the subscription was removed".to_owned())),
        Some("Notification") | None => read::shapes(&body, original).map(Content::Messages),
        Some(_) => Err(Malformed::new(
            "Type",
            "expected Notification, SubscriptionConfirmation or UnsubscribeConfirmation",
        )),
    }
}

/// The message in a notification, which may be an alarm, an event, or words for people.
pub(crate) fn notification(envelope: &Value) -> Result<Message, Malformed> {
    // In a Lambda event the type may be left out; a confirmation there is for the function, not for us.
    if text(envelope, "Type").is_some_and(|kind| kind != "Notification") {
        return Err(Malformed::new("Type", "expected Notification"));
    }
    let message = crate::json::required(envelope, "Message")?;
    inner(message, text(envelope, "TopicArn"), text(envelope, "MessageId"), Some(envelope))
}

fn inner(
    message: &str,
    topic: Option<&str>,
    id: Option<&str>,
    envelope: Option<&Value>,
) -> Result<Message, Malformed> {
    let is_object = message.trim_start().starts_with('{');
    match parse(message.as_bytes()).ok().filter(|_| is_object) {
        Some(body) if read::is_known(&body) => read::passed_on(&body, message, topic, id),
        // Some other program's object: its title, or else the envelope's.
        Some(body) => {
            let read = generic::unknown("sns", &body, message);
            let mut read = read.unwrap_or_else(|_| {
                let mut read = words(message, topic, id, envelope);
                read.payload = generic::payload("sns", &read, &body);
                read
            });
            if let Some(id) = id {
                read.dedup_key = format!("sns {id}");
            }
            Ok(read)
        }
        None => Ok(words(message, topic, id, envelope)),
    }
}

/// A message for people.
fn words(message: &str, topic: Option<&str>, id: Option<&str>, envelope: Option<&Value>) -> Message {
    let place = Arn::of(topic);
    let subject = envelope.and_then(|envelope| text(envelope, "Subject"));
    let title = generic::short_title(subject.unwrap_or(message));
    let at = envelope.and_then(|envelope| text(envelope, "Timestamp")).and_then(crate::json::moment);
    let mut resources = crate::named::Named::default();
    resources.words(message);
    let given = |text: Option<&str>| text.map(|text| Value::String(text.to_owned()));
    let payload = crate::json::object([
        ("Type", given(Some("Notification"))),
        ("MessageId", given(id)),
        ("TopicArn", given(topic)),
        ("Subject", given(Some(&title))),
        ("Message", given(Some(message))),
        ("Timestamp", at.map(|at| Value::String(at.to_string()))),
    ]);
    Message {
        dedup_key: id.map_or_else(|| crate::json::body_key(message), |id| format!("sns {id}")),
        sender_id: id.map(str::to_owned),
        is_test: crate::message::is_test(&[Some(&title), Some(message)]),
        title,
        description: Some(message.to_owned()),
        action: crate::message::Action::Trigger,
        priority: None,
        at,
        account: place.account,
        region: place.region,
        alarm: None,
        service: None,
        resources: resources.list(),
        payload: payload.to_string(),
    }
}

#[cfg(test)]
mod tests;
