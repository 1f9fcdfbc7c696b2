//! Views for tests and for the gallery, from the data of `tests/data`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::allow_attributes,
    dead_code,
    reason = "views for tests and for the gallery, each of which uses some"
)]

use butfor_incident::Timestamp;
use butfor_incident::picture::Picture;
use butfor_page::*;

const TWO_CAUSES: &str = include_str!("../data/two-causes.json");
const CORROBORATED: &str = include_str!("../data/corroborated.json");
const REQUEST: &str = include_str!("../data/request.json");
const PICTURE: &str = include_str!("../data/picture.json");
const GROUPS: &str = include_str!("../data/security-groups.json");

pub fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub fn chrome() -> Chrome {
    Chrome {
        user: Some(Person { name: "dana@example.com".to_owned(), role: Role::Admin }),
        csrf: "d4f1c0ffee".to_owned(),
        notice: None,
        now: at("2026-05-19T20:24:00Z"),
    }
}

pub fn report(text: &str) -> Report {
    serde_json::from_str(text).unwrap()
}

pub fn picture() -> Picture {
    serde_json::from_str(PICTURE).unwrap()
}

fn row(id: i64, title: &str, report: Option<&Report>, opened: &str) -> IncidentRow {
    IncidentRow {
        id,
        title: title.to_owned(),
        is_open: true,
        is_test: false,
        outcome: report.map(|it| it.verdict.outcome.clone()),
        summary: report.map(|it| it.verdict.summary.clone()).unwrap_or_default(),
        causes: report.map_or(0, |it| it.root_causes.len()),
        grade: report.and_then(Report::weakest_grade).map(str::to_owned),
        alerts: 1,
        account: "777788889999".to_owned(),
        region: "us-east-1".to_owned(),
        application: Some("storefront".to_owned()),
        opened_at: at(opened),
        updated_at: at("2026-05-19T20:22:00Z"),
    }
}

fn alert(id: i64, name: &str, moment: &str, reason: &str) -> LinkedAlert {
    LinkedAlert {
        id,
        name: name.to_owned(),
        source: "eventbridge".to_owned(),
        at: at(moment),
        account: "777788889999".to_owned(),
        region: "us-east-1".to_owned(),
        reason: reason.to_owned(),
        can_unlink: !reason.is_empty(),
    }
}

/// Incident 7: two root causes, decided on and asked about.
pub fn incident_page() -> IncidentPage {
    let report = report(TWO_CAUSES);
    let key = report.root_causes[0].key();
    let row = IncidentRow { alerts: 3, ..row(7, "storefront-down", Some(&report), "2026-05-19T20:13:09Z") };
    IncidentPage {
        row,
        alerts: vec![
            alert(11, "storefront-down", "2026-05-19T20:13:09Z", ""),
            alert(
                12,
                "storefront-db-errors",
                "2026-05-19T20:13:08Z",
                "same application `storefront` within 60 s",
            ),
            alert(
                13,
                "storefront-payment-errors",
                "2026-05-19T20:13:05Z",
                "same application `storefront` within 60 s",
            ),
        ],
        picture: Some(picture()),
        passes: vec![
            Pass { number: 1, at: at("2026-05-19T20:13:11Z"), label: "first look".to_owned() },
            Pass { number: 2, at: at("2026-05-19T20:21:55Z"), label: "only /storefront/app".to_owned() },
        ],
        shown_pass: None,
        progress: None,
        decisions: vec![
            Decision {
                hypothesis: key.clone(),
                kind: DecisionKind::Noted,
                who: "sam@example.com".to_owned(),
                at: at("2026-05-19T20:20:00Z"),
                note: "Asked O. in #storefront: the rule was taken out by mistake during the clean-up."
                    .to_owned(),
            },
            Decision {
                hypothesis: key,
                kind: DecisionKind::Accepted,
                who: "dana@example.com".to_owned(),
                at: at("2026-05-19T20:22:00Z"),
                note: String::new(),
            },
        ],
        turns: turns(),
        questions: ["What changed?", "Who?", "What is still working?", "Which logs did you analyze?"]
            .map(str::to_owned)
            .to_vec(),
        report: Some(report),
    }
}

