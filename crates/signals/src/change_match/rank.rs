//! Each commit against the symptoms.

use super::effect::{Effect, effects};
use super::impact::Impact;
use super::symptom::Symptoms;
use super::words::{Rarity, identifiers, words};
use super::{Commit, Incident, diff};
use std::collections::BTreeSet;

/// Seconds by which clocks and one-minute points may disagree.
const SLACK_S: i64 = 60;
/// Words in common that make a change fully relevant.
const WORDS_FULL: f64 = 5.0;
/// Suspects that are reported.
const SUSPECTS_MAX: usize = 10;

/// What a direct sign is worth: it links one line of the diff to one symptom.
const NAMES_THE_MISSING: f64 = 1.6;
const AT_THE_FAILING_LINE: f64 = 0.9;
const ITS_NUMBER_IS_SEEN: f64 = 0.6;
const ITS_MESSAGE_IS_SEEN: f64 = 0.5;

/// An effect worth this much is one: what is seen of it counts in full.
const EFFECT_FULL: f64 = 0.3;

/// A link between a line of the diff and a symptom, with its worth.
#[derive(Clone, Copy)]
enum Sign {
    /// The errors name what the diff touches.
    Named(f64),
    /// Something the diff brings is also seen in the symptoms.
    Seen(f64),
}

/// A commit that may be the cause.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// Its id.
    pub sha: String,
    /// How well it explains the symptoms; comparable within an incident.
    pub score: f64,
    /// The effect that explains most, if the diff is known.
    pub effect: Option<Effect>,
    /// Why, the weightiest first, with quotes.
    pub reasons: Vec<String>,
    /// It uses something that is not there: adding that would help.
    pub lacks_something: bool,
}

pub(super) fn suspects(incident: &Incident, symptoms: &Symptoms, impact: &Impact) -> Vec<Suspect> {
    let mut rarity = Rarity::default();
    let vocabulary: Vec<BTreeSet<String>> =
        incident.commits.iter().map(|commit| words(&text_of(commit))).collect();
    for words in &vocabulary {
        rarity.add(words);
    }
    let judge = Judge { incident, symptoms, impact, rarity };
    let mut suspects: Vec<Suspect> =
        incident.commits.iter().filter_map(|commit| judge.suspect(commit)).collect();
    suspects.sort_by(|left, right| right.score.total_cmp(&left.score).then_with(|| left.sha.cmp(&right.sha)));
    suspects.truncate(SUSPECTS_MAX);
    suspects
}

fn text_of(commit: &Commit) -> String {
    format!("{}\n{}\n{}", commit.message, commit.files.join("\n"), commit.diff.as_deref().unwrap_or_default())
}

struct Judge<'i> {
    incident: &'i Incident,
    symptoms: &'i Symptoms,
    impact: &'i Impact,
    rarity: Rarity,
}

