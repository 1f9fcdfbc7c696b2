//! Which call about permissions tells what: one table by operation, because these services use the same top-level keys
//! (`Policy`, `Policies`, `Keys`) for different things.

use super::Part;
use super::keys::FUNCTION;

/// Kinds of authorization documents.
pub(super) const ROLE: &str = "AWS::IAM::Role";
pub(super) const USER: &str = "AWS::IAM::User";
pub(super) const GROUP: &str = "AWS::IAM::Group";
pub(super) const MANAGED_POLICY: &str = "AWS::IAM::ManagedPolicy";
pub(super) const INSTANCE_PROFILE: &str = "AWS::IAM::InstanceProfile";
pub(super) const BUCKET: &str = "AWS::S3::Bucket";
pub(super) const KEY: &str = "AWS::KMS::Key";
pub(super) const ALIAS: &str = "AWS::KMS::Alias";
pub(super) const QUEUE: &str = "AWS::SQS::Queue";
pub(super) const TOPIC: &str = "AWS::SNS::Topic";
pub(super) const SECRET: &str = "AWS::SecretsManager::Secret";
pub(super) const DYNAMO_TABLE: &str = "AWS::DynamoDB::Table";
pub(super) const ORGANIZATION: &str = "AWS::Organizations::Organization";
pub(super) const ROOT: &str = "AWS::Organizations::Root";
pub(super) const UNIT: &str = "AWS::Organizations::OrganizationalUnit";
pub(super) const ACCOUNT: &str = "AWS::Organizations::Account";
pub(super) const ORGANIZATION_POLICY: &str = "AWS::Organizations::Policy";

/// All of them.
pub(super) const KINDS: &[&str] = &[
    ROLE,
    USER,
    GROUP,
    MANAGED_POLICY,
    INSTANCE_PROFILE,
    BUCKET,
    KEY,
    ALIAS,
    QUEUE,
    TOPIC,
    SECRET,
    DYNAMO_TABLE,
    ORGANIZATION,
    ROOT,
    UNIT,
    ACCOUNT,
    ORGANIZATION_POLICY,
];

/// What a resource's object tells about members that are read by other calls too, of which the latest counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told {
    /// Taken where they are there: their absence says nothing (IAM API reference, ListRoles: listing operations return
    /// a subset of the attributes).
    pub(super) lifts: &'static [&'static str],
    /// Taken, and known to be absent where they are not there.
    pub(super) tells: &'static [&'static str],
    /// Lists under another name in this answer, known to be empty where they are not there: name here, member.
    pub(super) lists: &'static [(&'static str, &'static str)],
}

const NOTHING: Told = Told { lifts: &[], tells: &[], lists: &[] };

