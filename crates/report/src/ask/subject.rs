//! What the report says of one thing: an id, a name, or a kind of thing such as "the route table".

use super::document::{self, Document, capped, list, member, text};
use super::words::{self, Word};
use super::{Answer, AnswerLine, cause, changes, looked, pattern};
use serde_json::Value;

/// What people call kinds of things, and the words reports and operations have for them. Words of a row are separated as
/// in reports; operations (`DescribeNetworkAcls`) are taken apart before they are compared.
const KINDS: &[(&[&str], &[&str])] = &[
    (
        &["route table", "routing table", "route", "routing", "rtb", "default route"],
        &["route table", "route"],
    ),
    (&["security group", "sg", "firewall rule"], &["security group"]),
    (&["network acl", "nacl", "acl"], &["network acl"]),
    (
        &["dns", "name resolution", "resolver", "hosted zone", "route 53", "route53"],
        &["dns", "resolver", "hosted zone", "record set", "route 53", "dhcp options", "name resolution"],
    ),
    (&["nat gateway", "nat"], &["nat gateway"]),
    (&["internet gateway", "igw"], &["internet gateway"]),
    (&["transit gateway", "tgw"], &["transit gateway"]),
    (&["vpc peering", "peering", "peering connection"], &["peering"]),
    (&["vpc endpoint", "endpoint", "vpce", "privatelink"], &["endpoint"]),
    (&["load balancer", "alb", "nlb", "elb"], &["load balancer", "alb", "nlb", "elb"]),
    (&["target group", "target health"], &["target group", "target health"]),
    (&["database", "db", "rds", "aurora"], &["database", "db instance", "db cluster", "rds"]),
    (&["lambda", "function", "lambda function"], &["function", "lambda"]),
    (&["deployment", "deploy", "release", "code"], &["deployment", "deploy", "code", "release"]),
    (
        &["iam", "permission", "policy", "iam policy", "role", "iam role"],
        &["policy", "role", "permission", "iam"],
    ),
    (&["scp", "service control policy"], &["service control policy", "scp"]),
    (&["bucket", "s3"], &["bucket", "s3"]),
    (&["firewall", "network firewall"], &["firewall"]),
    (&["instance", "ec2", "host", "server"], &["instance", "ec2"]),
    (
        &["container", "task", "ecs", "pod", "eks", "kubernetes", "cluster"],
        &["task", "ecs", "pod", "eks", "container", "cluster"],
    ),
    (&["dynamodb", "dynamodb table"], &["dynamodb"]),
    (&["queue", "sqs"], &["queue", "sqs"]),
    (&["topic", "sns"], &["topic", "sns"]),
    (&["kms", "encryption key", "kms key"], &["kms", "key"]),
    (&["secret", "secrets manager"], &["secret"]),
    (&["parameter", "configuration", "config"], &["parameter", "configuration"]),
    (&["quota", "limit", "throttling", "throttle"], &["quota", "throttl", "limit"]),
    (&["subnet"], &["subnet"]),
    (&["vpc"], &["vpc"]),
    (&["network interface", "eni"], &["network interface"]),
    (&["proxy", "nginx"], &["proxy", "nginx"]),
    (&["certificate", "tls", "acm"], &["certificate"]),
    (&["flow log"], &["flow log"]),
    (&["cloudtrail", "trail"], &["cloudtrail"]),
    (&["network"], &["network"]),
];

/// One requirement on a text that is about the subject.
#[derive(Debug)]
enum Part {
    /// An id or a name, whole.
    Id(String),
    /// A word, which may be part of a name.
    Word(String),
    /// A kind of thing: one of these.
    Kind(&'static [&'static str]),
}

/// What a question is about. A text is about it when every part is in it.
pub(super) struct Subject {
    parts: Vec<Part>,
}

impl Subject {
    pub(super) fn of(words: &[Word]) -> Self {
        let words: Vec<&Word> = words.iter().filter(|word| !pattern::is_filler(word)).collect();
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(rest) = words.get(at..).filter(|rest| !rest.is_empty()) {
            let (part, length) = part(rest);
            parts.extend(part);
            at += length;
        }
        // An id says more exactly what "security group sg-1" does.
        if parts.iter().any(|part| matches!(part, Part::Id(_))) {
            parts.retain(|part| !matches!(part, Part::Kind(_)));
        }
        Self { parts }
    }

