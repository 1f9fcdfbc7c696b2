//! A trace for a person at a screen.

use super::result::direction;
use crate::output::printable;
use anstyle::{AnsiColor, Style};
use butfor_network::{Disposition, Flow, Place, Trace, Walk};
use std::fmt::Write;

const STRONG: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Verdict, both walks hop by hop, and what would have to change.
pub(crate) fn of_trace(flow: &Flow, trace: &Trace) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}  {STRONG}{} -> {}{STRONG:#}  {}",
        word(trace.disposition),
        place(&flow.from),
        place(&flow.to),
        flow.service()
    );
    walk(&mut out, "forward", &trace.forward);
    if let Some(reply) = &trace.reply {
        walk(&mut out, "return", reply);
    }
    if !trace.blockers.is_empty() {
        let _ = writeln!(out, "\n{STRONG}What would have to change{STRONG:#}");
        for blocker in &trace.blockers {
            let rule =
                blocker.rule.as_deref().map(|rule| format!(": {}", printable(rule))).unwrap_or_default();
            let _ = writeln!(
                out,
                "  {} on the {} path{rule}  {DIM}{}{DIM:#}",
                printable(&blocker.component.id),
                direction(blocker.direction),
                blocker.code
            );
        }
    }
    if !trace.missing.is_empty() {
        let _ = writeln!(out, "\n{STRONG}What was not recorded{STRONG:#}");
        for missing in &trace.missing {
            let what = printable(missing.id.as_deref().unwrap_or("any"));
            let place = [missing.account.as_str(), missing.region.as_str()].join(" ");
            let place = if place.trim().is_empty() {
                String::new()
            } else {
                format!(" in {}", printable(place.trim()))
            };
            let _ = writeln!(out, "  {} {what}{place}: {}", missing.kind, printable(&missing.why));
        }
    }
    out
}

fn word(disposition: Disposition) -> String {
    let color = match disposition {
        Disposition::Delivered => AnsiColor::Green,
        Disposition::Blocked => AnsiColor::Red,
        Disposition::Unknown => AnsiColor::Yellow,
    };
    let style = color.on_default().bold();
    format!("{style}{}{style:#}", disposition.as_str().to_uppercase())
}

fn place(place: &Place) -> String {
    match place {
        Place::Interface { id, address: Some(address) } => format!("{} ({address})", printable(id)),
        Place::Interface { id, address: None } => printable(id),
        Place::Address(address) => address.to_string(),
        Place::Resource { id, .. } => printable(id),
    }
}

fn walk(out: &mut String, title: &str, walk: &Walk) {
    let _ = writeln!(out, "\n{STRONG}{title}{STRONG:#}: {}", walk.disposition.as_str());
    for (number, hop) in (1..).zip(&walk.hops) {
        let rule =
            hop.rule.as_deref().map(|rule| format!("  {DIM}{}{DIM:#}", printable(rule))).unwrap_or_default();
        let _ = writeln!(
            out,
            "  {number:>2}  {}  {}{rule}",
            printable(&hop.component.id),
            printable(&hop.action)
        );
    }
}
