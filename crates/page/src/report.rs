//! `butfor-report/1` as the pages read it: tolerant, so that a report of another version still shows what it has.

use serde::{Deserialize, Deserializer};

/// `null` and a missing member are both nothing.
fn lenient<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(from).map(Option::unwrap_or_default)
}

macro_rules! views {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Default, Deserialize)]
            #[serde(default)]
            pub struct $name {
                $($(#[$field_doc])* #[serde(deserialize_with = "lenient")] pub $field: $kind,)*
            }
        )*
    };
}

views! {
    /// The whole report (formats.md, section 2); members this page does not show are skipped.
    Report {
        /// In a word and in a sentence.
        verdict: Verdict,
        /// What telemetry shows.
        symptoms: Vec<Symptom>,
        /// Without these it would work.
        root_causes: Vec<Cause>,
        /// Made it worse, or will bite next.
        contributing: Vec<Cause>,
        /// Explanations that exclude each other.
        competing: Vec<Cause>,
        /// Looked at and not to blame.
        ruled_out: Vec<Explained>,
        /// Looked at and working.
        unaffected: Vec<Explained>,
        /// A count split over the causes.
        accounting: Option<Accounting>,
        /// What to do.
        plan: Plan,
        /// What happened, in order.
        timeline: Vec<Entry>,
        /// What could not be looked at.
        gaps: Vec<Gap>,
        /// What was looked at.
        evidence: Vec<EvidenceEntry>,
        /// How much work it was.
        stats: Stats,
    }
    /// In a word and in a sentence.
    Verdict {
        /// `root_cause`, `recovered`, `no_fault`, `competing` or `undetermined`.
        outcome: String,
        /// One sentence.
        summary: String,
        /// Whether somebody meant it.
        intentional: Intentional,
    }
    /// Whether somebody meant it.
    Intentional {
        /// Whether the signs say so.
        likely: bool,
        /// The signs.
        reasons: Vec<Reason>,
    }
    /// A sentence with its evidence.
    Reason {
        /// The sentence.
        text: String,
        /// Names of evidence (`e1`).
        cites: Vec<String>,
    }
    /// Something that was seen to fail.
    Symptom {
        /// `log`, `metric`, `trace` or `traffic`.
        kind: String,
        /// One sentence.
        text: String,
        /// When it began.
        onset: Option<Onset>,
        /// Lines as they were logged.
        samples: Vec<String>,
        /// Names of evidence.
        cites: Vec<String>,
    }
    /// When something began; ISO 8601.
    Onset {
        /// The first sign.
        at: String,
        /// Not before.
        earliest: String,
        /// Not after.
        latest: String,
    }
    /// A hypothesis: a root cause, a competing explanation or a contributing factor.
    Cause {
        /// What changed, on what, with which effect.
        headline: String,
        /// `proven`, `corroborated` or `suspected`.
        grade: String,
        /// The kind of fault.
        defect: String,
        /// On what.
        resource: Resource,
        /// Which part of it.
        component: String,
        /// A Reachability Analyzer code or a policy layer.
        code: Option<String>,
        /// The event, where it was one.
        change: Option<Change>,
        /// Why there is no change, or what is known of its time.
        change_note: Option<String>,
        /// Other causes without which it is not enough.
        together_with: Vec<String>,
        /// Flows and requests that do not work.
        affected: Vec<Affected>,
        /// How much of a count it explains.
        explains: Option<Explains>,
        /// Names of evidence.
        cites: Vec<String>,
    }
    /// What a cause is on.
    Resource {
        /// CloudFormation type name.
        r#type: String,
        /// AWS's id.
        id: String,
        /// Its ARN.
        arn: Option<String>,
        /// What people call it.
        name: Option<String>,
        /// Account id.
        account: Option<String>,
        /// Region.
        region: Option<String>,
    }
    /// The event a cause was.
    Change {
        /// CloudTrail's event id.
        event_id: String,
        /// `DeleteRoute`.
        event_name: String,
        /// ISO 8601.
        at: String,
        /// Account id.
        account: Option<String>,
        /// By whom.
        actor: Actor,
    }
    /// Who made a change.
    Actor {
        /// `AssumedRole`, `IAMUser`, ...
        r#type: Option<String>,
        /// ARN.
        arn: Option<String>,
        /// Session name.
        session: Option<String>,
        /// From which address.
        source_ip: Option<String>,
        /// With which program.
        user_agent: Option<String>,
    }
    /// A flow or a request that does not work.
    Affected {
        /// `flow` or `request`.
        kind: String,
        /// From what.
        from: String,
        /// To what.
        to: String,
        /// `tcp/3306`.
        detail: String,
    }
    /// How much of a count a cause explains.
    Explains {
        /// How many.
        count: u64,
        /// 0 to 1.
        share: f64,
    }
    /// A thing looked at, and why it is not the cause or still works.
    Explained {
        /// The thing.
        what: String,
        /// Why.
        why: String,
        /// Names of evidence.
        cites: Vec<String>,
    }
    /// A count split over the causes.
    Accounting {
        /// What is counted.
        metric: String,
        /// All of them.
        total: u64,
        /// By cause.
        parts: Vec<Part>,
        /// What no cause explains.
        unexplained: u64,
    }
    /// One cause's part of a count.
    Part {
        /// Which root cause, from 0.
        cause: usize,
        /// How many.
        count: u64,
        /// 0 to 1.
        share: f64,
    }
    /// What to do.
    Plan {
        /// `verified`, `unverified`, `not_needed` or `none`.
        status: String,
        /// Why.
        reason: Option<String>,
        /// In order.
        steps: Vec<Step>,
        /// What the model says about it.
        proof: Option<Proof>,
    }
    /// One step of a plan.
    Step {
        /// `prepare`, `pre_validate`, `apply`, `post_validate` or `rollback`.
        phase: String,
        /// What it is for.
        text: String,
        /// What to run.
        command: Option<String>,
        /// What should come out.
        expect: Option<String>,
        /// Account id.
        account: Option<String>,
        /// Region.
        region: Option<String>,
    }
    /// What the model says about a plan.
    Proof {
        /// Undoing the change removes the symptom.
        cause: bool,
        /// The plan removes it.
        cure: bool,
        /// Flows that work again.
        gained: Vec<String>,
        /// Flows that stop working.
        lost: Vec<String>,
    }
    /// Something that happened.
    Entry {
        /// ISO 8601.
        at: String,
        /// `change`, `alert`, `metric`, `log`, `health` or `action`.
        kind: String,
        /// One sentence.
        text: String,
        /// Names of evidence.
        cites: Vec<String>,
    }
    /// Something that could not be looked at.
    Gap {
        /// The thing.
        what: String,
        /// A word of the format.
        reason: String,
        /// What it would have told.
        needed_for: Option<String>,
        /// How to close it.
        remedy: Option<String>,
    }
    /// One answered question.
    EvidenceEntry {
        /// Name in the report (`e1`).
        id: String,
        /// Who was asked.
        source: String,
        /// What was asked.
        operation: Option<String>,
        /// Account id.
        account: Option<String>,
        /// Region.
        region: Option<String>,
        /// ISO 8601.
        at: Option<String>,
        /// Name everywhere: a digest of question and answer.
        digest: String,
    }
    /// How much work it was.
    Stats {
        /// Answered questions.
        calls: usize,
        /// Rounds of questions.
        rounds: usize,
        /// Milliseconds.
        duration_ms: u64,
    }
}

