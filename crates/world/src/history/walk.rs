//! One facet through time: what was seen of it and what events did to it, brought together.

use crate::delta::{Facet, State};
use crate::facets;
use butfor_incident::{EvidenceId, Timestamp};

/// An observation and an event this close together may be in either order: records have whole seconds, and describe
/// calls show a change a moment late (EC2 API reference, eventual consistency).
const SKEW_SECONDS_MAX: i64 = 5;

/// Something that tells about the facet.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// It was seen in this state.
    Sighting {
        at: Timestamp,
        state: State,
        /// Which call saw it, to compare each call with itself.
        source: usize,
        evidence: EvidenceId,
    },
    /// An event edited it.
    Event { at: Timestamp, edit: EditRef, before: State, after: State },
}

/// Names an edit: the event and the edit's place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct EditRef {
    pub(super) event: usize,
    pub(super) edit: usize,
}

/// A change that no event tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unseen {
    pub(super) earlier: Timestamp,
    pub(super) later: Timestamp,
    pub(super) before: State,
    pub(super) after: State,
    pub(super) evidence: Vec<EvidenceId>,
}

/// What came out.
#[derive(Debug, Default)]
pub(super) struct Walked {
    /// Both states of every event's edit, as far as they are known now.
    pub(super) edits: Vec<(EditRef, State, State)>,
    /// Changes no event tells of.
    pub(super) unseen: Vec<Unseen>,
    /// The state after the events that came after the last sighting, with the last of them.
    pub(super) ahead: Option<(Timestamp, EditRef, State)>,
}

/// What is believed at a point of the walk.
struct Belief {
    state: State,
    since: Timestamp,
    from: From,
}

enum From {
    Sighting {
        evidence: EvidenceId,
    },
    /// Place in [`Walked::edits`].
    Event(usize),
}

pub(super) fn walk(kind: &str, facet: &Facet, mut items: Vec<Item>) -> Walked {
    // An event of the same second comes first: what was seen then usually shows it.
    items.sort_by_key(|item| match item {
        Item::Event { at, edit, .. } => (*at, false, edit.event, edit.edit, None),
        Item::Sighting { at, source, evidence, .. } => (*at, true, *source, 0, Some(*evidence)),
    });
    let mut walk = Walk { kind, facet, done: Walked::default(), belief: None, seen: Vec::new() };
    for item in items {
        match item {
            Item::Sighting { at, state, source, evidence } => walk.sighting(at, state, source, evidence),
            Item::Event { at, edit, before, after } => walk.event(at, edit, before, after),
        }
    }
    walk.done
}

struct Walk<'a> {
    kind: &'a str,
    facet: &'a Facet,
    done: Walked,
    belief: Option<Belief>,
    /// What each source saw last.
    seen: Vec<(usize, State)>,
}

impl Walk<'_> {
    fn same(&self, a: &State, b: &State) -> bool {
        match (a, b) {
            (State::Present(a), State::Present(b)) => facets::same(self.kind, self.facet, a, b),
            (State::Absent, State::Absent) => true,
            _ => false,
        }
    }

    fn sighting(&mut self, at: Timestamp, state: State, source: usize, evidence: EvidenceId) {
        let last = self.seen.iter().position(|(other, _)| *other == source);
        let last = last.map(|index| self.seen.swap_remove(index).1);
        self.seen.push((source, state.clone()));
        let Some(belief) = self.belief.take() else {
            self.belief = Some(Belief { state, since: at, from: From::Sighting { evidence } });
            return;
        };
        let is_known = belief.state != State::Unknown;
        if is_known
            && !self.same(&belief.state, &state)
            && !self.believe_against(&belief, at, &state, last.as_ref(), evidence)
        {
            self.belief = Some(belief);
            return;
        }
        if !is_known || self.same(&belief.state, &state) {
            // What was seen says more than the event did.
            if let From::Event(index) = belief.from
                && let Some((_, _, after)) = self.done.edits.get_mut(index)
            {
                *after = state.clone();
            }
        }
        self.done.ahead = None;
        self.belief = Some(Belief { state, since: at, from: From::Sighting { evidence } });
    }

    /// A sighting contradicts the belief. Says whether it wins; then the difference is a change nobody recorded.
    fn believe_against(
        &mut self,
        belief: &Belief,
        at: Timestamp,
        state: &State,
        last: Option<&State>,
        evidence: EvidenceId,
    ) -> bool {
        let before_event = match belief.from {
            From::Event(index) => self.done.edits.get(index).map(|(_, before, _)| before.clone()),
            From::Sighting { .. } => None,
        };
        let is_close = at.seconds_since(belief.since) <= SKEW_SECONDS_MAX;
        if is_close && before_event.as_ref().is_some_and(|before| self.same(before, state)) {
            return false; // seen just before the event
        }
        let saw_no_change = last.is_none_or(|last| self.same(last, state));
        if before_event.is_none() && saw_no_change {
            return false; // two calls word it differently; neither saw it change
        }
        let mut sources = vec![evidence];
        if let From::Sighting { evidence } = belief.from {
            sources.push(evidence);
        }
        self.done.unseen.push(Unseen {
            earlier: belief.since,
            later: at,
            before: belief.state.clone(),
            after: state.clone(),
            evidence: sources,
        });
        true
    }

    fn event(&mut self, at: Timestamp, edit: EditRef, before: State, after: State) {
        let mut before = before;
        if let Some(belief) = self.belief.take() {
            let shows_already = matches!(belief.from, From::Sighting { .. })
                && at.seconds_since(belief.since) <= SKEW_SECONDS_MAX
                && self.same(&belief.state, &after);
            match self.done.unseen.last() {
                // The sighting just before already shows the event: what looked unrecorded was this event.
                Some(unseen) if shows_already && unseen.later == belief.since => {
                    before = unseen.before.clone();
                    self.done.unseen.pop();
                }
                _ if shows_already && before != State::Unknown => {}
                _ if belief.state != State::Unknown => before = belief.state,
                _ => {}
            }
        }
        let index = self.done.edits.len();
        self.done.edits.push((edit, before, after.clone()));
        self.done.ahead = Some((at, edit, after.clone()));
        self.belief = Some(Belief { state: after, since: at, from: From::Event(index) });
    }
}
