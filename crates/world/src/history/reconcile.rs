//! Brings events and observations together, resource by resource.

use super::observe::Observations;
use super::record::Event;
use super::timeline::{Timeline, Touch, timeline};
use super::walk::{EditRef, Unseen, Walked, walk};
use super::{Change, When};
use crate::delta::{Delta, Edit, Facet, ResourceKey, State};
use crate::facets;
use butfor_incident::{Cites, EvidenceId, Timestamp};
use butfor_network::describe::known_kind;
use std::collections::{BTreeMap, BTreeSet};

/// An event this long before an observation may be what a difference in that observation comes from.
const SKEW_SECONDS_MAX: i64 = 5;

/// What came out.
#[derive(Debug, Default)]
pub(super) struct Reconciled {
    /// By time.
    pub(super) changes: Vec<Change>,
    /// What events after the last observation did to it, in order.
    pub(super) ahead: Delta,
    /// What events may have changed besides what they say, by time.
    pub(super) perhaps: Vec<(Timestamp, Edit)>,
}

/// A difference nobody recorded.
struct Difference {
    facet: Facet,
    unseen: Unseen,
}

/// Edits that have been worked out, by event.
struct Book<'e> {
    events: &'e [Event],
    /// Edits of each event with the states that are known now; a vague one may become several.
    edits: BTreeMap<EditRef, Vec<Edit>>,
    /// Observations that show what an event did that does not say so itself, by event.
    shown: BTreeMap<usize, Vec<EvidenceId>>,
    changes: Vec<Change>,
    ahead: Vec<(Timestamp, EditRef, Edit)>,
    perhaps: Vec<(Timestamp, Edit)>,
}

pub(super) fn reconcile(observations: &Observations<'_>, events: &[Event]) -> Reconciled {
    let mut touched: BTreeMap<&ResourceKey, Vec<Touch<'_>>> = BTreeMap::new();
    let mut book = Book {
        events,
        edits: BTreeMap::new(),
        shown: BTreeMap::new(),
        changes: Vec::new(),
        ahead: Vec::new(),
        perhaps: Vec::new(),
    };
    for (number, event) in events.iter().enumerate() {
        for (index, of) in event.edits.iter().enumerate() {
            let edit = EditRef { event: number, edit: index };
            book.edits.insert(edit, vec![of.clone()]);
            touched.entry(&of.resource).or_default().push(Touch { at: event.at, edit, of });
        }
    }
    for ((kind, id), seen) in &observations.resources {
        let key = ResourceKey { kind: (*kind).to_owned(), id: id.clone() };
        let touches = touched.remove(&key).unwrap_or_default();
        let timeline = timeline(observations, kind, seen, &touches);
        book.resource(&key, &touches, timeline);
    }
    // Resources nobody ever described.
    for (key, touches) in touched {
        let kind = known_kind(&key.kind).unwrap_or_default();
        let timeline = timeline(observations, kind, &[], &touches);
        book.resource(key, &touches, timeline);
    }
    book.close()
}

