//! Untrusted text made safe, one function per output. Every text passes here exactly once, on its way out.

/// Longest text a sentence may bring along, in characters; alarm reasons and log lines can be far longer.
/// The JSON report has everything.
const TEXT_MAX: usize = 1000;

/// Whether a character can move the cursor, hide or reorder text: control characters (C0, DEL, C1) and the invisible
/// format characters behind spoofed names (Unicode TR 36, section 2; bidirectional controls, zero-width, tags).
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One line of plain text for a terminal: no escape sequence, no hidden character, runs of white space as one space.
pub(crate) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut length = 0;
    while let Some(c) = rest.chars().next() {
        if let Some(after) = after_escape(rest) {
            rest = after;
            continue;
        }
        rest = after_first(rest);
        let c = if c.is_whitespace() { ' ' } else { c };
        if is_hidden(c) || (c == ' ' && out.ends_with(' ')) {
            continue;
        }
        if length == TEXT_MAX {
            out.push_str("...");
            break;
        }
        out.push(c);
        length += 1;
    }
    out
}

fn after_first(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next();
    chars.as_str()
}

/// The text after the escape sequence it begins with, in the forms of ECMA-48 (sections 5.4 to 5.6), or `None` when it begins
/// with none. A control string without its end loses only its introducer, so nothing can hide the rest of a sentence.
fn after_escape(text: &str) -> Option<&str> {
    let mut chars = text.chars();
    let introducer = match chars.next()? {
        '\u{1b}' => {
            let after_escape = chars.as_str();
            match chars.next() {
                Some(c @ ('[' | ']' | 'P' | 'X' | '^' | '_')) => c,
                Some(' '..='/') => {
                    let last = chars.as_str().trim_start_matches(|c| matches!(c, ' '..='/'));
                    return Some(last.strip_prefix(|c| matches!(c, '0'..='~')).unwrap_or(last));
                }
                Some('0'..='~') => return Some(chars.as_str()),
                _ => return Some(after_escape),
            }
        }
        '\u{9b}' => '[',
        '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => ']',
        _ => return None,
    };
    let body = chars.as_str();
    if introducer == '[' {
        let last = body.trim_start_matches(|c| matches!(c, ' '..='?'));
        return Some(last.strip_prefix(|c| matches!(c, '@'..='~')).unwrap_or(last));
    }
    let ends = ["\u{7}", "\u{1b}\\", "\u{9c}"];
    let end = ends.iter().filter_map(|end| body.split_once(end)).min_by_key(|(string, _)| string.len());
    Some(end.map_or(body, |(_, after)| after))
}

/// A command, unless it holds hidden characters other than a line feed (a quoted policy document may have those). A
/// command cannot be cleaned: it would be another command. So it is shown as it is, or not at all.
pub(crate) fn command(text: &str) -> Option<&str> {
    let text = text.trim_end();
    text.chars().all(|c| c == '\n' || !is_hidden(c)).then_some(text)
}

/// A word for a shell comment, such as an account or a region: letters, digits and dashes only. An interactive zsh does
/// not know comments and would expand a `$(...)` in one.
pub(crate) fn comment_word(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

/// Text as Markdown (CommonMark and GitHub's tables): shown as it is, without becoming markup or HTML.
pub(crate) fn markdown(text: &str) -> String {
    let text = line(text);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut before: Option<char> = None;
    let mut only_digits = true;
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        let first = out.trim_start().is_empty();
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        match c {
            '<' => out.push_str("&lt;"),
            '&' if is_word(next) || next == Some('#') => out.push_str("&amp;"),
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '$' => out.extend(['\\', c]),
            '_' if !(is_word(before) && is_word(next)) => out.push_str("\\_"),
            '#' | '>' | '=' if first => out.extend(['\\', c]),
            // A list, a rule or an underlined heading; `-1` is none of them.
            '-' | '+' if first && !is_word(next) => out.extend(['\\', c]),
            '.' | ')' if only_digits && !first && matches!(next, None | Some(' ')) => out.extend(['\\', c]),
            _ => out.push(c),
        }
        only_digits &= c.is_ascii_digit() || c == ' ';
        before = Some(c);
    }
    out
}

