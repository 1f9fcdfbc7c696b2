//! Facets of the kinds that permissions are made of.
//!
//! Tags count here: policies compare them (IAM guide, `aws:PrincipalTag`).

use super::table::{Key, Kind, List, Same, by};

const fn policies(member: &'static str, key: &'static [&'static str], policy: &'static str) -> List {
    List { member, key: Key::Member(key), same: Same::Policy(policy), content: Some(policy) }
}

const ATTACHED: List = by("AttachedPolicies", &["PolicyArn"]);
const INLINE: List = policies("InlinePolicies", &["PolicyName"], "PolicyDocument");
const TAGS: List =
    List { member: "Tags", key: Key::Member(&["Key"]), same: Same::Members(&["Value"]), content: None };

const TARGET: &[List] = &[
    by("ServiceControlPolicies", &["Id"]),
    by("ResourceControlPolicies", &["Id"]),
    List {
        member: "PolicyTypes",
        key: Key::Member(&["Type"]),
        same: Same::Members(&["Status"]),
        content: None,
    },
];

const fn target(kind: &'static str) -> Kind {
    Kind {
        kind,
        lists: TARGET,
        attributes: &["ParentId"],
        secondary: &["ServiceControlPolicies", "ResourceControlPolicies", "ParentId", "PolicyTypes"],
    }
}

pub(super) static KINDS: &[Kind] = &[
    Kind {
        kind: "AWS::IAM::Role",
        lists: &[ATTACHED, INLINE, TAGS],
        attributes: &["AssumeRolePolicyDocument", "PermissionsBoundary"],
        secondary: &[
            "AttachedPolicies",
            "InlinePolicies",
            "Tags",
            "AssumeRolePolicyDocument",
            "PermissionsBoundary",
        ],
    },
    Kind {
        kind: "AWS::IAM::User",
        lists: &[ATTACHED, INLINE, TAGS, by("Groups", &["GroupName"])],
        attributes: &["PermissionsBoundary"],
        secondary: &["AttachedPolicies", "InlinePolicies", "Tags", "Groups", "PermissionsBoundary"],
    },
    Kind {
        kind: "AWS::IAM::Group",
        lists: &[ATTACHED, INLINE],
        attributes: &[],
        secondary: &["AttachedPolicies", "InlinePolicies"],
    },
    Kind {
        kind: "AWS::IAM::ManagedPolicy",
        lists: &[policies("Versions", &["VersionId"], "Document")],
        attributes: &["DefaultVersionId"],
        secondary: &["Versions", "DefaultVersionId"],
    },
    Kind {
        kind: "AWS::IAM::InstanceProfile",
        lists: &[by("Roles", &["RoleName"])],
        attributes: &[],
        secondary: &["Roles"],
    },
    Kind {
        kind: "AWS::S3::Bucket",
        lists: &[],
        attributes: &["Policy", "PublicAccessBlockConfiguration"],
        secondary: &["Policy", "PublicAccessBlockConfiguration", "LocationConstraint"],
    },
    Kind {
        kind: "AWS::KMS::Key",
        lists: &[by("Grants", &["GrantId"])],
        attributes: &["KeyPolicy", "KeyState"],
        secondary: &["Grants", "KeyPolicy", "KeyState"],
    },
    Kind { kind: "AWS::KMS::Alias", lists: &[], attributes: &["TargetKeyId"], secondary: &["TargetKeyId"] },
    Kind {
        kind: "AWS::SQS::Queue",
        lists: &[],
        attributes: &["Policy", "KmsMasterKeyId"],
        secondary: &["Policy", "KmsMasterKeyId"],
    },
    Kind {
        kind: "AWS::SNS::Topic",
        lists: &[],
        attributes: &["Policy", "KmsMasterKeyId"],
        secondary: &["Policy", "KmsMasterKeyId"],
    },
    Kind {
        kind: "AWS::SecretsManager::Secret",
        lists: &[],
        attributes: &["ResourcePolicy", "KmsKeyId"],
        secondary: &["ResourcePolicy", "KmsKeyId"],
    },
    Kind {
        kind: "AWS::Organizations::Policy",
        lists: &[by("Targets", &["TargetId"])],
        attributes: &["Name", "Content"],
        secondary: &["Targets", "Name", "Content"],
    },
    target("AWS::Organizations::Root"),
    target("AWS::Organizations::OrganizationalUnit"),
    target("AWS::Organizations::Account"),
    Kind {
        kind: "AWS::Organizations::Organization",
        lists: &[],
        attributes: &["MasterAccountId"],
        secondary: &["MasterAccountId"],
    },
];
