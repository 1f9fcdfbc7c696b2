//! What a proven cause makes of alarms that come later, and of those that were linked too soon.

use super::*;

const A: &str = "i-0000000000000000a";
const B: &str = "i-0000000000000000b";
const C: &str = "i-0000000000000000c";
const NAT: &str = "nat-0000000000000000a";

fn texts(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// `resource` was changed at second 0; `affected` fails because of it, `unaffected` works.
fn explained(resource: &str, affected: &[&str], unaffected: &[&str]) -> Explained {
    Explained {
        causes: vec![ExplainedCause {
            headline: format!("{resource} was changed"),
            resource_ids: texts(&[resource]),
            changed_at: Some(at(0)),
            affected: texts(affected),
        }],
        unaffected: texts(unaffected),
    }
}

pub(super) fn any_explained() -> impl Strategy<Value = Explained> {
    let some = || prop::sample::subsequence(topology::RESOURCES.to_vec(), 0..3);
    let changed_at = prop::option::of((-60..100_i64).prop_map(at));
    let cause = (some(), changed_at, some()).prop_map(|(resources, changed_at, affected)| ExplainedCause {
        headline: "something was changed".to_owned(),
        resource_ids: texts(&resources),
        changed_at,
        affected: texts(&affected),
    });
    let causes = prop::collection::vec(cause, 0..3);
    (causes, some()).prop_map(|(causes, unaffected)| Explained { causes, unaffected: texts(&unaffected) })
}

/// An incident whose first alarm, about instance a, came 20 s after the change.
fn proven(explained: Explained) -> OpenIncident {
    let mut incident = incident(5, &[about(A, alarm("first", 20))]);
    incident.explained = Some(explained);
    incident
}

#[track_caller]
fn check(incident: &OpenIncident, arrival: &Arrival, expected: &str, said: &[&str]) {
    let (decision, reason) = decide(from_ref(incident), arrival, &topology::dependencies());
    assert_eq!(decision, expected, "{reason}");
    for word in said {
        assert!(reason.contains(word), "`{word}` in: {reason}");
    }
}

#[test]
fn what_the_cause_affects_is_linked_long_after_the_window() {
    let open = proven(explained(NAT, &[A, "cart"], &[]));
    check(
        &open,
        &about("cart", alarm("late", 4000)),
        "link 5 one_change",
        &["affects `cart`", "4000 s after the change", "nat-0000000000000000a was changed"],
    );
    // Not named by the cause, but depending on what was changed: for a quarter of an hour.
    check(
        &open,
        &about(B, alarm("late", 900)),
        "link 5 one_change",
        &["NAT gateway", "900 s after the change"],
    );
    check(&open, &about(B, alarm("late", 901)), "open", &[]);
    check(&open, &about(C, alarm("late", 300)), "open", &[]);
    // Before the change it cannot have been.
    let before = Arrival { received_at: at(30), ..about(A, alarm("earlier", -40)) };
    check(&open, &before, "open", &["40 s before the change", "incident 5"]);
    // A clock's difference is no contradiction.
    check(&open, &about(A, alarm("skewed", -3)), "link 5 one_change", &[]);
}

#[test]
fn a_cause_nobody_dated_explains_nothing_later() {
    let mut undated = explained(NAT, &[A], &[]);
    undated.causes[0].changed_at = None;
    check(&proven(undated), &about(A, alarm("late", 4000)), "open", &[]);
    check(&proven(Explained::default()), &about(A, alarm("late", 30)), "link 5 same_application", &[]);
}

#[test]
fn a_late_alarm_that_contradicts_the_cause_is_another_incident() {
    // Same NAT gateway, same minute, but the cause is a security group that only a has, and b was seen to work.
    let open = proven(explained("sg-app", &[A], &[B]));
    check(
        &open,
        &about(B, alarm("other", 40)),
        "open",
        &["not part of incident 5", "works in spite of the cause"],
    );
    // Not looked at: it depends on nothing that was changed.
    let open = proven(explained("sg-app", &[A], &[]));
    check(&open, &about(B, alarm("other", 40)), "open", &["is in another part", B]);
    // Of the same application it stays: callers fail with whom they call.
    let stack = of("orders-prod", about(B, alarm("caller", 40)));
    check(&open, &stack, "link 5 same_application", &[]);
}

#[test]
fn alarms_that_the_cause_contradicts_are_split_off() {
    let mut open = proven(explained("sg-app", &[A], &["cart"]));
    open.members.extend([
        about(B, alarm("elsewhere", 25)),
        of("orders-prod", alarm("same-application", 26)),
        about("cart", alarm("works", 27)),
        Arrival { received_at: at(28), ..about(A, alarm("before", -100)) },
        alarm("unknown", 29),
        Arrival { state: Arriving::Resolve, ..about(B, alarm("elsewhere", 50)) },
    ]);
    let known = topology::dependencies();
    let gone = split(&open, &known);
    let members: Vec<usize> = gone.iter().map(|one| one.member).collect();
    assert_eq!(members, [1, 3, 4, 6], "{gone:?}");
    for (index, said) in
        [(0, "another part"), (1, "`cart` works"), (2, "100 s before the change"), (3, "another part")]
    {
        assert!(gone[index].reason.contains(said), "{said}: {gone:?}");
    }
    // Without a verdict nothing is, nor where the cause fits not one of them.
    open.explained = Some(Explained::default());
    assert_eq!(split(&open, &known), []);
    open.explained = None;
    assert_eq!(split(&open, &known), []);
    let mut wrong = incident(1, &[about(B, alarm("x", 1)), about(C, alarm("y", 2))]);
    wrong.explained = Some(explained("sg-app", &[A], &[B, C]));
    assert_eq!(split(&wrong, &known), []);
}

#[test]
fn an_alarm_stays_while_one_of_its_triggers_fits() {
    let mut open = proven(explained(NAT, &[A], &[]));
    open.members.extend([
        Arrival { received_at: at(21), ..about(A, alarm("flaps", -300)) },
        about(A, alarm("flaps", 30)),
    ]);
    assert_eq!(split(&open, &topology::dependencies()), []);
}

#[test]
fn an_assessment_tells_names_and_ids() {
    use butfor_incident::{Affected, AffectedKind};
    let affected = Affected {
        kind: AffectedKind::Flow,
        from: "orders-app (i-0a)".to_owned(),
        to: "database orders-db".to_owned(),
        detail: "tcp/3306".to_owned(),
    };
    let names = explained::names_of(&affected);
    for name in ["orders-app", "i-0a", "orders-db"] {
        assert!(names.contains(name), "{name}: {names:?}");
    }
    let names = explained::names_in("function list in us-east-1, cart (i-1) to the internet (tcp/443)");
    assert!(names.contains("cart") && names.contains("i-1"), "{names:?}");
    for name in ["us-east-1", "tcp/443", "the internet", ""] {
        assert!(!names.contains(name), "{name}: {names:?}");
    }
}
