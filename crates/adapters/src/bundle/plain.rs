//! Folders of AWS CLI output, one answer a file.

use super::{Problem, Reading, json};
use butfor_incident::{Body, Evidence, Query};

/// Account and region as far as a path tells them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Twelve digits, or empty.
    pub(super) account: String,
    /// A region code, or empty.
    pub(super) region: String,
}

impl Place {
    /// From the folders of a path; the innermost that looks like one counts. Log file names carry both too
    /// (`111122223333_vpcflowlogs_us-east-1_fl-..._....log.gz`).
    pub(super) fn of(name: &str) -> Self {
        let mut place = Self::default();
        let mut parts: Vec<&str> = name.split('/').collect();
        let file = parts.pop().unwrap_or_default();
        for part in file.split('_').chain(parts) {
            if is_account(part) {
                part.clone_into(&mut place.account);
            } else if is_region(part) {
                part.clone_into(&mut place.region);
            }
        }
        place
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `us-east-1`, `ap-southeast-2`, `us-gov-west-1`: an area, directions, a number.
fn is_region(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let [area, middle @ .., number] = parts.as_slice() else { return false };
    let direction = |part: &&str| {
        ["gov", "iso", "isob", "isoe", "isof", "central"].contains(part)
            || ["north", "south"].iter().any(|start| {
                part.strip_prefix(start).is_some_and(|rest| ["", "east", "west"].contains(&rest))
            })
            || ["east", "west"].contains(part)
    };
    (2..=5).contains(&area.len())
        && area.bytes().all(|byte| byte.is_ascii_lowercase())
        && !middle.is_empty()
        && middle.iter().all(direction)
        && number.len() == 1
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

impl Reading<'_> {
    /// One answer of the AWS CLI. Which call it answers is told downstream by its top-level key; documents nobody
    /// knows are kept. CloudTrail records are unpacked here, as everywhere.
    pub(super) fn read_plain(&mut self, name: &str) {
        let Some(text) = self.whole_text(name) else { return };
        let document = match json::object(&text) {
            Ok(document) => document,
            Err(error) => {
                let help = "expected whole output of one AWS CLI call as JSON, without --query".to_owned();
                return self.unreadable(Problem { help, ..error.in_file(name) });
            }
        };
        let place = Place::of(&[self.files.folder(), name].join("/"));
        let is_trail = document.get("Records").is_some_and(|records| records.get().contains("\"eventName\""))
            || document.get("Events").is_some_and(|events| events.get().contains("\"CloudTrailEvent\""));
        if is_trail && self.cloudtrail_document(name, &text, &document, &place.account) {
            return;
        }
        let query = Query { account: place.account, region: place.region, ..super::empty_query() };
        self.admit(Evidence::new(query, None, Body::Call(text.into())), name, None);
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    fn check(name: &str, account: &str, region: &str) {
        assert_eq!(
            Place::of(name),
            Place { account: account.to_owned(), region: region.to_owned() },
            "{name}"
        );
    }

    #[test]
    fn places_are_told_by_folder_names() {
        check("accounts/111122223333/us-west-2/Vpcs.json", "111122223333", "us-west-2");
        check("us-gov-west-1/Vpcs.json", "", "us-gov-west-1");
        check("eu-isoe-west-1/ap-southeast-2/Vpcs.json", "", "ap-southeast-2");
        check(
            "flow-logs/222233334444_vpcflowlogs_eu-north-1_fl-0_20260101T0000Z_a.log.gz",
            "222233334444",
            "eu-north-1",
        );
        check("Vpcs.json", "", "");
        check("web-app-1/pre-prod-2/1234/Vpcs.json", "", "");
        check("us-east-1a/x.json", "", "");
    }
}
