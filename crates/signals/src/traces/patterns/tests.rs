use super::*;
use crate::traces::Kind;
use proptest::prelude::*;

/// A recording put together request by request. Times in milliseconds.
#[derive(Clone, Debug, Default)]
struct Recording {
    spans: Vec<Span>,
    logs: Vec<(String, String, i64, String)>,
}

impl Recording {
    /// A span of the newest request, or with no parent of a new one.
    fn span(&mut self, component: &str, operation: &str, parent: Option<usize>, times: (i64, i64)) -> usize {
        let id = self.spans.len();
        let trace = parent.map_or_else(|| id.to_string().into(), |parent| self.spans[parent].trace.clone());
        self.spans.push(Span {
            trace,
            id: id.to_string().into(),
            parent: parent.map(|parent| parent.to_string().into()),
            component: component.into(),
            operation: operation.into(),
            kind: Kind::Unknown,
            start_ns: times.0 * 1_000_000,
            end_ns: Some(times.1 * 1_000_000),
            failure: None,
            peer: None,
        });
        id
    }

    fn log(&mut self, span: usize, line: &str) {
        let at = i64::try_from(self.logs.len()).unwrap();
        let of = &self.spans[span];
        self.logs.push((of.trace.to_string(), of.id.to_string(), at, line.to_owned()));
    }

    /// `front` asks `stock`, then `price`, each through a client span; so many milliseconds on the way to each.
    fn order(&mut self, lost: (i64, i64), is_stock_right: bool) {
        let end = 40 + lost.0 + lost.1;
        let front = self.span("front", "order", None, (0, end));
        self.log(front, "10:00:00.000 INFO f.Order#10 begin");
        let client = self.span("front", "GET", Some(front), (5, 15 + lost.0));
        let stock = self.span("stock", "stock", Some(client), (6 + lost.0, 14 + lost.0));
        self.log(stock, "10:00:00.000 INFO s.Stock#5 look up");
        if is_stock_right {
            self.log(stock, "10:00:00.000 INFO s.Stock#8 found");
            self.log(front, "10:00:00.000 INFO f.Order#20 stock 7");
        } else {
            self.log(stock, "10:00:00.000 ERROR s.Stock#11 none");
            self.log(front, "10:00:00.000 ERROR f.Order#25 no stock");
        }
        let client = self.span("front", "GET", Some(front), (20 + lost.0, 30 + lost.0 + lost.1));
        self.span("price", "price", Some(client), (21 + lost.0 + lost.1, 29 + lost.0 + lost.1));
    }

    fn orders(count: usize, lost: (i64, i64), right: impl Fn(usize) -> bool) -> Self {
        let mut recording = Self::default();
        (0..count).for_each(|number| recording.order(lost, right(number)));
        recording
    }
}

fn found(usual: &Recording, now: &Recording, resources: &[Resource]) -> Vec<Suspect> {
    fn logs(recording: &Recording) -> Vec<SpanLog<'_>> {
        let logs = recording.logs.iter();
        logs.map(|(trace, span, at_ns, line)| SpanLog { trace, span, at_ns: *at_ns, line }).collect()
    }
    let (usual_logs, now_logs) = (logs(usual), logs(now));
    let usual = Window { spans: &usual.spans, logs: &usual_logs };
    suspects(&usual, &Window { spans: &now.spans, logs: &now_logs }, resources)
}

fn names(suspects: &[Suspect]) -> Vec<&str> {
    suspects.iter().map(|suspect| &*suspect.component).collect()
}

#[test]
fn what_departs_below_explains_what_departs_above() {
    let usual = Recording::orders(10, (0, 0), |_| true);
    let now = Recording::orders(20, (0, 0), |number| number % 2 == 0);
    let suspects = found(&usual, &now, &[]);
    assert_eq!(names(&suspects), ["stock"]);
    let (_, Ground::Path(path)) = &suspects[0].grounds[0] else { panic!("{suspects:#?}") };
    assert_eq!(path.after, "s.Stock#5 look up");
    assert_eq!(path.expected, "s.Stock#8 found");
    assert_eq!(path.instead, [("s.Stock#11 none".to_owned(), 10)]);
    assert_eq!((path.now, path.usual, path.unexplained), ((10, 20), (0, 10), 10));
}

#[test]
fn getting_well_is_no_fault() {
    let usual = Recording::orders(10, (0, 0), |_| false);
    let now = Recording::orders(20, (0, 0), |_| true);
    assert_eq!(found(&usual, &now, &[]), []);
}

#[test]
fn another_mix_of_requests_is_no_fault() {
    let usual = Recording::orders(40, (0, 0), |number| number % 10 != 0);
    let now = Recording::orders(40, (0, 0), |number| number % 2 == 0);
    assert_eq!(found(&usual, &now, &[]), []);
}

