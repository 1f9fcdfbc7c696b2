//! Text from outside, made fit for a page: hidden characters, ids in prose, links, terms to mark.

use maud::{Markup, html};

/// What stands for a character that could hide or reorder text.
const REPLACEMENT: char = '\u{fffd}';

/// Whether a character can hide or reorder text: control characters (C0, DEL, C1) and the invisible format characters behind
/// spoofed names (Unicode TR 36, section 2: bidirectional controls, zero-width characters, tags).
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A finished page or fragment. Our own markup has no hidden characters, so whatever is hidden came from outside; every one is
/// shown as U+FFFD. Every public function of this crate that returns HTML, SVG or text passes here once.
pub(crate) fn finish(markup: &str) -> String {
    let visible = |c: char| if is_hidden(c) && !matches!(c, '\n' | '\t') { REPLACEMENT } else { c };
    markup.chars().map(visible).collect()
}

/// Prose with ids, addresses and `quoted` words in monospace, so that they can be told apart and read letter by letter.
pub(crate) fn prose(text: &str) -> Markup {
    html! {
        @for (number, part) in text.split('`').enumerate() {
            @if number % 2 == 1 {
                code { (part) }
            } @else {
                @for word in part.split_inclusive(char::is_whitespace) { (word_of(word)) }
            }
        }
    }
}

/// One word: the punctuation around an id stays outside of the monospace.
fn word_of(word: &str) -> Markup {
    let is_edge = |c: char| {
        c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | ',' | ';' | '.' | ':' | '"' | '\'')
    };
    let after = word.trim_start_matches(is_edge);
    let core = after.trim_end_matches(is_edge);
    if !is_id(core) {
        return html! { (word) };
    }
    let before = word.strip_suffix(after).unwrap_or_default();
    let rest = after.strip_prefix(core).unwrap_or_default();
    // An id of ordinary length is not broken at its hyphens; a longer one has to be, on a phone.
    let holds_together = word.chars().count() <= 30;
    html! {
        @if holds_together {
            span.id { (before) code { (core) } (rest.trim_end()) }
            (if rest.ends_with(char::is_whitespace) { " " } else { "" })
        } @else {
            (before) code { (core) } (rest)
        }
    }
}

/// Whether a word is a name machines gave: `sg-0a1b`, `10.0.0.0/8`, `tcp/3306`, an ARN, a log group.
fn is_id(word: &str) -> bool {
    if word.contains(['<', '>', '=']) {
        return false;
    }
    let has_digit = word.bytes().any(|b| b.is_ascii_digit());
    let has_letter = word.bytes().any(|b| b.is_ascii_alphabetic());
    let joined = word.contains(['/', '_', ':']) || (word.contains('-') && has_letter);
    let address = word.matches('.').count() == 3 && !has_letter;
    word.starts_with("arn:")
        || (word.starts_with('/') && word.len() > 3)
        || (has_digit && joined && word.len() > 4 && (has_letter || word.contains('/')))
        || address
}

/// A URL's query value or path segment: everything but unreserved characters in percent notation (RFC 3986, section 2.3).
pub(crate) fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Terms of a sentence about a rule that are worth finding in its document: ids, addresses, ports; at most six.
pub(crate) fn terms(text: &str) -> Vec<String> {
    let is_edge = |c: char| !c.is_alphanumeric() && !matches!(c, '/' | '*');
    let mut found: Vec<String> = Vec::new();
    for word in text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '[' | ']' | '=')) {
        let word = word.trim_matches(is_edge);
        let has_digit = word.bytes().any(|b| b.is_ascii_digit());
        // `tcp/3306` is two members of a document; `10.0.0.0/8` is one.
        let word = match word.split_once('/') {
            Some((protocol, port)) if protocol.bytes().all(|b| b.is_ascii_alphabetic()) => port,
            _ => word,
        };
        let is_action = word.contains(':') && !has_digit;
        if ((has_digit && word.len() >= 2) || (is_action && word.len() > 4))
            && !found.iter().any(|it| it == word)
        {
            found.push(word.to_owned());
        }
    }
    found.truncate(6);
    found
}

/// The first `most` characters, with a sign that there is more.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(most.saturating_sub(1)).collect();
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::{finish, percent, prose, shorten, terms};

    #[test]
    fn hidden_characters_are_shown() {
        let check = |input: &str, expected: &str| assert_eq!(finish(input), expected, "{input:?}");
        check("plain ümlaut 日本\n\tx", "plain ümlaut 日本\n\tx");
        check("sg\u{202e}gs\u{200b}\u{0}", "sg\u{fffd}gs\u{fffd}\u{fffd}");
        check("\u{1b}[31mred\u{9b}", "\u{fffd}[31mred\u{fffd}");
    }

    #[test]
    fn ids_in_prose_are_monospaced_and_all_is_escaped() {
        let check = |input: &str, expected: &str| assert_eq!(prose(input).into_string(), expected, "{input}");
        check(
            "group db (sg-06867dc4), lost",
            "group db <span class=\"id\">(<code>sg-06867dc4</code>),</span> lost",
        );
        check("from 10.0.0.0/8.", "from <span class=\"id\"><code>10.0.0.0/8</code>.</span>");
        check("a well-known error at 5.5 s", "a well-known error at 5.5 s");
        check("log `app <*> x` came", "log <code>app &lt;*&gt; x</code> came");
        check("<script>1</script>", "&lt;script&gt;1&lt;/script&gt;");
        check(
            "reads /storefront/app twice",
            "reads <span class=\"id\"><code>/storefront/app</code></span> twice",
        );
        check("", "");
    }

    #[test]
    fn a_url_part_has_no_reserved_character() {
        assert_eq!(percent("a/b?c=d&e \"é"), "a%2Fb%3Fc%3Dd%26e%20%22%C3%A9");
    }

    #[test]
    fn terms_are_what_a_document_has() {
        let check = |input: &str, expected: &[&str]| assert_eq!(terms(input), expected, "{input}");
        check("inbound rule tcp/3306 from sg-072199de25140ec90", &["3306", "sg-072199de25140ec90"]);
        check("route 0.0.0.0/0 to nat-0b360e380f15a47d1", &["0.0.0.0/0", "nat-0b360e380f15a47d1"]);
        check("statement 2: Deny s3:GetObject", &["s3:GetObject"]);
        check("nothing here", &[]);
    }

    #[test]
    fn a_long_text_ends_with_a_sign() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcdef", 5), "abcd…");
    }
}
