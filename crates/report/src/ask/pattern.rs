//! Phrasings as patterns of words, and whether a question is one.
//!
//! A pattern is elements separated by spaces: `log` is that word in any number or tense, `which|what` either word, `log?` may
//! be absent, `<look>` is a word of that family, and `*` is the subject: one word or more. Words that carry no meaning
//! (`the`, `please`) may stand anywhere. Everything else in the question must be in the pattern: "what is not working" is
//! not "what is working" with a word too many.

use super::words::{Word, alike, stem};

/// Words that carry no meaning here. Never a negation.
const FILLERS: &[&str] = &[
    "recently", "lately", "a", "actually", "all", "also", "an", "and", "any", "are", "at", "been", "butfor",
    "can", "could", "do", "exactly", "for", "from", "give", "hello", "here", "hey", "hi", "i", "in", "is",
    "it", "its", "just", "list", "me", "my", "now", "of", "ok", "okay", "on", "our", "please", "pls",
    "really", "right", "show", "so", "tell", "thank", "thanks", "that", "the", "then", "there", "these",
    "this", "those", "to", "us", "was", "we", "were", "with", "would", "you", "your", "did", "does", "has",
    "have", "had", "be", "am", "will", "by",
];

/// Families of words that mean the same in a pattern.
const FAMILIES: &[(&str, &[&str])] = &[
    (
        "look",
        &[
            "look",
            "analyze",
            "analyse",
            "read",
            "check",
            "search",
            "query",
            "inspect",
            "examine",
            "use",
            "used",
            "see",
            "saw",
            "seen",
            "consider",
            "investigate",
            "review",
            "collect",
            "touch",
            "scan",
            "verify",
            "test",
            "know",
            "get",
            "got",
            "ask",
            "call",
            "run",
            "ran",
            "make",
            "made",
            "go",
            "went",
            "exclude",
        ],
    ),
    (
        "incident",
        &[
            "incident",
            "outage",
            "problem",
            "issue",
            "fault",
            "failure",
            "alarm",
            "alert",
            "error",
            "everything",
            "trouble",
            "trigger",
        ],
    ),
    (
        "cause",
        &[
            "cause",
            "reason",
            "culprit",
            "hypothesis",
            "explanation",
            "finding",
            "verdict",
            "conclusion",
            "one",
        ],
    ),
    (
        "change",
        &[
            "change",
            "modify",
            "edit",
            "deploy",
            "update",
            "alter",
            "deployment",
            "new",
            "different",
            "modification",
        ],
    ),
    (
        "broken",
        &["broken", "affect", "impact", "fail", "down", "hit", "hurt", "unhealthy", "unreachable", "failure"],
    ),
    (
        "fine",
        &[
            "work",
            "unaffected",
            "healthy",
            "ok",
            "okay",
            "fine",
            "up",
            "run",
            "good",
            "intact",
            "reachable",
            "alive",
        ],
    ),
    ("begin", &["start", "begin", "began", "begun", "happen", "break", "broke", "fail", "occur"]),
    ("plan", &["plan", "fix", "mitigation", "solution", "remedy", "remediation", "workaround", "cure", "it"]),
    (
        "mend",
        &[
            "fix",
            "mend",
            "repair",
            "resolve",
            "solve",
            "mitigate",
            "remediate",
            "undo",
            "revert",
            "restore",
            "recover",
            "stop",
        ],
    ),
    ("sure", &["sure", "certain", "confident", "certainty", "confidence", "likely", "reliable"]),
    (
        "guilty",
        &[
            "blame",
            "fault",
            "responsible",
            "guilty",
            "culprit",
            "cause",
            "involve",
            "relevant",
            "wrong",
            "innocent",
            "problem",
            "issue",
        ],
    ),
];

/// Whether a word may stand anywhere.
pub(super) fn is_filler(word: &Word) -> bool {
    FILLERS.contains(&word.lower.as_str())
}

/// The words of a subject that say what it is.
pub(super) fn told(words: &[Word]) -> &[Word] {
    let first = words.iter().position(|word| !is_filler(word)).unwrap_or(words.len());
    let last = words.iter().rposition(|word| !is_filler(word)).map_or(first, |last| last + 1);
    words.get(first..last).unwrap_or_default()
}

/// Whether the question is this phrasing, and what stands for the subject (empty where the pattern has none).
pub(super) fn subject<'a>(pattern: &str, question: &'a [Word]) -> Option<&'a [Word]> {
    let elements: Vec<&str> = pattern.split_whitespace().collect();
    let mut search = Search { elements: &elements, question, failed: Vec::new() };
    search.failed.resize((elements.len() + 1) * (question.len() + 1), false);
    let (from, to) = search.rest(0, 0)?;
    Some(told(question.get(from..to).unwrap_or_default()))
}

