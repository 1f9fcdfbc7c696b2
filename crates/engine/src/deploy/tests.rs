//! Messages of code hosts in, deploys and problems out.

use super::{Deploys, Standing, hosts, message};
use butfor_incident::{Body, CaseFile, Evidence, Query, Timestamp};
use serde_json::{Value, json};

fn case(messages: &[String]) -> CaseFile {
    let evidence = messages.iter().enumerate().map(|(number, text)| {
        let query = Query {
            account: String::new(),
            region: String::new(),
            service: "deploys".to_owned(),
            operation: String::new(),
            parameters: json!({ "file": format!("deploys/{number}.json") }).to_string().into(),
        };
        Evidence::new(query, None, Body::Delivery(text.as_str().into()))
    });
    CaseFile { as_of: Timestamp::from_seconds(0), evidence: evidence.collect(), gaps: Vec::new(), rounds: 1 }
}

/// What, how, by whom.
fn read(messages: &[Value]) -> (Vec<(String, Standing, String)>, Vec<String>) {
    let texts: Vec<String> = messages.iter().map(ToString::to_string).collect();
    let told = message::read(&case(&texts));
    let deploys = hosts::deploys(&told);
    let found = deploys
        .iter()
        .map(|one| (one.phrase(), one.standing, one.by.actor.session.clone().unwrap_or_default()));
    (found.collect(), told.problems)
}

fn github(id: u64, sha: &str, state: &str, at: &str) -> Value {
    json!({ "deployment_status": { "state": state, "created_at": at, "environment": "prod" },
        "deployment": { "id": id, "sha": sha, "created_at": "2026-06-03T08:00:00Z", "creator": { "login": "ana" } },
        "repository": { "full_name": "shop/cart" } })
}

#[test]
fn several_messages_are_one_deployment_and_the_last_word_counts() {
    let (found, problems) = read(&[
        github(7, "a1", "in_progress", "2026-06-03T08:01:00Z"),
        github(7, "a1", "success", "2026-06-03T08:02:00Z"),
        github(7, "a1", "inactive", "2026-06-03T09:02:00Z"),
        github(8, "b2", "failure", "2026-06-03T08:05:00Z"),
        github(9, "a1", "success", "2026-06-03T08:09:00Z"),
        github(10, "c3", "queued", "2026-06-03T08:10:00Z"),
    ]);
    let expected = [
        ("GitHub deployment 10 of shop/cart to prod (commit c3)", Standing::Unfinished),
        ("GitHub deployment 7 of shop/cart to prod (commit a1)", Standing::Live),
        ("GitHub deployment 8 of shop/cart to prod (commit b2)", Standing::Failed),
        ("GitHub deployment 9 of shop/cart to prod (commit a1)", Standing::SameCode),
    ];
    let expected: Vec<_> =
        expected.iter().map(|(what, how)| ((*what).to_owned(), *how, "ana".to_owned())).collect();
    let mut found = found;
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(problems, Vec::<String>::new());
}

#[test]
fn messages_of_gitlab_are_read_in_its_notations() {
    let sha = "6a6e27e5e8be5f0b6c0d7dd3e3a0c6f2d5f4b1a9";
    let (found, problems) = read(&[
        json!({ "object_kind": "deployment", "status": "success", "status_changed_at": "2026-06-03 10:15:00 +0200",
            "deployment_id": 15, "environment": "production", "project": { "path_with_namespace": "shop/cart" },
            "short_sha": "6a6e27e5", "commit_url": format!("https://gitlab.example/shop/cart/-/commit/{sha}"),
            "user": { "username": "ben" } }),
        json!({ "object_kind": "pipeline", "object_attributes": { "id": 31, "sha": sha, "status": "failed",
            "created_at": "2026-06-03 08:10:00 UTC", "finished_at": "2026-06-03 08:12:00 UTC" },
            "project": { "path_with_namespace": "shop/cart" }, "user": { "username": "ben" } }),
    ]);
    assert_eq!(problems, Vec::<String>::new());
    let found: Vec<_> = found.iter().map(|(what, how, _)| (what.as_str(), *how)).collect();
    assert_eq!(
        found,
        [
            ("GitLab pipeline 31 of shop/cart (commit 6a6e27e5e8be)", Standing::Failed),
            ("GitLab deployment 15 of shop/cart to production (commit 6a6e27e5e8be)", Standing::Live),
        ]
    );
}

