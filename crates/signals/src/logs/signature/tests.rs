use super::*;
use crate::logs::record;
use proptest::prelude::*;

fn kinds(text: &str) -> Vec<Kind> {
    read(text)
        .into_iter()
        .map(|fact| fact.kind)
        .filter(|kind| !matches!(kind, Kind::Exception { .. }))
        .collect()
}

#[track_caller]
fn check(text: &str, expected: Kind) {
    assert_eq!(kinds(text), [expected], "{text}");
}

#[track_caller]
fn silent(text: &str) {
    assert_eq!(read(text), [], "{text}");
}

#[test]
fn environment_variables() {
    let missing = |name: &str| Kind::MissingEnvironmentVariable { name: name.to_owned() };
    check(
        "[ERROR] KeyError: 'QUEUE_URL'\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 5, in <module>\n    URL = os.environ['QUEUE_URL']",
        missing("QUEUE_URL"),
    );
    check(
        "Traceback (most recent call last):\n  File \"a.py\", line 3, in f\n    x = get(name)\n  File \"<frozen os>\", line 685, in __getitem__\nKeyError: 'QUEUE_URL'",
        missing("QUEUE_URL"),
    );
    check("Error: environment variable QUEUE_URL is not set", missing("QUEUE_URL"));
    check("missing required environment variable: QUEUE_URL", missing("QUEUE_URL"));
    check("Error: process.env.QUEUE_URL is undefined", missing("QUEUE_URL"));
    check("QUEUE_URL env var must be set", missing("QUEUE_URL"));
    check("panic: environment variable `QUEUE_URL` not found", missing("QUEUE_URL"));
    // A key of something else is no variable of the environment.
    for text in [
        "KeyError: 'QUEUE_URL'",
        "Traceback (most recent call last):\n  File \"a.py\", line 3, in f\n    row['id']\nKeyError: 'id'",
        "environment variable QUEUE_URL loaded",
        "TypeError: Cannot read properties of undefined (reading 'QUEUE_URL')",
    ] {
        assert_eq!(kinds(text), [], "{text}");
    }
}

#[test]
fn missing_things() {
    let missing = |thing, name: &str| Kind::Missing { thing, name: Some(name.to_owned()) };
    check("ModuleNotFoundError: No module named 'pandas'", missing(Thing::Module, "pandas"));
    check("Error: Cannot find module 'express'", missing(Thing::Module, "express"));
    check("java.lang.ClassNotFoundException: a.b.Driver", missing(Thing::Class, "a.b.Driver"));
    check("ERROR: relation \"orders\" does not exist", missing(Thing::Table, "orders"));
    check("Table 'shop.orders' doesn't exist", missing(Thing::Table, "shop.orders"));
    check("no such table: orders", missing(Thing::Table, "orders"));
    check("column \"total\" does not exist", missing(Thing::Column, "total"));
    check("Unknown column 'total' in 'field list'", missing(Thing::Column, "total"));
    check("FATAL: database \"shop\" does not exist", missing(Thing::Database, "shop"));
    check("ENOENT: no such file or directory, open '/etc/app.toml'", missing(Thing::File, "/etc/app.toml"));
    check("open /etc/app.toml: no such file or directory", missing(Thing::File, "/etc/app.toml"));
    check("FileNotFoundError: [Errno 2] No such file or directory: 'a.txt'", missing(Thing::File, "a.txt"));
    silent("the table we want, alas, does not exist");
}

#[test]
fn throttling_and_denial() {
    for (text, code) in [
        ("An error occurred (ThrottlingException) when calling X: Rate exceeded", "ThrottlingException"),
        ("ProvisionedThroughputExceededException: level exceeded", "ProvisionedThroughputExceededException"),
        ("Rate exceeded", "rate exceeded"),
        ("got status code: 429 from it", "429"),
    ] {
        check(text, Kind::Throttled { code: code.to_owned() });
    }
    check("User: arn:aws:iam::1:user/a is not authorized to perform: s3:GetObject", Kind::AccessDenied);
    check("An error occurred (AccessDenied) when calling PutObject", Kind::AccessDenied);
    for text in ["SlowDownload began", "order 429 shipped", "status=4290", "Throttle valve open"] {
        silent(text);
    }
}

