//! Known answers. Those without a source were computed once with Python's `hmac` and `hashlib.sha256`.

use crate::{Auth, Delivery, Format, Headers, Integration, Refusal, Secret, Verified, slack, verify};
use butfor_incident::Timestamp;

/// Requirement ING-06.
pub(super) const BODY: &str =
    r#"{"eventType": "incident", "incidentId": "NFM-Alarm-EKS-DB-2026-05-02T13:30:02.000+0000"}"#;
pub(super) const TIMESTAMP: &str = "2026-05-02T13:30:02.000Z";
const UNIX: &str = "1777728602";
pub(super) const SIGNATURE: &str = "DUpTf0v2IXeT5zO3Ua3NlS0UKep567dAR7MyHuZZsik=";
/// The same under `next-hmac-key`.
const NEXT: &str = "lnJWD1ryvXRGjKvskYYArm3ilQAtaWhxgQ4ZUho4pF0=";
/// Over the body alone.
const BODY_ALONE: &str = "929yZSsXo99VaA2ZVcm0n3Htf1iGNR2+8VvQl3l1D7E=";
const BODY_ALONE_HEX: &str = "f76f72652b17a3df55680d9955c9b49f71ed7f5886351dbef15bd09779750fb1";
const NEXT_BODY_ALONE_HEX: &str = "20c617cd69056ab6480702049b5ec9ada682dd5dc220f8fd95c6f0c9c58c7ad1";
const WITH_UNIX_HEX: &str = "021b761702eb2a7357d67f08250ff9577cbe03ce5763ab361926b5080b4933a0";

pub(super) fn now() -> Timestamp {
    Timestamp::parse(TIMESTAMP).unwrap()
}

pub(super) fn sender(format: Format, auth: Auth) -> Integration {
    Integration::new("test", format, auth, vec![Secret::new("test-hmac-key")])
}

fn tried(
    sender: &Integration,
    headers: &[(&str, &str)],
    body: &[u8],
    now: Timestamp,
) -> Result<Verified, Refusal> {
    let headers: Headers = headers.iter().copied().collect();
    verify(sender, &Delivery::new(&headers, body, now))
}

fn code(result: Result<Verified, Refusal>) -> &'static str {
    result.map_or_else(
        |refusal| {
            assert!(matches!(refusal.status, 401 | 403), "{refusal:?}");
            for secret in ["test-hmac-key", SIGNATURE, BODY_ALONE, BODY_ALONE_HEX] {
                assert!(!refusal.message.contains(secret), "{refusal:?}");
            }
            refusal.code
        },
        |_| "taken",
    )
}

/// A delivery a moment after it was signed.
fn check(sender: &Integration, headers: &[(&str, &str)], expected: &str) {
    assert_eq!(code(tried(sender, headers, BODY.as_bytes(), now())), expected, "{headers:?}");
}

#[test]
fn generic_webhook_with_hmac() {
    for format in [Format::Generic, Format::ServiceNow] {
        let sender = sender(format, Auth::Signature);
        let (at, signature) = (("x-amzn-event-timestamp", TIMESTAMP), "X-Amzn-Event-Signature");
        check(&sender, &[at, (signature, SIGNATURE)], "taken");
        check(&sender, &[at, (signature, NEXT)], "bad-signature");
        check(&sender, &[at, (signature, BODY_ALONE)], "signed-without-timestamp");
        check(&sender, &[(signature, BODY_ALONE)], "signed-without-timestamp");
        check(&sender, &[(signature, SIGNATURE)], "no-timestamp");
        check(&sender, &[at], "unsigned");
        check(&sender, &[], "unsigned");
        check(&sender, &[at, ("authorization", "Bearer test-hmac-key")], "unsigned");
        check(&sender, &[at, (signature, "")], "bad-signature");
        check(&sender, &[at, (signature, "not base64")], "bad-signature");
        check(&sender, &[at, (signature, SIGNATURE.trim_end_matches('='))], "bad-signature");
        check(&sender, &[at, (signature, SIGNATURE), (signature, SIGNATURE)], "repeated-header");
        check(&sender, &[at, at, (signature, SIGNATURE)], "repeated-header");
        for other in ["2026-05-02T13:30:02Z", "2026-05-02T13:30:02.000+0000", "1777728602"] {
            check(&sender, &[("x-amzn-event-timestamp", other), (signature, SIGNATURE)], "bad-timestamp");
        }
        check(
            &sender,
            &[("x-amzn-event-timestamp", "2026-05-02T13:30:03.000Z"), (signature, SIGNATURE)],
            "bad-signature",
        );
    }
}

