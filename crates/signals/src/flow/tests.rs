use super::alb::Access;
use super::cloudtrail::{Activity, Event, Records};
use super::vpc::Flows;
use super::*;
use proptest::prelude::*;

mod slow;
mod trail;

const FLOWS: &str = "\
version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status az-id\n\
5 111122223333 eni-0a 10.0.1.5 10.0.2.7 49152 5432 6 10 800 1000 1060 ACCEPT OK use1-az1\n\
5 111122223333 eni-0b 10.0.2.7 10.0.1.5 5432 49152 6 10 900 1000 1060 ACCEPT OK use1-az2\n\
5 111122223333 eni-0a 10.0.1.5 10.0.2.7 49153 5432 6 1 40 2000 2060 ACCEPT OK use1-az1\n\
5 111122223333 eni-0b 10.0.2.7 10.0.1.5 5432 49153 6 1 40 2000 2060 REJECT OK use1-az2\r\n\
5 111122223333 eni-0b - - - - - - - 2000 2060 - NODATA use1-az2\n\
5 111122223333 eni-0b 2001:db8::1 2001:db8::2 0 0 58 1 64 2001 2061 REJECT OK use1-az2\n\
what is this\n";

fn flows(text: &str, piece: usize) -> Flows {
    let mut flows = Flows::new(2000);
    text.as_bytes().chunks(piece).for_each(|piece| flows.push(piece));
    flows.finish();
    flows
}

#[test]
fn flow_logs_tell_before_from_after_and_one_way_from_the_other() {
    let flows = flows(FLOWS, 7);
    assert_eq!((flows.records, flows.empty, flows.broken), (5, [1, 0], 1));
    assert_eq!((flows.total.accepted, flows.total.rejected), ([2, 1], [0, 2]));
    let rows = flows.conversations.rows();
    let (reply, traffic) = rows.iter().find(|(it, _)| it.is_reply).unwrap();
    assert_eq!((reply.client.to_string().as_str(), reply.port, reply.protocol), ("10.0.1.5", 5432, 6));
    assert_eq!((traffic.accepted, traffic.rejected, traffic.bytes), ([1, 0], [0, 1], [900, 40]));
    assert_eq!(flows.asymmetric(0.5), [("use1-az2", 1.0, 0.0)]);
    assert_eq!(flows.interfaces.rows().len(), 2);
}

#[test]
fn cells_end_where_lines_end() {
    // The line that ends within the last needed cell, before it, and one with numbers of many digits.
    for (line, records, broken) in [
        ("2 1 eni-0a 10.0.1.5 10.0.2.7 49152 443 6 10 800 2100 2160 ACCEPT", 0, 1),
        ("2 1 eni-0a 10.0.1.5 10.0.2.7 49152 443 6 10 800 2100", 0, 1),
        ("2 1 eni-0a 10.0.1.5 10.0.2.7 49152 443 6 99999999999999999999999 800 2100 2160 ACCEPT OK", 1, 0),
        ("2 1 eni-0a 10.0.1.256 10.0.2.7 49152 443 6 10 800 2100 2160 ACCEPT OK", 0, 1),
        ("2 1 eni-0a 10.0.1.5 10.0.2.7 49152 443 6 10 800 x 2160 ACCEPT OK", 0, 1),
    ] {
        let flows = flows(line, 1024);
        assert_eq!((flows.records, flows.broken), (records, broken), "{line}");
    }
}

#[test]
fn flow_logs_without_header_are_version_2() {
    let line = "2 111122223333 eni-0a 10.0.1.5 10.0.2.7 49152 443 6 10 800 2100 2160 REJECT OK";
    let flows = flows(line, 1024);
    assert_eq!((flows.records, flows.total.rejected, flows.broken), (1, [0, 1], 0));
}

#[test]
fn statuses_by_target() {
    let line = |time: &str, target: &str, took: &str, statuses: &str| {
        format!(
            "https {time} app/web/50dc 192.0.2.1:2817 {target} 0.000 {took} 0.000 {statuses} 34 366 \"GET https://a:443/ HTTP/1.1\" \"curl\" - -\n"
        )
    };
    let text = [
        line("1970-01-01T00:33:19.9Z", "10.0.0.1:80", "0.25", "200 200"),
        line("1970-01-01T00:33:20.1Z", "10.0.0.1:80", "-1", "504 -"),
        line("1970-01-01T00:33:21.1Z", "-", "-1", "503 -"),
        "broken\n".to_owned(),
    ]
    .concat();
    let mut access = Access::new(2000);
    text.as_bytes().chunks(11).for_each(|piece| access.push(piece));
    access.finish();
    assert_eq!((access.records, access.broken), (3, 1));
    let rows = access.targets.rows();
    let of = |name: &str| &rows.iter().find(|(target, _)| &**target == name.as_bytes()).unwrap().1;
    assert_eq!(of("10.0.0.1:80").statuses[0], [((200, 200), 1)].into());
    assert_eq!(of("10.0.0.1:80").statuses[1], [((504, 0), 1)].into());
    assert_eq!((of("10.0.0.1:80").answered, of("10.0.0.1:80").target_seconds), ([1, 0], [0.25, 0.0]));
    assert_eq!(of("-").statuses[1], [((503, 0), 1)].into());
}

