//! Requests decided above or beside the role's own policies: an organization's control policies, and versions of managed
//! policies, with an edit of the role itself as the decoy.

use super::access_role::function_alarm;
use crate::scenarios::make::cloud::Place;
use crate::scenarios::make::denial::{Denial, Session, Spelling};
use crate::scenarios::make::estate::cause;
use crate::scenarios::make::permits::{Function, Role, allow, bucket_arns, policy};
use crate::scenarios::make::signal::{Alarm, Format};
use crate::scenarios::make::stack::Stack;
use crate::scenarios::make::story::Story;
use crate::scenarios::make::trail::Actor;
use crate::scenarios::make::truth::Truth;
use serde_json::{Value, json};

/// A function in a member account that decrypts and stores documents.
struct Member {
    place: Place,
    management: Place,
    role: Role,
    function: Function,
    key: String,
    key_arn: String,
    bucket: String,
}

fn member(story: &mut Story, (account, management, region): (&str, &str, &str)) -> Member {
    let place = Place::new(account, region);
    story.at("06:00:00");
    story.bystanders(&place);
    let key = story.key(&place, "invoice-documents", &[]);
    let bucket = format!("invoice-exports-{account}");
    story.bucket(&place, &bucket, None);
    let statements = [
        allow("Key", &["kms:Decrypt", "kms:GenerateDataKey"], &[key.arn()]),
        allow("Exports", &["s3:PutObject", "s3:GetObject"], &bucket_arns(std::slice::from_ref(&bucket))),
    ];
    let role = story.role(account, "invoice-render-role", "lambda.amazonaws.com", &statements);
    let function =
        story.function(&place, "invoice-render", &role, json!({ "BUCKET": bucket, "KEY_ID": key.id }));
    story.organization(management, &[(account, "invoices"), ("707192433585", "sandbox")]);
    Member {
        management: Place::new(management, "us-east-1"),
        role,
        function,
        key: key.id.clone(),
        key_arn: key.arn(),
        bucket,
        place,
    }
}

impl Member {
    /// An edit of the caller's own role that widens it.
    fn decoy(&self, story: &mut Story) -> String {
        let statements = [
            allow(
                "Key",
                &["kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
                std::slice::from_ref(&self.key_arn),
            ),
            allow(
                "Exports",
                &["s3:PutObject", "s3:GetObject"],
                &bucket_arns(std::slice::from_ref(&self.bucket)),
            ),
        ];
        let name = format!("{}-inline", self.role.name);
        story.put_role_policy(&Actor::admin("c.brandao"), &self.role.name, &name, &policy(&statements))
    }

    fn truth(
        &self,
        (id, arn, target): (&str, String, String),
        event: &String,
        decoy: String,
        actor: &'static str,
    ) -> Truth {
        let words = ["service control polic|SCP|organi[sz]ation"];
        let parts = ("statement of the service control policy", &[event][..], Some(actor));
        Truth {
            outcome: "root_cause",
            // Naming what it was attached to is as good.
            causes: vec![cause(&self.management, id, &[arn, target.clone()], &words, parts)],
            must_not_blame: vec![
                decoy,
                self.role.name.clone(),
                self.role.arn(),
                self.key.clone(),
                self.key_arn.clone(),
                self.bucket.clone(),
            ],
            must_rule_out: vec!["identity|role|PutRolePolicy".to_owned()],
            plan_status: vec!["verified"],
            apply: vec![("organizations", "DetachPolicy", json!({ "PolicyId": id, "TargetId": target }))],
            plan_account: Some(self.management.account.clone()),
            ..Truth::default()
        }
    }
}

/// A control policy that denies the key to all but a few roles is attached to the unit the account is in.
pub(super) fn control_policy_on_unit(story: &mut Story) {
    let member = member(story, ("138846027591", "904417765320", "eu-west-1"));
    let unit = story.permits.organization.as_ref().map(|own| own.unit.clone()).unwrap_or_default();
    let content =
        policy(&[json!({ "Sid": "KeysForPlatformOnly", "Effect": "Deny", "Action": ["kms:Decrypt",
        "kms:GenerateDataKey*"], "Resource": "*",
        "Condition": { "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/platform-*" } } })]);
    let id = story.control_policy("restrict-key-use", content, &[]);
    story.observe();
    let session = Session::of_function(story, &member.function);
    story.log_work(&session, "rendered 12 invoices", ("10:02:31", 64, 8));
    story.at("10:11:44");
    let event = story.attach_control_policy(&Actor::admin("p.oyelaran"), &id, &unit);
    story.at("10:13:20");
    let decoy = member.decoy(story);
    let arn = story.permits.organization.as_ref().map(|own| own.policy_arn(&id)).unwrap_or_default();
    let reason = format!("with an explicit deny in a service control policy: {arn}");
    let denial = Denial::of("kms:Decrypt", &member.key_arn, &reason);
    let spelling = Spelling::Boto("AccessDeniedException", "Decrypt");
    story.log_denials(&session, spelling, std::slice::from_ref(&denial), ("10:12:09", 52, 12));
    for minute in 12..22 {
        story.at(&format!("10:{minute}:09"));
        let event = story.record_denial(&session, "kms", "Decrypt", Value::Null, ("AccessDenied", &denial));
        let resources =
            json!([{ "accountId": member.place.account, "type": "AWS::KMS::Key", "ARN": member.key_arn }]);
        story.annotate(&event, json!({ "resources": resources }));
    }
    story.at("10:15:05");
    story.fire(
        &member.place,
        function_alarm("invoice-render-errors", &member.function),
        "10:12:09",
        Format::Sns,
    );
    story.investigate("10:23:20");
    story.truth = Truth {
        title: "A function may no longer decrypt",
        why: "a control policy attached in another account, to the unit above; key and role policies still allow",
        ..member.truth((&id, arn, unit), &event, decoy, "p.oyelaran")
    };
}