impl Cause {
    /// What a decision about this hypothesis is filed under: the same for the same thing in another pass, so that what was
    /// discarded stays discarded.
    #[must_use]
    pub fn key(&self) -> String {
        [self.defect.as_str(), &self.resource.id, &self.component].join("|")
    }
}

impl Report {
    /// The grade of the root cause we know least about: what a headline over all of them may claim.
    #[must_use]
    pub fn weakest_grade(&self) -> Option<&str> {
        let strength = |grade: &str| match grade {
            "proven" => 2,
            "corroborated" => 1,
            _ => 0,
        };
        self.root_causes.iter().map(|it| it.grade.as_str()).min_by_key(|grade| strength(grade))
    }

    /// The entry of a piece of evidence, by its name or its digest.
    #[must_use]
    pub fn evidence_of(&self, name: &str) -> Option<&EvidenceEntry> {
        self.evidence.iter().find(|it| it.id == name || it.digest == name)
    }

    /// The sentences that rest on a piece of evidence, each once, in the report's order.
    #[must_use]
    pub fn sentences_citing(&self, digest: &str) -> Vec<String> {
        let Some(entry) = self.evidence_of(digest) else { return Vec::new() };
        let causes = self.root_causes.iter().chain(&self.competing).chain(&self.contributing);
        let mut all: Vec<(&[String], String)> = Vec::new();
        all.extend(causes.map(|it| (it.cites.as_slice(), it.headline.clone())));
        all.extend(self.symptoms.iter().map(|it| (it.cites.as_slice(), it.text.clone())));
        all.extend(self.timeline.iter().map(|it| (it.cites.as_slice(), it.text.clone())));
        all.extend(
            self.ruled_out
                .iter()
                .map(|it| (it.cites.as_slice(), format!("Not to blame: {}: {}", it.what, it.why))),
        );
        all.extend(
            self.unaffected
                .iter()
                .map(|it| (it.cites.as_slice(), format!("Still works: {}: {}", it.what, it.why))),
        );
        let mut sentences: Vec<String> = Vec::new();
        for (cites, sentence) in all {
            if cites.contains(&entry.id) && !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
        sentences
    }
}

#[cfg(test)]
mod tests {
    use super::Report;

    #[test]
    fn anything_missing_or_null_is_nothing() {
        for text in ["{}", r#"{"plan": null, "timeline": null, "accounting": null, "new": 1}"#] {
            assert_eq!(serde_json::from_str::<Report>(text).unwrap(), Report::default(), "{text}");
        }
    }

    #[test]
    fn a_headline_claims_no_more_than_the_weakest_cause() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(serde_json::from_str::<Report>(text).unwrap().weakest_grade(), expected, "{text}");
        };
        check(r#"{"root_causes": [{"grade": "proven"}, {"grade": "suspected"}]}"#, Some("suspected"));
        check(r#"{"root_causes": [{"grade": "corroborated"}, {"grade": "proven"}]}"#, Some("corroborated"));
        check("{}", None);
    }

    #[test]
    fn a_sentence_is_found_by_name_and_by_digest() {
        let text = r#"{"evidence": [{"id": "e1", "digest": "ab"}], "timeline": [{"text": "x", "cites": ["e1"]}, {"text": "x", "cites": ["e1"]}]}"#;
        let report: Report = serde_json::from_str(text).unwrap();
        assert_eq!(report.sentences_citing("ab"), ["x"]);
        assert_eq!(report.evidence_of("e1"), report.evidence_of("ab"));
        assert!(report.sentences_citing("none").is_empty());
    }
}
