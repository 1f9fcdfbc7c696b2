//! What becomes of alarms: windows, keys, states, tests. The topology is in `topology`, verdicts in `verdicts`, many
//! alarms at once in `storms`.

mod storms;
mod topology;
mod verdicts;

use super::*;
use proptest::prelude::*;
use std::slice::from_ref;

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const REGION: &str = "eu-west-1";

/// Seconds after the start of the tests.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_780_000_000 + seconds)
}

/// An alarm without anything known of it.
pub(super) fn alarm(name: &str, seconds: i64) -> Arrival {
    Arrival {
        at: at(seconds),
        received_at: at(seconds),
        source: "sns".to_owned(),
        name: name.to_owned(),
        key: format!("arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"),
        state: Arriving::Trigger,
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        application: None,
        resources: Vec::new(),
        is_test: false,
    }
}

pub(super) fn of(application: &str, arrival: Arrival) -> Arrival {
    Arrival { application: Some(application.to_owned()), ..arrival }
}

pub(super) fn about(resource: &str, arrival: Arrival) -> Arrival {
    Arrival { resources: vec![resource.to_owned()], ..arrival }
}

/// Incident `id` with these alarms, opened by the first.
pub(super) fn incident(id: i64, members: &[Arrival]) -> OpenIncident {
    OpenIncident {
        id,
        opened_at: members[0].received_at,
        application: None,
        is_test: members[0].is_test,
        members: members.to_vec(),
        unlinked_keys: Vec::new(),
        explained: None,
    }
}

/// The decision of both ways to ask, which must agree: `open`, `skip` or `link 3 same_alarm`; and the reason.
pub(super) fn decide(
    open: &[OpenIncident],
    arrival: &Arrival,
    dependencies: &Dependencies,
) -> (String, String) {
    let decision = correlate(open, arrival, dependencies);
    let mut correlator = Correlator::new(std::sync::Arc::new(dependencies.clone()));
    open.iter().for_each(|incident| correlator.open(incident.clone()));
    assert_eq!(correlator.decide(arrival), decision);
    let reason = decision.reason().to_owned();
    assert!(!reason.is_empty() && !reason.ends_with('.'), "{reason}");
    let short = match decision {
        Decision::Open { .. } => "open".to_owned(),
        Decision::Skip { .. } => "skip".to_owned(),
        Decision::Link { incident, rule, .. } => format!("link {incident} {}", rule.as_str()),
    };
    (short, reason)
}

#[track_caller]
fn check(open: &[OpenIncident], arrival: &Arrival, expected: &str, said: &[&str]) {
    let (decision, reason) = decide(open, arrival, &Dependencies::default());
    assert_eq!(decision, expected, "{reason}");
    for word in said {
        assert!(reason.contains(word), "`{word}` in: {reason}");
    }
}

#[test]
fn the_window_is_fixed_from_the_first_alarm() {
    let first = of("orders", alarm("a", 0));
    let second = of("orders", alarm("b", 50));
    let open = [incident(1, &[first, second])];
    for (seconds, expected, said) in [
        (0, "link 1 same_application", "0 s after its first alarm"),
        (59, "link 1 same_application", "59 s after its first alarm (window 60 s)"),
        (60, "link 1 same_application", "60 s after its first alarm"),
        (61, "open", "61 s after its first alarm: outside the window of 60 s"),
        (-2, "link 1 same_application", "2 s before its first alarm"),
    ] {
        check(&open, &of("orders", alarm("c", seconds)), expected, &[said, "`orders`"]);
    }
    let received_at = Timestamp::from_millis(at(60).as_millis() + 1);
    let late = Arrival { received_at, ..of("orders", alarm("c", 60)) };
    check(&open, &late, "open", &["60.001 s after"]);
}

#[test]
fn what_counts_is_when_an_alarm_was_received() {
    // COR-05: it fired eight minutes ago and is only now delivered.
    let open = [incident(1, &[of("orders", alarm("a", 0))])];
    let late = Arrival { at: at(-480), ..of("orders", alarm("b", 30)) };
    check(&open, &late, "link 1 same_application", &["30 s after"]);
}

#[test]
fn another_application_or_none_is_another_incident() {
    let open = [incident(1, &[of("orders", alarm("a", 0))])];
    check(&open, &of("catalog", alarm("b", 1)), "open", &["no open incident"]);
    check(&open, &alarm("b", 1), "open", &["names no application"]);
    // Not by the beginning of its name.
    check(&open, &alarm("a-more", 1), "open", &[]);
    check(&open, &of("Orders ", alarm("b", 1)), "link 1 same_application", &[]);
    let elsewhere = Arrival { account: "444455556666".to_owned(), ..of("orders", alarm("b", 1)) };
    check(&open, &elsewhere, "open", &[]);
    check(&[], &alarm("a", 0), "open", &["a new alarm"]);
}

