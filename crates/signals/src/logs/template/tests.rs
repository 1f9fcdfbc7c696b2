use super::*;
use proptest::prelude::*;

/// The template text of every line, after all of them were read.
fn texts(lines: &[&str]) -> Vec<String> {
    let mut miner = Miner::new();
    let ids: Vec<_> = lines.iter().map(|line| miner.add(line)).collect();
    let templates = miner.templates();
    ids.into_iter().map(|id| templates.get(id).unwrap().text.clone()).collect()
}

#[track_caller]
fn one(lines: &[&str], expected: &str) {
    for (line, text) in lines.iter().zip(texts(lines)) {
        assert_eq!(text, expected, "of {line}");
    }
}

#[track_caller]
fn apart(lines: &[&str]) {
    let mut texts = texts(lines);
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), lines.len(), "{texts:#?}");
}

#[test]
fn types_that_vary() {
    one(&["took 17 ms", "took 3.2 s", "took 4"], "took <*>");
    one(&["order 7f3a-11 paid", "order 99 paid"], "order <*> paid");
    one(&["peer 192.0.2.7:443 gone", "peer [2001:db8::1]:443 gone"][..1], "peer <*> gone");
    one(&["peer db.internal:5432 gone", "peer 192.0.2.7:5432 gone"], "peer <*> gone");
    one(&["read /srv/app/a.toml", "read /srv/b", "read ./c", r"read D\data\x"], "read <*>");
    one(&["tell kim@example.org now", "tell bo@example.net now"], "tell <*> now");
    one(&["hash deadbeefcafe ok", "hash 00ff ok"], "hash <*> ok");
    one(&["key \"a b\" set", "key \"\" set", "key \"long value here\" set"], "key \"<*>\" set");
    one(&["due Mon Jan 5 10:00:00 UTC 2026", "due Tue Feb 10 11:30:00 2026"], "due <*>");
    one(&["ids 1, 2, 3 done", "ids 4 done"], "ids <*> done");
    one(&[r"load C:\a\b.dll now", r"load D:\c now", "load /a/b now"], "load <*> now");
    one(&["mac aa:bb:cc:dd:ee:ff up", "mac 1 up"], "mac <*> up");
    one(&["mac 00:1a:2b:3c:4d:5e up", "mac ff:aa:bb:cc:dd:01 up"], "mac <*> up");
    one(&["sent 512 bytes", "sent 4096 bytes (4.0 KB)"], "sent <*> bytes");
    one(&["lasted <1 sec", "lasted 00:12"], "lasted <*>");
    one(&["from 192.0.2.1 () at 3", "from 192.0.2.1 (a.example.org) at 4"], "from <*> (<*>) at <*>");
    one(&["ws=Work{17}, n=1", "ws=Work{17, 4}, n=1"][..1], "ws=<*>, n=<*>");
}

