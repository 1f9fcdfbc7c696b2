//! Many alarms at once: how many incidents they make.

use super::*;

/// Plays arrivals in order; every link's rule and reason.
fn play(arrivals: &[Arrival], dependencies: &Dependencies) -> (usize, Vec<(Rule, String)>) {
    let mut correlator = Correlator::new(std::sync::Arc::new(dependencies.clone()));
    let mut links = Vec::new();
    let mut next = 1;
    for arrival in arrivals {
        match correlator.decide(arrival) {
            Decision::Open { .. } => {
                correlator.open(incident(next, from_ref(arrival)));
                next += 1;
            }
            Decision::Link { incident, rule, reason } => {
                correlator.link(incident, arrival.clone());
                links.push((rule, reason));
            }
            Decision::Skip { .. } => {}
        }
    }
    (correlator.incidents().count(), links)
}

#[test]
fn a_thousand_alarms_of_one_fault_are_one_incident_each_with_its_reason() {
    let storm: Vec<Arrival> = (0..1000)
        .map(|n| {
            let end = ["a", "b"][n % 2];
            let arrival = alarm(&format!("alarm-{n}"), i64::try_from(n).unwrap() * 60 / 1000);
            about(&format!("i-0000000000000000{end}"), arrival)
        })
        .collect();
    let (incidents, links) = play(&storm, &topology::dependencies());
    assert_eq!((incidents, links.len()), (1, 999));
    for (rule, reason) in links {
        assert!(matches!(rule, Rule::SharedDependency | Rule::SameApplication), "{reason}");
        assert!(reason.contains("incident 1") && reason.contains(" s after its first alarm"), "{reason}");
    }
}

#[test]
fn two_faults_in_the_same_minute_are_two_incidents() {
    let storm: Vec<Arrival> = (0..400)
        .map(|n| {
            let end = ["a", "c"][n % 2];
            about(
                &format!("i-0000000000000000{end}"),
                alarm(&format!("alarm-{n}"), i64::try_from(n).unwrap() / 8),
            )
        })
        .collect();
    let (incidents, links) = play(&storm, &topology::dependencies());
    assert_eq!((incidents, links.len()), (2, 398));
}

#[test]
fn three_alarms_of_one_application_in_a_minute_are_one_incident() {
    // COR-01, COR-02.
    let storm = ["external", "s3", "bedrock"].map(|name| of("workload", alarm(name, 20)));
    let (incidents, links) = play(&storm, &Dependencies::default());
    assert_eq!((incidents, links.len()), (1, 2));
}

#[test]
fn a_correlator_that_grew_decides_as_one_that_was_told() {
    let known = topology::dependencies();
    let mut grown = Correlator::new(std::sync::Arc::new(known.clone()));
    grown.open(incident(1, &[about("i-0000000000000000c", alarm("x", 0))]));
    let late = about("i-0000000000000000b", alarm("z", 30));
    assert!(matches!(grown.decide(&late), Decision::Open { .. }));
    grown.link(1, about("i-0000000000000000a", alarm("y", 10)));
    assert_eq!(grown.decide(&late), correlate(&[grown.get(1).unwrap().clone()], &late, &known));
    assert!(matches!(grown.decide(&late), Decision::Link { incident: 1, .. }));
    let again = Arrival { state: Arriving::Resolve, ..alarm("y", 50) };
    assert!(matches!(grown.decide(&again), Decision::Link { rule: Rule::SameAlarm, .. }));
    assert_eq!(grown.close(1).map(|incident| incident.members.len()), Some(2));
    assert!(matches!(grown.decide(&again), Decision::Skip { .. }));
    assert_eq!(grown.close(1), None);
    grown.link(1, late);
    assert_eq!(grown.incidents().count(), 0);
}
