//! Standard output and standard error, and what the exit code says about them.

use anstyle::{AnsiColor, Style};
use butfor_adapters::bundle::{BundleError, Problem};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;

/// Columns assumed where the terminal does not tell: reports in log files stay readable.
const WIDTH_DEFAULT: usize = 100;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default();

/// How a command that did its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A result was reached on sound input.
    Done,
    /// A result was reached, and part of the input could not be read.
    BadInput,
}

impl Outcome {
    /// Whether anything in the input was wrong.
    pub(crate) fn of_input(sound: bool) -> Self {
        if sound { Self::Done } else { Self::BadInput }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::BadInput => Self::from(2),
        }
    }
}

/// Something the person at the keyboard can mend: another path, another value.
#[derive(Debug)]
pub(crate) struct BadInput(pub(crate) String);

impl std::fmt::Display for BadInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadInput {}

/// Says what went wrong and gives the exit code for it. A reader that has gone away (`butfor ... | head`) is not an
/// error: it has what it wanted.
pub(crate) fn failure(error: &anyhow::Error) -> ExitCode {
    let broken_pipe = |cause: &io::Error| cause.kind() == io::ErrorKind::BrokenPipe;
    if error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(broken_pipe)) {
        return ExitCode::SUCCESS;
    }
    let _ = writeln!(anstream::stderr(), "{ERROR}error{ERROR:#}: {error:#}");
    let is_input =
        |cause: &(dyn std::error::Error + 'static)| cause.is::<BundleError>() || cause.is::<BadInput>();
    if error.chain().any(is_input) { ExitCode::from(2) } else { ExitCode::FAILURE }
}

/// After a panic, whose own message is on standard error already.
pub(crate) fn crash() -> ExitCode {
    let _ = writeln!(
        anstream::stderr(),
        "{ERROR}internal error{ERROR:#}: please report it with the message above"
    );
    ExitCode::FAILURE
}

/// Tells the maker of the input what could not be read.
pub(crate) fn problems(problems: &[Problem]) {
    let mut stderr = anstream::stderr().lock();
    for problem in problems {
        let _ = writeln!(stderr, "{WARNING}problem{WARNING:#}: {}", printable(&problem.to_string()));
        if !problem.help.is_empty() {
            let _ = writeln!(stderr, "  {HELP}help{HELP:#}: {}", printable(&problem.help));
        }
    }
}

/// Tells a person something they should know, on standard error.
pub(crate) fn warn(text: &str) {
    let _ = writeln!(anstream::stderr(), "{WARNING}warning{WARNING:#}: {}", printable(text));
}

/// Tells something that is neither wrong nor the result.
pub(crate) fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{HELP}note{HELP:#}: {}", printable(text));
}

/// Text from the input on its way to a terminal, which it must not steer.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Whether standard output takes colour: a terminal that does, and nobody has set `NO_COLOR`.
pub(crate) fn has_color() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// Columns of standard output.
pub(crate) fn width() -> usize {
    terminal_size::terminal_size().map_or(WIDTH_DEFAULT, |(width, _)| usize::from(width.0))
}

/// Whether a person is looking at standard error.
pub(crate) fn has_reader() -> bool {
    io::stderr().is_terminal()
}

/// Writes a whole result to standard output. Colours, where there are any, have been decided on by [`has_color`].
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = stdout();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// As [`print()`], for text styled by the caller: the colours are taken out where [`has_color`] says no.
pub(crate) fn print_styled(text: &str) -> io::Result<()> {
    if has_color() { print(text) } else { print(&anstream::adapter::strip_str(text).to_string()) }
}

/// Standard output, buffered.
pub(crate) fn stdout() -> BufWriter<io::StdoutLock<'static>> {
    BufWriter::with_capacity(1 << 16, io::stdout().lock())
}
