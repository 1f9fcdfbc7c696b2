//! The readings, one function each, and what they rule out.

use super::{Ailment, Database, Reading, Statement};
use crate::metrics::robust::{median, quantile};

/// Storage below this share of what was free is as good as none; below this many bytes, too.
const STORAGE_SHARE: f64 = 0.02;
const STORAGE_BYTES: f64 = 1_073_741_824.0;
/// A replica is behind from here, in seconds; a heartbeat is up to some seconds.
const LAG_S: f64 = 60.0;
/// Writes that are so many times those at the beginning make lag.
const WRITES_RISE: f64 = 3.0;
/// A processor is saturated from this share, in percent.
const CPU_PERCENT: f64 = 80.0;
/// Connections are exhausted from this share of the limit.
const CONNECTIONS_SHARE: f64 = 0.9;
/// Something has the upper hand with so much of the load.
const SHARE: f64 = 0.4;
/// Sessions that are active on average from which a share means something.
const LOAD_MIN: f64 = 2.0;
/// Disks with so many requests waiting are busy.
const QUEUE: f64 = 10.0;
/// Memory below this share of what was free is short.
const MEMORY_SHARE: f64 = 0.1;
/// An event so long before the window still belongs to it, in seconds.
const BEFORE_S: i64 = 900;

pub(super) fn all(database: &Database) -> Vec<Reading> {
    let readings =
        [storage, maintenance, replication, connections, failover, locks, memory, processor, disks];
    readings.iter().filter_map(|read| read(database)).collect()
}

/// The first, last and median-of-the-second-half values of a metric.
struct Course {
    first: f64,
    last: f64,
    late: f64,
    lowest: f64,
    highest: f64,
}

fn course(database: &Database, metric: &str) -> Option<Course> {
    let mut points = database.metrics.get(metric)?.clone();
    points.retain(|(_, value)| value.is_finite());
    points.sort_by_key(|(at, _)| *at);
    let values: Vec<f64> = points.iter().map(|(_, value)| *value).collect();
    let late = values.get(values.len() / 2..).unwrap_or_default();
    Some(Course {
        first: *values.first()?,
        last: *values.last()?,
        late: median(late)?,
        lowest: quantile(&values, 0.0)?,
        highest: quantile(&values, 1.0)?,
    })
}

/// Events from shortly before the window of the metrics on.
fn events<'d>(database: &'d Database, words: &'d [&str]) -> impl Iterator<Item = &'d super::Event> {
    let from = start(database);
    database.events.iter().filter(move |event| {
        from.is_none_or(|from| event.at >= from.saturating_sub(BEFORE_S)) && says(&event.message, words)
    })
}

fn start(database: &Database) -> Option<i64> {
    database.metrics.values().flatten().map(|(at, _)| *at).min()
}

fn says(text: &str, words: &[&str]) -> bool {
    let lower = text.to_lowercase();
    words.iter().any(|word| lower.contains(word))
}

fn reading(ailment: Ailment, grounds: Vec<String>) -> Option<Reading> {
    (!grounds.is_empty()).then_some(Reading { ailment, grounds })
}

fn quote(event: &super::Event) -> String {
    format!("event: `{}`", event.message)
}

fn total(database: &Database) -> f64 {
    let waits: f64 = database.waits.iter().map(|wait| wait.load).sum();
    waits.max(database.statements.iter().map(|statement| statement.load).sum())
}

/// The waits of a family and their part of the load.
fn share(database: &Database, families: &[&str]) -> (f64, f64) {
    let of = |name: &str| families.iter().any(|family| name.starts_with(family));
    let load: f64 = database.waits.iter().filter(|wait| of(&wait.name)).map(|wait| wait.load).sum();
    let all: f64 = database.waits.iter().map(|wait| wait.load).sum();
    (load, if all > 0.0 { load / all } else { 0.0 })
}

/// The statement with the most load that is wanted.
fn top(database: &Database, wanted: impl Fn(&Statement) -> bool) -> Option<&Statement> {
    database
        .statements
        .iter()
        .filter(|statement| wanted(statement))
        .max_by(|left, right| left.load.total_cmp(&right.load))
}

pub(super) fn is_write(statement: &Statement) -> bool {
    let upper = statement.text.trim_start().to_uppercase();
    ["INSERT", "UPDATE", "DELETE", "COPY", "MERGE", "CREATE", "ALTER", "TRUNCATE"]
        .iter()
        .any(|verb| upper.starts_with(verb))
}

