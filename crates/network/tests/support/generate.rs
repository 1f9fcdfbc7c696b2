//! AWS accounts made up from a number, as describe-call answers in the form the AWS CLI prints them: small ones that
//! have a bit of everything for comparing evaluators, and large realistic ones for measuring.
//!
//! The same number gives the same account, byte for byte.

#![allow(dead_code, unused_imports, reason = "every user of this file needs another part of it")]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "this is test code; examples and benches use it as well"
)]

#[path = "realistic.rs"]
mod realistic;
#[path = "small.rs"]
mod small;

pub use realistic::{Realistic, realistic};
pub use small::{Small, small};

use butfor_network::describe::{self, Document, Listing, Origin, Piece};
use serde_json::{Value, json};

/// The region everything generated is in.
pub const REGION: &str = "us-west-2";

/// A sequence of numbers that look random: xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift
/// generators, scrambled", 2016), so that a seed means the same account everywhere and for ever.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Neighbouring seeds give unrelated sequences.
    pub fn new(seed: u64) -> Self {
        let mut mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Self((mixed ^ (mixed >> 31)).max(1))
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number from 0 up to, not including, `end`; 0 for an `end` of 0.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() >> 11) as usize % end }
    }

    /// True in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of them; panics where there is none, which a generator must not ask for.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of them, if any.
    pub fn maybe<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = self.below(from.len());
        from.get(at)
    }
}

/// One describe call and its answer.
#[derive(Debug, Clone)]
pub struct Call {
    /// Account that was asked.
    pub account: String,
    /// API operation.
    pub operation: &'static str,
    /// The request's parameters as JSON text; empty for none.
    pub parameters: String,
    /// The answer.
    pub output: String,
}

/// All calls of a recording.
#[derive(Debug, Clone, Default)]
pub struct Calls(pub Vec<Call>);

impl Calls {
    /// Adds a call that lists everything of a kind.
    pub fn list(&mut self, account: &str, operation: &'static str, key: &str, items: &[Value]) {
        self.add(account, operation, Value::Null, json!({ key: items }));
    }

    /// Adds a call.
    pub fn add(&mut self, account: &str, operation: &'static str, parameters: Value, output: Value) {
        let parameters = if parameters.is_null() { String::new() } else { parameters.to_string() };
        let output = output.to_string();
        self.0.push(Call { account: account.to_owned(), operation, parameters, output });
    }

    /// Size of all answers.
    pub fn size_bytes(&self) -> usize {
        self.0.iter().map(|call| call.output.len()).sum()
    }

    /// What [`describe`] makes of the calls.
    pub fn documents(&self) -> (Vec<Document>, Vec<Listing>) {
        let mut pieces = Vec::new();
        let mut listings = Vec::new();
        for (number, call) in self.0.iter().enumerate() {
            let answer = describe::fragments(Some(call.operation), &call.parameters, &call.output)
                .expect("a generated answer can be cut");
            assert!(answer.problems.is_empty(), "{:?}", answer.problems);
            assert!(answer.unknown_keys.is_empty(), "{:?}", answer.unknown_keys);
            let (account, region) = (call.account.as_str(), REGION);
            listings.extend(answer.listed.iter().map(|kind| Listing {
                account: account.to_owned(),
                region: region.to_owned(),
                kind,
            }));
            let origin = Origin(u32::try_from(number).expect("few calls"));
            pieces.extend(answer.fragments.into_iter().map(|fragment| Piece {
                fragment,
                account,
                region,
                origin,
            }));
        }
        listings.sort();
        listings.dedup();
        (describe::compose(pieces), listings)
    }
}

/// Ids in the form AWS gives them, each once.
#[derive(Debug, Clone, Default)]
pub struct Ids(u64);

impl Ids {
    /// `vpc-0...`, 17 hexadecimal digits.
    pub fn new_id(&mut self, prefix: &str) -> String {
        self.0 += 1;
        let scrambled = self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 4;
        format!("{prefix}-0{scrambled:016x}")
    }
}