/// What a call tells.
#[derive(Debug, Clone, Copy)]
pub(super) enum Call {
    /// One object under this key.
    One { kind: &'static str, key: &'static str, id: &'static str, told: Told },
    /// A list of objects: all there are, where nothing was chosen.
    All { kind: &'static str, key: &'static str, id: &'static str, told: Told, part: Part },
    /// A list of objects, some of those there are.
    Some { kind: &'static str, key: &'static str, id: &'static str, told: Told },
    /// The names of all resources of a kind.
    Ids { kind: &'static str, key: &'static str },
    /// A list member of the resource the request names.
    List { kind: &'static str, parameter: &'static str, key: &'static str, member: &'static str },
    /// The keys of a list member's elements, without their content.
    Names {
        kind: &'static str,
        parameter: &'static str,
        key: &'static str,
        member: &'static str,
        name: &'static str,
    },
    /// One element of a list member; an error that says that it does not exist tells as much.
    Element {
        kind: &'static str,
        parameter: &'static str,
        /// Where the element is in the answer; empty when it is the answer.
        key: &'static str,
        member: &'static str,
        /// What names it, in the request and in the element.
        name: &'static str,
    },
    /// One member; `none` are the errors that say that there is none.
    Value {
        kind: &'static str,
        parameter: &'static str,
        key: &'static str,
        member: &'static str,
        none: &'static [&'static str],
    },
    /// Told in its own way, in `permissions`.
    Special(Special),
}

/// Answers with a form of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Special {
    /// GetAccountAuthorizationDetails.
    AuthorizationDetails,
    /// SQS GetQueueAttributes.
    QueueAttributes,
    /// SNS GetTopicAttributes.
    TopicAttributes,
    /// Secrets Manager GetResourcePolicy.
    SecretPolicy,
    /// Organizations DescribePolicy.
    OrganizationPolicy,
    /// Organizations ListPoliciesForTarget.
    PoliciesForTarget,
    /// Organizations ListParents.
    Parents,
    /// Organizations ListChildren.
    Children,
    /// Organizations ListAccountsForParent.
    AccountsOfParent,
    /// Organizations ListOrganizationalUnitsForParent.
    UnitsOfParent,
    /// Lambda GetFunction.
    Function,
    /// Things inside an API: the parameter that names the API, the key they are under (the answer itself where it is
    /// empty), and the member that names each.
    Inside { kind: &'static str, api: &'static str, key: &'static str, name: &'static str },
}

/// An operation, a parameter or top-level key by which it is told from another service's operation of the same name, and
/// what it tells.
pub(super) type Row = (&'static str, &'static str, Call);

const ROLE_LISTED: Told = Told { lifts: &["AssumeRolePolicyDocument"], ..NOTHING };
const ROLE_TOLD: Told = Told {
    lifts: &["AssumeRolePolicyDocument"],
    tells: &["PermissionsBoundary"],
    lists: &[("Tags", "Tags")],
};
const USER_TOLD: Told = Told { tells: &["PermissionsBoundary"], lists: &[("Tags", "Tags")], ..NOTHING };
const POLICY_TOLD: Told = Told { lifts: &["DefaultVersionId"], ..NOTHING };
const KEY_TOLD: Told = Told { lifts: &["KeyState"], ..NOTHING };
const SECRET_TOLD: Told = Told { tells: &["KmsKeyId"], ..NOTHING };
const TABLE_TOLD: Told = Told {
    tells: &[
        "SSEDescription",
        "BillingModeSummary",
        "ProvisionedThroughput",
        "OnDemandThroughput",
        "StreamSpecification",
        "TableClassSummary",
        "DeletionProtectionEnabled",
    ],
    lists: &[("GlobalSecondaryIndexes", "GlobalSecondaryIndexes")],
    ..NOTHING
};

/// Members of the details of a role, user, group and managed policy (IAM API reference, GetAccountAuthorizationDetails).
pub(super) const DETAILS: &[(&str, &str, Told)] = &[
    (
        "RoleDetailList",
        ROLE,
        Told {
            lifts: &["AssumeRolePolicyDocument"],
            tells: &["PermissionsBoundary"],
            lists: &[
                ("AttachedManagedPolicies", "AttachedPolicies"),
                ("RolePolicyList", "InlinePolicies"),
                ("Tags", "Tags"),
            ],
        },
    ),
    (
        "UserDetailList",
        USER,
        Told {
            lifts: &[],
            tells: &["PermissionsBoundary"],
            lists: &[
                ("AttachedManagedPolicies", "AttachedPolicies"),
                ("UserPolicyList", "InlinePolicies"),
                ("Tags", "Tags"),
            ],
        },
    ),
    (
        "GroupDetailList",
        GROUP,
        Told {
            lifts: &[],
            tells: &[],
            lists: &[("AttachedManagedPolicies", "AttachedPolicies"), ("GroupPolicyList", "InlinePolicies")],
        },
    ),
    (
        "Policies",
        MANAGED_POLICY,
        Told { lifts: &["DefaultVersionId"], tells: &[], lists: &[("PolicyVersionList", "Versions")] },
    ),
];

const fn attached(kind: &'static str, parameter: &'static str) -> Call {
    Call::List { kind, parameter, key: "AttachedPolicies", member: "AttachedPolicies" }
}

const fn inline_names(kind: &'static str, parameter: &'static str) -> Call {
    Call::Names { kind, parameter, key: "PolicyNames", member: "InlinePolicies", name: "PolicyName" }
}

const fn inline(kind: &'static str, parameter: &'static str) -> Call {
    Call::Element { kind, parameter, key: "", member: "InlinePolicies", name: "PolicyName" }
}

const fn one(kind: &'static str, key: &'static str, id: &'static str, told: Told) -> Call {
    Call::One { kind, key, id, told }
}

/// A list that tells all there is to tell.
const fn all(kind: &'static str, key: &'static str, id: &'static str, told: Told) -> Call {
    Call::All { kind, key, id, told, part: Part::Object }
}

/// A list of resources of which another call tells more.
const fn brief(kind: &'static str, key: &'static str, id: &'static str, told: Told) -> Call {
    Call::All { kind, key, id, told, part: Part::Partial }
}

const fn some(kind: &'static str, key: &'static str, id: &'static str, told: Told) -> Call {
    Call::Some { kind, key, id, told }
}

/// Every call about permissions that is understood.
pub(super) const CALLS: &[Row] = &[
    ("GetAccountAuthorizationDetails", "", Call::Special(Special::AuthorizationDetails)),
    ("GetRole", "Role", one(ROLE, "Role", "Arn", ROLE_TOLD)),
    ("ListRoles", "Roles", brief(ROLE, "Roles", "Arn", ROLE_LISTED)),
    ("ListAttachedRolePolicies", "RoleName", attached(ROLE, "RoleName")),
    ("ListRolePolicies", "RoleName", inline_names(ROLE, "RoleName")),
    ("GetRolePolicy", "RoleName", inline(ROLE, "RoleName")),
    (
        "ListRoleTags",
        "RoleName",
        Call::List { kind: ROLE, parameter: "RoleName", key: "Tags", member: "Tags" },
    ),
    ("GetUser", "User", one(USER, "User", "Arn", USER_TOLD)),
    ("ListUsers", "Users", brief(USER, "Users", "Arn", NOTHING)),
    ("ListAttachedUserPolicies", "UserName", attached(USER, "UserName")),
    ("ListUserPolicies", "UserName", inline_names(USER, "UserName")),
    ("GetUserPolicy", "UserName", inline(USER, "UserName")),
    (
        "ListUserTags",
        "UserName",
        Call::List { kind: USER, parameter: "UserName", key: "Tags", member: "Tags" },
    ),
    (
        "ListGroupsForUser",
        "UserName",
        Call::List { kind: USER, parameter: "UserName", key: "Groups", member: "Groups" },
    ),
    ("GetGroup", "Group", one(GROUP, "Group", "Arn", NOTHING)),
    ("ListGroups", "Groups", brief(GROUP, "Groups", "Arn", NOTHING)),
    ("ListAttachedGroupPolicies", "GroupName", attached(GROUP, "GroupName")),
    ("ListGroupPolicies", "GroupName", inline_names(GROUP, "GroupName")),
    ("GetGroupPolicy", "GroupName", inline(GROUP, "GroupName")),
    ("GetPolicy", "PolicyArn", one(MANAGED_POLICY, "Policy", "Arn", POLICY_TOLD)),
    (
        "GetPolicyVersion",
        "PolicyArn",
        Call::Element {
            kind: MANAGED_POLICY,
            parameter: "PolicyArn",
            key: "PolicyVersion",
            member: "Versions",
            name: "VersionId",
        },
    ),
    (
        "ListPolicyVersions",
        "PolicyArn",
        Call::List { kind: MANAGED_POLICY, parameter: "PolicyArn", key: "Versions", member: "Versions" },
    ),
    ("GetInstanceProfile", "InstanceProfile", one(INSTANCE_PROFILE, "InstanceProfile", "Arn", NOTHING)),
    ("ListInstanceProfiles", "InstanceProfiles", brief(INSTANCE_PROFILE, "InstanceProfiles", "Arn", NOTHING)),
    (
        "ListInstanceProfilesForRole",
        "InstanceProfiles",
        some(INSTANCE_PROFILE, "InstanceProfiles", "Arn", NOTHING),
    ),
    ("ListBuckets", "Buckets", all(BUCKET, "Buckets", "Name", NOTHING)),
    (
        "GetBucketPolicy",
        "Bucket",
        Call::Value {
            kind: BUCKET,
            parameter: "Bucket",
            key: "Policy",
            member: "Policy",
            none: &["NoSuchBucketPolicy"],
        },
    ),
    (
        "GetPublicAccessBlock",
        "Bucket",
        Call::Value {
            kind: BUCKET,
            parameter: "Bucket",
            key: "PublicAccessBlockConfiguration",
            member: "PublicAccessBlockConfiguration",
            none: &["NoSuchPublicAccessBlockConfiguration"],
        },
    ),
    (
        "GetBucketLocation",
        "Bucket",
        Call::Value {
            kind: BUCKET,
            parameter: "Bucket",
            key: "LocationConstraint",
            member: "LocationConstraint",
            none: &[],
        },
    ),
    ("DescribeKey", "KeyMetadata", one(KEY, "KeyMetadata", "Arn", KEY_TOLD)),
    ("ListKeys", "Keys", brief(KEY, "Keys", "KeyArn", NOTHING)),
    ("ListAliases", "Aliases", all(ALIAS, "Aliases", "AliasArn", NOTHING)),
    (
        "GetKeyPolicy",
        "KeyId",
        Call::Value { kind: KEY, parameter: "KeyId", key: "Policy", member: "KeyPolicy", none: &[] },
    ),
    ("ListGrants", "KeyId", Call::List { kind: KEY, parameter: "KeyId", key: "Grants", member: "Grants" }),
    (
        "GetPolicy",
        "FunctionName",
        Call::Value {
            kind: FUNCTION,
            parameter: "FunctionName",
            key: "Policy",
            member: "Policy",
            none: &["ResourceNotFoundException"],
        },
    ),
    ("ListQueues", "QueueUrls", Call::Ids { kind: QUEUE, key: "QueueUrls" }),
    ("GetQueueAttributes", "QueueUrl", Call::Special(Special::QueueAttributes)),
    ("ListTopics", "Topics", brief(TOPIC, "Topics", "TopicArn", NOTHING)),
    ("GetTopicAttributes", "TopicArn", Call::Special(Special::TopicAttributes)),
    ("DescribeSecret", "ARN", one(SECRET, "", "ARN", SECRET_TOLD)),
    ("ListSecrets", "SecretList", brief(SECRET, "SecretList", "ARN", SECRET_TOLD)),
    ("GetResourcePolicy", "SecretId", Call::Special(Special::SecretPolicy)),
    ("DescribeTable", "Table", one(DYNAMO_TABLE, "Table", "TableArn", TABLE_TOLD)),
    ("ListTables", "TableNames", Call::Ids { kind: DYNAMO_TABLE, key: "TableNames" }),
    (
        "GetResourcePolicy",
        "ResourceArn",
        Call::Value {
            kind: DYNAMO_TABLE,
            parameter: "ResourceArn",
            key: "Policy",
            member: "ResourcePolicy",
            none: &["PolicyNotFoundException", "ResourceNotFoundException"],
        },
    ),
    ("DescribeOrganization", "Organization", one(ORGANIZATION, "Organization", "Id", NOTHING)),
    ("ListRoots", "Roots", all(ROOT, "Roots", "Id", NOTHING)),
    ("ListAccounts", "Accounts", brief(ACCOUNT, "Accounts", "Id", NOTHING)),
    ("DescribeAccount", "Account", one(ACCOUNT, "Account", "Id", NOTHING)),
    ("DescribeOrganizationalUnit", "OrganizationalUnit", one(UNIT, "OrganizationalUnit", "Id", NOTHING)),
    ("ListAccountsForParent", "ParentId", Call::Special(Special::AccountsOfParent)),
    ("ListOrganizationalUnitsForParent", "ParentId", Call::Special(Special::UnitsOfParent)),
    ("ListChildren", "ParentId", Call::Special(Special::Children)),
    ("ListParents", "ChildId", Call::Special(Special::Parents)),
    // Of IAM and of Organizations: what is listed has an ARN as its name, or is named by its id.
    ("ListPolicies", "Filter", some(ORGANIZATION_POLICY, "Policies", "Id", NOTHING)),
    ("ListPolicies", "Policies", some(MANAGED_POLICY, "Policies", "Arn", POLICY_TOLD)),
    ("DescribePolicy", "PolicyId", Call::Special(Special::OrganizationPolicy)),
    ("ListPoliciesForTarget", "TargetId", Call::Special(Special::PoliciesForTarget)),
    (
        "ListTargetsForPolicy",
        "PolicyId",
        Call::List { kind: ORGANIZATION_POLICY, parameter: "PolicyId", key: "Targets", member: "Targets" },
    ),
];

/// Lists that are told by a call that lists them and by calls about single elements: the member, what names an element,
/// and what a call that only lists them leaves out.
pub(super) const LISTS: &[(&str, &str, &str)] =
    &[("InlinePolicies", "PolicyName", "PolicyDocument"), ("Versions", "VersionId", "Document")];
