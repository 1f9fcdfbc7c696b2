//! Who talked to whom, from VPC flow logs.
//!
//! Records are folded into one entry per conversation as they are read, so memory grows with the number of
//! conversations, not with the number of records.

use butfor_incident::{Body, CaseFile, EvidenceId, Timestamp};
use butfor_network::Protocol;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Conversations kept at the most; a limit, so that a flood of scans cannot exhaust memory.
const CONVERSATIONS_MAX: usize = 200_000;

/// Names a conversation by its initiating direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ConversationKey {
    /// Initiator.
    pub client: IpAddr,
    /// Where it connects to.
    pub server: IpAddr,
    /// IP protocol.
    pub protocol: Protocol,
    /// Port on the server's side.
    pub port: u16,
}

/// First and last moment of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub first: Timestamp,
    pub last: Timestamp,
    pub records: u64,
}

/// What the flow logs say of one conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Conversation {
    pub accepted: Option<Span>,
    pub rejected: Option<Span>,
    /// When the server last sent anything that was accepted.
    pub answered: Option<Timestamp>,
    /// Flow log files that mention it, the first and the last.
    pub evidence: Vec<EvidenceId>,
}

impl Conversation {
    /// Whether it worked and then did not: refused after it was last accepted, or silent for the last minutes of logs
    /// although it was busy before. `until` is how far the logs reach.
    pub(crate) fn stopped(&self, until: Option<Timestamp>) -> bool {
        /// Longer than the aggregation interval of a flow log (60 or 600 s) would be needed to be sure; it is a hint.
        const SILENCE_SECONDS_MIN: i64 = 240;
        const BUSY_RECORDS_MIN: u64 = 5;
        let Some(accepted) = self.accepted else { return false };
        let refused = self.rejected.is_some_and(|rejected| rejected.last > accepted.last);
        let silent = until.is_some_and(|until| until.seconds_since(accepted.last) >= SILENCE_SECONDS_MIN)
            && accepted.records >= BUSY_RECORDS_MIN;
        // A firewall on the way drops what the client's interface let out: requests go on, answers do not.
        let unanswered = self
            .answered
            .is_some_and(|answered| accepted.last.seconds_since(answered) >= SILENCE_SECONDS_MIN);
        refused || silent || unanswered
    }
}

/// All conversations, and how far the logs reach.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conversations {
    pub by_key: BTreeMap<ConversationKey, Conversation>,
    /// Latest end of any record: silence after it says nothing.
    pub until: Option<Timestamp>,
    /// The limit was reached: conversations seen later were left out.
    pub truncated: bool,
}

impl Conversations {
    /// Reads every flow log of a case.
    pub(crate) fn read(case: &CaseFile) -> Self {
        let mut all = Self::default();
        for evidence in &case.evidence {
            if let Body::FlowLog(text) = &evidence.body {
                all.read_file(text, evidence.id());
            }
        }
        all
    }

    fn read_file(&mut self, text: &str, evidence: EvidenceId) {
        let mut lines = text.lines();
        let Some(columns) = lines.next().map(Columns::of) else { return };
        for line in lines {
            if let Some(record) = columns.record(line) {
                self.add(&record, evidence);
            }
        }
    }

    fn add(&mut self, record: &FlowRecord, evidence: EvidenceId) {
        self.until = self.until.max(Some(record.end));
        // The service side is the one with the lower port: clients use ephemeral ports (from 32768 on Linux, from 1024
        // behind a NAT gateway), services well-known ones.
        let key = if record.destination_port <= record.source_port {
            ConversationKey {
                client: record.source,
                server: record.destination,
                protocol: record.protocol,
                port: record.destination_port,
            }
        } else {
            ConversationKey {
                client: record.destination,
                server: record.source,
                protocol: record.protocol,
                port: record.source_port,
            }
        };
        if self.by_key.len() >= CONVERSATIONS_MAX && !self.by_key.contains_key(&key) {
            self.truncated = true;
            return;
        }
        let entry = self.by_key.entry(key).or_default();
        if record.accepted && record.source == key.server {
            entry.answered = entry.answered.max(Some(record.end));
        }
        let span = if record.accepted { &mut entry.accepted } else { &mut entry.rejected };
        *span = Some(match span {
            None => Span { first: record.start, last: record.end, records: 1 },
            Some(span) => Span {
                first: span.first.min(record.start),
                last: span.last.max(record.end),
                records: span.records + 1,
            },
        });
        if entry.evidence.last() != Some(&evidence) {
            entry.evidence.push(evidence);
            entry.evidence.sort_unstable();
            entry.evidence.dedup();
            // Citing a few files is enough to check a claim.
            entry.evidence.truncate(3);
        }
    }
}

