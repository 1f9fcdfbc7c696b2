//! Names: learnt word by word, and replaced so that what belonged together still does.
//!
//! `payments-api` and `payments-*` share a word, and share its pseudonym: a policy matches what it matched before.

use crate::key::Key;
use crate::shape;
use crate::words::{is_common, is_random, runs, words};
use std::collections::{BTreeMap, BTreeSet};

/// Shortest word that tells whose a thing is; two letters are an abbreviation anybody might use.
const WORD_MIN: usize = 3;
/// Fewest digits of a number that is an id and not a count.
const NUMBER_MIN: usize = 6;
/// Longest name: AWS has none longer, but for keys of objects.
const NAME_MAX: usize = 1024;

/// Names being learnt.
#[derive(Debug, Default)]
pub(crate) struct Learnt {
    whole: BTreeSet<String>,
    words: BTreeSet<String>,
    /// Words of AWS met in this recording: no name may take them away.
    protected: BTreeSet<String>,
    /// The same as a whole.
    protected_whole: BTreeSet<String>,
    /// Beginnings that policies match by: `rep*`.
    stems: BTreeSet<String>,
    /// Names that AWS gave: they stay whole.
    kept: BTreeSet<String>,
}

/// The dictionary.
#[derive(Debug, Default)]
pub(crate) struct Names {
    words: BTreeMap<String, String>,
    /// Names of nothing but common words.
    whole: BTreeMap<String, String>,
    /// Those without parts, the longest first: they may be within other names.
    within: Vec<String>,
    kept: BTreeSet<String>,
}

impl Learnt {
    /// Learns a name, which may have parts (`/app/payments`, `alias/orders`) and wildcards.
    pub(crate) fn name(&mut self, name: &str) {
        if name.len() > NAME_MAX {
            return;
        }
        for part in name.split(['/', ':', ' ', ',', '@', '\n']) {
            self.part(part);
        }
        // Names of log groups are paths, and common words may be all they have. What AWS calls so is told by its last part.
        if name.starts_with('/')
            && !name.starts_with("/aws/")
            && !name.contains([':', ' ', ',', '@', '\n', '*'])
        {
            self.whole.insert(name.to_owned());
        }
    }

    fn part(&mut self, part: &str) {
        if is_of_aws(part) {
            return;
        }
        let runs = runs(part);
        for (index, (run, is_run)) in runs.iter().enumerate() {
            if !is_run {
                continue;
            }
            let is_open = runs.get(index + 1).is_some_and(|(next, _)| next.starts_with(['*', '?']));
            self.run(run, is_open);
        }
        if !part.contains(['*', '?']) && runs.iter().filter(|(_, is_run)| *is_run).count() > 0 {
            self.whole.insert(part.to_owned());
        }
    }

    fn run(&mut self, run: &str, is_open: bool) {
        if is_shaped(run) || is_common(&run.to_lowercase()) {
            return;
        }
        if is_random(run) {
            self.words.insert(run.to_lowercase());
            return;
        }
        let parts = words(run);
        let last = parts.last().copied();
        for word in parts {
            let small = word.to_lowercase();
            let is_number = small.bytes().all(|byte| byte.is_ascii_digit());
            let least = if is_number { NUMBER_MIN } else { WORD_MIN };
            if small.len() < least || is_common(&small) {
                continue;
            }
            if is_open && last == Some(word) {
                self.stems.insert(small.clone());
            }
            self.words.insert(small);
        }
        // `payledger` is written `PayLedger` elsewhere.
        if words(run).len() > 1 && words(run).iter().any(|word| self.words.contains(&word.to_lowercase())) {
            self.words.insert(run.to_lowercase());
        }
    }

    /// Learns that AWS uses the words of a text.
    pub(crate) fn protect(&mut self, text: &str) {
        const LONGEST: usize = 64;
        if text.len() > LONGEST || text.contains(' ') {
            return;
        }
        self.protected_whole.insert(text.to_owned());
        let runs = runs(text).into_iter().filter(|(_, is_run)| *is_run);
        for (run, _) in runs {
            self.protected.extend(words(run).into_iter().chain([run]).map(str::to_lowercase));
        }
    }

    /// Learns a name that AWS gave.
    pub(crate) fn keep(&mut self, name: &str) {
        self.kept.insert(name.to_owned());
    }

