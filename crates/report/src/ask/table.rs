//! What a question is after, by the first phrasing that fits.

use super::document::Document;
use super::phrasings::{LOOSE, TABLE};
use super::words::Word;
use super::{pattern, steer, subject};

/// What a question is after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intent {
    Help,
    Logs,
    Metrics,
    Places,
    Calls,
    Gaps,
    Summary,
    Why,
    Sure,
    Intentional,
    Explains,
    Others,
    Decisions,
    /// What the report says of one thing.
    Subject,
    Changes,
    Who,
    When,
    Timeline,
    Working,
    Broken,
    Fix,
    Rollback,
    Safe,
    Past,
    Steer,
    Rerun,
}

/// One example for each kind of question, as people read it.
pub(super) const EXAMPLES: &[&str] = &[
    "what happened? what is broken? what still works?",
    "why this cause? how sure are you? is it intentional? how many errors does it explain?",
    "why not the route table? did you check DNS? is sg-0123 to blame?",
    "what changed in the last 30 minutes? what changed on sg-0123? who did it? when did it start? show the timeline",
    "how do I fix it? is the fix safe? how do I roll back?",
    "which logs did you analyze? which metrics? which accounts and regions? which calls did you make?",
    "what could you not see? what else could it be? what was decided?",
    "focus on /aws/lambda/orders and rerun; look only at rds and ec2 since 14:05",
];

/// Words of a question that no wish has.
const ASKING: &[&str] = &[
    "did", "does", "have", "has", "had", "is", "are", "was", "were", "who", "what", "which", "when", "where",
    "why", "how",
];

/// The intent of a question and its subject, or `None` when no phrasing fits.
pub(super) fn understand<'a>(
    question: &'a [Word],
    has_window: bool,
    about: &Document<'_>,
) -> Option<(Intent, &'a [Word])> {
    // Only a time is left: "the last 30 minutes".
    if pattern::told(question).is_empty() {
        return has_window.then_some((Intent::Changes, &[]));
    }
    // "Rerun since 14:05" has no subject but a time.
    let steers = |word: &Word| matches!(word.lower.as_str(), "focus" | "concentrate" | "rerun" | "re-run");
    if has_window && pattern::told(question).iter().all(steers) {
        return Some((Intent::Rerun, &[]));
    }
    // "Did you look at the logs?" wishes for nothing.
    let asks = question.iter().any(|word| ASKING.contains(&word.lower.as_str()));
    for (intent, patterns) in TABLE {
        if asks && matches!(intent, Intent::Steer | Intent::Rerun) {
            continue;
        }
        for pattern in *patterns {
            let Some(subject) = pattern::subject(pattern, question) else { continue };
            let is_known = match intent {
                Intent::Steer => !LOOSE.contains(pattern) || steer::is_known(subject, about),
                _ => !LOOSE.contains(pattern) || subject::is_known(subject, about),
            };
            if is_known {
                return Some((*intent, subject));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::pattern::is_sound;
    use super::super::phrasings::{LOOSE, TABLE};

    #[test]
    fn every_pattern_is_sound_and_every_loose_one_is_used() {
        let all: Vec<&str> = TABLE.iter().flat_map(|(_, patterns)| patterns.iter().copied()).collect();
        for pattern in &all {
            assert!(is_sound(pattern), "{pattern}");
        }
        for loose in LOOSE {
            assert!(all.contains(loose), "{loose}");
        }
    }
}
