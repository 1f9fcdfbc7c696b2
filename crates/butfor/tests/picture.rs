//! Pictures of recorded incidents: true to the assessment, whole, the same whatever the order of evidence.
#![expect(clippy::unwrap_used, reason = "the helpers of a test may stop it")]

use butfor_adapters::bundle;
use butfor_engine::{assess, assess_with_picture};
use butfor_incident::picture::{Connection, Passage, Path as Way, Picture, State, Step, Walk};
use butfor_incident::{AffectedKind, Assessment, CaseFile, Grade, Outcome};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every recorded scenario.
fn scenarios() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut all: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| path.join("bundle.json").is_file());
    all.sort();
    all
}

fn case(folder: &Path) -> CaseFile {
    bundle::read(folder, &mut |_| {}).unwrap().case
}

fn drawn(name: &str) -> (Assessment, Picture) {
    let found = scenarios().into_iter().find(|path| path.ends_with(name)).unwrap();
    assess_with_picture(&case(&found))
}

fn json(picture: &Picture) -> String {
    serde_json::to_string(picture).unwrap()
}

fn steps(walk: &Walk) -> impl Iterator<Item = &Step> {
    walk.forward.iter().chain(&walk.reply)
}

fn walks(picture: &Picture) -> impl Iterator<Item = &Walk> {
    picture.paths.iter().flat_map(|path| [Some(&path.now), path.before.as_ref()]).flatten()
}

/// What is wrong with a picture's own structure.
fn flaws(picture: &Picture, case: &CaseFile) -> Vec<String> {
    let mut flaws = Vec::new();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for node in &picture.nodes {
        if !node.parent.as_deref().is_none_or(|parent| known.contains(parent)) {
            flaws.push(format!("{}: its parent {:?} does not come before it", node.id, node.parent));
        }
        if !known.insert(&node.id) {
            flaws.push(format!("{} is there twice", node.id));
        }
    }
    for edge in &picture.edges {
        if !known.contains(edge.from.as_str()) || !known.contains(edge.to.as_str()) || edge.from == edge.to {
            flaws.push(format!("an edge from {} to {}", edge.from, edge.to));
        }
    }
    for walk in walks(picture) {
        let is_blocked = steps(walk).any(|step| step.passage == Passage::Blocked);
        if is_blocked && walk.passage == Passage::Passes || walk.passage == Passage::Blocked && !is_blocked {
            flaws.push(format!("a walk is {:?} and its steps are not: {walk:?}", walk.passage));
        }
        if (walk.passage == Passage::Unknown) == walk.missing.is_empty() {
            flaws.push(format!("a walk is {:?} and misses {:?}", walk.passage, walk.missing));
        }
    }
    let evidence: BTreeSet<String> = case.evidence.iter().map(|one| one.id().digest()).collect();
    let cited = picture.nodes.iter().flat_map(|one| &one.cites);
    let cited = cited.chain(picture.edges.iter().flat_map(|one| &one.cites));
    let cited = cited.chain(walks(picture).flat_map(steps).flat_map(|one| &one.cites));
    let cited = cited.chain(picture.comparisons.iter().flat_map(|one| &one.cites));
    let cited = cited.chain(picture.charts.iter().flat_map(|one| &one.cites));
    flaws.extend(cited.filter(|digest| !evidence.contains(*digest)).map(|it| format!("{it} is no evidence")));
    flaws.extend(picture.comparisons.iter().filter(|one| one.cites.is_empty()).map(|one| format!("{one:?}")));
    let is_ordered = |chart: &butfor_incident::picture::Chart| chart.points.is_sorted_by(|a, b| a.0 < b.0);
    flaws.extend(picture.charts.iter().filter(|chart| !is_ordered(chart)).map(|chart| chart.title.clone()));
    flaws
}

/// What a picture does not show of an assessment.
fn untold(picture: &Picture, assessment: &Assessment) -> Vec<String> {
    let mut untold = Vec::new();
    let states: BTreeMap<&str, State> =
        picture.nodes.iter().map(|node| (node.id.as_str(), node.state)).collect();
    let ways: BTreeMap<_, &Way> = picture
        .paths
        .iter()
        .filter(|path| path.now.passage != Passage::Passes)
        .map(|path| ((path.from.as_str(), path.to.as_str(), path.service.as_str()), path))
        .collect();
    for cause in &assessment.root_causes {
        let names = [Some(&cause.resource.id), cause.resource.arn.as_ref()];
        if !names.into_iter().flatten().any(|id| states.get(id.as_str()) == Some(&State::Cause)) {
            untold.push(format!("{} is no cause in the picture", cause.resource.id));
        }
        if assessment.verdict.outcome != Outcome::RootCause || cause.grade != Grade::Proven {
            continue;
        }
        let is_asked = |detail: &str| detail.contains(['/', ':']) || detail == "icmp";
        let affected = cause.affected.iter().filter(|one| is_asked(&one.detail));
        let mut drawn = affected.clone().filter_map(|one| ways.get(&(&*one.from, &*one.to, &*one.detail)));
        let is_shown = |way: &&&Way| {
            way.now.passage == Passage::Blocked
                && way.before.as_ref().is_some_and(|before| before.passage == Passage::Passes)
        };
        let is_flow = affected.clone().any(|one| one.kind == AffectedKind::Flow || one.detail.contains(':'));
        if is_flow && !drawn.any(|way| is_shown(&way)) {
            untold.push(format!("no way was open before and is blocked now: {}", cause.headline));
        }
        if cause.change.is_some() && picture.comparisons.is_empty() {
            untold.push(format!("nothing is compared: {}", cause.headline));
        }
    }
    untold
}