    /// Whether a text of the report is about this.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let text = Searched::of(text);
        !self.parts.is_empty() && self.parts.iter().all(|part| text.has(part))
    }

    /// Whether a cause is on this. Its component may say "inbound rule", and names others, too, which are not to blame.
    pub(super) fn is_blamed(&self, cause: &Value) -> bool {
        let (named, kind) = changes::blamed(cause);
        let (named, kind) = (Searched::of(&named), Searched::of(&kind));
        let component = Searched::of(text(cause, "component"));
        // A security group called "database" is no database.
        let is_it = |part: &Part| match part {
            Part::Kind(_) => kind.has(part),
            Part::Id(_) | Part::Word(_) => named.has(part) || kind.has(part),
        };
        let in_component = |part: &Part| matches!(part, Part::Word(_)) && component.has(part);
        self.parts.iter().any(is_it) && self.parts.iter().all(|part| is_it(part) || in_component(part))
    }
}

/// A text of the report, made ready to be looked through.
struct Searched {
    lower: String,
    plain: String,
}

impl Searched {
    fn of(text: &str) -> Self {
        Self { lower: text.to_lowercase(), plain: plain(text) }
    }

    fn has(&self, part: &Part) -> bool {
        match part {
            Part::Id(id) => holds_id(&self.lower, id),
            Part::Word(word) => self.plain.contains(&format!(" {word} ")),
            Part::Kind(names) => names.iter().any(|name| self.plain.contains(&format!(" {} ", stems(name)))),
        }
    }
}

/// The part a subject begins with, and its length in words: the longest name of a kind wins.
fn part(words: &[&Word]) -> (Option<Part>, usize) {
    for length in (1..=3.min(words.len())).rev() {
        let asked = words.iter().take(length).map(|word| word.stem.as_str());
        let is_kind = |name: &&str| {
            name.split(' ').count() == length
                && name
                    .split(' ')
                    .zip(asked.clone())
                    .all(|(known, asked)| words::alike(&words::stem(known), asked))
        };
        if let Some((_, names)) = KINDS.iter().find(|(called, _)| called.iter().any(is_kind)) {
            return (Some(Part::Kind(names)), length);
        }
    }
    let Some(word) = words.first() else { return (None, 1) };
    (Some(if word.is_id() { Part::Id(word.lower.clone()) } else { Part::Word(word.stem.clone()) }), 1)
}

fn stems(text: &str) -> String {
    text.split(' ').map(words::stem).collect::<Vec<_>>().join(" ")
}

/// A text as stems between single spaces, names and operations taken apart: `DescribeRouteTables` is `describ rout tabl`.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let mut word = String::new();
    let mut before_is_lower = false;
    let end = |word: &mut String, out: &mut String| {
        if !word.is_empty() {
            out.push(' ');
            out.push_str(&words::stem(&word.to_lowercase()));
            word.clear();
        }
    };
    for c in text.chars() {
        let starts = c.is_uppercase() && before_is_lower;
        if starts || !c.is_alphanumeric() {
            end(&mut word, &mut out);
        }
        if c.is_alphanumeric() {
            word.push(c);
        }
        before_is_lower = c.is_lowercase();
    }
    end(&mut word, &mut out);
    out.push(' ');
    out
}

/// Whether an id stands in a text as a whole: `sg-1` is not in `sg-12`, nor `/a/b` in `/a/b-2` or `0.0.1` in `10.0.0.1`.
fn holds_id(text: &str, id: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let mut from = 0;
    while let Some(found) = text.get(from..).and_then(|rest| rest.find(id)) {
        let (start, stop) = (from + found, from + found + id.len());
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        let mut after = text.get(stop..).unwrap_or_default().chars();
        let is_whole = !before.is_some_and(|c| is_part(c) || c == '.')
            && match after.next() {
                Some('.') => !after.next().is_some_and(is_part),
                Some(c) => !is_part(c),
                None => true,
            };
        if is_whole {
            return true;
        }
        from = start + id.chars().next().map_or(1, char::len_utf8);
    }
    false
}

