//! Requests where documents are missing, where nothing is wrong, and where nothing ever was allowed.

use super::access_role::function_alarm;
use crate::scenarios::make::cloud::Place;
use crate::scenarios::make::denial::{Denial, Session, Spelling};
use crate::scenarios::make::estate::cause;
use crate::scenarios::make::permits::{Function, Role, allow, bucket_arns, policy};
use crate::scenarios::make::signal::{Alarm, Format};
use crate::scenarios::make::story::Story;
use crate::scenarios::make::trail::{Actor, Dialect};
use crate::scenarios::make::truth::Truth;
use serde_json::json;

/// A function that stores objects.
struct Archive {
    place: Place,
    role: Role,
    function: Function,
    bucket: String,
}

fn archive(story: &mut Story, place: Place) -> Archive {
    let account = place.account.clone();
    story.at("06:00:00");
    story.bystanders(&place);
    let bucket = format!("bookings-archive-{account}");
    story.bucket(&place, &bucket, None);
    let write = allow("Archive", &["s3:PutObject"], &bucket_arns(std::slice::from_ref(&bucket)));
    let role = story.role(&account, "bookings-archive-role", "lambda.amazonaws.com", &[write]);
    let function = story.function(&place, "bookings-archive", &role, json!({ "BUCKET": bucket }));
    Archive { place, role, function, bucket }
}

impl Archive {
    fn fails(&self, story: &mut Story, reason: &str) {
        let session = Session::of_function(story, &self.function);
        story.log_work(&session, "archived 212 bookings", ("20:31:05", 60, 9));
        let object = format!("arn:aws:s3:::{}/2026/06/03/20.parquet", self.bucket);
        let denial = Denial::of_s3("s3:PutObject", &object, reason);
        let spelling = Spelling::Boto("AccessDenied", "PutObject");
        story.log_denials(&session, spelling, &[denial], ("20:41:05", 60, 9));
    }
}

/// The recorder may not read the role's policies.
pub(super) fn policies_not_readable(story: &mut Story) {
    let archive = archive(story, Place::new("592740186613", "eu-west-1"));
    story.permits.refused = vec![
        "GetRole",
        "ListAttachedRolePolicies",
        "ListRolePolicies",
        "GetRolePolicy",
        "GetPolicy",
        "ListPolicyVersions",
        "GetPolicyVersion",
    ];
    story.observe();
    story.at("20:38:40");
    let edit =
        policy(&[allow("Reports", &["s3:PutObject"], &bucket_arns(&["nightly-report-exchange".to_owned()]))]);
    let decoy = story.put_role_policy(&Actor::admin("c.brandao"), "nightly-report", "exchange", &edit);
    story.at("20:39:12");
    let request = json!({ "functionName": archive.function.name, "publish": false, "dryRun": false });
    let answer = json!({ "functionName": archive.function.name, "functionArn": archive.function.arn(), "environment": {} });
    let deploy = Actor::pipeline("service-deploy", "release-640");
    let operation = "UpdateFunctionCode20150331v2";
    let code = story.made_in(&deploy, &archive.place, "lambda", operation, Dialect::Flat, request, answer);
    archive.fails(story, "because no identity-based policy allows the s3:PutObject action");
    story.at("20:43:50");
    let alarm = function_alarm("bookings-archive-errors", &archive.function);
    story.fire(&archive.place, alarm, "20:41:05", Format::Sns);
    story.investigate("20:51:20");
    let parts = ("identity policies of the role", &[][..], None);
    let cause =
        cause(&archive.place, &archive.role.name, &[archive.role.arn()], &["polic|permission|allow"], parts);
    story.truth = Truth {
        title: "A function is denied its bucket, and its role's policies cannot be read",
        why: "AWS names the layer, the documents are not there: how it came about cannot be known",
        outcome: "root_cause",
        also_allowed: vec!["undetermined"],
        causes: vec![cause],
        must_not_blame: vec![decoy, code, "nightly-report".to_owned(), archive.bucket.clone()],
        must_state_gaps: vec!["iam|GetRolePolicy|ListAttachedRolePolicies|polic"],
        plan_status: vec!["none", "unverified"],
        notes: "In truth the permission went before the trail begins; nothing in the bundle can show that.",
        ..Truth::default()
    };
}

