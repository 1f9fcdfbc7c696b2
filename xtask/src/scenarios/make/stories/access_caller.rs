//! Requests of instances to a queue: by which way they come, as whom, and with which tags.

use crate::scenarios::make::cloud::{ENDPOINTS, Place};
use crate::scenarios::make::denial::{Denial, Session, Spelling};
use crate::scenarios::make::estate::cause;
use crate::scenarios::make::permits::{Profile, Queue, Role, allow, policy};
use crate::scenarios::make::signal::{Alarm, Format};
use crate::scenarios::make::stack::Stack;
use crate::scenarios::make::story::Story;
use crate::scenarios::make::trail::Actor;
use crate::scenarios::make::truth::{Cause, Truth};
use serde_json::{Value, json};

/// Instances that send to a queue.
struct Depot {
    stack: Stack,
    queue: Queue,
    role: Role,
    sessions: Vec<Session>,
}

/// `statement` is what the role has for the queue's ARN.
fn depot(story: &mut Story, account: &str, region: &str, statement: impl Fn(&str) -> Value) -> Depot {
    let place = Place::new(account, region);
    let net = 104 + u8::try_from(story.ids.number("net") % 10).unwrap_or_default();
    let stack = Stack::new(story, &place, "depot", net, 5432);
    story.bystanders(&place);
    let queue = story.queue(&place, "depot-orders");
    let role = story.role(account, "depot-worker", "ec2.amazonaws.com", &[statement(&queue.arn())]);
    story.profile(account, &role.name, &[&stack.host_a.id, &stack.host_b.id]);
    let sessions = [&stack.host_a, &stack.host_b]
        .map(|host| Session::of_instance(host, &role.name, &stack.log_group()))
        .to_vec();
    Depot { stack, queue, role, sessions }
}

fn send(queue: &str) -> Value {
    allow("Orders", &["sqs:SendMessage", "sqs:GetQueueUrl"], &[queue.to_owned()])
}

impl Depot {
    fn works(&self, story: &mut Story) {
        for session in &self.sessions {
            story.log_work(session, "sent 9 orders", ("18:21:30", 60, 9));
        }
    }

    /// SQS writes the action in lower case.
    fn fails(&self, story: &mut Story, sessions: &[Session], reason: &str) {
        let denial = Denial::of("sqs:sendmessage", &self.queue.arn(), reason);
        for session in sessions {
            let spelling = Spelling::Boto("AccessDenied", "SendMessage");
            story.log_denials(session, spelling, std::slice::from_ref(&denial), ("18:31:30", 60, 9));
        }
        story.at("18:34:02");
        let alarm =
            Alarm { metric: "SendErrors", ..Alarm::errors("send-errors", "orders cannot be sent", "depot") };
        story.fire(&self.stack.place, alarm, "18:31:30", Format::EventBridge);
        story.investigate("18:41:20");
    }

    fn truth(&self, cause: Cause, decoy: String) -> Truth {
        Truth {
            outcome: "root_cause",
            causes: vec![cause],
            must_not_blame: vec![
                decoy,
                self.queue.name.clone(),
                self.queue.arn(),
                self.stack.app_group.clone(),
                self.stack.app_table.clone(),
            ],
            plan_status: vec!["verified"],
            ..Truth::default()
        }
    }
}

/// A harmless edit of a role nobody asks about.
fn decoy(story: &mut Story) -> String {
    story.at("18:32:10");
    let traces = policy(&[allow("Traces", &["xray:PutTraceSegments"], &["*".to_owned()])]);
    story.put_role_policy(&Actor::person("i.moreau"), "nightly-report", "tracing", &traces)
}