#[test]
fn what_cannot_be_read_is_named_by_file_and_field() {
    let (found, problems) = read(&[
        json!({ "deployment_status": { "state": "success" }, "deployment": { "id": 1, "sha": "a" },
            "repository": { "full_name": "shop/cart" } }),
        github(2, "a", "splendid", "2026-06-03T08:01:00Z"),
        json!({ "object_kind": "issue" }),
        json!({ "zen": "Keep it logically awesome." }),
        github(3, "a", "success", "yesterday"),
    ]);
    assert_eq!(found, []);
    let starts = [
        "deploys/0.json: field `deployment.created_at`: missing",
        "deploys/1.json: field `deployment_status.state`: `splendid` is not a state",
        "deploys/2.json: field `object_kind`: `issue` tells of no deploy",
        "deploys/3.json: field `(the whole payload)`: no message this program knows",
        "deploys/4.json: field `deployment_status.created_at`: `yesterday`",
    ];
    assert_eq!(problems.len(), starts.len(), "{problems:#?}");
    for (problem, start) in problems.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem}");
    }
}

#[test]
fn a_comparison_gives_a_deployment_its_diff() {
    let compare = json!({ "commits": [{ "sha": "a1", "commit": { "message": "Wait less",
        "committer": { "date": "2026-06-03T07:00:00Z" } } }],
        "files": [{ "filename": "cart/client.py", "patch": "@@ -1 +1 @@\n-timeout = 30\n+timeout = 3" },
            { "filename": "cart/logo.png" }] });
    let texts = [github(7, "a1", "success", "2026-06-03T08:02:00Z").to_string(), compare.to_string()];
    let case = case(&texts);
    let history = butfor_world::History::read(&case);
    let deploys = Deploys::read(&case, &history, &[]);
    let [one] = deploys.list.as_slice() else { panic!("one deploy: {:?}", deploys.list) };
    let [commit] = one.commits.as_slice() else { panic!("one commit: {:?}", one.commits) };
    assert_eq!(commit.files, ["cart/client.py", "cart/logo.png"]);
    assert!(commit.diff.as_ref().is_some_and(|diff| diff.contains("+++ b/cart/client.py\n@@")));
    assert_eq!(one.cites.ids().len(), 2, "the deployment, and where its diff was read");
    assert!(!one.is_inert());
}

mod properties {
    use super::*;
    use proptest::prelude::*;

    /// Values that look like parts of messages.
    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            prop::sample::select(vec![
                "success",
                "failed",
                "deployment",
                "pipeline",
                "push",
                "2026-06-03T08:00:00Z",
                "2026-06-03 08:00:00 UTC",
                "a1b2c3",
                "shop/cart",
                "{\"service\": \"cart\"}",
                "-",
                "é",
            ])
            .prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 6, |inner| {
            let name = prop::sample::select(vec![
                "deployment",
                "deployment_status",
                "workflow_run",
                "repository",
                "full_name",
                "sha",
                "id",
                "created_at",
                "state",
                "payload",
                "commits",
                "files",
                "filename",
                "patch",
                "commit",
                "committer",
                "date",
                "object_kind",
                "object_attributes",
                "project",
                "path_with_namespace",
                "status",
                "status_changed_at",
                "ref",
                "diffs",
                "new_path",
                "diff",
                "timestamp",
                "head_sha",
                "conclusion",
            ]);
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((name, inner), 0..6).prop_map(|members| {
                    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_message_panics_and_order_does_not_matter(
            values in prop::collection::vec(values(), 1..6),
            bytes in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let mut texts: Vec<String> = values.iter().map(ToString::to_string).collect();
            texts.push(String::from_utf8_lossy(&bytes).into_owned());
            let one = case(&texts);
            let mut other = one.clone();
            other.evidence.reverse();
            let read = |case: &CaseFile| {
                let deploys = Deploys::read(case, &butfor_world::History::read(case), &[]);
                (deploys.list.iter().map(|one| (one.at, one.phrase(), one.standing)).collect::<Vec<_>>(), deploys.problems)
            };
            prop_assert_eq!(read(&one), read(&other));
        }
    }
}