    /// Gives every word that tells whose a thing is its pseudonym.
    pub(crate) fn finish(mut self, key: &Key) -> Names {
        let protected = std::mem::take(&mut self.protected);
        let mut names = Names { kept: self.kept, ..Names::default() };
        let identifying: Vec<_> =
            self.words.iter().filter(|word| !protected.contains(*word)).cloned().collect();
        let mut taken: BTreeSet<String> = self.words;
        for word in &identifying {
            let other = pseudonym(key, word, &self.stems, &mut taken);
            names.words.insert(word.clone(), other);
        }
        // Short ones first: a name within which one is replaced already needs no more.
        let mut wholes: Vec<_> = self.whole.into_iter().collect();
        wholes.sort_by_key(|whole| (whole.contains('/'), whole.len()));
        for whole in wholes {
            if self.protected_whole.contains(&whole) || !names.leaves(&whole) {
                continue;
            }
            let other = of_common_words(key, &whole, &mut taken);
            if !whole.contains('/') {
                names.within.push(whole.clone());
            }
            names.whole.insert(whole, other);
        }
        names.within.sort_by_key(|whole| std::cmp::Reverse(whole.len()));
        names
    }
}

impl Names {
    pub(crate) fn len(&self) -> usize {
        self.words.len() + self.whole.len()
    }

    pub(crate) fn is_kept(&self, name: &str) -> bool {
        self.kept.contains(name) || is_of_aws(name)
    }

    /// Whether a name would stay as it is, and is no name of AWS, no id, and more than one word.
    fn leaves(&self, name: &str) -> bool {
        let is_replaced = self.replace(name) != name
            || self.whole_within(name).is_some()
            || name.split('/').any(|part| self.whole.contains_key(part));
        // Sessions and roles of services: `AWSCloudFormation`.
        let is_of_aws = self.kept.contains(name)
            || is_region(name)
            || name.starts_with("AWS")
            || name.starts_with("Amazon");
        let runs: Vec<_> = runs(name).into_iter().filter(|(_, is_run)| *is_run).map(|(run, _)| run).collect();
        let words: Vec<_> = runs.iter().flat_map(|run| words(run)).collect();
        let is_name = words.len() > 1
            && words.iter().any(|word| is_word(word))
            && !runs.iter().any(|run| is_shaped(run));
        is_name && !is_replaced && !is_of_aws
    }

    /// The pseudonym of a name made of common words only.
    pub(crate) fn whole(&self, name: &str) -> Option<&str> {
        self.whole.get(name).map(String::as_str)
    }

    /// The first name of common words within a longer one: before, its pseudonym, after.
    pub(crate) fn whole_within<'a>(&self, text: &'a str) -> Option<(&'a str, &str, &'a str)> {
        let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric());
        self.within.iter().filter(|whole| whole.len() < text.len()).find_map(|whole| {
            let (before, after) = text.split_once(whole.as_str())?;
            let is_apart = is_edge(before.chars().last()) && is_edge(after.chars().next());
            is_apart.then_some((before, self.whole(whole)?, after))
        })
    }

    /// Replaces every known word of a text without a shape of its own.
    pub(crate) fn replace(&self, text: &str) -> String {
        runs(text)
            .into_iter()
            .map(|(run, is_run)| if is_run { self.run(run) } else { run.to_owned() })
            .collect()
    }

    /// Whether every word of a text is known: replaced, common, or too short to say anything; and at least one is replaced.
    pub(crate) fn understands(&self, text: &str) -> bool {
        let known = |word: &str| {
            let small = word.to_lowercase();
            self.words.contains_key(&small)
                || is_common(&small)
                || small.len() < WORD_MIN
                || small.len() < NUMBER_MIN && small.bytes().all(|byte| byte.is_ascii_digit())
        };
        let is_known = |run: &str| {
            self.words.contains_key(&run.to_lowercase())
                || is_shaped(run)
                || words(run).into_iter().all(known)
        };
        self.whole.contains_key(text)
            || self.replace(text) != text
                && runs(text).into_iter().all(|(run, is_run)| !is_run || is_known(run))
    }

    fn run(&self, run: &str) -> String {
        if let Some(other) = self.words.get(&run.to_lowercase()) {
            return in_case_of(run, other);
        }
        let replace = |word: &str| {
            self.words
                .get(&word.to_lowercase())
                .map_or_else(|| word.to_owned(), |other| in_case_of(word, other))
        };
        words(run).into_iter().map(replace).collect()
    }
}

