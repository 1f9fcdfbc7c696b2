//! Code that went live and does not work, and decoys: deploys of something else, too late, taken back, or of nothing new.

use crate::scenarios::make::cloud::Place;
use crate::scenarios::make::estate::cause;
use crate::scenarios::make::signal::{Alarm, Format};
use crate::scenarios::make::software::{Running, package};
use crate::scenarios::make::story::Story;
use crate::scenarios::make::trail::Actor;
use crate::scenarios::make::truth::Truth;
use serde_json::json;

const OLD: &str = "q3Vd0mVbYbN4o0yVY1cZr2u0m6Q5cQy4rX0fGm1l7sE=";
const NEW: &str = "Zk1c9nXh3uM7Pp5oW8aLd2EYxT6bR4qJs0vKf9GtH1A=";
const OTHER: &str = "hB7s2Lq9XcV4mN8pR1tW6yZ3kD5fG0jUaEoIiTnQx2M=";

fn alarm(name: &'static str, function: &str) -> Alarm {
    Alarm {
        namespace: "AWS/Lambda",
        metric: "Errors",
        dimensions: vec![("FunctionName", function.to_owned())],
        ..Alarm::errors(name, "a function fails", function)
    }
}

fn pipeline() -> Actor {
    Actor::pipeline("checkout-deployer", "release-4127")
}

const TRACE: &str = "[ERROR]\t{at}\tKeyError: 'discount'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 41, in handler\n    total = price(order)\n  File \"/var/task/pricing.py\", line 18, in price\n    rate = order[\"discount\"]\nKeyError: 'discount'";

/// Two functions; the log of the first one works until `until` and fails from `from` on.
fn checkout(story: &mut Story, place: &Place, (works, count): (&str, i64), fails: Option<(&str, i64)>) {
    let stream = "2026/06/03/[$LATEST]5f1d0c2b7a9e";
    story.log_every(
        place,
        ("/aws/lambda/checkout-quotes", stream),
        (works, 31, count),
        "{at} INFO quote 200 41ms",
    );
    if let Some((from, count)) = fails {
        story.log_every(place, ("/aws/lambda/checkout-quotes", stream), (from, 37, count), TRACE);
    }
    let other = "2026/06/03/[$LATEST]83e2c11d90fb";
    story.log_every(
        place,
        ("/aws/lambda/checkout-invoices", other),
        (works, 47, 40),
        "{at} INFO invoice 201 77ms",
    );
}

/// A function gets code that fails on orders without a discount; another one was deployed nearer to the alarm.
pub(super) fn function_code(story: &mut Story) {
    let place = Place::new("502117349886", "eu-west-1");
    let both = [("checkout-quotes", OLD), ("checkout-invoices", OLD)];
    story.at("06-02 15:04:10");
    story.update_code(&pipeline(), &place, "checkout-quotes", ("build-311", OLD));
    story.at("08:00:00");
    story.list_functions(&place, &both);
    checkout(story, &place, ("08:12:03", 30), Some(("08:31:22", 14)));
    story.at("08:30:41");
    let event = story.update_code(&pipeline(), &place, "checkout-quotes", ("build-312", NEW));
    story.at("08:33:15");
    let decoy = story.update_code(&pipeline(), &place, "checkout-invoices", ("build-90", OTHER));
    story.at("08:34:00");
    story.fire(&place, alarm("checkout-quotes-errors", "checkout-quotes"), "08:31:22", Format::EventBridge);
    story.investigate("08:42:00");
    story.list_functions(&place, &[("checkout-quotes", NEW), ("checkout-invoices", OTHER)]);
    let arn = place.arn("lambda", "function:checkout-quotes");
    let found = cause(&place, &arn, &[], &["code|deploy"], ("code", &[&event], Some("checkout-deployer")));
    story.truth = Truth {
        title: "A function fails on some orders since it got new code",
        why: "the log tells of an exception it never told before; another function is deployed nearer to the alarm",
        outcome: "root_cause",
        causes: vec![found],
        must_not_blame: vec![decoy, place.arn("lambda", "function:checkout-invoices")],
        must_rule_out: vec!["checkout-invoices".to_owned()],
        plan_status: vec!["unverified"],
        apply: vec![("lambda", "UpdateFunctionCode", package("checkout-quotes", "build-311"))],
        must_mention: vec!["KeyError", "none of its"],
        ..Truth::default()
    };
}

