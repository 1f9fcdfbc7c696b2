//! CloudTrail records, from log files and from LookupEvents answers; each is evidence of its own.

use super::json::{self, Object};
use super::plain::Place;
use super::{Problem, Reading};
use butfor_incident::{Body, Evidence, Query, Timestamp};
use serde_json::value::RawValue;

impl Reading<'_> {
    /// A file of `cloudtrail/`: a log file, saved lookup-events output, a bare list of records, or one record.
    pub(super) fn read_cloudtrail(&mut self, name: &str) {
        let Some(text) = self.whole_text(name) else { return };
        let account = Place::of(name).account;
        if text.trim_start().starts_with('[') {
            match serde_json::from_str::<Vec<&RawValue>>(&text) {
                Ok(records) => self.records(name, "", &records, &account),
                Err(error) => self.unreadable(json::JsonError::from(error).in_file(name)),
            }
            return;
        }
        match json::object(&text) {
            Ok(document) if self.cloudtrail_document(name, &text, &document, &account) => {}
            Ok(_) => self.unreadable(Problem {
                field: Some("Records".to_owned()),
                text: "missing".to_owned(),
                help: "a CloudTrail log file has `Records`, lookup-events output has `Events`".to_owned(),
                ..Problem::of(name)
            }),
            Err(error) => self.unreadable(error.in_file(name)),
        }
    }

    /// Reads a document that holds CloudTrail records; `false` when it holds none.
    pub(super) fn cloudtrail_document(
        &mut self,
        file: &str,
        text: &str,
        document: &Object<'_>,
        account: &str,
    ) -> bool {
        if let Some(records) = document.get("Records") {
            match json::list(records) {
                Some(records) => self.records(file, "Records", &records, account),
                None => self.not_a_list(file, None, "Records", records),
            }
        } else if document.contains_key("Events") {
            self.lookup_events(file, None, text, account);
        } else if let Ok(record) = serde_json::from_str::<&RawValue>(text)
            && document.contains_key("eventName")
        {
            self.record(file, None, String::new(), record.get(), account);
        } else {
            return false;
        }
        true
    }

    fn records(&mut self, file: &str, list: &str, records: &[&RawValue], account: &str) {
        for (index, record) in records.iter().enumerate() {
            self.record(file, None, format!("{list}[{index}]"), record.get(), account);
        }
    }

    /// The events of a LookupEvents answer: each holds its record as text.
    pub(super) fn lookup_events(&mut self, file: &str, line: Option<usize>, output: &str, account: &str) {
        let Ok(answer) = json::object(output) else { return };
        let Some(events) = answer.get("Events") else { return };
        let prefix = if line.is_some() { "output." } else { "" };
        let Some(events) = json::list(events) else {
            return self.not_a_list(file, line, &format!("{prefix}Events"), events);
        };
        if line.is_none() && events.is_empty() {
            // Read and empty is not the same as not read: the answer itself is evidence, too.
            let place = Place::of(file);
            let query = Query {
                account: account.to_owned(),
                region: place.region,
                service: "cloudtrail".to_owned(),
                operation: "LookupEvents".to_owned(),
                parameters: "{}".into(),
            };
            self.admit(Evidence::new(query, None, Body::Call(output.into())), file, None);
        }
        for (index, event) in events.iter().enumerate() {
            let field = format!("{prefix}Events[{index}].CloudTrailEvent");
            let members = json::object(event.get()).unwrap_or_default();
            match members.get("CloudTrailEvent").and_then(|record| json::text(record)) {
                Some(record) => self.record(file, line, field, &record, account),
                None => self.unreadable(Problem {
                    line,
                    field: Some(field),
                    text: "missing, or not a text".to_owned(),
                    ..Problem::of(file)
                }),
            }
        }
    }

    fn record(&mut self, file: &str, line: Option<usize>, field: String, text: &str, account: &str) {
        match header(text, account) {
            Ok((query, at)) => {
                self.admit(
                    Evidence::new(query, Some(at), Body::CloudTrailRecord(text.trim().into())),
                    file,
                    line,
                );
            }
            Err((member, text)) => {
                let field = [field.as_str(), member]
                    .iter()
                    .filter(|part| !part.is_empty())
                    .copied()
                    .collect::<Vec<_>>();
                let field = Some(field.join(".")).filter(|field| !field.is_empty());
                self.unreadable(Problem { line, field, text, ..Problem::of(file) });
            }
        }
    }

    fn not_a_list(&mut self, file: &str, line: Option<usize>, field: &str, value: &RawValue) {
        let text = format!("expected a list, found `{}`", json::shorten(value.get()));
        self.unreadable(Problem { line, field: Some(field.to_owned()), text, ..Problem::of(file) });
    }
}

/// What a record says about itself. Failed and dry-run calls are records like any other: they matter to a timeline.
fn header(text: &str, account: &str) -> Result<(Query, Timestamp), (&'static str, String)> {
    let record = json::object(text)
        .map_err(|_| ("", format!("expected a CloudTrail record, found `{}`", json::shorten(text))))?;
    let at = match record.get("eventTime") {
        Some(time) => json::time(time).map_err(|text| ("eventTime", text))?,
        None => return Err(("eventTime", "missing".to_owned())),
    };
    let member =
        |name: &str| record.get(name).and_then(|value| json::text(value)).map(|text| text.into_owned());
    let caller = || {
        let identity = json::object(record.get("userIdentity")?.get()).ok()?;
        json::text(identity.get("accountId")?).map(|text| text.into_owned())
    };
    let query = Query {
        account: member("recipientAccountId")
            .or_else(|| Some(account.to_owned()).filter(|account| !account.is_empty()))
            .or_else(caller)
            .unwrap_or_default(),
        region: member("awsRegion").unwrap_or_default(),
        service: "cloudtrail".to_owned(),
        operation: member("eventName").unwrap_or_default(),
        parameters: "{}".into(),
    };
    Ok((query, at))
}
