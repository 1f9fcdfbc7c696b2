//! Requests that pass a gateway endpoint: its policy is the layer that decides.

use crate::scenarios::make::cloud::Place;
use crate::scenarios::make::denial::{Denial, Session, Spelling};
use crate::scenarios::make::estate::cause;
use crate::scenarios::make::host::Peer;
use crate::scenarios::make::permits::{allow, bucket_arns, policy, role_arn};
use crate::scenarios::make::signal::{Alarm, Format, Seen};
use crate::scenarios::make::stack::Stack;
use crate::scenarios::make::story::Story;
use crate::scenarios::make::trail::Actor;
use crate::scenarios::make::truth::Truth;
use serde_json::{Value, json};

const READ_AND_WRITE: &[&str] = &["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"];

/// Instances of one role that work with buckets through a gateway endpoint.
struct Shop {
    stack: Stack,
    role: String,
    buckets: Vec<String>,
    endpoint: String,
    /// The endpoint's policy at first.
    before: Value,
    sessions: Vec<Session>,
}

fn shop(
    story: &mut Story,
    place: &Place,
    (name, net): (&str, u8),
    buckets: &[&str],
    before: impl Fn(&[String]) -> Value,
) -> Shop {
    let stack = Stack::new(story, place, name, net, 5432);
    let account = &place.account;
    story.bystanders(place);
    let role = format!("{name}-web");
    let buckets: Vec<_> = buckets.iter().map(|bucket| format!("{name}-{bucket}-{account}")).collect();
    let statements = [
        allow("Buckets", READ_AND_WRITE, &bucket_arns(&buckets)),
        allow("Metrics", &["cloudwatch:PutMetricData"], &["*".to_owned()]),
    ];
    story.role(account, &role, "ec2.amazonaws.com", &statements);
    story.profile(account, &role, &[&stack.host_a.id, &stack.host_b.id]);
    for (number, bucket) in buckets.iter().enumerate() {
        let tls = json!({ "Sid": "TlsOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": bucket_arns(std::slice::from_ref(bucket)),
            "Condition": { "Bool": { "aws:SecureTransport": "false" } } });
        story.bucket(place, bucket, (number == 1).then(|| policy(&[tls])));
    }
    let before = before(&buckets);
    let endpoint = story.gateway_endpoint(&stack.vpc, &before, &[&stack.app_table]);
    let group = stack.log_group();
    let sessions =
        [&stack.host_a, &stack.host_b].map(|host| Session::of_instance(host, &role, &group)).to_vec();
    Shop { stack, role, buckets, endpoint, before, sessions }
}

/// An endpoint policy that allows the buckets and nothing else.
fn only(buckets: &[String]) -> Value {
    policy(&[json!({ "Sid": "AppBuckets", "Effect": "Allow", "Principal": "*", "Action": READ_AND_WRITE,
        "Resource": bucket_arns(buckets) })])
}

impl Shop {
    fn place(&self) -> &Place {
        &self.stack.place
    }

    fn alarm(&self) -> Alarm {
        Alarm {
            metric: "S3Errors",
            ..Alarm::errors("s3-access-errors", "requests to S3 fail", &self.stack.vpc.name)
        }
    }

    /// Packets flow to S3 and to the database the whole time.
    fn traffic(&self, story: &mut Story, times: (&str, &str)) {
        for host in [&self.stack.host_a, &self.stack.host_b] {
            story.traffic(&host.peer(), &Peer::outside("52.216.34.19"), 443, times, Seen::Accepted);
            story.traffic(&host.peer(), &self.stack.db.peer(), 5432, times, Seen::Accepted);
        }
    }

    /// Ordinary lines of both instances.
    fn works(&self, story: &mut Story, from: &str, count: i64) {
        for session in &self.sessions {
            let text = format!("[status] checks db=4/4 s3={}/{0} queue=ok", self.buckets.len());
            story.log_work(session, &text, (from, 61, count));
        }
    }

