//! The words of a question: split, lower case, contractions written out, endings taken off.

use crate::clean;

/// Longest question read, in words; a pasted log is not a question.
const WORDS_MAX: usize = 100;

/// One word of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// As written, less punctuation around it.
    pub(super) text: String,
    /// In lower case.
    pub(super) lower: String,
    /// Without its ending: what words of one kind share.
    pub(super) stem: String,
}

impl Word {
    fn of(text: &str) -> Self {
        let lower = text.to_lowercase();
        let stem = stem(&lower);
        Self { text: text.to_owned(), lower, stem }
    }

    /// Whether this is an id, a path or a name made by people or machines, and no word of a language.
    pub(super) fn is_id(&self) -> bool {
        self.lower.chars().any(|c| c.is_ascii_digit() || matches!(c, '/' | '_' | ':'))
            || (self.lower.contains(['-', '.']) && !matches!(self.lower.as_str(), "re-run" | "post-mortem"))
    }
}

/// The words of a text. A text with too many has none: no phrasing fits it.
pub(super) fn of(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for token in clean::line(text).split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')) {
        let token = token.replace(['\u{2019}', '`', '\u{201c}', '\u{201d}', '"'], "'");
        let token = token.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '/' | '_'));
        let (stem, ending) = match token.split_once('\'') {
            Some((stem, ending)) => (stem, ending.to_lowercase()),
            None => (token, String::new()),
        };
        let negated = matches!(ending.as_str(), "t").then(|| stem.strip_suffix(['n', 'N'])).flatten();
        match (negated, ending.as_str()) {
            (Some(stem), _) => {
                // "can't": its n belongs to the word.
                words.push(if stem.eq_ignore_ascii_case("ca") { Word::of("can") } else { Word::of(stem) });
                words.push(Word::of("not"));
            }
            (None, "s") if is_asking(stem) => words.extend([Word::of(stem), Word::of("is")]),
            (None, "re" | "ve" | "ll" | "d" | "m") => words.push(Word::of(stem)),
            (None, "s" | "") => words.push(Word::of(stem)),
            _ => words.push(Word::of(token)),
        }
        let last = words.pop();
        words.extend(last.map(written_together).unwrap_or_default());
    }
    words.retain(|word| !word.text.is_empty());
    if words.len() > WORDS_MAX { Vec::new() } else { words }
}

/// "what's" is "what is", and "Anna's" is not "Anna is".
fn is_asking(word: &str) -> bool {
    let words = ["what", "who", "when", "where", "why", "how", "which", "it", "that", "there"];
    words.iter().any(|it| word.eq_ignore_ascii_case(it))
}

/// "didnt" and "whats", as people type them.
fn written_together(word: Word) -> Vec<Word> {
    const TOGETHER: &[(&str, &str, &str)] = &[
        ("whats", "what", "is"),
        ("whos", "who", "is"),
        ("isnt", "is", "not"),
        ("wasnt", "was", "not"),
        ("arent", "are", "not"),
        ("didnt", "did", "not"),
        ("dont", "do", "not"),
        ("doesnt", "does", "not"),
        ("cant", "can", "not"),
        ("cannot", "can", "not"),
        ("couldnt", "could", "not"),
        ("havent", "have", "not"),
        ("hasnt", "has", "not"),
    ];
    match TOGETHER.iter().find(|(together, ..)| *together == word.lower) {
        Some((_, first, second)) => vec![Word::of(first), Word::of(second)],
        None => vec![word],
    }
}

/// A lower-case word without the endings of number and tense: `queries` as `query`, `analyzed` as `analyz`. Only ever
/// compared with another stem, so it need not be a word.
pub(super) fn stem(word: &str) -> String {
    let cut = |ending: &str, least: usize| word.strip_suffix(ending).filter(|rest| rest.len() >= least);
    if !word.is_ascii() || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return word.to_owned();
    }
    if let Some(rest) = cut("ies", 2).or_else(|| cut("ied", 2)) {
        return format!("{rest}y");
    }
    let is_plural = !["ss", "us", "is"].iter().any(|ending| word.ends_with(ending));
    let word = if is_plural { cut("s", 3).unwrap_or(word) } else { word };
    let cut = |ending: &str, least: usize| word.strip_suffix(ending).filter(|rest| rest.len() >= least);
    cut("ing", 4).or_else(|| cut("ed", 3)).or_else(|| cut("e", 3)).unwrap_or(word).to_owned()
}