#[test]
fn the_window_is_closed_on_both_sides() {
    let sender = sender(Format::Generic, Auth::Signature);
    let headers = [("x-amzn-event-timestamp", TIMESTAMP), ("x-amzn-event-signature", SIGNATURE)];
    for (millis, expected) in
        [(0, "taken"), (300_000, "taken"), (300_001, "stale"), (-300_000, "taken"), (-300_001, "stale")]
    {
        let now = Timestamp::from_millis(now().as_millis() + millis);
        assert_eq!(code(tried(&sender, &headers, BODY.as_bytes(), now)), expected, "{millis} ms later");
    }
    let wide = Integration { window_s: 900, ..sender };
    assert_eq!(code(tried(&wide, &headers, BODY.as_bytes(), now().plus_seconds(800))), "taken");
}

#[test]
fn a_replay_has_the_same_nonce_as_long_as_it_would_be_taken() {
    let sender = sender(Format::Generic, Auth::Signature);
    let headers = [("x-amzn-event-timestamp", TIMESTAMP), ("x-amzn-event-signature", SIGNATURE)];
    let first = tried(&sender, &headers, BODY.as_bytes(), now()).unwrap().nonce.unwrap();
    let second = tried(&sender, &headers, BODY.as_bytes(), now().plus_seconds(299)).unwrap().nonce.unwrap();
    assert_eq!(first, second);
    assert!(first.1 > now().plus_seconds(300));
    assert_eq!(code(tried(&sender, &headers, BODY.as_bytes(), first.1)), "stale");
}

#[test]
fn both_secrets_are_tried_and_an_empty_one_matches_nothing() {
    let mut sender = sender(Format::Generic, Auth::Signature);
    sender.secrets.push(Secret::new("next-hmac-key"));
    let with = |signature| [("x-amzn-event-timestamp", TIMESTAMP), ("x-amzn-event-signature", signature)];
    let which = |signature| tried(&sender, &with(signature), BODY.as_bytes(), now()).unwrap().secret;
    assert_eq!((which(SIGNATURE), which(NEXT)), (Some(0), Some(1)));
    for secrets in [Vec::new(), vec![Secret::new("")]] {
        let unset = Integration { secrets, ..sender.clone() };
        // HMAC under the empty key.
        check(&unset, &with("z1MaB4nVZdBPXUz9E5wJIpQBXTtMLRRoF2ySdvuULfY="), "no-secret");
        check(&Integration { auth: Auth::Bearer, ..unset }, &[("authorization", "Bearer ")], "no-secret");
    }
    assert!(!format!("{sender:?}").contains("hmac-key"), "{sender:?}");
}

#[test]
fn credentials() {
    let bearer = sender(Format::Generic, Auth::Bearer);
    check(&bearer, &[("Authorization", "Bearer test-hmac-key")], "taken");
    check(&bearer, &[("Authorization", "bearer test-hmac-key")], "taken");
    check(
        &bearer,
        &[("Authorization", "Bearer test-hmac-key"), ("x-amzn-event-timestamp", TIMESTAMP)],
        "taken",
    );
    check(
        &bearer,
        &[("Authorization", "Bearer test-hmac-key"), ("x-amzn-event-timestamp", "2026-05-02T13:20:02.000Z")],
        "stale",
    );
    check(
        &bearer,
        &[("Authorization", "Bearer test-hmac-key"), ("x-amzn-event-timestamp", "now")],
        "bad-timestamp",
    );
    for wrong in [
        "Bearer test-hmac-ke",
        "Bearer test-hmac-key2",
        "Bearer TEST-HMAC-KEY",
        "Bearer",
        "Bearer ",
        "test-hmac-key",
        "Basic test-hmac-key",
        "Bearertest-hmac-key",
        "",
    ] {
        check(&bearer, &[("Authorization", wrong)], "bad-credential");
    }
    check(&bearer, &[], "no-credential");
    check(
        &bearer,
        &[("x-amzn-event-timestamp", TIMESTAMP), ("x-amzn-event-signature", SIGNATURE)],
        "no-credential",
    );

    let basic =
        Integration { secrets: vec![Secret::new("user:pass")], ..sender(Format::Alertmanager, Auth::Basic) };
    check(&basic, &[("Authorization", "Basic dXNlcjpwYXNz")], "taken");
    check(&basic, &[("Authorization", "Basic dXNlcjpwYXNzCg==")], "bad-credential");
    check(&basic, &[("Authorization", "Basic user:pass")], "bad-credential");

    let header = sender(Format::Datadog, Auth::Header("X-Api-Key".to_owned()));
    check(&header, &[("x-api-key", "test-hmac-key")], "taken");
    check(&header, &[("x-api-key", "")], "bad-credential");
    check(&header, &[("authorization", "Bearer test-hmac-key")], "no-credential");
    for format in [Format::Alertmanager, Format::Datadog, Format::EventBridge] {
        check(
            &sender(format, Auth::Signature),
            &[("authorization", "Bearer test-hmac-key")],
            "no-signature-scheme",
        );
    }
}