/// The same exception, and the function got new code only after it had begun.
pub(super) fn code_after_failure(story: &mut Story) {
    let place = Place::new("502117349886", "eu-west-1");
    story.at("08:00:00");
    story.list_functions(&place, &[("checkout-quotes", OLD), ("checkout-invoices", OLD)]);
    checkout(story, &place, ("08:02:03", 30), Some(("08:26:22", 24)));
    story.at("08:29:00");
    story.fire(&place, alarm("checkout-quotes-errors", "checkout-quotes"), "08:26:22", Format::Sns);
    story.at("08:28:11");
    let event = story.update_code(&pipeline(), &place, "checkout-quotes", ("build-312", NEW));
    story.investigate("08:42:00");
    story.list_functions(&place, &[("checkout-quotes", NEW), ("checkout-invoices", OLD)]);
    story.truth = Truth {
        title: "A function fails, and gets new code two minutes later",
        why: "a deploy just before the alarm and after the onset did not cause it",
        outcome: "undetermined",
        must_not_blame: vec![event],
        must_rule_out: vec!["UpdateFunctionCode".to_owned()],
        plan_status: vec!["none"],
        ..Truth::default()
    };
}

fn image(name: &str, tag: &str) -> String {
    format!("640271835512.dkr.ecr.eu-central-1.amazonaws.com/{name}:{tag}")
}

/// Two services; the log of the first one fails from `from` on.
fn parcels(story: &mut Story, place: &Place, from: &str, count: i64) -> (Running, Running) {
    let tracker = Running {
        name: "parcel-tracker",
        revision: 41,
        images: vec![(41, image("parcel-tracker", "2.8.0")), (42, image("parcel-tracker", "2.9.0"))],
    };
    let labels = Running {
        name: "parcel-labels",
        revision: 17,
        images: vec![(17, image("parcel-labels", "1.4.2")), (18, image("parcel-labels", "1.4.3"))],
    };
    story.at("08:00:00");
    story.list_services(place, &[&tracker, &labels]);
    let error = "{at} ERROR request failed\nTypeError: Cannot read properties of undefined (reading 'carrier')\n    at describe (/app/src/track.js:88:31)\n    at handle (/app/src/server.js:41:12)";
    let work = "{at} INFO GET /parcels 200 19ms";
    story.log_every(place, ("/ecs/parcel-tracker", "ecs/parcel-tracker/7c1e"), ("08:10:02", 29, 36), work);
    story.log_every(place, ("/ecs/parcel-tracker", "ecs/parcel-tracker/9d44"), (from, 33, count), error);
    story.log_every(
        place,
        ("/ecs/parcel-labels", "ecs/parcel-labels/11ab"),
        ("08:10:09", 41, 44),
        "{at} INFO POST /labels 201 30ms",
    );
    (tracker, labels)
}

fn service_alarm() -> Alarm {
    Alarm {
        dimensions: vec![("ServiceName", "parcel-tracker".to_owned())],
        ..Alarm::errors("parcel-tracker-errors", "a service fails", "parcel-tracker")
    }
}

/// A service gets another revision; another service, too, right after it.
pub(super) fn service_revision(story: &mut Story) {
    let place = Place::new("640271835512", "eu-central-1");
    let (mut tracker, mut labels) = parcels(story, &place, "08:29:44", 15);
    let actor = Actor::pipeline("parcels-deployer", "release-88");
    story.at("08:28:30");
    let event = story.update_service(&actor, &place, &mut tracker, 42);
    story.at("08:29:02");
    let decoy = story.update_service(&actor, &place, &mut labels, 18);
    story.at("08:32:00");
    story.fire(&place, service_alarm(), "08:29:44", Format::Records);
    story.investigate("08:39:00");
    story.list_services(&place, &[&tracker, &labels]);
    let found = cause(
        &place,
        &tracker.arn(&place),
        &[],
        &["task definition|deploy"],
        ("code", &[&event], Some("parcels-deployer")),
    );
    story.truth = Truth {
        title: "A service fails since it runs another revision",
        why: "two services are deployed within a minute by the same pipeline: only one of them fails",
        outcome: "root_cause",
        causes: vec![found],
        must_not_blame: vec![decoy, labels.arn(&place)],
        must_rule_out: vec!["parcel-labels".to_owned()],
        plan_status: vec!["unverified"],
        apply: vec![(
            "ecs",
            "UpdateService",
            json!({ "Cluster": "shop", "Service": "parcel-tracker",
                "TaskDefinition": place.arn("ecs", "task-definition/parcel-tracker:41") }),
        )],
        must_mention: vec!["TypeError"],
        ..Truth::default()
    };
}