impl Book<'_> {
    fn resource(&mut self, key: &ResourceKey, touches: &[Touch<'_>], timeline: Timeline) {
        let Timeline { facets, last_seen, first_seen, unclear } = timeline;
        let mut differences = Vec::new();
        for (facet, items) in facets {
            let Walked { edits, unseen, ahead } = walk(&key.kind, &facet, items);
            for (edit, before, after) in edits {
                let worked_out = Edit { resource: key.clone(), facet: facet.clone(), before, after };
                self.edits.insert(edit, vec![worked_out]);
            }
            if let Some((at, edit, after)) = ahead {
                let before = State::Unknown;
                self.ahead.push((
                    at,
                    edit,
                    Edit { resource: key.clone(), facet: facet.clone(), before, after },
                ));
            }
            let counts =
                |unseen: &Unseen| !facets::is_incidental(&key.kind, &facet, &unseen.before, &unseen.after);
            let unseen = unseen.into_iter().filter(counts);
            differences.extend(unseen.map(|unseen| Difference { facet: facet.clone(), unseen }));
        }
        let differences = self.explain(key, touches, differences);
        let mut around = BTreeMap::new();
        for (facet, items) in unclear {
            let edits = walk(&key.kind, &facet, items).edits;
            around.extend(edits.into_iter().map(|(edit, before, after)| (edit, (before, after))));
        }
        self.settle(key, touches, &around, &first_seen, &last_seen);
        self.keep(key, differences);
    }

    /// Gives differences in a member to the one event that changed something in it without saying what.
    fn explain(
        &mut self,
        key: &ResourceKey,
        touches: &[Touch<'_>],
        differences: Vec<Difference>,
    ) -> Vec<Difference> {
        let unclear: Vec<_> = touches.iter().filter(|touch| touch.is_unclear()).collect();
        let mut found: BTreeMap<EditRef, Vec<Edit>> = BTreeMap::new();
        let mut left = Vec::new();
        for difference in differences {
            let Difference { facet, unseen } = &difference;
            let from = unseen.earlier.plus_seconds(-SKEW_SECONDS_MAX);
            let to = unseen.later.plus_seconds(SKEW_SECONDS_MAX);
            let mut fitting = unclear
                .iter()
                .filter(|touch| covers(&touch.of.facet, facet))
                .filter(|touch| from <= touch.at && touch.at <= to);
            match (fitting.next(), fitting.next()) {
                (Some(only), None) => {
                    self.shown.entry(only.edit.event).or_default().extend(&unseen.evidence);
                    found.entry(only.edit).or_default().push(Edit {
                        resource: key.clone(),
                        facet: facet.clone(),
                        before: unseen.before.clone(),
                        after: unseen.after.clone(),
                    });
                }
                // With several such events nobody can say which it was.
                _ => left.push(difference),
            }
        }
        self.edits.extend(found);
        left
    }

    /// An event that changed nobody knows what: with observations before and after it, no such event beside it and no
    /// difference left, nothing. Several such events between two observations may have undone each other: what was
    /// between them stays unknown. Without an observation after, the member is unknown from then on.
    fn settle(
        &mut self,
        key: &ResourceKey,
        touches: &[Touch<'_>],
        around: &BTreeMap<EditRef, (State, State)>,
        first_seen: &BTreeMap<String, Timestamp>,
        last_seen: &BTreeMap<String, Timestamp>,
    ) {
        for touch in touches.iter().filter(|touch| touch.is_unclear()) {
            let Some(edits) = self.edits.get_mut(&touch.edit) else { continue };
            let is_open = edits.iter().all(|edit| edit == touch.of);
            if !is_open {
                continue;
            }
            let member = &touch.of.facet.member;
            let is_alone = match around.get(&touch.edit) {
                Some((State::Unknown, State::Unknown)) | None => true,
                Some((before, after)) => {
                    let (before, after) = (before.clone(), after.clone());
                    let is_alone = before != State::Unknown && after != State::Unknown;
                    if !is_alone {
                        *edits = vec![Edit { before, after, ..touch.of.clone() }];
                    }
                    is_alone
                }
            };
            let seen_before = first_seen.get(member).is_some_and(|first| *first < touch.at);
            match last_seen.get(member) {
                // Seen before and after, and no difference is left for it: it changed nothing.
                Some(last) if *last > touch.at && seen_before && is_alone => edits.clear(),
                // What it changed is over and seen; what it was is not known.
                Some(last) if *last > touch.at => {}
                _ => self.ahead.push((
                    touch.at,
                    touch.edit,
                    Edit { resource: key.clone(), ..touch.of.clone() },
                )),
            }
            // What a call says that it set explains the call: that it may have set more is no change of its own.
            let says_more = self.events.get(touch.edit.event).is_some_and(|event| {
                event.edits.iter().any(|edit| edit.resource == *key && edit != touch.of)
            });
            if says_more && facets::is_never_recorded(&key.kind, member) {
                self.perhaps.extend(edits.drain(..).map(|edit| (touch.at, edit)));
            }
        }
    }

    /// Keeps what no event explains: one change for each interval.
    fn keep(&mut self, key: &ResourceKey, differences: Vec<Difference>) {
        let mut intervals: BTreeMap<(Timestamp, Timestamp), Vec<Difference>> = BTreeMap::new();
        for difference in differences {
            let interval = (difference.unseen.earlier, difference.unseen.later);
            intervals.entry(interval).or_default().push(difference);
        }
        for ((earlier, later), differences) in intervals {
            let evidence =
                differences.iter().flat_map(|difference| difference.unseen.evidence.iter().copied());
            let Some(cites) = Cites::many(evidence) else { continue };
            let edits = differences.into_iter().map(|Difference { facet, unseen }| Edit {
                resource: key.clone(),
                facet,
                before: unseen.before,
                after: unseen.after,
            });
            let delta = Delta { edits: edits.collect() };
            self.changes.push(Change { when: When::Between(earlier, later), event: None, delta, cites });
        }
    }

    fn close(mut self) -> Reconciled {
        for (number, event) in self.events.iter().enumerate() {
            let from = EditRef { event: number, edit: 0 };
            let to = EditRef { event: number, edit: usize::MAX };
            let edits = self.edits.range(from..=to).flat_map(|(_, edits)| edits);
            let edits = edits.filter(|edit| !is_idle(edit)).cloned().collect();
            let shown = self.shown.remove(&number).unwrap_or_default();
            let cites = Cites::many(event.cites.ids().iter().copied().chain(shown));
            self.changes.push(Change {
                when: When::At(event.at),
                event: Some(event.info.clone()),
                delta: Delta { edits },
                cites: cites.unwrap_or_else(|| event.cites.clone()),
            });
        }
        self.changes.sort_by(Change::order);
        self.ahead.sort_by_key(|(at, edit, _)| (*at, *edit));
        let mut made = BTreeSet::new();
        let ahead = self.ahead.into_iter().map(|(_, _, edit)| edit);
        let edits = ahead.filter(|edit| made.insert((edit.resource.clone(), edit.facet.clone()))).collect();
        self.perhaps.sort_by_key(|(at, _)| *at);
        Reconciled { changes: self.changes, ahead: Delta { edits }, perhaps: self.perhaps }
    }
}

/// Whether a facet is the other one or holds it: `Routes` holds each route, `RouteSettings` holds `RouteSettings/x`.
fn covers(outer: &Facet, inner: &Facet) -> bool {
    let rest = inner.member.strip_prefix(&outer.member);
    match &outer.element {
        Some(_) => outer == inner,
        None => rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
    }
}

/// An edit that leads from a state to the same state.
fn is_idle(edit: &Edit) -> bool {
    match (&edit.before, &edit.after) {
        (State::Present(before), State::Present(after)) => {
            facets::same(&edit.resource.kind, &edit.facet, before, after)
        }
        (State::Absent, State::Absent) => true,
        _ => false,
    }
}