fn turns() -> Vec<Turn> {
    let line = |text: &str, cites: &[&str]| AnswerLine {
        text: text.to_owned(),
        cites: cites.iter().map(|it| (*it).to_owned()).collect(),
    };
    vec![
        Turn {
            who: "dana@example.com".to_owned(),
            at: at("2026-05-19T20:18:00Z"),
            question: "which logs did you analyze?".to_owned(),
            answer: "One log group, and the flow logs of one VPC.".to_owned(),
            lines: vec![
                line("/storefront/app: 412 lines from 19:43 to 20:21", &["e21", "e22", "e23", "e24"]),
                line("flow logs of vpc-026cf6b6dc4817fe1", &["e4", "e6", "e9"]),
            ],
            is_understood: true,
        },
        Turn {
            who: "dana@example.com".to_owned(),
            at: at("2026-05-19T20:19:00Z"),
            question: "is it DNS".to_owned(),
            answer: "These questions can be asked:".to_owned(),
            lines: vec![line("What changed on `sg-...`?", &[]), line("Why not the route table?", &[])],
            is_understood: false,
        },
    ]
}

/// Incident 9 while it is investigated.
pub fn running_page() -> IncidentPage {
    let step = |text: &str, state: StepState, moment: Option<&str>| ProgressStep {
        text: text.to_owned(),
        state,
        at: moment.map(at),
    };
    IncidentPage {
        row: IncidentRow {
            updated_at: at("2026-05-19T20:23:40Z"),
            ..row(9, "checkout-5xx", None, "2026-05-19T20:23:40Z")
        },
        alerts: vec![alert(21, "checkout-5xx", "2026-05-19T20:23:40Z", "")],
        report: None,
        picture: None,
        passes: Vec::new(),
        shown_pass: None,
        progress: Some(Progress {
            started_at: at("2026-05-19T20:23:41Z"),
            steps: vec![
                step("Read the alert", StepState::Done, Some("2026-05-19T20:23:41Z")),
                step(
                    "Read networks, groups and routes of 777788889999",
                    StepState::Done,
                    Some("2026-05-19T20:23:44Z"),
                ),
                step("Read policies", StepState::Failed, Some("2026-05-19T20:23:46Z")),
                step(
                    "Look for the onset in metrics and logs",
                    StepState::Running,
                    Some("2026-05-19T20:23:47Z"),
                ),
                step("Undo changes in the model", StepState::Waiting, None),
            ],
            done: 31,
            asked: 44,
            last_query: Some("logs FilterLogEvents /checkout/api".to_owned()),
        }),
        decisions: Vec::new(),
        turns: Vec::new(),
        questions: Vec::new(),
    }
}

/// Incident 4: a grade less than proven, and a gap. Incident 5: requests that are denied.
pub fn other_page(id: i64) -> IncidentPage {
    let report = report(if id == 4 { CORROBORATED } else { REQUEST });
    let title = if id == 4 { "orders-proxy-errors" } else { "archive-upload-failures" };
    IncidentPage {
        row: IncidentRow { application: None, ..row(id, title, Some(&report), "2026-05-18T07:40:00Z") },
        alerts: vec![alert(31, title, "2026-05-18T07:40:00Z", "")],
        report: Some(report),
        picture: None,
        passes: Vec::new(),
        turns: Vec::new(),
        ..running_page_without_progress()
    }
}

fn running_page_without_progress() -> IncidentPage {
    IncidentPage { progress: None, ..running_page() }
}

pub fn list() -> IncidentList {
    let seven = incident_page().row;
    let four = other_page(4).row;
    let five = other_page(5).row;
    let mut test = row(3, "Test event from PagerDuty", None, "2026-05-17T09:00:00Z");
    (test.is_test, test.is_open, test.outcome) = (true, false, Some("no_fault".to_owned()));
    test.summary = "A test event: it was received, verified and recognised as a test.".to_owned();
    IncidentList {
        filter: Filter::All,
        rows: vec![running_page().row, seven, five, four, test],
        older: Some("17%2F3".to_owned()),
        is_later_page: false,
    }
}

pub fn evidence_page() -> EvidencePage {
    let report = report(TWO_CAUSES);
    let digest = report.evidence_of("e11").map(|it| it.digest.clone()).unwrap_or_default();
    EvidencePage {
        incident: 7,
        title: "storefront-down".to_owned(),
        name: Some("e11".to_owned()),
        cited_by: report.sentences_citing(&digest),
        digest,
        service: "ec2".to_owned(),
        operation: "DescribeSecurityGroups".to_owned(),
        parameters: r#"{"Filters":[{"Name":"vpc-id","Values":["vpc-026cf6b6dc4817fe1"]}]}"#.to_owned(),
        account: "777788889999".to_owned(),
        region: "us-east-1".to_owned(),
        at: Some(at("2026-05-19T06:00:00Z")),
        document: GROUPS.to_owned(),
        marks: vec!["3306".to_owned(), "sg-072199de25140ec90".to_owned()],
    }
}

