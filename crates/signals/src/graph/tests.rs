//! Synthetic call graphs with one known fault.

use super::*;
use crate::metrics::Statistic;
use proptest::prelude::*;

const ROWS: i64 = 60;

/// A component with this many requests per row, usual latency, and in the window this latency, availability, share of requests.
fn component(requests: f64, usual: f64, latency: f64, availability: f64, served: f64) -> Component {
    let wiggle = |row: i64| 1.0 + 0.01 * ((row * 7 % 13) as f64 - 6.0);
    let telemetry = |rows: std::ops::Range<i64>, latency: f64, availability: f64, served: f64| Telemetry {
        latency: Series::new(
            Statistic::Average,
            300,
            rows.clone().filter(|_| served > 0.0).map(|row| (row * 300, latency * wiggle(row))),
        ),
        availability: Series::new(
            Statistic::Average,
            300,
            rows.clone().filter(|_| served > 0.0).map(|row| (row * 300, availability)),
        ),
        requests: Series::new(Statistic::Sum, 300, rows.map(|row| (row * 300, requests * served))),
    };
    Component {
        history: telemetry(0..ROWS, usual, 100.0, 1.0),
        window: telemetry(ROWS..ROWS + 5, latency, availability, served),
    }
}

fn order(graph: &CallGraph, alarmed: usize, signal: Signal) -> Vec<usize> {
    suspects(graph, alarmed, signal).iter().map(|suspect| suspect.component).collect()
}

/// Front (0) calls a (1) and b (2); a calls store (3).
fn shop() -> CallGraph {
    CallGraph {
        components: vec![
            component(500.0, 0.1, 0.1, 100.0, 1.0),
            component(300.0, 0.05, 0.05, 100.0, 1.0),
            component(200.0, 0.04, 0.04, 100.0, 1.0),
            component(300.0, 0.01, 0.01, 100.0, 1.0),
        ],
        calls: vec![(0, 1), (0, 2), (1, 3)],
    }
}

#[test]
fn the_deepest_component_that_explains_the_excess_comes_first() {
    let mut graph = shop();
    graph.components[3] = component(300.0, 0.01, 0.31, 100.0, 1.0);
    graph.components[1] = component(300.0, 0.05, 0.35, 100.0, 1.0);
    graph.components[0] = component(500.0, 0.1, 0.28, 100.0, 1.0);
    let found = suspects(&graph, 0, Signal::Latency);
    assert_eq!(found[0].component, 3);
    assert!(found.iter().any(|suspect| suspect.component == 1 && suspect.share < 0.05), "{found:?}");
    assert!(found[0].share > 0.9 && found[0].ground == Ground::Own, "{found:?}");
    assert!((found.iter().map(|suspect| suspect.share).sum::<f64>() - 1.0).abs() < 1e-6);
}

#[test]
fn what_no_callee_explains_arose_in_the_caller() {
    let mut graph = shop();
    graph.components[1] = component(300.0, 0.05, 0.05, 90.0, 1.0);
    graph.components[0] = component(500.0, 0.1, 0.1, 94.0, 1.0);
    assert_eq!(order(&graph, 0, Signal::Availability).first(), Some(&1));
}

#[test]
fn a_component_that_was_never_called_before_is_its_callers_doing() {
    let mut graph = shop();
    let mut new = component(60.0, 0.1, 0.1, 0.0, 1.0);
    new.history = component(0.0, 0.0, 0.0, 100.0, 0.0).history;
    new.history.availability = Series::new(Statistic::Average, 300, []);
    new.history.requests = Series::new(Statistic::Sum, 300, [(0, 0.0)]);
    graph.components.push(new);
    graph.calls.push((1, 4));
    graph.components[1] = component(300.0, 0.05, 0.05, 80.0, 1.0);
    graph.components[0] = component(500.0, 0.1, 0.1, 88.0, 1.0);
    assert_eq!(order(&graph, 0, Signal::Availability).first(), Some(&1));
}

#[test]
fn silence_explains_what_nothing_else_does() {
    let mut graph = shop();
    graph.components[2] = component(200.0, 0.04, 0.04, 100.0, 0.0);
    graph.components[0] = component(500.0, 0.1, 0.1, 60.0, 1.0);
    let found = suspects(&graph, 0, Signal::Availability);
    assert_eq!((found[0].component, found[0].ground), (2, Ground::Silent));
    // If everything it calls is silent, the caller stopped calling.
    graph.components[1] = component(300.0, 0.05, 0.05, 100.0, 0.0);
    assert_eq!(order(&graph, 0, Signal::Availability).first(), Some(&0));
}

