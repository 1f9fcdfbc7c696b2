//! SNS: what is signed, by whom, from where, and what is confirmed. Signatures are explained in tests/data/sns/ORIGIN.md.

use super::{certificate_needed, certificate_url, host};
use crate::{
    Auth, Certificates, Content, Delivery, Format, Headers, Integration, Refusal, Secret, read, verify,
};
use butfor_incident::Timestamp;
use serde_json::{Value, json};

const V1: &str = include_str!("../../tests/data/sns/notification-1.json");
const V2: &str = include_str!("../../tests/data/sns/notification-2.json");
const CONFIRMATION: &str = include_str!("../../tests/data/sns/confirmation.json");
const ELSEWHERE: &str = include_str!("../../tests/data/sns/confirmation-elsewhere.json");
const OTHER_ACTION: &str = include_str!("../../tests/data/sns/confirmation-other-action.json");
const CERTIFICATE: &str = include_str!("../../tests/data/sns/certificate.pem");
const CHAIN: &str = include_str!("../../tests/data/sns/chain.pem");
const CHAIN_WITHOUT_ROOT: &str = include_str!("../../tests/data/sns/chain-without-root.pem");
const BROKEN_CHAIN: &str = include_str!("../../tests/data/sns/broken-chain.pem");
const UNRELATED: &str = include_str!("../../tests/data/sns/unrelated.pem");
const ROOT: &str = include_str!("../../tests/data/sns/root.pem");
const URL: &str = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem";
const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:alarms";

fn now() -> Timestamp {
    Timestamp::parse("2026-05-14T08:40:00Z").unwrap()
}

fn integration() -> Integration {
    let mut integration = Integration::new("alarms", Format::Sns, Auth::Signature, Vec::new());
    integration.options.sns.topics = vec![TOPIC.to_owned()];
    integration
}

fn with_bearer() -> Integration {
    Integration { auth: Auth::Bearer, secrets: vec![Secret::new("key")], ..integration() }
}

fn tried(integration: &Integration, body: &str, pem: &str, now: Timestamp) -> Result<(), Refusal> {
    let headers = Headers::new([("Authorization", "Bearer key")]);
    let certificates = Certificates::from([(URL.to_owned(), pem.to_owned())]);
    let delivery = Delivery::new(&headers, body.as_bytes(), now).with_certificates(&certificates);
    verify(integration, &delivery).map(|verified| assert_eq!(verified.nonce, None))
}

fn code(result: Result<(), Refusal>) -> &'static str {
    result.map_or_else(|refusal| refusal.code, |()| "taken")
}

fn edited(body: &str, edit: impl FnOnce(&mut Value)) -> String {
    let mut body: Value = serde_json::from_str(body).unwrap();
    edit(&mut body);
    body.to_string()
}

#[test]
fn both_versions_of_the_signature_are_verified() {
    for body in [V1, V2, CONFIRMATION] {
        assert_eq!(code(tried(&integration(), body, CERTIFICATE, now())), "taken");
    }
    let mut strict = integration();
    strict.options.sns.require_version_2 = true;
    assert_eq!(code(tried(&strict, V1, CERTIFICATE, now())), "signature-version");
    assert_eq!(code(tried(&strict, V2, CERTIFICATE, now())), "taken");
    for version in [json!("3"), json!(2), Value::Null] {
        let body = edited(V2, |body| body["SignatureVersion"] = version.clone());
        assert_eq!(code(tried(&integration(), &body, CERTIFICATE, now())), "signature-version");
    }
    let downgraded = edited(V2, |body| body["SignatureVersion"] = json!("1"));
    assert_eq!(code(tried(&integration(), &downgraded, CERTIFICATE, now())), "bad-signature");
}

#[test]
fn every_signed_member_counts() {
    for name in ["Message", "MessageId", "Subject", "Timestamp"] {
        let body = edited(V1, |body| body[name] = json!(format!("{} ", body[name].as_str().unwrap())));
        assert_eq!(code(tried(&integration(), &body, CERTIFICATE, now())), "bad-signature", "{name}");
        let body = edited(V1, |body| drop(body.as_object_mut().unwrap().remove(name)));
        assert_eq!(code(tried(&integration(), &body, CERTIFICATE, now())), "bad-signature", "without {name}");
    }
    let added = edited(V2, |body| body["Subject"] = json!("s"));
    assert_eq!(code(tried(&integration(), &added, CERTIFICATE, now())), "bad-signature");
    let retyped = edited(V2, |body| body["Type"] = json!("SubscriptionConfirmation"));
    assert_eq!(code(tried(&integration(), &retyped, CERTIFICATE, now())), "bad-signature");
    for body in ["", "{}", "[]", "not JSON", r#"{"Type":"Notification","TopicArn":"t"}"#] {
        assert_eq!(code(tried(&integration(), body, CERTIFICATE, now())), "unsigned", "{body}");
    }
}