pub fn start_form() -> StartForm {
    StartForm {
        details: "Customers report that checkout hangs since about 20:10.".to_owned(),
        starting_point: StartingPoint::LatestAlarm,
        at: "2026-05-19T20:10".to_owned(),
        account: "777788889999".to_owned(),
        region: "us-east-1".to_owned(),
        accounts: vec![
            AccountChoice { id: "777788889999".to_owned(), name: "shop".to_owned() },
            AccountChoice { id: "111122223333".to_owned(), name: String::new() },
        ],
        regions: Vec::new(),
        errors: vec![("region".to_owned(), "`us-esat-1` is no region that is configured".to_owned())],
    }
}

pub fn audit_page() -> AuditPage {
    let entry = |number: i64, moment: &str, who: &str, action: &str, detail: &str| AuditEntry {
        number,
        at: at(moment),
        who: who.to_owned(),
        action: action.to_owned(),
        detail: detail.to_owned(),
        hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
    };
    AuditPage {
        entries: vec![
            entry(412, "2026-05-19T20:22:00Z", "dana@example.com", "hypothesis.accept", "incident 7"),
            entry(411, "2026-05-19T20:13:09Z", "eventbridge", "alert.accept", "opened incident 7"),
        ],
        verified: Some((true, at("2026-05-19T20:00:00Z"))),
        older: Some("411".to_owned()),
    }
}

pub fn tokens_page() -> TokensPage {
    TokensPage {
        tokens: vec![ApiToken {
            id: 2,
            name: "deploy pipeline".to_owned(),
            scopes: vec!["incidents:read".to_owned()],
            owner: "dana@example.com".to_owned(),
            created_at: at("2026-05-01T08:00:00Z"),
            used_at: None,
            expires_at: Some(at("2026-07-30T08:00:00Z")),
        }],
        scopes: vec![
            ("incidents:read".to_owned(), "Read incidents and their reports".to_owned()),
            ("incidents:write".to_owned(), "Start investigations and decide on hypotheses".to_owned()),
        ],
        made: Some("bft_5hZ0m8q2Jx".to_owned()),
    }
}

/// Every page with its address.
pub fn gallery() -> Vec<(String, String)> {
    let chrome = chrome();
    let nobody = Chrome { user: None, ..chrome.clone() };
    let noticed = Chrome {
        notice: Some(Notice {
            kind: NoticeKind::Failed,
            text: "The form is too old: send it again.".to_owned(),
        }),
        ..chrome.clone()
    };
    let mut all: Vec<(String, String)> = vec![
        ("/assets/style.css".to_owned(), STYLE.to_owned()),
        ("/assets/live.js".to_owned(), LIVE_JS.to_owned()),
        ("/assets/icon.svg".to_owned(), ICON.to_owned()),
        ("/incidents".to_owned(), incidents(&chrome, &list())),
        (
            "/empty".to_owned(),
            incidents(
                &noticed,
                &IncidentList { filter: Filter::Open, rows: Vec::new(), older: None, is_later_page: false },
            ),
        ),
        ("/start".to_owned(), start(&chrome, &start_form())),
        ("/audit".to_owned(), audit(&chrome, &audit_page())),
        ("/tokens".to_owned(), tokens(&chrome, &tokens_page())),
        (
            "/sign-in".to_owned(),
            sign_in(
                &nobody,
                &SignIn {
                    provider: Some("Okta".to_owned()),
                    accepts_token: true,
                    next: "/incidents".to_owned(),
                },
            ),
        ),
        (
            "/error".to_owned(),
            error(
                &chrome,
                &ErrorPage {
                    status: 404,
                    title: "Not found".to_owned(),
                    text: "There is no incident 12. It may have been removed after its retention.".to_owned(),
                    request_id: "01J9Z3".to_owned(),
                },
            ),
        ),
    ];
    let tabs =
        [Tab::Timeline, Tab::Cause, Tab::Plan, Tab::Evidence, Tab::Topology(Zoom::Resource), Tab::Chat];
    for page in [incident_page(), running_page(), other_page(4), other_page(5)] {
        for tab in tabs {
            let address = format!("/incidents/{}/{}", page.row.id, tab.path());
            all.push((address.trim_end_matches('/').to_owned(), incident(&chrome, &page, tab)));
        }
    }
    let seven = incident_page();
    for zoom in Zoom::ALL {
        let tab = Tab::Topology(zoom);
        all.push((format!("/zoom/{}", zoom.as_str()), incident(&chrome, &seven, tab)));
        all.push((format!("/zoom/{}.svg", zoom.as_str()), topology_svg(&picture(), zoom)));
        all.push((format!("/zoom/{}.mmd", zoom.as_str()), mermaid(&picture(), zoom)));
    }
    let of = evidence_page();
    all.push((format!("/incidents/7/evidence/{}", of.digest), evidence(&chrome, &of)));
    all
}
