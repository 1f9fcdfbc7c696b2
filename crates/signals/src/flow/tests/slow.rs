//! The swift reader of flow logs against a slow one that goes by the words of the documentation.

use crate::flow::vpc::{Conversation, Flows, Traffic};
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;
use std::net::IpAddr;

const MOMENT: i64 = 1_767_600_120;
const DEFAULT: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";

#[derive(Debug, Default, PartialEq)]
struct Said {
    records: u64,
    empty: [u64; 2],
    broken: u64,
    total: Traffic,
    conversations: BTreeMap<Conversation, Traffic>,
    interfaces: BTreeMap<Vec<u8>, Traffic>,
    zones: Vec<(String, Traffic)>,
}

fn count(traffic: &mut Traffic, after: usize, is_accepted: bool, packets: u64, bytes: u64) {
    if is_accepted {
        traffic.accepted[after] += 1
    } else {
        traffic.rejected[after] += 1
    }
    traffic.packets[after] = traffic.packets[after].saturating_add(packets);
    traffic.bytes[after] = traffic.bytes[after].saturating_add(bytes);
}

fn number(cell: &str) -> Option<u64> {
    (cell.len() <= 19 && !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| cell.parse().unwrap())
}

/// Zeros before digits are no octal here: AWS writes none, and what reads them takes them for nothing.
fn address(cell: &str) -> Option<IpAddr> {
    let octets: Vec<_> = cell.split('.').collect();
    if octets.len() == 4 && octets.iter().all(|octet| octet.len() <= 3 && number(octet).is_some()) {
        let octets: Vec<_> = octets.iter().map(|octet| octet.parse::<u8>().ok()).collect();
        let octets: Option<Vec<_>> = octets.into_iter().collect();
        return octets.map(|it| IpAddr::from([it[0], it[1], it[2], it[3]]));
    }
    cell.parse().ok()
}

impl Said {
    fn line(&mut self, columns: &[String], line: &str) -> Option<()> {
        let mut cells: Vec<&str> = line.split(' ').collect();
        if cells.last() == Some(&"") {
            cells.pop();
        }
        let (mut of, needed) = (
            BTreeMap::new(),
            "interface-id srcaddr dstaddr srcport dstport protocol packets bytes start action log-status az-id",
        );
        for (place, column) in columns.iter().enumerate() {
            // Of a line that ends too early the cells before count all the same: NODATA is NODATA.
            let is_needed = needed.split(' ').any(|name| name == column);
            if !is_needed && columns[place..].iter().all(|rest| !needed.split(' ').any(|name| name == rest)) {
                break;
            }
            let cell = *cells.get(place)?;
            match (column.as_str(), cell) {
                ("log-status", "NODATA") => {
                    self.empty[0] += 1;
                    return Some(());
                }
                ("log-status", "SKIPDATA") => {
                    self.empty[1] += 1;
                    return Some(());
                }
                _ => drop(of.insert(column.as_str(), cell)),
            };
        }
        let is_accepted = match *of.get("action")? {
            "ACCEPT" => true,
            "REJECT" => false,
            "-" => {
                self.empty[0] += 1;
                return Some(());
            }
            _ => return None,
        };
        let value = |name: &str| of.get(name).and_then(|cell| number(cell));
        let after = usize::from(i64::try_from(value("start")?).ok()? >= MOMENT);
        let (source, destination) = (address(of.get("srcaddr")?)?, address(of.get("dstaddr")?)?);
        let (from, to) = (value("srcport").unwrap_or(0), value("dstport").unwrap_or(0));
        let is_reply = from != 0 && from < to;
        let (client, server, port) =
            if is_reply { (destination, source, from) } else { (source, destination, to) };
        let conversation = Conversation {
            client,
            server,
            port: port.try_into().ok()?,
            protocol: value("protocol").unwrap_or(0).try_into().ok()?,
            is_reply,
        };
        let (packets, bytes) = (value("packets").unwrap_or(0), value("bytes").unwrap_or(0));
        self.records += 1;
        count(&mut self.total, after, is_accepted, packets, bytes);
        count(self.conversations.entry(conversation).or_default(), after, is_accepted, packets, bytes);
        if let Some(interface) = of.get("interface-id").filter(|it| !it.is_empty()) {
            count(
                self.interfaces.entry(interface.as_bytes().into()).or_default(),
                after,
                is_accepted,
                packets,
                bytes,
            );
        }
        if let Some(zone) = of.get("az-id").filter(|it| !it.is_empty() && **it != "-") {
            if !self.zones.iter().any(|(own, _)| own == zone) {
                self.zones.push(((*zone).to_owned(), Traffic::default()));
            }
            let (_, row) = self.zones.iter_mut().find(|(own, _)| own == zone).unwrap();
            count(row, after, is_accepted, packets, bytes);
        }
        Some(())
    }
}