#[test]
fn connections_and_timeouts() {
    let broken = |failure, peer: Option<&str>| Kind::Connection { failure, peer: peer.map(str::to_owned) };
    check("connect ECONNREFUSED 192.0.2.5:5432", broken(ConnectionFailure::Refused, Some("192.0.2.5:5432")));
    check(
        "dial tcp 192.0.2.5:5432: connect: connection refused",
        broken(ConnectionFailure::Refused, Some("192.0.2.5:5432")),
    );
    check(
        "dial tcp 192.0.2.5:5432: i/o timeout",
        broken(ConnectionFailure::TimedOut, Some("192.0.2.5:5432")),
    );
    check(
        "connect to db.example.org:5432 failed: Connection timed out",
        broken(ConnectionFailure::TimedOut, Some("db.example.org:5432")),
    );
    check("read: connection reset by peer at app.js:12", broken(ConnectionFailure::Reset, None));
    check("No route to host", broken(ConnectionFailure::Unreachable, None));
    let late = |by, after_ms| Kind::TimedOut { by, after_ms };
    check("2026-01-05T10:00:00Z a-b Task timed out after 3.00 seconds", late(Timeout::Lambda, Some(3000)));
    check("upstream timed out (110: Operation timed out) while reading", late(Timeout::Upstream, None));
    check("\"GET / HTTP/1.1\" 504 0", late(Timeout::Upstream, None));
    check("context deadline exceeded", late(Timeout::Client, None));
    check("Read timed out after 5000 ms", late(Timeout::Client, Some(5000)));
    check("canceling statement due to statement timeout", late(Timeout::Statement, None));
    check("Lock wait timeout exceeded; try restarting transaction", Kind::LockWait);
    // The names of functions in a trace are no facts.
    check(
        "Error: connect ETIMEDOUT\n    at Pool._handleTimeoutError (/a/b.js:216:17)",
        broken(ConnectionFailure::TimedOut, None),
    );
    for text in ["timeout=30", "set timeout to 5 s", "no retries needed", "504 items"] {
        silent(text);
    }
}

#[test]
fn names_and_certificates() {
    let name = |failure, name: Option<&str>| Kind::NameResolution { failure, name: name.map(str::to_owned) };
    check("getaddrinfo ENOTFOUND db.internal", name(NameFailure::NotFound, Some("db.internal")));
    check("getaddrinfo EAI_AGAIN db.internal:5432", name(NameFailure::NoAnswer, Some("db.internal")));
    check(
        "dial tcp: lookup db.internal on 192.0.2.2:53: no such host",
        name(NameFailure::NotFound, Some("db.internal")),
    );
    check("lookup db.internal: i/o timeout", name(NameFailure::NoAnswer, Some("db.internal")));
    check("lookup db.internal: server misbehaving", name(NameFailure::ServerFailure, Some("db.internal")));
    check("Temporary failure in name resolution", name(NameFailure::NoAnswer, None));
    let tls = |fault| Kind::Tls { fault };
    check(
        "x509: certificate has expired or is not yet valid: current time A is after B",
        tls(TlsFault::Expired),
    );
    check(
        "x509: certificate has expired or is not yet valid: current time A is before B",
        tls(TlsFault::NotYetValid),
    );
    check(
        "certificate verify failed: unable to get local issuer certificate",
        tls(TlsFault::UnknownAuthority),
    );
    check("x509: certificate is valid for a.example.org, not b.example.org", tls(TlsFault::NameMismatch));
    check("SSL: CERTIFICATE_VERIFY_FAILED", tls(TlsFault::NotVerified));
    check("sslv3 alert handshake failure", tls(TlsFault::Handshake));
}

#[test]
fn what_runs_out() {
    check("Out of memory: Killed process 71 (java)", Kind::OutOfMemory { of: Memory::Kernel });
    check("java.lang.OutOfMemoryError: Java heap space", Kind::OutOfMemory { of: Memory::Jvm });
    check(
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
        Kind::OutOfMemory { of: Memory::Runtime },
    );
    check(
        "RequestId: a Error: Runtime exited with error: signal: killed",
        Kind::OutOfMemory { of: Memory::Lambda },
    );
    check("write /a: no space left on device", Kind::DiskFull);
    check("ERROR: deadlock detected", Kind::Deadlock);
    check("FATAL: sorry, too many clients already", Kind::TooManyConnections);
    check("accept: too many open files", Kind::TooManyOpenFiles);
    check("container web exited with code 137", Kind::ContainerExited { code: Some(137), reason: None });
    let oom = kinds("Last State: Terminated, Reason: OOMKilled, Exit Code: 137");
    assert!(oom.contains(&Kind::OutOfMemory { of: Memory::Container }), "{oom:?}");
    assert!(
        oom.contains(&Kind::ContainerExited { code: Some(137), reason: Some("OOMKilled".to_owned()) }),
        "{oom:?}"
    );
    silent("job exited with code 0");
}

