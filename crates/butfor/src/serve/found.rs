//! From a case to what the service keeps of it, and back.

use butfor_adapters::bundle::{self, Bundle, Limits, Memory};
use butfor_engine::correlate::{Dependencies, Explained};
use butfor_incident::CaseFile;
use butfor_server::{Found, Order};
use butfor_world::History;
use serde_json::Value;

/// Assesses files that were recorded.
pub(super) fn of(files: &Memory, case: &CaseFile, warnings: Vec<String>) -> Result<Found, String> {
    let (assessment, picture) = butfor_engine::assess_with_picture(case);
    let bundle = files.to_archive().map_err(|error| format!("the recording cannot be packed: {error}"))?;
    Ok(Found {
        explained: Explained::from_assessment(&assessment),
        dependencies: Dependencies::read(History::read(case).latest()),
        as_of: case.as_of,
        assessment,
        picture,
        bundle,
        warnings,
    })
}

/// Reads an archive that was kept.
pub(super) fn read(archive: &[u8]) -> Option<Bundle> {
    let files = Memory::from_archive(archive).ok()?;
    bundle::read_files(&files, Limits::default(), &mut |_| {}).ok()
}

/// Adds what code hosts said, as a recorded incident has it.
pub(super) fn deliveries(order: &Order) -> impl Iterator<Item = (String, Vec<u8>)> {
    let numbered = order.deliveries.iter().enumerate();
    numbered
        .map(|(number, body)| (format!("deploys/received-{number:04}.json"), body.to_string().into_bytes()))
}

/// Puts the alerts that came in place of the recorded one; without any, the recorded one stays.
pub(super) fn with_alerts(mut files: Memory, alerts: &[Value]) -> Memory {
    if !alerts.is_empty() {
        let text = match alerts {
            [one] => one.to_string(),
            several => Value::from(several.to_vec()).to_string(),
        };
        files.0.insert("alert.json".to_owned(), text.into_bytes());
    }
    files
}