    /// Denials of both instances for these buckets.
    fn fails(
        &self,
        story: &mut Story,
        spelling: Spelling,
        buckets: &[&String],
        reason: &str,
        times: (&str, i64),
    ) {
        let mut denials = Vec::new();
        for (action, is_object) in [("s3:GetObject", true), ("s3:ListBucket", false)] {
            for bucket in buckets {
                let path = if is_object { "/probe/current.json" } else { "" };
                let reason = reason.replace("ACTION", action);
                denials.push(Denial::of_s3(action, &format!("arn:aws:s3:::{bucket}{path}"), &reason));
            }
        }
        for session in &self.sessions {
            story.log_denials(session, spelling, &denials, (times.0, 37, times.1));
        }
    }

    /// What everything about this endpoint has in common; `lost` buckets cannot be used.
    fn truth(&self, event: Option<&String>, lost: &[&String], actor: Option<&'static str>) -> Truth {
        let events: Vec<_> = event.into_iter().collect();
        let component = "endpoint policy statement AppBuckets";
        let arn = self.place().arn("ec2", &format!("vpc-endpoint/{}", self.endpoint));
        let words = ["endpoint policy|policy"];
        let cause = cause(self.place(), &self.endpoint, &[arn], &words, (component, &events, actor));
        let mut must_not_blame = vec![
            self.role.clone(),
            role_arn(&self.place().account, &self.role),
            self.stack.app_group.clone(),
            self.stack.app_table.clone(),
        ];
        must_not_blame.extend(self.buckets.iter().cloned());
        let works = self.buckets.iter().filter(|bucket| !lost.contains(bucket));
        Truth {
            outcome: "root_cause",
            causes: vec![cause],
            must_not_blame,
            must_rule_out: vec!["iam|identity|role".to_owned(), "bucket polic".to_owned()],
            unaffected: works.cloned().collect(),
            plan_status: vec!["verified"],
            exact_names: lost.iter().map(|bucket| (*bucket).clone()).collect(),
            ..Truth::default()
        }
    }

    fn restore(&self) -> (&'static str, &'static str, Value) {
        let parameters = json!({ "VpcEndpointId": self.endpoint, "PolicyDocument": self.before });
        ("ec2", "ModifyVpcEndpoint", parameters)
    }
}

const UNALLOWED: &str = "because no VPC endpoint policy allows the ACTION action";

/// What is known beforehand of a cut from five buckets to three.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Everything,
    NoObservation,
    NoTrail,
}

fn cut(story: &mut Story, account: &str, region: &str, known: Known) -> (Shop, Truth) {
    let names = ["originals", "thumbnails", "captions", "playlists", "renditions"];
    let net = 80 + story.ids.number("net") as u8 % 10;
    let shop = shop(story, &Place::new(account, region), ("media", net), &names, only);
    if known != Known::NoObservation {
        story.observe();
    }
    shop.traffic(story, ("09:01:10", "09:22:10"));
    shop.works(story, "09:02:04", 10);
    let (lost, kept): (Vec<_>, Vec<_>) = shop
        .buckets
        .iter()
        .partition(|bucket| ["originals", "captions"].iter().any(|name| bucket.contains(name)));
    let kept: Vec<_> = kept.into_iter().cloned().collect();
    story.at("09:12:37");
    let actor = Actor::pipeline("network-baseline", "terraform-apply-4471");
    let event = story.put_endpoint_policy(&actor, shop.place(), &shop.endpoint, &only(&kept));
    // A harmless edit of the callers' own role, nearer to the alarm.
    story.at("09:13:58");
    let metrics = policy(&[allow("Traces", &["xray:PutTraceSegments"], &["*".to_owned()])]);
    let decoy = story.put_role_policy(&Actor::admin("i.moreau"), &shop.role, "tracing", &metrics);
    shop.fails(story, Spelling::Node("AccessDenied"), &lost, UNALLOWED, ("09:12:49", 14));
    story.at("09:15:06");
    story.fire(shop.place(), shop.alarm(), "09:12:49", Format::EventBridge);
    story.investigate("09:23:20");
    let is_trailed = known != Known::NoTrail;
    let actor = is_trailed.then_some("terraform-apply-4471");
    let mut truth = shop.truth(is_trailed.then_some(&event), &lost, actor);
    truth.must_not_blame.push(decoy);
    (shop, truth)
}

/// Five buckets in the endpoint's policy become three.
pub(super) fn buckets_cut(story: &mut Story) {
    let (shop, truth) = cut(story, "418230975561", "us-east-1", Known::Everything);
    story.truth = Truth {
        title: "The application cannot use two of its five buckets",
        why: "an endpoint policy cut in a pipeline; S3 writes no record of such denials, and the role was edited nearer to the alarm",
        apply: vec![shop.restore()],
        ..truth
    };
}

