//! Lines the Lambda platform writes: START, END, REPORT, INIT_START, INIT_REPORT, as text and as JSON.
//!
//! Formats: AWS Lambda Developer Guide, "View CloudWatch logs for Lambda functions" and "Lambda Telemetry API event schema".

use crate::logs::scan::cut;
use serde_json::Value;

/// Bytes kept of an id, a status or a version.
const WORD_MAX: usize = 256;

/// A line of the platform.
#[derive(Debug, Clone, PartialEq)]
pub enum Platform {
    /// An invocation begins.
    Start {
        /// Its request.
        request: String,
        /// The version of the function, `$LATEST` or a number.
        version: Option<String>,
    },
    /// An invocation ended.
    End {
        /// Its request.
        request: String,
    },
    /// What an invocation took.
    Report(Report),
    /// The initialisation began.
    InitStart {
        /// The runtime and its version, as written.
        runtime: Option<String>,
    },
    /// What an initialisation took. Written only when it failed or ran into its limit, or for SnapStart.
    InitReport(InitReport),
}

/// A REPORT line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// The request.
    pub request: Option<String>,
    /// Milliseconds the handler ran.
    pub duration_ms: Option<f64>,
    /// Milliseconds that are paid.
    pub billed_ms: Option<f64>,
    /// Memory configured, MB.
    pub memory_size_mb: Option<u64>,
    /// Memory used at most, MB.
    pub max_memory_used_mb: Option<u64>,
    /// Milliseconds of initialisation: a cold start.
    pub init_duration_ms: Option<f64>,
    /// `timeout`, `error`, `failure`; none when it went well.
    pub status: Option<String>,
    /// Such as `Runtime.ExitError`.
    pub error_type: Option<String>,
}

impl Report {
    /// Whether memory was used to the last megabyte: what a run that was killed for memory leaves, or a cache that grew.
    #[must_use]
    pub fn memory_full(&self) -> bool {
        matches!((self.memory_size_mb, self.max_memory_used_mb), (Some(size), Some(used)) if used >= size)
    }
}

/// An INIT_REPORT line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InitReport {
    /// Milliseconds.
    pub duration_ms: Option<f64>,
    /// `init`, `invoke`, `restore`. In `invoke` the initialisation is repeated after one that failed.
    pub phase: Option<String>,
    /// `timeout`, `error`, `failure`, `success`.
    pub status: Option<String>,
    /// Such as `Runtime.ImportModuleError`.
    pub error_type: Option<String>,
}

/// The platform's line that `line` is.
pub(super) fn read(line: &str) -> Option<Platform> {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("START RequestId: ") {
        let (request, version) =
            rest.split_once(" Version: ").map_or((rest, None), |(id, version)| (id, Some(word(version))));
        return request_id(request).map(|request| Platform::Start { request, version });
    }
    if let Some(rest) = line.strip_prefix("END RequestId: ") {
        return request_id(rest).map(|request| Platform::End { request });
    }
    if let Some(rest) = line.strip_prefix("INIT_START ") {
        let runtime = rest
            .strip_prefix("Runtime Version: ")
            .map(|rest| word(rest.split('\t').next().unwrap_or(rest).trim()));
        return Some(Platform::InitStart { runtime });
    }
    if let Some(rest) = line.strip_prefix("INIT_REPORT ") {
        return init_report(rest).map(Platform::InitReport);
    }
    line.strip_prefix("REPORT ").and_then(report).map(Platform::Report)
}

fn report(rest: &str) -> Option<Report> {
    let mut report = Report::default();
    for (name, value) in fields(rest) {
        match name {
            "RequestId" => report.request = request_id(value),
            "Duration" => report.duration_ms = amount(value, "ms"),
            "Billed Duration" => report.billed_ms = amount(value, "ms"),
            "Memory Size" => report.memory_size_mb = megabytes(value),
            "Max Memory Used" => report.max_memory_used_mb = megabytes(value),
            "Init Duration" => report.init_duration_ms = amount(value, "ms"),
            "Status" => report.status = Some(word(value)),
            "Error Type" => report.error_type = Some(word(value)),
            _ => {}
        }
    }
    (report.request.is_some() && (report.duration_ms.is_some() || report.status.is_some())).then_some(report)
}

fn init_report(rest: &str) -> Option<InitReport> {
    let mut report = InitReport::default();
    for (name, value) in fields(rest) {
        match name {
            "Init Duration" => report.duration_ms = amount(value, "ms"),
            "Phase" => report.phase = Some(word(value)),
            "Status" => report.status = Some(word(value)),
            "Error Type" => report.error_type = Some(word(value)),
            _ => {}
        }
    }
    (report.duration_ms.is_some() || report.status.is_some()).then_some(report)
}

/// The names of the platform's fields; tabs between them become spaces on the way through many tools.
const NAMES: [&str; 10] = [
    "RequestId",
    "Billed Duration",
    "Init Duration",
    "Duration",
    "Memory Size",
    "Max Memory Used",
    "Status",
    "Error Type",
    "Phase",
    "XRAY TraceId",
];

