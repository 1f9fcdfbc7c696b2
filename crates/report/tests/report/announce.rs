//! What people are told: how it looks in each channel, that no text can break it, that it fits.

use crate::any_text::text;
use crate::parts::at;
use crate::{assessments, checks};
use butfor_incident::{Cause, Phase, Step};
use butfor_report::announce::{
    About, Announcement, Channel, Decision, Record, System, Told, Trace, plan_digest, render,
};
use expect_test::expect_file;
use proptest::prelude::*;
use serde_json::Value;

const ALL: [(&str, Channel); 7] = [
    ("slack", Channel::Slack),
    ("teams", Channel::Teams),
    ("email", Channel::Email),
    ("servicenow", Channel::ServiceNow),
    ("pagerduty", Channel::PagerDuty),
    ("webhook", Channel::Webhook),
    ("sns", Channel::Sns),
];

fn about() -> About {
    About {
        incident: 7,
        url: Some("https://butfor.example.com/incidents/7".to_owned()),
        title: "CloudWatch Alarm: orders-api-db-errors".to_owned(),
        priority: "HIGH".to_owned(),
        account: Some("111111111111".to_owned()),
        region: Some("us-east-1".to_owned()),
        application: Some("orders".to_owned()),
        opened_at: at("2026-05-02T13:37:00Z"),
        sender_ids: vec!["orders-api-db-errors-2026-05-02T13:37:00Z".to_owned()],
        records: vec![
            Record { system: System::ServiceNow, id: "0123456789abcdef0123456789abcdef".to_owned() },
            Record { system: System::PagerDuty, id: "Q1R2S3T4U5V6W7".to_owned() },
        ],
        alerts: 3,
        is_test: false,
        trace: Trace {
            agent_space: "default".to_owned(),
            task: "task-7".to_owned(),
            execution: "run-1".to_owned(),
        },
    }
}

fn hypothesis(cause: &Cause) -> String {
    format!("{}:{}", cause.defect, cause.resource.id)
}

fn verdict(assessment: &butfor_incident::Assessment) -> Announcement {
    Announcement::verdict(about(), at("2026-05-02T13:41:02Z"), assessment, hypothesis)
}

fn value(it: &Announcement, channel: Channel) -> Value {
    serde_json::from_str(&render(it, channel).unwrap()).unwrap()
}

/// Every text of a document with the path to it.
fn texts(value: &Value, path: &str, into: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => into.push((path.to_owned(), text.clone())),
        Value::Array(items) => items.iter().for_each(|item| texts(item, path, into)),
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| texts(member, &format!("{path}/{name}"), into));
        }
        _ => {}
    }
}

#[test]
fn a_verdict_in_each_channel() {
    let it = verdict(&assessments::two_causes());
    for (name, channel) in ALL {
        let text = serde_json::to_string_pretty(&value(&it, channel)).unwrap();
        expect_file![format!("golden/announce/{name}.json")].assert_eq(&format!("{text}\n"));
    }
    // As they are read.
    let email = value(&it, Channel::Email);
    expect_file!["golden/announce/email.txt"].assert_eq(email["text"].as_str().unwrap());
    expect_file!["golden/announce/email.html"].assert_eq(email["html"].as_str().unwrap());
}

#[test]
fn every_end_is_told() {
    let mut out = String::new();
    for (name, assessment) in assessments::all() {
        let note = value(&verdict(&assessment), Channel::PagerDuty);
        out.push_str(&format!("=== {name}\n{}\n", note["text"].as_str().unwrap()));
    }
    let moment = at("2026-05-02T13:50:00Z");
    let told = Some(Told::of(&assessments::one_cause(), hypothesis));
    let decision = Decision {
        who: "alice".to_owned(),
        what: "accepted".to_owned(),
        note: "seen it".to_owned(),
        hypothesis: Some("cause 1".to_owned()),
    };
    for (name, it) in [
        ("opened", Announcement::opened(about(), moment)),
        ("test", Announcement::opened(About { is_test: true, ..about() }, moment)),
        ("decided", Announcement::decided(about(), moment, told.clone(), decision)),
        ("closed", Announcement::closed(about(), moment, None)),
        ("failed", Announcement::failed(about(), moment, "no credentials for 111111111111")),
    ] {
        let note = value(&it, Channel::PagerDuty);
        out.push_str(&format!("=== {name}\n{}\n", note["text"].as_str().unwrap()));
        let event = value(&it, Channel::Webhook);
        out.push_str(&format!("{} {}\n\n", event["detail-type"], event["detail"]["data"]["status"]));
    }
    expect_file!["golden/announce/ends.txt"].assert_eq(&out);
}