#[test]
fn grafana_with_and_without_a_timestamp() {
    let mut grafana = sender(Format::Grafana, Auth::Signature);
    let name = "x-grafana-alerting-signature";
    check(&grafana, &[(name, BODY_ALONE_HEX)], "taken");
    check(&grafana, &[(name, &BODY_ALONE_HEX.to_uppercase())], "bad-signature");
    check(&grafana, &[(name, &format!("sha256={BODY_ALONE_HEX}"))], "bad-signature");
    check(&grafana, &[(name, WITH_UNIX_HEX)], "bad-signature");
    check(&grafana, &[], "unsigned");
    grafana.options.grafana.timestamp_header = Some("X-Time".to_owned());
    check(&grafana, &[(name, WITH_UNIX_HEX), ("x-time", UNIX)], "taken");
    check(&grafana, &[(name, WITH_UNIX_HEX), ("x-time", "1777728603")], "bad-signature");
    check(&grafana, &[(name, WITH_UNIX_HEX), ("x-time", TIMESTAMP)], "bad-timestamp");
    check(&grafana, &[(name, BODY_ALONE_HEX), ("x-time", UNIX)], "signed-without-timestamp");
    check(&grafana, &[(name, BODY_ALONE_HEX)], "signed-without-timestamp");
    let headers = [(name, WITH_UNIX_HEX), ("x-time", UNIX)];
    assert_eq!(code(tried(&grafana, &headers, BODY.as_bytes(), now().plus_seconds(301))), "stale");
    grafana.options.grafana.signature_header = "X-Sign".to_owned();
    check(&grafana, &[("x-sign", WITH_UNIX_HEX), ("x-time", UNIX)], "taken");
}

#[test]
fn pagerduty_during_rotation_and_its_age() {
    let sender = sender(Format::PagerDuty, Auth::Signature);
    let v1 = |hex: &str| format!("v1={hex}");
    check(&sender, &[("X-PagerDuty-Signature", &v1(BODY_ALONE_HEX))], "taken");
    check(
        &sender,
        &[("X-PagerDuty-Signature", &format!("v1={NEXT_BODY_ALONE_HEX},v1={BODY_ALONE_HEX}"))],
        "taken",
    );
    check(&sender, &[("X-PagerDuty-Signature", &format!("v0=00, v1={BODY_ALONE_HEX}"))], "taken");
    check(&sender, &[("X-PagerDuty-Signature", &v1(NEXT_BODY_ALONE_HEX))], "bad-signature");
    check(&sender, &[("X-PagerDuty-Signature", &format!("v2={BODY_ALONE_HEX}"))], "bad-signature");
    check(&sender, &[("X-PagerDuty-Signature", BODY_ALONE_HEX)], "bad-signature");
    check(&sender, &[("X-PagerDuty-Signature", "v1=,v1=,")], "bad-signature");
    check(&sender, &[], "unsigned");
    let body =
        br#"{"event":{"id":"E","event_type":"incident.triggered","occurred_at":"2026-05-02T13:30:02Z"}}"#;
    let headers =
        [("X-PagerDuty-Signature", "v1=2f40c316793ffe0c563350254c5386eaa833b7659d6067948242856f816eb1b7")];
    for (later_s, expected) in [(0, "taken"), (172_800, "taken"), (173_200, "stale"), (-400, "stale")] {
        assert_eq!(
            code(tried(&sender, &headers, body, now().plus_seconds(later_s))),
            expected,
            "{later_s} s later"
        );
    }
}

