//! The report for a person at a terminal.

use crate::Terminal;
use crate::clean;
use crate::document::{Block, Document, Fact, Item, Line, Moment, Section, Step, Tone};
use crate::wrap::wrap;
use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;

/// Narrowest and widest prose, in columns: below, words stand alone; above, the eye loses the line.
const WIDTH_MIN: usize = 60;
const WIDTH_MAX: usize = 100;

/// Longest text of one timeline entry, in characters: an alarm's own words can fill a screen.
const MOMENT_MAX: usize = 160;

/// What a list that was cut says after the number of entries left out.
const ALL_IN: &str = "--format json has all";

/// Renders a document for a terminal.
pub(crate) fn render(document: &Document, options: &Terminal) -> String {
    let mut sheet =
        Sheet { out: String::new(), width: options.width.clamp(WIDTH_MIN, WIDTH_MAX), color: options.color };
    let title =
        Line::toned(document.tone, &document.word).then(Tone::Dim, " - ").then(Tone::Dim, &document.subject);
    sheet.title(&title, document.tone);
    sheet.line("", Tone::Plain, &document.summary);
    for (number, section) in document.sections.iter().filter(|section| !section.detail).enumerate() {
        // The alarm belongs to the title.
        if number > 0 {
            sheet.out.push('\n');
        }
        sheet.section(section);
    }
    sheet.out
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Plain | Tone::Code => Style::new(),
        Tone::Strong => Style::new().bold(),
        Tone::Bad => AnsiColor::Red.on_default(),
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Hedge => AnsiColor::Yellow.on_default(),
        Tone::Dim => Style::new().dimmed(),
    }
}

/// The text so far.
struct Sheet {
    out: String,
    width: usize,
    color: bool,
}

impl Sheet {
    /// Writes text that is clean already.
    fn write(&mut self, style: Style, text: &str) {
        if self.color && !style.is_plain() && !text.trim().is_empty() {
            self.out.push_str(&format!("{style}{text}{style:#}"));
        } else {
            self.out.push_str(text);
        }
    }

    /// Writes a lead (a bullet, a label, a time), then a line wrapped beside it. The lead is ours, not input.
    fn line(&mut self, lead: &str, lead_tone: Tone, line: &Line) {
        let hang = display_width(lead);
        let lines = wrap(&line.spans, self.width.saturating_sub(hang));
        if lines.is_empty() {
            self.write(style(lead_tone), lead.trim_end());
            self.out.push('\n');
        }
        for (number, runs) in lines.iter().enumerate() {
            if number == 0 {
                self.write(style(lead_tone), lead);
            } else {
                self.out.push_str(&" ".repeat(hang));
            }
            for (tone, text) in runs {
                self.write(style(*tone), text);
            }
            self.out.push('\n');
        }
    }

    fn title(&mut self, title: &Line, tone: Tone) {
        for runs in wrap(&title.spans, self.width) {
            for (run_tone, text) in runs {
                let look = if run_tone == tone { style(tone).bold() } else { style(run_tone) };
                self.write(look, &text);
            }
            self.out.push('\n');
        }
    }

    fn section(&mut self, section: &Section) {
        let mut indent = "";
        if !section.heading.is_empty() {
            indent = "  ";
            let mut heading = Line::toned(Tone::Strong, &section.heading);
            if !section.note.spans.is_empty() {
                heading = heading.then(Tone::Dim, " - ");
                heading.spans.extend(section.note.spans.iter().cloned());
            }
            self.line("", Tone::Plain, &heading);
        }
        for block in &section.blocks {
            match block {
                Block::Text(line) => self.line(indent, Tone::Plain, line),
                Block::Facts(facts) => self.facts(indent, facts),
                Block::List { numbered, shown, items } => self.list(*numbered, *shown, items),
                Block::Steps(steps) => self.steps(steps),
                Block::Timeline { moments, one_day } => self.timeline(moments, *one_day),
            }
        }
    }

    fn facts(&mut self, indent: &str, facts: &[Fact]) {
        let facts = || facts.iter().filter(|fact| !fact.detail);
        let column = facts().map(|fact| fact.label.len()).max().unwrap_or(0);
        for fact in facts() {
            let blank = " ".repeat(column);
            let mut label = format!("{:column$}", fact.label);
            for line in fact.lines.iter().take(fact.shown) {
                self.line(&format!("{indent}{label}  "), Tone::Dim, line);
                label.clone_from(&blank);
            }
            self.more(&format!("{indent}{blank}  "), fact.lines.len().saturating_sub(fact.shown));
        }
    }

