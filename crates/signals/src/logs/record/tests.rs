use super::*;
use proptest::prelude::*;

fn only(text: &str) -> Record {
    let mut records = records(text);
    assert_eq!(records.len(), 1, "{records:#?}");
    records.remove(0)
}

#[track_caller]
fn check(line: &str, level: Option<Level>, logger: Option<&str>, message: &str) {
    let record = only(line);
    assert_eq!(record.message, message, "{record:#?}");
    assert_eq!(record.header.level, level, "{record:#?}");
    assert_eq!(record.header.logger.as_deref(), logger, "{record:#?}");
}

#[test]
fn headers() {
    use Level::{Error, Fatal, Info, Warn};
    check(
        "2026-01-05 10:00:00,123 ERROR [main] a.b.Loader: cannot load",
        Some(Error),
        Some("a.b.Loader"),
        "cannot load",
    );
    check("2026-01-05T10:00:00Z INFO a.b.C - up", Some(Info), Some("a.b.C"), "up");
    check("2026-01-05 10:00:00.123  WARN 77 --- [nio-1] c.e.Api : slow", Some(Warn), Some("c.e.Api"), "slow");
    check("26/01/05 10:00:00 INFO storage.Manager: stored", Some(Info), Some("storage.Manager"), "stored");
    check("[05/Jan/2026:10:00:00 +0000] [error] no file", Some(Error), None, "no file");
    check(
        "2026/01/05 10:00:00 [error] 31#31: *7 upstream timed out",
        Some(Error),
        None,
        "*7 upstream timed out",
    );
    check("E0105 10:00:00.123456    1 server.go:12] broken", Some(Error), Some("server.go"), "broken");
    check("<11>1 2026-01-05T10:00:00Z web app 7 - - down", Some(Error), Some("app"), "down");
    check("Jan  5 10:00:00 web app[7]: down", None, Some("app"), "down");
    check("CRITICAL:root:gone", Some(Fatal), None, "root:gone");
    check(
        "[ERROR]\t2026-01-05T10:00:00.1Z\t11111111-2222-3333-4444-555555555555\tbroken",
        Some(Error),
        None,
        "broken",
    );
    check(
        "2026-01-05T10:00:00.1Z\t11111111-2222-3333-4444-555555555555\tERROR\tbroken",
        Some(Error),
        None,
        "broken",
    );
    check("\u{1b}[31mERROR\u{1b}[0m red", Some(Error), None, "red");
    check("2026-01-05T10:00:00.5Z stderr F WARN odd", Some(Warn), None, "odd");
    check(r#"{"log":"WARN odd\n","stream":"stderr","time":"2026-01-05T10:00:00Z"}"#, Some(Warn), None, "odd");
    check("level=warn msg=\"it is slow\" ms=7", Some(Warn), None, "it is slow");
    check(r#"{"level":"error","msg":"broken","logger":"api"}"#, Some(Error), Some("api"), "broken");
    check(r#"{"level":50,"msg":"broken"}"#, Some(Error), None, "broken");
    check(r#"2026-01-05T10:00:00Z ERROR {"message":"inner"}"#, Some(Error), None, "inner");
}

#[test]
fn what_is_no_header() {
    for line in [
        "Error in line 3",
        "hello",
        "Information about it: none",
        "ValueError: bad",
        "",
        "a=1 b=2 in the text",
        "{broken",
        "warn",
    ] {
        let record = one(line, 0);
        assert_eq!((record.message.as_str(), record.header), (line, Header::default()));
    }
}

#[test]
fn header_parts() {
    let header = only("Jan  5 10:00:00 web sshd[4711]: no").header;
    assert_eq!((header.host.as_deref(), header.pid), (Some("web"), Some(4711)));
    let header = only("2026-01-05T10:00:00.1Z\t11111111-2222-3333-4444-555555555555\tINFO\tx").header;
    assert_eq!(header.request.as_deref(), Some("11111111-2222-3333-4444-555555555555"));
    assert_eq!(header.stamp.unwrap().unix_ms, Some(1_767_607_200_100));
    let header = only("2026-01-05 10:00:00,123 ERROR [worker-1] a.B: x").header;
    assert_eq!(header.thread.as_deref(), Some("worker-1"));
}

#[test]
fn traces_are_joined() {
    let python = "ERROR it broke\nTraceback (most recent call last):\n  File \"app.py\", line 3, in run\n    go()\nKeyError: 'x'\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"app.py\", line 5, in run\nValueError: bad";
    let java = "2026-01-05 10:00:00 ERROR a.B: failed\njava.io.IOException: broken\n\tat a.B.c(B.java:1)\nCaused by: a.b.X: y\n\t... 3 more";
    let go = "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.run(0x1, 0x2)\n\t/src/main.go:7 +0x1d\nmain.main()\n\t/src/main.go:3\nexit status 2";
    let js = "TypeError: x is not a function\n    at run (/app/a.js:1:2)\n    at main (/app/a.js:9:1)";
    let rust = "thread 'main' panicked at src/main.rs:1:2:\nit broke\nstack backtrace:\n   0: main::run\nnote: run with `RUST_BACKTRACE=full` for more";
    let net = "Unhandled exception. System.Exception: bad\n   at A.B.C() in /a/b.cs:line 3\n   --- End of inner exception stack trace ---";
    for text in [python, java, go, js, rust, net] {
        let record = only(text);
        assert_eq!(record.lines, text.lines().count() as u64, "{record:#?}");
    }
    assert_eq!(records("INFO one\nINFO two\nthree").len(), 3);
    assert_eq!(records("KeyError: 'a'\nnext line").len(), 2);
}

#[test]
fn parts_of_a_long_line_are_joined() {
    let record = only("2026-01-05T10:00:00Z stdout P one \n2026-01-05T10:00:00Z stdout F two");
    assert_eq!((record.message.as_str(), record.lines), ("one two", 1));
}

#[test]
fn exceptions_in_fields() {
    let lambda = only(
        r#"{"errorMessage":"'TABLE'","errorType":"KeyError","stackTrace":["  File \"a.py\", line 1\n    os.environ['TABLE']\n"]}"#,
    );
    assert!(lambda.exception.unwrap().starts_with("KeyError: 'TABLE'\n  File"));
    let nested = only(
        r#"{"level":"error","message":"x","err":{"type":"Error","message":"no","stack":"Error: no\n    at a"}}"#,
    );
    assert_eq!(nested.exception.as_deref(), Some("Error: no\n    at a"));
}

#[test]
fn records_are_bounded() {
    let text = format!("ERROR x\n{}", "\tat a.b.C(D.java:1)\n".repeat(100_000));
    let record = only(&text);
    assert!(record.cut && record.text().len() <= BYTES_MAX + 16);
    assert_eq!(record.lines, 100_001);
    let long = only(&"x".repeat(1_000_000));
    assert!(long.cut && long.message.len() <= BYTES_MAX);
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        let _ = records(&text);
    }

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        let lines: u64 = records(&text).iter().map(|record| record.lines).sum();
        prop_assert!(lines <= text.lines().count() as u64);
    }

    #[test]
    fn log_like_text_loses_no_line(lines in prop::collection::vec(
        r#"(\[?2026-01-05[T ]10:00:00(Z|,1)?\]? )?(ERROR|\[warn\]|INFO:)? ?(a.b.C:|\[main\]|<11>1)? ?(REPORT RequestId: |Traceback \(most recent call last\):|panic: |\{"a":1|goroutine 1|	at |a=1 b="|thread 'x' panicked at |[a-zé: ]{0,9})"#, 0..12)) {
        let text = lines.join("\n");
        let counted: u64 = records(&text).iter().map(|record| record.lines).sum();
        prop_assert_eq!(counted, text.lines().count() as u64);
    }
}