#[test]
fn the_same_alarm_is_linked_whatever_the_time() {
    let open = [incident(7, &[alarm("a", 0)])];
    check(&open, &alarm("a", 86_400), "link 7 same_alarm", &["86400 s after its first alarm", "alarm:a"]);
}

#[test]
fn what_is_no_alarm_links_but_never_starts() {
    let open = [incident(3, &[of("orders", alarm("a", 0))])];
    for (state, said) in [
        (Arriving::Resolve, "OK"),
        (Arriving::Update, "an update"),
        (Arriving::Suppressed { by: "maintenance".to_owned() }, "suppressed by `maintenance`"),
    ] {
        let arrives = |arrival| Arrival { state: state.clone(), ..arrival };
        check(&open, &arrives(alarm("a", 600)), "link 3 same_alarm", &[said, "incident 3"]);
        check(&open, &arrives(of("orders", alarm("b", 1))), "skip", &[said, "not in ALARM state"]);
        check(&[], &arrives(alarm("a", 0)), "skip", &[said]);
    }
    let change = |arrival| Arrival { state: Arriving::Change, ..arrival };
    check(&open, &change(of("orders", alarm("deploy", 1))), "link 3 same_application", &[]);
    check(&open, &change(of("catalog", alarm("deploy", 1))), "skip", &["a change starts no investigation"]);
}

#[test]
fn tests_and_real_alarms_never_mix() {
    let test = |arrival| Arrival { is_test: true, ..arrival };
    let real = incident(1, &[of("orders", alarm("a", 0))]);
    let tests = incident(2, &[test(of("orders", alarm("a", 0)))]);
    let open = [real.clone(), tests.clone()];
    check(from_ref(&real), &test(of("orders", alarm("a", 1))), "open", &["a new test"]);
    check(from_ref(&tests), &of("orders", alarm("a", 1)), "open", &[]);
    check(&open, &test(of("orders", alarm("b", 1))), "link 2 same_application", &[]);
    check(&open, &of("orders", alarm("a", 1)), "link 1 same_alarm", &[]);
    let resolve = Arrival { state: Arriving::Resolve, ..test(alarm("a", 1)) };
    check(&[real], &resolve, "skip", &[]);
}

#[test]
fn what_a_person_took_out_stays_out() {
    let mut left = incident(1, &[of("orders", alarm("a", 0))]);
    left.unlinked_keys.push(alarm("b", 0).key);
    check(&[left.clone()], &of("orders", alarm("b", 5)), "open", &["took this alarm out of incident 1"]);
    check(&[left.clone()], &of("orders", alarm("c", 5)), "link 1 same_application", &[]);
    let other = incident(2, &[of("orders", alarm("b", 3))]);
    check(&[left.clone(), other], &of("orders", alarm("b", 5)), "link 2 same_alarm", &[]);
    // Even where it is still among the members.
    left.members.push(alarm("b", 1));
    let resolve = Arrival { state: Arriving::Resolve, ..alarm("b", 9) };
    check(&[left], &resolve, "skip", &[]);
}

#[test]
fn of_several_incidents_the_strongest_rule_wins_then_the_oldest() {
    let older = incident(9, &[of("orders", alarm("a", 0))]);
    let newer = incident(2, &[of("orders", alarm("b", 5))]);
    let same = incident(4, &[of("catalog", alarm("c", 7))]);
    let open = [newer.clone(), same, older.clone()];
    check(&open, &of("orders", alarm("d", 10)), "link 9 same_application", &["alarm `a` of incident 9"]);
    check(&open, &of("orders", alarm("c", 10)), "link 4 same_alarm", &[]);
    // At the same moment, the lower number.
    let twin = OpenIncident { id: 1, ..older.clone() };
    check(&[older, twin, newer], &of("orders", alarm("d", 10)), "link 1 same_application", &[]);
}

