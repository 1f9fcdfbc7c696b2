//! What a diff adds that costs: loops, tasks, locks, waits, collections, patterns, logs.

use super::{EffectKind as K, Found, lower_words};

pub(super) fn read(found: &mut Found<'_, '_>) {
    for line in found.block.added.clone() {
        if found.block.removed.contains(&line) {
            continue;
        }
        loops(found, &line);
        tasks(found, &line);
        waits(found, &line);
        collections(found, &line);
        patterns(found, &line);
        logs(found, &line);
    }
}

fn has(line: &str, words: &[&str]) -> bool {
    words.iter().any(|word| line.contains(word))
}

/// Whether the removed side has it, too.
fn was(found: &Found<'_, '_>, words: &[&str]) -> bool {
    found.block.removed.iter().any(|line| has(&line.to_lowercase(), words))
}

fn loops(found: &mut Found<'_, '_>, line: &str) {
    let endless =
        ["for {", "while true", "while (true)", "while(true)", "while 1", "loop {", "for (;;)", "for(;;)"];
    if has(&line.to_lowercase(), &endless) && !was(found, &endless) {
        let pauses = has(
            &found.block.added_text().to_lowercase(),
            &["sleep", "backoff", "ticker", "select {", "<-", "await", "delay", "poll("],
        );
        found.add(K::EndlessLoop, if pauses { 0.3 } else { 0.9 }, line, '+');
    }
    let lower = line.to_lowercase();
    if has(&lower, &["retry", "retries", "attempt"])
        && has(&lower, &["for ", "while", "loop", "(", "="])
        && !was(found, &["retry", "retries", "attempt"])
    {
        let pauses = has(&found.block.added_text().to_lowercase(), &["sleep", "backoff", "jitter", "delay"]);
        found.add(K::RetriesRaised, if pauses { 0.4 } else { 0.8 }, line, '+');
    }
}

fn tasks(found: &mut Found<'_, '_>, line: &str) {
    let starts = [
        "go func",
        "spawn(",
        "new thread",
        "thread(",
        "executor.submit",
        "create_task",
        "setinterval",
        "settimeout",
        "promise.all",
        "newfixedthreadpool",
        "go s.",
        "go h.",
        "go w.",
        "go c.",
        "time.after(",
        "time.tick(",
        "newticker",
    ];
    if has(&line.to_lowercase(), &starts) && !was(found, &starts) {
        found.add(K::TaskStarted, 0.8, line, '+');
    }
}

fn waits(found: &mut Found<'_, '_>, line: &str) {
    let lower = line.to_lowercase();
    let locks = [
        ".lock()",
        "synchronized",
        "mutex",
        "for update",
        "lock table",
        "begin transaction",
        "@transactional",
        ".begin(",
        "with_lock",
        "withlock",
        "serializable",
        "advisory_lock",
        "redlock",
    ];
    if has(&lower, &locks) && !was(found, &locks) {
        found.add(K::LockAdded, 0.8, line, '+');
    }
    let slow = [
        "sleep(",
        "http.get",
        "http.post",
        "requests.get",
        "requests.post",
        "fetch(",
        "client.do(",
        ".wait()",
        "waitgroup",
        "bcrypt",
        "scrypt",
        "pbkdf2",
        "readall",
        "readfilesync",
        "execsync",
        "fsync",
        ".sync()",
        "runtime.gc",
        "time.sleep",
        "flush()",
        ".get()",
        "sync: true",
        "acks=all",
        "subprocess",
    ];
    if has(&lower, &slow) && !was(found, &slow) {
        found.add(K::WaitAdded, 0.6, line, '+');
    }
}

fn collections(found: &mut Found<'_, '_>, line: &str) {
    let lower = line.to_lowercase();
    let text = found.block.all_text().to_lowercase();
    let grows =
        has(&lower, &["append(", ".push(", ".add(", ".put(", ".set(", ".store(", ".insert(", ".append("])
            || (lower.contains("] =") && !lower.contains(":="));
    let kept = has(
        &lower,
        &[
            "cache", "seen", "history", "global", "static", "registry", "buffer", "pending", "sessions",
            "metrics", "labels", "s.", "self.", "this.",
        ],
    );
    let bounded = has(
        &text,
        &[
            "evict",
            "delete(",
            "remove(",
            "maxentries",
            "max_entries",
            "lru",
            "ttl",
            "expire",
            "cap(",
            "limit",
            "defer",
        ],
    );
    if grows && kept && !bounded {
        let was_there = was(found, &["append(", ".push(", ".add(", ".put(", ".set(", ".insert(", "] ="]);
        found.add(K::Accumulates, if was_there { 0.25 } else { 0.8 }, line, '+');
    }
    // A label with a value for every user or request makes a series for each.
    if has(&lower, &["withlabelvalues", ".labels(", "[]string{", "labelnames"])
        && has(&lower, &["user", "request", "session", "trace", "path", "url", "email"])
    {
        found.add(K::Accumulates, 0.7, line, '+');
    }
}

fn patterns(found: &mut Found<'_, '_>, line: &str) {
    let is_pattern = has(
        &line.to_lowercase(),
        &["regex", "regexp", "re.compile", "pattern", "match(", "new regexp", "/^"],
    );
    if is_pattern && repeats_a_repetition(line) {
        found.add(K::CostlyPattern, 1.0, line, '+');
    }
}

/// A repeated group with a repetition inside: `(a+)+` (Kirrage, Rathnayake and Thielecke, "Static Analysis for Regular
/// Expression Denial-of-Service Attacks", NSS 2013).
fn repeats_a_repetition(line: &str) -> bool {
    let mut open: Vec<bool> = Vec::new();
    let (mut escaped, mut closed) = (false, false);
    for letter in line.chars() {
        if escaped {
            (escaped, closed) = (false, false);
            continue;
        }
        let repeats = letter == '+' || letter == '*';
        if repeats && closed {
            return true;
        }
        closed = false;
        match letter {
            '\\' => escaped = true,
            '(' => open.push(false),
            ')' => closed = open.pop().unwrap_or(false),
            _ if repeats => open.iter_mut().for_each(|inner| *inner = true),
            _ => {}
        }
    }
    false
}

fn logs(found: &mut Found<'_, '_>, line: &str) {
    let words = lower_words(line);
    let is_level = words.contains("level")
        || words.contains("verbosity")
        || words.contains("verbose")
        || words.contains("loglevel");
    let loud = words.contains("debug") || words.contains("trace") || words.contains("all");
    if is_level && loud && !was(found, &["debug", "trace"]) {
        found.add(K::LogRaised, 0.8, line, '+');
    }
    let says = has(&line.to_lowercase(), &["log.", "logger.", "log(", "logging.", "console.log"]);
    let whole = words.contains("body")
        || words.contains("payload")
        || words.contains("dump")
        || words.contains("headers");
    if says && whole && !was(found, &["body", "payload", "dump", "headers"]) {
        found.add(K::LogRaised, 0.7, line, '+');
    }
}