/// Every fourth scenario, for tests run beside each other.
fn check(part: usize) {
    for folder in scenarios().into_iter().skip(part).step_by(4) {
        let mut case = case(&folder);
        let (assessment, picture) = assess_with_picture(&case);
        let name = folder.display();
        assert_eq!(assess(&case), assessment, "{name}");
        assert_eq!(flaws(&picture, &case), Vec::<String>::new(), "{name}");
        assert_eq!(untold(&picture, &assessment), Vec::<String>::new(), "{name}");
        let text = json(&picture);
        assert!(text.len() < 2_000_000, "{name}: {} bytes", text.len());
        assert_eq!(serde_json::from_str::<Picture>(&text).unwrap(), picture, "{name}");
        case.evidence.reverse();
        assert_eq!(json(&assess_with_picture(&case).1), text, "{name}: the order of evidence shows");
    }
}

/// Pictures are whole, tell what the assessment tells, and are the same bytes twice and in whatever order evidence came.
#[test]
fn pictures_are_true_first_quarter() {
    check(0);
}

#[test]
fn pictures_are_true_second_quarter() {
    check(1);
}

#[test]
fn pictures_are_true_third_quarter() {
    check(2);
}

#[test]
fn pictures_are_true_fourth_quarter() {
    check(3);
}

#[test]
fn a_moved_attachment_is_refused_by_its_new_table_and_passes_by_the_old() {
    let (_, picture) = drawn("011-payments-database");
    let way = picture.paths.first().unwrap();
    let blocked: Vec<_> = steps(&way.now).filter(|step| step.passage == Passage::Blocked).collect();
    let [refusing] = blocked.as_slice() else { panic!("{blocked:#?}") };
    assert_eq!(
        (refusing.kind.as_str(), refusing.label.as_str(), refusing.rule.as_deref()),
        ("AWS::EC2::TransitGatewayRouteTable", "migration-isolated-rt", Some("no route to 10.2.1.212"))
    );
    let before = way.before.as_ref().unwrap();
    assert!(
        before.passage == Passage::Passes && before.forward.iter().any(|it| it.label == "core-spokes-rt")
    );
    assert!(before.reply.last().is_some_and(|step| step.label.starts_with("payments-api-")));
    let [from, to] = picture.comparisons.as_slice() else { panic!("{:#?}", picture.comparisons) };
    assert_eq!(
        (from.before.as_deref(), from.now.as_deref(), from.who.as_str()),
        (Some("associated"), None, "tgw-cutover-0505")
    );
    assert_eq!((to.before.as_deref(), to.now.as_deref()), (None, Some("associated")));
}

#[test]
fn a_lost_route_is_a_broken_join_and_a_narrowed_policy_shows_what_differs() {
    let (_, picture) = drawn("004-outbound-checks");
    let broken: Vec<_> = picture
        .edges
        .iter()
        .filter(|edge| edge.connection == Connection::Joins && edge.state == State::Broken)
        .collect();
    assert!(!broken.is_empty() && broken.iter().all(|edge| edge.from.starts_with("subnet-")), "{broken:#?}");
    let (_, picture) = drawn("141-media-buckets");
    let [policy] = picture.comparisons.as_slice() else { panic!("{:#?}", picture.comparisons) };
    let (before, now) = (policy.before.as_deref().unwrap(), policy.now.as_deref().unwrap());
    assert!(before.contains("captions") && !now.contains("captions"), "{before}\n{now}");
    let denied = picture.paths.first().unwrap();
    let layers: Vec<_> = denied.now.forward.iter().map(|step| (step.action.as_str(), step.passage)).collect();
    assert_eq!(layers.first(), Some(&("endpoint policy: does not allow", Passage::Blocked)));
    assert!(layers.contains(&("identity policies: allows", Passage::Passes)), "{layers:#?}");
}

#[test]
fn where_nothing_is_known_no_cause_is_drawn() {
    let (assessment, picture) = drawn("113-catalog-search-c");
    assert_eq!(assessment.verdict.outcome, Outcome::Undetermined);
    assert!(picture.nodes.iter().all(|node| !matches!(node.state, State::Cause | State::Broken)));
    assert!(picture.paths.iter().any(|path| path.now.passage == Passage::Unknown && path.before.is_none()));
    assert!(picture.comparisons.is_empty());
}