/// Whether the report or this room knows what every word of a subject is. A loosely phrased question is one only then.
pub(super) fn is_known(subject: &[Word], about: &Document<'_>) -> bool {
    let parts = Subject::of(subject).parts;
    let known = |word: &str| about_anything(about).any(|text| plain(text).contains(&format!(" {word} ")));
    let has_negation = subject.iter().any(|word| matches!(word.lower.as_str(), "not" | "no" | "never"));
    !parts.is_empty()
        && !has_negation
        && parts.iter().all(|part| match part {
            Part::Word(word) => known(word),
            Part::Id(_) | Part::Kind(_) => true,
        })
}

/// Texts of the report that name things.
fn about_anything<'a>(about: &Document<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    let of = |name: &'static str, list: &'a [Value]| list.iter().map(move |it| text(it, name));
    let components = about.causes().map(|(_, it)| text(it, "component"));
    let resources = about.causes().map(|(_, it)| member(it, "resource"));
    let named = resources.flat_map(|it| [text(it, "id"), text(it, "name")]);
    of("what", about.list("ruled_out"))
        .chain(of("what", about.list("unaffected")))
        .chain(components)
        .chain(named)
}

/// Everything the report says of a subject: blamed, ruled out, still working, seen, changed, not seen; and when it says
/// nothing, whether it was at least read.
pub(super) fn answer(asked: &[Word], about: &Document<'_>) -> Answer {
    let subject = Subject::of(asked);
    let mut lines: Vec<AnswerLine> = Vec::new();
    let mut mentions: Vec<AnswerLine> = Vec::new();
    for (part, it) in about.causes() {
        let headline = text(it, "headline");
        if subject.is_blamed(it) {
            lines.push(about.line(it, format!("{part} ({}): {headline}", text(it, "grade"))));
        } else if subject.is_in(headline) || subject.is_in(text(it, "component")) || is_affected(it, &subject)
        {
            let on = changes::resource(it);
            mentions.push(about.line(it, format!("named in a {part}, which is on {on}: {headline}")));
        }
    }
    let decisive = lines.len();
    let out = about.list("ruled_out").iter().filter(|it| subject.is_in(text(it, "what")));
    lines.extend(capped(out.map(|it| cause::ruled_out(it, about)).collect(), "ruled out"));
    let works = |it: &&Value| subject.is_in(text(it, "what"));
    let works = about.list("unaffected").iter().filter(works);
    let works =
        works.map(|it| about.line(it, format!("still works: {}: {}", text(it, "what"), text(it, "why"))));
    lines.extend(capped(works.collect(), "that still work"));
    let gaps: Vec<_> =
        about.list("gaps").iter().filter(|it| in_gap(it, &subject)).map(document::gap).collect();
    let is_told = !lines.is_empty();
    lines.extend(mentions);
    if decisive == 0 {
        lines.extend(capped(reasons(&subject, about), "that name it"));
    }
    let said = |text: &str| lines.iter().any(|line| line.text.contains(text));
    let seen = seen(&subject, is_told, said, about);
    lines.extend(capped(seen, "entries"));
    if lines.is_empty() && !gaps.is_empty() {
        return Answer::not_known(gaps);
    }
    lines.extend(gaps.iter().cloned());
    if !lines.is_empty() {
        return if is_told || gaps.is_empty() { Answer::answered(lines) } else { Answer::not_known(lines) };
    }
    nothing(asked, &subject, about)
}

/// Reasons of the report in which the subject appears.
fn reasons(subject: &Subject, about: &Document<'_>) -> Vec<AnswerLine> {
    let of = |lead: &'static str, list: &'_ [Value]| -> Vec<AnswerLine> {
        let is_one = |it: &&Value| !subject.is_in(text(it, "what")) && subject.is_in(text(it, "why"));
        list.iter()
            .filter(is_one)
            .map(|it| about.line(it, format!("{lead}: {}: {}", text(it, "what"), text(it, "why"))))
            .collect()
    };
    let mut lines = of("named where something still works", about.list("unaffected"));
    lines.extend(of("named where something is ruled out", about.list("ruled_out")));
    lines
}

