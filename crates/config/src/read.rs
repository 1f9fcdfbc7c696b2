//! From text to settings: against the table, collecting every error.

mod service;

use crate::error::ConfigError;
use crate::settings::{Account, Application, Budgets, Config, FlowLogPlace, FlowLogs, History, Trail};
use crate::suggest::nearest;
use crate::table::{Section, sections};
use crate::value::{self, LogGroup, Place, Secret, Value};
use std::collections::BTreeMap;
use std::time::Duration;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

impl Config {
    /// Reads a configuration file; its name is for messages only.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the file.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<ConfigError>> {
        let mut reading = Reading { file, text, errors: Vec::new() };
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let at = error.span().map_or(0, |span| span.start);
            reading.error(at, "", error.message().replace('\n', ", "), "mend it as TOML (https://toml.io)");
        }
        // What is not TOML would only be reported a second time as something else.
        let config =
            if reading.errors.is_empty() { reading.config(table.get_ref()) } else { Self::default() };
        reading.errors.sort_by_key(|error| error.line);
        if reading.errors.is_empty() { Ok(config) } else { Err(reading.errors) }
    }
}

/// A file being read.
struct Reading<'a> {
    file: &'a str,
    text: &'a str,
    errors: Vec<ConfigError>,
}

/// Options of one table that were read, by name.
struct Fields {
    /// `accounts[0]`; empty at the top.
    path: String,
    at: usize,
    values: BTreeMap<&'static str, (usize, Value)>,
}