#[test]
fn words_stay() {
    one(&["can't read 5 of it's parts"], "can't read <*> of it's parts");
    one(&["read/write n/a 3"], "read/write n/a <*>");
    one(&["facade decade"], "facade decade");
    one(&["*** begin 4"], "*** begin <*>");
    one(&[r#"{"level": "x", "n": 3}"#], r#"{"level": "<*>", "n": <*>}"#);
    one(&["\"GET /a/1 HTTP/1.1\" 200", "\"GET /b HTTP/1.1\" 404"], "\"GET <*>\" <*>");
    apart(&["\"GET /a HTTP/1.1\" 200", "\"POST /a HTTP/1.1\" 200"]);
    apart(&["got java.net.ConnectException here", "got java.io.EOFException here"]);
    one(&["", "   "], "");
}

#[test]
fn words_that_vary_are_found_by_counting() {
    one(
        &[
            "hello kim from here",
            "hello bo from here",
            "hello ann from here",
            "hello joe from here",
            "hello li from here",
        ],
        "hello <*> from here",
    );
    apart(&["door opened by it", "door closed by it", "door locked by it"]);
    one(&["login of user kim", "login of user bo"], "login of user <*>");
    one(&["user 17 in", "user kim in"], "user <*> in");
    one(&["owner=kim ok", "owner=bo ok", "owner=ann ok", "owner=li ok"], "owner=<*> ok");
    apart(&["ready=true now", "ready=false now"]);
    apart(&["state to RUNNING", "state to NEW", "state to DONE"]);
    one(&["ws=null, n=1", "ws=17, n=1"], "ws=<*>, n=<*>");
    // What a line is about is no value, however many there are.
    apart(&[
        "queueDepth = 1",
        "cacheSize = 1",
        "poolSize = 2",
        "heapUsed = 3",
        "diskFree = 9",
        "loadNow = 8",
    ]);
    apart(&[
        "crond startup done",
        "sshd startup done",
        "ntpd startup done",
        "nscd startup done",
        "atd startup done",
    ]);
}

#[test]
fn counts_and_samples() {
    let mut miner = Miner::new();
    for number in 0..10 {
        miner.add_from(&format!("took {number} ms"), 100 + number);
    }
    miner.add("other");
    let templates = miner.templates();
    let [took, other] = templates.list() else { panic!("{templates:?}") };
    assert_eq!((took.count, other.count), (10, 1));
    assert_eq!(took.samples.iter().map(|sample| sample.source).collect::<Vec<_>>(), [100, 101, 102]);
    assert_eq!(took.samples.first().unwrap().text, "took 0 ms");
    assert_eq!(templates.other(), 0);
}

#[test]
fn memory_is_bounded_and_nothing_is_lost() {
    let mut miner = Miner::new();
    // Every line has words nobody saw before, at places that no rule makes a variable.
    let word = |mut number: u64| -> String {
        (0..8)
            .map(|_| {
                let letter = b'g' + u8::try_from(number % 20).unwrap();
                number /= 20;
                char::from(letter)
            })
            .collect()
    };
    let lines = 60_000;
    for number in 0..lines {
        miner.add(&format!("{} {} {}", word(number * 7919), word(number * 104_729 + 1), word(number + 5)));
    }
    for user in 0..30_000 {
        miner.add(&format!("login of user {}", word(user)));
    }
    assert!(miner.table.len() <= SKELETONS_MAX, "{}", miner.table.len());
    assert!(miner.skeletons.len() <= SKELETONS_MAX);
    let templates = miner.templates();
    let counted: u64 = templates.list().iter().map(|template| template.count).sum();
    assert_eq!(counted + templates.other(), lines + 30_000);
    assert!(templates.other() > 0);
}

#[test]
fn a_full_table_still_knows_its_templates() {
    let mut miner = Miner::new();
    let first = miner.add("login of user aaa");
    for number in 0..(SKELETONS_MAX as u64 * 2) {
        let name: String = number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'k')).collect();
        miner.add(&format!("login of user x{name}"));
    }
    let last = miner.add("login of user zzz");
    let templates = miner.templates();
    assert_eq!(templates.place(first), templates.place(last));
    assert_eq!(templates.list().len(), 1);
    assert_eq!(templates.get(last).unwrap().count, SKELETONS_MAX as u64 * 2 + 2);
}

#[test]
fn closed_lists_are_sorted() {
    tokens::check_lists();
}

proptest! {
    #[test]
    fn any_text_is_counted_once(lines in prop::collection::vec(".{0,80}", 0..40)) {
        let mut miner = Miner::new();
        let ids: Vec<_> = lines.iter().map(|line| miner.add(line)).collect();
        let templates = miner.templates();
        prop_assert_eq!(templates.list().iter().map(|template| template.count).sum::<u64>(), lines.len() as u64);
        for id in ids {
            prop_assert!(templates.get(id).is_some());
        }
    }

    #[test]
    fn any_bytes_are_masked(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let mut key = Vec::new();
        mask::mask(&bytes, &mut key);
        prop_assert!(key.len() <= mask::LINE_MAX + 2);
    }

    #[test]
    fn log_like_text_is_masked(line in r#"([a-z]{1,4}|[0-9a-f:.]{1,6}|[ =,:()<>\[\]{}"'/@*.-]{1,3}|GET /|Mon | KB| bytes ){0,60}"#) {
        let mut miner = Miner::new();
        let id = miner.add(&line);
        let templates = miner.templates();
        prop_assert_eq!(templates.get(id).map(|template| template.count), Some(1));
    }

    #[test]
    fn order_does_not_matter(words in prop::collection::vec(("(put|get|drop)", "[a-h]{1,2}", 0_u8..3), 1..40)) {
        let lines: Vec<String> = words.iter().map(|(verb, name, number)| format!("{verb} user {name} at {number}")).collect();
        let count = |lines: &[String]| {
            let mut miner = Miner::new();
            for line in lines { miner.add(line); }
            let mut list: Vec<_> = miner.templates().list().iter().map(|template| (template.text.clone(), template.count)).collect();
            list.sort();
            list
        };
        let mut reversed = lines.clone();
        reversed.reverse();
        prop_assert_eq!(count(&lines), count(&reversed));
    }
}
