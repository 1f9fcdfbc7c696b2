//! What is gone: checks, calls, releases, locks, pauses.

use super::{EffectKind as K, Found, Whole};
use crate::change_match::words::identifiers;
use std::collections::BTreeSet;

/// Calls that free something or end something.
const RELEASES: &[&str] = &[
    "close",
    "release",
    "unlock",
    "runlock",
    "cancel",
    "dispose",
    "free",
    "stop",
    "shutdown",
    "cleanup",
    "evict",
    "delete",
    "remove",
    "purge",
    "expire",
    "done",
    "rollback",
    "commit",
    "ack",
    "acknowledge",
    "deletemessage",
    "putconn",
    "giveback",
    "unsubscribe",
    "clear",
    "trim",
    "rotate",
    "vacuum",
    "compact",
    "drain",
];
/// Calls that synchronise.
const LOCKS: &[&str] = &[
    "lock",
    "rlock",
    "synchronized",
    "mutex",
    "atomic",
    "transaction",
    "begin",
    "withlock",
    "acquire",
    "once",
    "compareandswap",
    "setnx",
    "idempotent",
    "idempotency",
];
/// Calls that wait between tries.
const PAUSES: &[&str] = &[
    "sleep",
    "backoff",
    "delay",
    "jitter",
    "exponential",
    "ratelimit",
    "limiter",
    "throttle",
    "debounce",
    "semaphore",
    "circuitbreaker",
    "breaker",
];
/// Calls that change nothing but what people read.
const TALK: &[&str] = &[
    "log",
    "logger",
    "printf",
    "println",
    "print",
    "sprintf",
    "errorf",
    "info",
    "warn",
    "debug",
    "error",
    "trace",
    "console",
    "string",
    "len",
    "append",
    "make",
    "new",
    "if",
    "for",
    "switch",
    "while",
    "return",
    "func",
    "def",
    "fn",
    "catch",
    "with",
    "select",
    "from",
    "values",
    "str",
    "int",
    "float",
    "assert",
    "format",
    "fatalf",
    "background",
    "match",
    "function",
];

pub(super) fn read(found: &mut Found<'_, '_>, whole: &Whole) {
    guards(found, whole);
    calls(found, whole);
    errors(found);
    keyword_locks(found, whole);
}

/// Conditions that are not asked any more.
fn guards(found: &mut Found<'_, '_>, whole: &Whole) {
    let block = found.block;
    for removed in &block.removed {
        let Some(condition) = condition(removed) else { continue };
        let is_error_check =
            condition.contains("err") && (condition.contains("nil") || condition.contains("None"));
        // `if err != nil { return err }` before `return nil` says the same as `return f()`.
        if is_error_check
            && block
                .added
                .iter()
                .any(|line| line.contains("err") || (line.starts_with("return") && line.contains('(')))
        {
            continue;
        }
        let asked: BTreeSet<_> = tokens(&condition);
        if asked.is_empty() || is_still_asked(&asked, &block.added, whole) {
            continue;
        }
        let severity = if is_bounds_check(&condition) { 1.0 } else { 0.75 };
        found.add(K::GuardRemoved, severity, removed, '-');
    }
    for (removed, marks) in block.removed.iter().flat_map(|line| {
        [
            (line, "?."),
            (line, "??"),
            (line, "Optional"),
            (line, "recover()"),
            (line, ".unwrap_or"),
            (line, "getOrDefault"),
            (line, "except "),
            (line, "rescue"),
            (line, "catch"),
        ]
    }) {
        if removed.contains(marks) && !whole.added.contains(marks) {
            found.add(K::GuardRemoved, 0.8, removed, '-');
        }
    }
    new_checks(found, whole);
}

/// Conditions that are new and turn something away.
fn new_checks(found: &mut Found<'_, '_>, whole: &Whole) {
    let block = found.block;
    let refuses = block.added.iter().any(|line| {
        let lower = line.to_lowercase();
        [
            "return err",
            "return nil, err",
            "raise",
            "throw",
            "reject",
            "deny",
            "forbidden",
            "unauthorized",
            "invalid",
            "exit",
            "panic",
            "fatal",
            "abort",
            "continue",
        ]
        .iter()
        .any(|word| lower.contains(word))
    });
    for added in &block.added {
        let Some(condition) = condition(added) else { continue };
        let asked = tokens(&condition);
        let is_error_check = condition.contains("err") && condition.contains("nil");
        let was_asked = !asked.is_empty() && asked.iter().all(|word| whole.removed.contains(word.as_str()));
        if refuses && !is_error_check && !was_asked {
            found.add(K::CheckAdded, 0.6, added, '+');
        }
    }
    let strict = block.added.iter().find(|line| {
        let lower = line.to_lowercase();
        ["required", "strict", "disallowunknown", "not null", "mustexist", "unique"]
            .iter()
            .any(|word| lower.contains(word) && !whole.removed.to_lowercase().contains(word))
    });
    if let Some(line) = strict {
        found.add(K::CheckAdded, 0.8, line, '+');
    }
}

/// The condition of a line that asks something.
fn condition(line: &str) -> Option<String> {
    let line = line.trim_start_matches("} ").trim_start_matches("else ").trim_start_matches("els");
    let starts = ["if ", "if(", "unless ", "assert ", "assert(", "require(", "guard ", "elif ", "when "];
    let start = starts.iter().find(|start| line.starts_with(**start))?;
    let condition = line.strip_prefix(start)?.trim();
    // Go: `if v, ok := m[k]; ok`.
    Some(condition.trim_end_matches(['{', ':', ' ']).to_owned())
}