struct Search<'p, 'q> {
    elements: &'p [&'p str],
    question: &'q [Word],
    /// Places tried in vain, so that no question takes long.
    failed: Vec<bool>,
}

impl Search<'_, '_> {
    /// Where the subject is, when the elements from `element` on are the words from `word` on.
    fn rest(&mut self, element: usize, word: usize) -> Option<(usize, usize)> {
        let place = element * (self.question.len() + 1) + word;
        if self.failed.get(place).copied().unwrap_or(true) {
            return None;
        }
        let found = self.try_rest(element, word);
        if found.is_none()
            && let Some(failed) = self.failed.get_mut(place)
        {
            *failed = true;
        }
        found
    }

    fn try_rest(&mut self, element: usize, word: usize) -> Option<(usize, usize)> {
        let next = self.question.get(word);
        let Some(pattern) = self.elements.get(element).copied() else {
            return match next {
                None => Some((0, 0)),
                Some(next) if is_filler(next) => self.rest(element, word + 1),
                Some(_) => None,
            };
        };
        if pattern == "*" {
            return self.slot(element, word);
        }
        let (pattern, optional) = pattern.strip_suffix('?').map_or((pattern, false), |rest| (rest, true));
        if let Some(next) = next
            && fits(pattern, next)
            && let Some(found) = self.rest(element + 1, word + 1)
        {
            return Some(found);
        }
        if optional && let Some(found) = self.rest(element + 1, word) {
            return Some(found);
        }
        next.filter(|next| is_filler(next)).and_then(|_| self.rest(element, word + 1))
    }

    /// The subject is as long as it can be while the rest still fits, and says something.
    fn slot(&mut self, element: usize, word: usize) -> Option<(usize, usize)> {
        let mut end = self.question.len();
        while end > word {
            let is_told = !told(self.question.get(word..end).unwrap_or_default()).is_empty();
            if is_told && self.rest(element + 1, end).is_some() {
                return Some((word, end));
            }
            end -= 1;
        }
        None
    }
}

fn fits(pattern: &str, word: &Word) -> bool {
    pattern.split('|').any(|known| match family(known) {
        Some(members) => members.iter().any(|member| is_word(member, word)),
        None => is_word(known, word),
    })
}

/// The members of `<name>`.
fn family(known: &str) -> Option<&'static [&'static str]> {
    let name = known.strip_prefix('<')?.strip_suffix('>')?;
    FAMILIES.iter().find(|(family, _)| *family == name).map(|(_, members)| *members)
}

fn is_word(known: &str, word: &Word) -> bool {
    known == word.lower || alike(&stem(known), &word.stem)
}

/// Whether every element of a pattern is well-formed; the table's own test asks.
#[cfg(test)]
pub(super) fn is_sound(pattern: &str) -> bool {
    let is_one =
        |it: &str| family(it).is_some() || (!it.is_empty() && it.bytes().all(|b| b.is_ascii_lowercase()));
    pattern.split_whitespace().filter(|it| *it == "*").count() <= 1
        && pattern.split_whitespace().all(|element| {
            let element = element.strip_suffix('?').unwrap_or(element);
            element == "*" || element.split('|').all(is_one)
        })
}

#[cfg(test)]
mod tests {
    use super::super::words;
    use super::subject;

    fn check(pattern: &str, question: &str, expected: Option<&str>) {
        let question = words::of(question);
        assert_eq!(subject(pattern, &question).map(words::shown).as_deref(), expected, "{pattern}");
    }

    #[test]
    fn a_phrasing_fits_with_fillers_and_endings() {
        check("which|what log group? <look>?", "Which logs did you analyze?", Some(""));
        check("which|what log group? <look>?", "what log groups have you looked at please", Some(""));
        check("which|what log group? <look>?", "which logs were deleted", None);
        check("what working", "what is not working", None);
        check("what", "", None);
    }

    #[test]
    fn a_subject_is_what_is_left() {
        check("why not *", "why not the route table?", Some("route table"));
        check("why not *", "why not", None);
        check("why not *", "why not the", None);
        check("* <guilty>", "is sg-0a to blame", Some("sg-0a"));
        check(
            "what <change> *",
            "what changed on the security group of orders",
            Some("security group of orders"),
        );
    }
}
