//! The library against a second, slow, literal evaluator, on generated requests; and, with parts of them hidden, against what the
//! literal one says of completions.
//!
//! More of it: `cargo run --release -p butfor-policy --example agree -- 1000000`.

#[path = "support/compare.rs"]
mod compare;
#[path = "support/generate.rs"]
mod generate;
#[path = "literal/mod.rs"]
mod literal;

/// Requests in a normal run; a million take minutes.
const REQUESTS: u64 = 5_000;

/// Of them so many with parts hidden, each compared with a dozen completions.
const HIDDEN: u64 = 800;

/// So many of a thousand answers may be unknown to the library although every completion that was tried has the same.
const CAREFUL_PER_MILLE: u64 = 40;

#[test]
fn both_evaluators_agree() {
    for seed in 0..REQUESTS {
        let case = generate::case(seed);
        if let Some(difference) = compare::difference(&case) {
            let small = compare::shrink(&case, |case| compare::difference(case).is_some());
            panic!("{difference}\n{small}");
        }
    }
}

#[test]
fn the_generator_reaches_every_outcome_and_layer() {
    let mut outcomes = std::collections::BTreeMap::<_, u64>::new();
    let mut layers = std::collections::BTreeMap::<_, u64>::new();
    for seed in 0..2_000 {
        let (outcome, denying) = literal::evaluate(&generate::case(seed));
        *outcomes.entry(outcome).or_default() += 1;
        denying.into_iter().for_each(|layer| *layers.entry(layer).or_default() += 1);
    }
    assert_eq!(outcomes.len(), 3);
    assert!(outcomes.values().all(|count| *count > 200), "{outcomes:?}");
    assert_eq!(layers.len(), 7);
    assert!(layers.values().all(|count| *count > 40), "{layers:?}");
}

#[test]
fn what_is_said_with_parts_hidden_holds_whatever_they_are() {
    let (mut careful, mut definite) = (0, 0);
    for seed in 0..HIDDEN {
        match compare::hide(seed, &generate::case(seed)) {
            Ok(found) => {
                careful += u64::from(found.is_careful);
                definite += u64::from(found.is_definite);
            }
            Err(problem) => panic!("seed {seed}: {problem}"),
        }
    }
    assert!(
        careful * 1_000 < CAREFUL_PER_MILLE * HIDDEN,
        "{careful} answers too careful, {definite} definite"
    );
}
