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

#[test]
fn both_evaluators_agree() {
    let mut different = Vec::new();
    let mut flows = 0;
    for seed in 0..NETWORKS {
        let (count, found) = compare::compare(seed);
        flows += count;
        different.extend(found);
    }
    for one in different.iter().take(10) {
        println!("{one}");
    }
    assert!(different.is_empty(), "{} of {flows} flows differ", different.len());
}