fn is_service(statement: &Statement) -> bool {
    says(&statement.text, &["vacuum", "checkpointer", "analyze", "autovacuum"])
}

fn load_of(statement: &Statement) -> String {
    let waits: Vec<_> =
        statement.waits.iter().map(|wait| format!("{} {:.1}", wait.name, wait.load)).collect();
    format!(
        "Performance Insights: `{}` has a load of {:.1} ({})",
        statement.text,
        statement.load,
        waits.join(", ")
    )
}

/// Whose sessions make most of the load.
fn first_user(database: &Database) -> Option<String> {
    let user = database.users.iter().max_by(|left, right| left.load.total_cmp(&right.load))?;
    Some(format!("most of the load, {:.1}, is of the user {}", user.load, user.name))
}

fn storage(database: &Database) -> Option<Reading> {
    let mut grounds: Vec<_> = events(
        database,
        &["ran out of storage", "storage-full", "storage full", "insufficient storage", "no space left"],
    )
    .map(quote)
    .collect();
    if let Some(free) = course(database, "FreeStorageSpace")
        && (free.lowest <= STORAGE_BYTES
            || (free.last < free.first && free.lowest <= free.first * STORAGE_SHARE))
    {
        grounds.push(format!(
            "FreeStorageSpace fell from {:.1} to {:.1} GiB of free storage space",
            gib(free.first),
            gib(free.lowest)
        ));
    }
    if grounds.is_empty() {
        return None;
    }
    grounds.extend(events(database, &["critically low"]).map(quote));
    if let Some(writes) = course(database, "WriteIOPS").filter(|writes| writes.last < writes.first * 0.1) {
        grounds.push(format!(
            "WriteIOPS fell from {:.0} to {:.0}: writes wait for storage",
            writes.first, writes.last
        ));
    }
    if !database.metrics.contains_key("FreeStorageSpace") {
        grounds.push(
            "FreeStorageSpace is missing: its gap says nothing, the events and the writes do".to_owned(),
        );
    }
    reading(Ailment::StorageFull, grounds)
}

fn gib(bytes: f64) -> f64 {
    bytes / 1_073_741_824.0
}

fn maintenance(database: &Database) -> Option<Reading> {
    let service: f64 = database
        .statements
        .iter()
        .filter(|statement| is_service(statement))
        .map(|statement| statement.load)
        .sum();
    let all = total(database);
    let mut grounds = Vec::new();
    if all >= LOAD_MIN && service / all >= SHARE {
        grounds.extend(top(database, is_service).map(load_of));
    }
    let often: Vec<_> = events(
        database,
        &["checkpoints are occurring too frequently", "checkpoint storm", "to prevent wraparound"],
    )
    .map(quote)
    .collect();
    if grounds.is_empty() && often.is_empty() {
        return None;
    }
    grounds.extend(often);
    let (lwlock, part) = share(database, &["LWLock"]);
    if part >= 0.2 {
        let name = database
            .waits
            .iter()
            .find(|wait| wait.name.starts_with("LWLock"))
            .map_or("LWLock", |wait| wait.name.as_str());
        grounds.push(format!(
            "{name}: light-weight locks (LWLock) are {lwlock:.1} of the load, buffers are fought for"
        ));
    }
    grounds.extend(rise(database, "TransactionLogsGeneration", "WAL is written"));
    grounds.extend(rise(database, "DiskQueueDepth", "requests wait for the disks"));
    reading(Ailment::Maintenance, grounds)
}

fn rise(database: &Database, metric: &str, meaning: &str) -> Option<String> {
    let course = course(database, metric)?;
    (course.highest >= course.first * WRITES_RISE && course.highest > 0.0)
        .then(|| format!("{metric} rose from {:.1} to {:.1}: {meaning}", course.first, course.highest))
}

