//! One trace of those by several choices.

use crate::trace::{Blocker, Disposition, Hop, Missing, Trace};

/// Of traces by choices that AWS makes and does not tell: what all of them say, else unknown.
pub(super) fn agreed(all: Vec<Trace>) -> Trace {
    let mut rest = all.into_iter();
    let Some(mut trace) = rest.next() else { return Trace::nothing() };
    let (forward, overall) = (trace.forward.disposition, trace.disposition);
    for other in rest {
        if other.forward.disposition != forward {
            trace.forward.disposition = Disposition::Unknown;
        }
        if other.disposition != overall {
            trace.disposition = Disposition::Unknown;
        }
        join(&mut trace.blockers, other.blockers);
        trace.missing.extend(other.missing);
    }
    if trace.forward.disposition != forward || trace.disposition != overall {
        trace.missing.push(Missing {
            kind: "AWS::EC2::TransitGatewayAttachment",
            id: None,
            account: String::new(),
            region: String::new(),
            why: "by which of several ways the transit gateway sends the packet is not told".to_owned(),
        });
    }
    trace.missing.sort_unstable();
    trace.missing.dedup();
    trace
}

/// Of traces by targets of a load balancer: delivered when it is for one of them, blocked when it is refused for all.
pub(super) fn best(all: Vec<Trace>) -> Trace {
    let rank = |trace: &Trace| match trace.disposition {
        Disposition::Delivered => 2,
        Disposition::Unknown => 1,
        Disposition::Blocked => 0,
    };
    let mut others: Vec<Trace> = Vec::with_capacity(all.len());
    let mut best: Option<Trace> = None;
    for mut next in all {
        match &mut best {
            None => best = Some(next),
            Some(best) => {
                if rank(&next) > rank(best) {
                    std::mem::swap(best, &mut next);
                }
                others.push(next);
            }
        }
    }
    let Some(mut best) = best else { return Trace::nothing() };
    for other in others {
        if best.disposition == Disposition::Blocked {
            // Refused for all: whatever would have to change for any of them.
            for blocker in other.blockers {
                let is_known = |it: &Blocker| {
                    (it.code, &it.component, it.direction)
                        == (blocker.code, &blocker.component, blocker.direction)
                };
                if !best.blockers.iter().any(is_known) {
                    best.blockers.push(blocker);
                }
            }
        } else if let Some((blocker, hop)) = other.blockers.first().zip(other.forward.hops.last()) {
            best.forward.hops.push(Hop {
                component: hop.component.clone(),
                action: format!(
                    "another target would be refused: {} at {}",
                    blocker.code, blocker.component.id
                ),
                rule: blocker.rule.clone(),
                origins: blocker.origins.clone(),
            });
        }
    }
    best
}

pub(super) fn join(all: &mut Vec<Blocker>, more: Vec<Blocker>) {
    for blocker in more {
        if !all.contains(&blocker) {
            all.push(blocker);
        }
    }
}
