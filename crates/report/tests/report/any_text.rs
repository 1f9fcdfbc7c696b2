//! Whatever the texts of an assessment hold, a report is whole, clean and within its width.

use crate::{assessments, checks};
use butfor_report::{Terminal, json, markdown, terminal};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use textwrap::core::display_width;

/// Pieces of trouble: escape sequences, spoofing, markup, HTML, shell, very long words.
const TROUBLE: &[&str] = &[
    "\u{1b}[31m",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]8;;http://x\u{1b}\\",
    "\u{1b}",
    "\u{9b}2J",
    "\u{9d}",
    "\u{90}q\u{9c}",
    "\u{7f}",
    "\u{0}",
    "\r\n",
    "\n",
    "\t",
    "\u{2028}",
    "\u{85}",
    "\u{202e}",
    "\u{200b}",
    "\u{feff}",
    "\u{e0041}",
    "`",
    "```",
    "````\n",
    "~~~",
    "<script>",
    "</a>",
    "<!--",
    "&lt;",
    "&#60;",
    "|",
    "\\",
    "*",
    "**",
    "_",
    "[",
    "](x)",
    "![",
    "# ",
    "- ",
    "1. ",
    "> ",
    "---",
    "===",
    "$(x)",
    "$",
    "'",
    "\"",
    "{",
    "日本語",
    "é",
    " ",
    "  ",
    "sg-0123456789abcdef0",
    "word",
    "arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/a-rather-long-name/0123456789abcdef0",
];

pub fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(TROUBLE).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "[a-z ]{0,40}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// A terminal line is a lead of ours and prose; only prose of one unbreakable word may be too wide.
fn is_one_word(line: &str) -> bool {
    let lead = line.trim_end().rsplit_once(' ').map_or("", |(lead, _)| lead).trim();
    let is_label = lead.len() <= 10 && lead.chars().all(|c| c.is_ascii_alphabetic() || c == ' ');
    let is_bullet = lead == "-" || lead.trim_end_matches('.').parse::<u32>().is_ok();
    let is_time = lead.as_bytes().get(2) == Some(&b':') && lead.split_whitespace().count() <= 3;
    is_label || is_bullet || is_time
}

fn strings(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            into.insert(text.clone());
        }
        Value::Array(items) => items.iter().for_each(|item| strings(item, into)),
        Value::Object(members) => members.values().for_each(|member| strings(member, into)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_shown_safely(texts in prop::collection::vec(text(), 1..40), width in 0_usize..200, which in 0_usize..6) {
        let mut assessment = assessments::all().swap_remove(which).1;
        let mut next = texts.iter().cycle();
        let mut used = BTreeSet::new();
        checks::set_texts(&mut assessment, &mut || {
            let text = next.next().cloned().unwrap_or_default();
            used.insert(text.clone());
            text
        });

        let plain = terminal(&assessment, &Terminal { width, color: false });
        prop_assert!(plain.chars().all(|c| c == '\n' || !c.is_control()), "{plain:?}");
        let coloured = terminal(&assessment, &Terminal { width, color: true });
        prop_assert_eq!(checks::without_colour(&coloured), plain.clone());
        let commands: Vec<&str> = assessment.plan.steps.iter().flat_map(|step| step.command.split('\n')).collect();
        for line in plain.lines() {
            let free = line.starts_with("# ") || commands.iter().any(|command| command.trim_end() == line.trim_end());
            prop_assert!(free || display_width(line) <= width.clamp(60, 100) || is_one_word(line), "{line:?}");
        }

        let text = markdown(&assessment);
        prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        checks::check_markdown(&text);

        let text = json(&assessment, 0);
        prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        let mut found = BTreeSet::new();
        strings(&serde_json::from_str(&text).unwrap(), &mut found);
        for text in used.iter().filter(|text| !text.is_empty()) {
            prop_assert!(found.contains(text), "{text:?} is not in the JSON report");
        }
    }
}
