//! What ran out: requests, memory, disk, locks, connections; and containers that ended.

use super::words::status;
use super::{Facts, Kind, Line, Memory};

/// Error codes that mean throttling, sorted (AWS SDKs and Tools Reference Guide, "Retry behavior"; Lambda's and S3's own).
const THROTTLES: [&str; 16] = [
    "BandwidthLimitExceeded",
    "ConcurrentInvocationLimitExceeded",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "ReservedFunctionConcurrentInvocationLimitExceeded",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingError",
    "ThrottlingException",
    "TooManyRequests",
    "TooManyRequestsException",
];

/// Error codes that mean a missing permission, sorted.
const DENIALS: [&str; 9] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "KMSAccessDeniedException",
    "NotAuthorized",
    "NotAuthorizedException",
    "UnauthorizedAccess",
    "UnauthorizedOperation",
];

pub(super) fn read(line: &Line<'_>, facts: &mut Facts) {
    codes(line, facts);
    if let Some(of) = memory(line) {
        facts.add(line, Kind::OutOfMemory { of });
    }
    const DISK: [&str; 7] = [
        "no space left on device",
        "ENOSPC",
        "disk quota exceeded",
        "disk is full",
        "not enough space on the disk",
        "could not extend file",
        "disk full",
    ];
    if line.says(&DISK) {
        facts.add(line, Kind::DiskFull);
    }
    const DEADLOCK: [&str; 6] = [
        "deadlock found",
        "deadlock detected",
        "deadlock victim",
        "deadlocked on lock",
        "asleep - deadlock!",
        "ora-00060",
    ];
    if line.says(&DEADLOCK) {
        facts.add(line, Kind::Deadlock);
    }
    const LOCK: [&str; 5] = [
        "lock wait timeout exceeded",
        "due to lock timeout",
        "database is locked",
        "could not obtain lock",
        "lock request time out",
    ];
    if line.says(&LOCK) || line.says(&["still waiting for "]) && line.lower.contains("lock") {
        facts.add(line, Kind::LockWait);
    }
    const CONNECTIONS: [&str; 9] = [
        "too many connections",
        "too many clients already",
        "remaining connection slots are reserved",
        "connection pool exhausted",
        "queuepool limit",
        "connection is not available, request timed out",
        "timeout acquiring a connection",
        "max client connections reached",
        "timeout exceeded when trying to connect",
    ];
    if line.says(&CONNECTIONS) {
        facts.add(line, Kind::TooManyConnections);
    }
    if line.says(&["too many open files", "EMFILE"]) {
        facts.add(line, Kind::TooManyOpenFiles);
    }
    container(line, facts);
}

/// Codes are words of their own: `SlowDown` is one, `SlowDownload` is not.
fn codes(line: &Line<'_>, facts: &mut Facts) {
    let mut throttle = None;
    let mut denied =
        line.says(&["is not authorized to perform", "access denied", "permission denied to perform"]);
    for word in line.text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')) {
        if THROTTLES.binary_search(&word).is_ok() {
            throttle.get_or_insert_with(|| word.to_owned());
        }
        denied |= DENIALS.binary_search(&word).is_ok();
    }
    let phrase = ["rate exceeded", "too many requests", "rate limit exceeded", "throughput exceeds"]
        .iter()
        .find(|phrase| line.lower.contains(*phrase));
    let throttle = throttle
        .or_else(|| phrase.map(|phrase| (*phrase).to_owned()))
        .or_else(|| (status(&line.lower) == Some(429)).then(|| "429".to_owned()));
    if let Some(code) = throttle {
        facts.add(line, Kind::Throttled { code });
    }
    if denied {
        facts.add(line, Kind::AccessDenied);
    }
}

fn memory(line: &Line<'_>) -> Option<Memory> {
    if line.says(&[
        "out of memory: kill",
        "invoked oom-killer",
        "memory cgroup out of memory",
        "oom-kill:",
        "oom_reaper:",
    ]) {
        Some(Memory::Kernel)
    } else if line.says(&["oomkilled", "container killed due to memory usage", "outofmemoryerror: container"])
    {
        Some(Memory::Container)
    } else if line.says(&["java.lang.outofmemoryerror"]) {
        Some(Memory::Jvm)
    } else if line.says(&["runtime exited with error: signal: killed", "runtime.outofmemory"]) {
        Some(Memory::Lambda)
    } else {
        let phrases = [
            "heap out of memory",
            "runtime: out of memory",
            "system.outofmemoryexception",
            "cannot allocate memory",
            "ENOMEM",
            "memory allocation of ",
            "nomemoryerror",
            "std::bad_alloc",
        ];
        let python =
            line.text.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "MemoryError");
        (line.says(&phrases) || python).then_some(Memory::Runtime)
    }
}

/// Exit codes as Docker, ECS and Kubernetes write them, and reasons of ECS and Kubernetes.
fn container(line: &Line<'_>, facts: &mut Facts) {
    const BEFORE: [&str; 8] = [
        "exit code: ",
        "exit code ",
        "exitcode: ",
        "exitcode=",
        "exited with code ",
        "exit status ",
        "\"exitcode\":",
        "exited (",
    ];
    const REASONS: [&str; 13] = [
        "OOMKilled",
        "CrashLoopBackOff",
        "ImagePullBackOff",
        "ErrImagePull",
        "CannotPullContainerError",
        "CannotStartContainerError",
        "CannotCreateContainerError",
        "ContainerCannotRun",
        "CreateContainerConfigError",
        "ResourceInitializationError",
        "TaskFailedToStart",
        "EssentialContainerExited",
        "OutOfMemoryError: Container killed",
    ];
    let code = BEFORE.iter().find_map(|before| {
        let after = line.after(before)?.trim_start();
        let end = after.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(after.len());
        after.get(..end)?.parse::<i32>().ok().filter(|code| *code <= 255)
    });
    let reason = REASONS.iter().find(|reason| line.text.contains(*reason)).map(|reason| (*reason).to_owned());
    // An end with code 0 and nothing else is no failure.
    if reason.is_some() || code.is_some_and(|code| code != 0) {
        facts.add(line, Kind::ContainerExited { code, reason });
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn lists_that_are_searched_by_halving_are_sorted() {
        assert!(super::THROTTLES.is_sorted() && super::DENIALS.is_sorted());
    }
}
