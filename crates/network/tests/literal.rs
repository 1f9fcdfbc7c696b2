//! The library against a second, slow, literal evaluator, on generated networks.
//!
//! More of it: `cargo run --release -p butfor-network --example agree -- 1000000`.

#[path = "support/compare.rs"]
mod compare;
#[path = "support/generate.rs"]
mod generate;
#[path = "literal/mod.rs"]
mod literal;

/// Networks, of twelve flows each.
const NETWORKS: u64 = 250;

/// So many flows in a thousand may be unknown to the library alone.
const CAREFUL_PER_MILLE: usize = 5;

#[test]
fn both_evaluators_agree() {
    let (mut flows, mut careful, mut different) = (0, 0, Vec::new());
    for seed in 0..NETWORKS {
        let found = compare::compare(seed);
        flows += found.flows;
        careful += found.careful;
        different.extend(found.different);
    }
    let first: String = different.iter().take(10).map(|one| format!("{one}\n")).collect();
    assert!(different.is_empty(), "{} of {flows} flows differ\n{first}", different.len());
    assert!(
        careful * 1000 <= flows * CAREFUL_PER_MILLE,
        "{careful} of {flows} flows are unknown to the library alone"
    );
}