/// Symptoms and entries of the timeline with the subject; only changes not yet said where the report says something itself.
fn seen(
    subject: &Subject,
    only_changes: bool,
    said: impl Fn(&str) -> bool,
    about: &Document<'_>,
) -> Vec<AnswerLine> {
    let is_one = |it: &&Value| subject.is_in(text(it, "text"));
    let symptoms = about.list("symptoms").iter().filter(|it| !only_changes && is_one(it));
    let symptoms = symptoms.map(|it| about.line(it, format!("seen: {}", text(it, "text"))));
    let is_new = |it: &&Value| !only_changes || (text(it, "kind") == "change" && !said(text(it, "text")));
    let entries = about.list("timeline").iter().filter(is_one).filter(is_new);
    let entries = entries
        .map(|it| about.line(it, format!("{} {}: {}", text(it, "at"), text(it, "kind"), text(it, "text"))));
    symptoms.chain(entries).collect()
}

fn is_affected(cause: &Value, subject: &Subject) -> bool {
    list(cause, "affected").iter().any(|it| subject.is_in(text(it, "from")) || subject.is_in(text(it, "to")))
}

fn in_gap(gap: &Value, subject: &Subject) -> bool {
    subject.is_in(text(gap, "what")) || subject.is_in(text(gap, "needed_for"))
}

/// The report does not mention it: it was read and nothing came of it, or nobody looked.
fn nothing(asked: &[Word], subject: &Subject, about: &Document<'_>) -> Answer {
    let shown = words::shown(asked);
    // An operation tells the kind, its parameters tell the thing.
    let mut read = looked::read_of(about, |call| {
        subject.is_in(&format!("{} {}", call.service, call.operation)) || subject.is_in(&call.parameters)
    });
    if read.is_empty() {
        read = looked::cited_of(about, |it| subject.is_in(it));
    }
    if read.is_empty() {
        let as_far = if about.calls.is_empty() { "as far as the report tells, " } else { "" };
        return Answer::not_known(vec![AnswerLine::new(format!(
            "{as_far}`{shown}` was not looked at: nothing in this report mentions it"
        ))]);
    }
    let mut lines = vec![AnswerLine::new(format!(
        "`{shown}` is neither blamed nor ruled out: the report says nothing of it, though calls for it were made"
    ))];
    lines.extend(capped(read, "calls"));
    Answer::not_known(lines)
}

#[cfg(test)]
mod tests {
    use super::super::words;
    use super::{Subject, holds_id};

    #[test]
    fn an_id_is_found_whole() {
        let check =
            |text: &str, id: &str, expected| assert_eq!(holds_id(text, id), expected, "{id} in {text}");
        check("group web (sg-1) and more", "sg-1", true);
        check("sg-12 sg-1", "sg-1", true);
        check("sg-12", "sg-1", false);
        check("asg-1", "sg-1", false);
        check("/a/b-2", "/a/b", false);
        check("at 10.0.0.1.", "10.0.0.1", true);
        check("at 10.0.0.1", "0.0.1", false);
        check("\u{e9}\u{e9}", "\u{e9}", false);
    }

    #[test]
    fn a_text_is_about_a_subject_when_all_of_it_is_there() {
        let check = |subject: &str, text: &str, expected| {
            assert_eq!(Subject::of(&words::of(subject)).is_in(text), expected, "{subject} in {text}");
        };
        check("the route tables", "ec2 DescribeRouteTables in 1 us-east-1", true);
        check("NACL", "network ACL acl-1", true);
        check("nacls", "ec2 DescribeNetworkAcls", true);
        check("orders database", "RDS database orders-db", true);
        check("orders database", "RDS database billing-db", false);
        check("security group sg-1", "lost its rule from sg-1", true);
        check("security group sg-1", "security group sg-2", false);
        check("", "anything", false);
        check("route table", "router tablet", false);
        check("securty group", "security group sg-1", true);
    }
}