fn slowly(files: &[String]) -> Said {
    let mut said = Said::default();
    for file in files {
        let words = |header: &str| header.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let mut columns = words(DEFAULT);
        for line in file.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.starts_with(|first: char| first.is_ascii_lowercase()) && line.contains("srcaddr") {
                columns = words(line);
            } else if !line.is_empty() && said.line(&columns, line).is_none() {
                said.broken += 1;
            }
        }
    }
    said
}

fn swiftly(files: &[String], piece: usize) -> Said {
    let mut flows = Flows::new(MOMENT);
    for file in files {
        file.as_bytes().chunks(piece).for_each(|piece| flows.push(piece));
        flows.finish();
    }
    Said {
        records: flows.records,
        empty: flows.empty,
        broken: flows.broken,
        total: flows.total,
        conversations: flows.conversations.rows().into_iter().collect(),
        interfaces: flows.interfaces.rows().into_iter().map(|(name, row)| (name.into(), row)).collect(),
        zones: flows.zones.clone(),
    }
}

/// Cells that are as they should be, most of the time, and what else there may be.
fn cell(column: &str) -> BoxedStrategy<String> {
    let address = prop_oneof![
        12 => (0..4u8, 0..3u8, 0..255u8).prop_map(|(a, b, c)| format!("10.{a}.{b}.{c}")),
        2 => select(vec!["255.255.255.255", "1.2.3.4", "100.64.0.1", "2001:db8::1", "::1", "2001:db8:1:2:3:4:5:6", "::ffff:10.0.0.1"]).prop_map(str::to_owned),
        1 => select(vec!["-", "010.0.0.1", "10.0.0.256", "10.0.0", "10.0.0.1.2", "10..0.1", ".10.0.1", "10.0.0.1\0", "10.0.0.x", "1", "1000.1.1.1"]).prop_map(str::to_owned),
    ];
    let odd = || {
        select(vec![
            "-",
            "",
            "0",
            "00",
            "007",
            "99999",
            "65536",
            "255",
            "256",
            "x",
            "1x",
            "+1",
            "9\0",
            "18446744073709551616",
            "9999999999999999",
            "99999999999999999",
            "9999999999999999999",
            "1767600120\t",
        ])
        .prop_map(str::to_owned)
    };
    let number = |most: u64| prop_oneof![9 => (0..most).prop_map(|it| it.to_string()), 1 => odd()];
    match column {
        "srcaddr" | "dstaddr" => address.boxed(),
        "srcport" | "dstport" => prop_oneof![2 => select(vec!["443", "22", "0"]).prop_map(str::to_owned), 2 => number(65_536)].boxed(),
        "protocol" => prop_oneof![8 => select(vec!["6", "17", "58", "255"]).prop_map(str::to_owned), 1 => odd()].boxed(),
        "packets" => number(10_000).boxed(),
        "bytes" => number(100_000_000_000).boxed(),
        "start" => prop_oneof![12 => (1_767_600_000..1_767_600_240u64).prop_map(|it| it.to_string()), 1 => odd()].boxed(),
        "action" => prop_oneof![9 => select(vec!["ACCEPT", "REJECT"]).prop_map(str::to_owned), 1 => select(vec!["-", "ACCEPTED", "accept", "REJECT\0", "ACCEP", ""]).prop_map(str::to_owned)].boxed(),
        "log-status" => prop_oneof![12 => Just("OK".to_owned()), 1 => select(vec!["NODATA", "SKIPDATA", "-", "ok", ""]).prop_map(str::to_owned)].boxed(),
        "interface-id" => prop_oneof![8 => (0..9u8).prop_map(|it| format!("eni-0123456789abcdef{it}")), 1 => select(vec!["eni-0a", "-", "eni-0123456789ab", "eni-0123456789abcdefg", "eni-0123456789abcdef0123456789", "srcaddr", "eni-srcaddr-00000000"]).prop_map(str::to_owned)].boxed(),
        "az-id" => prop_oneof![8 => select(vec!["use1-az1", "use1-az2", "usw2-lax1-az1"]).prop_map(str::to_owned), 1 => select(vec!["-", "", "az1", "use1-az1\0", "an-availability-zone-with-a-name"]).prop_map(str::to_owned)].boxed(),
        _ => select(vec!["2", "111122223333", "vpc-0a1b2c3d4e5f60718", "-", "srcaddr"]).prop_map(str::to_owned).boxed(),
    }
}