/// GitHub documentation, "Validating webhook deliveries", test values.
#[test]
fn github() {
    let sender = Integration {
        secrets: vec![Secret::new("It's a Secret to Everybody")],
        ..sender(Format::GitHub, Auth::Signature)
    };
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let tried = |headers: &[(&str, &str)], body: &[u8]| code(tried(&sender, headers, body, now()));
    assert_eq!(tried(&[("X-Hub-Signature-256", signature)], b"Hello, World!"), "taken");
    assert_eq!(tried(&[("X-Hub-Signature-256", signature)], b"Hello, World?"), "bad-signature");
    assert_eq!(tried(&[("X-Hub-Signature", "sha1=00")], b"Hello, World!"), "unsigned");
    assert_eq!(
        tried(&[("X-Hub-Signature-256", signature.trim_start_matches("sha256="))], b"Hello, World!"),
        "bad-signature"
    );
}

#[test]
fn gitlab() {
    let sender = sender(Format::GitLab, Auth::Signature);
    check(&sender, &[("X-Gitlab-Token", "test-hmac-key")], "taken");
    check(&sender, &[("X-Gitlab-Token", "test-hmac-kez")], "bad-credential");
    check(&sender, &[], "unsigned");
}

/// The Standard Webhooks specification's libraries' test values.
#[test]
fn standard_webhooks() {
    for format in [Format::Generic, Format::GitLab] {
        let secrets = vec![Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")];
        let sender = Integration { secrets, ..sender(format, Auth::Signature) };
        let at = Timestamp::from_seconds(1_614_265_330);
        let body = br#"{"test": 2432232314}"#;
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let id = ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek");
        let time = ("webhook-timestamp", "1614265330");
        let tried = |headers: &[(&str, &str)], now| code(tried(&sender, headers, body, now));
        assert_eq!(tried(&[id, time, ("webhook-signature", signature)], at), "taken");
        assert_eq!(
            tried(&[id, time, ("webhook-signature", &format!("v1a,x v1,AAAA {signature}"))], at),
            "taken"
        );
        assert_eq!(tried(&[id, time, ("webhook-signature", signature)], at.plus_seconds(301)), "stale");
        assert_eq!(
            tried(&[("webhook-id", "msg_2"), time, ("webhook-signature", signature)], at),
            "bad-signature"
        );
        assert_eq!(
            tried(&[id, ("webhook-timestamp", "1614265331"), ("webhook-signature", signature)], at),
            "bad-signature"
        );
        assert_eq!(tried(&[id, ("webhook-signature", signature)], at), "unsigned");
        assert_eq!(
            tried(&[id, time, ("webhook-signature", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")], at),
            "bad-signature"
        );
    }
}

/// Slack API documentation, "Verifying requests from Slack", its worked example.
#[test]
fn slack_requests() {
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let sender = Integration {
        secrets: vec![Secret::new("8f742231b10e8888abcd99yyyzzz85a5")],
        ..sender(Format::Generic, Auth::Signature)
    };
    let at = Timestamp::from_seconds(1_531_420_618);
    let signature =
        ("X-Slack-Signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
    let time = ("X-Slack-Request-Timestamp", "1531420618");
    let tried = |headers: &[(&str, &str)], body: &str, now| {
        let headers: Headers = headers.iter().copied().collect();
        code(slack::verify(&sender, &Delivery::new(&headers, body.as_bytes(), now)))
    };
    assert_eq!(tried(&[signature, time], BODY, at), "taken");
    assert_eq!(tried(&[signature, time], BODY, at.plus_seconds(301)), "stale");
    assert_eq!(tried(&[signature, time], &BODY.replace("text=", "text=x"), at), "bad-signature");
    // The same form, decoded and encoded again, is not what was signed.
    assert_eq!(tried(&[signature, time], &BODY.replace("%2F", "%2f"), at), "bad-signature");
    assert_eq!(tried(&[signature], BODY, at), "no-timestamp");
    assert_eq!(tried(&[time], BODY, at), "unsigned");
}