/// One record with what we use of it.
struct FlowRecord {
    source: IpAddr,
    destination: IpAddr,
    source_port: u16,
    destination_port: u16,
    protocol: Protocol,
    start: Timestamp,
    end: Timestamp,
    accepted: bool,
}

/// Where each field stands in a line; flow log formats are chosen by the user
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html>).
struct Columns {
    source: Option<usize>,
    destination: Option<usize>,
    source_port: Option<usize>,
    destination_port: Option<usize>,
    protocol: Option<usize>,
    start: Option<usize>,
    end: Option<usize>,
    action: Option<usize>,
}

impl Columns {
    fn of(header: &str) -> Self {
        let names: Vec<&str> =
            header.split_whitespace().map(|name| name.trim_matches(['$', '{', '}'])).collect();
        let at = |wanted: &[&str]| wanted.iter().find_map(|name| names.iter().position(|have| have == name));
        Self {
            // `pkt-*` are the original addresses where an intermediate hop rewrote them.
            source: at(&["pkt-srcaddr", "srcaddr"]),
            destination: at(&["pkt-dstaddr", "dstaddr"]),
            source_port: at(&["srcport"]),
            destination_port: at(&["dstport"]),
            protocol: at(&["protocol"]),
            start: at(&["start"]),
            end: at(&["end"]),
            action: at(&["action"]),
        }
    }

    fn record(&self, line: &str) -> Option<FlowRecord> {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let text = |column: Option<usize>| column.and_then(|at| fields.get(at)).copied();
        let seconds = |column| text(column).and_then(|text| text.parse().ok()).map(Timestamp::from_seconds);
        let accepted = match text(self.action)? {
            "ACCEPT" => true,
            "REJECT" => false,
            _ => return None,
        };
        let start = seconds(self.start)?;
        Some(FlowRecord {
            source: text(self.source)?.parse().ok()?,
            destination: text(self.destination)?.parse().ok()?,
            source_port: text(self.source_port).and_then(|text| text.parse().ok()).unwrap_or(0),
            destination_port: text(self.destination_port).and_then(|text| text.parse().ok()).unwrap_or(0),
            protocol: Protocol(text(self.protocol)?.parse().ok()?),
            start,
            end: seconds(self.end).unwrap_or(start),
            accepted,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use butfor_incident::{Evidence, Query};

    fn read(text: &str) -> Conversations {
        let query = Query {
            account: String::new(),
            region: String::new(),
            service: "flow-logs".into(),
            operation: "read".into(),
            parameters: "{}".into(),
        };
        let evidence = Evidence::new(query, None, Body::FlowLog(text.into()));
        Conversations::read(&CaseFile {
            as_of: Timestamp::from_seconds(0),
            evidence: vec![evidence],
            gaps: vec![],
            rounds: 1,
        })
    }

    #[test]
    fn folds_request_and_reply_into_one_conversation() {
        let all = read(
            "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n\
             2 1 eni-1 10.0.0.1 10.0.0.2 50000 3306 6 1 1 100 160 ACCEPT OK\n\
             2 1 eni-1 10.0.0.2 10.0.0.1 3306 50000 6 1 1 100 160 ACCEPT OK\n\
             2 1 eni-1 10.0.0.1 10.0.0.2 50001 3306 6 1 1 200 260 REJECT OK\n\
             2 1 eni-1 - - - - - - - 200 260 - NODATA\n",
        );
        assert_eq!(all.by_key.len(), 1);
        let key = ConversationKey {
            client: "10.0.0.1".parse().unwrap(),
            server: "10.0.0.2".parse().unwrap(),
            protocol: Protocol::TCP,
            port: 3306,
        };
        let one = &all.by_key[&key];
        assert_eq!(one.accepted.unwrap().records, 2);
        assert_eq!(one.rejected.unwrap().first, Timestamp::from_seconds(200));
        assert_eq!(all.until, Some(Timestamp::from_seconds(260)));
    }

    #[test]
    fn reads_custom_formats_and_skips_what_is_no_record() {
        let all = read(
            "action srcaddr dstaddr dstport srcport protocol end start\nACCEPT ::1 ::2 443 50000 6 9 8\nnonsense\n",
        );
        assert_eq!(all.by_key.len(), 1);
        assert_eq!(read("").by_key.len(), 0);
        assert_eq!(read("start\n1").by_key.len(), 0);
    }
}