/// AWS names a control policy; nobody recorded the organization. The role was edited just before.
pub(super) fn organization_not_recorded(story: &mut Story) {
    let archive = archive(story, Place::new("720381469955", "us-east-1"));
    story.observe();
    story.at("20:40:12");
    let same = bucket_arns(std::slice::from_ref(&archive.bucket));
    let edit = policy(&[allow("Archive", &["s3:PutObject", "s3:AbortMultipartUpload"], &same)]);
    let name = format!("{}-inline", archive.role.name);
    let decoy = story.put_role_policy(&Actor::admin("c.brandao"), &archive.role.name, &name, &edit);
    archive.fails(story, "with an explicit deny in a service control policy");
    story.at("20:43:50");
    let alarm = function_alarm("bookings-archive-errors", &archive.function);
    story.fire(&archive.place, alarm, "20:41:05", Format::EventBridge);
    story.investigate("20:51:20");
    story.truth = Truth {
        title: "A function is denied its bucket by a control policy nobody recorded",
        why: "AWS names the layer; blaming the edit of the role, which is recorded, would be wrong",
        outcome: "undetermined",
        must_not_blame: vec![
            decoy,
            archive.role.name.clone(),
            archive.role.arn(),
            archive.bucket.clone(),
            archive.function.name.clone(),
            archive.function.arn(),
        ],
        must_state_gaps: vec!["organi[sz]ation|service control"],
        must_mention: vec!["service control policy"],
        plan_status: vec!["none", "unverified"],
        ..Truth::default()
    };
}

/// Somebody sets an alarm by hand. A policy was rewritten to the same effect, and a report is denied what it always is.
pub(super) fn alarm_by_hand(story: &mut Story) {
    let place = Place::new("403915576828", "us-west-2");
    let account = &place.account;
    story.at("06:00:00");
    story.bystanders(&place);
    let table = story.dynamo_table(&place, "weather-cache", "cell");
    let actions = ["dynamodb:GetItem", "dynamodb:PutItem"];
    let both = allow("Cache", &actions, &[table.arn()]);
    let role = story.role(account, "weather-cache-role", "lambda.amazonaws.com", &[both]);
    let function = story.function(&place, "weather-cache", &role, json!({ "TABLE_NAME": table.name }));
    story.observe();
    let session = Session::of_function(story, &function);
    story.log_work(&session, "cell 48.2,16.3 from cache", ("12:31:05", 60, 19));
    story.at("12:40:10");
    let split = actions.map(|action| {
        allow(if action.ends_with("GetItem") { "Read" } else { "Write" }, &[action], &[table.arn()])
    });
    let name = format!("{}-inline", role.name);
    let actor = Actor::pipeline("iam-as-code", "plan-apply-1204");
    let edit = story.put_role_policy(&actor, &role.name, &name, &policy(&split));
    story.at("12:43:00");
    let alarm = Alarm { level: 0.0, ..function_alarm("weather-cache-errors", &function) };
    let request =
        json!({ "alarmName": alarm.name, "stateValue": "ALARM", "stateReason": "testing the on-call rota" });
    let tester = Actor::user("oncall-drill");
    let service = "monitoring";
    let set = story.made_in(
        &tester,
        &place,
        service,
        "SetAlarmState",
        Dialect::Flat,
        request,
        serde_json::Value::Null,
    );
    story.fire(&place, alarm, "12:42:00", Format::EventBridge);
    story.investigate("12:51:20");
    story.truth = Truth {
        title: "An alarm is set by hand while everything works",
        why: "a policy rewritten to the same effect and denials that are months old must not be blamed",
        outcome: "no_fault",
        also_allowed: vec!["undetermined"],
        must_not_blame: vec![
            edit,
            set,
            role.name.clone(),
            role.arn(),
            "cost-report-reader".to_owned(),
            table.name.clone(),
            function.name.clone(),
        ],
        plan_status: vec!["not_needed", "none"],
        ..Truth::default()
    };
}

