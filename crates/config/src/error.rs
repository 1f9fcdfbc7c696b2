//! What is wrong with a configuration file, for the person who wrote it.

use std::fmt;

/// One thing that is wrong: where, what was found, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file as it was named.
    pub file: String,
    /// Line in it, from 1.
    pub line: usize,
    /// The option: `accounts[0].regions`; empty where the text is not TOML.
    pub field: String,
    /// What was found, and why it will not do.
    pub found: String,
    /// What to do.
    pub help: String,
}

impl fmt::Display for ConfigError {
    /// `butfor.toml:12: accounts[0].rol: no such option; did you mean `role`?`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.found)?;
        if self.help.is_empty() { Ok(()) } else { write!(f, "; {}", self.help) }
    }
}

impl std::error::Error for ConfigError {}