/// Text as a Markdown code span: the fence is longer than any run of backticks inside.
pub(crate) fn markdown_code(text: &str) -> String {
    let text = line(text);
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_backticks(text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A fence no text inside can close: three backticks, or one more than the longest run inside.
pub(crate) fn markdown_fence(text: &str) -> String {
    "`".repeat((longest_backticks(text) + 1).max(3))
}

fn longest_backticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A JSON document with hidden characters that JSON allows raw (DEL, C1, bidirectional controls) written as `\u` escapes: the
/// same values, and safe to look at in a terminal. Outside of texts JSON has line feeds and spaces only.
pub(crate) fn json(document: &str) -> String {
    let mut out = String::with_capacity(document.len());
    for c in document.chars() {
        if c != '\n' && is_hidden(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{command, comment_word, json, line, markdown, markdown_code, markdown_fence};

    fn check(with: fn(&str) -> String, input: &str, expected: &str) {
        assert_eq!(with(input), expected, "{input:?}");
    }

    #[test]
    fn a_line_for_a_terminal_has_no_escape_sequence() {
        check(line, "plain text, ümlaut, 日本", "plain text, ümlaut, 日本");
        check(line, "\u{1b}[31mred\u{1b}[0m", "red");
        check(line, "\u{1b}[2J\u{1b}[1;1Hgone", "gone");
        check(line, "a\u{1b}]0;title\u{7}b\u{1b}]8;;http://x\u{1b}\\c", "abc");
        check(line, "a\u{9b}31mb\u{9d}0;t\u{9c}c", "abc");
        check(line, "a\u{1b}(0b\u{1b}cd", "abd");
        check(line, "unclosed \u{1b}]0;the rest stays", "unclosed 0;the rest stays");
        check(line, "two\r\nlines\tand  tabs\u{2028}", "two lines and tabs ");
        check(line, "sg\u{202e}gs\u{200b}\u{0}\u{8}", "sggs");
        check(line, "\u{1b}", "");
        check(line, "\u{1b}[", "");
    }

    #[test]
    fn a_very_long_text_is_cut() {
        let text = line(&"x".repeat(5000));
        assert_eq!(text.len(), super::TEXT_MAX + 3);
        assert!(text.ends_with("x..."));
    }

    #[test]
    fn markdown_shows_markup_as_text() {
        check(markdown, "rule tcp 3306-3306 from sg-0a (db_main)", "rule tcp 3306-3306 from sg-0a (db_main)");
        check(markdown, "<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>");
        check(markdown, "a `b` **c** _d_ ~~e~~", "a \\`b\\` \\*\\*c\\*\\* \\_d\\_ \\~\\~e\\~\\~");
        check(markdown, "[x](javascript:1) ![i](u)", "\\[x\\](javascript:1) !\\[i\\](u)");
        check(markdown, "a | b \\| c", "a \\| b \\\\\\| c");
        check(markdown, "R&D &lt; &#60;", "R&amp;D &amp;lt; &amp;#60;");
        check(markdown, "# x", "\\# x");
        check(markdown, "> x -> y", "\\> x -> y");
        check(markdown, "- x", "\\- x");
        check(markdown, "-1 10.0.0.0/8", "-1 10.0.0.0/8");
        check(markdown, "1. x", "1\\. x");
        check(markdown, "10.0.0.0/8", "10.0.0.0/8");
        check(markdown, "a\n\n# b", "a # b");
    }

    #[test]
    fn a_code_span_or_fence_is_longer_than_what_it_holds() {
        check(markdown_code, "sg-0a", "`sg-0a`");
        check(markdown_code, "a`b``c", "```a`b``c```");
        check(markdown_code, "`a", "`` `a ``");
        check(markdown_code, " \n ", "");
        check(markdown_fence, "aws x", "```");
        check(markdown_fence, "aws ````x", "`````");
    }

    #[test]
    fn a_command_is_shown_as_it_is_or_not_at_all() {
        assert_eq!(command("aws ec2 create-route --x '{\n}'\n"), Some("aws ec2 create-route --x '{\n}'"));
        assert_eq!(command("aws \u{1b}[8mrm"), None);
        assert_eq!(command("aws \u{202e}x"), None);
        assert_eq!(command("aws\r"), Some("aws"));
    }

    #[test]
    fn a_comment_word_cannot_run_anything() {
        check(comment_word, "us-east-1", "us-east-1");
        check(comment_word, "$(rm -rf /)\n`x`", "rm-rfx");
    }

    #[test]
    fn json_keeps_its_values_without_raw_controls() {
        let text = json("\"a\u{9b}\u{7f}\u{e0041}é\"");
        assert_eq!(text, "\"a\\u009b\\u007f\\udb40\\udc41é\"");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), "a\u{9b}\u{7f}\u{e0041}é");
    }
}