fn replication(database: &Database) -> Option<Reading> {
    let mut grounds = Vec::new();
    if let Some(lag) = course(database, "ReplicaLag").filter(|lag| lag.late >= LAG_S) {
        grounds
            .push(format!("replication lag: ReplicaLag rose from {:.0} to {:.0} s", lag.first, lag.highest));
    }
    grounds.extend(events(database, &["replication lag"]).map(quote));
    if grounds.is_empty() {
        return None;
    }
    if !database.metrics.contains_key("ReplicaLag") {
        grounds.push("ReplicaLag is missing: the events say it".to_owned());
    }
    grounds.extend(rise(
        database,
        "TransactionLogsGeneration",
        "the primary writes WAL faster than the replica replays it",
    ));
    grounds.extend(rise(database, "WriteIOPS", "the primary writes more"));
    grounds.extend(top(database, is_write).map(load_of));
    grounds.extend(first_user(database));
    reading(Ailment::ReplicationLag, grounds)
}

fn connections(database: &Database) -> Option<Reading> {
    let full = ["remaining connection slots", "too many clients", "too many connections", "max_connections"];
    let mut grounds: Vec<_> = events(database, &full).map(quote).collect();
    // The alarm's own words count as one witness more, never alone: it may be about another instance or an old state.
    let alarmed = says(
        &database.alarm,
        &["too many clients", "remaining connection slots", "max_connections", "too many connections"],
    );
    let limit = database.events.iter().find_map(|event| of_limit(&event.message));
    if let Some(used) = course(database, "DatabaseConnections") {
        let near = limit.is_some_and(|limit| used.highest >= limit * CONNECTIONS_SHARE);
        let grew = used.highest >= used.first * 1.5;
        if near || (alarmed && grew) {
            let of = limit.map_or(String::new(), |limit| format!(" of {limit:.0} (max_connections)"));
            grounds.push(format!(
                "DatabaseConnections rose from {:.0} to {:.0}{of} client sessions",
                used.first, used.highest
            ));
        } else if grounds.iter().all(|ground| !says(ground, &["slots", "too many"])) {
            return None;
        }
    }
    if grounds.is_empty() {
        return None;
    }
    let (load, part) = share(database, &["Client:ClientRead"]);
    if part >= SHARE {
        grounds.push(format!("Client:ClientRead is {load:.1} of the load: sessions are idle, held open by clients that ask nothing"));
    }
    reading(Ailment::ConnectionsExhausted, grounds)
}

/// `469 of 500` gives 500.
fn of_limit(text: &str) -> Option<f64> {
    let words: Vec<&str> =
        text.split([' ', ',', '.', ';', ':', '/', '(', ')']).filter(|word| !word.is_empty()).collect();
    words.windows(3).find_map(|window| match window {
        [used, "of", limit] => used.parse::<f64>().ok().and(limit.parse::<f64>().ok()),
        _ => None,
    })
}

fn failover(database: &Database) -> Option<Reading> {
    let from = start(database)?;
    let found = events(
        database,
        &[
            "failover",
            "failed over",
            "db instance restarted",
            "was restarted",
            "recovery of the db instance",
            "unhealthy host",
        ],
    );
    reading(
        Ailment::Failover,
        found.filter(|event| event.at >= from.saturating_sub(BEFORE_S)).map(quote).collect(),
    )
}

fn locks(database: &Database) -> Option<Reading> {
    let (load, part) = share(database, &["Lock:"]);
    let mut grounds: Vec<_> = events(database, &["deadlock", "lock timeout"]).map(quote).collect();
    if total(database) >= LOAD_MIN && part >= SHARE {
        grounds.push(format!("waits for locks are {load:.1} of the load, {:.0} %", part * 100.0));
        grounds.extend(
            top(database, |statement| statement.waits.iter().any(|wait| wait.name.starts_with("Lock:")))
                .map(load_of),
        );
    }
    reading(Ailment::LockContention, grounds)
}

fn memory(database: &Database) -> Option<Reading> {
    let mut grounds: Vec<_> = events(database, &["out of memory", "oom", "low memory"]).map(quote).collect();
    if let Some(free) =
        course(database, "FreeableMemory").filter(|free| free.last <= free.first * MEMORY_SHARE)
    {
        grounds.push(format!("FreeableMemory fell from {:.1} to {:.1} GiB", gib(free.first), gib(free.last)));
    }
    reading(Ailment::MemoryShort, grounds)
}