/// The same, and nobody looked before.
pub(super) fn buckets_cut_unseen(story: &mut Story) {
    let (_, truth) = cut(story, "730144862095", "eu-west-1", Known::NoObservation);
    story.truth = Truth {
        title: "The application cannot use two of its buckets, and nobody looked before",
        why: "the event holds the new policy only: the cause can be named, what the policy was before cannot",
        plan_status: vec!["unverified", "verified"],
        ..truth
    };
}

/// The same, and the trail cannot be read.
pub(super) fn buckets_cut_untrailed(story: &mut Story) {
    story.has_no_trail = true;
    let (shop, truth) = cut(story, "256078431190", "us-west-2", Known::NoTrail);
    story.truth = Truth {
        title: "The application cannot use two of its buckets, and there is no trail",
        why: "two observations differ; when and by whom is not known",
        apply: vec![shop.restore()],
        ..truth
    };
}

fn open(_: &[String]) -> Value {
    policy(&[json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" })])
}

/// The endpoint's policy allows everything, and a statement that denies the application's buckets is added.
pub(super) fn buckets_denied(story: &mut Story) {
    let place = Place::new("602915847733", "eu-west-1");
    let shop = shop(story, &place, ("claims", 91), &["intake", "scans", "letters"], open);
    story.observe();
    shop.traffic(story, ("14:21:10", "14:44:10"));
    shop.works(story, "14:20:09", 11);
    story.at("14:28:31");
    let everybody = bucket_arns(&["nightly-report-exchange".to_owned()]);
    let edit = policy(&[allow("Reports", &["s3:PutObject", "s3:GetObject"], &everybody)]);
    let decoy = story.put_role_policy(&Actor::person("t.adeyemi"), "nightly-report", "exchange", &edit);
    story.at("14:31:15");
    let statement = json!({ "Sid": "HoldClaims", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": bucket_arns(&shop.buckets) });
    let allowed = json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" });
    let actor = Actor::user("records-cli");
    let document = policy(&[allowed, statement]);
    let event = story.put_endpoint_policy(&actor, &place, &shop.endpoint, &document);
    let reason = "with an explicit deny in a VPC endpoint policy";
    let all: Vec<_> = shop.buckets.iter().collect();
    shop.fails(story, Spelling::Java("s3.model.S3Exception", "S3"), &all, reason, ("14:31:52", 14));
    story.at("14:34:03");
    story.fire(&place, shop.alarm(), "14:31:52", Format::Sns);
    story.investigate("14:45:20");
    let mut truth = shop.truth(Some(&event), &all, Some("records-cli"));
    truth.must_not_blame.push(decoy);
    story.truth = Truth {
        title: "The application is denied all its buckets",
        why: "an explicit deny in an endpoint policy that still allows everything else",
        apply: vec![shop.restore()],
        ..truth
    };
}

/// The endpoint's policy is cut and put back seven minutes later, before anybody looks.
pub(super) fn buckets_back(story: &mut Story) {
    let place = Place::new("335810946227", "us-east-1");
    let shop = shop(story, &place, ("claims", 93), &["intake", "scans", "letters", "audit"], only);
    story.observe();
    shop.traffic(story, ("14:21:10", "14:50:10"));
    shop.works(story, "14:20:09", 11);
    let (lost, kept): (Vec<_>, Vec<_>) =
        shop.buckets.iter().partition(|bucket| ["scans", "letters"].iter().any(|name| bucket.contains(name)));
    let kept: Vec<_> = kept.into_iter().cloned().collect();
    story.at("14:31:15");
    let actor = Actor::pipeline("network-baseline", "terraform-apply-5102");
    let event = story.put_endpoint_policy(&actor, &place, &shop.endpoint, &only(&kept));
    shop.fails(story, Spelling::Boto("AccessDenied", "GetObject"), &lost, UNALLOWED, ("14:31:29", 11));
    story.at("14:38:20");
    story.put_endpoint_policy(&Actor::admin("n.achterberg"), &place, &shop.endpoint, &shop.before.clone());
    shop.works(story, "14:39:04", 11);
    story.at("14:34:03");
    story.fire_until(&place, shop.alarm(), "14:31:29", Some("14:39:00"), Format::Records);
    story.investigate("14:51:20");
    story.truth = Truth {
        title: "The application was denied two of its buckets for seven minutes and has recovered",
        why: "already undone by a second edit of the same policy: no commands",
        outcome: "recovered",
        must_rule_out: Vec::new(),
        unaffected: Vec::new(),
        exact_names: Vec::new(),
        plan_status: vec!["not_needed"],
        must_mention: vec!["n.achterberg|restored|back|again|undone"],
        ..shop.truth(Some(&event), &lost, Some("terraform-apply-5102"))
    };
}

/// The application logs no more than `Access Denied`: neither who, nor what, nor which layer.
pub(super) fn buckets_cut_bare(story: &mut Story) {
    let place = Place::new("980231574466", "eu-central-1");
    let shop =
        shop(story, &place, ("media", 94), &["originals", "thumbnails", "captions", "playlists"], only);
    story.observe();
    shop.traffic(story, ("09:01:10", "09:22:10"));
    shop.works(story, "09:02:04", 10);
    let (lost, kept): (Vec<_>, Vec<_>) = shop.buckets.iter().partition(|bucket| bucket.contains("playlists"));
    let kept: Vec<_> = kept.into_iter().cloned().collect();
    story.at("09:12:37");
    let actor = Actor::script("endpoint-hygiene", "narrow-endpoints-14");
    let event = story.put_endpoint_policy(&actor, &place, &shop.endpoint, &only(&kept));
    for session in &shop.sessions {
        for minute in 13..22 {
            for bucket in &lost {
                let error = format!(
                    "[s3] could not read s3://{bucket}/live/index.m3u8\nClientError: An error occurred (AccessDenied) when \
                     calling the GetObject operation: Access Denied"
                );
                story.log_error(session, &error, &format!("09:{minute}:21"));
            }
        }
    }
    story.at("09:15:06");
    story.fire(&place, shop.alarm(), "09:13:21", Format::Sns);
    story.investigate("09:23:20");
    story.truth = Truth {
        title: "The application cannot read one bucket and logs no more than Access Denied",
        why: "an older SDK: the layer has to be computed, AWS does not name it",
        also_allowed: vec!["undetermined"],
        apply: vec![shop.restore()],
        plan_status: vec!["verified", "none"],
        must_rule_out: Vec::new(),
        ..shop.truth(Some(&event), &lost, Some("narrow-endpoints-14"))
    };
}

/// AWS names the endpoint's policy, and the recorded one allows everything: what was recorded is not what decided.
pub(super) fn endpoint_seems_open(story: &mut Story) {
    let place = Place::new("447916028354", "us-west-2");
    let shop = shop(story, &place, ("claims", 96), &["intake", "scans", "letters"], open);
    story.observe();
    shop.traffic(story, ("14:21:10", "14:44:10"));
    shop.works(story, "14:20:09", 11);
    story.at("14:30:15");
    let traces = policy(&[allow("Traces", &["xray:PutTraceSegments"], &["*".to_owned()])]);
    let decoy = story.put_role_policy(&Actor::admin("i.moreau"), &shop.role, "tracing", &traces);
    let all: Vec<_> = shop.buckets.iter().collect();
    shop.fails(story, Spelling::Node("AccessDenied"), &all, UNALLOWED, ("14:31:52", 14));
    story.at("14:34:03");
    story.fire(&place, shop.alarm(), "14:31:52", Format::Webhook);
    story.investigate("14:45:20");
    let mut must_not_blame = shop.truth(None, &[], None).must_not_blame;
    must_not_blame.extend([decoy, shop.endpoint.clone()]);
    story.truth = Truth {
        title: "AWS names a layer that allows everything as recorded",
        why: "another endpoint or an older state decided: the documents are stale or incomplete, and that has to be said",
        outcome: "undetermined",
        must_not_blame,
        must_state_gaps: vec!["again|stale|GetRequestAuthorizationDetails|DescribeVpcEndpoints"],
        must_mention: vec!["VPC endpoint policy|VPC_ENDPOINT|endpoint policy"],
        plan_status: vec!["none", "unverified"],
        ..Truth::default()
    };
}