impl Reading<'_> {
    fn error(&mut self, at: usize, field: &str, found: impl Into<String>, help: impl Into<String>) {
        let line = 1 + self.text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let (file, field) = (self.file.to_owned(), field.to_owned());
        self.errors.push(ConfigError { file, line, field, found: found.into(), help: help.into() });
    }

    fn config(&mut self, table: &DeTable) -> Config {
        let mut config = Config::default();
        let mut top = None;
        for section in sections() {
            if section.name.is_empty() {
                top = Some(self.fields(section, String::new(), 0, table));
                continue;
            }
            for fields in self.tables(section, table) {
                self.take(section.name, fields, &mut config);
            }
        }
        if let Some(mut top) = top {
            config.regions = top.texts("regions");
            config.log_groups = top.log_groups();
            config.endpoint_url = top.text("endpoint_url");
            if let Some(path) = top.text("data_dir") {
                config.data_dir = Place::new(&path);
            }
        }
        config
    }

    /// The tables of a section: none, one, or several.
    fn tables(&mut self, section: &Section, whole: &DeTable) -> Vec<Fields> {
        let Some(value) = whole.get(section.name) else { return Vec::new() };
        let at = value.span().start;
        let tables: Vec<_> = match value.get_ref() {
            DeValue::Table(table) if !section.repeats => {
                return vec![self.fields(section, section.name.to_owned(), at, table)];
            }
            DeValue::Array(items) if section.repeats => items.iter().collect(),
            _ => {
                let header = if section.repeats {
                    format!("[[{}]]", section.name)
                } else {
                    format!("[{}]", section.name)
                };
                self.error(
                    at,
                    section.name,
                    "not a table of this kind",
                    format!("write `{header}` above its options"),
                );
                return Vec::new();
            }
        };
        let mut all = Vec::new();
        for (index, item) in tables.into_iter().enumerate() {
            let path = format!("{}[{index}]", section.name);
            match item.get_ref() {
                DeValue::Table(table) => all.push(self.fields(section, path, item.span().start, table)),
                _ => self.error(
                    item.span().start,
                    &path,
                    "not a table",
                    format!("write `[[{}]]` above its options", section.name),
                ),
            }
        }
        all
    }

    /// Reads every option of a table, refuses what is none, and misses what is required.
    fn fields(&mut self, section: &Section, path: String, at: usize, table: &DeTable) -> Fields {
        let mut values = BTreeMap::new();
        let prefix = if path.is_empty() { String::new() } else { format!("{path}.") };
        for (key, value) in table {
            let name: &str = key.get_ref();
            let field = format!("{prefix}{}", shown(name));
            if let Some(setting) = section.settings.iter().find(|setting| setting.name == name) {
                match value::read(setting.kind, value.get_ref()) {
                    Ok(read) => {
                        values.insert(setting.name, (value.span().start, read));
                    }
                    Err(found) => {
                        let help =
                            format!("expected {}, such as {}", setting.kind.describe(), setting.example);
                        self.error(value.span().start, &field, format!("found {found}"), help);
                    }
                }
            } else if !path.is_empty() || !sections().iter().any(|section| section.name == name) {
                self.unknown(section, key, &field);
            }
        }
        for setting in section.settings.iter().filter(|setting| setting.required) {
            if !table.contains_key(setting.name) {
                let help = format!("add `{} = {}`", setting.name, setting.example);
                self.error(at, &format!("{prefix}{}", setting.name), "missing", help);
            }
        }
        Fields { path, at, values }
    }

    fn unknown(&mut self, section: &Section, key: &Spanned<toml::de::DeString>, field: &str) {
        let name: &str = key.get_ref();
        let here = section.settings.iter().map(|setting| setting.name);
        let tables = sections().iter().map(|section| section.name).filter(|_| section.name.is_empty());
        let help = if let Some(meant) =
            nearest(name, here.clone().chain(tables).filter(|known| !known.is_empty()))
        {
            format!("did you mean `{meant}`?")
        } else if let Some(other) =
            sections().iter().find(|other| other.settings.iter().any(|setting| setting.name == name))
        {
            match other.name {
                "" => format!("`{name}` stands before the first table of the file"),
                other => format!("`{name}` belongs to `{other}`"),
            }
        } else {
            format!("here can be {}", here.collect::<Vec<_>>().join(", "))
        };
        self.error(key.span().start, field, "no such option", help);
    }

    fn take(&mut self, section: &str, mut fields: Fields, config: &mut Config) {
        match section {
            "accounts" => {
                let account = self.account(&mut fields);
                let is_twice = config.account(&account.id).is_some() && !account.id.is_empty();
                self.twice(is_twice, &fields, "id", &account.id);
                config.accounts.push(account);
            }
            "applications" => {
                let application = self.application(&mut fields);
                let is_twice = config.applications.iter().any(|other| other.name == application.name);
                self.twice(is_twice && !application.name.is_empty(), &fields, "name", &application.name);
                config.applications.push(application);
            }
            "trail" => {
                config.trail = Some(Trail {
                    bucket: fields.text("bucket").unwrap_or_default(),
                    prefix: fields.folder("prefix"),
                    account: fields.text("account"),
                    region: fields.text("region"),
                    organization: fields.flag("organization"),
                });
            }
            "flow_logs" => config.flow_logs.extend(self.flow_logs(&mut fields)),
            "budgets" => {
                let usual = Budgets::default();
                config.budgets = Budgets {
                    calls: fields.number("calls").unwrap_or(usual.calls),
                    time: fields.number("seconds").map_or(usual.time, Duration::from_secs),
                    rounds: fields.number("rounds").unwrap_or(usual.rounds),
                    pages: fields.number("pages").unwrap_or(usual.pages),
                    bytes: fields.number("bytes").unwrap_or(usual.bytes),
                };
            }
            "server" => config.server = service::server(&mut fields),
            "webhooks" => {
                let webhook = self.webhook(&mut fields);
                let is_twice = config.webhooks.iter().any(|other| other.name == webhook.name);
                self.twice(is_twice && !webhook.name.is_empty(), &fields, "name", &webhook.name);
                config.webhooks.push(webhook);
            }
            "sign_in" => config.sign_in = Some(service::sign_in(&mut fields)),
            "notify" => {
                let channel = self.channel(&mut fields);
                let is_twice = config.notify.iter().any(|other| other.name == channel.name);
                self.twice(is_twice && !channel.name.is_empty(), &fields, "name", &channel.name);
                config.notify.push(channel);
            }
            _ => {
                let usual = History::default();
                config.history = History {
                    path: fields.text("path").map_or(usual.path, |path| Place::new(&path)),
                    every: fields.interval("schedule").unwrap_or(usual.every),
                    retention_days: fields.number("retention_days").unwrap_or(usual.retention_days),
                };
            }
        }
    }

    fn account(&mut self, fields: &mut Fields) -> Account {
        let id = fields.text("id").unwrap_or_default();
        let role_at = fields.at("role");
        let (role, arn) = (fields.text("role"), fields.text("role_arn"));
        if role.is_some() && arn.is_some() {
            let help = "leave one of them out";
            self.error(role_at, &fields.name("role"), "given together with `role_arn`", help);
        }
        if let Some(owner) = arn.as_deref().and_then(|arn| arn.split(':').nth(4)).filter(|owner| *owner != id)
            && !id.is_empty()
        {
            let found = format!("a role of account {owner}");
            self.error(fields.at, &fields.name("role_arn"), found, format!("name a role of {id}"));
        }
        Account {
            role_arn: arn.or_else(|| role.map(|role| format!("arn:aws:iam::{id}:role/{role}"))),
            id,
            name: fields.text("name"),
            external_id: fields.text("external_id").map(Secret::new),
            session_tags: fields.tags("session_tags"),
            profile: fields.text("profile"),
            regions: fields.texts("regions"),
        }
    }

    fn application(&mut self, fields: &mut Fields) -> Application {
        let application = Application {
            name: fields.text("name").unwrap_or_default(),
            tags: fields.tags("tags"),
            stacks: fields.texts("stacks"),
            resources: fields.texts("resources"),
            log_groups: fields.log_groups(),
        };
        let is_empty =
            application.tags.is_empty() && application.stacks.is_empty() && application.resources.is_empty();
        if is_empty {
            let help = "say by `tags`, `stacks` or `resources` what belongs to it";
            self.error(fields.at, &fields.path, "an application without parts", help);
        }
        application
    }

    fn flow_logs(&mut self, fields: &mut Fields) -> Option<FlowLogs> {
        let prefix = fields.folder("prefix");
        let place = match (fields.text("bucket"), fields.text("log_group")) {
            (Some(bucket), None) => FlowLogPlace::Bucket { bucket, prefix },
            (None, Some(group)) => FlowLogPlace::LogGroup(group),
            (bucket, _) => {
                let found = if bucket.is_some() { "both a bucket and a log group" } else { "no place" };
                self.error(fields.at, &fields.path, found, "give either `bucket` or `log_group`");
                return None;
            }
        };
        Some(FlowLogs { place, account: fields.text("account"), region: fields.text("region") })
    }

    fn twice(&mut self, is_twice: bool, fields: &Fields, name: &str, value: &str) {
        if is_twice {
            let help = "write all about it in one place";
            self.error(fields.at, &fields.name(name), format!("`{value}` is there twice"), help);
        }
    }
}

