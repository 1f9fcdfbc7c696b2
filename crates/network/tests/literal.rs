//! The library against the literal evaluator, on generated networks.

#[path = "support/generate.rs"]
mod generate;
#[path = "literal/mod.rs"]
mod literal;

use butfor_network::{Disposition, Network};
use literal::Literal;

#[test]
fn agrees() {
    let mut counts = [0; 3];
    let mut wrong = Vec::new();
    let seeds = 700;
    for seed in 0..seeds {
        let small = generate::small(seed);
        let (documents, listings) = small.calls.documents();
        let literal = Literal::new(&documents, &listings);
        let (network, warnings) = Network::parse(&documents, &listings);
        assert!(warnings.is_empty(), "{warnings:?}");
        for flow in &small.flows {
            let trace = network.trace(flow);
            let outcome = literal.trace(flow);
            counts[outcome.overall as usize] += 1;
            if trace.disposition != outcome.overall || trace.forward.disposition != outcome.forward {
                wrong.push((seed, flow.clone(), outcome, trace));
            }
        }
    }
    println!("{counts:?} of {:?}", [Disposition::Delivered, Disposition::Blocked, Disposition::Unknown]);
    let mut kinds = std::collections::BTreeMap::<String, usize>::new();
    for (_, _, outcome, trace) in &wrong {
        let kind = format!("{:?}/{:?} -> {:?}/{:?}", outcome.forward, outcome.overall, trace.forward.disposition, trace.disposition);
        *kinds.entry(kind).or_default() += 1;
    }
    println!("{kinds:#?}");
    for (seed, flow, outcome, trace) in wrong.iter().take(8) {
        println!("seed {seed} {flow:?}\n  literal {outcome:#?}\n  library {} {}\n {:#?}\n{:#?}", trace.disposition.as_str(), trace.forward.disposition.as_str(), trace.blockers, trace.missing);
    }
    assert!(wrong.is_empty(), "{} disagreements", wrong.len());
}
