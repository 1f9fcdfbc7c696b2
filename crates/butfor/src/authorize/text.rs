//! An answer for a person at a screen.

use super::result::{effect, outcome};
use crate::output::printable;
use anstyle::{AnsiColor, Style};
use butfor_engine::{Answer, LayerAnswer, Question};
use butfor_policy::{Effect, Outcome};
use std::fmt::Write;

const STRONG: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Width of the longest layer name.
const LAYER_WIDTH: usize = 24;

/// Verdict, every layer, what is missing and what was assumed.
pub(crate) fn of_answer(question: &Question, answer: &Answer) -> String {
    let mut out = String::new();
    let style = color(match answer.outcome {
        Outcome::Allow => Effect::Allow,
        Outcome::ExplicitDeny | Outcome::ImplicitDeny => Effect::ExplicitDeny,
        Outcome::Unknown => Effect::Unknown,
    });
    let word = outcome(answer.outcome).replace('_', " ").to_uppercase();
    let _ = writeln!(
        out,
        "{style}{word}{style:#}  {STRONG}{}{STRONG:#} on {STRONG}{}{STRONG:#}\n  by {}\n",
        printable(&question.action),
        printable(&question.resource),
        printable(&question.principal)
    );
    for one in &answer.layers {
        layer(&mut out, one);
    }
    list(&mut out, "What would settle it", &answer.missing);
    list(&mut out, "Assumed", &answer.assumed);
    out
}

fn layer(out: &mut String, one: &LayerAnswer) {
    let style = color(one.effect);
    let why = match (one.statements.first(), one.effect) {
        (Some((policy, label)), _) => {
            let more = one.statements.len().saturating_sub(1);
            let more = if more == 0 { String::new() } else { format!(", and {more} more") };
            format!("statement {} of the {}{more}", printable(label), printable(policy))
        }
        (None, _) if one.is_empty => "no policy".to_owned(),
        (None, Effect::ImplicitDeny) => "no statement allows it".to_owned(),
        (None, Effect::NoImpact) => "nothing matches, and nothing needs to".to_owned(),
        (None, Effect::Allow) => "needs no statement".to_owned(),
        (None, Effect::ExplicitDeny | Effect::Unknown) => String::new(),
    };
    let _ = writeln!(
        out,
        "  {:<LAYER_WIDTH$}{style}{:<15}{style:#}{DIM}{why}{DIM:#}",
        one.layer.aws_name(),
        effect(one.effect)
    );
}

fn color(effect: Effect) -> Style {
    match effect {
        Effect::Allow => AnsiColor::Green.on_default().bold(),
        Effect::ExplicitDeny | Effect::ImplicitDeny => AnsiColor::Red.on_default().bold(),
        Effect::Unknown => AnsiColor::Yellow.on_default().bold(),
        Effect::NoImpact => Style::new().dimmed(),
    }
}

fn list(out: &mut String, title: &str, all: &[String]) {
    if all.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{STRONG}{title}{STRONG:#}");
    for one in all {
        let _ = writeln!(out, "  {}", printable(one));
    }
}
