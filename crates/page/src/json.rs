//! JSON made readable without reading it: members keep their order, numbers keep their digits.

/// Spaces a level is moved in.
const STEP: usize = 2;
/// Levels after which nothing moves in any more.
const DEEP: usize = 40;

/// The document with a line for every member; what is no JSON stays as it is.
pub(crate) fn indent(text: &str) -> String {
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut level: usize = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                out.push(c);
                let mut is_escaped = false;
                for c in chars.by_ref() {
                    out.push(c);
                    if c == '"' && !is_escaped {
                        break;
                    }
                    is_escaped = c == '\\' && !is_escaped;
                }
            }
            '{' | '[' => {
                out.push(c);
                while chars.next_if(|c| c.is_whitespace()).is_some() {}
                let end = if c == '{' { '}' } else { ']' };
                if chars.next_if_eq(&end).is_some() {
                    out.push(end);
                } else {
                    level += 1;
                    line(&mut out, level);
                }
            }
            '}' | ']' => {
                level = level.saturating_sub(1);
                line(&mut out, level);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, level);
            }
            ':' => out.push_str(": "),
            // JSON lines: each document on its own.
            '\n' if level == 0 => out.push('\n'),
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

fn line(out: &mut String, level: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', level.min(DEEP) * STEP));
}

#[cfg(test)]
mod tests {
    use super::indent;

    #[test]
    fn members_have_lines_and_nothing_else_changes() {
        let check = |input: &str, expected: &str| assert_eq!(indent(input), expected, "{input}");
        check(r#"{"b":1.50,"a":[]}"#, "{\n  \"b\": 1.50,\n  \"a\": []\n}");
        check(r#"{"a": "x, {y}: \"z\" \\"}"#, "{\n  \"a\": \"x, {y}: \\\"z\\\" \\\\\"\n}");
        check("[ { } ]", "[\n  {}\n]");
        check("plain { text", "plain { text");
        check("{\"a\":1}\n{\"a\":2}", "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}");
        check("]}", "]}");
        check("{\"unclosed", "{\n  \"unclosed");
    }
}
