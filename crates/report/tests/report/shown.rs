//! What each kind of report looks like, and what every report keeps to.

use crate::{assessments, checks};
use butfor_incident::{Assessment, Phase, PlanStatus};
use butfor_report::{Terminal, json, markdown, terminal};
use expect_test::expect_file;
use textwrap::core::display_width;

fn plain(assessment: &Assessment, width: usize) -> String {
    terminal(assessment, &Terminal { width, color: false })
}

#[test]
fn looks_as_recorded() {
    for (name, assessment) in assessments::all() {
        expect_file![format!("golden/{name}.txt")].assert_eq(&plain(&assessment, 80));
        expect_file![format!("golden/{name}.md")].assert_eq(&markdown(&assessment));
    }
    expect_file!["golden/two-causes.json"].assert_eq(&json(&assessments::two_causes(), 12));
}

/// The line a text is on, counted from one.
fn line_of(text: &str, part: &str) -> usize {
    text.lines().position(|line| line.contains(part)).unwrap_or_else(|| panic!("no `{part}` in\n{text}")) + 1
}

#[test]
fn the_fix_is_on_the_first_screen() {
    assert!(line_of(&plain(&assessments::one_cause(), 80), "aws ") <= 25);
}

#[test]
fn a_command_stands_alone_and_as_it_is() {
    for (_, assessment) in assessments::all() {
        for width in [60, 80, 120] {
            let text = plain(&assessment, width);
            for step in assessment.plan.steps.iter().filter(|step| !step.command.is_empty()) {
                assert!(text.lines().any(|line| line == step.command), "{text}");
                assert!(markdown(&assessment).contains(&format!("\n```sh\n{}\n```\n", step.command)));
            }
        }
    }
}

#[test]
fn without_a_verdict_the_way_to_one_comes_first() {
    let assessment = assessments::undetermined();
    let text = plain(&assessment, 80);
    for gap in assessment.gaps.iter().filter(|gap| !gap.needed_for.is_empty()) {
        let first_words: String = gap.remedy.chars().take(30).collect();
        assert!(line_of(&text, &first_words) < 20, "{text}");
    }
    assert_eq!(text.matches("allow ec2:DescribeSecurityGroups").count(), 1, "one remedy is told once");
}

#[test]
fn with_nothing_to_do_there_is_nothing_to_run() {
    let mut with_steps = assessments::recovered();
    with_steps.plan.steps =
        assessments::one_cause().plan.steps.into_iter().filter(|step| step.phase == Phase::Apply).collect();
    for assessment in [assessments::recovered(), assessments::no_fault(), with_steps] {
        assert_eq!(assessment.plan.status, PlanStatus::NotNeeded);
        for text in [plain(&assessment, 80), markdown(&assessment)] {
            assert!(!text.contains("aws ec2"), "{text}");
            assert!(line_of(&text, "Nothing needs doing") < 10, "{text}");
        }
    }
}

#[test]
fn a_plan_that_costs_something_says_so_beside_the_fix() {
    let mut assessment = assessments::two_causes();
    let beside = |assessment: &Assessment| {
        let text = plain(assessment, 100);
        text.lines().find(|line| line.starts_with("THE FIX")).unwrap().to_owned()
    };
    assert_eq!(beside(&assessment), "THE FIX - not verified, and 1 flow stops working, see the proof");
    assessment.plan.status = PlanStatus::Verified;
    assert_eq!(
        beside(&assessment),
        "THE FIX - checked in the model, but 1 flow stops working, see the proof"
    );
    assessment.plan.proof = None;
    assert_eq!(beside(&assessment), "THE FIX - checked in the model");
    let cured = beside(&assessments::one_cause());
    assert_eq!(cured, "THE FIX - checked in the model: it cures this and breaks nothing else");
}

#[test]
fn prose_keeps_to_the_width() {
    for (name, assessment) in assessments::all() {
        for (width, limit) in [(0, 60), (60, 60), (80, 80), (100, 100), (400, 100)] {
            for line in plain(&assessment, width).lines() {
                let is_command = assessment.plan.steps.iter().any(|step| step.command == line);
                assert!(is_command || display_width(line) <= limit, "{name} at {width}: {line}");
            }
        }
    }
}

#[test]
fn colour_changes_nothing_but_colour() {
    for (name, assessment) in assessments::all() {
        let without = plain(&assessment, 80);
        let with = terminal(&assessment, &Terminal { width: 80, color: true });
        assert!(!without.contains('\u{1b}'), "{name}");
        assert!(with.contains('\u{1b}'), "{name}");
        assert_eq!(checks::without_colour(&with), without, "{name}");
    }
}

#[test]
fn nothing_is_said_about_what_is_not_there() {
    let mut assessment = assessments::no_fault();
    assessment.unaffected.clear();
    assessment.timeline.clear();
    assessment.evidence.clear();
    assessment.incident.alerts.clear();
    let text = plain(&assessment, 80);
    assert_eq!(text.lines().count(), 8, "{text}");
    assert!(!markdown(&assessment).contains("##"));
}

#[test]
fn a_command_that_could_trick_a_terminal_is_not_shown() {
    let mut assessment = assessments::one_cause();
    assessment.plan.steps[2].command = "aws ec2 \u{1b}[8mrm -rf /".to_owned();
    for text in [plain(&assessment, 80), markdown(&assessment)] {
        assert!(!text.contains("rm -rf"), "{text}");
        assert!(text.contains(".plan.steps[2].command"), "{text}");
    }
}

#[test]
fn names_cannot_become_markup() {
    let hostile = "db`](http://x) <script>alert(1)</script> | ``` # x\n\n# y\n```\n$(rm -rf ~) **z**";
    let mut assessment = assessments::two_causes();
    checks::set_texts(&mut assessment, &mut || hostile.to_owned());
    let text = markdown(&assessment);
    checks::check_markdown(&text);
    assert!(!checks::outside_of_fences(&text).contains("# y\n"), "{text}");
}

#[test]
fn a_shell_comment_has_only_an_account_and_a_region() {
    // An interactive zsh takes `#` for a command and expands what follows.
    let mut assessment = assessments::one_cause();
    for step in &mut assessment.plan.steps {
        step.account = "1$(reboot)\n`x`".to_owned();
        step.region = "us-east-1; x".to_owned();
    }
    assert!(plain(&assessment, 80).lines().any(|line| line == "# account 1rebootx, region us-east-1x"));
}

#[test]
fn a_long_reason_does_not_fill_the_screen() {
    let mut assessment = assessments::no_fault();
    assessment.timeline[0].text = "orders-api-db-errors went to ALARM: datapoint ".repeat(20);
    assert!(plain(&assessment, 80).lines().count() < 20);
    assert_eq!(markdown(&assessment).matches("datapoint").count(), 20);
}

#[test]
fn a_headline_the_summary_has_is_not_repeated() {
    let mut assessment = assessments::one_cause();
    assessment.verdict.summary =
        format!("{}; 2 refused flows remain unexplained", assessment.root_causes[0].headline);
    assert_eq!(plain(&assessment, 100).matches("was removed from").count(), 1);
    assert!(plain(&assessment, 100).contains("Why       PROVEN:"));
}

#[test]
fn an_unlisted_citation_stays_traceable() {
    let mut assessment = assessments::one_cause();
    let listed = assessment.evidence.remove(1);
    let text = json(&assessment, 0);
    assert!(text.contains(&listed.id().digest()), "{text}");
}