#[test]
fn without_a_past_nothing_is_unusual() {
    let now = Recording::orders(20, (400, 0), |_| false);
    assert_eq!(found(&Recording::default(), &now, &[]), []);
    assert_eq!(found(&now, &Recording::default(), &[]), []);
}

#[test]
fn time_lost_on_one_of_several_calls_is_the_callees() {
    let usual = Recording::orders(10, (0, 0), |_| true);
    let suspects = found(&usual, &Recording::orders(10, (300, 0), |_| true), &[]);
    assert_eq!(names(&suspects), ["stock"]);
    let (_, Ground::Time(slow)) = &suspects[0].grounds[0] else { panic!("{suspects:#?}") };
    assert_eq!((slow.now, slow.usual), ((10, 10), (0, 10)));
    assert_eq!((slow.calls, slow.lost_ms), (1.0, (0.0, 3000.0)));
}

#[test]
fn time_lost_on_all_calls_is_the_callers() {
    let mut usual = Recording::orders(10, (0, 0), |_| true);
    let mut now = Recording::orders(10, (200, 200), |_| true);
    // `stock` is asked by others, too, who wait no longer than before.
    for recording in [&mut usual, &mut now] {
        for _ in 0..10 {
            for callee in ["stock", "price"] {
                let client = recording.span("other", "GET", None, (0, 20));
                recording.span(callee, callee, Some(client), (1, 19));
            }
        }
    }
    assert_eq!(names(&found(&usual, &now, &[])).first(), Some(&"front"));
}

#[test]
fn a_client_in_front_of_everybody_is_not_to_blame_for_a_slow_way_to_one() {
    let usual = Recording::orders(10, (0, 0), |_| true);
    let now = Recording::orders(12, (0, 500), |_| true);
    assert_eq!(names(&found(&usual, &now, &[])), ["price"]);
}

#[test]
fn a_failing_span_is_a_departure_without_any_log() {
    let quiet = |failing: usize| {
        let mut recording = Recording::orders(12, (0, 0), |_| true);
        recording.logs.clear();
        let prices: Vec<_> =
            (0..recording.spans.len()).filter(|&at| &*recording.spans[at].component == "price").collect();
        for at in prices.into_iter().take(failing) {
            let text = Some("Timeout".to_owned());
            recording.spans[at].failure =
                Some(crate::traces::Failure { blame: crate::traces::Blame::Fault, status: Some(504), text });
        }
        recording
    };
    let suspects = found(&quiet(0), &quiet(9), &[]);
    assert_eq!(names(&suspects), ["price"]);
    let (_, Ground::Path(path)) = &suspects[0].grounds[0] else { panic!("{suspects:#?}") };
    assert_eq!(
        (path.after.as_str(), path.instead.as_slice()),
        ("start", [("Timeout".to_owned(), 9)].as_slice())
    );
}

#[test]
fn a_resource_at_its_limit_counts_if_it_never_was() {
    let resource = |component: &str, usual: f64| Resource {
        component: component.into(),
        name: "cpu".to_owned(),
        usual: vec![usual; 200],
        now: vec![f64::NAN, 3.0, 99.9, 100.0],
    };
    let orders = Recording::orders(10, (0, 0), |_| true);
    let suspects = found(&orders, &orders, &[resource("price", 2.0), resource("batch", 95.0)]);
    assert_eq!(names(&suspects), ["price"]);
    let (score, Ground::Resource(saturated)) = &suspects[0].grounds[0] else { panic!("{suspects:#?}") };
    assert_eq!((saturated.now, saturated.usual), ((2, 3), (0, 200)));
    assert!(*score > 8.0);
}

fn any_recording() -> impl Strategy<Value = Recording> {
    prop::collection::vec((0..3i64, 0..3i64, any::<bool>()), 0..12).prop_map(|orders| {
        let mut recording = Recording::default();
        for (stock, price, is_right) in orders {
            recording.order((stock * 150, price * 150), is_right);
        }
        recording
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn names_decide_nothing(usual in any_recording(), now in any_recording()) {
        // Other names in another order: `ecirp`, `kcots`, `tnorf`.
        let renamed = |recording: &Recording| {
            let mut recording = recording.clone();
            for span in &mut recording.spans {
                span.component = span.component.chars().rev().collect::<String>().into();
            }
            recording
        };
        let score = |suspects: Vec<Suspect>| suspects.first().map(|suspect| suspect.score.to_bits());
        prop_assert_eq!(score(found(&usual, &now, &[])), score(found(&renamed(&usual), &renamed(&now), &[])));
    }

    #[test]
    fn order_of_spans_and_logs_does_not_matter(usual in any_recording(), now in any_recording()) {
        let mut turned = now.clone();
        turned.spans.reverse();
        turned.logs.reverse();
        prop_assert_eq!(found(&usual, &now, &[]), found(&usual, &turned, &[]));
    }

    #[test]
    fn nothing_changed_is_nothing_found(recording in any_recording()) {
        prop_assert_eq!(found(&recording, &recording, &[]), []);
    }
}
