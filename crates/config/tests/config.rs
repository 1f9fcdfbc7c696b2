//! Files in, settings or errors out; and the documentation against what is read.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    reason = "the helpers of a test may stop it"
)]

use butfor_config::{Config, ConfigError, FlowLogPlace, LogGroup, Secret, example, reference, sections};
use proptest::prelude::*;
use std::path::Path;
use std::time::Duration;

fn parse(text: &str) -> Config {
    Config::parse("butfor.toml", text)
        .unwrap_or_else(|errors| panic!("{text}\n{}", shown(&errors).join("\n")))
}

fn shown(errors: &[ConfigError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

/// Every error of a file, as it is printed.
fn check(text: &str, expected: &[&str]) {
    let errors = Config::parse("butfor.toml", text).expect_err(text);
    assert_eq!(shown(&errors), expected, "{text}");
}

const WHOLE: &str = r#"
regions = ["us-east-1", "us-gov-west-1"]
log_groups = ["/shared/proxy", "/aws/vpn/*"]
data_dir = "/var/lib/butfor"
endpoint_url = "http://localhost:5000"

[[accounts]]
id = "111122223333"
name = "shared services"
role = "ops/ButforRead"
external_id = "env:EXTERNAL"
session_tags = { team = "operations" }
profile = "ops"
regions = ["eu-central-1"]

[[accounts]]
id = "444455556666"
role_arn = "arn:aws-us-gov:iam::444455556666:role/ButforRead"
external_id = "orders-4711"

[[applications]]
name = "payments"
tags = { app = "payments" }
stacks = ["payments-prod"]
resources = ["i-0123"]
log_groups = ["/aws/lambda/payments-*"]

[trail]
bucket = "org-trail"
prefix = "/audit/"
account = "111122223333"
region = "us-east-1"
organization = true

[[flow_logs]]
bucket = "flow-logs"

[[flow_logs]]
log_group = "/vpc/flow-logs"
account = "444455556666"

[budgets]
calls = 200
seconds = 30
rounds = 3
pages = 0x14
bytes = "64 MiB"

[history]
path = "~/history"
schedule = "15m"
retention_days = 30
"#;

#[test]
fn a_whole_file_is_read() {
    let config = parse(WHOLE);
    assert_eq!(config.regions, ["us-east-1", "us-gov-west-1"]);
    assert_eq!(
        config.log_groups,
        [LogGroup::Exact("/shared/proxy".to_owned()), LogGroup::Prefix("/aws/vpn/".to_owned())]
    );
    assert_eq!(config.endpoint_url.as_deref(), Some("http://localhost:5000"));
    let [shared, workload] = config.accounts.as_slice() else { panic!("{:?}", config.accounts) };
    assert_eq!(shared.role_arn.as_deref(), Some("arn:aws:iam::111122223333:role/ops/ButforRead"));
    assert_eq!(shared.external_id, Some(Secret::Environment("EXTERNAL".to_owned())));
    assert_eq!(shared.session_tags["team"], "operations");
    assert_eq!(config.regions_of(shared), ["eu-central-1"]);
    assert_eq!(config.regions_of(workload), config.regions);
    assert_eq!(config.account("444455556666"), Some(workload));
    assert!(config.applications[0].log_groups[0].matches("/aws/lambda/payments-api"));
    assert!(!config.applications[0].log_groups[0].matches("/aws/lambda/orders"));
    let trail = config.trail.clone().unwrap();
    assert_eq!(
        (trail.bucket.as_str(), trail.prefix.as_str(), trail.organization),
        ("org-trail", "audit", true)
    );
    assert_eq!(config.flow_logs[1].place, FlowLogPlace::LogGroup("/vpc/flow-logs".to_owned()));
    assert_eq!((config.budgets.calls, config.budgets.pages, config.budgets.bytes), (200, 20, 64 << 20));
    assert_eq!(config.budgets.time, Duration::from_secs(30));
    assert_eq!(config.history.every, Some(Duration::from_secs(900)));
    assert_eq!(config.history.path.resolve(Path::new("/h"), Path::new("/d")), Path::new("/h/history"));
    assert_eq!(config.data_dir.resolve(Path::new("/h"), Path::new("/d")), Path::new("/var/lib/butfor"));
}

#[test]
fn secrets_are_not_shown() {
    let shown = format!("{:?}", parse(WHOLE));
    assert!(shown.contains("Secret(env:EXTERNAL)") && shown.contains("Secret(redacted)"), "{shown}");
    assert!(!shown.contains("4711"), "{shown}");
    let text = "[[accounts]]\nid = \"111122223333\"\nexternal_id = \"env:s3cr3t!\"";
    let errors = Config::parse("butfor.toml", text).unwrap_err();
    assert!(!shown_all(&errors).contains("s3cr3t"), "{errors:?}");
}

fn shown_all(errors: &[ConfigError]) -> String {
    shown(errors).join("\n")
}

#[test]
fn errors_say_where_what_and_what_to_do() {
    check("regionz = []", &["butfor.toml:1: regionz: no such option; did you mean `regions`?"]);
    check(
        "[[accounts]]\nid = \"111122223333\"\nrol = \"x\"",
        &["butfor.toml:3: accounts[0].rol: no such option; did you mean `role`?"],
    );
    check("[acounts]\n", &["butfor.toml:1: acounts: no such option; did you mean `accounts`?"]);
    check(
        "[budgets]\ndata_dir = \"x\"",
        &[
            "butfor.toml:2: budgets.data_dir: no such option; `data_dir` stands before the first table of the file",
        ],
    );
    check(
        "[history]\ncolour = 1",
        &["butfor.toml:2: history.colour: no such option; here can be path, schedule, retention_days"],
    );
    check("calls = 3", &["butfor.toml:1: calls: no such option; `calls` belongs to `budgets`"]);
    check(
        "[accounts]\nid = \"111122223333\"",
        &["butfor.toml:1: accounts: not a table of this kind; write `[[accounts]]` above its options"],
    );
    check(
        "[[accounts]]\nid = 111122223333",
        &[
            "butfor.toml:2: accounts[0].id: found the number 111122223333; expected 12 digits, as text, such as \"111122223333\"",
        ],
    );
    check("[trail]\n", &["butfor.toml:1: trail.bucket: missing; add `bucket = \"org-trail-logs\"`"]);
    check(
        "[[accounts]]\nid = \"111122223333\"\nrole = \"a\"\nrole_arn = \"arn:aws:iam::111122223333:role/a\"",
        &["butfor.toml:3: accounts[0].role: given together with `role_arn`; leave one of them out"],
    );
    check(
        "[[accounts]]\nid = \"111122223333\"\nrole_arn = \"arn:aws:iam::444455556666:role/a\"",
        &["butfor.toml:1: accounts[0].role_arn: a role of account 444455556666; name a role of 111122223333"],
    );
    check(
        "[[accounts]]\nid = \"111122223333\"\n[[accounts]]\nid = \"111122223333\"",
        &["butfor.toml:3: accounts[1].id: `111122223333` is there twice; write all about it in one place"],
    );
    check(
        "[[applications]]\nname = \"a\"",
        &[
            "butfor.toml:1: applications[0]: an application without parts; say by `tags`, `stacks` or `resources` what belongs to it",
        ],
    );
    check("[[flow_logs]]\n", &["butfor.toml:1: flow_logs[0]: no place; give either `bucket` or `log_group`"]);
}

#[test]
fn all_errors_are_told_at_once() {
    let text = "regions = [\"useast1\"]\n[budgets]\ncalls = 0\nsecnds = 3\n[history]\nschedule = \"5\"\n";
    let errors = Config::parse("f", text).unwrap_err();
    let lines: Vec<_> = errors.iter().map(|error| error.line).collect();
    assert_eq!(lines, [1, 3, 4, 6], "{}", shown_all(&errors));
    let errors = Config::parse("f", "a = = 1\nb = \nregions = 3").unwrap_err();
    assert!(errors.len() >= 2 && errors.iter().all(|error| error.field.is_empty()), "{}", shown_all(&errors));
}

#[test]
fn values_that_will_not_do_are_refused() {
    let cases = [
        ("regions", r#"["US-EAST-1"]"#),
        ("regions", r#""us-east-1""#),
        ("log_groups", r#"["*"]"#),
        ("log_groups", r#"["/a*b"]"#),
        ("data_dir", r#""""#),
        ("endpoint_url", r#""localhost:5000""#),
        ("endpoint_url", r#""https://user:secret@host""#),
        ("budgets.calls", "-1"),
        ("budgets.calls", "1.5"),
        ("budgets.bytes", r#""64 MB""#),
        ("budgets.bytes", r#""99999999999999 GiB""#),
        ("history.schedule", r#""1s""#),
        ("history.schedule", r#""hourly""#),
        ("trail.bucket", r#""My_Bucket""#),
        ("trail.organization", r#""yes""#),
        ("accounts", "3"),
        ("accounts", "[3]"),
    ];
    for (name, value) in cases {
        assert!(Config::parse("f", &format!("{name} = {value}")).is_err(), "{name} = {value}");
    }
}

/// The smallest table of a section that is sound, less one option, at the end of which more can be added.
fn around(section: &str, without: &str) -> String {
    let (header, lines): (_, &[&str]) = match section {
        "accounts" => ("[[accounts]]\n", &["id = \"111122223333\""]),
        "applications" => ("[[applications]]\n", &["name = \"x\"", "stacks = [\"x\"]"]),
        "trail" => ("[trail]\n", &["bucket = \"some-bucket\""]),
        "flow_logs" if without == "log_group" => ("[[flow_logs]]\n", &[]),
        "flow_logs" => ("[[flow_logs]]\n", &["bucket = \"some-bucket\""]),
        "budgets" => ("[budgets]\n", &[]),
        "history" => ("[history]\n", &[]),
        "server" => ("[server]\n", &[]),
        "webhooks" => ("[[webhooks]]\n", &["name = \"x\"", "format = \"generic\"", "secret = \"env:X\""]),
        "sign_in" => ("[sign_in]\n", &["issuer = \"https://login.example.org\"", "client_id = \"x\""]),
        "notify" => {
            ("[[notify]]\n", &["name = \"x\"", "kind = \"slack\"", "channel = \"x\"", "secret = \"env:X\""])
        }
        _ => ("", &[]),
    };
    let lines = lines.iter().filter(|line| !line.starts_with(&format!("{without} ")));
    header.to_owned() + &lines.map(|line| format!("{line}\n")).collect::<String>()
}

#[test]
fn every_documented_option_is_read() {
    for section in sections() {
        for setting in section.settings {
            let rest = around(section.name, setting.name);
            let set = parse(&format!("{rest}{} = {}\n", setting.name, setting.example));
            if !setting.required {
                let unset = Config::parse("f", &rest).unwrap_or_default();
                assert_ne!(set, unset, "{}.{} changes nothing", section.name, setting.name);
            }
            if !setting.default.is_empty() {
                let text = format!("{rest}{} = {}\n", setting.name, setting.default);
                let (said, unsaid) = (Config::parse("f", &text), Config::parse("f", &rest));
                assert_eq!(said.ok(), unsaid.ok(), "default of {}.{}", section.name, setting.name);
            }
        }
    }
}

#[test]
fn without_a_file_defaults_hold() {
    assert_eq!(parse(""), Config::default());
    assert_eq!(parse(&example()), Config::default(), "all of the example is comments");
}

#[test]
fn the_example_can_be_taken_out_of_its_comments() {
    let is_option = |line: &&str| {
        line.starts_with("#[")
            || line.starts_with('#') && line.chars().nth(1).is_some_and(|c| c.is_ascii_lowercase())
    };
    let instead = ["#role_arn", "#log_group ", "#external_id"];
    let text = example();
    let options: Vec<_> = text
        .lines()
        .filter(is_option)
        .filter(|line| !instead.iter().any(|other| line.starts_with(other)))
        .collect();
    let config = parse(&options.iter().map(|line| format!("{}\n", &line[1..])).collect::<String>());
    assert_eq!(config.accounts.len(), 1);
    assert_eq!(config.budgets.calls, 200);
}

#[test]
fn every_example_of_the_reference_is_sound() {
    let text = reference();
    let blocks: Vec<_> =
        text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(blocks.len(), sections().len());
    for block in blocks {
        parse(block);
    }
    for section in sections() {
        for setting in section.settings {
            assert!(text.contains(&format!("| `{}` |", setting.name)), "{}", setting.name);
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = Config::parse("f", &text);
    }

    #[test]
    fn anything_like_a_file_is_read_or_refused(
        lines in proptest::collection::vec("(\\[{0,2}[a-z_.]{0,14}\\]{0,2}|[a-z_]{1,14} ?= ?([\\[\\]{}\",a-z0-9*:/ ]{0,20}|\"[^\"\n]{0,20}\"))", 0..12),
        place in 0..7_usize,
    ) {
        let section = sections()[place];
        let text = format!("{}{}", around(section.name, ""), lines.join("\n"));
        if let Err(errors) = Config::parse("f", &text) {
            prop_assert!(!errors.is_empty());
            for error in errors {
                prop_assert!(error.line >= 1 && error.line <= text.lines().count().max(1));
                prop_assert!(!error.found.is_empty() && !error.help.is_empty());
            }
        }
    }
}
