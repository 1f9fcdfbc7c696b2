//! Bundles in memory and on disk, sound and broken.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may stop it")]

use butfor_adapters::bundle::{Bundle, BundleError, Limits, Memory, read, read_files};
use butfor_incident::{Body, GapReason, Timestamp};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

const MANIFEST: (&str, &str) =
    ("bundle.json", r#"{"format": "butfor-bundle/1", "as_of": "2026-05-02T13:37:00Z"}"#);

fn memory(files: &[(&str, &str)]) -> Memory {
    Memory(files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect())
}

fn read_memory(files: &Memory) -> Result<Bundle, BundleError> {
    read_files(files, Limits::default(), &mut |_| {})
}

/// A bundle with a manifest and these files.
fn bundle(files: &[(&str, &str)]) -> Bundle {
    read_memory(&memory(&[&[MANIFEST], files].concat())).unwrap()
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(text).unwrap();
    gz.finish().unwrap()
}

fn call(at: &str, parameters: &str, answer: &str) -> String {
    format!(
        r#"{{"at":"{at}","account":"222222222222","region":"us-east-1","service":"ec2","operation":"DescribeVpcs","parameters":{parameters},{answer}}}"#
    )
}

fn problems(bundle: &Bundle) -> Vec<String> {
    bundle.problems.iter().map(ToString::to_string).collect()
}

fn gaps(bundle: &Bundle) -> Vec<(GapReason, String)> {
    bundle.case.gaps.iter().map(|gap| (gap.reason, gap.what.clone())).collect()
}

#[test]
fn access_logs_and_traces_are_kept_whole() {
    let bundle = bundle(&[
        ("access-logs/111122223333_elasticloadbalancing_us-east-1_app.log", "http 2026"),
        ("traces/spans.json", r#"{"resourceSpans": []}"#),
        ("traces/notes.md", "not a trace"),
    ]);
    let mut sources: Vec<_> =
        bundle.case.evidence.iter().map(|it| (it.source(), it.query.account.as_str())).collect();
    sources.sort_unstable();
    assert_eq!(sources, [("access-logs", "111122223333"), ("traces", "")]);
    assert!(bundle.problems.is_empty() && bundle.case.gaps.is_empty());
}

#[test]
fn calls_keep_the_answer_as_it_came_and_the_question_without_page_tokens() {
    let lines = [
        call(
            "2026-05-02T13:31:05Z",
            r#"{"VpcIds": ["vpc-1"]}"#,
            r#""output":{"Vpcs": [ ], "NextToken": "a"}"#,
        ),
        call(
            "2026-05-02T13:31:06Z",
            r#"{"VpcIds":["vpc-1"],"NextToken":"a"}"#,
            r#""output":{"Vpcs":[{"VpcId":"vpc-1"}]}"#,
        ),
    ];
    let bundle = bundle(&[("calls.jsonl", &lines.join("\r\n"))]);
    assert_eq!(bundle.case.as_of.to_string(), "2026-05-02T13:37:00Z");
    assert_eq!((problems(&bundle), gaps(&bundle)), (vec![], vec![]));
    let [first, second] = bundle.case.evidence.as_slice() else { panic!("{:?}", bundle.case) };
    assert_eq!(first.body, Body::Call(r#"{"Vpcs": [ ], "NextToken": "a"}"#.into()));
    assert_eq!(first.at, Some(Timestamp::parse("2026-05-02T13:31:05Z").unwrap()));
    assert_eq!(first.query, second.query);
    assert_eq!(&*first.query.parameters, r#"{"VpcIds":["vpc-1"]}"#);
}

#[test]
fn an_answer_that_says_there_is_more_is_a_gap_unless_the_next_page_follows() {
    let page = |at, parameters, token: &str| {
        call(at, parameters, &format!(r#""output":{{"Vpcs":[],"NextToken":"{token}"}}"#))
    };
    let last = |at| call(at, "{}", r#""output":{"Vpcs":[]}"#);
    let check = |lines: &[String], expected: &[&str]| {
        let bundle = bundle(&[("calls.jsonl", &lines.join("\n"))]);
        let expected: Vec<_> =
            expected.iter().map(|what| (GapReason::Truncated, (*what).to_owned())).collect();
        assert_eq!(gaps(&bundle), expected, "{lines:?}");
    };
    let after =
        |line| format!("ec2 DescribeVpcs in 222222222222 us-east-1: pages after calls.jsonl line {line}");
    check(&[page("2026-05-02T13:00:00Z", "{}", "a"), last("2026-05-02T13:00:01Z")], &[]);
    check(&[page("2026-05-02T13:00:00Z", "{}", "")], &[]);
    check(&[page("2026-05-02T13:00:00Z", "{}", "a")], &[&after(1)]);
    // The next line with the same question is a new observation half an hour later, not a page.
    check(&[page("2026-05-02T13:00:00Z", "{}", "a"), last("2026-05-02T13:30:00Z")], &[&after(1)]);
    check(
        &[page("2026-05-02T13:00:00Z", "{}", "a"), page("2026-05-02T13:00:01Z", r#"{"NextToken":"a"}"#, "b")],
        &[&after(2)],
    );
}

#[test]
fn iam_lists_say_themselves_whether_there_is_more() {
    let check = |output: &str, expected: usize| {
        let line = call("2026-05-02T13:00:00Z", "{}", &format!(r#""output":{output}"#));
        assert_eq!(bundle(&[("calls.jsonl", &line)]).case.gaps.len(), expected, "{output}");
    };
    check(r#"{"IsTruncated": false, "Marker": "x"}"#, 0);
    check(r#"{"IsTruncated": true}"#, 1);
    check(r#"{"UpdateToken": "x"}"#, 0);
}

#[test]
fn failed_calls_are_gaps_and_absence_is_evidence() {
    let error = |parameters, code: &str| {
        call("2026-05-02T13:00:00Z", parameters, &format!(r#""error":{{"code":"{code}","message":"no"}}"#))
    };
    let lines =
        [error("{}", "UnauthorizedOperation"), error(r#"{"VpcIds":["vpc-1"]}"#, "InvalidVpcID.NotFound")];
    let bundle = bundle(&[("calls.jsonl", &lines.join("\n"))]);
    let [gap] = bundle.case.gaps.as_slice() else { panic!("{:?}", bundle.case) };
    assert_eq!(gap.reason, GapReason::Denied);
    assert_eq!(gap.remedy, "allow `ec2:DescribeVpcs` in account 222222222222");
    assert_eq!(gap.query.as_ref().unwrap().operation, "DescribeVpcs");
    let [absent] = bundle.case.evidence.as_slice() else { panic!("{:?}", bundle.case) };
    assert_eq!(absent.body.text(), r#"{"Error":{"Code":"InvalidVpcID.NotFound","Message":"no"}}"#);
    assert_eq!(problems(&bundle), Vec::<String>::new());
}

#[test]
fn a_retry_that_succeeds_leaves_no_gap() {
    let failed = |at| call(at, "{}", r#""error":{"code":"Throttling","message":"Rate exceeded"}"#);
    let answered = |at| call(at, "{}", r#""output":{"Vpcs":[]}"#);
    let check = |lines: &[String], expected: usize| {
        assert_eq!(bundle(&[("calls.jsonl", &lines.join("\n"))]).case.gaps.len(), expected, "{lines:?}");
    };
    check(&[failed("2026-05-02T13:00:00Z"), answered("2026-05-02T13:00:02Z")], 0);
    check(&[answered("2026-05-02T13:00:00Z"), failed("2026-05-02T13:00:00Z")], 1);
    check(&[failed("2026-05-02T13:00:00Z"), answered("2026-05-02T13:30:00Z")], 1);
    check(&[failed("2026-05-02T13:00:00Z"), failed("2026-05-02T13:00:02Z")], 1);
    let more = call("2026-05-02T13:00:00Z", "{}", r#""output":{"Vpcs":[],"NextToken":"a"}"#);
    check(&[more.clone(), failed("2026-05-02T13:00:00Z")], 1);
    check(&[more, failed("2026-05-02T13:00:00Z"), answered("2026-05-02T13:00:03Z")], 0);
}

#[test]
fn a_bad_line_is_named_by_file_line_and_field_and_the_rest_is_used() {
    let good = call("2026-05-02T13:00:00Z", "{}", r#""output":{"Vpcs":[]}"#);
    let check = |bad: &str, expected: &str| {
        let bundle = bundle(&[("calls.jsonl", &[&good, bad, ""].join("\n"))]);
        assert_eq!(problems(&bundle), [expected], "{bad}");
        assert_eq!(bundle.case.evidence.len(), 1, "{bad}");
        assert_eq!(
            bundle.case.gaps.iter().map(|gap| gap.reason).collect::<Vec<_>>(),
            [GapReason::Malformed],
            "{bad}"
        );
    };
    check(
        &call("yesterday", "{}", r#""output":{}"#),
        "calls.jsonl line 2: field `at`: `yesterday` is not a time: expected ISO 8601 such as 2026-05-02T13:37:00Z",
    );
    check(
        &call("2026-05-02T13:00:00Z", "[1]", r#""output":{}"#),
        "calls.jsonl line 2: field `parameters`: expected a JSON object, found `[1]`",
    );
    check(
        &call("2026-05-02T13:00:00Z", "{}", r#""output":[]"#),
        "calls.jsonl line 2: field `output`: expected a JSON object, found `[]`",
    );
    check(
        &call("2026-05-02T13:00:00Z", "{}", r#""comment":1"#),
        "calls.jsonl line 2: field `output`: neither `output` nor `error` is there",
    );
    check(
        r#"{"at": "2026-05-02T13:00:00Z", "service": "ec2"}"#,
        "calls.jsonl line 2: field `operation`: missing",
    );
    check(
        r#"{"service": "ec2", "operation": "DescribeVpcs", "output": {}}"#,
        "calls.jsonl line 2: field `at`: missing",
    );
    check(
        r#"{"service": {}, "operation": "X"}"#,
        "calls.jsonl line 2: field `service`: expected a text, found `{}`",
    );
    check(r#"{"at": "#, "calls.jsonl line 2: not valid JSON: EOF while parsing a value (column 7)");
    check("[1, 2]", "calls.jsonl line 2: expected a JSON object, found `[1, 2]`");
    check("null", "calls.jsonl line 2: expected a JSON object, found `null`");
}

#[test]
fn a_file_of_nonsense_is_not_reported_line_by_line() {
    let bundle = bundle(&[("calls.jsonl", &"nonsense\n".repeat(1000))]);
    assert_eq!((bundle.problems.len(), bundle.case.gaps.len()), (101, 101));
}

#[test]
fn unknown_calls_and_fields_are_kept() {
    let line = r#"{"at":"2026-05-02T13:00:00Z","account":222222222222,"region":null,"service":"new","operation":"GetIt","output":{"A":1},"note":"x"}"#;
    let bundle = bundle(&[("calls.jsonl", line)]);
    assert_eq!(problems(&bundle), Vec::<String>::new());
    assert_eq!(bundle.case.evidence[0].query.account, "222222222222");
}

const RECORD: &str = r#"{"eventTime":"2026-05-02T13:20:00Z","eventName":"DeleteRoute","awsRegion":"us-east-1","recipientAccountId":"222222222222","eventID":"e-1","errorCode":"Client.DryRunOperation"}"#;

#[test]
fn cloudtrail_records_are_evidence_of_their_own_in_every_wrapping() {
    let file = format!(r#"{{"Records":[{RECORD}]}}"#);
    let looked_up = format!(
        r#"{{"Events":[{{"EventId":"e-1","CloudTrailEvent":{}}}]}}"#,
        serde_json::Value::from(RECORD)
    );
    let list = format!("[{RECORD}]");
    for text in [file.as_str(), &looked_up, &list, RECORD] {
        let bundle = bundle(&[("cloudtrail/a.json", text)]);
        let [record] = bundle.case.evidence.as_slice() else { panic!("{text}: {bundle:?}") };
        assert_eq!(record.body, Body::CloudTrailRecord(RECORD.into()));
        assert_eq!(
            (record.query.operation.as_str(), record.query.account.as_str()),
            ("DeleteRoute", "222222222222")
        );
        assert_eq!(record.at.unwrap().to_string(), "2026-05-02T13:20:00Z");
    }
    let line = call("2026-05-02T13:31:05Z", "{}", &format!(r#""output":{looked_up}"#))
        .replace("\"ec2\"", "\"cloudtrail\"")
        .replace("DescribeVpcs", "LookupEvents");
    let mut both = memory(&[MANIFEST, ("calls.jsonl", &line)]);
    both.0.insert("cloudtrail/x/y.json.gz".to_owned(), gzip(file.as_bytes()));
    let bundle = read_memory(&both).unwrap();
    // The call, for how far CloudTrail could be seen at that time, and the record once.
    assert_eq!(bundle.case.evidence.len(), 2, "{bundle:?}");
}

#[test]
fn a_bad_record_does_not_cost_its_neighbours() {
    let text = format!(r#"{{"Records":[{{"eventTime":"never"}},7,{RECORD}]}}"#);
    let bundle = bundle(&[
        ("cloudtrail/a.json", &text),
        ("cloudtrail/b.json", r#"{"Records":{}}"#),
        ("cloudtrail/c.json", "{}"),
    ]);
    assert_eq!(
        problems(&bundle),
        [
            "cloudtrail/a.json: field `Records[0].eventTime`: `never` is not a time: expected ISO 8601 such as 2026-05-02T13:37:00Z",
            "cloudtrail/a.json: field `Records[1]`: expected a CloudTrail record, found `7`",
            "cloudtrail/b.json: field `Records`: expected a list, found `{}`",
            "cloudtrail/c.json: field `Records`: missing",
        ]
    );
    assert_eq!(bundle.case.evidence.len(), 1);
}

#[test]
fn flow_logs_are_kept_whole_with_their_place_and_end() {
    let record = "2 222222222222 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 40 1777728000 1777728060 ACCEPT OK\n";
    let named = format!(
        "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n{record}"
    );
    let file = "flow-logs/AWSLogs/222222222222/vpcflowlogs/us-east-1/x.log";
    for text in [named.as_str(), record] {
        let bundle = bundle(&[(file, text)]);
        let [log] = bundle.case.evidence.as_slice() else { panic!("{bundle:?}") };
        assert_eq!(log.body, Body::FlowLog(named.as_str().into()));
        assert_eq!((log.query.account.as_str(), log.query.region.as_str()), ("222222222222", "us-east-1"));
        assert_eq!(log.at, Some(Timestamp::from_seconds(1_777_728_060)));
    }
    let bundle = bundle(&[("flow-logs/notes.txt", "remember the milk")]);
    assert_eq!(problems(&bundle), ["flow-logs/notes.txt line 1: no field names"]);
}

#[test]
fn messages_of_code_hosts_are_kept_whole_under_the_event_their_headers_name() {
    let bundle = bundle(&[
        ("deploys/github/1.json", r#"{"deployment": {"id": 1}}"#),
        ("deploys/github/1.headers.json", r#"{"X-GitHub-Event": "deployment", "X-GitHub-Delivery": "d-1"}"#),
        ("deploys/2.json", r#"{"object_kind": "push"}"#),
        ("deploys/3.json", "[1]"),
        ("deploys/notes.txt", "not read"),
    ]);
    let found: Vec<_> = bundle
        .case
        .evidence
        .iter()
        .map(|one| (one.source(), one.query.service.as_str(), one.query.operation.as_str(), one.body.text()))
        .collect();
    assert_eq!(
        found,
        [
            ("deploys", "deploys", "", r#"{"object_kind": "push"}"#),
            ("deploys", "github", "deployment", r#"{"deployment": {"id": 1}}"#),
        ]
    );
    assert_eq!(problems(&bundle), ["deploys/3.json: expected a JSON object, found `[1]`"]);
    assert_eq!(gaps(&bundle), [(GapReason::Malformed, "deploys/3.json".to_owned())]);
}

#[test]
fn the_alert_is_kept_raw_and_the_answer_is_never_read() {
    let bundle = bundle(&[
        ("alert.json", r#"{"a": 1}"#),
        ("truth.json", "x"),
        ("alert.headers.json", "x"),
        ("README.md", "x"),
    ]);
    assert_eq!(problems(&bundle), Vec::<String>::new());
    let bodies: Vec<_> = bundle.case.evidence.iter().map(|evidence| evidence.body.clone()).collect();
    assert_eq!(bodies, [Body::Alert(r#"{"a": 1}"#.into())]);
}

#[test]
fn a_manifest_of_another_version_is_refused_and_a_damaged_one_is_not_the_end() {
    let with = |text| read_memory(&memory(&[("bundle.json", text), ("cloudtrail/a.json", RECORD)]));
    let error = with(r#"{"format": "butfor-bundle/2"}"#).unwrap_err().to_string();
    assert!(error.contains("`butfor-bundle/2`") && error.contains("`butfor-bundle/1`"), "{error}");
    for (text, expected) in [
        (r#"{"as_of": "2026-05-02T13:20:00Z"}"#, "bundle.json: field `format`: missing"),
        (r#"{"format": "butfor-bundle/1"}"#, "bundle.json: field `as_of`: missing"),
        ("{", "bundle.json line 1: not valid JSON: EOF while parsing an object (column 1)"),
    ] {
        let bundle = with(text).unwrap();
        assert_eq!(problems(&bundle), [expected]);
        assert_eq!(bundle.case.as_of.to_string(), "2026-05-02T13:20:00Z", "the latest moment found");
    }
}

#[test]
fn a_plain_folder_is_recognised_file_by_file() {
    let files = memory(&[
        ("accounts/111122223333/us-west-2/Vpcs.json", r#"{"Vpcs": []}"#),
        ("events.json", &format!(r#"{{"Records":[{RECORD}]}}"#)),
        ("notes.txt", "x"),
        ("list.json", "[]"),
    ]);
    let bundle = read_memory(&files).unwrap();
    assert_eq!(problems(&bundle), ["list.json: expected a JSON object, found `[]`"]);
    let [vpcs, record] = bundle.case.evidence.as_slice() else { panic!("{bundle:?}") };
    assert_eq!((vpcs.query.account.as_str(), vpcs.query.region.as_str()), ("111122223333", "us-west-2"));
    assert_eq!((vpcs.query.operation.as_str(), &*vpcs.query.parameters, vpcs.at), ("", "{}", None));
    assert_eq!(record.query.operation, "DeleteRoute");
    assert_eq!(bundle.case.as_of.to_string(), "2026-05-02T13:20:00Z");
}

#[test]
fn an_archive_is_a_bundle_in_one_file() {
    let archive = serde_json::json!({"bundle.json": MANIFEST.1, "cloudtrail/a.json": RECORD}).to_string();
    let files = Memory::from_archive(&gzip(archive.as_bytes())).unwrap();
    assert_eq!(read_memory(&files).unwrap().case.evidence.len(), 1);
    assert!(Memory::from_archive(b"x").is_err());
    assert!(Memory::from_archive(&gzip(b"[]")).is_err());
}

#[test]
fn nothing_to_read_is_an_error_that_says_what_to_do() {
    let check = |files: &[(&str, &str)], expected: &str| {
        let error = read_memory(&memory(files)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(&[], "empty");
    check(&[("photo.png", "x")], "expected a bundle.json");
    check(&[("a/bundle.json", "{}"), ("b/bundle.json", "{}")], "in `a`");
    let error = read(std::path::Path::new("no/such/folder"), &mut |_| {}).unwrap_err().to_string();
    assert_eq!(error, "cannot read `no/such/folder`: no such file or directory");
}

#[test]
fn limits_are_gaps() {
    let lines = vec![call("2026-05-02T13:00:00Z", "{}", r#""output":{}"#); 100].join("\n");
    let mut files = memory(&[MANIFEST, ("calls.jsonl", &lines)]);
    // A decompression bomb: small on disk, large in memory.
    files.0.insert("cloudtrail/bomb.json.gz".to_owned(), gzip(&vec![b' '; 1 << 20]));
    let limits = Limits { file_bytes: 4096, total_bytes: 1 << 20 };
    let bundle = read_files(&files, limits, &mut |_| {}).unwrap();
    assert_eq!(
        gaps(&bundle),
        [
            (GapReason::Truncated, "the rest of calls.jsonl".to_owned()),
            (GapReason::OverBudget, "cloudtrail/bomb.json.gz".to_owned())
        ]
    );
    assert_eq!(bundle.case.evidence.len(), 1, "the lines before the limit are used");
}

#[test]
fn a_compressed_file_that_breaks_off_gives_what_came_before() {
    let lines: Vec<_> = (0..400)
        .map(|n| call("2026-05-02T13:00:00Z", &format!(r#"{{"N":{n}}}"#), r#""output":{}"#))
        .collect();
    let mut gz = gzip(lines.join("\n").as_bytes());
    gz.truncate(gz.len() / 2);
    let mut files = memory(&[MANIFEST]);
    files.0.insert("calls.jsonl.gz".to_owned(), gz);
    let bundle = read_memory(&files).unwrap();
    assert!(!bundle.case.evidence.is_empty() && bundle.case.evidence.len() < 400);
    assert_eq!(bundle.case.gaps.len(), 1);
    assert!(problems(&bundle)[0].contains("the file breaks off"), "{:?}", problems(&bundle));
}

#[test]
fn folders_and_single_files_are_read_from_disk() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("us-west-2");
    std::fs::create_dir(&inner).unwrap();
    std::fs::write(inner.join("Vpcs.json"), r#"{"Vpcs": []}"#).unwrap();
    for path in [folder.path(), &inner, &inner.join("Vpcs.json")] {
        let mut seen = Vec::new();
        let bundle = read(path, &mut |progress| seen.push(progress.file.to_owned())).unwrap();
        let [vpcs] = bundle.case.evidence.as_slice() else { panic!("{bundle:?}") };
        assert_eq!(vpcs.query.region, "us-west-2", "{}", path.display());
        assert!(bundle.case.as_of > Timestamp::from_seconds(0), "the file's own time");
        assert_eq!(seen.len(), 1);
    }
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_are_not_followed() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.json"), r#"{"Vpcs": []}"#).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Subnets.json"), r#"{"Subnets": []}"#).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret.json"), folder.path().join("Vpcs.json")).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("more")).unwrap();
    std::os::unix::fs::symlink("Subnets.json", folder.path().join("Same.json")).unwrap();
    std::os::unix::fs::symlink("gone", folder.path().join("Gone.json")).unwrap();
    let bundle = read(folder.path(), &mut |_| {}).unwrap();
    assert_eq!(bundle.case.evidence.len(), 1, "one file under two names: {bundle:?}");
    assert_eq!(
        problems(&bundle),
        [
            "Gone.json: no such file or directory",
            "Vpcs.json: a link that leads out of the bundle is not followed",
            "more: a link that leads out of the bundle is not followed",
        ]
    );
}

mod arbitrary {
    use super::{MANIFEST, gzip, memory, read_memory};
    use proptest::collection::vec;
    use proptest::prelude::*;

    const NAMES: [&str; 10] = [
        "bundle.json",
        "alert.json",
        "calls.jsonl",
        "cloudtrail/a.json",
        "cloudtrail/b.json.gz",
        "flow-logs/a.log",
        "flow-logs/b.gz",
        "deploys/a.json",
        "deploys/a.headers.json",
        "Vpcs.json",
    ];

    /// Text made of pieces that get past the first checks.
    fn pieces() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(vec![
            r#"{"Records":"#,
            r#"{"Events":"#,
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            "null",
            "1",
            "\n",
            r#""at""#,
            r#""output""#,
            r#""error""#,
            r#""eventTime""#,
            r#""2026-05-02T13:00:00Z""#,
            r#""CloudTrailEvent""#,
            r#""service":"cloudtrail""#,
            r#""operation":"LookupEvents""#,
            r#""parameters":{"NextToken":1}"#,
            "srcaddr end\n",
            "2 ",
            "\u{feff}",
            "-",
        ]);
        vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes())
    }

    proptest! {
        #[test]
        fn bytes_never_panic(contents in vec((0..NAMES.len(), prop_oneof![vec(any::<u8>(), 0..200), pieces()], any::<bool>()), 1..6), manifest: bool) {
            let mut files = memory(if manifest { &[MANIFEST] } else { &[] });
            for (name, bytes, compress) in contents {
                files.0.insert(NAMES[name].to_owned(), if compress { gzip(&bytes) } else { bytes });
            }
            if let Ok(bundle) = read_memory(&files) {
                // Whoever is told of a problem finds a gap in the report too, except for the manifest's own fields.
                let unread = bundle.problems.iter().filter(|problem| problem.file != "bundle.json").count();
                prop_assert!(bundle.case.gaps.len() >= unread);
            }
        }
    }
}
