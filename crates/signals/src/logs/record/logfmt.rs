//! logfmt: `level=info msg="user logged in" user=7`.

use crate::logs::scan::Scan;

/// Pairs read from one line at most.
const PAIRS_MAX: usize = 64;

/// The pairs of a line that is logfmt as a whole: at least two, nothing but pairs, the first key at the start.
pub(super) fn read(line: &str) -> Option<Vec<(String, String)>> {
    let mut scan = Scan::new(line.trim());
    let mut pairs = Vec::new();
    while !scan.rest().is_empty() {
        if pairs.len() == PAIRS_MAX {
            break;
        }
        let key = scan
            .take_while(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-' | '@' | '/'));
        if key.is_empty() {
            return None;
        }
        let value = if scan.eat("=").is_some() { value(&mut scan)? } else { String::new() };
        if !scan.rest().is_empty() && !scan.rest().starts_with([' ', '\t']) {
            return None;
        }
        scan.spaces();
        pairs.push((key.to_owned(), value));
    }
    let assigned = pairs.iter().filter(|(_, value)| !value.is_empty()).count();
    // A sentence with one `a=b` in it is a sentence.
    (assigned >= 2 && assigned * 2 > pairs.len()).then_some(pairs)
}

fn value(scan: &mut Scan) -> Option<String> {
    if scan.eat("\"").is_none() {
        return Some(scan.take_while(|letter| !matches!(letter, ' ' | '\t')).to_owned());
    }
    let mut value = String::new();
    loop {
        value.push_str(scan.take_while(|letter| letter != '"' && letter != '\\'));
        if scan.eat("\"").is_some() {
            return Some(value);
        }
        scan.eat("\\")?;
        match scan.one_of(&['n', 't', 'r', '"', '\\']) {
            Some('n') => value.push('\n'),
            Some('t') => value.push('\t'),
            Some('r') => value.push('\r'),
            Some(letter) => value.push(letter),
            None => value.push('\\'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn pairs() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(
            read(r#"level=info msg="a \"b\"\nc" user=7 flag"#),
            Some(vec![pair("level", "info"), pair("msg", "a \"b\"\nc"), pair("user", "7"), pair("flag", "")])
        );
        for line in
            ["", "a sentence with key=value in it", "a=1", "\"x\"=1 b=2", "a=\"open b=2", "x: a=1 b=2"]
        {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
