//! The pages in headless Chromium: watched, clicked, copied from, and on a phone.

use crate::chromium::{Chromium, Tab};
use crate::support::{Service, until};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A page after which somebody has long turned away.
const PAGE: Duration = Duration::from_secs(20);

/// The demonstration sends its alarm, and shows the cause, within this.
const VERDICT: Duration = Duration::from_secs(60);

const TABS: [(&str, &str); 6] = [
    ("", "timeline"),
    ("/cause", "cause"),
    ("/plan", "plan"),
    ("/evidence", "evidence"),
    ("/topology", "topology"),
    ("/chat", "chat"),
];

/// Where the pictures are put, for people to look at.
fn pictures() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Gone when the page was loaded again.
const MARK: &str = "window.mark = 'the page that was opened'; true";
const MARKED: &str = "window.mark === 'the page that was opened'";

fn text(tab: &mut Tab) -> String {
    tab.value("document.body?.innerText ?? ''").as_str().unwrap_or_default().to_owned()
}

#[test]
fn people_watch_decide_and_copy() {
    let folder = tempfile::tempdir().unwrap();
    let Some(chromium) = Chromium::start(folder.path()) else {
        println!("SKIPPED: Chromium is not installed (apt-get install chromium)");
        return;
    };
    let service = Service::start(["--demo"], folder.path());
    let url = format!("http://{}", service.address);
    let mut tab = chromium.tab();
    tab.size(1280, 900, false);
    let incident = watch(&mut tab, &url);
    let page = format!("{url}{incident}");
    decide(&mut tab, &page);
    copy(&mut tab, &page);
    look(&mut tab, &url, &page);
    assert_eq!(tab.complaints(), Vec::<String>::new(), "the console is empty");
    drop(chromium);
    assert_eq!(service.terminate().code(), Some(0));
}

/// The alarm appears in the list, and its investigation unfolds, without the page being loaded again.
fn watch(tab: &mut Tab, url: &str) -> String {
    tab.open(&format!("{url}/incidents"));
    tab.value(MARK);
    let link = "[...document.querySelectorAll('#incidents a')].find((it) => it.innerText.includes('CloudWatch Alarm'))";
    let incident = until(VERDICT, "the alarm in the list", || {
        tab.value(&format!("{link}?.getAttribute('href')")).as_str().map(str::to_owned)
    });
    assert_eq!(tab.value(MARKED), true, "the list changes by itself");
    tab.picture(&pictures().join("list-desktop.png"));
    tab.click(link);
    until(PAGE, "the incident's page", || {
        (tab.value("location.pathname") == incident.as_str()).then_some(())
    });
    tab.loaded();
    tab.value(MARK);
    let progress = "document.querySelector('progress')?.value ?? null";
    let mut seen: Vec<f64> = Vec::new();
    tab.size(1280, 400, false);
    tab.value("scrollTo(0, 250)");
    let place = tab.value("scrollY");
    assert!(place.as_f64().unwrap() > 100.0, "{place}");
    let is_over = |tab: &mut Tab| tab.value(progress).is_null() && text(tab).contains("Proven");
    let mut is_pictured = false;
    until(VERDICT, "the verdict on the page", || {
        if let Some(value) = tab.value(progress).as_f64()
            && seen.last() != Some(&value)
        {
            seen.push(value);
            if seen.len() == 3 && !is_pictured {
                is_pictured = true;
                assert_eq!(tab.value("scrollY"), place, "who reads further down is not moved");
                tab.size(1280, 900, false);
                tab.picture(&pictures().join("running-desktop.png"));
            }
        }
        is_over(tab).then_some(())
    });
    assert!(seen.len() > 3 && seen.is_sorted(), "it is seen to come further: {seen:?}");
    assert_eq!(tab.value(MARKED), true, "the page changes by itself");
    incident
}

fn decide(tab: &mut Tab, page: &str) {
    tab.open(&format!("{page}/cause"));
    assert!(!text(tab).contains("accepted this"));
    tab.value(MARK);
    tab.click("document.querySelector('.hypothesis button[value=accept]')");
    until(PAGE, "the decision", || text(tab).contains("accepted this").then_some(()));
    tab.loaded();
    assert_eq!(
        tab.value("document.querySelector('.hypothesis button[value=accept]')"),
        serde_json::Value::Null
    );
}

fn copy(tab: &mut Tab, page: &str) {
    tab.open(&format!("{page}/plan"));
    tab.click("document.querySelector('button.copy')");
    until(PAGE, "the button's word", || {
        (tab.value("document.querySelector('button.copy').textContent") == "Copied").then_some(())
    });
    let command =
        tab.value("document.getElementById(document.querySelector('button.copy').dataset.copy).textContent");
    assert_eq!(tab.value("navigator.clipboard.readText()"), command);
    assert!(command.as_str().unwrap().starts_with("aws "), "{command}");
}

/// Pictures of every page; on a phone nothing is wider than the screen.
fn look(tab: &mut Tab, url: &str, page: &str) {
    let incident = TABS.iter().map(|(path, name)| (format!("{page}{path}"), *name));
    let others = [("/incidents", "incidents"), ("/start", "start"), ("/tokens", "tokens")];
    let others = others.iter().map(|(path, name)| (format!("{url}{path}"), *name));
    let pages: Vec<(String, &str)> = incident.chain(others).collect();
    for (form, width, height, is_phone) in [("desktop", 1280, 900, false), ("phone", 360, 740, true)] {
        tab.size(width, height, is_phone);
        for scheme in ["light", "dark"] {
            tab.scheme(scheme);
            for (url, name) in &pages {
                tab.open(url);
                tab.picture(&pictures().join(format!("{name}-{form}-{scheme}.png")));
                let wide = tab.value("document.documentElement.scrollWidth").as_i64().unwrap();
                assert!(wide <= width, "{name} on a {form}: {wide} of {width}");
            }
        }
    }
    // Every sentence leads to its evidence.
    tab.open(page);
    tab.click("document.querySelector('main a[href*=\"/evidence/\"]')");
    until(PAGE, "the evidence", || {
        tab.value("location.pathname").as_str()?.contains("/evidence/").then_some(())
    });
    tab.loaded();
    tab.picture(&pictures().join("document-phone-dark.png"));
}