fn is_bounds_check(condition: &str) -> bool {
    let lower = condition.to_lowercase();
    [
        "nil",
        "null",
        "none",
        "undefined",
        "len(",
        "length",
        "size",
        " ok",
        "empty",
        "exists",
        "<",
        ">",
        "contains",
        "valid",
        "has",
        "in ",
        "auth",
        "limit",
        "allow",
        "count",
    ]
    .iter()
    .any(|word| lower.contains(word))
}

fn tokens(text: &str) -> BTreeSet<String> {
    identifiers(text)
        .filter(|word| {
            !["nil", "null", "None", "if", "err", "not", "and", "or", "is", "len", "ok", "true", "false"]
                .contains(word)
        })
        .map(str::to_owned)
        .collect()
}

/// Whether the condition lives on: in another condition, or in a call that is given the same things.
fn is_still_asked(asked: &BTreeSet<String>, added: &[String], whole: &Whole) -> bool {
    let known = |line: &str| {
        let there = tokens(line);
        let kept = asked.iter().filter(|word| there.contains(*word)).count();
        kept * 10 >= asked.len() * 6
    };
    let before: BTreeSet<_> =
        call_names(&whole.removed).into_iter().chain(call_names(&whole.context)).collect();
    added.iter().any(|line| {
        let asks =
            condition(line).is_some() || line.contains('?') || line.contains("&&") || line.contains("||");
        let hands_on = call_names(line).iter().any(|name| !before.contains(name));
        known(line) && (asks || hands_on)
    })
}

/// Calls that are made no more.
fn calls(found: &mut Found<'_, '_>, whole: &Whole) {
    let block = found.block;
    let kept: BTreeSet<_> = call_names(&whole.added).into_iter().collect();
    let context: BTreeSet<_> = call_names(&whole.context).into_iter().collect();
    let before: BTreeSet<_> = call_names(&whole.removed).into_iter().collect();
    // A new call in place of old ones is mostly the same work under another name.
    let replaced = call_names(&block.added_text())
        .iter()
        .any(|name| !before.contains(name) && !context.contains(name) && !is_talk(name));
    for removed in &block.removed {
        for name in call_names(removed) {
            if kept.contains(&name) || is_talk(&name) || whole.added.contains(&format!("{name}(")) {
                continue;
            }
            let lower = name.to_lowercase();
            let is_of = |list: &[&str]| {
                list.iter().any(|word| {
                    lower == *word || (word.len() > 4 && lower.contains(word)) || lower.ends_with(word)
                })
            };
            let (kind, severity) = if is_of(RELEASES) {
                (K::ReleaseRemoved, 1.0)
            } else if is_of(PAUSES) {
                (K::PauseCut, 1.0)
            } else if is_of(LOCKS) {
                (K::LockRemoved, 0.9)
            } else {
                (K::CallRemoved, 0.9)
            };
            // A comparison of sets, a test, an accessor: gone with the code around it.
            let share = if replaced { 0.25 } else { 1.0 };
            found.add(kind, severity * share, removed, '-');
        }
    }
}

/// Errors that were looked at and are dropped now.
fn errors(found: &mut Found<'_, '_>) {
    for added in &found.block.added {
        let drops = added.contains("_ = ")
            || added.contains(", _ := ")
            || added.contains(", _ = ")
            || added.contains("except: pass")
            || added.contains("catch {}")
            || added.contains(".unwrap()")
            || added.contains("catch (e) {}")
            || added.contains("catch (_)");
        if drops
            && added.contains('(')
            && !found.block.removed.iter().any(|line| line == added)
            && !found.block.removed.is_empty()
        {
            found.add(K::ErrorIgnored, 0.6, added, '+');
        }
    }
}

/// Locks that are words, not calls.
fn keyword_locks(found: &mut Found<'_, '_>, whole: &Whole) {
    for removed in &found.block.removed {
        let lower = removed.to_lowercase();
        let word = [
            "synchronized",
            "for update",
            "with lock",
            "with self.lock",
            "async with",
            "serializable",
            "on conflict",
            "if not exists",
            "sync.mutex",
            "rwmutex",
        ];
        if let Some(word) = word.iter().find(|word| lower.contains(**word))
            && !whole.added.to_lowercase().contains(word)
        {
            found.add(K::LockRemoved, 0.9, removed, '-');
        }
    }
}

fn is_talk(name: &str) -> bool {
    TALK.contains(&name.to_lowercase().as_str())
}

/// Names directly before `(`, without what they belong to. Comments were taken out before.
pub(super) fn call_names(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for line in text.lines() {
        for (at, _) in line.match_indices('(') {
            let before = line.get(..at).unwrap_or_default();
            let start =
                before.rfind(|letter: char| !letter.is_alphanumeric() && letter != '_').map_or(0, |place| {
                    place + before.get(place..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
                });
            let name = before.get(start..).unwrap_or_default();
            let definition = before.get(..start).unwrap_or_default().trim_end();
            let defines = ["func", "def", "fn", "function"].iter().any(|word| definition.ends_with(word));
            if name.len() > 1
                && !defines
                && name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_')
            {
                names.push(name.to_owned());
            }
        }
    }
    names
}
