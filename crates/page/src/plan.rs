//! The mitigation plan: steps with commands to copy, and what the model says about them.

use crate::report::{Plan, Proof, Report, Step};
use crate::text::{is_hidden, prose};
use crate::words::{Tone, chip};
use maud::{Markup, html};

/// Phases in the order of doing, with what they are called.
const PHASES: [(&str, &str, &str); 5] = [
    ("prepare", "Prepare", "Know what is there before anything is changed."),
    ("pre_validate", "Check before", "Each should come out as said; stop where one does not."),
    ("apply", "Apply", "Changes something. In this order."),
    ("post_validate", "Check after", "The symptom should be gone."),
    ("rollback", "Roll back", "Only when it made things worse."),
];

pub(crate) fn panel(report: &Report) -> Markup {
    let plan = &report.plan;
    html! {
        section.block aria-labelledby="plan" {
            h2 id="plan" { "Mitigation plan" }
            (status(plan))
            @if let Some(proof) = &plan.proof { (shown(proof)) }
            @for (phase, name, what_for) in PHASES {
                @let steps: Vec<&Step> = plan.steps.iter().filter(|it| it.phase == phase).collect();
                @if !steps.is_empty() { (phase_of(phase, name, what_for, &steps)) }
            }
            @let others: Vec<&Step> = plan.steps.iter().filter(|it| PHASES.iter().all(|(phase, ..)| it.phase != *phase)).collect();
            @if !others.is_empty() { (phase_of("other", "Other steps", "", &others)) }
        }
    }
}

fn status(plan: &Plan) -> Markup {
    let (word, tone, meaning) = match plan.status.as_str() {
        "verified" => ("Verified", Tone::Good, "Applied to the model, the symptom goes."),
        "unverified" => {
            ("Not verified", Tone::Hedge, "The model could not check this plan: read it before you run it.")
        }
        "not_needed" => ("Not needed", Tone::Good, "Nothing has to be done."),
        _ => ("No plan", Tone::Calm, "There is nothing safe to propose."),
    };
    html! {
        p.chips { (chip(tone, word)) " " span.muted { (meaning) } }
        @if let Some(reason) = &plan.reason { p { (prose(reason)) } }
    }
}

fn shown(proof: &Proof) -> Markup {
    let answer = |yes: bool| if yes { chip(Tone::Good, "Yes") } else { chip(Tone::Hedge, "Not shown") };
    html! {
        div.card.proof {
            h3 { "What the model says" }
            dl.pairs {
                dt { "Undoing the change removes the symptom" } dd { (answer(proof.cause)) }
                dt { "This plan removes it" } dd { (answer(proof.cure)) }
                dt { "Works again" } dd { (flows(&proof.gained)) }
                dt { "Stops working" } dd { (flows(&proof.lost)) }
            }
        }
    }
}

fn flows(flows: &[String]) -> Markup {
    html! {
        @if flows.is_empty() { "nothing" } @else {
            ul.plain {
                @for flow in flows.iter().take(12) { li { (prose(flow)) } }
                @if flows.len() > 12 { li.muted { "and " (flows.len() - 12) " more" } }
            }
        }
    }
}

fn phase_of(phase: &str, name: &str, what_for: &str, steps: &[&Step]) -> Markup {
    html! {
        section class={ "phase " (phase) } aria-labelledby={ "phase-" (phase) } {
            h3 id={ "phase-" (phase) } { (name) }
            p.muted { (what_for) }
            ol.plan {
                @for (number, step) in (1..).zip(steps) { (step_of(&format!("{phase}-{number}"), step)) }
            }
        }
    }
}

fn step_of(id: &str, step: &Step) -> Markup {
    html! {
        li id=(id) data-row tabindex="-1" {
            p { (prose(&step.text)) }
            @if step.account.is_some() || step.region.is_some() {
                p.facts {
                    @if let Some(account) = &step.account { span { "account " code { (account) } } }
                    @if let Some(region) = &step.region { span { (region) } }
                }
            }
            @if let Some(command) = &step.command { (command_of(id, command)) }
            @if let Some(expect) = &step.expect { p.expect { span.muted { "Expect " } (prose(expect)) } }
        }
    }
}

/// A command cannot be cleaned, it would be another command: it is shown as it is, or not at all.
fn command_of(id: &str, command: &str) -> Markup {
    let command = command.trim_end();
    html! {
        @if command.chars().any(|c| c != '\n' && is_hidden(c)) {
            p.notice.warn { "This command holds hidden characters and is not shown. The JSON report has it, escaped." }
        } @else {
            div.command {
                pre tabindex="0" { code id={ (id) "-command" } { (command) } }
                button.copy type="button" data-copy={ (id) "-command" } hidden { "Copy" }
            }
        }
    }
}
