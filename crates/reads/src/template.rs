//! The policies and the role as a CloudFormation template, in JSON: it is YAML, too.

use crate::document::Document;
use crate::grant::{Grant, external_id};

pub(crate) fn write(grant: &Grant) -> String {
    let policies = grant.policies();
    let names: Vec<_> = policies.iter().map(|policy| policy.name.clone()).collect();
    let mut resources: Vec<(&'static str, Document)> = Vec::new();
    let mut policies = policies.into_iter();
    // Logical names are fixed texts; the table's size decides how many are used.
    for (name, policy) in LOGICAL.into_iter().zip(policies.by_ref()) {
        let properties = vec![
            ("Description", Document::text("What butfor reads: nothing but List and Read actions")),
            ("PolicyDocument", policy.document),
        ];
        resources.push((name, typed("AWS::IAM::ManagedPolicy", properties)));
    }
    let arns = names.iter().map(|name| reference(name.clone())).collect();
    let condition = Document::Map(vec![(
        "Fn::If",
        Document::List(vec![
            Document::text("HasExternalId"),
            external_id(reference("ExternalId")),
            reference("AWS::NoValue"),
        ]),
    )]);
    let role = vec![
        ("RoleName", reference("RoleName")),
        ("Description", Document::text("Read-only role of butfor")),
        ("AssumeRolePolicyDocument", grant.trust_of(reference("Principal"), Some(condition))),
        ("ManagedPolicyArns", Document::List(arns)),
    ];
    resources.push(("Role", typed("AWS::IAM::Role", role)));
    let is_set = Document::Map(vec![(
        "Fn::Not",
        Document::List(vec![Document::Map(vec![(
            "Fn::Equals",
            Document::List(vec![reference("ExternalId"), Document::text("")]),
        )])]),
    )]);
    let arn = Document::Map(vec![("Fn::GetAtt", Document::texts(["Role", "Arn"]))]);
    let whole = Document::Map(vec![
        ("AWSTemplateFormatVersion", Document::text("2010-09-09")),
        ("Description", Document::text("Read-only access for butfor, by `butfor iam-policy`")),
        ("Parameters", parameters(grant)),
        ("Conditions", Document::Map(vec![("HasExternalId", is_set)])),
        ("Resources", Document::Map(resources)),
        ("Outputs", Document::Map(vec![("RoleArn", Document::Map(vec![("Value", arn)]))])),
    ]);
    whole.pretty(0) + "\n"
}

/// As [`crate::Policy::name`].
const LOGICAL: [&str; 8] = [
    "ButforRead1",
    "ButforRead2",
    "ButforRead3",
    "ButforRead4",
    "ButforRead5",
    "ButforRead6",
    "ButforRead7",
    "ButforRead8",
];

fn parameters(grant: &Grant) -> Document {
    let parameter = |what: &str, default: Option<&str>| {
        let mut members = vec![("Type", Document::text("String")), ("Description", Document::text(what))];
        members.extend(default.map(|default| ("Default", Document::text(default))));
        Document::Map(members)
    };
    Document::Map(vec![
        (
            "Principal",
            parameter("ARN of the account, role or user that may assume the role", grant.principal_arn()),
        ),
        (
            "ExternalId",
            parameter(
                "External id it must give; empty for none",
                Some(grant.external_id_text().unwrap_or_default()),
            ),
        ),
        ("RoleName", parameter("Name of the role, as in butfor.toml", Some(crate::hcl::ROLE))),
    ])
}

fn typed(kind: &str, properties: Vec<(&'static str, Document)>) -> Document {
    Document::Map(vec![("Type", Document::text(kind)), ("Properties", Document::Map(properties))])
}

fn reference(name: impl Into<String>) -> Document {
    Document::Map(vec![("Ref", Document::text(name))])
}
