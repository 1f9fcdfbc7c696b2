//! What the table says, for people: the reference in Markdown, and an example to begin with.

use crate::table::{Section, Setting, sections};
use std::fmt::Write;

const INTRODUCTION: &str = "\
# Configuration

<!-- Written by `cargo xtask config-docs` from the table in crates/config/src/table.rs: change that, not this. -->

Butfor works without a configuration file. One is needed to look at several accounts, to say what belongs to an application, or to change a
budget. It is TOML, and looked for here; the first one found holds:

1. `--config FILE`
2. the file that `BUTFOR_CONFIG` names
3. `butfor.toml` where the command runs
4. `~/.config/butfor/butfor.toml`

`butfor config --example` prints one to begin with, every option as a comment; `butfor config --check` says what is wrong with one. Options that
do not exist are refused, so that a typing mistake is not a setting silently left out.

Secrets are better kept elsewhere: `env:NAME` is a variable of the environment, `file:PATH` the first line of a file. The ARN of a secret of
AWS Secrets Manager is refused where it is needed: reading secrets is no permission that Butfor has. None of them is ever printed.
";

/// `docs/configuration.md`.
#[must_use]
pub fn reference() -> String {
    let mut out = INTRODUCTION.to_owned();
    for section in sections() {
        let title =
            if section.name.is_empty() { "General".to_owned() } else { format!("`{}`", header(section)) };
        let _ = write!(out, "\n## {title}\n\n{}\n", section.about);
        out.push_str("\n| Option | What | Default | Meaning |\n|---|---|---|---|\n");
        for setting in section.settings {
            let default = match (setting.required, setting.default) {
                (true, _) => "required".to_owned(),
                (false, "") => "none".to_owned(),
                (false, default) => format!("`{default}`"),
            };
            let what = setting.kind.describe();
            let _ = writeln!(out, "| `{}` | {what} | {default} | {} |", setting.name, setting.meaning);
        }
        let _ = write!(out, "\n```toml\n{}```\n", block(section));
    }
    out
}

/// A file with every option as a comment: prose after `# `, options after `#` alone.
#[must_use]
pub fn example() -> String {
    let mut out = String::from(
        "# Configuration of butfor. Everything is optional; take away the `#` before an option to set it.\n\
         # All of it is explained in docs/configuration.md.\n",
    );
    for section in sections() {
        out.push('\n');
        prose(section.about, &mut out);
        if !section.name.is_empty() {
            let _ = writeln!(out, "#{}", header(section));
        }
        for setting in section.settings {
            prose(&remark(setting), &mut out);
            let _ = writeln!(out, "#{} = {}", setting.name, setting.example);
        }
    }
    out
}

fn remark(setting: &Setting) -> String {
    match (setting.required, setting.default) {
        (true, _) => format!("{} Required.", setting.meaning),
        (false, "" | "[]" | "{}") => setting.meaning.to_owned(),
        (false, default) => format!("{} Default: {default}", setting.meaning),
    }
}

fn header(section: &Section) -> String {
    if section.repeats { format!("[[{}]]", section.name) } else { format!("[{}]", section.name) }
}

/// A section with every option that goes together with the others.
fn block(section: &Section) -> String {
    let mut out = String::new();
    if !section.name.is_empty() {
        let _ = writeln!(out, "{}", header(section));
    }
    for setting in section.settings.iter().filter(|setting| !is_instead(section, setting)) {
        let _ = writeln!(out, "{} = {}", setting.name, setting.example);
    }
    out
}

/// Options that stand for another one, and not beside it.
fn is_instead(section: &Section, setting: &Setting) -> bool {
    matches!((section.name, setting.name), ("accounts", "role_arn") | ("flow_logs", "log_group"))
}

/// As comments of at most a hundred columns.
fn prose(text: &str, out: &mut String) {
    const WIDTH: usize = 98;
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.len() + 1 + word.len() > WIDTH {
            let _ = writeln!(out, "# {line}");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(out, "# {line}");
}
