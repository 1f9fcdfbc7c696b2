//! Whether an ARN fits the pattern of a resource type, as `arn:${Partition}:s3:::${BucketName}`.

/// Whether an ARN fits a pattern. `siblings` are the patterns of all resource types of the service.
///
/// A placeholder of partition, region or account stands for one field. Any other stands for at least one character of any kind,
/// so that a role's name may hold its path and a function's its qualifier, but not for a `/` where a sibling's pattern goes on with
/// one: `${BucketName}` holds none because `${BucketName}/${ObjectName}` is an object.
pub(super) fn matches(pattern: &str, siblings: &[&str], arn: &str) -> bool {
    let mut parts = vec![Part::Text("")];
    let mut rest = pattern;
    while let Some((text, more)) = rest.split_once("${") {
        let Some((name, after)) = more.split_once('}') else { break };
        let head = pattern.get(..pattern.len().saturating_sub(after.len())).unwrap_or(pattern);
        let barred: &[char] = match name {
            "Partition" | "Region" | "Account" => &[':', '/'],
            _ if siblings.iter().any(|sibling| goes_on_with_slash(head, sibling)) => &['/'],
            _ => &[],
        };
        // The account of a bucket's ARN is empty; a placeholder in the fields before the resource may stand for nothing.
        parts.push(Part::Text(text));
        parts.push(Part::Any { barred, least: usize::from(name != "Region" && name != "Account") });
        rest = after;
    }
    parts.push(Part::Text(rest));
    fits(&parts, arn)
}

#[derive(Debug)]
enum Part<'a> {
    Text(&'a str),
    Any { barred: &'a [char], least: usize },
}

/// Whether a pattern starts with `head` and goes on with `/`; names of placeholders do not matter.
fn goes_on_with_slash(head: &str, sibling: &str) -> bool {
    let (mut head, mut sibling) = (head, sibling);
    while let (Some((text, more)), Some((sibling_text, sibling_more))) =
        (head.split_once("${"), sibling.split_once("${"))
        && text == sibling_text
        && let (Some((_, after)), Some((_, sibling_after))) =
            (more.split_once('}'), sibling_more.split_once('}'))
    {
        if after.is_empty() {
            return sibling_after.starts_with('/');
        }
        (head, sibling) = (after, sibling_after);
    }
    false
}

/// Matches part by part, keeping every place where a part may end: as long as parts times characters.
fn fits(parts: &[Part<'_>], arn: &str) -> bool {
    let mut ends = vec![0_usize];
    for part in parts {
        let mut next: Vec<usize> = Vec::new();
        match part {
            Part::Text(text) => {
                let goes_on = |end: &usize| arn.get(*end..).is_some_and(|rest| rest.starts_with(text));
                next.extend(ends.iter().filter(|end| goes_on(end)).map(|end| end.saturating_add(text.len())));
            }
            Part::Any { barred, least } => {
                let mut reached = 0;
                for end in ends {
                    if *least == 0 && end >= reached {
                        next.push(end);
                    }
                    // What an earlier start covered need not be walked again.
                    let from = end.max(reached);
                    let rest = arn.get(from..).unwrap_or("");
                    for (offset, letter) in rest.char_indices() {
                        if barred.contains(&letter) {
                            break;
                        }
                        reached = from.saturating_add(offset).saturating_add(letter.len_utf8());
                        next.push(reached);
                    }
                }
            }
        }
        next.dedup();
        ends = next;
    }
    ends.contains(&arn.len())
}