#[test]
fn a_button_carries_what_was_seen() {
    let assessment = assessments::two_causes();
    let slack = value(&verdict(&assessment), Channel::Slack);
    let actions: Vec<&Value> =
        slack["blocks"].as_array().unwrap().iter().filter(|block| block["type"] == "actions").collect();
    assert_eq!(actions.len(), 2);
    let button = &actions[0]["elements"][0];
    assert_eq!(button["action_id"], "butfor.accept");
    let carried: Value = serde_json::from_str(button["value"].as_str().unwrap()).unwrap();
    assert_eq!(carried["incident"], 7);
    assert_eq!(carried["hypothesis"], hypothesis(&assessment.root_causes[0]));
    assert_eq!(carried["plan"], plan_digest(&assessment.plan));
    // Another command is another plan; another sentence is not.
    let mut other = assessment.plan.clone();
    other.steps[0].text.push('!');
    assert_eq!(plan_digest(&other), plan_digest(&assessment.plan));
    other.steps[0].command.push(' ');
    assert_ne!(plan_digest(&other), plan_digest(&assessment.plan));
}

#[test]
fn a_note_goes_to_the_senders_records_only() {
    let with =
        |records: Vec<Record>| Announcement::opened(About { records, ..about() }, at("2026-05-02T13:41:02Z"));
    let record = |system, id: &str| Record { system, id: id.to_owned() };
    assert_eq!(render(&with(Vec::new()), Channel::ServiceNow), None);
    for id in ["", "../../x", "0123", "0123456789abcdef0123456789abcde/", "0123456789abcdef0123456789abcdef0"]
    {
        assert_eq!(render(&with(vec![record(System::ServiceNow, id)]), Channel::ServiceNow), None, "{id}");
    }
    for id in ["", "p1", "P1/notes", "P%31"] {
        assert_eq!(render(&with(vec![record(System::PagerDuty, id)]), Channel::PagerDuty), None, "{id}");
    }
    let twice = vec![
        record(System::PagerDuty, "P1"),
        record(System::PagerDuty, "P1"),
        record(System::PagerDuty, "P2"),
    ];
    assert_eq!(value(&with(twice), Channel::PagerDuty)["records"], serde_json::json!(["P1", "P2"]));
}

#[test]
fn hostile_names_stay_text() {
    let title = "<!channel> <@U1> *b* `c` [code]<script>alert(1)</script>[/code] [x](javascript:1) {{DATE(2020-01-01T00:00:00Z)}}\r\nBcc: a@b.example\u{202e}";
    let it = Announcement::opened(About { title: title.to_owned(), ..about() }, at("2026-05-02T13:41:02Z"));
    let slack = value(&it, Channel::Slack);
    assert!(!slack["text"].as_str().unwrap().contains(['<', '>']), "{slack}");
    assert_eq!(slack["blocks"][0]["text"]["type"], "plain_text");
    let email = value(&it, Channel::Email);
    assert!(!email["subject"].as_str().unwrap().contains(['\r', '\n']));
    assert!(email["html"].as_str().unwrap().contains("&lt;script&gt;"));
    assert!(!email["html"].as_str().unwrap().contains("<script"));
    let note = value(&it, Channel::ServiceNow);
    assert!(!note["text"].as_str().unwrap().contains("[code]"), "{note}");
    assert!(!value(&it, Channel::Sns)["subject"].as_str().unwrap().contains(['\r', '\n', '\u{202e}']));
    // No address but a page's is linked to.
    for url in ["javascript:alert(1)", "https://x/\"><script>", "https://x/\n", "data:text/html,x"] {
        let it =
            Announcement::opened(About { url: Some(url.to_owned()), ..about() }, at("2026-05-02T13:41:02Z"));
        let mut all = Vec::new();
        for channel in [Channel::Slack, Channel::Teams, Channel::Email] {
            texts(&value(&it, channel), "", &mut all);
        }
        assert!(all.iter().all(|(_, text)| !text.contains(url)), "{url}");
    }
}