/// Each takes an option out; one that was wrong has been reported and counts as not there.
impl Fields {
    fn name(&self, option: &str) -> String {
        format!("{}.{option}", self.path)
    }

    fn at(&self, option: &str) -> usize {
        self.values.get(option).map_or(self.at, |(at, _)| *at)
    }

    fn take(&mut self, option: &str) -> Option<Value> {
        self.values.remove(option).map(|(_, value)| value)
    }

    fn text(&mut self, option: &str) -> Option<String> {
        if let Some(Value::Text(text)) = self.take(option) { Some(text) } else { None }
    }

    /// A folder, without slashes at its ends.
    fn folder(&mut self, option: &str) -> String {
        self.text(option).unwrap_or_default().trim_matches('/').to_owned()
    }

    fn texts(&mut self, option: &str) -> Vec<String> {
        if let Some(Value::Texts(texts)) = self.take(option) { texts } else { Vec::new() }
    }

    fn log_groups(&mut self) -> Vec<LogGroup> {
        self.texts("log_groups").into_iter().map(LogGroup::new).collect()
    }

    fn number(&mut self, option: &str) -> Option<u64> {
        if let Some(Value::Number(number)) = self.take(option) { Some(number) } else { None }
    }

    fn flag(&mut self, option: &str) -> bool {
        matches!(self.take(option), Some(Value::Flag(true)))
    }

    fn tags(&mut self, option: &str) -> BTreeMap<String, String> {
        if let Some(Value::Tags(tags)) = self.take(option) { tags } else { BTreeMap::new() }
    }

    fn interval(&mut self, option: &str) -> Option<Option<Duration>> {
        if let Some(Value::Interval(every)) = self.take(option) { Some(every) } else { None }
    }
}

/// A key in a message: short, and on one line.
fn shown(name: &str) -> String {
    const SHOWN_MAX: usize = 60;
    name.chars().take(SHOWN_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