/// A control policy is attached to the account itself.
pub(super) fn control_policy_on_account(story: &mut Story) {
    let member = member(story, ("459203381176", "812650734499", "us-west-2"));
    let account = member.place.account.clone();
    let content = policy(&[json!({ "Sid": "NoNewObjects", "Effect": "Deny", "Action": ["s3:PutObject",
        "s3:PutObjectAcl"], "Resource": "arn:aws:s3:::*-exports-*" })]);
    let id = story.control_policy("freeze-exports", content, &["707192433585"]);
    story.observe();
    let session = Session::of_function(story, &member.function);
    story.log_work(&session, "rendered 12 invoices", ("22:02:31", 64, 8));
    story.at("22:11:44");
    let actor = Actor::script("org-policy-sync", "policy-sync-118");
    let event = story.attach_control_policy(&actor, &id, &account);
    story.at("22:13:20");
    let decoy = member.decoy(story);
    let arn = story.permits.organization.as_ref().map(|own| own.policy_arn(&id)).unwrap_or_default();
    let reason = format!("with an explicit deny in a service control policy: {arn}");
    let object = format!("arn:aws:s3:::{}/2026/06/4471.pdf", member.bucket);
    let denial = Denial::of_s3("s3:PutObject", &object, &reason);
    story.log_denials(&session, Spelling::Node("AccessDenied"), &[denial], ("22:12:09", 52, 12));
    story.at("22:15:05");
    let alarm = function_alarm("invoice-render-errors", &member.function);
    story.fire(&member.place, alarm, "22:12:09", Format::EventBridge);
    story.investigate("22:23:20");
    story.truth = Truth {
        title: "A function may no longer store its documents",
        why: "a control policy that was in force elsewhere is attached to one more account; S3 leaves no record of the denials",
        ..member.truth((&id, arn, account), &event, decoy, "policy-sync-118")
    };
}

/// A new version of a managed policy leaves publishing out; the role's inline policy is edited nearer to the alarm.
pub(super) fn version_created(story: &mut Story) {
    let place = Place::new("683391057248", "eu-west-1");
    let account = &place.account;
    story.at("06:00:00");
    story.bystanders(&place);
    let topic = story.topic(&place, "rates-published");
    let table = story.dynamo_table(&place, "rates", "pair");
    let publish = allow("Publish", &["sns:Publish"], &[topic.arn()]);
    let store = allow("Store", &["dynamodb:PutItem", "dynamodb:GetItem"], &[table.arn()]);
    let metrics = allow("Metrics", &["cloudwatch:PutMetricData"], &["*".to_owned()]);
    let versions = [policy(std::slice::from_ref(&publish)), policy(&[publish, metrics.clone()])];
    let platform = story.managed_policy(account, "rates-platform", &versions);
    let role = story.role(account, "rates-publisher-role", "lambda.amazonaws.com", &[store]);
    story.with_policy(&role.name, &platform);
    let variables = json!({ "TOPIC_ARN": topic.arn(), "TABLE_NAME": table.name });
    let function = story.function(&place, "rates-publisher", &role, variables);
    story.observe();
    let session = Session::of_function(story, &function);
    story.log_work(&session, "published 31 rates", ("07:31:02", 60, 9));
    story.at("07:40:18");
    let narrowed = policy(&[metrics]);
    let event =
        story.create_policy_version(&Actor::pipeline("iam-as-code", "plan-apply-933"), &platform, &narrowed);
    story.at("07:42:01");
    let edited = policy(&[allow("Store", &["dynamodb:PutItem"], &[table.arn()])]);
    let name = format!("{}-inline", role.name);
    let decoy = story.put_role_policy(&Actor::person("l.haverkamp"), &role.name, &name, &edited);
    // SNS writes its own name in capitals.
    let reason = "because no identity-based policy allows the SNS:Publish action";
    let denial = Denial::of("SNS:Publish", &topic.arn(), reason);
    let spelling = Spelling::Boto("AuthorizationError", "Publish");
    story.log_denials(&session, spelling, &[denial], ("07:41:02", 60, 10));
    story.at("07:43:40");
    story.fire(&place, function_alarm("rates-publisher-errors", &function), "07:41:02", Format::Records);
    story.investigate("07:51:20");
    let parts = ("default version v3", &[&event][..], Some("plan-apply-933"));
    let mut cause = cause(&place, &platform, &["rates-platform".to_owned()], &["polic", "version"], parts);
    cause.region = "us-east-1".to_owned();
    story.truth = Truth {
        title: "A function may no longer publish",
        why: "a shared policy's new version is the matter; the role's own policy lost a permission nobody was denied",
        outcome: "root_cause",
        causes: vec![cause],
        must_not_blame: vec![decoy, topic.name.clone(), topic.arn(), table.name.clone(), table.arn()],
        must_rule_out: vec!["inline|PutRolePolicy".to_owned()],
        plan_status: vec!["verified"],
        apply: vec![("iam", "SetDefaultPolicyVersion", json!({ "PolicyArn": platform, "VersionId": "v2" }))],
        ..Truth::default()
    };
}