#[test]
fn a_command_is_whole_or_not_there() {
    let mut assessment = assessments::one_cause();
    let step = |command: String| Step {
        phase: Phase::Apply,
        text: "Do it".to_owned(),
        command,
        expect: String::new(),
        account: "111111111111".to_owned(),
        region: "us-east-1".to_owned(),
    };
    let long = format!("aws x '{}'", "y".repeat(2700));
    assessment.plan.steps = vec![
        step("aws ```; *x* <y> & z".to_owned()),
        step(long.clone()),
        step("aws \u{1b}[8mrm".to_owned()),
        step("echo '[code]'".to_owned()),
    ];
    let it = verdict(&assessment);
    for (name, channel) in ALL {
        let mut all = Vec::new();
        texts(&value(&it, channel), "", &mut all);
        let all: Vec<&str> = all.iter().map(|(_, text)| text.as_str()).collect();
        assert!(all.iter().all(|text| !text.contains("aws \u{1b}") && !text.contains("aws rm")), "{name}");
        let pieces = all.iter().flat_map(|text| text.split("y'")).filter(|text| text.ends_with("yyyy"));
        assert!(
            pieces.into_iter().all(|text| text.ends_with(&"y".repeat(2699))),
            "{name}: a command was cut"
        );
    }
    let slack = value(&it, Channel::Slack).to_string();
    assert!(slack.contains("aws ```; *x* <y> & z"));
    assert!(!value(&it, Channel::ServiceNow)["text"].as_str().unwrap().contains("[code]"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_told_safely(parts in prop::collection::vec(text(), 1..30), long in 0_usize..4000, which in 0_usize..6) {
        let mut assessment = assessments::all().swap_remove(which).1;
        let mut next = parts.iter().cycle();
        checks::set_texts(&mut assessment, &mut || {
            let text = next.next().cloned().unwrap_or_default();
            format!("{text}{}", "長".repeat(long))
        });
        let mut it = verdict(&assessment);
        it.about.title = parts.concat();
        it.about.application = parts.first().cloned();
        it.about.sender_ids = parts.clone();
        for (name, channel) in ALL {
            let rendered = render(&it, channel).unwrap();
            prop_assert!(rendered.chars().all(|c| !c.is_control()), "{name}: {rendered:?}");
            let most = match channel {
                Channel::Slack => 13_000,
                Channel::Teams => 25_000,
                Channel::Sns => 240_000,
                _ => 100_000,
            };
            prop_assert!(rendered.len() <= most, "{name}: {} bytes", rendered.len());
            prop_assert_eq!(render(&it, channel), Some(rendered), "twice the same");
        }
        check_slack(&value(&it, Channel::Slack))?;
        let email = value(&it, Channel::Email);
        let html = email["html"].as_str().unwrap();
        for tag in html.split('<').skip(1) {
            let name = tag.trim_start_matches('/').split(['>', ' ']).next().unwrap();
            prop_assert!(["html", "body", "h3", "p", "b", "pre", "a"].contains(&name), "<{tag}");
        }
        let note = value(&it, Channel::ServiceNow);
        prop_assert!(!note["text"].as_str().unwrap().to_lowercase().contains("[code]"));
    }
}

/// The limits of Block Kit.
fn check_slack(message: &Value) -> Result<(), TestCaseError> {
    let blocks = message["blocks"].as_array().unwrap();
    prop_assert!(blocks.len() <= 50);
    prop_assert!(blocks[0]["text"]["text"].as_str().unwrap().chars().count() <= 150);
    let mut all = Vec::new();
    texts(message, "", &mut all);
    for (path, text) in &all {
        prop_assert!(text.chars().count() <= 3000, "{path}");
        prop_assert!(!path.ends_with("/text") || !text.is_empty(), "{path}");
    }
    for button in
        blocks.iter().filter(|it| it["type"] == "actions").flat_map(|it| it["elements"].as_array().unwrap())
    {
        prop_assert!(button["text"]["text"].as_str().unwrap().chars().count() <= 75);
        prop_assert!(button["value"].as_str().unwrap().chars().count() <= 2000);
    }
    for element in blocks.iter().filter_map(|it| it["elements"].as_array()).flatten() {
        prop_assert!(element["elements"].as_array().is_none_or(|it| !it.is_empty()));
    }
    prop_assert!(!message["text"].as_str().unwrap().contains('<'));
    Ok(())
}
