//! Values of options: each kind checked once, here.

use crate::table::Kind;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::de::DeValue;

/// A value, read as its option's kind.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Texts(Vec<String>),
    Number(u64),
    Flag(bool),
    Tags(BTreeMap<String, String>),
    Interval(Option<Duration>),
}

/// Where a secret is kept, or, where AWS does not treat it as one, the text itself. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// A variable of the environment.
    Environment(String),
    /// A file, of which the first line is taken.
    File(Place),
    /// ARN of a secret of AWS Secrets Manager.
    SecretsManager(String),
    /// The text.
    Text(String),
}

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        if let Some(name) = text.strip_prefix("env:") {
            Self::Environment(name.to_owned())
        } else if let Some(path) = text.strip_prefix("file:") {
            Self::File(Place::new(path))
        } else if text.starts_with("arn:") {
            Self::SecretsManager(text)
        } else {
            Self::Text(text)
        }
    }
}

impl fmt::Debug for Secret {
    /// References are shown, texts are not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "Secret(env:{name})"),
            Self::File(path) => write!(f, "Secret(file:{})", path.as_str()),
            Self::SecretsManager(arn) => write!(f, "Secret({arn})"),
            Self::Text(_) => f.write_str("Secret(redacted)"),
        }
    }
}

/// A path as it was written; a leading `~/` stands for the home folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path, with the home folder of this user, below a folder unless it stands for itself.
    #[must_use]
    pub fn resolve(&self, home: &Path, base: &Path) -> PathBuf {
        match self.0.strip_prefix("~/") {
            Some(rest) => home.join(rest),
            None if self.0 == "~" => home.to_owned(),
            None => base.join(&self.0),
        }
    }
}

/// Log groups: one by name, or all whose name begins so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogGroup {
    /// This one.
    Exact(String),
    /// All that begin so.
    Prefix(String),
}

impl LogGroup {
    pub(crate) fn new(text: String) -> Self {
        match text.strip_suffix('*') {
            Some(prefix) => Self::Prefix(prefix.to_owned()),
            None => Self::Exact(text),
        }
    }

    /// Whether this log group is meant.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == name,
            Self::Prefix(prefix) => name.starts_with(prefix),
        }
    }
}

/// Reads a value as what its option may be, or says what was found.
pub(crate) fn read(kind: Kind, value: &DeValue) -> Result<Value, String> {
    match kind {
        Kind::Flag => value.as_bool().map(Value::Flag).ok_or_else(|| found(value)),
        Kind::Count(least, most) => match number(value) {
            Some(count) if (least..=most).contains(&count) => Ok(Value::Number(count)),
            _ => Err(found(value)),
        },
        Kind::Size => size(value).map(Value::Number).ok_or_else(|| found(value)),
        Kind::Interval => value.as_str().and_then(interval).map(Value::Interval).ok_or_else(|| found(value)),
        Kind::Regions => texts(value, is_region),
        Kind::Texts => texts(value, is_text),
        Kind::LogGroups => texts(value, is_log_group),
        Kind::Tags => tags(value),
        Kind::Word(words) => word(words, value),
        _ => text(kind, value),
    }
}

fn text(kind: Kind, value: &DeValue) -> Result<Value, String> {
    let is_sound: fn(&str) -> bool = match kind {
        Kind::Account => is_account,
        Kind::Region => is_region,
        Kind::RoleName => is_role,
        Kind::RoleArn => is_role_arn,
        Kind::Bucket => is_bucket,
        Kind::Url => is_url,
        Kind::Secret => is_secret,
        _ => is_text,
    };
    match value.as_str() {
        Some(text) if is_sound(text) => Ok(Value::Text(text.to_owned())),
        // What may be a secret is not shown.
        Some(_) if kind == Kind::Secret => Err("a reference that leads nowhere".to_owned()),
        _ => Err(found(value)),
    }
}

fn word(words: &[&str], value: &DeValue) -> Result<Value, String> {
    let known = value.as_str().and_then(|text| words.iter().find(|word| word.eq_ignore_ascii_case(text)));
    known.map(|word| Value::Text((*word).to_owned())).ok_or_else(|| found(value))
}

