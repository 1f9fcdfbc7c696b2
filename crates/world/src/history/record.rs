//! CloudTrail records of a case: each event once, told apart by what it means.

use super::{Attempt, EventInfo, OtherEvent};
use crate::cloudtrail::Record;
use crate::delta::Edit;
use crate::events::{Translation, translate};
use crate::facets;
use crate::ids::IdIndex;
use butfor_incident::{Body, CaseFile, Cites, EvidenceId, Timestamp};
use std::collections::BTreeMap;

/// A call that changed something we model.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) at: Timestamp,
    pub(super) info: EventInfo,
    pub(super) edits: Vec<Edit>,
    pub(super) cites: Cites,
}

/// All records, by meaning; each list by time.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) changes: Vec<Event>,
    pub(super) attempts: Vec<Attempt>,
    pub(super) refused_reads: Vec<Attempt>,
    pub(super) others: Vec<OtherEvent>,
}

/// Records by time, each event once: the same event may be in a log file, in LookupEvents output and in the trails of
/// several accounts.
pub(super) fn read(case: &CaseFile, problems: &mut Vec<(EvidenceId, String)>) -> Vec<(Record, Cites)> {
    let mut events: BTreeMap<(Timestamp, String), Vec<(Record, EvidenceId)>> = BTreeMap::new();
    for evidence in &case.evidence {
        let Body::CloudTrailRecord(text) = &evidence.body else { continue };
        match Record::parse(text) {
            Ok(record) => {
                // Copies of one call in several accounts have event ids of their own and share one
                // (CloudTrail User Guide, sharedEventID).
                let name = record.shared_event_id.clone().unwrap_or_else(|| record.event_id.clone());
                let name = if name.is_empty() { evidence.id().digest() } else { name };
                events.entry((record.at, name)).or_default().push((record, evidence.id()));
            }
            Err(error) => problems.push((evidence.id(), error.to_string())),
        }
    }
    let mut records = Vec::new();
    for ((_, _), mut copies) in events {
        // The copy that tells most: what another account sees of a call has no request.
        copies.sort_by_key(|(record, id)| (record.request.is_null(), record.account.clone(), *id));
        let cites = Cites::many(copies.iter().map(|(_, id)| *id));
        if let (Some((record, _)), Some(cites)) = (copies.into_iter().next(), cites) {
            records.push((record, cites));
        }
    }
    records
}

/// Tells records apart.
pub(super) fn sort(records: Vec<(Record, Cites)>, ids: &IdIndex) -> Events {
    let mut events = Events::default();
    for (record, cites) in records {
        let info = EventInfo {
            event_id: record.event_id.clone(),
            event_name: record.operation().to_owned(),
            service: record.service.clone(),
            account: record.account.clone(),
            region: record.region.clone(),
            actor: record.actor.clone(),
        };
        if record.read_only {
            // A read changes nothing, but that it was refused says something about permissions.
            if let Some(code) = record.error.clone() {
                events.refused_reads.push(attempt(record, info, code, Vec::new(), cites));
            }
            continue;
        }
        let edits = match translate(&record, ids) {
            Translation::Edits(edits) => edits,
            Translation::NoEffect => Vec::new(),
            Translation::NotAWrite => continue,
        };
        let at = record.at;
        if let Some(code) = record.error.clone() {
            events.attempts.push(attempt(record, info, code, edits, cites));
        } else if edits.iter().all(|edit| facets::is_passing(&edit.resource.kind, &edit.facet)) {
            events.others.push(OtherEvent { at, info, request: record.request, cites });
        } else {
            events.changes.push(Event { at, info, edits, cites });
        }
    }
    events
}

fn attempt(record: Record, info: EventInfo, code: String, would: Vec<Edit>, cites: Cites) -> Attempt {
    Attempt {
        at: record.at,
        info,
        code,
        message: record.error_message,
        request: record.request,
        vpc_endpoint: record.vpc_endpoint,
        resources: record.resources,
        would,
        cites,
    }
}
