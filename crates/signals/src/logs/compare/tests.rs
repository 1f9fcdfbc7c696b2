use super::*;
use proptest::prelude::*;

fn compare(baseline: &[(&str, u64)], incident: &[(&str, u64)]) -> Comparison {
    let mut comparer = Comparer::new();
    let mut source = 0;
    for (window, lines) in [(Window::Baseline, baseline), (Window::Incident, incident)] {
        for (line, count) in lines {
            for _ in 0..*count {
                comparer.add(window, line, source);
                source += 1;
            }
        }
    }
    comparer.compare(600.0, 300.0).unwrap()
}

fn texts(changes: &[Change]) -> Vec<&str> {
    changes.iter().map(|change| change.text.as_str()).collect()
}

#[test]
fn new_gone_and_changed() {
    let found = compare(
        &[("served 1", 1000), ("checked ok", 200), ("retry 2", 10), ("rare thing", 1)],
        &[("served 9", 500), ("retry 4", 90), ("cannot connect to 192.0.2.1", 40), ("once 3", 1)],
    );
    assert_eq!(texts(&found.new), ["cannot connect to <*>", "once <*>"]);
    assert_eq!(texts(&found.gone), ["checked ok"]);
    assert_eq!(texts(&found.changed), ["retry <*>"]);
    assert_eq!((found.lines, found.templates, found.other), ((1211, 631), 6, 0));
    let retry = &found.changed[0];
    assert_eq!((retry.baseline, retry.incident, retry.rate_ratio), (10, 90, Some(18.0)));
    assert!(retry.p_value < 1e-9);
    // A single line nobody saw before is new, and its p says that this is no proof.
    assert!(found.new[1].p_value > 0.1 && found.new[0].p_value < P_MAX);
    let connect = &found.new[0].samples[0];
    assert_eq!((connect.text.as_str(), connect.source), ("cannot connect to 192.0.2.1", 1211 + 590));
}

#[test]
fn the_same_rate_is_no_change() {
    let found = compare(&[("a 1", 2000), ("b 1", 40)], &[("a 2", 1010), ("b 2", 21)]);
    assert_eq!((found.new.len(), found.gone.len(), found.changed.len()), (0, 0, 0));
    // Sure, but small: 30 % more of very many lines.
    assert!(compare(&[("a 1", 20_000)], &[("a 2", 13_000)]).changed.is_empty());
}

#[test]
fn what_cannot_be_compared() {
    let mut comparer = Comparer::new();
    comparer.add(Window::Incident, "x", 0);
    assert_eq!(comparer.compare(1.0, 1.0), Err(CompareError::NoBaseline));
    comparer.add(Window::Baseline, "x", 1);
    assert_eq!(comparer.compare(0.0, 1.0), Err(CompareError::NoLength));
    assert_eq!(comparer.compare(f64::NAN, 1.0), Err(CompareError::NoLength));
}

proptest! {
    #[test]
    fn every_line_is_counted(baseline in prop::collection::vec("[a-c]{1,2} [0-9]", 1..30), incident in prop::collection::vec("[a-e]{1,2} [0-9]", 0..30)) {
        let mut comparer = Comparer::new();
        for line in &baseline { comparer.add(Window::Baseline, line, 0); }
        for line in &incident { comparer.add(Window::Incident, line, 0); }
        let found = comparer.compare(10.0, 10.0).unwrap();
        prop_assert_eq!(found.lines, (baseline.len() as u64, incident.len() as u64));
        for change in found.new.iter().chain(&found.gone).chain(&found.changed) {
            prop_assert!((0.0..=1.0).contains(&change.p_value));
            prop_assert!(!change.samples.is_empty());
        }
    }
}