#[test]
fn topics_must_be_on_the_list() {
    let nobody = Integration::new("x", Format::Sns, Auth::Signature, Vec::new());
    let refusal = tried(&nobody, V2, CERTIFICATE, now()).unwrap_err();
    assert_eq!((refusal.code, refusal.status), ("wrong-topic", 403));
    let mut other = integration();
    other.options.sns.topics = vec![format!("{TOPIC}-2")];
    assert_eq!(code(tried(&other, V2, CERTIFICATE, now())), "wrong-topic");
    assert_eq!(
        code(tried(
            &Integration { auth: Auth::Bearer, secrets: vec![Secret::new("key")], ..other },
            V2,
            "",
            now()
        )),
        "wrong-topic"
    );
}

#[test]
fn the_certificate_must_be_good_now() {
    let at = |text: &str| Timestamp::parse(text).unwrap();
    for (pem, when, expected) in [
        (CERTIFICATE, "2026-05-14T08:40:00Z", "taken"),
        (CERTIFICATE, "2025-12-31T23:59:59Z", "certificate-invalid"),
        (CERTIFICATE, "2027-01-01T00:00:00Z", "taken"),
        (CERTIFICATE, "2027-01-01T00:00:01Z", "certificate-invalid"),
        (CHAIN, "2026-05-14T08:40:00Z", "taken"),
        (BROKEN_CHAIN, "2026-05-14T08:40:00Z", "certificate-invalid"),
        (UNRELATED, "2026-05-14T08:40:00Z", "bad-signature"),
        ("", "2026-05-14T08:40:00Z", "certificate-invalid"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "2026-05-14T08:40:00Z",
            "certificate-invalid",
        ),
    ] {
        assert_eq!(code(tried(&integration(), V2, pem, at(when))), expected, "{when}");
    }
}

#[test]
fn with_roots_a_certificate_must_lead_to_one() {
    let der = |pem: &str| {
        use rustls_pki_types::pem::PemObject as _;
        rustls_pki_types::CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
    };
    let mut rooted = integration();
    rooted.options.sns.roots = vec![der(ROOT)];
    assert_eq!(code(tried(&rooted, V2, CHAIN_WITHOUT_ROOT, now())), "taken");
    assert_eq!(code(tried(&rooted, V2, CERTIFICATE, now())), "certificate-invalid");
    rooted.options.sns.roots = vec![der(UNRELATED)];
    assert_eq!(code(tried(&rooted, V2, CHAIN, now())), "certificate-invalid");
}

#[test]
fn pinned_certificates_need_no_way_out() {
    let mut pinned = integration();
    pinned.options.sns.pinned = vec![UNRELATED.to_owned(), CERTIFICATE.to_owned()];
    let headers = Headers::default();
    let delivery = Delivery::new(&headers, V2.as_bytes(), now());
    assert_eq!(certificate_needed(&pinned, &delivery), Ok(None));
    assert!(verify(&pinned, &delivery).is_ok());
    pinned.options.sns.pinned = vec![UNRELATED.to_owned()];
    assert_eq!(verify(&pinned, &delivery).unwrap_err().code, "bad-signature");
}

#[test]
fn only_addresses_of_sns_are_fetched() {
    assert_eq!(certificate_url(V2.as_bytes()).as_deref(), Ok(URL));
    for (url, expected) in [
        ("https://sns.eu-west-1.amazonaws.com/a-1_B.pem", true),
        ("https://sns.eu-west-1.amazonaws.com.cn/a.pem", true),
        ("http://sns.eu-west-1.amazonaws.com/a.pem", false),
        ("HTTPS://sns.eu-west-1.amazonaws.com/a.pem", false),
        ("https://sns.us-east-1.amazonaws.com/a.pem", false),
        ("https://sns.eu-west-1.amazonaws.com:443/a.pem", false),
        ("https://user@sns.eu-west-1.amazonaws.com/a.pem", false),
        ("https://sns.eu-west-1.amazonaws.com@example.com/a.pem", false),
        ("https://sns.eu-west-1.amazonaws.com.example.com/a.pem", false),
        ("https://sns.eu-west-1.amazonaws.com./a.pem", false),
        ("https://example.com/sns.eu-west-1.amazonaws.com/a.pem", false),
        ("https://sns.eu-west-1.amazonaws.com/a.pem?x", false),
        ("https://sns.eu-west-1.amazonaws.com/a?x=.pem", false),
        ("https://sns.eu-west-1.amazonaws.com/a#.pem", false),
        ("https://sns.eu-west-1.amazonaws.com/b/a.pem", false),
        ("https://sns.eu-west-1.amazonaws.com/../a.pem", false),
        ("https://sns.eu-west-1.amazonaws.com/%2e.pem", false),
        ("https://sns.eu-west-1.amazonaws.com/.pem", false),
        ("https://sns.eu-west-1.amazonaws.com/a.txt", false),
        ("https://sns.eu-west-1.amazonaws.com\\@example.com/a.pem", false),
        ("https://sns.evil.s3.amazonaws.com/a.pem", false),
        ("https://s3.amazonaws.com/sns.eu-west-1/a.pem", false),
        (" https://sns.eu-west-1.amazonaws.com/a.pem", false),
        ("https://sns.eu-west-1.amazonaws.com/a.pem\n", false),
        ("", false),
    ] {
        let body = edited(V2, |body| body["SigningCertURL"] = json!(url));
        let result = certificate_url(body.as_bytes());
        assert_eq!(result.is_ok(), expected, "{url}: {result:?}");
    }
    assert_eq!(host("https://sns.eu-west-1.amazonaws.com/x?y"), Some(("eu-west-1", "x?y")));
}