/// A revision with the same image, and a deployment that failed: nothing new runs.
pub(super) fn nothing_new(story: &mut Story) {
    let place = Place::new("640271835512", "eu-central-1");
    let (mut tracker, labels) = parcels(story, &place, "08:29:44", 15);
    for (_, image) in &mut tracker.images {
        *image = self::image("parcel-tracker", "2.8.0");
    }
    let sha = story.ids.hex("parcel-tracker 2.9.0");
    story.github_deployment(("freight/parcel-tracker", &sha), ("08:24:10", "08:27:51", "failure"));
    story.at("08:28:30");
    let actor = Actor::pipeline("parcels-deployer", "release-88");
    let event = story.update_service(&actor, &place, &mut tracker, 42);
    story.at("08:32:00");
    story.fire(&place, service_alarm(), "08:29:44", Format::Webhook);
    story.investigate("08:39:00");
    story.calls.retain(|call| call.get("operation") != Some(&json!("DescribeTaskDefinition")));
    story.list_services(&place, &[&tracker, &labels]);
    story.truth = Truth {
        title: "A service fails after a deployment that failed and a revision that brought nothing",
        why: "what failed or was there already cannot be the cause, however near it is",
        outcome: "undetermined",
        must_not_blame: vec![event, sha],
        must_rule_out: vec!["it failed: what ran before".to_owned(), "there already".to_owned()],
        plan_status: vec!["none"],
        ..Truth::default()
    };
}

/// A commit cuts a time limit to a tenth; documentation is deployed after it, and another repository before.
pub(super) fn limit_cut(story: &mut Story) {
    let place = Place::new("718840266105", "us-west-2");
    let [old, cut, docs, other] = ["venue 1", "venue 2", "venue 3", "mailer 1"]
        .map(|name| story.ids.hex(name).repeat(3).chars().take(40).collect::<String>());
    let work = "{at} INFO seats.api hold created 201 2140ms";
    let error = "{at} ERROR seats.venue VenueClient timed out after 3 s: GET /venues/88/seats";
    story.log_every(&place, ("/app/venue-seats", "i-0b7c1e8a4f6d2c913"), ("08:02:11", 23, 64), work);
    story.log_every(&place, ("/app/venue-seats", "i-0b7c1e8a4f6d2c913"), ("08:27:31", 19, 36), error);
    story.log_every(
        &place,
        ("/app/mailer", "i-02d94a7bb1c3e5f60"),
        ("08:02:40", 44, 50),
        "{at} INFO mailer sent 250",
    );
    story.github_deployment(("tickets/mailer", &other), ("08:17:40", "08:20:02", "success"));
    story.github_compare(
        ("tickets/mailer", &old, &other),
        ("07:58:12", "Use the new footer"),
        &[("mailer/footer.py", "@@ -4,3 +4,3 @@ def footer():\n     lines = []\n-    lines.append(OLD_FOOTER)\n+    lines.append(FOOTER)\n     return lines")],
    );
    story.github_deployment(("tickets/venue-seats", &cut), ("08:24:30", "08:26:58", "success"));
    story.github_compare(
        ("tickets/venue-seats", &old, &cut),
        ("08:09:47", "Tidy the venue client"),
        &[("seats/venue_client.py", "@@ -11,7 +11,7 @@ class VenueClient:\n     def seats(self, venue):\n-        return self.session.get(f\"/venues/{venue}/seats\", timeout=30)\n+        return self.session.get(f\"/venues/{venue}/seats\", timeout=3)\n     def hold(self, seat):")],
    );
    story.github_deployment(("tickets/venue-seats", &docs), ("08:26:59", "08:27:20", "success"));
    story.github_compare(
        ("tickets/venue-seats", &cut, &docs),
        ("08:20:05", "Describe the seat map"),
        &[("docs/seats.md", "@@ -1,2 +1,2 @@\n-# Seats\n+# Seats and rows\n ")],
    );
    story.at("08:30:00");
    let alarm =
        Alarm::errors("venue-seats-errors", "the seat service cannot read seats of venues", "venue-seats");
    story.fire(&place, alarm, "08:27:31", Format::Sns);
    story.investigate("08:38:00");
    story.truth = Truth {
        title: "A service gives up on its backend since a commit cut the limit",
        why: "nothing in AWS changed: the commit is known from the code host, and only its diff says what it does",
        outcome: "root_cause",
        causes: vec![cause(
            &place,
            "/app/venue-seats",
            &[],
            &["deploy", "timeout=3"],
            ("code", &[&cut], Some("okafor")),
        )],
        must_not_blame: vec![docs, other],
        must_rule_out: vec!["mailer".to_owned(), "part of what runs".to_owned()],
        plan_status: vec!["unverified"],
        must_mention: vec!["revert commit"],
        ..Truth::default()
    };
}