/// Shortest stem in which one wrong letter is forgiven: shorter ones are too near to each other.
const LONG: usize = 6;

/// Whether two stems are the same, or long and one letter apart: one changed, missing, added, or two swapped.
pub(super) fn alike(known: &str, asked: &str) -> bool {
    if known == asked {
        return true;
    }
    if known.len() < LONG || asked.len() < LONG - 1 || !known.is_ascii() || !asked.is_ascii() {
        return false;
    }
    let (known, asked) = (known.as_bytes(), asked.as_bytes());
    let same = known.iter().zip(asked).take_while(|(a, b)| a == b).count();
    let rest = |of: &'_ [u8], skip: usize| of.get(same + skip..).map(<[u8]>::to_vec);
    let swapped = |of: &[u8]| -> Option<Vec<u8>> {
        let mut rest = of.get(same..)?.to_vec();
        if rest.len() < 2 {
            return None;
        }
        rest.swap(0, 1);
        Some(rest)
    };
    let is = |a: Option<Vec<u8>>, b: Option<Vec<u8>>| a.is_some() && a == b;
    is(rest(known, 1), rest(asked, 1))
        || is(rest(known, 1), rest(asked, 0))
        || is(rest(known, 0), rest(asked, 1))
        || is(swapped(known), rest(asked, 0))
}

/// Words of a question for showing: cleaned, and cut where they are many.
pub(super) fn shown(words: &[Word]) -> String {
    /// Enough for an ARN, in characters.
    const SHOWN_MAX: usize = 120;
    let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let text: String = clean::line(&text).chars().filter(|c| *c != '`').collect();
    if text.chars().count() > SHOWN_MAX {
        text.chars().take(SHOWN_MAX).chain("...".chars()).collect()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{alike, of, shown, stem};

    #[test]
    fn a_text_becomes_words() {
        let check = |text: &str, expected: &str| {
            let words = of(text);
            let words: Vec<_> = words.iter().map(|word| word.lower.as_str()).collect();
            assert_eq!(words.join("|"), expected, "{text}");
        };
        check("Which LOGS did you analyze?!", "which|logs|did|you|analyze");
        check("what's wrong, and why isn't it DNS", "what|is|wrong|and|why|is|not|it|dns");
        check("whats up; i can\u{2019}t", "what|is|up|i|can|not");
        check("focus on /aws/lambda/a,/aws/lambda/b.", "focus|on|/aws/lambda/a|/aws/lambda/b");
        check("\"sg-0a\" (`rtb-1`)", "sg-0a|rtb-1");
        check("Anna's change", "anna|change");
        check("?? -- ''", "");
        check("\u{1b}[31mwho\u{1b}[0m", "who");
        check(&"why ".repeat(101), "");
    }

    #[test]
    fn endings_do_not_matter() {
        let check = |a: &str, b: &str| assert_eq!(stem(a), stem(b), "{a} {b}");
        check("queries", "query");
        check("queried", "query");
        check("analyzed", "analyze");
        check("changes", "changed");
        check("logs", "log");
        check("looking", "looked");
        assert_eq!(stem("access"), "access");
        assert_eq!(stem("status"), "status");
        assert_eq!(stem("this"), "this");
        assert_eq!(stem("sg-0as"), "sg-0as");
    }

    #[test]
    fn one_letter_is_forgiven_in_long_words() {
        let check =
            |known: &str, asked: &str, expected| assert_eq!(alike(known, asked), expected, "{known} {asked}");
        check("metric", "metirc", true);
        check("rollback", "rolback", true);
        check("rollback", "rolllback", true);
        check("intentional", "intentianal", true);
        check("account", "acount", true);
        check("account", "amount", false);
        check("metric", "matrix", false);
        check("log", "lag", false);
        check("what", "that", false);
        check("", "", true);
        check("metric", "m\u{e9}tric", false);
    }

    #[test]
    fn what_is_shown_of_a_question_is_short_and_clean() {
        assert_eq!(shown(&of("a\u{202e}b `c`")), "ab c");
        assert!(shown(&of(&"x".repeat(5000))).chars().count() < 130);
    }
}