fn line(columns: Vec<String>) -> impl Strategy<Value = String> {
    let cells: Vec<_> = columns.iter().map(|column| cell(column)).collect();
    let end = prop_oneof![8 => Just("\n"), 2 => Just("\r\n"), 1 => Just(" \n"), 1 => Just("\r\r\n")];
    (cells, 0..40usize, 0..30usize, end).prop_map(|(mut cells, damage, place, end)| {
        match damage {
            0 => cells.truncate(place),
            1 => cells.insert(place.min(cells.len()), String::new()),
            2 => cells.insert(place.min(cells.len()), "more\tof it".to_owned()),
            3 => cells.extend(std::iter::repeat_n("x".to_owned(), 80)),
            4 => return "\n".to_owned(),
            _ => {}
        }
        cells.join(" ") + end
    })
}

fn file() -> impl Strategy<Value = String> {
    let all: Vec<_> =
        DEFAULT.split(' ').chain(["vpc-id", "az-id", "flow-direction"]).map(str::to_owned).collect();
    let columns = prop_oneof![
        2 => Just(all.clone()),
        2 => Just(all[..14].to_vec()),
        3 => Just(all.clone()).prop_shuffle(),
        1 => proptest::sample::subsequence(all.clone(), 0..all.len()),
        1 => Just([&all[..], &all[3..9]].concat()),
        1 => Just([vec!["other".to_owned(); 60], all.clone()].concat()),
    ];
    (columns, any::<bool>(), any::<bool>()).prop_flat_map(|(columns, has_header, has_end)| {
        let header = columns.join(" ") + "\n";
        prop::collection::vec(line(columns), 0..40).prop_map(move |lines| {
            let mut text = lines.concat();
            if has_header {
                text.insert_str(0, &header);
            }
            if !has_end {
                text.truncate(text.len() - text.len().min(3));
            }
            text
        })
    })
}

proptest! {
    #[test]
    fn the_swift_reader_says_what_the_slow_one_says(files in prop::collection::vec(file(), 1..4), piece in 1..3000usize) {
        let slowly = slowly(&files);
        for piece in [piece, usize::MAX] {
            prop_assert_eq!(&swiftly(&files, piece), &slowly);
        }
    }
}

#[test]
fn every_cut_gives_the_same() {
    let line = |at: u64| {
        format!(
            "2 111122223333 eni-0123456789abcdef{} 10.0.1.{} 10.0.2.7 {} 443 6 {at} {} {} 1767600160 ACCEPT OK\n",
            at % 3,
            at % 40,
            49_152 + at,
            at * 700,
            1_767_600_100 + at
        )
    };
    let file = vec![format!("{DEFAULT}\n{}", (0..60).map(line).collect::<String>())];
    let slowly = slowly(&file);
    assert_eq!((slowly.records, slowly.broken), (60, 0));
    for piece in 1..1500 {
        assert_eq!(swiftly(&file, piece), slowly, "{piece}");
    }
}

#[test]
fn lines_that_end_too_early_take_no_cells_of_others() {
    let whole =
        "eni-0123456789abcdef0 10.0.1.5 10.0.2.7 49152 443 6 10 800 1767600130 1767600160 ACCEPT OK use1-az1";
    let cells: Vec<_> = whole.split(' ').collect();
    for account in 1..70 {
        for kept in 0..=cells.len() {
            let begin = |cells: &[&str]| format!("2 {} {}\n", "1".repeat(account), cells.join(" "));
            let text = format!(
                "{DEFAULT} az-id\n{}{}OK use1-az2 eni\n{}",
                begin(&cells),
                begin(&cells[..kept]),
                begin(&cells).repeat(9)
            );
            let file = [text];
            assert_eq!(swiftly(&file, usize::MAX), slowly(&file), "{account} {kept}");
        }
    }
}