/// Letters, and enough of them: what a date or a version has not.
fn is_word(word: &str) -> bool {
    word.len() >= WORD_MIN && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Names that AWS gives are the same in every account.
fn is_of_aws(name: &str) -> bool {
    name.starts_with("AWSServiceRoleFor")
        || name.starts_with("com.amazonaws.")
        || name.starts_with("aws:")
        || name.ends_with("FullAWSAccess")
        || name.ends_with(".amazonaws.com") && name.matches('.').count() == 2
}

/// `us-east-1`, and its zones `us-east-1a`.
fn is_region(name: &str) -> bool {
    const AREAS: [&str; 11] = ["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx", "cn", "eusc"];
    let parts: Vec<_> = name.trim_end_matches(|c: char| c.is_ascii_lowercase()).split('-').collect();
    matches!(parts.as_slice(), [area, .., number] if AREAS.contains(area)
        && parts.len() >= 3 && number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What is replaced by its shape is no word.
fn is_shaped(run: &str) -> bool {
    shape::is_hex(run) || run.len() == 12 && run.bytes().all(|byte| byte.is_ascii_digit())
}

fn pseudonym(key: &Key, word: &str, stems: &BTreeSet<String>, taken: &mut BTreeSet<String>) -> String {
    // What a policy matches by its beginning begins alike.
    let stem = stems
        .iter()
        .filter(|stem| word.len() > stem.len() && word.starts_with(stem.as_str()))
        .max_by_key(|stem| stem.len());
    let head = stem.map(|stem| syllables(key, stem, 0)).unwrap_or_default();
    for attempt in 0.. {
        let other = if word.bytes().all(|byte| byte.is_ascii_digit()) || is_random(word) {
            shape::alike(key, "number", &format!("{word}{}", " ".repeat(attempt))).trim_end().to_owned()
        } else {
            format!("{head}{}", syllables(key, word, attempt))
        };
        let is_stem = stems.contains(word);
        if is_stem && attempt == 0 || !is_common(&other) && taken.insert(other.clone()) {
            return other;
        }
    }
    String::new()
}

/// `kavotiri`: eight letters that can be said aloud, 24 million of them.
fn syllables(key: &Key, word: &str, attempt: usize) -> String {
    const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
    const VOWELS: &[u8] = b"aeiou";
    const SYLLABLES: usize = 4;
    let value = format!("{word}{}", " ".repeat(attempt));
    let consonants = shape::letters(key, "consonant", &value, SYLLABLES, CONSONANTS);
    let vowels = shape::letters(key, "vowel", &value, SYLLABLES, VOWELS);
    consonants.zip(vowels).flat_map(|(consonant, vowel)| [consonant, vowel]).collect()
}

/// A name of common words only, with one of its own after the first: `database-errors` becomes `database-kavotiri-errors`. All its words
/// stay, as what they say may matter.
fn of_common_words(key: &Key, whole: &str, taken: &mut BTreeSet<String>) -> String {
    let mut words = runs(whole).into_iter().filter(|(_, is_run)| *is_run).flat_map(|(run, _)| words(run));
    let Some(first) = words.next() else { return whole.to_owned() };
    let other = pseudonym(key, &format!("name {whole}"), &BTreeSet::new(), taken);
    let Some((before, after)) = whole.split_once(first) else { return other };
    let separator: String = after.chars().take_while(|c| !c.is_ascii_alphanumeric()).collect();
    let other = words.next().map_or(other.clone(), |next| in_case_of(next, &other));
    format!("{before}{first}{separator}{other}{after}")
}

/// Small, Capital or ALL CAPITALS, as the word was.
fn in_case_of(word: &str, other: &str) -> String {
    let has_small = word.bytes().any(|byte| byte.is_ascii_lowercase());
    if !has_small && word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return other.to_ascii_uppercase();
    }
    let mut letters = other.chars();
    match letters.next() {
        Some(first) if word.starts_with(|c: char| c.is_ascii_uppercase()) => {
            letters.fold(first.to_ascii_uppercase().to_string(), |text, c| text + &c.to_string())
        }
        _ => other.to_owned(),
    }
}

/// Hosts of AWS that are the same for everybody: `bedrock-runtime.us-east-1.amazonaws.com`.
pub(crate) fn is_known_host(text: &str) -> bool {
    let Some(front) = text.strip_suffix(".amazonaws.com").or(text.strip_suffix(".amazonaws.com.cn")) else {
        return false;
    };
    front.split('.').all(|label| {
        runs(label).iter().all(|(run, is_run)| {
            !is_run
                || !is_random(run)
                    && words(run).iter().all(|word| is_common(&word.to_lowercase()) || word.len() < WORD_MIN)
        })
    })
}
