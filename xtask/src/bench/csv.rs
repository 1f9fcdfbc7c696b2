//! Comma-separated values as of RFC 4180: a header, quoted fields with doubled quotes.

use anyhow::{Result, bail};

/// All rows, each as its fields; the first is the header.
pub(super) fn rows(text: &str) -> Result<Vec<Vec<String>>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\r' if !quoted && letters.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            letter => field.push(letter),
        }
    }
    if quoted {
        bail!("a quoted field is never closed");
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn fields_with_commas_quotes_and_line_ends() {
        let text = "a,b\r\n\"one, \"\"two\"\"\",3\n\"x\ny\",\n";
        let expected = [["a", "b"], ["one, \"two\"", "3"], ["x\ny", ""]];
        assert_eq!(rows(text).unwrap(), expected);
        assert!(rows("\"open").is_err());
    }
}
