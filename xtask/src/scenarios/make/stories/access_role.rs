//! Requests decided by the caller's own role: which one it is, what is attached to it, what bounds it.

use crate::scenarios::make::cloud::Place;
use crate::scenarios::make::denial::{Denial, Session, Spelling};
use crate::scenarios::make::estate::cause;
use crate::scenarios::make::permits::{Function, Role, Table, allow, policy, role_arn};
use crate::scenarios::make::signal::{Alarm, Format};
use crate::scenarios::make::stack::Stack;
use crate::scenarios::make::story::Story;
use crate::scenarios::make::trail::{Actor, Dialect};
use crate::scenarios::make::truth::Truth;
use serde_json::json;

/// The alarm on a function's errors.
pub(super) fn function_alarm(name: &'static str, function: &Function) -> Alarm {
    Alarm {
        namespace: "AWS/Lambda",
        metric: "Errors",
        dimensions: vec![("FunctionName", function.name.clone())],
        ..Alarm::errors(name, "a function fails", &function.name)
    }
}

/// Two functions on one table.
struct Desk {
    place: Place,
    table: Table,
    role: Role,
    lookup: Function,
    create: Function,
}

fn desk(story: &mut Story, place: &Place) -> Desk {
    story.at("06:00:00");
    let account = &place.account;
    story.bystanders(place);
    let table = story.dynamo_table(place, "tickets", "ticketId");
    let both = [table.arn(), format!("{}/index/*", table.arn())];
    let read = allow("Read", &["dynamodb:GetItem", "dynamodb:Query"], &both);
    let write = allow("Write", &["dynamodb:PutItem", "dynamodb:UpdateItem"], &[table.arn()]);
    let role = story.role(account, "tickets-lookup-role", "lambda.amazonaws.com", &[read]);
    let writer = story.role(account, "tickets-create-role", "lambda.amazonaws.com", &[write]);
    let variables = json!({ "TABLE_NAME": table.name, "LOG_LEVEL": "INFO" });
    let lookup = story.function(place, "tickets-lookup", &role, variables.clone());
    let create = story.function(place, "tickets-create", &writer, variables);
    Desk { place: place.clone(), table, role, lookup, create }
}

impl Desk {
    fn works(&self, story: &mut Story, until: &str) {
        let lookup = Session::of_function(story, &self.lookup);
        story.log_work(&lookup, "GET /tickets/81320 200", (until, 47, 8));
        let create = Session::of_function(story, &self.create);
        story.log_work(&create, "POST /tickets 201", (until, 83, 12));
    }

