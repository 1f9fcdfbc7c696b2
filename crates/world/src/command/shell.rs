//! Command lines a POSIX shell takes as they are.

use super::{Command, Place};
use serde_json::Value;

/// One word of a command line.
#[derive(Debug, Clone)]
pub(super) enum Word {
    /// Text, quoted where the shell would see more in it.
    Text(String),
    /// A shell variable an earlier command set.
    Variable(String),
    /// The output of a command, which is itself ready to run.
    Output(String),
    /// Text between double quotes in which shell variables are meant; its maker has seen to it that nothing else is.
    Quoted(String),
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Word {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Word {
    fn render(&self) -> String {
        match self {
            Self::Text(text) => quote(text),
            Self::Variable(name) => format!("\"${name}\""),
            Self::Output(line) => format!("\"$({line})\""),
            Self::Quoted(text) => format!("\"{text}\""),
        }
    }
}

/// Quotes for a POSIX shell; what no shell changes stays bare.
#[must_use]
pub fn quote(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The CLI's name of an API operation: `ModifyDBInstance` is `modify-db-instance`.
fn kebab(operation: &str) -> String {
    let letters: Vec<char> = operation.chars().collect();
    let mut name = String::with_capacity(operation.len() + 8);
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| letters.get(at));
        let next_is_lower = letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        let starts_word = before.is_some_and(|before| !before.is_ascii_uppercase() || next_is_lower);
        if letter.is_ascii_uppercase() && starts_word {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

/// An AWS CLI command being put together.
#[derive(Debug, Clone)]
pub(super) struct Call {
    place: Place,
    service: &'static str,
    operation: &'static str,
    words: Vec<String>,
    caution: Option<String>,
}

impl Call {
    pub(super) fn new(place: &Place, service: &'static str, operation: &'static str) -> Self {
        Self { place: place.clone(), service, operation, words: Vec::new(), caution: None }
    }

    pub(super) fn ec2(place: &Place, operation: &'static str) -> Self {
        Self::new(place, "ec2", operation)
    }

    pub(super) fn arg(mut self, flag: &str, value: impl Into<Word>) -> Self {
        self.words.extend([flag.to_owned(), value.into().render()]);
        self
    }

    /// The flag only when there is a value.
    pub(super) fn maybe(self, flag: &str, value: Option<impl Into<Word>>) -> Self {
        match value {
            Some(value) => self.arg(flag, value),
            None => self,
        }
    }

    /// The flag with all values; nothing when there are none.
    pub(super) fn args(mut self, flag: &str, values: &[String]) -> Self {
        if !values.is_empty() {
            self.words.push(flag.to_owned());
            self.words.extend(values.iter().map(|value| quote(value)));
        }
        self
    }

    pub(super) fn json(self, flag: &str, value: &Value) -> Self {
        self.arg(flag, value.to_string())
    }

    pub(super) fn switch(mut self, flag: &str) -> Self {
        self.words.push(flag.to_owned());
        self
    }

    /// `--flag` or `--no-flag`.
    pub(super) fn toggle(self, flag: &str, is_on: bool) -> Self {
        let name = if is_on { format!("--{flag}") } else { format!("--no-{flag}") };
        self.switch(&name)
    }

    pub(super) fn caution(mut self, text: impl Into<String>) -> Self {
        self.caution = Some(text.into());
        self
    }

    /// The command line itself.
    pub(super) fn line(&self) -> String {
        let mut words = vec!["aws".to_owned(), self.service.to_owned(), self.name()];
        words.extend(self.words.iter().cloned());
        words.extend(["--region".to_owned(), quote(&self.place.region)]);
        words.join(" ")
    }

    fn name(&self) -> String {
        // Waiters are commands of their own: `aws ec2 wait nat-gateway-available`.
        match self.operation.strip_prefix("Wait") {
            Some(waiter) => format!("wait {}", kebab(waiter)),
            None => kebab(self.operation),
        }
    }

    /// The finished command.
    pub(super) fn say(self, text: impl Into<String>) -> Command {
        let line = self.line();
        self.finish(line, text.into())
    }

    /// The finished command, keeping what `query` finds in its answer in a shell variable.
    pub(super) fn keep(self, variable: &str, query: &str, text: impl Into<String>) -> Command {
        let call = self.arg("--query", query).arg("--output", "text");
        let line = format!("{variable}=$({})", call.line());
        call.finish(line, text.into())
    }

    fn finish(self, line: String, text: String) -> Command {
        Command {
            account: self.place.account,
            region: self.place.region,
            service: self.service.to_owned(),
            operation: self.operation.to_owned(),
            line,
            text,
            caution: self.caution,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{kebab, quote};
    use proptest::prelude::*;

    #[test]
    fn operations_are_named_as_the_cli_names_them() {
        for (operation, expected) in [
            ("CreateRoute", "create-route"),
            ("ModifyDBInstance", "modify-db-instance"),
            ("EnableTransitGatewayRouteTablePropagation", "enable-transit-gateway-route-table-propagation"),
            ("SetAlarmState", "set-alarm-state"),
        ] {
            assert_eq!(kebab(operation), expected);
        }
    }

    #[test]
    fn plain_words_stay_bare_and_others_are_quoted() {
        for (text, expected) in [
            ("sg-0123", "sg-0123"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("", "''"),
            ("it's", r"'it'\''s'"),
            ("a b", "'a b'"),
            ("$HOME", "'$HOME'"),
        ] {
            assert_eq!(quote(text), expected);
        }
    }

    /// What a POSIX shell makes of one word of bare and single-quoted parts and backslash escapes.
    fn unquote(word: &str) -> String {
        let mut text = String::new();
        let mut letters = word.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\'' => text.extend(letters.by_ref().take_while(|letter| *letter != '\'')),
                '\\' => text.extend(letters.next()),
                bare => {
                    assert!(
                        bare.is_ascii_alphanumeric() || "_@%+=:,./-".contains(bare),
                        "{bare} is not safe bare"
                    );
                    text.push(bare);
                }
            }
        }
        text
    }

    proptest! {
        #[test]
        fn the_shell_gives_back_what_was_quoted(text in any::<String>()) {
            prop_assert_eq!(unquote(&quote(&text)), text);
        }

        #[test]
        fn naming_never_panics(text in any::<String>()) {
            kebab(&text);
        }
    }
}