fn texts(value: &DeValue, is_sound: fn(&str) -> bool) -> Result<Value, String> {
    let items = value.as_array().ok_or_else(|| found(value))?;
    let item = |item: &toml::Spanned<DeValue>| match item.get_ref().as_str() {
        Some(text) if is_sound(text) => Ok(text.to_owned()),
        _ => Err(found(item.get_ref())),
    };
    Ok(Value::Texts(items.iter().map(item).collect::<Result<_, _>>()?))
}

fn tags(value: &DeValue) -> Result<Value, String> {
    let table = value.as_table().ok_or_else(|| found(value))?;
    let tag = |(key, value): (&toml::Spanned<toml::de::DeString>, &toml::Spanned<DeValue>)| match value
        .get_ref()
        .as_str()
    {
        Some(text) if is_text(key.get_ref()) => Ok((key.get_ref().to_string(), text.to_owned())),
        _ => Err(format!("the key `{}` with {}", key.get_ref(), found(value.get_ref()))),
    };
    Ok(Value::Tags(table.iter().map(tag).collect::<Result<_, _>>()?))
}

/// A value in a message: short, and what kind it is where it cannot be shown.
fn found(value: &DeValue) -> String {
    const SHOWN_MAX: usize = 60;
    match value {
        DeValue::String(text) if text.is_empty() => "an empty text".to_owned(),
        DeValue::String(text) => {
            let cut: String = text.chars().take(SHOWN_MAX).collect();
            if cut.len() < text.len() { format!("`{cut}...`") } else { format!("`{cut}`") }
        }
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(flag) => format!("`{flag}`"),
        DeValue::Datetime(time) => format!("the time {time}"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

fn number(value: &DeValue) -> Option<u64> {
    let number = value.as_integer()?;
    u64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn size(value: &DeValue) -> Option<u64> {
    let Some(text) = value.as_str() else { return number(value).filter(|bytes| *bytes > 0) };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at_checked(digits)?;
    let shift = match unit.trim() {
        "" | "B" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return None,
    };
    count.parse::<u64>().ok()?.checked_mul(1 << shift).filter(|bytes| *bytes > 0)
}

/// `Some(None)` for `off`. Not below a minute: a look at everything takes that long.
fn interval(text: &str) -> Option<Option<Duration>> {
    if text == "off" {
        return Some(None);
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at_checked(digits)?;
    let seconds = match unit.trim() {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let seconds = count.parse::<u64>().ok()?.checked_mul(seconds)?;
    (60..=31 * 86_400).contains(&seconds).then(|| Some(Duration::from_secs(seconds)))
}

fn is_text(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `us-east-1`, `us-gov-west-1`, `ap-southeast-5`.
fn is_region(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let is_word = |part: &&str| part.len() > 1 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    match parts.as_slice() {
        [words @ .., number] => {
            words.len() >= 2 && words.iter().all(is_word) && matches!(number.as_bytes(), [b'1'..=b'9'])
        }
        [] => false,
    }
}

fn is_role(text: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
    !text.is_empty() && text.chars().all(is_letter) && !text.starts_with('/') && !text.ends_with('/')
}

fn is_role_arn(text: &str) -> bool {
    let parts: Vec<_> = text.splitn(6, ':').collect();
    matches!(parts.as_slice(), ["arn", partition, "iam", "", account, role]
        if partition.starts_with("aws") && is_account(account)
            && role.strip_prefix("role/").is_some_and(is_role))
}

fn is_bucket(text: &str) -> bool {
    (3..=63).contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
}

/// Without credentials: what is in a URL ends up in logs.
fn is_url(text: &str) -> bool {
    let host = text.strip_prefix("http://").or(text.strip_prefix("https://"));
    host.is_some_and(|host| is_text(host) && !host.contains([' ', '@', '?', '#']) && !host.starts_with('/'))
}

fn is_log_group(text: &str) -> bool {
    // A star alone would read every log there is.
    is_text(text) && text != "*" && !text.strip_suffix('*').unwrap_or(text).contains('*')
}

fn is_secret(text: &str) -> bool {
    match Secret::new(text.to_owned()) {
        Secret::Environment(name) => {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        }
        Secret::File(path) => is_text(path.as_str()),
        Secret::SecretsManager(arn) => arn.split(':').nth(2) == Some("secretsmanager"),
        Secret::Text(text) => is_text(&text),
    }
}