    fn fails(&self, story: &mut Story, from: &str, spelling: fn(&'static str) -> Spelling) {
        let session = Session::of_function(story, &self.lookup);
        for (action, operation, resource, offset) in [
            ("dynamodb:GetItem", "GetItem", self.table.arn(), 0),
            ("dynamodb:Query", "Query", format!("{}/index/byOwner", self.table.arn()), 17),
        ] {
            let reason = format!("because no identity-based policy allows the {action} action");
            let start = story.moment(from).plus_seconds(offset).clock();
            let denial = Denial::of(action, &resource, &reason);
            story.log_denials(&session, spelling(operation), &[denial], (&start, 43, 8));
        }
    }

    fn truth(&self, event: &String, actor: &'static str) -> Truth {
        let component = ("execution role", &[event][..], Some(actor));
        let place = &self.place;
        let cause = cause(
            place,
            &self.lookup.name,
            &[self.lookup.arn()],
            &["role", "dynamodb|permission|polic"],
            component,
        );
        let role = role_arn(&place.account, &self.role.name);
        Truth {
            outcome: "root_cause",
            causes: vec![cause],
            must_not_blame: vec![
                self.table.name.clone(),
                self.table.arn(),
                self.create.name.clone(),
                self.create.arn(),
                self.role.name.clone(),
                role.clone(),
            ],
            unaffected: vec!["tickets-create".to_owned()],
            plan_status: vec!["verified"],
            apply: vec![(
                "lambda",
                "UpdateFunctionConfiguration",
                json!({ "FunctionName": self.lookup.name, "Role": role }),
            )],
            ..Truth::default()
        }
    }
}

/// A function gets the role of another application.
pub(super) fn role_swapped(story: &mut Story) {
    let truth = swapped(story, Place::new("389027716544", "eu-central-1"));
    story.truth = Truth {
        title: "A function is denied its table after it got another role",
        why: "no policy changed that matters: the caller is another one, and its old role was edited nearer to the alarm",
        ..truth
    };
}

/// The same, and the trail cannot be read.
pub(super) fn role_swapped_untrailed(story: &mut Story) {
    story.has_no_trail = true;
    let mut truth = swapped(story, Place::new("607718395224", "us-east-1"));
    for cause in &mut truth.causes {
        cause.events.clear();
        cause.actor = None;
    }
    story.truth = Truth {
        title: "A function is denied its table, and there is no trail",
        why: "two observations of the function differ; when and by whom is not known",
        ..truth
    };
}

fn swapped(story: &mut Story, place: Place) -> Truth {
    let desk = desk(story, &place);
    let queue = story.queue(&place, "tickets-mail");
    let send = allow("Mail", &["sqs:SendMessage"], &[queue.arn()]);
    let shared = story.role(&place.account, "tickets-mailer-role", "lambda.amazonaws.com", &[send]);
    story.observe();
    desk.works(story, "11:02:08");
    story.at("11:08:52");
    let actor = Actor::admin("r.castellan");
    let event = story.swap_role(&actor, &desk.lookup, &shared.name);
    story.at("11:09:40");
    let logs = policy(&[allow("Traces", &["xray:PutTraceSegments"], &["*".to_owned()])]);
    let decoy = story.put_role_policy(&Actor::person("i.moreau"), &desk.role.name, "tracing", &logs);
    desk.fails(story, "11:09:03", |operation| Spelling::Boto("AccessDeniedException", operation));
    story.at("11:12:04");
    story.fire(&place, function_alarm("tickets-lookup-errors", &desk.lookup), "11:09:03", Format::Sns);
    story.investigate("11:19:20");
    let mut truth = desk.truth(&event, "r.castellan");
    truth.must_not_blame.push(decoy);
    truth
}

/// One function gets another role; the role of the other loses an action. Two people, one alarm.
pub(super) fn two_functions(story: &mut Story) {
    let place = Place::new("815364902771", "eu-west-1");
    let desk = desk(story, &place);
    let basic = story.role(&place.account, "lambda-basic", "lambda.amazonaws.com", &[]);
    story.observe();
    let create = Session::of_function(story, &desk.create);
    story.log_work(&create, "POST /tickets 201", ("11:01:08", 61, 8));
    let lookup = Session::of_function(story, &desk.lookup);
    story.log_work(&lookup, "GET /tickets/81320 200", ("11:02:08", 47, 8));
    story.at("11:08:52");
    let swap = story.swap_role(&Actor::admin("r.castellan"), &desk.lookup, &basic.name);
    desk.fails(story, "11:09:03", |operation| Spelling::Boto("AccessDeniedException", operation));
    story.at("11:10:21");
    let role = create.role.clone();
    let name = format!("{role}-inline");
    let write = |actions: &[&str]| policy(&[allow("Write", actions, &[desk.table.arn()])]);
    let narrowed = write(&["dynamodb:UpdateItem"]);
    let edit =
        story.put_role_policy(&Actor::pipeline("iam-as-code", "plan-apply-77"), &role, &name, &narrowed);
    let reason = "because no identity-based policy allows the dynamodb:PutItem action";
    let denial = Denial::of("dynamodb:PutItem", &desk.table.arn(), reason);
    let spelling = Spelling::Boto("AccessDeniedException", "PutItem");
    story.log_denials(&create, spelling, &[denial], ("11:10:40", 50, 9));
    story.at("11:12:04");
    story.fire(
        &place,
        Alarm::errors("tickets-errors", "ticket functions fail", "tickets"),
        "11:09:03",
        Format::Sns,
    );
    story.investigate("11:19:20");
    let mut truth = desk.truth(&swap, "r.castellan");
    let arn = role_arn(&place.account, &role);
    let parts = ("inline policy statement Write", &[&edit][..], Some("plan-apply-77"));
    truth.causes.push(cause(&place, &role, &[arn], &["polic"], parts));
    truth.must_not_blame.retain(|id| !id.contains("create"));
    let before = write(&["dynamodb:PutItem", "dynamodb:UpdateItem"]);
    let parameters = json!({ "RoleName": role, "PolicyName": name, "PolicyDocument": before });
    truth.apply.push(("iam", "PutRolePolicy", parameters));
    story.truth = Truth {
        title: "Two functions are denied their table for two reasons",
        why: "a swapped role and a narrowed policy within two minutes, by two people: two causes, two fixes",
        unaffected: Vec::new(),
        ..truth
    };
}

/// A pipeline gives a function a role that may only log.
pub(super) fn role_swapped_to_basic(story: &mut Story) {
    let place = Place::new("941760258813", "us-west-2");
    let desk = desk(story, &place);
    let basic = story.role(&place.account, "lambda-basic", "lambda.amazonaws.com", &[]);
    story.observe();
    desk.works(story, "11:02:08");
    story.at("11:08:31");
    let actor = Actor::pipeline("service-deploy", "release-2217");
    let request = json!({ "functionName": desk.lookup.name, "publish": false, "dryRun": false });
    let operation = "UpdateFunctionCode20150331v2";
    let answer =
        json!({ "functionName": desk.lookup.name, "functionArn": desk.lookup.arn(), "environment": {} });
    let code = story.made_in(&actor, &place, "lambda", operation, Dialect::Flat, request, answer);
    story.at("11:08:52");
    let event = story.swap_role(&actor, &desk.lookup, &basic.name);
    desk.fails(story, "11:09:03", |_| Spelling::Node("AccessDeniedException"));
    story.at("11:12:04");
    let alarm = function_alarm("tickets-lookup-errors", &desk.lookup);
    story.fire(&place, alarm, "11:09:03", Format::EventBridge);
    story.investigate("11:19:20");
    let mut truth = desk.truth(&event, "release-2217");
    truth.must_not_blame.push(code);
    story.truth = Truth {
        title: "A function is denied its table after a release",
        why: "the release changed code and role: the code is not the matter, the role may only log",
        ..truth
    };
}

fn detached(story: &mut Story, account: &str, region: &str, is_observed: bool) -> Truth {
    let place = Place::new(account, region);
    let stack = Stack::new(story, &place, "loyalty", 95, 3306);
    story.bystanders(&place);
    let role = "loyalty-api";
    let costs = allow("Metrics", &["cloudwatch:PutMetricData"], &["*".to_owned()]);
    story.role(account, role, "ec2.amazonaws.com", &[costs]);
    story.profile(account, role, &[&stack.host_a.id, &stack.host_b.id]);
    let parameters = place.arn("ssm", "parameter/loyalty/*");
    let read = allow("Settings", &["ssm:GetParameter", "ssm:GetParametersByPath"], &[parameters]);
    let settings = story.managed_policy(account, "loyalty-settings-read", &[policy(&[read])]);
    let worker = story.role(account, "loyalty-batch", "lambda.amazonaws.com", &[]);
    for name in [role, worker.name.as_str()] {
        story.with_policy(name, &settings);
    }
    let batch = story.function(&place, "loyalty-batch", &worker, json!({ "SETTINGS": "/loyalty" }));
    if is_observed {
        story.observe();
    }
    let sessions =
        [&stack.host_a, &stack.host_b].map(|host| Session::of_instance(host, role, &stack.log_group()));
    let batch_session = Session::of_function(story, &batch);
    story.log_work(&batch_session, "settings refreshed: 14 parameters", ("16:30:12", 113, 14));
    story.at("16:41:22");
    let event = story.detach_role_policy(&Actor::admin("h.lindqvist"), role, &settings);
    story.at("16:43:10");
    let traces = policy(&[allow("Traces", &["xray:PutTraceSegments"], &["*".to_owned()])]);
    let decoy = story.put_role_policy(&Actor::person("i.moreau"), &worker.name, "tracing", &traces);
    let reason = "because no identity-based policy allows the ssm:GetParameter action";
    let resource = place.arn("ssm", "parameter/loyalty/prices");
    let denial = Denial::of("ssm:GetParameter", &resource, reason);
    for session in &sessions {
        story.log_work(session, "settings refreshed: 14 parameters", ("16:33:05", 97, 5));
        let spelling = Spelling::Boto("AccessDeniedException", "GetParameter");
        story.log_denials(session, spelling, std::slice::from_ref(&denial), ("16:42:02", 60, 9));
        for minute in 42..50 {
            story.at(&format!("16:{minute}:02"));
            let request = json!({ "name": "/loyalty/prices", "withDecryption": false });
            story.record_denial(session, "ssm", "GetParameter", request, ("AccessDenied", &denial));
        }
    }
    story.at("16:45:03");
    let alarm = Alarm {
        metric: "SettingsErrors",
        ..Alarm::errors("settings-errors", "settings cannot be read", "loyalty")
    };
    story.fire(&place, alarm, "16:42:02", Format::Records);
    story.investigate("16:52:20");
    let also = [role_arn(account, role), settings.clone()];
    let parts = ("managed policy loyalty-settings-read", &[&event][..], Some("h.lindqvist"));
    let mut cause = cause(&place, role, &also, &["polic", "detach|attach|no longer"], parts);
    cause.region = "us-east-1".to_owned();
    Truth {
        outcome: "root_cause",
        causes: vec![cause],
        must_not_blame: vec![
            decoy,
            worker.name.clone(),
            worker.arn(),
            stack.app_group.clone(),
            stack.app_table,
        ],
        unaffected: vec!["loyalty-batch".to_owned()],
        plan_status: vec!["verified"],
        apply: vec![("iam", "AttachRolePolicy", json!({ "RoleName": role, "PolicyArn": settings }))],
        ..Truth::default()
    }
}

/// A managed policy is detached from the role of the instances.
pub(super) fn policy_detached(story: &mut Story) {
    let truth = detached(story, "175539204468", "eu-central-1", true);
    story.truth = Truth {
        title: "Instances may no longer read their settings",
        why: "a shared managed policy was taken off one of two roles",
        ..truth
    };
}

/// The same, and nobody looked before: the event alone tells enough.
pub(super) fn policy_detached_unseen(story: &mut Story) {
    let truth = detached(story, "864402197350", "us-east-1", false);
    story.truth = Truth {
        title: "Instances may no longer read their settings, and nobody looked before",
        why: "a detachment's event names role and policy: what it undoes is known without an earlier observation",
        ..truth
    };
}

/// A permissions boundary without the queue is put on a function's role.
pub(super) fn boundary_added(story: &mut Story) {
    let place = Place::new("517683329046", "ap-southeast-2");
    let account = &place.account;
    story.at("06-02 18:00:00");
    story.bystanders(&place);
    let queue = story.queue(&place, "notify-outbox");
    let table = story.dynamo_table(&place, "notify-templates", "templateId");
    let template = allow("Templates", &["dynamodb:GetItem"], &[table.arn()]);
    let outbox = allow("Outbox", &["sqs:SendMessage", "sqs:GetQueueUrl"], &[queue.arn()]);
    let statements = [outbox, template.clone()];
    let role = story.role(account, "notify-dispatch-role", "lambda.amazonaws.com", &statements);
    let everywhere = ["*".to_owned()];
    let services = ["logs:*", "cloudwatch:*", "dynamodb:*", "s3:*", "xray:*"];
    let boundary = story.managed_policy(
        account,
        "workload-boundary",
        &[policy(&[allow("Services", &services, &everywhere)])],
    );
    let other = story.role(account, "notify-preview-role", "lambda.amazonaws.com", &[template]);
    story.edit_role(&other.name, |role| role.boundary = Some(boundary.clone()));
    let variables = json!({ "OUTBOX": queue.name, "TEMPLATES": table.name });
    let dispatch = story.function(&place, "notify-dispatch", &role, variables.clone());
    let preview = story.function(&place, "notify-preview", &other, variables);
    story.observe();
    let (session, preview_session) =
        (Session::of_function(story, &dispatch), Session::of_function(story, &preview));
    story.log_work(&session, "dispatched 25 notifications", ("02:33:11", 71, 7));
    story.log_work(&preview_session, "rendered template welcome-3", ("02:33:19", 104, 12));
    story.at("02:41:07");
    let event =
        story.put_boundary(&Actor::pipeline("account-baseline", "guardrails-0603"), &role.name, &boundary);
    story.at("02:42:50");
    let edit = policy(&[
        allow("Outbox", &["sqs:SendMessage", "sqs:GetQueueUrl"], &[queue.arn()]),
        allow("Templates", &["dynamodb:GetItem", "dynamodb:Query"], &[table.arn()]),
    ]);
    let name = format!("{}-inline", role.name);
    let decoy = story.put_role_policy(&Actor::person("s.whitlam"), &role.name, &name, &edit);
    // SQS writes the action in lower case.
    let reason = "because no permissions boundary allows the sqs:sendmessage action";
    let denial = Denial::of("sqs:sendmessage", &queue.arn(), reason);
    let spelling = Spelling::Java("sqs.model.SqsException", "Sqs");
    story.log_denials(&session, spelling, &[denial], ("02:41:33", 41, 13));
    story.at("02:44:08");
    story.fire(&place, function_alarm("notify-dispatch-errors", &dispatch), "02:41:33", Format::Webhook);
    story.investigate("02:51:20");
    let also = [role.arn(), boundary.clone()];
    let parts = ("permissions boundary workload-boundary", &[&event][..], Some("guardrails-0603"));
    let mut cause = cause(&place, &role.name, &also, &["boundary"], parts);
    cause.region = "us-east-1".to_owned();
    story.truth = Truth {
        title: "A function may no longer send to its queue",
        why: "the role's policy still allows it, and was edited meanwhile; the boundary that came does not",
        outcome: "root_cause",
        causes: vec![cause],
        must_not_blame: vec![decoy, queue.name.clone(), queue.arn(), other.name.clone(), other.arn()],
        must_rule_out: vec!["identity|inline|PutRolePolicy".to_owned()],
        unaffected: vec!["notify-preview|dynamodb|notify-templates".to_owned()],
        plan_status: vec!["verified"],
        apply: vec![("iam", "DeleteRolePermissionsBoundary", json!({ "RoleName": role.name }))],
        ..Truth::default()
    };
}
