//! What supports the verdict: accounting, intent, timeline, what was ruled out, what works.

use super::Outline;
use crate::citations;
use crate::document::{Block, Item, Line, Moment, Section, Tone};
use crate::words;
use butfor_incident::{Citation, Cites, TimelineEntry, TimelineKind};

/// How much of each list a screen shows; JSON and Markdown have all.
const REASONS_SHOWN: usize = 4;
const RULED_OUT_SHOWN: usize = 8;
const UNAFFECTED_SHOWN: usize = 6;
const TIMELINE_SHOWN: usize = 14;
const SYMPTOMS_SHOWN: usize = 8;

impl Outline<'_> {
    /// The alarm's own count, split over the causes.
    pub(super) fn accounting(&self) -> Option<Section> {
        let it = self.assessment.accounting.as_ref()?;
        let part = |part: &butfor_incident::AccountingPart| -> Item {
            let by = match self.assessment.root_causes.len() {
                1 => "the cause".to_owned(),
                _ => format!("cause {}", part.cause.saturating_add(1)),
            };
            vec![Line::plain(format!("{} ({}) by {by}", part.count, words::percent(part.share)))]
        };
        let mut items: Vec<Item> = it.parts.iter().map(part).collect();
        items.push(vec![match it.unexplained {
            0 => Line::toned(Tone::Good, "all accounted for"),
            rest => Line::toned(Tone::Hedge, format!("{rest} unexplained")),
        }]);
        let total = Line::plain(format!("{}: {} in all", it.metric, it.total));
        let list = Block::List { numbered: false, shown: items.len(), items };
        Some(Section::new("ACCOUNTED FOR", vec![Block::Text(total), list]))
    }

    /// Signs of a deliberate act.
    pub(super) fn intent(&self) -> Option<Section> {
        let intent = &self.assessment.verdict.intentional;
        if !intent.likely && intent.reasons.is_empty() {
            return None;
        }
        let heading =
            if intent.likely { "PROBABLY DONE ON PURPOSE" } else { "SIGNS OF INTENT, NOT ENOUGH TO SAY SO" };
        let item = |reason: &butfor_incident::Reason| -> Item {
            vec![Line::plain(&reason.text).citing(self.citations.names(&reason.cites))]
        };
        let items: Vec<Item> = intent.reasons.iter().map(item).collect();
        Some(Section::new(heading, vec![Block::List { numbered: false, shown: REASONS_SHOWN, items }]))
    }

    /// What telemetry shows to have changed, with the lines as they were written.
    pub(super) fn symptoms(&self) -> Option<Section> {
        let item = |it: &butfor_incident::Symptom| -> Item {
            let mut first =
                Line::toned(Tone::Dim, format!("{} ", it.kind.as_str())).then(Tone::Plain, &it.text);
            if let Some(onset) = it.onset {
                first = first.then(Tone::Plain, since(onset));
            }
            let samples = it.samples.iter().map(|sample| Line::toned(Tone::Code, sample));
            [first.citing(self.citations.names(&it.cites))].into_iter().chain(samples).collect()
        };
        list("WHAT WAS SEEN", SYMPTOMS_SHOWN, self.assessment.symptoms.iter().map(item).collect())
    }

    pub(super) fn timeline(&self) -> Option<Section> {
        let entries = &self.assessment.timeline;
        let shown = self.shown_moments();
        let moment = |(index, entry): (usize, &TimelineEntry)| {
            let tone = if entry.kind == TimelineKind::Alert { Tone::Strong } else { Tone::Plain };
            Moment {
                date: entry.at.date(),
                clock: entry.at.clock(),
                kind: entry.kind.as_str(),
                mark: self.cause_of(entry),
                text: Line::toned(tone, &entry.text).citing(self.citations.names(&entry.cites)),
                shown: shown.contains(&index),
            }
        };
        let moments: Vec<Moment> = entries.iter().enumerate().map(moment).collect();
        let first = moments.first()?;
        let one_day = moments.iter().all(|moment| moment.date == first.date);
        let heading =
            if one_day { format!("TIMELINE {} (UTC)", first.date) } else { "TIMELINE (UTC)".to_owned() };
        Some(Section::new(heading, vec![Block::Timeline { moments, one_day }]))
    }

    /// Which entries a screen shows: alerts and causes first, then those closest to the first of either.
    fn shown_moments(&self) -> Vec<usize> {
        let entries = &self.assessment.timeline;
        let changes = self.assessment.root_causes.iter().filter_map(|cause| cause.change.as_ref());
        let centre =
            changes.map(|change| change.at).chain(self.alarm_at).min().unwrap_or(self.assessment.as_of);
        let mut order: Vec<(bool, u64, usize)> = entries
            .iter()
            .enumerate()
            .map(|(index, entry)| {
                let key = entry.kind == TimelineKind::Alert || self.cause_of(entry).is_some();
                (!key, entry.at.as_millis().abs_diff(centre.as_millis()), index)
            })
            .collect();
        order.sort_unstable();
        order.into_iter().take(TIMELINE_SHOWN).map(|(.., index)| index).collect()
    }

    /// The cause this entry is the change of: same moment, and it cites evidence the cause cites.
    fn cause_of(&self, entry: &TimelineEntry) -> Option<String> {
        let causes = &self.assessment.root_causes;
        let is_it = |cause: &butfor_incident::Cause| {
            cause.change.as_ref().is_some_and(|change| change.at == entry.at)
                && share_evidence(&cause.cites, &entry.cites)
        };
        if entry.kind != TimelineKind::Change {
            return None;
        }
        let index = causes.iter().position(is_it)?;
        Some(if causes.len() == 1 { "cause".to_owned() } else { format!("cause {}", index + 1) })
    }

    pub(super) fn ruled_out(&self) -> Option<Section> {
        let items = self.assessment.ruled_out.iter().map(|it| self.explained(&it.what, &it.why, &it.cites));
        list("RULED OUT", RULED_OUT_SHOWN, items.collect())
    }

    pub(super) fn unaffected(&self) -> Option<Section> {
        let items = self.assessment.unaffected.iter().map(|it| self.explained(&it.what, &it.why, &it.cites));
        list("STILL WORKING", UNAFFECTED_SHOWN, items.collect())
    }

    fn explained(&self, what: &str, why: &str, cites: &Citation) -> Item {
        let cites = self.citations.names_if_any(cites.as_ref());
        vec![Line::toned(Tone::Strong, what).then(Tone::Plain, ": ").then(Tone::Plain, why).citing(cites)]
    }

    /// For a ticket: what the citations stand for.
    pub(super) fn evidence(&self) -> Option<Section> {
        let item = |(number, it): (usize, &butfor_incident::Evidence)| -> Item {
            let mut line = Line::toned(Tone::Strong, citations::name(number))
                .then(Tone::Plain, format!(" {}", it.source()));
            for part in [&it.query.operation, &it.query.account, &it.query.region] {
                if !part.is_empty() {
                    line = line.then(Tone::Plain, format!(" {part}"));
                }
            }
            if let Some(at) = it.at {
                line = line.then(Tone::Plain, format!(" at {at}"));
            }
            vec![line.then(Tone::Plain, ", ").then(Tone::Code, it.id().digest())]
        };
        let items: Vec<Item> = (1..).zip(&self.assessment.evidence).map(item).collect();
        let mut section = list("EVIDENCE", items.len(), items)?;
        section.detail = true;
        Some(section)
    }

    pub(super) fn size_of_work(&self) -> Section {
        let it = self.assessment;
        let text = format!(
            "{} read in {}, {} cited.",
            words::count(it.stats.calls, "answer"),
            words::count(it.stats.rounds, "round"),
            words::count(it.evidence.len(), "record"),
        );
        Section::new("", vec![Block::Text(Line::toned(Tone::Dim, text))])
    }
}

/// `; since 13:27:58`, with the stretch it surely lies in where that is longer than a moment.
fn since(onset: butfor_incident::Onset) -> String {
    if onset.earliest == onset.latest {
        return format!("; first at {}", onset.at.clock());
    }
    format!("; since {} (between {} and {})", onset.at.clock(), onset.earliest.clock(), onset.latest.clock())
}

fn list(heading: &str, shown: usize, items: Vec<Item>) -> Option<Section> {
    (!items.is_empty()).then(|| Section::new(heading, vec![Block::List { numbered: false, shown, items }]))
}

fn share_evidence(one: &Cites, other: &Cites) -> bool {
    one.ids().iter().any(|id| other.ids().contains(id))
}
