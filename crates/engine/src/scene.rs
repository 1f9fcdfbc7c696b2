//! The scene: everything one assessment looks at, read once.

use crate::access::{self, Access};
use crate::account;
use crate::act::{self, Act};
use crate::deploy::Deploys;
use crate::impact::{self, Impact, Ties};
use crate::party::{self, Party};
use crate::probe::{Destination, Probe, Prober};
use crate::setting::{self, Settings};
use crate::symptom::Symptom;
use butfor_incident::{Alert, Body, CaseFile, Cites, Timestamp};
use butfor_network::describe::Origin;
use butfor_world::{Delta, History, State, World};
use serde_json::Value;
use std::collections::BTreeMap;

/// How long before the first alert a change counts as recent; older ones still count as causes, but do not fill the
/// timeline. The source texts' window is 30 to 60 minutes and an alarm may come a while after the change that caused
/// it (tracked connections live on, network-semantics 2).
pub(crate) const RECENT_SECONDS: i64 = 2 * 3600;

/// Everything one assessment looks at.
pub(crate) struct Scene<'a> {
    pub case: &'a CaseFile,
    pub history: History,
    pub symptom: Symptom,
    pub acts: Vec<Act>,
    pub parties: BTreeMap<String, Party>,
    pub ties: Ties,
    pub impact: Impact,
    /// Indexes of the refused flows the alerts are about.
    pub flows: Vec<usize>,
    pub access: Access,
    /// Indexes of the denied requests the alerts are about.
    pub asks: Vec<usize>,
    pub settings: Settings,
    pub deploys: Deploys,
    pub onset: Option<Timestamp>,
    /// Not all flows could be asked about.
    pub is_truncated: bool,
    /// Alert payloads that could not be read.
    pub alert_problems: Vec<String>,
}

impl<'a> Scene<'a> {
    /// Reads a case and traces every probe.
    pub(crate) fn read(case: &'a CaseFile) -> Self {
        let history = History::read(case);
        let (alerts, alert_problems) = alerts(case);
        let alerts = completed(alerts, &history);
        let symptom = Symptom::read(case, &history, alerts);
        let acts = act::group(history.changes());
        let now = history.latest();
        let before = undone(now, &acts);
        let parties = party::now_and_before(now, &before);
        let (probes, is_truncated) = probes(now, &before, &parties, &symptom);
        let mut ties = Ties::read(&parties, &symptom);
        let onset = symptom.onset();
        let impact = impact::assess(now, &acts, probes, &mut ties, symptom.alarm_at());
        let flows = impact.relevant(&ties);
        let access = access::assess(now, &before, &acts, &symptom);
        let asks = access.relevant(symptom.alarm_at());
        let fronted = account::fronted_functions(case, &symptom);
        let ids = symptom.alert_ids();
        let traced = symptom.traces.failing_components();
        let tied = |function: &str| {
            let name = function.rsplit(':').next();
            fronted.contains(function) || name.is_some_and(|name| ids.contains(name) || traced.contains(name))
        };
        let settings = setting::assess(now, &before, &acts, &symptom, &tied);
        let deploys = Deploys::read(case, &history, &acts);
        Self {
            history,
            symptom,
            acts,
            parties,
            ties,
            impact,
            flows,
            access,
            asks,
            settings,
            deploys,
            onset,
            is_truncated,
            alert_problems,
            case,
        }
    }

    /// The world as last seen.
    pub(crate) fn now(&self) -> &World {
        self.history.latest()
    }

    /// Evidence behind documents of the model.
    pub(crate) fn cite(&self, origins: impl IntoIterator<Item = Origin>) -> Option<Cites> {
        Cites::many(origins.into_iter().filter_map(|origin| self.history.evidence_of(origin)))
    }

    /// Evidence of every hop of a trace.
    pub(crate) fn cite_trace(&self, trace: &butfor_network::Trace) -> Option<Cites> {
        let hops = trace.forward.hops.iter().chain(trace.reply.iter().flat_map(|reply| &reply.hops));
        let blockers = trace.blockers.iter().flat_map(|blocker| blocker.origins.iter().copied());
        self.cite(hops.flat_map(|hop| hop.origins.iter().copied()).chain(blockers))
    }

