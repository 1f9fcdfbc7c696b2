//! Toned text in lines of a given width: words are never broken, so an id or an ARN can be copied.

use crate::clean;
use crate::document::{Span, Tone};
use textwrap::core::{Fragment, display_width};
use textwrap::wrap_algorithms::wrap_first_fit;

/// A word; its parts may differ in tone (`name` bold, the comma after it not).
#[derive(Debug)]
struct Word {
    parts: Vec<(Tone, String)>,
    width: f64,
}

impl Fragment for Word {
    fn width(&self) -> f64 {
        self.width
    }

    fn whitespace_width(&self) -> f64 {
        1.0
    }

    fn penalty_width(&self) -> f64 {
        0.0
    }
}

/// Cleans the text of the spans and wraps it. Each line is a list of runs of one tone.
pub(crate) fn wrap(spans: &[Span], width: usize) -> Vec<Vec<(Tone, String)>> {
    let words = words(spans);
    // Widths are far below 2^52, so the conversion is exact.
    let lines = wrap_first_fit(&words, &[width as f64]);
    lines.into_iter().map(line).filter(|line| !line.is_empty()).collect()
}

fn words(spans: &[Span]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open = false;
    for span in spans {
        let text = clean::line(&span.text);
        for (index, part) in text.split(' ').enumerate() {
            open &= index == 0;
            if part.is_empty() {
                continue;
            }
            let width = display_width(part) as f64;
            let part = (span.tone, part.to_owned());
            match words.last_mut().filter(|_| open) {
                Some(word) => {
                    word.parts.push(part);
                    word.width += width;
                }
                None => words.push(Word { parts: vec![part], width }),
            }
            open = true;
        }
    }
    words
}

fn line(words: &[Word]) -> Vec<(Tone, String)> {
    let mut runs: Vec<(Tone, String)> = Vec::new();
    for word in words {
        let space = if runs.is_empty() { "" } else { " " };
        for (index, (tone, text)) in word.parts.iter().enumerate() {
            let space = if index == 0 { space } else { "" };
            match runs.last_mut() {
                Some((last, run)) if last == tone => {
                    run.push_str(space);
                    run.push_str(text);
                }
                _ => {
                    if let Some((_, run)) = runs.last_mut() {
                        run.push_str(space);
                    }
                    runs.push((*tone, text.clone()));
                }
            }
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::wrap;
    use crate::document::{Span, Tone};

    fn check(spans: &[(Tone, &str)], width: usize, expected: &[&str]) {
        let spans: Vec<Span> =
            spans.iter().map(|(tone, text)| Span { text: (*text).to_owned(), tone: *tone }).collect();
        let lines: Vec<String> = wrap(&spans, width)
            .into_iter()
            .map(|runs| runs.into_iter().map(|(_, text)| text).collect())
            .collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn lines_end_at_spaces_only() {
        check(&[(Tone::Plain, "one two three")], 8, &["one two", "three"]);
        check(
            &[(Tone::Plain, "a"), (Tone::Bad, " incomprehensibilities "), (Tone::Plain, "b")],
            5,
            &["a", "incomprehensibilities", "b"],
        );
        check(&[(Tone::Strong, "orders-db"), (Tone::Plain, ", tcp")], 10, &["orders-db,", "tcp"]);
        check(&[(Tone::Plain, "日本 日本")], 5, &["日本", "日本"]);
        check(&[(Tone::Plain, " \u{1b}[31m ")], 5, &[]);
    }
}
