//! Classes of symptoms, by the words people and programs use for them.

use std::collections::BTreeMap;

/// What kind of trouble a symptom is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A crash: null, panic, index, unhandled exception.
    Crash,
    /// Something looked up by name is not there.
    Missing,
    /// A time limit was exceeded.
    Timeout,
    /// Slower than usual.
    Latency,
    /// Turned away for too many requests or too little capacity.
    Throttled,
    /// A database works more than usual.
    Database,
    /// A cache does not help as usual.
    Cache,
    /// Memory grows or ran out.
    Memory,
    /// A disk fills or is full.
    Disk,
    /// A processor is busy.
    Cpu,
    /// Connections or a pool of them run out.
    Connections,
    /// A connection is refused or breaks.
    Refused,
    /// A name is not resolved.
    Dns,
    /// TLS or a certificate.
    Tls,
    /// Not allowed, or not known who.
    Access,
    /// Something cannot be parsed or is not valid.
    Format,
    /// A queue or a consumer falls behind.
    Backlog,
    /// Locks are waited for.
    Lock,
    /// Threads, tasks or descriptors run out.
    Threads,
    /// Values are wrong, double or lost.
    Wrong,
    /// Processes restart or are not ready.
    Restart,
}

/// The phrases of each class, in lower case.
const PHRASES: &[(Class, &[&str])] = &[
    (
        Class::Crash,
        &[
            "panic",
            "nil pointer",
            "null pointer",
            "nullpointer",
            "nonetype",
            "undefined is not",
            "of undefined",
            "of null",
            "of nil",
            "nil map",
            "segfault",
            "segmentation",
            "sigsegv",
            "index out of",
            "out of bounds",
            "unhandled",
            "uncaught",
            "keyerror",
            "typeerror",
            "attributeerror",
            "stack overflow",
            "divide by zero",
            "division by zero",
            "integer overflow",
            "cannot read propert",
            "exception",
        ],
    ),
    (
        Class::Missing,
        &[
            "not found",
            "does not exist",
            "doesn't exist",
            "no such",
            "undefined",
            "unknown",
            "missing",
            "not registered",
            "unregistered",
            "not set",
            "is not defined",
            "unset",
            "keyerror",
            "no handler",
            "no route",
            "404",
            "not configured",
            "unrecognized",
            "unresolved",
        ],
    ),
    (
        Class::Timeout,
        &["timeout", "timed out", "deadline", "504", "context canceled", "timeouterror", "took too long"],
    ),
    (Class::Latency, &["latency", "slow", "duration_p", "response_time", "p99", "p95", "took "]),
    (
        Class::Throttled,
        &[
            "throttl",
            "throughput",
            "rate limit",
            "ratelimit",
            "too many requests",
            "429",
            "capacity",
            "quota",
            "limit exceeded",
            "slowdown",
            "overload",
            "saturat",
            "shed",
            "rejected",
            "resourceexhausted",
            "resource exhausted",
            "backpressure",
        ],
    ),
    (
        Class::Database,
        &[
            "slow query",
            "statement timeout",
            "db_cpu",
            "db_quer",
            "db_rows",
            "rows_examined",
            "rows examined",
            "full scan",
            "seq scan",
            "sequential scan",
            "full table",
            "db_load",
            "buffer pool",
            "sql",
            "relation \"",
            "deadlock",
            "db_",
        ],
    ),
    (
        Class::Cache,
        &["cache miss", "cache_hit", "cache_miss", "hit ratio", "hit_ratio", "evict", "stampede", "cache"],
    ),
    (
        Class::Memory,
        &[
            "out of memory",
            "oom",
            "heap",
            "memory",
            "rss",
            "gc pause",
            "gc overhead",
            "allocation failed",
            "working_set",
        ],
    ),
    (Class::Disk, &["disk", "no space left", "enospc", "storage", "filesystem", "volume", "inode"]),
    (Class::Cpu, &["cpu", "load average", "event loop"]),
    (
        Class::Connections,
        &[
            "connection pool",
            "pool exhaust",
            "too many connections",
            "too many clients",
            "connection slots",
            "pool",
            "acquire connection",
            "acquiring connection",
            "no available connection",
            "max_connections",
            "maxconn",
            "active_connections",
            "connections_in_use",
            "idle connections",
        ],
    ),
    (
        Class::Refused,
        &[
            "connection refused",
            "econnrefused",
            "connection reset",
            "broken pipe",
            "unreachable",
            "502",
            "bad gateway",
            "no healthy upstream",
            "dial tcp",
            "no endpoints",
        ],
    ),
    (
        Class::Dns,
        &[
            "no such host",
            "enotfound",
            "servfail",
            "nxdomain",
            "name resolution",
            "getaddrinfo",
            "dns",
            "eai_again",
            "server misbehaving",
            "name resolver",
        ],
    ),
    (Class::Tls, &["x509", "certificate", "tls", "ssl", "handshake"]),
    (
        Class::Access,
        &[
            "401",
            "403",
            "unauthorized",
            "unauthenticated",
            "forbidden",
            "access denied",
            "accessdenied",
            "permission",
            "not authorized",
            "signature",
            "token",
            "jwt",
            "credential",
            "invalid key",
            "auth",
        ],
    ),
    (
        Class::Format,
        &[
            "deserial",
            "serializ",
            "unmarshal",
            "parse",
            "decode",
            "invalid",
            "malformed",
            "schema",
            "validation",
            "required field",
            "unexpected type",
            "cast",
            "conversion",
            "type mismatch",
            "unsupported",
            "encoding",
            "out of range",
            "unexpected token",
            "incompatible",
        ],
    ),
    (
        Class::Backlog,
        &[
            "backlog",
            "lag",
            "queue",
            "ageofoldest",
            "oldest_message",
            "not acking",
            "unacked",
            "redeliver",
            "dead letter",
            "dlq",
            "rebalanc",
            "consumer",
        ],
    ),
    (
        Class::Lock,
        &[
            "deadlock",
            "lock wait",
            "lock timeout",
            "mutex",
            "could not serialize",
            "blocked",
            "lock",
            "contention",
            "waiting for",
        ],
    ),
    (
        Class::Threads,
        &["goroutine", "thread", "file descriptor", "too many open files", "emfile", "executor", "worker"],
    ),
    (
        Class::Wrong,
        &[
            "mismatch",
            "duplicate",
            "incorrect",
            "wrong",
            "drift",
            "inconsisten",
            "negative",
            "double charge",
            "stale",
            "corrupt",
            "checksum",
            "discrepan",
            "overcharg",
            "undercharg",
            "reconcil",
            "skew",
            "dropped",
            "lost",
        ],
    ),
    (
        Class::Restart,
        &[
            "crashloop",
            "restart",
            "oomkilled",
            "readiness",
            "liveness",
            "probe",
            "exit code",
            "unhealthy",
            "evicted",
            "not ready",
            "killed",
        ],
    ),
];

/// The classes a text speaks of.
pub(super) fn classes(text: &str) -> Vec<Class> {
    let lower = text.to_lowercase();
    PHRASES
        .iter()
        .filter(|(_, phrases)| phrases.iter().any(|phrase| has(&lower, phrase)))
        .map(|(class, _)| *class)
        .collect()
}

/// A short phrase must begin a word (`lag` is not in `flag`), and a number be one.
fn has(lower: &str, phrase: &str) -> bool {
    if phrase.len() > 5 && !phrase.starts_with(|letter: char| letter.is_ascii_digit()) {
        return lower.contains(phrase);
    }
    let is_number = phrase.bytes().all(|byte| byte.is_ascii_digit());
    lower.match_indices(phrase).any(|(at, _)| {
        let before = lower.get(..at).unwrap_or_default();
        let after = lower.get(at + phrase.len()..).unwrap_or_default();
        let is_inside =
            before.ends_with(char::is_alphanumeric) || is_number && after.starts_with(char::is_alphanumeric);
        !is_inside
    })
}

/// Classes with how sure they are present, 0 to 1.
pub(super) type Presence = BTreeMap<Class, f64>;
