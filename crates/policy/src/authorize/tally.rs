//! What the statements of one layer, or of one level of it, say together.

use crate::decision::Matched;
use crate::document::StatementEffect;
use crate::element::Reach;
use crate::facts::Facts;
use crate::layer::Attached;
use crate::truth::Truth;

/// The sum of a layer's statements.
#[derive(Debug)]
pub(super) struct Tally<'a> {
    /// Whether one denies.
    pub(super) deny: Truth,
    /// Whether one allows, and by which of the caller's names.
    pub(super) allow: Reach,
    /// The denies that match, else the allows.
    pub(super) matched: Vec<Matched<'a>>,
}

impl<'a> Tally<'a> {
    /// Of no policies.
    pub(super) const NOTHING: Self = Self { deny: Truth::False, allow: Reach::NOBODY, matched: Vec::new() };

    pub(super) fn of(attached: &Attached<'a>, facts: &Facts<'_>) -> Self {
        let mut tally = Self::NOTHING;
        for policy in &attached.policies {
            for statement in policy.statements() {
                let reach = statement.reach(facts);
                let truth = reach.any();
                if truth.is_false() {
                    continue;
                }
                let matched = Matched { policy, statement };
                if tally.matched.is_empty() {
                    // One match is the rule.
                    tally.matched.reserve_exact(1);
                }
                match statement.effect() {
                    StatementEffect::Deny => {
                        if truth.is_true() {
                            if !tally.deny.is_true() {
                                tally.matched.clear();
                            }
                            tally.matched.push(matched);
                        }
                        tally.deny = tally.deny.or(truth);
                    }
                    StatementEffect::Allow => {
                        if truth.is_true() && !tally.deny.is_true() {
                            tally.matched.push(matched);
                        }
                        tally.allow = tally.allow.or(reach);
                    }
                }
            }
        }
        if !attached.unseen.is_empty() {
            let unknown = Truth::Unknown;
            tally.deny = tally.deny.or(unknown);
            tally.allow = tally.allow.or(Reach { account: unknown, role: unknown, direct: unknown });
        }
        tally
    }
}
