//! Access logs of Application Load Balancers: status codes by target.
//!
//! Source: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>.

use super::{Count, Lines, Top, seconds};
use std::collections::BTreeMap;

/// Targets counted at once.
const ROOM: usize = 1 << 14;

/// Requests of a target, before the moment asked about and from it on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requests {
    /// By the balancer's status and the target's; 0 where there is none: no target answered.
    pub statuses: [BTreeMap<(u16, u16), u64>; 2],
    /// Seconds targets took for the requests they answered, all together.
    pub target_seconds: [f64; 2],
    /// Requests that targets answered.
    pub answered: [u64; 2],
}

impl Count for Requests {
    fn count(&self) -> u64 {
        self.statuses.iter().flat_map(BTreeMap::values).sum()
    }
}

/// What access logs say, in limited memory.
#[derive(Clone, Debug)]
pub struct Access {
    /// By target, `10.0.1.7:8080`; `-` stands for requests the balancer gave to none.
    pub targets: Top<Box<[u8]>, Requests>,
    /// Lines read.
    pub records: u64,
    /// Lines that are no record.
    pub broken: u64,
    moment: i64,
    lines: Lines,
}

impl Access {
    /// A reader that tells requests before `moment` (seconds since 1970) from later ones.
    #[must_use]
    pub fn new(moment: i64) -> Self {
        Self { targets: Top::new(ROOM), records: 0, broken: 0, moment, lines: Lines::default() }
    }

    /// Reads a piece of a file.
    pub fn push(&mut self, piece: &[u8]) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.push(piece, |line| self.line(line));
        self.lines = lines;
    }

    /// Ends a file.
    pub fn finish(&mut self) {
        let mut lines = std::mem::take(&mut self.lines);
        lines.finish(|line| self.line(line));
        self.broken += std::mem::take(&mut lines.skipped);
        self.lines = lines;
    }

    fn line(&mut self, line: &[u8]) {
        if !line.is_empty() && self.record(line).is_none() {
            self.broken += 1;
        }
    }

    fn record(&mut self, line: &[u8]) -> Option<()> {
        // type time elb client target request_time target_time response_time elb_status target_status ...: no quotes before these.
        let mut fields = line.split(|byte| *byte == b' ');
        let time = seconds(fields.nth(1)?)?;
        let target = fields.nth(2)?;
        let target_time = std::str::from_utf8(fields.nth(1)?).ok()?.parse::<f64>().ok()?;
        let status = |field: &[u8]| match field {
            b"-" => Some(0),
            digits => super::number(digits).and_then(|status| u16::try_from(status).ok()),
        };
        let own = status(fields.nth(1)?)?;
        let answer = status(fields.next()?)?;
        let at = usize::from(time >= self.moment);
        self.records += 1;
        self.targets.add_ref(
            target,
            || target.into(),
            |row| {
                if let Some(statuses) = row.statuses.get_mut(at)
                    && (statuses.len() < 1024 || statuses.contains_key(&(own, answer)))
                {
                    *statuses.entry((own, answer)).or_default() += 1;
                }
                // -1 says that the target did not answer.
                if let (Some(sum), Some(answered)) =
                    (row.target_seconds.get_mut(at), row.answered.get_mut(at))
                    && target_time >= 0.0
                {
                    *sum += target_time;
                    *answered += 1;
                }
            },
        );
        Some(())
    }
}
