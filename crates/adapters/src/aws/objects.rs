//! Log files that services keep in S3: which of them a window of time needs, and their bytes.

use super::{failure, read};
use butfor_aws_api::Client;
use butfor_incident::{Query, Timestamp};
use butfor_ports::{Answered, Failure, File};
use serde::Deserialize;
use serde_json::json;
use std::time::{Duration, Instant};

/// Files read of one query; CloudTrail writes one every five minutes at least for an account and region.
const FILES_MAX: usize = 120;

/// Bytes read of one query, compressed.
const BYTES_MAX: usize = 64 << 20;

/// Time for reading the files of one query; shorter than what an investigation gives a query, which would lose those that came.
const READING_MAX: Duration = Duration::from_secs(15);

/// Which objects a query asks for. Written by `engine::wanted`, as the parameters of the query.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    pub bucket: String,
    /// What stands before `AWSLogs/`, with its slash; empty for nothing.
    #[serde(default)]
    pub prefix: String,
    pub from: String,
    pub until: String,
}

/// The objects of some days whose names carry a moment in the window, as files of a folder of a bundle. What does not fit into the limits, or
/// fails after others came, is the missing rest of a part.
pub(super) async fn files(
    client: &Client,
    query: &Query,
    asked: &Asked,
    folder: &str,
    day_prefix: impl Fn(&str) -> String,
) -> Result<Answered, Failure> {
    let began = Instant::now();
    let keys = keys(client, query, asked, day_prefix).await?;
    let mut files = Vec::new();
    let mut bytes = 0;
    let mut rest = None;
    // The latest files matter most where not all can be read.
    for key in keys.iter().rev() {
        if files.len() >= FILES_MAX || bytes > BYTES_MAX || began.elapsed() > READING_MAX {
            let message = format!("{} of {} files were read, the latest", files.len(), keys.len());
            rest = Some(Failure { code: "OverBudget".to_owned(), message });
            break;
        }
        match client.object(&read::target(query), &asked.bucket, key).await {
            Ok(object) => {
                bytes += object.len();
                files.push(File { name: format!("{folder}/{key}"), bytes: object });
            }
            Err(error) if files.is_empty() => return Err(failure::of(&error)),
            Err(error) => {
                rest = Some(failure::of(&error));
                break;
            }
        }
    }
    let files = Answered::Files(files);
    Ok(match rest {
        Some(rest) => Answered::Part(Box::new(files), rest),
        None => files,
    })
}

/// The names of the objects, by time. None is a failure: a service writes a file even for few events, so that no file is not the same as
/// nothing done.
async fn keys(
    client: &Client,
    query: &Query,
    asked: &Asked,
    day_prefix: impl Fn(&str) -> String,
) -> Result<Vec<String>, Failure> {
    let (from, until) = (moment(&asked.from)?, moment(&asked.until)?);
    let mut keys = Vec::new();
    for day in days(from, until) {
        let parameters = json!({"Bucket": asked.bucket, "Prefix": day_prefix(&day)});
        let listed = client.call(&read::target(query), "s3", "ListObjectsV2", &parameters).await;
        let listed = listed.map_err(|error| failure::of(&error))?;
        let objects =
            listed.output.get("Contents").and_then(|list| list.as_array()).cloned().unwrap_or_default();
        keys.extend(objects.iter().filter_map(|object| object.get("Key")?.as_str().map(str::to_owned)));
    }
    // A file is delivered within minutes after its last event; its name carries when.
    let (first, last) = (from, until.plus_seconds(20 * 60));
    keys.retain(|key| stamp(key).is_none_or(|at| first <= at && at <= last));
    keys.sort();
    keys.dedup();
    if keys.is_empty() {
        let prefix = day_prefix(days(from, until).first().map_or("", String::as_str));
        let message = format!(
            "there is no log file of {from} to {until} in bucket `{}` under `{prefix}`: check that it is delivered there",
            asked.bucket
        );
        return Err(Failure { code: "NotConfigured".to_owned(), message });
    }
    Ok(keys)
}

fn moment(text: &str) -> Result<Timestamp, Failure> {
    Timestamp::parse(text)
        .map_err(|error| Failure { code: "BadParameter".to_owned(), message: error.to_string() })
}

/// `2026/05/02` for each day of a window.
fn days(from: Timestamp, until: Timestamp) -> Vec<String> {
    const DAY_S: i64 = 24 * 3600;
    let mut days = Vec::new();
    let mut at = from;
    while at <= until.plus_seconds(DAY_S) && days.len() < 92 {
        let day = at.date().replace('-', "/");
        if at.date() <= until.date() {
            days.push(day);
        }
        at = at.plus_seconds(DAY_S);
    }
    days
}

/// The moment in a log file's name: `..._20260502T1330Z_...`.
fn stamp(key: &str) -> Option<Timestamp> {
    key.rsplit('/').next()?.split('_').find_map(|part| {
        let part = part.strip_suffix('Z')?;
        let (date, clock) = part.split_once('T')?;
        let is_stamp = date.len() == 8
            && clock.len() == 4
            && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'T');
        if !is_stamp {
            return None;
        }
        let text = format!(
            "{}-{}-{}T{}:{}:00Z",
            date.get(..4)?,
            date.get(4..6)?,
            date.get(6..)?,
            clock.get(..2)?,
            clock.get(2..)?
        );
        Timestamp::parse(&text).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_moments() {
        let key = "AWSLogs/111122223333/CloudTrail/us-east-1/2026/05/02/111122223333_CloudTrail_us-east-1_20260502T1330Z_Ab12.json.gz";
        assert_eq!(stamp(key).map(|at| at.to_string()).as_deref(), Some("2026-05-02T13:30:00Z"));
        assert_eq!(stamp("AWSLogs/x/notes_2026.txt"), None);
        assert_eq!(stamp("a_20269902T9930Z_b"), None);
    }

    #[test]
    fn a_window_over_midnight_has_two_days() {
        let at = |text| Timestamp::parse(text).unwrap();
        assert_eq!(
            days(at("2026-05-01T23:30:00Z"), at("2026-05-02T00:10:00Z")),
            ["2026/05/01", "2026/05/02"]
        );
        assert_eq!(days(at("2026-05-01T10:30:00Z"), at("2026-05-01T11:10:00Z")), ["2026/05/01"]);
    }
}
