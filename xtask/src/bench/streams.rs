//! Flow logs and CloudTrail as streams: reading gzip files against only unpacking them, side by side, on one thread.
//!
//! Files come from a folder, whatever it holds of the two; beside them a generated flow log, because recorded incidents are small and
//! have few conversations.

use super::clock::Clock;
use anyhow::{Context as _, Result, ensure};
use butfor_signals::flow::cloudtrail::{Activity, Records};
use butfor_signals::flow::vpc::Flows;
use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::io::{Read as _, Write as _};
use std::path::Path;

/// Bytes unpacked at a time.
const PIECE: usize = 128 * 1024;
/// Unpacked bytes of one measurement at least: the files are read over and over until then.
const BYTES_MIN: usize = 100_000_000;
/// Measurements of each, in turns; the one in the middle counts.
const ROUNDS: usize = 9;
/// Records of the generated flow logs, and conversations in each: few, many, more than there is room to count.
const RECORDS: u32 = 1_000_000;
const CONVERSATIONS: [u32; 3] = [300, 40_000, 400_000];

/// What is done with unpacked bytes; gives records.
type Reader = fn(&[Vec<u8>], usize) -> Result<u64>;

pub(super) fn run(folder: &Path) -> Result<()> {
    let (mut flows, mut trails) = (Vec::new(), Vec::new());
    find(folder, &mut flows, &mut trails)?;
    println!("{:<22} {:>7} {:>10} {:>10} {:>7} {:>12}", "", "files", "unpack", "read", "share", "records/s");
    compare("flow logs, recorded", &flows, read_flows)?;
    for conversations in CONVERSATIONS {
        let name = format!("flow logs, {conversations}");
        compare(&name, &[pack(generated(conversations).as_bytes())?], read_flows)?;
    }
    compare("CloudTrail, recorded", &trails, read_trails)?;
    compare("CloudTrail, one file", &[together(&trails)?], read_trails)
}

/// Files of both kinds, packed.
fn find(folder: &Path, flows: &mut Vec<Vec<u8>>, trails: &mut Vec<Vec<u8>>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read the folder `{}`", folder.display()))?;
    let mut paths: Vec<_> = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            find(&path, flows, trails)?;
            continue;
        }
        let bytes = fs::read(&path)?;
        let packed = if bytes.starts_with(&[0x1f, 0x8b]) { bytes } else { pack(&bytes)? };
        let mut start = Vec::new();
        MultiGzDecoder::new(packed.as_slice()).take(4096).read_to_end(&mut start).ok();
        let start = String::from_utf8_lossy(&start);
        if start.lines().next().is_some_and(|line| line.contains("srcaddr") && line.contains("log-status")) {
            flows.push(packed);
        } else if start.contains("\"Records\"") && start.contains("\"eventSource\"") {
            trails.push(packed);
        }
    }
    Ok(())
}