/// A managed policy is set back to a version that could not write yet.
pub(super) fn version_set_back(story: &mut Story) {
    let place = Place::new("250917748863", "us-east-1");
    let account = &place.account;
    let stack = Stack::new(story, &place, "rates", 97, 5432);
    story.bystanders(&place);
    let table = story.dynamo_table(&place, "rates-board", "pair");
    let read = allow("Read", &["dynamodb:GetItem", "dynamodb:Query"], &[table.arn()]);
    let write = allow("Write", &["dynamodb:UpdateItem"], &[table.arn()]);
    let versions = [policy(std::slice::from_ref(&read)), policy(&[read, write])];
    let access = story.managed_policy(account, "rates-board-access", &versions);
    let reports = allow("Reports", &["s3:ListBucket"], &["arn:aws:s3:::rates-reports".to_owned()]);
    let metrics = allow("Metrics", &["cloudwatch:PutMetricData"], &["*".to_owned()]);
    let role = story.role(account, "rates-board", "ec2.amazonaws.com", &[reports, metrics.clone()]);
    story.with_policy(&role.name, &access);
    story.profile(account, &role.name, &[&stack.host_a.id, &stack.host_b.id]);
    story.observe();
    let sessions =
        [&stack.host_a, &stack.host_b].map(|host| Session::of_instance(host, &role.name, &stack.log_group()));
    story.at("19:10:33");
    let event = story.set_default_version(&Actor::admin("d.okonjo"), &access, 1);
    story.at("19:12:12");
    let name = format!("{}-inline", role.name);
    let decoy = story.put_role_policy(&Actor::person("l.haverkamp"), &role.name, &name, &policy(&[metrics]));
    let reason = "because no identity-based policy allows the dynamodb:UpdateItem action";
    let denial = Denial::of("dynamodb:UpdateItem", &table.arn(), reason);
    for session in &sessions {
        story.log_work(session, "board refreshed: 31 pairs", ("19:01:15", 60, 9));
        let spelling = Spelling::Java("dynamodb.model.DynamoDbException", "DynamoDb");
        story.log_denials(session, spelling, std::slice::from_ref(&denial), ("19:11:15", 60, 9));
    }
    story.at("19:14:04");
    let alarm = Alarm {
        metric: "BoardErrors",
        ..Alarm::errors("board-errors", "the board is not refreshed", "rates")
    };
    story.fire(&place, alarm, "19:11:15", Format::Webhook);
    story.investigate("19:21:20");
    let parts = ("default version v1", &[&event][..], Some("d.okonjo"));
    let cause = cause(&place, &access, &["rates-board-access".to_owned()], &["polic", "version"], parts);
    story.truth = Truth {
        title: "Instances may no longer write to their table",
        why: "no attachment and no document changed, only which version is in force; the role lost something else meanwhile",
        outcome: "root_cause",
        causes: vec![cause],
        must_not_blame: vec![
            decoy,
            table.name.clone(),
            table.arn(),
            stack.app_group.clone(),
            stack.app_table,
        ],
        must_rule_out: vec!["inline|PutRolePolicy".to_owned()],
        plan_status: vec!["verified"],
        apply: vec![("iam", "SetDefaultPolicyVersion", json!({ "PolicyArn": access, "VersionId": "v2" }))],
        ..Truth::default()
    };
}