fn processor(database: &Database) -> Option<Reading> {
    let used = course(database, "CPUUtilization")?;
    let busy = used.late >= CPU_PERCENT;
    let reader = top(database, |statement| !is_service(statement));
    if !busy {
        return None;
    }
    let mut grounds = vec![format!(
        "CPUUtilization is {:.0} % at the median of the later half, from {:.0} %",
        used.late, used.first
    )];
    grounds.extend(reader.map(load_of));
    grounds.extend(first_user(database));
    let (load, part) = share(database, &["CPU"]);
    if part >= SHARE {
        grounds.push(format!("CPU is {load:.1} of the load, {:.0} %", part * 100.0));
    }
    reading(Ailment::ProcessorSaturated, grounds)
}

fn disks(database: &Database) -> Option<Reading> {
    let queue = course(database, "DiskQueueDepth").filter(|queue| queue.late >= QUEUE)?;
    let (load, part) = share(database, &["IO:"]);
    let mut grounds = vec![format!(
        "DiskQueueDepth is {:.1} at the median of the later half, from {:.1}",
        queue.late, queue.first
    )];
    if part >= SHARE {
        grounds.push(format!("waits for disks are {load:.1} of the load"));
    }
    reading(Ailment::DisksSaturated, grounds)
}

/// What is often thought first, with the number that speaks against it.
pub(super) fn ruled_out(database: &Database, cause: Option<&Reading>, also: &[Reading]) -> Vec<String> {
    let mut out = Vec::new();
    let held = |ailment: Ailment| {
        cause.is_some_and(|cause| cause.ailment == ailment)
            || also.iter().any(|reading| reading.ailment == ailment)
    };
    if let Some(used) = course(database, "CPUUtilization")
        && cause.is_none_or(|cause| cause.ailment != Ailment::ProcessorSaturated)
    {
        out.push(processor_aside(database, &used, cause));
    }
    if let Some(used) =
        course(database, "DatabaseConnections").filter(|_| !held(Ailment::ConnectionsExhausted))
    {
        out.push(format!(
            "not connection exhaustion: at most {:.0} connections, and nobody was turned away",
            used.highest
        ));
    }
    if let Some(free) = course(database, "FreeStorageSpace").filter(|_| !held(Ailment::StorageFull)) {
        out.push(format!("not storage: at least {:.1} GiB free", gib(free.lowest)));
    }
    if let Some(lag) = course(database, "ReplicaLag").filter(|_| !held(Ailment::ReplicationLag)) {
        out.push(format!("not replication: ReplicaLag is at most {:.1} s", lag.highest));
    }
    out.extend(past(database));
    out
}

/// A processor that is busier than usual and not the cause.
fn processor_aside(database: &Database, used: &Course, cause: Option<&Reading>) -> String {
    let lagging = cause.is_some_and(|cause| cause.ailment == Ailment::ReplicationLag);
    let reader = top(database, |statement| {
        !is_write(statement)
            && !is_service(statement)
            && statement
                .waits
                .iter()
                .any(|wait| wait.name.starts_with("CPU") && wait.load * 2.0 >= statement.load)
    });
    match reader.filter(|_| lagging && used.late >= used.first * 1.5) {
        Some(statement) => format!(
            "not the processor: CPUUtilization of {:.0} % is causally independent of the lag: it comes from a statement that only reads and writes no WAL, `{}`",
            used.late, statement.text
        ),
        None if cause.is_some() && used.late >= used.first * 1.5 => format!(
            "not the processor: CPUUtilization of {:.0} % is an effect, CPU is not what sessions wait for most",
            used.late
        ),
        None => {
            format!("not the processor: CPUUtilization is {:.0} % at the median of the later half", used.late)
        }
    }
}

/// Events that were over before anything here began.
fn past(database: &Database) -> Vec<String> {
    let Some(from) = start(database) else { return Vec::new() };
    let mut found: Vec<_> = database
        .events
        .iter()
        .filter(|event| {
            event.at < from.saturating_sub(BEFORE_S)
                && says(
                    &event.message,
                    &["failover", "maintenance", "promoted", "upgrade", "restart", "reboot"],
                )
        })
        .collect();
    found.sort_by_key(|event| event.at);
    let end =
        |event: &&super::Event| says(&event.message, &["complete", "finished", "successfully", "available"]);
    let last: Vec<_> = found.iter().filter(|event| end(event)).collect();
    let list = if last.is_empty() { found.iter().collect() } else { last };
    list.into_iter()
        .map(|event| {
            format!(
                "historical, completed {} minutes before the window: `{}`",
                from.saturating_sub(event.at) / 60,
                event.message
            )
        })
        .collect()
}