/// A stack cannot be created: its role never was allowed to make a VPC.
pub(super) fn deployment_never_allowed(story: &mut Story) {
    let place = Place::new("659108823407", "eu-central-1");
    let account = &place.account;
    story.at("06:00:00");
    story.bystanders(&place);
    let everything = ["*".to_owned()];
    let actions = [
        "ec2:Describe*",
        "ec2:CreateSubnet",
        "ec2:CreateRouteTable",
        "ec2:CreateTags",
        "ec2:AssociateRouteTable",
    ];
    let network = allow("Network", &actions, &everything);
    let role = story.role(account, "cfn-network-deploy", "cloudformation.amazonaws.com", &[network]);
    let buckets = allow("Sites", &["s3:CreateBucket", "s3:PutBucketPolicy"], &everything);
    story.role(account, "cfn-site-deploy", "cloudformation.amazonaws.com", &[buckets]);
    story.observe();
    story.at("09:55:30");
    let more = policy(&[allow(
        "Sites",
        &["s3:CreateBucket", "s3:PutBucketPolicy", "s3:PutBucketTagging"],
        &everything,
    )]);
    let decoy =
        story.put_role_policy(&Actor::admin("c.brandao"), "cfn-site-deploy", "cfn-site-deploy-inline", &more);
    let session = format!("arn:aws:sts::{account}:assumed-role/{}/AWSCloudFormation", role.name);
    let blob = format!("{}{}", story.ids.hex("blob"), story.ids.hex("blob end"));
    let message = format!(
        "You are not authorized to perform this operation. User: {session} is not authorized to perform: ec2:CreateVpc on \
         resource: arn:aws:ec2:{}:{account}:vpc/* because no identity-based policy allows the ec2:CreateVpc action. Encoded \
         authorization failure message: {blob}",
        place.region
    );
    story.at("09:58:21");
    let error = ("Client.UnauthorizedOperation", message.as_str());
    let actor = Actor::script(&role.name, "AWSCloudFormation");
    let request = json!({ "cidrBlock": "10.140.0.0/16", "instanceTenancy": "default", "amazonProvidedIpv6CidrBlock": false });
    let denied = story.refused_in(&actor, &place, "ec2", "CreateVpc", request, error);
    let by = "cloudformation.amazonaws.com";
    story.annotate(&denied, json!({ "sourceIPAddress": by, "userAgent": by }));
    story.invoked_by(&denied, by);
    failed_stack(story, &place, &role, &message);
    story.investigate("10:04:20");
    let parts = ("missing permission ec2:CreateVpc", &[][..], None);
    let cause = cause(&place, &role.name, &[role.arn()], &["polic|permission|allow"], parts);
    story.truth = Truth {
        title: "A stack cannot be created",
        why: "no change broke it: the role never had the permission, and the edit nearby is another role's",
        outcome: "root_cause",
        causes: vec![cause],
        must_not_blame: vec![decoy, "cfn-site-deploy".to_owned(), denied],
        must_mention: vec!["ec2:CreateVpc"],
        plan_status: vec!["verified", "unverified"],
        apply: vec![(
            "iam",
            "PutRolePolicy",
            json!({ "RoleName": role.name, "PolicyName": "*", "PolicyDocument": "*" }),
        )],
        ..Truth::default()
    };
}

/// The stack's alert, its events and its description.
fn failed_stack(story: &mut Story, place: &Place, role: &Role, message: &str) {
    let stack = place.arn("cloudformation", &format!("stack/network-base/{}", story.ids.uuid("stack")));
    let failure = format!(
        "Resource handler returned message: \"{message} (Service: Ec2, Status Code: 403, Request ID: {})\" (RequestToken: {}, \
         HandlerErrorCode: AccessDenied)",
        story.ids.uuid("ec2 request"),
        story.ids.uuid("request token")
    );
    let summary = "The following resource(s) failed to create: [Vpc]. Rollback requested by user.";
    story.at("09:58:27");
    story.signals.alert = Some(json!({
        "version": "0", "id": story.ids.uuid("stack event"), "detail-type": "CloudFormation Stack Status Change",
        "source": "aws.cloudformation", "account": place.account, "time": story.now.to_string(), "region": place.region,
        "resources": [stack],
        "detail": { "stack-id": stack, "client-request-token": "", "status-details": {
            "status": "ROLLBACK_IN_PROGRESS", "status-reason": summary } }
    }));
    story.at("10:04:20");
    let event = |at: &str, logical: &str, kind: &str, status: &str, reason: Option<&str>| {
        json!({ "StackId": stack, "EventId": format!("{logical}-{status}-{at}"), "StackName": "network-base",
            "LogicalResourceId": logical, "ResourceType": kind, "Timestamp": format!("2026-06-03T{at}Z"),
            "ResourceStatus": status, "ResourceStatusReason": reason })
    };
    let own = "AWS::CloudFormation::Stack";
    let events = [
        event("09:58:40", "network-base", own, "ROLLBACK_COMPLETE", None),
        event("09:58:26", "network-base", own, "ROLLBACK_IN_PROGRESS", Some(summary)),
        event("09:58:22", "Vpc", "AWS::EC2::VPC", "CREATE_FAILED", Some(&failure)),
        event("09:58:20", "Vpc", "AWS::EC2::VPC", "CREATE_IN_PROGRESS", None),
        event("09:58:16", "network-base", own, "CREATE_IN_PROGRESS", Some("User Initiated")),
    ];
    let parameters = json!({ "StackName": stack });
    story.call(
        place,
        "cloudformation",
        "DescribeStackEvents",
        parameters.clone(),
        json!({ "StackEvents": events }),
    );
    let described = json!({ "Stacks": [{ "StackId": stack, "StackName": "network-base", "RoleARN": role.arn(),
        "CreationTime": "2026-06-03T09:58:14Z", "StackStatus": "ROLLBACK_COMPLETE", "Capabilities": [] }] });
    story.call(place, "cloudformation", "DescribeStacks", parameters, described);
}