    fn list(&mut self, numbered: bool, shown: usize, items: &[Item]) {
        for (number, item) in (1..).zip(items.iter().take(shown)) {
            let mut lead = if numbered { format!("  {number}. ") } else { "  - ".to_owned() };
            for line in item {
                self.line(&lead, Tone::Dim, line);
                lead = " ".repeat(lead.len());
            }
        }
        self.more("    ", items.len().saturating_sub(shown));
    }

    fn more(&mut self, lead: &str, left_out: usize) {
        if left_out > 0 {
            self.line(lead, Tone::Plain, &Line::toned(Tone::Dim, format!("and {left_out} more; {ALL_IN}")));
        }
    }

    /// Words are indented, commands are not: a command is alone on its line, as it is, to be copied.
    fn steps(&mut self, steps: &[Step]) {
        let mut place = String::new();
        for (number, step) in (1..).zip(steps) {
            if number > 1 {
                self.out.push('\n');
            }
            let lead = if steps.len() > 1 { format!("  {number}. ") } else { "  ".to_owned() };
            self.line(&lead, Tone::Dim, &step.text);
            self.command(step, &mut place);
            if !step.expect.trim().is_empty() {
                let expect = Line::toned(Tone::Dim, "Expect: ").then(Tone::Dim, &step.expect);
                self.line(&" ".repeat(lead.len()), Tone::Plain, &expect);
            }
        }
    }

    fn command(&mut self, step: &Step, place: &mut String) {
        if step.command.trim().is_empty() {
            return;
        }
        let Some(command) = clean::command(&step.command) else {
            let text = format!(
                "The command holds control characters and is not shown; it is at .plan.steps[{}].command of --format json.",
                step.index
            );
            return self.line("  ", Tone::Plain, &Line::toned(Tone::Hedge, text));
        };
        let here = comment(step);
        if here != *place {
            self.write(style(Tone::Dim), &here);
            self.out.push('\n');
            *place = here;
        }
        // Each line on its own, so that no colour runs over a line end.
        for line in command.split('\n') {
            self.write(style(Tone::Good), line);
            self.out.push('\n');
        }
    }

    fn timeline(&mut self, moments: &[Moment], one_day: bool) {
        let shown = || moments.iter().filter(|moment| moment.shown);
        let kind =
            |moment: &Moment| moment.mark.as_ref().map_or(moment.kind.to_owned(), |mark| mark.to_uppercase());
        let column = shown().map(|moment| kind(moment).len()).max().unwrap_or(0);
        let mut date = "";
        for moment in shown() {
            if moment.date != date && !one_day {
                date = &moment.date;
                self.line("  ", Tone::Plain, &Line::toned(Tone::Dim, date));
            }
            let tone = if moment.mark.is_some() { Tone::Bad } else { Tone::Dim };
            self.line(
                &format!("  {}  {:column$}  ", moment.clock, kind(moment)),
                tone,
                &clipped(&moment.text, MOMENT_MAX),
            );
        }
        self.more("  ", moments.len().saturating_sub(shown().count()));
    }
}

/// Where to run the commands below it: `# account 111111111111, region us-east-1`.
fn comment(step: &Step) -> String {
    let named = |name: &str, value: &str| {
        let word = clean::comment_word(value);
        (!word.is_empty()).then(|| format!("{name} {word}"))
    };
    let parts: Vec<String> =
        [named("account", &step.account), named("region", &step.region)].into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("# {}", parts.join(", ")) }
}

/// A line of at most so many characters, with a sign where it was cut.
fn clipped(line: &Line, max: usize) -> Line {
    let mut left = max;
    let mut out = Line::new();
    for span in &line.spans {
        let text = clean::line(&span.text);
        let length = text.chars().count();
        if length > left {
            let kept: String = text.chars().take(left).collect();
            return out.then(span.tone, kept.trim_end()).then(Tone::Dim, " ...");
        }
        left -= length;
        out = out.then(span.tone, text);
    }
    out
}