#[test]
fn the_same_resource_links_without_a_topology() {
    let open = [incident(1, &[about("i-0123456789abcdef0", alarm("cpu", 0))])];
    check(
        &open,
        &about("i-0123456789abcdef0", alarm("status", 20)),
        "link 1 shared_dependency",
        &["about the same resource `i-0123456789abcdef0`", "alarm `cpu`", "20 s"],
    );
    check(&open, &about("i-0123456789abcdef0", alarm("status", 61)), "open", &[]);
    // Words that many things are called by are no resource.
    let open = [incident(1, &[about("prod", alarm("cpu", 0))])];
    check(&open, &about("prod", alarm("status", 1)), "open", &[]);
}

#[test]
fn long_and_odd_names_stay_readable() {
    let arrival = Arrival { name: "x".repeat(10_000), ..of(&"y".repeat(10_000), alarm("a", 0)) };
    let (_, reason) = decide(
        &[incident(1, from_ref(&arrival))],
        &Arrival { key: "other".to_owned(), ..arrival },
        &Dependencies::default(),
    );
    assert!(reason.chars().count() < 600, "{}", reason.len());
}

fn any_arrival() -> impl Strategy<Value = Arrival> {
    let state = prop_oneof![
        5 => Just(Arriving::Trigger),
        1 => Just(Arriving::Resolve),
        1 => Just(Arriving::Update),
        1 => Just(Arriving::Change),
        1 => Just(Arriving::Suppressed { by: "m".to_owned() }),
    ];
    let application = prop_oneof![Just(None), Just(Some("orders")), Just(Some("catalog"))];
    let resources = prop::collection::vec(prop::sample::select(topology::RESOURCES.to_vec()), 0..3);
    (0..6_u8, -30..150_i64, state, application, resources, any::<bool>()).prop_map(
        |(name, seconds, state, application, resources, is_test)| Arrival {
            state,
            application: application.map(str::to_owned),
            resources: resources.into_iter().map(str::to_owned).collect(),
            is_test,
            ..alarm(&format!("alarm-{name}"), seconds)
        },
    )
}

fn any_incident() -> impl Strategy<Value = OpenIncident> {
    let members = prop::collection::vec(any_arrival(), 1..5);
    (members, any::<bool>(), prop::option::of(verdicts::any_explained())).prop_map(
        |(members, unlinks, explained)| {
            let opened_at = members.iter().map(|member| member.received_at).min().unwrap();
            let unlinked_keys = if unlinks { vec![members[0].key.clone()] } else { Vec::new() };
            OpenIncident { opened_at, unlinked_keys, explained, ..incident(0, &members) }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Neither the order of incidents nor that of their members matters, and both ways to ask agree.
    #[test]
    fn decisions_do_not_depend_on_order(
        incidents in prop::collection::vec(any_incident(), 0..5),
        arrival in any_arrival(),
    ) {
        let mut open = incidents;
        for (id, incident) in (1..).zip(&mut open) {
            incident.id = id;
        }
        let dependencies = topology::dependencies();
        let first = decide(&open, &arrival, &dependencies);
        prop_assert_eq!(&decide(&open, &arrival, &dependencies), &first);
        open.reverse();
        for incident in &mut open {
            incident.members.reverse();
        }
        prop_assert_eq!(&decide(&open, &arrival, &dependencies), &first);
    }

    /// Incidents that do not have the alarm never make a skip, nor keep one from being one.
    #[test]
    fn skips_depend_on_nobody_else(
        incidents in prop::collection::vec(any_incident(), 0..5),
        arrival in any_arrival(),
    ) {
        prop_assume!(!matches!(arrival.state, Arriving::Trigger | Arriving::Change));
        let has_it = |incident: &OpenIncident| incident.members.iter().any(|member| member.key == arrival.key);
        let others: Vec<OpenIncident> = incidents.into_iter().filter(|incident| !has_it(incident)).collect();
        let alone = decide(&[], &arrival, &Dependencies::default());
        prop_assert_eq!(&alone.0, "skip");
        prop_assert_eq!(decide(&others, &arrival, &topology::dependencies()), alone);
    }

    /// What is split off are alarms of the incident, never all of them, whatever their order.
    #[test]
    fn a_split_leaves_an_incident(incident in any_incident()) {
        let dependencies = topology::dependencies();
        let gone = split(&incident, &dependencies);
        prop_assert!(gone.len() < incident.members.len());
        let named = |incident: &OpenIncident, gone: &[Split]| {
            let mut all: Vec<_> = gone.iter().map(|one| (incident.members[one.member].key.clone(), one.reason.clone())).collect();
            all.sort();
            all
        };
        let mut turned = incident.clone();
        turned.members.reverse();
        prop_assert_eq!(named(&turned, &split(&turned, &dependencies)), named(&incident, &gone));
    }
}
