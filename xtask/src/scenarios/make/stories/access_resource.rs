//! Requests decided by the policy of what is asked for: a bucket's, a key's.

use super::access_role::function_alarm;
use crate::scenarios::make::cloud::Place;
use crate::scenarios::make::denial::{Denial, Session, Spelling};
use crate::scenarios::make::estate::cause;
use crate::scenarios::make::permits::{Function, Key, Role, allow, bucket_arns, policy, role_arn};
use crate::scenarios::make::signal::{Alarm, Format};
use crate::scenarios::make::stack::Stack;
use crate::scenarios::make::story::Story;
use crate::scenarios::make::trail::{Actor, Dialect};
use crate::scenarios::make::truth::Truth;
use serde_json::{Value, json};

/// A bucket's policy demands an endpoint that is not the one its users come through.
pub(super) fn other_endpoint_demanded(story: &mut Story) {
    let place = Place::new("771602938845", "eu-central-1");
    let account = &place.account;
    let stack = Stack::new(story, &place, "survey", 101, 5432);
    let sandbox = story.vpc(&place, "sandbox", 102);
    story.bystanders(&place);
    let open = policy(&[json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" })]);
    let used = story.gateway_endpoint(&stack.vpc, &open, &[&stack.app_table]);
    let other = story.gateway_endpoint(&sandbox, &open, &[&sandbox.main_table]);
    let names = ["uploads", "answers"].map(|name| format!("survey-{name}-{account}"));
    let [uploads, answers] = &names;
    let actions = ["s3:GetObject", "s3:PutObject"];
    let role = story.role(
        account,
        "survey-app",
        "ec2.amazonaws.com",
        &[allow("Files", &actions, &bucket_arns(&names))],
    );
    story.profile(account, &role.name, &[&stack.host_a.id, &stack.host_b.id]);
    let tls = json!({ "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": bucket_arns(std::slice::from_ref(uploads)),
        "Condition": { "Bool": { "aws:SecureTransport": "false" } } });
    let before = policy(std::slice::from_ref(&tls));
    story.bucket(&place, uploads, Some(before.clone()));
    story.bucket(&place, answers, None);
    story.observe();
    let sessions =
        [&stack.host_a, &stack.host_b].map(|host| Session::of_instance(host, &role.name, &stack.log_group()));
    story.at("13:20:41");
    let fence = json!({ "Sid": "OnlyThroughEndpoint", "Effect": "Deny", "Principal": "*", "Action": actions,
        "Resource": format!("arn:aws:s3:::{uploads}/*"),
        "Condition": { "StringNotEquals": { "aws:SourceVpce": other } } });
    let event = story.put_bucket_policy(&Actor::admin("v.marchetti"), uploads, &policy(&[tls, fence]));
    story.at("13:22:30");
    let edit =
        policy(&[allow("Files", &["s3:GetObject", "s3:PutObject", "s3:ListBucket"], &bucket_arns(&names))]);
    let name = format!("{}-inline", role.name);
    let decoy = story.put_role_policy(&Actor::person("i.moreau"), &role.name, &name, &edit);
    let object = format!("arn:aws:s3:::{uploads}/2026/06/03/batch-17.csv");
    let reason = "with an explicit deny in a resource-based policy";
    let denials = actions.map(|action| Denial::of_s3(action, &object, reason));
    for session in &sessions {
        story.log_work(session, "[status] uploads=ok answers=ok", ("13:11:07", 60, 9));
        story.log_denials(session, Spelling::Node("AccessDenied"), &denials, ("13:21:07", 44, 12));
        story.log_work(session, "[status] answers=ok", ("13:21:20", 60, 9));
    }
    story.at("13:24:03");
    let alarm = Alarm {
        metric: "UploadErrors",
        ..Alarm::errors("upload-errors", "uploads cannot be stored", "survey")
    };
    story.fire(&place, alarm, "13:21:07", Format::EventBridge);
    story.investigate("13:31:20");
    let arn = format!("arn:aws:s3:::{uploads}");
    let parts = ("bucket policy statement OnlyThroughEndpoint", &[&event][..], Some("v.marchetti"));
    story.truth = Truth {
        title: "Instances are denied one of their two buckets",
        why: "a new statement in the bucket's policy demands an endpoint, and another one than the one used",
        outcome: "root_cause",
        causes: vec![cause(&place, uploads, &[arn], &["polic"], parts)],
        must_not_blame: vec![decoy, role.name.clone(), role.arn(), used, other, answers.clone()],
        must_rule_out: vec!["identity|role".to_owned(), "endpoint".to_owned()],
        unaffected: vec![answers.clone()],
        plan_status: vec!["verified"],
        apply: vec![("s3api", "PutBucketPolicy", json!({ "Bucket": uploads, "Policy": before }))],
        exact_names: vec![uploads.clone()],
        ..Truth::default()
    };
}

/// The bucket of another account no longer names the caller's role.
pub(super) fn other_account_left_out(story: &mut Story) {
    let (place, owner) = (Place::new("194475520368", "us-east-1"), Place::new("538820916674", "us-east-1"));
    story.at("06-02 18:00:00");
    story.bystanders(&place);
    story.organization("926310047715", &[(&place.account, "survey"), (&owner.account, "panel")]);
    let bucket = format!("panel-exchange-{}", owner.account);
    let objects = format!("arn:aws:s3:::{bucket}/*");
    let read = allow("Exchange", &["s3:GetObject"], std::slice::from_ref(&objects));
    let role = story.role(&place.account, "survey-import-role", "lambda.amazonaws.com", &[read]);
    let function = story.function(&place, "survey-import", &role, json!({ "EXCHANGE": bucket }));
    let partner = role_arn("660043815297", "panel-partner");
    let grant = |principals: &[&String]| {
        policy(&[json!({ "Sid": "Readers", "Effect": "Allow", "Principal": { "AWS": principals },
            "Action": "s3:GetObject", "Resource": objects })])
    };
    let before = grant(&[&role.arn(), &partner]);
    story.bucket(&owner, &bucket, Some(before.clone()));
    story.observe();
    let session = Session::of_function(story, &function);
    story.log_work(&session, "imported 118 answers", ("05:31:44", 60, 8));
    story.at("05:40:26");
    let event =
        story.put_bucket_policy(&Actor::pipeline("panel-deploy", "release-88"), &bucket, &grant(&[&partner]));
    story.at("05:41:55");
    let edit = policy(&[
        allow("Exchange", &["s3:GetObject"], std::slice::from_ref(&objects)),
        allow("Traces", &["xray:PutTraceSegments"], &["*".to_owned()]),
    ]);
    let name = format!("{}-inline", role.name);
    let decoy = story.put_role_policy(&Actor::person("i.moreau"), &role.name, &name, &edit);
    let reason = "because no resource-based policy allows the s3:GetObject action";
    let denial = Denial::of_s3("s3:GetObject", &format!("arn:aws:s3:::{bucket}/answers/118.json"), reason);
    let spelling = Spelling::Boto("AccessDenied", "GetObject");
    story.log_denials(&session, spelling, &[denial], ("05:40:44", 60, 10));
    story.at("05:43:30");
    story.fire(&place, function_alarm("survey-import-errors", &function), "05:40:44", Format::Sns);
    story.investigate("05:51:20");
    let arn = format!("arn:aws:s3:::{bucket}");
    let parts = ("bucket policy statement Readers", &[&event][..], Some("release-88"));
    story.truth = Truth {
        title: "A function is denied another account's bucket",
        why: "across accounts both sides must allow: the caller's side still does and was edited meanwhile",
        outcome: "root_cause",
        causes: vec![cause(&owner, &bucket, &[arn], &["polic"], parts)],
        must_not_blame: vec![decoy, role.name.clone(), role.arn(), function.name.clone(), function.arn()],
        must_rule_out: vec!["identity|role|PutRolePolicy".to_owned()],
        plan_status: vec!["verified"],
        apply: vec![("s3api", "PutBucketPolicy", json!({ "Bucket": bucket, "Policy": before }))],
        plan_account: Some(owner.account.clone()),
        exact_names: vec![bucket],
        ..Truth::default()
    };
}

/// A function that reads encrypted objects.
struct Pensions {
    place: Place,
    role: Role,
    function: Function,
    key: Key,
    bucket: String,
}

/// `key` gives the statements of the key's policy beside the account's, for the role's ARN.
fn pensions(story: &mut Story, place: Place, key: impl Fn(&str) -> Vec<Value>) -> Pensions {
    let account = place.account.clone();
    story.at("06:00:00");
    story.bystanders(&place);
    let statements = key(&role_arn(&account, "pension-statements-role"));
    let key = story.key(&place, "pension-documents", &statements);
    let bucket = format!("pension-documents-{account}");
    story.bucket(&place, &bucket, None);
    let statements = [
        allow("Documents", &["s3:GetObject"], &bucket_arns(std::slice::from_ref(&bucket))),
        allow("Key", &["kms:Decrypt"], &[key.arn()]),
    ];
    let role = story.role(&account, "pension-statements-role", "lambda.amazonaws.com", &statements);
    let function = story.function(&place, "pension-statements", &role, json!({ "BUCKET": bucket }));
    Pensions { place, role, function, key, bucket }
}

/// Who looks after keys, and nobody else.
fn keepers(account: &str) -> Value {
    let keeper = role_arn(account, "key-administration");
    let actions =
        ["kms:Describe*", "kms:Get*", "kms:List*", "kms:Put*", "kms:Update*", "kms:Enable*", "kms:Disable*"];
    json!({ "Sid": "Administration", "Effect": "Allow", "Principal": { "AWS": keeper }, "Action": actions, "Resource": "*" })
}

const NO_RESOURCE: &str = "because no resource-based policy allows the kms:Decrypt action";

impl Pensions {
    /// S3 passes KMS's refusal on; KMS records it.
    fn fails(&self, story: &mut Story, session: &Session, hour: &str) {
        let denial = Denial::of("kms:Decrypt", &self.key.arn(), NO_RESOURCE);
        let spelling = Spelling::Boto("AccessDenied", "GetObject");
        story.log_denials(
            session,
            spelling,
            std::slice::from_ref(&denial),
            (&format!("{hour}:41:12"), 60, 9),
        );
        for minute in 41..50 {
            story.at(&format!("{hour}:{minute}:12"));
            self.record(story, session, &denial, "AWS Internal");
        }
    }

    fn record(&self, story: &mut Story, session: &Session, denial: &Denial, by: &str) {
        let event = story.record_denial(session, "kms", "Decrypt", Value::Null, ("AccessDenied", denial));
        let resources =
            json!([{ "accountId": self.place.account, "type": "AWS::KMS::Key", "ARN": self.key.arn() }]);
        story.annotate(&event, json!({ "resources": resources, "sourceIPAddress": by, "userAgent": by }));
        story.invoked_by(&event, by);
    }

    fn truth(&self, event: &String, actor: &'static str, before: Value) -> Truth {
        let alias = format!("alias/{}", self.key.alias);
        let also = [self.key.arn(), alias];
        let parts = ("key policy", &[event][..], Some(actor));
        Truth {
            outcome: "root_cause",
            causes: vec![cause(&self.place, &self.key.id, &also, &["key polic|polic"], parts)],
            must_not_blame: vec![self.role.name.clone(), self.role.arn(), self.bucket.clone()],
            must_rule_out: vec!["identity|role".to_owned()],
            plan_status: vec!["verified"],
            apply: vec![(
                "kms",
                "PutKeyPolicy",
                json!({ "KeyId": self.key.id, "PolicyName": "default", "Policy": before }),
            )],
            ..Truth::default()
        }
    }
}

/// A key's policy no longer leaves the say to the account.
pub(super) fn key_policy_replaced(story: &mut Story) {
    let truth = replaced(story, Place::new("826157390440", "eu-west-1"), true);
    story.truth = Truth {
        title: "A function cannot read its encrypted objects",
        why: "the object's key is the matter, not the bucket, whose policy was edited nearer to the alarm",
        ..truth
    };
}

/// The same, and nobody looked before.
pub(super) fn key_policy_replaced_unseen(story: &mut Story) {
    let truth = replaced(story, Place::new("143869025577", "ap-southeast-2"), false);
    story.truth = Truth {
        title: "A function cannot read its encrypted objects, and nobody looked before",
        why: "what the key's policy was is not known: the cause can be named, the fix is the least addition",
        plan_status: vec!["unverified", "verified"],
        apply: Vec::new(),
        ..truth
    };
}

fn replaced(story: &mut Story, place: Place, is_observed: bool) -> Truth {
    let pensions = pensions(story, place, |_| Vec::new());
    if is_observed {
        story.observe();
    }
    let session = Session::of_function(story, &pensions.function);
    story.log_work(&session, "rendered 40 statements", ("15:31:12", 60, 9));
    story.at("15:40:35");
    let document = policy(&[keepers(&pensions.place.account)]);
    let event =
        story.put_key_policy(&Actor::pipeline("key-hygiene", "kms-baseline-19"), &pensions.key.id, &document);
    story.at("15:42:40");
    let tls = policy(&[json!({ "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": bucket_arns(std::slice::from_ref(&pensions.bucket)),
        "Condition": { "Bool": { "aws:SecureTransport": "false" } } })]);
    let decoy = story.put_bucket_policy(&Actor::person("i.moreau"), &pensions.bucket, &tls);
    pensions.fails(story, &session, "15");
    story.at("15:43:50");
    let alarm = function_alarm("pension-statements-errors", &pensions.function);
    story.fire(&pensions.place, alarm, "15:41:12", Format::EventBridge);
    story.investigate("15:51:20");
    let mut truth = pensions.truth(&event, "kms-baseline-19", pensions.key.policy.clone());
    truth.must_not_blame.push(decoy);
    truth.must_rule_out.push("bucket".to_owned());
    truth
}

/// The key of a secret no longer names the role; what the application sees does not say so, only KMS's record does.
pub(super) fn key_of_secret(story: &mut Story) {
    let place = Place::new("311784460952", "us-west-2");
    let mut pensions = pensions(story, place, |_| Vec::new());
    let account = pensions.place.account.clone();
    let user = json!({ "Sid": "Users", "Effect": "Allow", "Principal": { "AWS": pensions.role.arn() },
        "Action": ["kms:Decrypt", "kms:DescribeKey"], "Resource": "*" });
    let before = policy(&[keepers(&account), user]);
    pensions.key.policy = before.clone();
    story.set_key_policy(&pensions.key.id, &before);
    let secret = story.secret("pension/registry", &pensions.key);
    let read =
        policy(&[allow("Secret", &["secretsmanager:GetSecretValue"], std::slice::from_ref(&secret.arn))]);
    story.edit_role(&pensions.role.name, |role| {
        role.inline.insert("registry".to_owned(), read.clone());
    });
    story.observe();
    let session = Session::of_function(story, &pensions.function);
    story.log_work(&session, "rendered 40 statements", ("15:31:12", 60, 9));
    story.at("15:40:35");
    let document = policy(&[keepers(&account)]);
    let event = story.put_key_policy(&Actor::admin("b.solheim"), &pensions.key.id, &document);
    story.at("15:42:40");
    let traces = policy(&[allow("Traces", &["xray:PutTraceSegments"], &["*".to_owned()])]);
    let decoy = story.put_role_policy(&Actor::person("i.moreau"), &pensions.role.name, "tracing", &traces);
    let denial = Denial::of("kms:Decrypt", &pensions.key.arn(), NO_RESOURCE);
    let error = "ClientError: An error occurred (AccessDeniedException) when calling the GetSecretValue operation: Access to \
                 KMS is not allowed\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 31, in handler\n    \
                 secret = client.get_secret_value(SecretId=\"pension/registry\")";
    for minute in 41..50 {
        let time = format!("15:{minute}:12");
        story.log_error(&session, error, &time);
        story.at(&time);
        let request = json!({ "secretId": "pension/registry" });
        let (actor, place) = (session.actor(), pensions.place.clone());
        let message = ("AccessDenied", "Access to KMS is not allowed");
        story.refused_in(&actor, &place, "secretsmanager", "GetSecretValue", request, message);
        pensions.record(story, &session, &denial, "secretsmanager.amazonaws.com");
    }
    story.at("15:43:50");
    let alarm = function_alarm("pension-statements-errors", &pensions.function);
    story.fire(&pensions.place, alarm, "15:41:12", Format::Records);
    story.investigate("15:51:20");
    let mut truth = pensions.truth(&event, "b.solheim", before);
    truth.must_not_blame.extend([decoy, secret.arn, secret.name]);
    story.truth = Truth {
        title: "A function cannot read its secret",
        why: "the application's error names no layer; KMS's own record, made for Secrets Manager, does",
        ..truth
    };
}

/// Creates a role of the same name with a new id.
fn make_anew(story: &mut Story, actor: &Actor, role: &Role) {
    let global = Place::new(&role.account, "us-east-1");
    story.at("15:40:31");
    let id = story.ids.capitals("AROA", "the new role", 17);
    let created = story.now.to_string();
    let trust = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" }] });
    let request = json!({ "roleName": role.name, "assumeRolePolicyDocument": trust.to_string() });
    let answer = json!({ "role": { "path": "/", "roleName": role.name, "roleId": id, "arn": role.arn(),
        "createDate": created } });
    story.made_in(actor, &global, "iam", "CreateRole", Dialect::Flat, request, answer);
    story.edit_role(&role.name, |role| {
        role.id = id;
        role.created = created;
    });
}

/// A role is deleted and made anew under its name: the key's policy holds the id of the old one.
pub(super) fn role_made_anew(story: &mut Story) {
    let place = Place::new("476290513388", "eu-central-1");
    let mut pensions = pensions(story, place, |_| Vec::new());
    let account = pensions.place.account.clone();
    let user = |principal: &str| {
        json!({ "Sid": "Users", "Effect": "Allow", "Principal": { "AWS": principal }, "Action": ["kms:Decrypt", "kms:DescribeKey"],
            "Resource": "*" })
    };
    let before = policy(&[keepers(&account), user(&pensions.role.arn())]);
    pensions.key.policy = before.clone();
    story.set_key_policy(&pensions.key.id, &before);
    story.observe();
    let session = Session::of_function(story, &pensions.function);
    story.log_work(&session, "rendered 40 statements", ("15:31:12", 60, 9));
    let actor = Actor::pipeline("pension-deploy", "stack-replace-7");
    let name = pensions.role.name.clone();
    let global = Place::new(&account, "us-east-1");
    story.at("15:40:02");
    story.made_in(
        &actor,
        &global,
        "iam",
        "DeleteRole",
        Dialect::Flat,
        json!({ "roleName": name }),
        Value::Null,
    );
    let orphan = policy(&[keepers(&account), user(&pensions.role.id)]);
    story.set_key_policy(&pensions.key.id, &orphan);
    make_anew(story, &actor, &pensions.role);
    story.at("15:40:34");
    let inline = pensions.role.inline.clone();
    let edits: Vec<_> = inline
        .iter()
        .map(|(policy_name, document)| story.put_role_policy(&actor, &name, policy_name, document))
        .collect();
    pensions.fails(story, &session, "15");
    story.at("15:43:50");
    let alarm = function_alarm("pension-statements-errors", &pensions.function);
    story.fire(&pensions.place, alarm, "15:41:12", Format::Sns);
    story.investigate("15:51:20");
    let mut truth = pensions.truth(&String::new(), "", before);
    for cause in &mut truth.causes {
        // No call changed the key's policy: naming the role's deletion or no change at all are both right.
        cause.events.clear();
        cause.actor = None;
        cause.also.extend([pensions.role.name.clone(), pensions.role.arn()]);
        cause.words = vec!["role|key"];
    }
    story.truth = Truth {
        title: "A function cannot read its encrypted objects after its role was made anew",
        why: "every document reads as before; the key's policy holds the id of a role that is no more",
        also_allowed: vec!["undetermined"],
        must_not_blame: [pensions.bucket.clone(), pensions.function.name.clone()]
            .into_iter()
            .chain(edits)
            .collect(),
        must_mention: vec!["DeleteRole|CreateRole|made anew|AROA"],
        must_rule_out: Vec::new(),
        plan_status: vec!["verified", "unverified", "none"],
        apply: Vec::new(),
        ..truth
    };
}