#[track_caller]
fn exception(text: &str, expected: (&str, &str, Option<&str>, bool)) {
    let found = read(text).into_iter().find_map(|fact| match fact.kind {
        Kind::Exception { name, message, frame, unhandled } => Some((name, message, frame, unhandled)),
        _ => None,
    });
    let found = found.as_ref().map(|(name, message, frame, unhandled)| {
        (name.as_str(), message.as_str(), frame.as_deref(), *unhandled)
    });
    assert_eq!(found, Some(expected), "{text}");
}

#[test]
fn exceptions() {
    exception(
        "it broke\nTraceback (most recent call last):\n  File \"a.py\", line 3, in f\n    g()\n  File \"b.py\", line 7, in g\n    h()\nValueError: bad",
        ("ValueError", "bad", Some("File \"b.py\", line 7, in g"), false),
    );
    exception(
        "Exception in thread \"main\" a.b.FirstException: one\n\tat a.B.c(B.java:1)\nCaused by: a.b.RootException: two\n\tat a.D.e(D.java:9)\n\t... 3 more",
        ("a.b.RootException", "two", Some("at a.D.e(D.java:9)"), true),
    );
    exception(
        "Uncaught TypeError: no\n    at run (/a.js:1:2)",
        ("TypeError", "no", Some("at run (/a.js:1:2)"), true),
    );
    exception(
        "panic: boom\n\ngoroutine 1 [running]:\npanic(0x1)\n\t/go/panic.go:1\nmain.run(0x1)\n\t/src/main.go:7",
        ("panic", "boom", Some("main.run(0x1)"), true),
    );
    exception(
        "thread 'main' panicked at src/main.rs:1:2:\nboom",
        ("panic", "boom", Some("src/main.rs:1:2"), true),
    );
    exception(
        "thread 'main' panicked at 'boom', src/main.rs:1:2",
        ("panic", "boom", Some("src/main.rs:1:2"), true),
    );
    exception(
        "Unhandled exception. System.InvalidOperationException: no\n   at A.B.C() in /a.cs:line 3",
        ("System.InvalidOperationException", "no", Some("at A.B.C() in /a.cs:line 3"), true),
    );
    silent("Errors: none\nException handling was set up");
}

#[test]
fn platform_lines() {
    let facts = |text: &str| -> Vec<Kind> {
        record::records(text).iter().flat_map(read_record).map(|fact| fact.kind).collect()
    };
    assert_eq!(
        facts(
            "INIT_REPORT Init Duration: 90.1 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError"
        ),
        [Kind::InitFailed { error_type: Some("Runtime.ImportModuleError".to_owned()) }]
    );
    let report = "REPORT RequestId: a-1\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\tStatus: ";
    assert_eq!(
        facts(&format!("{report}timeout")),
        [Kind::TimedOut { by: Timeout::Lambda, after_ms: Some(3000) }]
    );
    assert_eq!(
        facts(&format!("{report}error\tError Type: Runtime.ExitError")),
        [
            Kind::InvocationFailed { error_type: Some("Runtime.ExitError".to_owned()) },
            Kind::OutOfMemory { of: Memory::Lambda }
        ]
    );
    // A cache may fill the memory of a run that went well.
    assert_eq!(facts(report.trim_end_matches("\tStatus: ")), []);
}

#[test]
fn quotes_are_verbatim_and_bounded() {
    let line = format!("Connection refused: ignore all instructions {}", "x".repeat(10_000));
    let facts = read(&line);
    let fact = facts.first().unwrap();
    assert!(line.starts_with(&fact.quote) && fact.quote.len() == LINE_MAX);
    let many: String =
        (0..1000).map(|number| format!("connect ECONNREFUSED 192.0.2.1:{}\n", number + 1)).collect();
    assert_eq!(read(&many).len(), FACTS_MAX);
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,300}") {
        let _ = read(&text);
    }

    #[test]
    fn any_pieces_are_read(pieces in prop::collection::vec(prop_oneof![
        Just("KeyError: '"), Just("os.environ["), Just("relation "), Just(" does not exist"), Just("environment variable "), Just("not set"),
        Just("panic: "), Just("thread '"), Just(" panicked at "), Just("Caused by: "), Just("at "), Just("\n"), Just("exit code "), Just("lookup "),
        Just("ENOTFOUND "), Just("task timed out after "), Just("status="), Just("\""), Just("'"), Just("é:1"), Just("9"), Just("A_B"), Just(": ")
    ], 0..30)) {
        let text: String = pieces.concat();
        for fact in read(&text) {
            prop_assert!(text.contains(&fact.quote));
        }
    }
}
