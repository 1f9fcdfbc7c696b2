//! Reading calls that show permissions.

use super::super::Place;
use super::super::identity::name_of;
use super::super::plan::Plan;
use super::super::resource_policy::queue_url;
use super::super::shell::{Call, Word};
use crate::delta::{Delta, Edit};

/// Kind, member, service, operation, flag that takes the name, and where the member is in the answer; an empty member
/// stands for the resource and for members that are not named before it.
const LOOKS: &[(&str, &str, &str, &str, &str, &str)] = &[
    (ROLE, "InlinePolicies", "iam", "ListRolePolicies", "--role-name", "PolicyNames"),
    (ROLE, "AttachedPolicies", "iam", "ListAttachedRolePolicies", "--role-name", "AttachedPolicies"),
    (ROLE, "", "iam", "GetRole", "--role-name", "Role"),
    (USER, "InlinePolicies", "iam", "ListUserPolicies", "--user-name", "PolicyNames"),
    (USER, "AttachedPolicies", "iam", "ListAttachedUserPolicies", "--user-name", "AttachedPolicies"),
    (USER, "Groups", "iam", "ListGroupsForUser", "--user-name", "Groups[].GroupName"),
    (USER, "", "iam", "GetUser", "--user-name", "User"),
    (GROUP, "InlinePolicies", "iam", "ListGroupPolicies", "--group-name", "PolicyNames"),
    (GROUP, "AttachedPolicies", "iam", "ListAttachedGroupPolicies", "--group-name", "AttachedPolicies"),
    (GROUP, "", "iam", "GetGroup", "--group-name", "Group"),
    (MANAGED_POLICY, "Versions", "iam", "ListPolicyVersions", "--policy-arn", "Versions[].VersionId"),
    (MANAGED_POLICY, "", "iam", "GetPolicy", "--policy-arn", "Policy"),
    (PROFILE, "", "iam", "GetInstanceProfile", "--instance-profile-name", "InstanceProfile"),
    (BUCKET, "Policy", "s3api", "GetBucketPolicy", "--bucket", "Policy"),
    (
        BUCKET,
        "PublicAccessBlockConfiguration",
        "s3api",
        "GetPublicAccessBlock",
        "--bucket",
        "PublicAccessBlockConfiguration",
    ),
    (BUCKET, "", "s3api", "HeadBucket", "--bucket", ""),
    (KEY, "KeyPolicy", "kms", "GetKeyPolicy", "--key-id", "Policy"),
    (KEY, "Grants", "kms", "ListGrants", "--key-id", "Grants"),
    (KEY, "", "kms", "DescribeKey", "--key-id", "KeyMetadata"),
    (ALIAS, "", "kms", "DescribeKey", "--key-id", "KeyMetadata.KeyId"),
    (FUNCTION, "Policy/Statement", "lambda", "GetPolicy", "--function-name", "Policy"),
    (QUEUE, "", "sqs", "GetQueueAttributes", "--queue-url", "Attributes"),
    (TOPIC, "", "sns", "GetTopicAttributes", "--topic-arn", "Attributes"),
    (SECRET, "ResourcePolicy", "secretsmanager", "GetResourcePolicy", "--secret-id", "ResourcePolicy"),
    (SECRET, "", "secretsmanager", "DescribeSecret", "--secret-id", ""),
    (TABLE, "ResourcePolicy", "dynamodb", "GetResourcePolicy", "--resource-arn", "Policy"),
    (TABLE, "", "dynamodb", "DescribeTable", "--table-name", "Table"),
    (POLICY, "Content", "organizations", "DescribePolicy", "--policy-id", "Policy.Content"),
    (POLICY, "Targets", "organizations", "ListTargetsForPolicy", "--policy-id", "Targets[].TargetId"),
    (POLICY, "", "organizations", "DescribePolicy", "--policy-id", "Policy.PolicySummary"),
    (ROOT, "PolicyTypes", "organizations", "ListRoots", "", "Roots[0].PolicyTypes"),
];

const ROLE: &str = "AWS::IAM::Role";
const USER: &str = "AWS::IAM::User";
const GROUP: &str = "AWS::IAM::Group";
const MANAGED_POLICY: &str = "AWS::IAM::ManagedPolicy";
const PROFILE: &str = "AWS::IAM::InstanceProfile";
const BUCKET: &str = "AWS::S3::Bucket";
const KEY: &str = "AWS::KMS::Key";
const ALIAS: &str = "AWS::KMS::Alias";
const FUNCTION: &str = "AWS::Lambda::Function";
const QUEUE: &str = "AWS::SQS::Queue";
const TOPIC: &str = "AWS::SNS::Topic";
const SECRET: &str = "AWS::SecretsManager::Secret";
const TABLE: &str = "AWS::DynamoDB::Table";
const POLICY: &str = "AWS::Organizations::Policy";
const ROOT: &str = "AWS::Organizations::Root";