#[test]
fn nothing_stands_out_of_a_usual_window() {
    assert_eq!(order(&shop(), 0, Signal::Latency), [0; 0]);
    assert_eq!(order(&shop(), 0, Signal::Availability), [0; 0]);
    assert_eq!(order(&shop(), 9, Signal::Latency), [0; 0]);
    assert_eq!(order(&CallGraph::default(), 0, Signal::Latency), [0; 0]);
}

#[test]
fn a_cycle_of_calls_ends() {
    let mut graph = shop();
    graph.calls.extend([(3, 0), (3, 1), (1, 1), (7, 0), (0, 7)]);
    graph.components[3] = component(300.0, 0.01, 0.31, 100.0, 1.0);
    graph.components[1] = component(300.0, 0.05, 0.36, 100.0, 1.0);
    graph.components[0] = component(500.0, 0.1, 0.28, 100.0, 1.0);
    let found = suspects(&graph, 0, Signal::Latency);
    assert!((found.iter().map(|suspect| suspect.share).sum::<f64>() - 1.0).abs() < 1e-6);
}

/// A random graph whose component `k` calls some later ones, with a fault at one of them and what it does to its callers.
fn random() -> impl Strategy<Value = (CallGraph, usize)> {
    (3_usize..12).prop_flat_map(|count| {
        (
            prop::collection::vec((50.0_f64..500.0, 0.01_f64..0.5), count),
            prop::collection::vec(any::<u16>(), count),
            1..count,
        )
            .prop_map(move |(loads, masks, fault)| {
                // A chain makes sure that the fault is reached.
                let mut calls: Vec<_> = (1..count).map(|node| (node - 1, node)).collect();
                for (node, mask) in masks.iter().enumerate() {
                    calls.extend(
                        (node + 2..count).filter(|other| mask >> other & 1 == 1).map(|other| (node, other)),
                    );
                }
                let slow: Vec<bool> = (0..count).map(|node| node <= fault).collect();
                let total = loads[fault].0 * 2.0;
                let components = loads
                    .iter()
                    .zip(&slow)
                    .map(|(&(requests, usual), &slow)| {
                        let more = if slow { total / requests } else { 0.0 };
                        component(requests, usual, usual + more, 100.0, 1.0)
                    })
                    .collect();
                (CallGraph { components, calls }, fault)
            })
    })
}

proptest! {
    #[test]
    fn the_fault_is_found((graph, fault) in random()) {
        prop_assert_eq!(order(&graph, 0, Signal::Latency).first().copied(), Some(fault));
    }

    #[test]
    fn the_order_of_components_does_not_matter((graph, _) in random(), seed: u64) {
        let count = graph.components.len();
        let mut places: Vec<usize> = (0..count).collect();
        places.sort_by_key(|&place| (place as u64 + 1).wrapping_mul(seed | 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 7);
        let place_of = |node: usize| places.iter().position(|&place| place == node).unwrap();
        let mut moved = CallGraph {
            components: places.iter().map(|&place| graph.components[place].clone()).collect(),
            calls: graph.calls.iter().map(|&(from, to)| (place_of(from), place_of(to))).collect(),
        };
        moved.calls.reverse();
        let before = order(&graph, 0, Signal::Latency);
        let after: Vec<_> = order(&moved, place_of(0), Signal::Latency).into_iter().map(|place| places[place]).collect();
        prop_assert_eq!(before, after);
    }

    #[test]
    fn anything_goes(
        values in prop::collection::vec((prop_oneof![any::<i64>(), -9_i64..9], prop::num::f64::ANY), 0..120),
        calls in prop::collection::vec((0_usize..6, 0_usize..6), 0..20),
        alarmed in 0_usize..6,
    ) {
        let part = |from: usize| Series::new(Statistic::Average, 300, values.iter().copied().skip(from).step_by(7));
        let telemetry = |from: usize| Telemetry { latency: part(from), availability: part(from + 1), requests: part(from + 2) };
        let components = (0..5).map(|node| Component { history: telemetry(node), window: telemetry(node + 3) }).collect();
        let graph = CallGraph { components, calls };
        for signal in [Signal::Latency, Signal::Availability] {
            for suspect in suspects(&graph, alarmed, signal) {
                prop_assert!((0.0..=1.0 + 1e-6).contains(&suspect.share));
            }
        }
    }
}
