//! The library's answer beside the literal evaluator's.

use crate::generate;
use crate::literal::{Literal, Outcome};
use butfor_network::{Disposition, Flow, Network, Trace, Walk};
use std::fmt;

/// All flows of one generated network, compared.
#[derive(Default)]
pub struct Comparison {
    /// How many there are.
    pub flows: usize,
    /// How many the library does not know where the literal evaluator does: never wrong, and hopefully rare.
    pub careful: usize,
    /// Those the two contradict each other about.
    pub different: Vec<Disagreement>,
}

/// A flow two evaluators do not agree about.
pub struct Disagreement {
    /// Of the generated network.
    pub seed: u64,
    /// Of its flows.
    pub flow: Flow,
    /// What the literal evaluator says.
    pub literal: Outcome,
    /// What the library says.
    pub library: Trace,
}

/// Compares all flows of a generated network.
pub fn compare(seed: u64) -> Comparison {
    let small = generate::small(seed);
    let (documents, listings) = small.calls.documents();
    let literal = Literal::new(&documents, &listings);
    let (network, warnings) = Network::parse(documents, listings);
    assert!(warnings.is_empty(), "seed {seed}: {warnings:?}");
    let mut comparison = Comparison { flows: small.flows.len(), ..Comparison::default() };
    for flow in &small.flows {
        let (library, literal) = (network.trace(flow), literal.trace(flow));
        let (there, in_all) = (library.forward.disposition, library.disposition);
        let contradicts = |one: Disposition, other: Disposition| one != other && one != Disposition::Unknown;
        // Which of the two walks is unsure may be seen either way.
        let there_counts = literal.forward != Disposition::Unknown || literal.overall != Disposition::Unknown;
        if contradicts(in_all, literal.overall) || (there_counts && contradicts(there, literal.forward)) {
            comparison.different.push(Disagreement { seed, flow: flow.clone(), literal, library });
        } else if in_all != literal.overall {
            comparison.careful += 1;
        }
    }
    comparison
}

impl Disagreement {
    /// `delivered and back blocked, not delivered`.
    pub fn kind(&self) -> String {
        let both = |forward: Disposition, overall: Disposition| {
            if forward == overall {
                overall.as_str().to_owned()
            } else {
                format!("{} there, {} in all", forward.as_str(), overall.as_str())
            }
        };
        format!(
            "literal evaluator: {}; library: {}",
            both(self.literal.forward, self.literal.overall),
            both(self.library.forward.disposition, self.library.disposition)
        )
    }
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flow = &self.flow;
        writeln!(f, "seed {}, {}", self.seed, self.kind())?;
        writeln!(
            f,
            "  {:?} -> {:?}, {}, from port {:?}",
            flow.from,
            flow.to,
            flow.service(),
            flow.source_port
        )?;
        for note in &self.literal.notes {
            writeln!(f, "  literal: {note}")?;
        }
        let walks = [("there", Some(&self.library.forward)), ("back", self.library.reply.as_ref())];
        for (name, walk) in walks {
            for hop in walk.iter().flat_map(|walk: &&Walk| &walk.hops) {
                let rule = hop.rule.as_deref().unwrap_or_default();
                writeln!(f, "  library, {name}: {} {} | {rule}", hop.component.id, hop.action)?;
            }
        }
        for blocker in &self.library.blockers {
            writeln!(f, "  library, blocker: {} {} {:?}", blocker.code, blocker.component.id, blocker.rule)?;
        }
        for missing in &self.library.missing {
            writeln!(f, "  library, missing: {} {:?}: {}", missing.kind, missing.id, missing.why)?;
        }
        Ok(())
    }
}