    /// `orders-app (i-0123)`, or `the internet`.
    pub(crate) fn client_label(&self, probe: &Probe) -> String {
        match &probe.from {
            Some(interface) => self.parties.get(interface).map_or(interface.clone(), Party::label),
            None => "the internet".to_owned(),
        }
    }

    /// Where a probe goes, in words.
    pub(crate) fn server_label(&self, probe: &Probe) -> String {
        match &probe.to {
            Destination::Party(interface) => {
                self.parties.get(interface).map_or(interface.clone(), |party| match party.owner {
                    party::Owner::Database => format!("database {}", party.label()),
                    party::Owner::LoadBalancer => format!("load balancer {}", party.name),
                    _ => party.label(),
                })
            }
            Destination::Internet => "the internet".to_owned(),
            Destination::InternetV6 => "the internet over IPv6".to_owned(),
            Destination::Endpoint { id, service } => format!("{service} through interface endpoint {id}"),
            Destination::GatewayEndpoint { id, service } => {
                format!("{service} through gateway endpoint {id}")
            }
            Destination::Address(address) => address.to_string(),
        }
    }
}

/// The world with every act undone, as far as known, less that nothing is taken away which is there now: what there was before anything
/// recorded changed, and what was made since. It is where candidates are looked for, and a rule that was made and taken away again within
/// the record was in force in between.
fn undone(now: &World, acts: &[Act]) -> World {
    let edits = acts.iter().rev().flat_map(|act| act.delta.inverse().edits);
    let takes_away = |edit: &butfor_world::Edit| {
        edit.after == State::Absent && (edit.facet.member.is_empty() || edit.facet.element.is_some())
    };
    now.with(&Delta { edits: edits.filter(|edit| !takes_away(edit)).collect() })
}

fn probes(
    now: &World,
    before: &World,
    parties: &BTreeMap<String, Party>,
    symptom: &Symptom,
) -> (Vec<Probe>, bool) {
    let mut prober = Prober::new(parties);
    prober.add_failing(now, symptom);
    prober.add_used(symptom);
    prober.add_provided(now);
    prober.add_provided(before);
    let is_truncated = prober.truncated || symptom.conversations.truncated;
    (prober.finish(), is_truncated)
}

/// Alarms that came with no more than a name, with what is known of the alarm itself: some senders pass on nothing else. An alarm that
/// several places have stays as it came.
fn completed(mut alerts: Vec<Alert>, history: &History) -> Vec<Alert> {
    for alert in alerts.iter_mut().filter(|alert| alert.metrics.is_empty()) {
        let agrees = |own: &Option<String>, other: &str| own.as_deref().is_none_or(|own| own == other);
        let mut described = history.latest().of_kind("AWS::CloudWatch::Alarm").filter(|alarm| {
            alarm.parsed().get("AlarmName").and_then(Value::as_str) == Some(alert.name.as_str())
                && agrees(&alert.account, &alarm.account)
                && agrees(&alert.region, &alarm.region)
        });
        let (Some(alarm), None) = (described.next(), described.next()) else { continue };
        let origins = alarm.document().origins.iter();
        let evidence = Cites::many(origins.filter_map(|origin| history.evidence_of(*origin)));
        alert.metrics = crate::alert::metrics_of_alarm(alarm.parsed());
        alert.account.get_or_insert_with(|| alarm.account.clone());
        alert.region.get_or_insert_with(|| alarm.region.clone());
        alert.cites = evidence.map_or(alert.cites.clone(), |evidence| alert.cites.and(&evidence));
    }
    alerts
}

/// The alerts of a case, in order of time, each once.
fn alerts(case: &CaseFile) -> (Vec<Alert>, Vec<String>) {
    let mut alerts = Vec::new();
    let mut problems = Vec::new();
    for evidence in &case.evidence {
        let Body::Alert(text) = &evidence.body else { continue };
        match crate::alert::parse(text, Cites::one(evidence.id())) {
            Ok(found) => alerts.extend(found),
            Err(error) => problems.push(error.to_string()),
        }
    }
    alerts.sort_by(|a, b| (a.at, &a.name, &a.account).cmp(&(b.at, &b.name, &b.account)));
    alerts.dedup_by(|a, b| (a.at, &a.name, &a.account, &a.region) == (b.at, &b.name, &b.account, &b.region));
    problems.sort();
    (alerts, problems)
}
