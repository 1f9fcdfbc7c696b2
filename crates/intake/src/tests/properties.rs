//! What holds for all bytes.

use super::signatures::{BODY, SIGNATURE, TIMESTAMP, now, sender};
use crate::{Auth, Certificates, Delivery, Format, Headers, read, slack, sns, verify};
use proptest::prelude::*;

/// Runs everything over one delivery.
fn run(headers: &[(String, Vec<u8>)], body: &[u8]) {
    let headers: Headers = headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let certificates = Certificates::new();
    let delivery = Delivery::new(&headers, body, now()).with_certificates(&certificates);
    for format in Format::ALL {
        for auth in [Auth::Signature, Auth::Bearer, Auth::Basic, Auth::Header("x-key".to_owned())] {
            let mut sender = sender(format, auth);
            sender.options.sns.topics.push("t".to_owned());
            sender.options.grafana.timestamp_header = Some("x-time".to_owned());
            assert!(verify(&sender, &delivery).is_err());
            let _ = (read(&sender, &delivery), sns::certificate_needed(&sender, &delivery));
        }
    }
    assert!(slack::verify(&sender(Format::Generic, Auth::Signature), &delivery).is_err());
    let _ = (slack::read(&delivery), sns::certificate_url(body));
}

const NAMES: [&str; 14] = [
    "authorization",
    "x-amzn-event-timestamp",
    "x-amzn-event-signature",
    "x-grafana-alerting-signature",
    "x-time",
    "x-key",
    "x-pagerduty-signature",
    "x-hub-signature-256",
    "x-gitlab-token",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "x-slack-signature",
    "x-amz-sns-rawdelivery",
];

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..60),
        Just(TIMESTAMP.into()),
        Just(b"1777728602".to_vec()),
        Just(b"true".to_vec()),
        Just(b"v1=00,v1=ff".to_vec()),
        Just(b"v1,AAAA v1,AAAA".to_vec()),
        Just(b"Bearer x".to_vec()),
        Just(SIGNATURE.as_bytes().iter().rev().copied().collect()),
    ]
}

/// JSON with the names that are looked for, and values they do not expect.
fn json() -> impl Strategy<Value = Vec<u8>> {
    let names = prop::sample::select(vec![
        "Records",
        "Sns",
        "Message",
        "Type",
        "TopicArn",
        "Signature",
        "SigningCertURL",
        "AlarmName",
        "NewStateValue",
        "detail-type",
        "detail",
        "source",
        "state",
        "value",
        "alerts",
        "labels",
        "status",
        "event",
        "event_type",
        "data",
        "id",
        "title",
        "eventType",
        "incidentId",
        "action",
        "sysId",
        "deployment",
        "object_kind",
        "payload",
        "type",
        "dimensions",
        "timestamp",
        "body",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
        prop::sample::select(vec![
            "ALARM",
            "Notification",
            "incident",
            "created",
            "firing",
            "aws.cloudwatch",
            "CloudWatch Alarm State Change",
            "é-12345678",
            "{\"AlarmName\":\"a\",\"NewStateValue\":\"ALARM\"}",
            "arn:aws:sns:é:1:t",
            "incident.triggered",
            "$X",
            "[TEST]",
        ])
        .prop_map(Into::into),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::Array),
            proptest::collection::btree_map(names.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
    .prop_map(|value| value.to_string().into_bytes())
}

proptest! {
    #[test]
    fn nothing_panics_and_nothing_unsigned_is_taken(
        headers in proptest::collection::vec((prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned), value()), 0..6),
        body in prop_oneof![proptest::collection::vec(any::<u8>(), 0..200), json()],
    ) {
        run(&headers, &body);
    }

    #[test]
    fn one_changed_byte_is_refused(place in 0..1000usize, change in 1..=255u8) {
        let mut parts = [BODY.as_bytes().to_vec(), TIMESTAMP.as_bytes().to_vec(), SIGNATURE.as_bytes().to_vec()];
        let total: usize = parts.iter().map(Vec::len).sum();
        let mut place = place % total;
        for part in &mut parts {
            if place < part.len() {
                part[place] ^= change;
                break;
            }
            place -= part.len();
        }
        let [body, timestamp, signature] = parts;
        let headers = Headers::new([("x-amzn-event-timestamp", timestamp), ("x-amzn-event-signature", signature)]);
        let result = verify(&sender(Format::Generic, Auth::Signature), &Delivery::new(&headers, &body, now()));
        prop_assert!(result.is_err_and(|refusal| matches!(refusal.status, 401 | 403)));
    }

    #[test]
    fn one_changed_byte_of_a_message_from_sns_says_the_same_or_is_refused(
        place in any::<prop::sample::Index>(),
        change in 1..=255u8,
    ) {
        const SIGNED: &str = include_str!("../../tests/data/sns/notification-2.json");
        let mut sender = sender(Format::Sns, Auth::Signature);
        sender.options.sns.topics.push("arn:aws:sns:eu-west-1:111122223333:alarms".to_owned());
        sender.options.sns.pinned.push(include_str!("../../tests/data/sns/certificate.pem").to_owned());
        let headers = Headers::default();
        let content = |body: &[u8]| {
            let delivery = Delivery::new(&headers, body, now());
            verify(&sender, &delivery).ok().map(|_| read(&sender, &delivery))
        };
        let honest = content(SIGNED.as_bytes());
        prop_assert!(honest.is_some());
        let mut body = SIGNED.as_bytes().to_vec();
        body[place.index(SIGNED.len())] ^= change;
        // White space and the certificate's address, which a pinned one does not need, are not signed.
        if let Some(read) = content(&body) {
            prop_assert_eq!(Some(read), honest);
        }
    }

    #[test]
    fn one_changed_byte_of_other_signatures_is_refused(place in any::<prop::sample::Index>(), change in 1..=255u8) {
        const HEX: &str = "f76f72652b17a3df55680d9955c9b49f71ed7f5886351dbef15bd09779750fb1";
        for (format, name, prefix) in [
            (Format::Grafana, "x-grafana-alerting-signature", ""),
            (Format::PagerDuty, "x-pagerduty-signature", "v1="),
            (Format::GitHub, "x-hub-signature-256", "sha256="),
        ] {
            let mut parts = [BODY.as_bytes().to_vec(), format!("{prefix}{HEX}").into_bytes()];
            let at = place.index(parts[0].len() + parts[1].len());
            let (part, at) = if at < parts[0].len() { (0, at) } else { (1, at - parts[0].len()) };
            parts[part][at] ^= change;
            let [body, signature] = parts;
            let headers = Headers::new([(name, signature)]);
            prop_assert!(verify(&sender(format, Auth::Signature), &Delivery::new(&headers, &body, now())).is_err());
        }
    }
}
