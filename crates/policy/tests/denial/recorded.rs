//! Denials as they were recorded, and the fields of events.

use crate::{layer, one};
use butfor_policy::Layer;
use butfor_policy::denial::{DenyKind, is_denial_code, parse_event};

/// Log lines of recorded incidents and records of the Stratus Red Team data set: `tests/data/ORIGIN.md`.
#[test]
fn recorded_messages() {
    let denial = one(include_str!("../data/denials/python-lambda.json"));
    assert_eq!(denial.code.as_deref(), Some("AccessDeniedException"));
    assert_eq!(denial.operation.as_deref(), Some("Query"));
    assert_eq!(
        denial.principal.as_deref(),
        Some("arn:aws:sts::111122223333:assumed-role/payledger-dev-fault-iam/payledger-dev-getBalance")
    );
    assert_eq!(denial.action.as_deref(), Some("dynamodb:Query"));
    assert_eq!(
        denial.resource.as_deref(),
        Some("arn:aws:dynamodb:ap-southeast-1:111122223333:table/payledger-dev-transactions")
    );
    assert_eq!((denial.kind, denial.named), (DenyKind::Implicit, layer(Layer::Identity)));

    let denial = one(include_str!("../data/denials/javascript-s3.txt"));
    assert_eq!(denial.code.as_deref(), Some("AccessDenied"));
    assert_eq!((denial.kind, denial.named), (DenyKind::Implicit, layer(Layer::VpcEndpoint)));
    assert_eq!(denial.resource.as_deref(), Some("arn:aws:s3:::simulated-workload-archive-123456789012"));

    let denial = one(include_str!("../data/denials/ec2-record.json"));
    assert_eq!(denial.code.as_deref(), Some("Client.UnauthorizedOperation"));
    assert_eq!(denial.action.as_deref(), Some("ec2:DescribeInstanceAttribute"));
    assert_eq!(denial.named, layer(Layer::Identity));
}

#[test]
fn recorded_events() -> Result<(), serde_json::Error> {
    let events: Vec<(String, String)> = serde_json::from_str(include_str!("../data/denials/events.json"))?;
    let read: Vec<_> = events
        .iter()
        .map(|(code, message)| {
            parse_event(Some(code), Some(message)).map(|denial| {
                (
                    denial.action,
                    denial.resource,
                    denial.kind,
                    denial.named,
                    denial.encoded.map(|text| text.len()),
                )
            })
        })
        .collect();
    let text = |text: &str| Some(text.to_owned());
    let resource = "arn:aws:iam::123837392027:role/stratus-red-team-leave-org-role";
    assert_eq!(
        read,
        [
            Some((None, None, DenyKind::Unsaid, None, Some(590))),
            Some((text("sts:AssumeRole"), text(resource), DenyKind::Unsaid, None, None)),
            Some((
                text("organizations:LeaveOrganization"),
                text("*"),
                DenyKind::Implicit,
                layer(Layer::Identity),
                None
            )),
            Some((None, None, DenyKind::Unsaid, None, None)),
            None,
            None,
        ]
    );
    Ok(())
}

#[test]
fn event_fields() {
    let layer_of = |code, message| parse_event(code, message).map(|denial| denial.named);
    let endpoint = Some(layer(Layer::VpcEndpoint));
    assert_eq!(
        layer_of(Some("VpceAccessDenied"), Some("The request was denied due to a VPC endpoint policy")),
        endpoint
    );
    assert_eq!(layer_of(Some("VpceAccessDenied"), None), endpoint);
    assert_eq!(layer_of(Some("AccessDenied"), Some("Access Denied")), Some(None));
    assert_eq!(layer_of(Some("AccessDenied"), None), Some(None));
    assert_eq!(layer_of(Some("NoSuchKey"), Some("The specified key does not exist.")), None);
    assert_eq!(layer_of(Some("AuthorizationError"), Some("not authorized")), Some(None));
    assert_eq!(layer_of(None, None), None);
    assert!(is_denial_code("Client.UnauthorizedOperation"));
    assert!(!is_denial_code("ExpiredToken") && !is_denial_code("Client.") && !is_denial_code(""));
}