/// The call that shows what these edits of one member of one resource change, and where in its answer.
pub(super) fn look(plan: &Plan<'_>, place: &Place, edits: &[&Edit]) -> Option<(Call, String)> {
    let first = edits.first()?;
    let (kind, id) = (first.resource.kind.as_str(), first.resource.id.as_str());
    let member = first.facet.member.as_str();
    if let Some(found) = inline(place, edits).or_else(|| in_organization(place, kind, id, member)) {
        return Some(found);
    }
    let row = |wanted: &str| LOOKS.iter().find(|(of, name, ..)| *of == kind && *name == wanted);
    let (_, named, service, operation, flag, path) = row(member).or_else(|| row(""))?;
    let call = Call::new(place, service, operation);
    let word = if plan.is_renamed(id) { plan.id(id) } else { Word::from(name(kind, member, id)?) };
    let call = if flag.is_empty() { call } else { call.arg(flag, word) };
    let call = match *operation {
        "GetKeyPolicy" => call.arg("--policy-name", "default"),
        "GetQueueAttributes" => call.arg("--attribute-names", if member.is_empty() { "All" } else { member }),
        _ => call,
    };
    let query = match (named.is_empty() && !member.is_empty(), path.is_empty()) {
        (true, true) => member.replace('/', "."),
        // What an alias is for is all its document says.
        (true, false) if kind == ALIAS => (*path).to_owned(),
        (true, false) => format!("{path}.{}", member.replace('/', ".")),
        (false, _) => (*path).to_owned(),
    };
    Some((call, query))
}

/// One inline policy is shown as a whole.
fn inline(place: &Place, edits: &[&Edit]) -> Option<(Call, String)> {
    let [edit] = edits else { return None };
    let (operation, flag) = match (edit.resource.kind.as_str(), edit.facet.member.as_str()) {
        (ROLE, "InlinePolicies") => ("GetRolePolicy", "--role-name"),
        (USER, "InlinePolicies") => ("GetUserPolicy", "--user-name"),
        (GROUP, "InlinePolicies") => ("GetGroupPolicy", "--group-name"),
        (MANAGED_POLICY, "Versions") => {
            let version = edit.facet.element.as_deref()?;
            let call =
                Call::new(place, "iam", "GetPolicyVersion").arg("--policy-arn", edit.resource.id.as_str());
            return Some((call.arg("--version-id", version), "PolicyVersion.Document".to_owned()));
        }
        _ => return None,
    };
    let policy = edit.facet.element.as_deref()?;
    let call = Call::new(place, "iam", operation).arg(flag, name_of(&edit.resource.id));
    Some((call.arg("--policy-name", policy), "PolicyDocument".to_owned()))
}

/// Where something is in an organization, and which policies it has.
fn in_organization(place: &Place, kind: &str, id: &str, member: &str) -> Option<(Call, String)> {
    let call = |operation| Call::new(place, "organizations", operation);
    let filter = match (kind.strip_prefix("AWS::Organizations::")?, member) {
        ("Account" | "OrganizationalUnit" | "Root", "ServiceControlPolicies") => "SERVICE_CONTROL_POLICY",
        ("Account" | "OrganizationalUnit" | "Root", "ResourceControlPolicies") => "RESOURCE_CONTROL_POLICY",
        ("Account" | "OrganizationalUnit", "ParentId") => {
            return Some((call("ListParents").arg("--child-id", id), "Parents[0].Id".to_owned()));
        }
        _ => return None,
    };
    let call = call("ListPoliciesForTarget").arg("--target-id", id).arg("--filter", filter);
    Some((call, "Policies[].Id".to_owned()))
}

/// How calls name a resource.
fn name(kind: &str, member: &str, id: &str) -> Option<String> {
    Some(match kind {
        // Its policy goes by its ARN.
        TABLE if member == "ResourcePolicy" => id.to_owned(),
        ROLE | USER | GROUP | PROFILE | TABLE => name_of(id).to_owned(),
        FUNCTION => id.rsplit(':').next().unwrap_or(id).to_owned(),
        QUEUE => queue_url(id)?,
        _ => id.to_owned(),
    })
}

/// Whether another look shows the same, or no command changes it: an attachment is seen at its target, and a version
/// that is no longer in force stays.
pub(super) fn is_shown_elsewhere(edit: &Edit, delta: &Delta) -> bool {
    let has = |is: &dyn Fn(&Edit) -> bool| delta.edits.iter().any(is);
    match (edit.resource.kind.as_str(), edit.facet.member.as_str()) {
        (POLICY, "Targets") => has(&|other: &Edit| {
            Some(&other.resource.id) == edit.facet.element.as_ref()
                && other.facet.element.as_ref() == Some(&edit.resource.id)
        }),
        (MANAGED_POLICY, "Versions") => {
            has(&|other: &Edit| other.resource == edit.resource && other.facet.member == "DefaultVersionId")
        }
        _ => false,
    }
}