#[test]
fn nobody_without_a_right_to_send_makes_us_fetch() {
    let headers = Headers::default();
    let delivery = Delivery::new(&headers, V2.as_bytes(), now());
    assert_eq!(certificate_needed(&integration(), &delivery), Ok(Some(URL.to_owned())));
    assert_eq!(verify(&integration(), &delivery).map_err(|refusal| refusal.status), Err(503));
    let certificates = Certificates::from([(URL.to_owned(), CERTIFICATE.to_owned())]);
    assert_eq!(certificate_needed(&integration(), &delivery.with_certificates(&certificates)), Ok(None));
    let stranger = Integration::new("x", Format::Sns, Auth::Signature, Vec::new());
    assert_eq!(certificate_needed(&stranger, &delivery).unwrap_err().code, "wrong-topic");
    let confirmation = Delivery::new(&headers, CONFIRMATION.as_bytes(), now());
    assert_eq!(certificate_needed(&with_bearer(), &confirmation).unwrap_err().code, "no-credential");
    let generic = Integration::new("x", Format::Generic, Auth::Signature, Vec::new());
    assert_eq!(certificate_needed(&generic, &delivery), Ok(None));
}

#[test]
fn a_subscription_is_confirmed_only_at_sns_and_only_when_signed() {
    let headers = Headers::new([("Authorization", "Bearer key")]);
    let content = read(&integration(), &Delivery::new(&headers, CONFIRMATION.as_bytes(), now())).unwrap();
    let Content::ConfirmSubscription { url } = content else { panic!("{content:?}") };
    assert!(
        url.starts_with("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn="),
        "{url}"
    );
    for body in [ELSEWHERE, OTHER_ACTION] {
        assert_eq!(code(tried(&integration(), body, CERTIFICATE, now())), "subscribe-url");
        assert_eq!(
            read(&integration(), &Delivery::new(&headers, body.as_bytes(), now())).unwrap_err().field,
            "SubscribeURL"
        );
    }
    // A credential does not stand in for the signature here, nor for the list.
    assert_eq!(code(tried(&with_bearer(), CONFIRMATION, CERTIFICATE, now())), "taken");
    let forged = edited(CONFIRMATION, |body| body["Token"] = json!("other"));
    assert_eq!(code(tried(&with_bearer(), &forged, CERTIFICATE, now())), "bad-signature");
    let mut unlisted = with_bearer();
    unlisted.options.sns.topics.clear();
    assert_eq!(code(tried(&unlisted, CONFIRMATION, CERTIFICATE, now())), "wrong-topic");
    assert!(read(&unlisted, &Delivery::new(&headers, CONFIRMATION.as_bytes(), now())).is_err());
}

#[test]
fn raw_delivery_needs_another_credential() {
    let raw = Headers::new([
        ("x-amz-sns-rawdelivery", "true"),
        ("x-amz-sns-topic-arn", TOPIC),
        ("x-amz-sns-message-id", "m1"),
        ("Authorization", "Bearer key"),
    ]);
    let message = edited(V2, |_| ());
    let inner: Value = serde_json::from_str(&message).unwrap();
    let inner = inner["Message"].as_str().unwrap();
    let delivery = Delivery::new(&raw, inner.as_bytes(), now());
    assert_eq!(verify(&integration(), &delivery).unwrap_err().code, "raw-delivery");
    assert!(verify(&with_bearer(), &delivery).is_ok());
    let Content::Messages(messages) = read(&with_bearer(), &delivery).unwrap() else { panic!() };
    assert_eq!(messages[0].title, "CloudWatch Alarm: orders-errors");
    let elsewhere = Headers::new([
        ("x-amz-sns-rawdelivery", "true"),
        ("x-amz-sns-topic-arn", "arn:aws:sns:eu-west-1:999988887777:other"),
        ("Authorization", "Bearer key"),
    ]);
    let delivery = Delivery::new(&elsewhere, inner.as_bytes(), now());
    assert_eq!(verify(&with_bearer(), &delivery).unwrap_err().code, "wrong-topic");
}

#[test]
fn an_age_limit_holds_where_one_is_set() {
    let mut limited = integration();
    limited.options.sns.max_age_s = Some(7200);
    assert_eq!(code(tried(&limited, V2, CERTIFICATE, now())), "taken");
    limited.options.sns.max_age_s = Some(600);
    assert_eq!(code(tried(&limited, V2, CERTIFICATE, now())), "stale");
}