impl Judge<'_> {
    fn suspect(&self, commit: &Commit) -> Option<Suspect> {
        let (timing, when) = self.timing(commit)?;
        let (place, place_reason) = self.place(commit);
        let inert = !commit.files.is_empty() && commit.files.iter().all(|file| diff::is_inert(file));
        let mut reasons = vec![when, place_reason];
        let (mut worth, mut chosen, mut lacks_something) = (0.0, None, false);
        if let (Some(text), false) = (&commit.diff, inert) {
            let message = self.shared(&commit.message);
            for effect in effects(text, &commit.files) {
                let relevance = (self.shared(&effect.text) + 0.3 * message + 0.5 * self.shared(&effect.file))
                    / WORDS_FULL;
                let relevance = relevance.min(1.0);
                let value =
                    effect.severity * effect.kind.explains(&self.symptoms.presence) * (0.3 + relevance);
                if value > worth {
                    worth = value;
                    chosen = Some(effect);
                }
            }
            if let Some(effect) = &chosen {
                reasons.insert(0, format!("{:?} in {}: `{}`", effect.kind, effect.file, effect.line));
            }
            // Words in common say little about a line that does nothing.
            let does = (worth / EFFECT_FULL).min(1.0);
            for (sign, reason, lacks) in self.direct(commit, text) {
                worth += match sign {
                    Sign::Named(bonus) => bonus,
                    Sign::Seen(bonus) => bonus * does,
                };
                lacks_something |= lacks;
                reasons.insert(0, reason);
            }
        } else if !inert {
            // Without a diff only words are known.
            worth = 0.15 * (self.shared(&text_of(commit)) / WORDS_FULL).min(1.0);
        }
        let score = worth * timing * place;
        Some(Suspect { sha: commit.sha.clone(), score, effect: chosen, reasons, lacks_something })
    }

    /// Rare words in common, by weight.
    fn shared(&self, text: &str) -> f64 {
        words(text)
            .iter()
            .map(|word| self.symptoms.words.get(word).copied().unwrap_or(0.0) * self.rarity.of(word))
            .sum()
    }

    /// A change that came after the failure did not cause it; none then.
    fn timing(&self, commit: &Commit) -> Option<(f64, String)> {
        let live: Option<i64> = self
            .incident
            .deploys
            .iter()
            .filter(|deploy| deploy.sha == commit.sha)
            .map(|deploy| deploy.at)
            .min();
        let at = live.unwrap_or(commit.at);
        if at > self.symptoms.failing_at + SLACK_S || commit.at > self.symptoms.failing_at {
            return None;
        }
        let lead = self.symptoms.failing_at - at;
        let (mut weight, mut reason) = match live {
            Some(_) => (1.2, format!("live {lead} s before the first failure")),
            None => (0.9, format!("committed {lead} s before the first failure, no deployment of it known")),
        };
        if at > self.symptoms.first_sign + SLACK_S {
            weight *= 0.45;
            reason = format!("{reason}, but {} s after the first sign", at - self.symptoms.first_sign);
        }
        Some((weight, reason))
    }

    /// Whether it is where the failure is.
    fn place(&self, commit: &Commit) -> (f64, String) {
        let deployed: BTreeSet<&str> = self
            .incident
            .deploys
            .iter()
            .filter(|deploy| deploy.sha == commit.sha)
            .map(|deploy| deploy.service.as_str())
            .collect();
        if deployed.contains(self.impact.first_failing.as_str()) {
            return (1.1, format!("deployed to `{}`, where the failure begins", self.impact.first_failing));
        }
        if let Some(service) = deployed.iter().find(|service| self.impact.affected.contains(**service)) {
            return (1.05, format!("deployed to `{service}`, which is affected"));
        }
        let owners: BTreeSet<&String> = commit
            .files
            .iter()
            .flat_map(|file| self.impact.services.iter().filter(|service| owns(service, file)))
            .collect();
        if owners.iter().any(|service| self.impact.affected.contains(*service)) {
            return (1.0, "touches files of an affected service".to_owned());
        }
        if let Some(service) = deployed
            .first()
            .map(|service| (*service).to_owned())
            .or_else(|| owners.first().map(|service| (*service).clone()))
        {
            return (0.5, format!("belongs to `{service}`, which has no symptoms"));
        }
        (0.85, "shared code or configuration".to_owned())
    }

    /// Signs that link a line of the diff to a symptom.
    fn direct(&self, commit: &Commit, text: &str) -> Vec<(Sign, String, bool)> {
        let mut signs = Vec::new();
        let blocks: Vec<_> = diff::blocks(text, &commit.files)
            .into_iter()
            .filter(|block| !diff::is_inert(&block.file))
            .collect();
        let side = |lines: fn(&diff::Block) -> &Vec<String>| {
            blocks
                .iter()
                .flat_map(|block| lines(block).iter())
                .filter(|line| !diff::is_comment(line))
                .cloned()
                .collect::<Vec<_>>()
                .join("\n")
        };
        let (removed, added) = (side(|block| &block.removed), side(|block| &block.added));
        for name in &self.symptoms.names {
            let (was, is) = (names(&removed, name), names(&added, name));
            if was && !is {
                signs.push((
                    Sign::Named(NAMES_THE_MISSING),
                    format!("takes away `{name}`, which the errors name"),
                    false,
                ));
            } else if is && !was {
                signs.push((
                    Sign::Named(NAMES_THE_MISSING),
                    format!("begins to use `{name}`, which the errors name"),
                    true,
                ));
            }
        }
        signs.truncate(1);
        let failing = self.symptoms.files.iter().find(|file| {
            commit
                .files
                .iter()
                .any(|changed| changed.ends_with(file.as_str()) || file.ends_with(changed.as_str()))
        });
        if let Some(file) = failing {
            signs.push((
                Sign::Named(AT_THE_FAILING_LINE),
                format!("changes `{file}`, where the errors come from"),
                false,
            ));
        }
        let number =
            self.symptoms.numbers.iter().find(|number| names(&added, number) && !names(&removed, number));
        if let Some(number) = number {
            signs.push((
                Sign::Seen(ITS_NUMBER_IS_SEEN),
                format!("brings the number {number}, which the errors show"),
                false,
            ));
        }
        let known: BTreeSet<&str> = identifiers(&removed).collect();
        let seen: Vec<&str> = identifiers(&added)
            .filter(|word| !known.contains(word) && self.symptoms.identifiers.contains(*word))
            .collect();
        if let Some(word) = seen.first() {
            signs.push((
                Sign::Seen(ITS_MESSAGE_IS_SEEN),
                format!("brings `{word}`, which the symptoms speak of"),
                false,
            ));
        }
        signs
    }
}

/// Whether a text has a name as a whole: `billing-v2` does not name `billing`.
fn names(text: &str, name: &str) -> bool {
    let inside = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at + name.len()..).unwrap_or_default();
        !before.ends_with(inside) && !after.starts_with(inside)
    })
}

/// Whether a file is in a folder of a service: `services/payment/charge.go` belongs to `paymentservice`.
fn owns(service: &str, file: &str) -> bool {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_'], "");
    let service = plain(service);
    let core = service.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let core = ["service", "svc", "server", "api", "worker", "app"]
        .iter()
        .find_map(|ending| core.strip_suffix(ending))
        .filter(|core| core.len() > 2)
        .unwrap_or(core);
    let mut folders: Vec<String> = file.split('/').map(plain).collect();
    folders.pop();
    folders.iter().any(|folder| folder == core || *folder == service)
}