/// The table is overloaded. Just before, the role lost a policy for something it was not seen to do.
pub(super) fn throttled_not_denied(story: &mut Story) {
    let place = Place::new("318427906650", "eu-west-1");
    let account = &place.account;
    story.at("06:00:00");
    story.bystanders(&place);
    let table = story.dynamo_table(&place, "weather-cells", "cell");
    let cache = allow("Cache", &["dynamodb:GetItem", "dynamodb:PutItem"], &[table.arn()]);
    let role = story.role(account, "weather-cache-role", "lambda.amazonaws.com", &[cache]);
    let exports = allow("Exports", &["s3:PutObject"], &bucket_arns(&["weather-exports".to_owned()]));
    let unused = story.managed_policy(account, "weather-exports-write", &[policy(&[exports])]);
    story.with_policy(&role.name, &unused);
    let function = story.function(&place, "weather-cache", &role, json!({ "TABLE_NAME": table.name }));
    story.observe();
    let session = Session::of_function(story, &function);
    story.log_work(&session, "cell 48.2,16.3 from cache", ("12:31:05", 60, 9));
    story.at("12:40:10");
    let decoy = story.detach_role_policy(&Actor::admin("h.lindqvist"), &role.name, &unused);
    let error = "ClientError: An error occurred (ProvisionedThroughputExceededException) when calling the GetItem operation \
                 (reached max retries: 9): The level of configured provisioned throughput for the table was exceeded. \
                 Consider increasing your provisioning level with the UpdateTable API.";
    for minute in 41..51 {
        story.log_error(&session, error, &format!("12:{minute}:05"));
    }
    story.at("12:43:20");
    story.fire(&place, function_alarm("weather-cache-errors", &function), "12:41:05", Format::Sns);
    story.investigate("12:51:20");
    story.truth = Truth {
        title: "A table is overloaded, and a policy was detached a minute before",
        why: "the change takes a permission away that nobody was denied: the errors are of another kind",
        outcome: "undetermined",
        also_allowed: vec!["no_fault"],
        must_not_blame: vec![
            decoy,
            unused,
            role.name.clone(),
            role.arn(),
            "cost-report-reader".to_owned(),
            "nightly-report".to_owned(),
        ],
        must_mention: vec!["throughput|throttl"],
        plan_status: vec!["none", "unverified", "not_needed"],
        ..Truth::default()
    };
}

/// A foreign bucket denies; minutes later the caller's own role is narrowed in haste, which denies as well.
pub(super) fn narrowed_after_symptom(story: &mut Story) {
    let archive = archive(story, Place::new("857013624498", "us-east-1"));
    let foreign = "arn:aws:s3:::partner-rates-feed";
    let both = [format!("{foreign}/*"), format!("arn:aws:s3:::{}/*", archive.bucket)];
    let wide = policy(&[allow("Objects", &["s3:GetObject", "s3:PutObject"], &both)]);
    let name = format!("{}-inline", archive.role.name);
    story.edit_role(&archive.role.name, |role| {
        role.inline.insert(name.clone(), wide.clone());
    });
    story.observe();
    let session = Session::of_function(story, &archive.function);
    story.log_work(&session, "fetched rates", ("20:31:05", 60, 8));
    let reason = "with an explicit deny in a resource-based policy";
    let denial = Denial::of_s3("s3:GetObject", &format!("{foreign}/2026-06-03.csv"), reason);
    let spelling = Spelling::Boto("AccessDenied", "GetObject");
    story.log_denials(&session, spelling, &[denial], ("20:39:05", 60, 12));
    story.at("20:42:10");
    let alarm = function_alarm("bookings-archive-errors", &archive.function);
    story.fire(&archive.place, alarm, "20:39:05", Format::Webhook);
    story.at("20:46:30");
    let narrowed = policy(&[allow("Objects", &["s3:PutObject"], &both)]);
    let late = story.put_role_policy(&Actor::admin("c.brandao"), &archive.role.name, &name, &narrowed);
    story.investigate("20:51:20");
    story.truth = Truth {
        title: "Another account's bucket denies, and the caller's role is narrowed in the middle of it",
        why: "a change after the first denial cannot be its cause, though it denies too; AWS names a layer nobody recorded",
        outcome: "undetermined",
        must_not_blame: vec![
            late,
            archive.role.name.clone(),
            archive.role.arn(),
            archive.function.name.clone(),
            archive.bucket.clone(),
        ],
        must_mention: vec!["partner-rates-feed"],
        plan_status: vec!["none", "unverified"],
        ..Truth::default()
    };
}
