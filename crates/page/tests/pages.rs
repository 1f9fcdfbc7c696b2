//! Every page: well-formed, nothing inline, every link and label resolvable, hostile text harmless.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "the helpers of a test may stop it")]

mod common;

use butfor_incident::picture::Picture;
use butfor_page::*;
use common::*;
use expect_test::expect_file;
use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeSet;

/// Elements without an end tag (HTML, section 13.1.2).
const VOID: [&str; 6] = ["meta", "link", "input", "br", "img", "hr"];

/// A tag with its attributes, and the text up to the next tag.
#[derive(Debug, Clone)]
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a page strictly: every tag is closed in order, every attribute is quoted.
fn tags(page: &str) -> Vec<Tag> {
    let mut reader = Reader::from_str(page);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let (mut tags, mut open): (Vec<Tag>, Vec<String>) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => {
                let tag = read(&tag);
                if !VOID.contains(&tag.name.as_str()) {
                    open.push(tag.name.clone());
                }
                tags.push(tag);
            }
            Event::Empty(tag) => tags.push(read(&tag)),
            Event::End(end) => {
                let name = end.name().as_ref().to_owned();
                assert_eq!(open.pop(), Some(name), "an end without its beginning");
            }
            Event::Text(text) => {
                if let Some(tag) = tags.last_mut() {
                    tag.text.push_str(&text);
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    tags
}

fn read(tag: &BytesStart<'_>) -> Tag {
    // Attributes without a value (`hidden`) are HTML, not XML.
    let mut found = tag.html_attributes();
    let attributes = found.with_checks(false).map(|it| {
        let it = it.unwrap();
        (it.key.as_ref().to_owned(), it.value.into_owned())
    });
    Tag { name: tag.name().as_ref().to_owned(), attributes: attributes.collect(), text: String::new() }
}

fn pages() -> Vec<(String, String)> {
    gallery().into_iter().filter(|(_, text)| text.starts_with("<!DOCTYPE html>")).collect()
}

#[test]
fn nothing_is_inline_and_nothing_comes_from_elsewhere() {
    for (address, page) in pages() {
        for tag in tags(&page) {
            let what = format!("{address}: {tag:?}");
            assert_ne!(tag.name, "style", "{what}");
            assert!(
                tag.name != "script"
                    || (tag.get("src") == Some("/assets/live.js") && tag.text.trim().is_empty()),
                "{what}"
            );
            for (name, value) in &tag.attributes {
                assert!(!name.starts_with("on") && name != "style", "{what}");
                let is_address = ["href", "src", "action", "data-live", "data-png"].contains(&name.as_str());
                assert!(!is_address || value.starts_with(['/', '#']) && !value.starts_with("//"), "{what}");
            }
        }
    }
}

#[test]
fn ids_are_unique_and_everything_that_names_one_finds_it() {
    for (address, page) in pages() {
        let tags = tags(&page);
        let ids: Vec<&str> = tags.iter().filter_map(|it| it.get("id")).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{address}: {ids:?}");
        for tag in &tags {
            let named = ["for", "aria-labelledby", "aria-describedby", "data-copy"]
                .into_iter()
                .filter_map(|it| tag.get(it));
            let anchors = tag.get("href").and_then(|it| it.strip_prefix('#'));
            for id in named.chain(anchors).flat_map(str::split_whitespace) {
                assert!(unique.contains(id), "{address}: no `{id}` for {tag:?}");
            }
        }
    }
}

#[test]
fn links_lead_to_pages_that_exist() {
    let fixed = ["/incidents", "/start", "/audit", "/tokens", "/sign-in", "/sign-in/oidc", "/sign-out"];
    let rest = ["cause", "plan", "evidence", "topology", "chat", "events", "decisions", "steer"];
    let files = ["topology.svg", "topology.json", "topology.mmd"];
    let report_digests: BTreeSet<String> = [incident_page(), other_page(4), other_page(5)]
        .into_iter()
        .flat_map(|it| it.report.unwrap().evidence)
        .map(|it| it.digest)
        .collect();
    for (address, page) in pages() {
        for tag in tags(&page) {
            let links = ["href", "action", "data-live", "data-png"].into_iter().filter_map(|it| tag.get(it));
            for link in links.filter(|it| it.starts_with('/') && !it.starts_with("/assets/")) {
                let path = link.split(['?', '#']).next().unwrap();
                let parts: Vec<&str> = path.split('/').skip(1).collect();
                let found = match parts.as_slice() {
                    _ if fixed.contains(&path) => true,
                    ["incidents", "events"] => true,
                    ["incidents", id] => id.parse::<i64>().is_ok(),
                    ["incidents", id, tab] => {
                        id.parse::<i64>().is_ok() && (rest.contains(tab) || files.contains(tab))
                    }
                    ["incidents", _, "evidence", digest] | ["incidents", _, "evidence", digest, "raw"] => {
                        report_digests.contains(*digest)
                    }
                    ["incidents", _, "alerts", id, "unlink"] | ["tokens", id, "revoke"] => {
                        id.parse::<i64>().is_ok()
                    }
                    _ => false,
                };
                assert!(found, "{address}: {link}");
            }
        }
    }
}

#[test]
fn forms_carry_the_token_and_every_field_has_a_label() {
    for (address, page) in pages() {
        let tags = tags(&page);
        let posts = tags.iter().filter(|it| it.name == "form" && it.get("method") == Some("post")).count();
        let tokens = tags
            .iter()
            .filter(|it| it.get("name") == Some("csrf") && it.get("value") == Some("d4f1c0ffee"))
            .count();
        assert_eq!(posts, tokens, "{address}");
        let labelled: BTreeSet<&str> = tags.iter().filter_map(|it| it.get("for")).collect();
        let mut in_label = false;
        for tag in &tags {
            in_label = tag.name == "label" || (in_label && tag.name == "input");
            let is_field = matches!(tag.name.as_str(), "input" | "textarea" | "select")
                && tag.get("type") != Some("hidden");
            assert!(
                !is_field || in_label || tag.get("id").is_some_and(|id| labelled.contains(id)),
                "{address}: {tag:?}"
            );
        }
    }
}

#[test]
fn pages_have_landmarks_headings_in_order_and_headed_tables() {
    for (address, page) in pages() {
        let tags = tags(&page);
        let count = |name: &str| tags.iter().filter(|it| it.name == name).count();
        assert_eq!(
            (count("main"), count("header"), count("footer"), count("h1"), count("title") > 0),
            (1, 1, 1, 1, true),
            "{address}"
        );
        assert!(page.contains(r##"<a class="skip" href="#content">"##), "{address}");
        assert_eq!(count("table"), count("thead"), "{address}");
        let mut before = 0;
        for tag in &tags {
            if let Some(level) = tag.name.strip_prefix('h').and_then(|it| it.parse::<u32>().ok()) {
                assert!(level <= before + 1, "{address}: h{level} after h{before}: {}", tag.text);
                before = level;
            }
        }
    }
}

#[test]
fn a_viewer_sees_no_form_but_sign_out() {
    let chrome = Chrome { user: Some(Person { name: "v".to_owned(), role: Role::Viewer }), ..chrome() };
    for tab in [Tab::Timeline, Tab::Cause, Tab::Chat] {
        let page = incident(&chrome, &incident_page(), tab);
        assert_eq!(page.matches("<form").count(), 1, "{tab:?}");
        assert!(!page.contains("/audit") && !page.contains("href=\"/start\""));
    }
}

#[test]
fn drawings_of_their_own_are_whole_and_need_no_style_sheet() {
    let xml = |text: &str| {
        let mut reader = Reader::from_str(text);
        while !matches!(reader.read_event().unwrap(), Event::Eof) {}
    };
    for zoom in Zoom::ALL {
        for picture in [picture(), Picture::default()] {
            let svg = topology_svg(&picture, zoom);
            xml(&svg);
            assert!(!svg.contains("class=") && !svg.contains("<style"), "{svg}");
        }
        let chart = mermaid(&picture(), zoom);
        assert_eq!(chart.matches("subgraph").count(), chart.lines().filter(|it| it.trim() == "end").count());
    }
    assert!(mermaid(&picture(), Zoom::Resource).contains("-.-x|\"tcp/3306\"|"));
}

#[test]
fn fragments_fill_elements_of_the_page() {
    for page in [incident_page(), running_page()] {
        for tab in
            [Tab::Timeline, Tab::Cause, Tab::Plan, Tab::Evidence, Tab::Topology(Zoom::System), Tab::Chat]
        {
            let whole = incident(&chrome(), &page, tab);
            for fragment in fragments(&chrome(), &page, tab) {
                let start = format!("id=\"{}\"", fragment.id);
                let after = whole.split_once(&start).unwrap_or_else(|| panic!("{tab:?}: {start}")).1;
                let after = after.split_once('>').unwrap().1;
                assert!(after.starts_with(&fragment.html), "{tab:?}: {}", fragment.id);
                assert!(!fragment.data().contains('\n'));
            }
        }
    }
}

/// The same page with every text replaced by a hostile one.
fn hostile(text: &str) -> Vec<String> {
    fn poison(value: &mut serde_json::Value, text: &str) {
        // Words of the format, and what times and places are computed from, stay; everything a sender can write changes.
        const KEPT: [&str; 14] = [
            "outcome",
            "grade",
            "phase",
            "status",
            "at",
            "id",
            "digest",
            "cites",
            "connection",
            "state",
            "passage",
            "parent",
            "from",
            "to",
        ];
        match value {
            serde_json::Value::String(it) => *it = text.to_owned(),
            serde_json::Value::Array(all) => all.iter_mut().for_each(|it| poison(it, text)),
            serde_json::Value::Object(all) => {
                all.iter_mut()
                    .filter(|(name, _)| !KEPT.contains(&name.as_str()))
                    .for_each(|(_, it)| poison(it, text));
            }
            _ => {}
        }
    }
    let mut report: serde_json::Value = serde_json::from_str(include_str!("data/two-causes.json")).unwrap();
    let mut drawing = serde_json::to_value(picture()).unwrap();
    poison(&mut report, text);
    poison(&mut drawing, text);
    let mut page = incident_page();
    page.report = Some(serde_json::from_value(report).unwrap());
    page.picture = Some(serde_json::from_value(drawing).unwrap());
    page.row.title = text.to_owned();
    page.row.application = Some(text.to_owned());
    for alert in &mut page.alerts {
        alert.name = text.to_owned();
        alert.reason = text.to_owned();
    }
    page.turns[0].question = text.to_owned();
    page.decisions[0].note = text.to_owned();
    let mut of = evidence_page();
    of.document = format!("{{\"a\":\"{text}\",\"b\":[{text}");
    of.marks = vec![text.to_owned()];
    of.title = text.to_owned();
    let chrome = Chrome { user: Some(Person { name: text.to_owned(), role: Role::Admin }), ..chrome() };
    let tabs = [
        Tab::Timeline,
        Tab::Cause,
        Tab::Plan,
        Tab::Evidence,
        Tab::Topology(Zoom::Container),
        Tab::Topology(Zoom::Resource),
        Tab::Chat,
    ];
    let mut pages: Vec<String> = tabs.into_iter().map(|tab| incident(&chrome, &page, tab)).collect();
    pages.push(evidence(&chrome, &of));
    pages.push(incidents(
        &chrome,
        &IncidentList { rows: vec![page.row], older: Some(text.to_owned()), ..list() },
    ));
    pages
}

#[test]
fn hostile_text_stays_text() {
    let long = "x".repeat(5000);
    let texts = [
        "<script>alert(1)</script>",
        "\"'><img src=x onerror=alert(1)>",
        "</textarea></title><svg onload=x>",
        "javascript:alert(1)",
        "a\u{202e}b\u{0}\u{1b}[2J\u{200b}",
        &long,
        "`<b>` & \u{9b}",
    ];
    for text in texts {
        for page in hostile(text) {
            for tag in tags(&page) {
                assert!(!["img", "b"].contains(&tag.name.as_str()), "{tag:?}");
                assert!(tag.attributes.iter().all(|(name, _)| !name.starts_with("on")), "{tag:?}");
                assert!(tag.get("href").is_none_or(|it| it.starts_with(['/', '#'])), "{tag:?}");
            }
            assert_eq!(page.matches("<script").count(), 1);
            assert!(!page.contains(['\u{202e}', '\u{0}', '\u{1b}', '\u{200b}', '\u{9b}']));
        }
    }
}

#[test]
fn a_command_with_hidden_characters_is_not_shown() {
    let mut page = incident_page();
    let plan = &mut page.report.as_mut().unwrap().plan;
    plan.steps[0].command = Some("aws \u{202e}gnihton".to_owned());
    plan.steps[1].command = Some("aws ec2 x --y '{\n}'".to_owned());
    let shown = incident(&chrome(), &page, Tab::Plan);
    assert!(!shown.contains("gnihton") && shown.contains("holds hidden characters"));
    assert!(shown.contains("aws ec2 x --y '{\n}'"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_text_breaks_a_page(text in "\\PC{0,40}|[<>&\"'`/{}\\[\\],:\\\\]{0,30}") {
        for page in hostile(&text) {
            tags(&page);
        }
    }

    #[test]
    fn no_document_breaks_the_evidence_page(document in any::<String>(), marks in proptest::collection::vec(any::<String>(), 0..4)) {
        tags(&evidence(&chrome(), &EvidencePage { document, marks, ..evidence_page() }));
    }
}

#[test]
fn golden_pages() {
    let check = |name: &str, page: &str| {
        // One element a line, so that a difference can be read.
        let lines = page.replace("><", ">\n<");
        expect_file![format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"))].assert_eq(&lines);
    };
    let of = evidence_page();
    check("incidents.html", &incidents(&chrome(), &list()));
    check("timeline.html", &incident(&chrome(), &incident_page(), Tab::Timeline));
    check("running.html", &incident(&chrome(), &running_page(), Tab::Timeline));
    check("plan.html", &incident(&chrome(), &incident_page(), Tab::Plan));
    check("evidence.html", &evidence(&chrome(), &of));
    check("topology.svg", &topology_svg(&picture(), Zoom::Resource));
    check("topology.mmd", &mermaid(&picture(), Zoom::Container));
}
