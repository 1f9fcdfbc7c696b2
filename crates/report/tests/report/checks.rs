//! Checks that hold for any report, and a way to put any text into one.

use butfor_incident::Assessment;

/// Replaces every text a report shows.
pub fn set_texts(it: &mut Assessment, next: &mut impl FnMut() -> String) {
    let mut texts: Vec<&mut String> =
        vec![&mut it.incident.id, &mut it.incident.title, &mut it.verdict.summary, &mut it.plan.reason];
    for alert in &mut it.incident.alerts {
        texts.push(&mut alert.name);
        texts.extend([&mut alert.account, &mut alert.region].into_iter().flatten());
    }
    texts.extend(it.verdict.intentional.reasons.iter_mut().map(|reason| &mut reason.text));
    for cause in it.root_causes.iter_mut().chain(&mut it.contributing).chain(&mut it.competing) {
        let resource = &mut cause.resource;
        texts.extend(cause.together_with.iter_mut());
        texts.extend([&mut cause.headline, &mut cause.defect, &mut cause.component, &mut cause.change_note]);
        texts.extend([&mut resource.kind, &mut resource.id, &mut resource.account, &mut resource.region]);
        texts.extend([&mut cause.code, &mut resource.arn, &mut resource.name].into_iter().flatten());
        for affected in &mut cause.affected {
            texts.extend([&mut affected.from, &mut affected.to, &mut affected.detail]);
        }
        if let Some(change) = &mut cause.change {
            let actor = &mut change.actor;
            texts.extend([
                &mut change.event_id,
                &mut change.event_name,
                &mut change.account,
                &mut actor.kind,
                &mut actor.arn,
            ]);
            texts.extend(
                [&mut actor.session, &mut actor.source_ip, &mut actor.user_agent].into_iter().flatten(),
            );
        }
    }
    texts.extend(it.ruled_out.iter_mut().flat_map(|it| [&mut it.what, &mut it.why]));
    texts.extend(it.unaffected.iter_mut().flat_map(|it| [&mut it.what, &mut it.why]));
    texts.extend(it.accounting.iter_mut().map(|it| &mut it.metric));
    for step in &mut it.plan.steps {
        texts.extend([
            &mut step.text,
            &mut step.command,
            &mut step.expect,
            &mut step.account,
            &mut step.region,
        ]);
    }
    texts.extend(it.plan.proof.iter_mut().flat_map(|proof| proof.gained.iter_mut().chain(&mut proof.lost)));
    texts.extend(it.timeline.iter_mut().map(|entry| &mut entry.text));
    texts.extend(it.gaps.iter_mut().flat_map(|gap| [&mut gap.what, &mut gap.needed_for, &mut gap.remedy]));
    for text in texts {
        *text = next();
    }
}

/// The text less the escape sequences that set a colour.
pub fn without_colour(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (sequence, rest) = part.split_once('m').unwrap();
        assert!(sequence.chars().all(|c| c.is_ascii_digit() || c == ';'), "{part:?}");
        out.push_str(rest);
    }
    out
}

/// The Markdown less its fenced blocks, each of which has to end.
pub fn outside_of_fences(markdown: &str) -> String {
    let mut out = String::new();
    let mut fence: Option<String> = None;
    for line in markdown.lines() {
        match &fence {
            Some(open) if line == open => fence = None,
            Some(_) => {}
            None if line.starts_with("```") => fence = Some(line.trim_end_matches("sh").to_owned()),
            None => {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    assert_eq!(fence, None, "{markdown}");
    out
}

/// Markdown in which no text became markup: headings and tables are ours, HTML is none.
pub fn check_markdown(markdown: &str) {
    const HEADINGS: &[&str] = &[
        "Cause",
        "Explanation",
        "The fix",
        "Proof",
        "Before the fix",
        "After the fix",
        "Rollback",
        "Accounted for",
        "Probably done on purpose",
        "Signs of intent",
        "Also found, not the cause",
        "Timeline",
        "Ruled out",
        "Still working",
        "What could not be seen",
        "Could not be seen",
        "Evidence",
    ];
    let text = outside_of_fences(markdown);
    for (number, line) in text.lines().enumerate() {
        let start = line.trim_start().trim_start_matches("- ");
        if let Some(heading) = start.strip_prefix("## ") {
            assert!(HEADINGS.iter().any(|known| heading.starts_with(known)), "{line}");
        } else if start.starts_with('#') {
            assert_eq!(number, 0, "{line}");
        }
        assert!(!start.starts_with(['>', '<', '=']), "{line}");
        assert!(!matches!(line.trim(), "-" | "#" | "##"), "a mark without words: {line}");
        let prose = without_code(line);
        assert!(!prose.contains('<'), "{line}");
        if line.starts_with('|') {
            assert_eq!(prose.matches('|').count(), 5, "{line}");
        }
    }
}

/// A line less its code spans and escaped characters (CommonMark 2.4 and 6.1).
fn without_code(line: &str) -> String {
    let mut out = String::new();
    let mut chars = line.chars().peekable();
    let run_of = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
        std::iter::from_fn(|| chars.next_if_eq(&'`')).count()
    };
    while let Some(c) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '`' => {
                let run = 1 + run_of(&mut chars);
                loop {
                    assert!(chars.next().is_some(), "open code span: {line}");
                    if run_of(&mut chars) == run {
                        break;
                    }
                }
            }
            _ => out.push(c),
        }
    }
    out
}