const TRAIL: &str = r#"{"Records": [
 {"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/a\"b/c",
   "sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/other"}}},
  "eventTime":"1970-01-01T00:33:10Z","eventSource":"ec2.amazonaws.com","eventName" : "RevokeSecurityGroupIngress","awsRegion":"eu-west-1",
  "requestParameters":{"eventName":"not this","list":["}",{"arn":"x"}]},"responseElements":null,"readOnly":false},
 {"eventTime":"1970-01-01T00:33:30Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","errorCode":"AccessDenied","userIdentity":{"type":"AWSService"}}
]}"#;

fn trail(text: &str, piece: usize) -> (Vec<[String; 5]>, u64, Activity) {
    let (mut records, mut seen, mut activity) = (Records::default(), Vec::new(), Activity::new(2000));
    let mut each = |event: &Event| {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(
            event.record.starts_with(b"{") && event.record.ends_with(b"}") || event.record.ends_with(b"]")
        );
        seen.push([event.time, event.source, event.name, event.error, event.actor].map(text));
        activity.add(event);
    };
    text.as_bytes().chunks(piece).for_each(|piece| records.push(piece, &mut each));
    records.finish(&mut each);
    (seen, records.broken, activity)
}

#[test]
fn cloudtrail_records_whatever_way_the_file_is_cut() {
    for piece in [1, 2, 3, 64, 4096] {
        let (seen, broken, activity) = trail(&TRAIL.repeat(2), piece);
        assert_eq!((seen.len(), broken), (4, 0), "{piece}");
        assert_eq!(
            seen[0],
            [
                "1970-01-01T00:33:10Z",
                "ec2.amazonaws.com",
                "RevokeSecurityGroupIngress",
                "",
                "arn:aws:sts::111122223333:assumed-role/a\\\"b/c"
            ]
        );
        assert_eq!(seen[1][3], "AccessDenied");
        assert_eq!(seen[1][4], "");
        let calls: Vec<_> = activity
            .calls
            .rows()
            .into_iter()
            .map(|(call, times)| (String::from_utf8(call.to_vec()).unwrap(), times.times))
            .collect();
        assert_eq!(
            calls,
            [
                ("ec2.amazonaws.com RevokeSecurityGroupIngress".to_owned(), [2, 0]),
                ("s3.amazonaws.com GetObject AccessDenied".to_owned(), [0, 2])
            ]
        );
    }
}

#[test]
fn a_table_that_is_full_keeps_what_is_frequent() {
    #[derive(Clone, Copy, Debug, Default)]
    struct Seen(u64);
    impl Count for Seen {
        fn count(&self) -> u64 {
            self.0
        }
    }
    let mut top: Top<u32, Seen> = Top::new(8);
    for round in 0..100 {
        top.add(7, |seen| seen.0 += 1);
        top.add(1000 + round, |seen| seen.0 += 1);
    }
    let rows = top.rows();
    assert_eq!((rows[0].0, rows[0].1.0), (7, 100));
    assert!(rows.len() <= 8 && top.missed() > 0);
}

proptest! {
    #[test]
    fn any_bytes_are_read_and_pieces_do_not_matter(bytes in prop::collection::vec(any::<u8>(), 0..300), at in 0..600usize, piece in 1..64usize) {
        for text in [FLOWS.as_bytes(), TRAIL.as_bytes()] {
            let at = at % text.len();
            let damaged = [text.get(..at).unwrap(), &bytes, text.get(at..).unwrap()].concat();
            let mut counts = Vec::new();
            for piece in [piece, damaged.len()] {
                let (mut flows, mut access) = (Flows::new(2000), Access::new(2000));
                let (mut records, mut activity) = (Records::default(), Activity::new(2000));
                for piece in damaged.chunks(piece) {
                    flows.push(piece);
                    access.push(piece);
                    records.push(piece, |event| activity.add(event));
                }
                flows.finish();
                access.finish();
                records.finish(|event| activity.add(event));
                counts.push((flows.records, flows.broken, access.records, access.broken, activity.records));
            }
            prop_assert_eq!(counts[0], counts[1]);
        }
    }
}
