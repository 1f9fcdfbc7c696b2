//! Which lines go on with the record before them: stack traces of Python, Java, Go, JavaScript, Rust and .NET.

/// The trace a record is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Trace {
    /// None, or one whose lines are all indented.
    #[default]
    Plain,
    /// After `Traceback`, until the line with the exception.
    Python,
    /// After `panic:` or `goroutine`.
    Go,
    /// After `thread ... panicked at`: the message is a line of its own.
    RustMessage,
    /// After that.
    Rust,
}

impl Trace {
    /// The state after a line that begins a record or goes on with it.
    pub(super) fn after(self, line: &str) -> Self {
        let text = line.trim_end();
        if text.ends_with("Traceback (most recent call last):") {
            return Self::Python;
        }
        if text.starts_with("panic: ") || text.starts_with("fatal error: ") || text.starts_with("goroutine ")
        {
            return Self::Go;
        }
        if text.starts_with("thread '") && text.contains(" panicked at ") {
            return if text.ends_with(':') { Self::RustMessage } else { Self::Rust };
        }
        match self {
            Self::Python if !line.starts_with([' ', '\t']) => Self::Plain,
            Self::RustMessage => Self::Rust,
            other => other,
        }
    }

    /// Whether `line` goes on with a record in this state.
    pub(super) fn goes_on(self, line: &str) -> bool {
        // An empty line separates the parts of a trace; elsewhere it says nothing.
        if line.trim().is_empty() {
            return true;
        }
        if line.starts_with([' ', '\t']) {
            return true;
        }
        const STARTS: [&str; 10] = [
            "Caused by:",
            "Suppressed:",
            "... ",
            "--- End of ",
            "---> ",
            "Traceback (most recent call last):",
            "During handling of the above exception",
            "The above exception was the direct cause",
            "stack backtrace:",
            "note: run with `RUST_BACKTRACE",
        ];
        if STARTS.iter().any(|start| line.starts_with(start)) || matches!(line.trim_end(), "}" | "})" | "]") {
            return true;
        }
        match self {
            Self::Plain => line.starts_with("at ") && line.contains('('),
            Self::Python => exception_type(line).is_some(),
            Self::Go => {
                line.starts_with("goroutine ")
                    || line.starts_with("created by ")
                    || line.starts_with("[signal ")
                    || line.starts_with("exit status ")
                    || line.trim_end().ends_with(')') && !line.contains(": ")
            }
            Self::RustMessage => true,
            Self::Rust => line.starts_with("note: "),
        }
    }
}

/// The type of the exception a line begins with: `ValueError: x`, `a.b.CustomError`, `java.io.IOException: y`.
pub(in crate::logs) fn exception_type(line: &str) -> Option<&str> {
    let line = line.trim_end();
    let end = line
        .find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '.' | '$')))
        .unwrap_or(line.len());
    let (name, rest) = line.split_at_checked(end)?;
    let letters = name.starts_with(|letter: char| letter.is_alphabetic());
    let ended = rest.is_empty() || rest.starts_with(": ") || rest == ":" || rest.starts_with(" [");
    (letters && ended && name.len() <= 256 && !name.ends_with('.')).then_some(name)
}

/// Whether a name is that of an exception by the custom of its language.
pub(in crate::logs) fn names_exception(name: &str) -> bool {
    let last = name.rsplit(['.', '$']).next().unwrap_or(name);
    last.starts_with(|letter: char| letter.is_uppercase())
        && ["Exception", "Error", "Exit", "Interrupt", "Throwable", "Failure", "Fault"]
            .iter()
            .any(|end| last.ends_with(end))
}