fn pack(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// All records in one file, as a busy account has: small files are mostly the cost of beginning.
fn together(files: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut all = b"{\"Records\":[".to_vec();
    let mut records = Records::default();
    for file in files {
        let mut each = |event: &butfor_signals::flow::cloudtrail::Event| {
            if all.ends_with(b"}") {
                all.push(b',');
            }
            // As CloudTrail writes them: without white space.
            all.extend_from_slice(&dense(event.record));
        };
        unpack(file, |piece| records.push(piece, &mut each))?;
        records.finish(&mut each);
    }
    all.extend_from_slice(b"]}");
    pack(&all)
}

/// JSON without white space between its tokens.
fn dense(record: &[u8]) -> Vec<u8> {
    let (mut dense, mut is_text, mut is_escaped) = (Vec::with_capacity(record.len()), false, false);
    for &byte in record {
        if is_text || !byte.is_ascii_whitespace() {
            dense.push(byte);
        }
        is_text ^= byte == b'"' && !is_escaped;
        is_escaped = is_text && byte == b'\\' && !is_escaped;
    }
    dense
}

/// A flow log of version 5 with the fields people choose: some servers in three zones, many clients.
fn generated(conversations: u32) -> String {
    let mut text = String::from(
        "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status vpc-id subnet-id az-id flow-direction\n",
    );
    // Knuth's MMIX generator: the same file everywhere.
    let mut state = 1u64;
    let mut next = |below: u32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % u64::from(below)) as u32
    };
    for record in 0..RECORDS {
        let which = next(conversations);
        // An interface is in one zone.
        let server = which % 200;
        let zone = server % 3;
        let start = 1_767_600_000 + record / 4000;
        let packets = 1 + next(200);
        let action = if which % 17 == 0 { "REJECT" } else { "ACCEPT" };
        let _ = writeln!(
            text,
            "5 111122223333 eni-{:017x} 10.{}.{}.{} 10.9.{}.{} {} 443 6 {packets} {} {start} {} {action} OK vpc-0a1b2c3d4e5f60718 subnet-{zone:017x} use1-az{} ingress",
            server,
            which % 7,
            which / 250 % 250,
            which % 250,
            zone,
            server,
            1024 + next(64_000),
            packets * (60 + next(1400)),
            start + 60,
            zone + 1,
        );
    }
    text
}

/// Unpacks a file piece by piece; gives its bytes.
fn unpack(file: &[u8], mut each: impl FnMut(&[u8])) -> Result<u64> {
    let mut decoder = MultiGzDecoder::new(file);
    let mut buffer = vec![0; PIECE];
    let mut bytes = 0;
    loop {
        let count = decoder.read(&mut buffer)?;
        if count == 0 {
            return Ok(bytes);
        }
        bytes += count as u64;
        each(buffer.get(..count).unwrap_or_default());
    }
}

fn only_unpack(files: &[Vec<u8>], times: usize) -> Result<u64> {
    let mut bytes = 0;
    for _ in 0..times {
        for file in files {
            bytes += unpack(file, |piece| {
                black_box(piece);
            })?;
        }
    }
    Ok(bytes)
}

fn read_flows(files: &[Vec<u8>], times: usize) -> Result<u64> {
    let mut flows = Flows::new(1_767_600_120);
    for _ in 0..times {
        for file in files {
            unpack(file, |piece| flows.push(piece))?;
            flows.finish();
        }
    }
    ensure!(flows.broken == 0, "{} lines are no record", flows.broken);
    Ok(black_box(flows).records)
}

fn read_trails(files: &[Vec<u8>], times: usize) -> Result<u64> {
    let (mut records, mut activity) = (Records::default(), Activity::new(1_767_600_120));
    for _ in 0..times {
        for file in files {
            unpack(file, |piece| records.push(piece, |event| activity.add(event)))?;
            records.finish(|event| activity.add(event));
        }
    }
    ensure!(records.broken == 0, "{} records are broken", records.broken);
    Ok(black_box(activity).records)
}

fn compare(name: &str, files: &[Vec<u8>], read: Reader) -> Result<()> {
    let once = only_unpack(files, 1)?;
    if once == 0 {
        println!("{name:<22} none");
        return Ok(());
    }
    let times = BYTES_MIN.div_ceil(usize::try_from(once)?);
    let (mut unpacking, mut reading, mut shares, mut records) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let clock = Clock::start();
        black_box(only_unpack(files, times)?);
        let unpack = clock.seconds();
        let clock = Clock::start();
        records = read(files, times)?;
        let read = clock.seconds();
        unpacking.push(unpack);
        reading.push(read);
        shares.push(unpack / read);
    }
    let (unpacking, reading) = (middle(unpacking), middle(reading));
    let speed = |seconds: f64| once as f64 * times as f64 / 1e6 / seconds;
    println!(
        "{name:<22} {:>7} {:>5.0} MB/s {:>5.0} MB/s {:>7.2} {:>12.0}",
        files.len(),
        speed(unpacking),
        speed(reading),
        middle(shares),
        records as f64 / reading
    );
    Ok(())
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