/// The fields of a line, by their names and not by what separates them.
fn fields(rest: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = cut(rest, 2048).trim_start();
    while let Some((name, after)) = NAMES.iter().find_map(|name| {
        rest.strip_prefix(name).and_then(|after| after.strip_prefix(':')).map(|after| (*name, after))
    }) {
        let after = after.trim_start();
        let end = after
            .char_indices()
            .filter(|(_, letter)| letter.is_whitespace())
            .map(|(at, _)| at)
            .find(|at| {
                let next = after.get(*at..).unwrap_or_default().trim_start();
                NAMES.iter().any(|name| next.strip_prefix(name).is_some_and(|next| next.starts_with(':')))
            })
            .unwrap_or(after.len());
        let (value, next) = after.split_at_checked(end).unwrap_or((after, ""));
        found.push((name, value.trim()));
        rest = next.trim_start();
    }
    found
}

fn word(text: &str) -> String {
    cut(text.trim(), WORD_MAX).to_owned()
}

fn request_id(text: &str) -> Option<String> {
    let id = text.split_whitespace().next()?;
    (id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
        .then(|| id.to_owned())
}

fn amount(value: &str, unit: &str) -> Option<f64> {
    let number: f64 = value.strip_suffix(unit)?.trim().parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

fn megabytes(value: &str) -> Option<u64> {
    value.strip_suffix("MB")?.trim().parse().ok()
}

/// The platform's line in the JSON log format: `{"type": "platform.report", "record": {...}}`.
pub(super) fn read_json(object: &serde_json::Map<String, Value>) -> Option<Platform> {
    let kind = object.get("type")?.as_str()?.strip_prefix("platform.")?;
    let record = object.get("record")?;
    let text = |name: &str| record.get(name).and_then(Value::as_str).map(word);
    let metric = |name: &str| record.get("metrics").and_then(|metrics| metrics.get(name));
    let number = |name: &str| metric(name).and_then(Value::as_f64);
    match kind {
        "start" => Some(Platform::Start { request: text("requestId")?, version: text("version") }),
        "end" => Some(Platform::End { request: text("requestId")? }),
        "initStart" => Some(Platform::InitStart { runtime: text("runtimeVersion") }),
        "initReport" => Some(Platform::InitReport(InitReport {
            duration_ms: number("durationMs"),
            phase: text("phase"),
            status: text("status"),
            error_type: text("errorType"),
        })),
        "report" => Some(Platform::Report(Report {
            request: text("requestId"),
            duration_ms: number("durationMs"),
            billed_ms: number("billedDurationMs"),
            memory_size_mb: metric("memorySizeMB").and_then(Value::as_u64),
            max_memory_used_mb: metric("maxMemoryUsedMB").and_then(Value::as_u64),
            init_duration_ms: number("initDurationMs"),
            status: text("status").filter(|status| status != "success"),
            error_type: text("errorType"),
        })),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_lines() {
        let line = "REPORT RequestId: 1b2c-3d\tDuration: 3000.00 ms\tBilled Duration: 3100 ms\tMemory Size: 128 MB\tMax Memory Used: 128 MB\tInit Duration: 91.5 ms\tStatus: timeout";
        for line in [line.to_owned(), line.replace('\t', " ")] {
            let Some(Platform::Report(report)) = read(&line) else { panic!("{line}") };
            assert_eq!(report.duration_ms, Some(3000.0));
            assert_eq!(report.billed_ms, Some(3100.0));
            assert_eq!((report.memory_size_mb, report.max_memory_used_mb), (Some(128), Some(128)));
            assert_eq!(report.init_duration_ms, Some(91.5));
            assert_eq!(report.status.as_deref(), Some("timeout"));
            assert!(report.memory_full());
        }
    }

    #[test]
    fn init_and_ends() {
        assert_eq!(
            read(
                "INIT_REPORT Init Duration: 412.9 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError"
            ),
            Some(Platform::InitReport(InitReport {
                duration_ms: Some(412.9),
                phase: Some("init".to_owned()),
                status: Some("error".to_owned()),
                error_type: Some("Runtime.ImportModuleError".to_owned()),
            }))
        );
        assert_eq!(read("END RequestId: a-1"), Some(Platform::End { request: "a-1".to_owned() }));
        assert!(matches!(
            read("START RequestId: a-1 Version: $LATEST"),
            Some(Platform::Start { version: Some(_), .. })
        ));
        assert!(matches!(
            read("INIT_START Runtime Version: python:3.12.v7\tRuntime Version ARN: x"),
            Some(Platform::InitStart { runtime: Some(_) })
        ));
        for line in [
            "REPORT",
            "REPORT on sales",
            "START RequestId:",
            "END of file",
            "INIT_REPORT soon",
            "RESTART RequestId: 1",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn json_reports() {
        let value = serde_json::json!({"time": "x", "type": "platform.report", "record": {"requestId": "a", "status": "success",
            "metrics": {"durationMs": 5.5, "billedDurationMs": 6, "memorySizeMB": 128, "maxMemoryUsedMB": 70}}});
        let Some(Platform::Report(report)) = value.as_object().and_then(read_json) else { panic!() };
        assert_eq!(
            (report.duration_ms, report.max_memory_used_mb, report.status),
            (Some(5.5), Some(70), None)
        );
    }
}