/// The policy of the interface endpoint of SQS allows another queue only.
pub(super) fn interface_endpoint_narrowed(story: &mut Story) {
    let depot = depot(story, "290485173316", "eu-west-1", send);
    let place = depot.stack.place.clone();
    let group = story.group(&depot.stack.vpc, "endpoint");
    story.allow(&group, 443, &depot.stack.vpc.cidr.clone());
    let endpoint = story.endpoint(&depot.stack.app_a, "sqs", &group);
    let allowed = |queues: &[String]| {
        policy(&[
            json!({ "Sid": "Queues", "Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": queues }),
        ])
    };
    let returns = place.arn("sqs", "depot-returns");
    let before = allowed(&[depot.queue.arn(), returns.clone()]);
    story.set(ENDPOINTS, &endpoint.id, "PolicyDocument", &json!(before.to_string()));
    story.observe();
    depot.works(story);
    story.at("18:30:58");
    let actor = Actor::pipeline("network-baseline", "terraform-apply-6120");
    let event = story.put_endpoint_policy(&actor, &place, &endpoint.id, &allowed(&[returns]));
    let decoy = decoy(story);
    depot.fails(
        story,
        &depot.sessions.clone(),
        "because no VPC endpoint policy allows the sqs:sendmessage action",
    );
    let arn = place.arn("ec2", &format!("vpc-endpoint/{}", endpoint.id));
    let parts = ("endpoint policy statement Queues", &[&event][..], Some("terraform-apply-6120"));
    let cause = cause(&place, &endpoint.id, &[arn], &["endpoint policy|polic"], parts);
    let mut truth = depot.truth(cause, decoy);
    truth.must_not_blame.extend([depot.role.name.clone(), depot.role.arn(), group]);
    story.truth = Truth {
        title: "Instances may no longer send to their queue",
        why: "the policy of an interface endpoint they only use because of private DNS",
        must_rule_out: vec!["identity|role".to_owned()],
        apply: vec![(
            "ec2",
            "ModifyVpcEndpoint",
            json!({ "VpcEndpointId": endpoint.id, "PolicyDocument": before }),
        )],
        ..truth
    };
}

/// The role loses the tag that its own policy asks for.
pub(super) fn role_untagged(story: &mut Story) {
    let depot = depot(story, "538107264491", "us-east-1", |queue| {
        let mut statement = send(queue);
        if let Some(members) = statement.as_object_mut() {
            let tagged = json!({ "StringEquals": { "aws:PrincipalTag/team": "depot" } });
            members.insert("Condition".to_owned(), tagged);
        }
        statement
    });
    story.edit_role(&depot.role.name, |role| {
        role.tags.insert("team".to_owned(), "depot".to_owned());
        role.tags.insert("stage".to_owned(), "prod".to_owned());
    });
    story.observe();
    depot.works(story);
    story.at("18:30:58");
    let actor = Actor::script("tag-governance", "tag-cleanup-0603");
    let event = story.untag_role(&actor, &depot.role.name, "team");
    let decoy = decoy(story);
    let reason = "because no identity-based policy allows the sqs:sendmessage action";
    depot.fails(story, &depot.sessions.clone(), reason);
    let parts = ("tag team", &[&event][..], Some("tag-cleanup-0603"));
    let place = Place::new(&depot.stack.place.account, "us-east-1");
    let cause = cause(&place, &depot.role.name, &[depot.role.arn()], &["tag"], parts);
    let tags = json!([{ "Key": "team", "Value": "depot" }]);
    story.truth = Truth {
        title: "Instances may no longer send to their queue after a tag run",
        why: "no policy changed: a condition on a tag of the caller's role no longer holds",
        apply: vec![("iam", "TagRole", json!({ "RoleName": depot.role.name, "Tags": tags }))],
        ..depot.truth(cause, decoy)
    };
}

/// One of two instances gets the profile of another role.
pub(super) fn profile_replaced(story: &mut Story) {
    let depot = depot(story, "704639281125", "eu-central-1", send);
    let place = depot.stack.place.clone();
    let metrics = allow("Metrics", &["cloudwatch:PutMetricData"], &["*".to_owned()]);
    let base = story.role(&place.account, "instance-base", "ec2.amazonaws.com", &[metrics]);
    story.permits.profiles.push(Profile { account: place.account.clone(), name: base.name.clone() });
    story.observe();
    depot.works(story);
    story.at("18:30:58");
    let instance = depot.stack.host_b.id.clone();
    let actor = Actor::admin("g.ferreira");
    let event = story.replace_profile(&actor, &place, &instance, &base.name);
    let decoy = decoy(story);
    let other = Session::of_instance(&depot.stack.host_b, &base.name, &depot.stack.log_group());
    for session in depot.sessions.iter().take(1) {
        story.log_work(session, "sent 9 orders", ("18:31:31", 60, 9));
    }
    let reason = "because no identity-based policy allows the sqs:sendmessage action";
    depot.fails(story, &[other], reason);
    let arn = place.arn("ec2", &format!("instance/{instance}"));
    let parts = ("instance profile", &[&event][..], Some("g.ferreira"));
    let cause = cause(&place, &instance, &[arn], &["profile|role"], parts);
    story.truth = Truth {
        title: "One of two instances may no longer send to the queue",
        why: "the instance got another role through its profile; no policy changed",
        unaffected: vec![depot.stack.host_a.id.clone()],
        apply: vec![(
            "ec2",
            "ReplaceIamInstanceProfileAssociation",
            json!({ "AssociationId": "*", "IamInstanceProfile": "*" }),
        )],
        ..depot.truth(cause, decoy)
    };
}
