use super::*;
use proptest::prelude::*;

fn span(id: &str, parent: Option<&str>, component: &str, times: (i64, i64)) -> Span {
    Span {
        trace: "t".into(),
        id: id.into(),
        parent: parent.map(Into::into),
        component: component.into(),
        operation: format!("{id} of {component}").into(),
        kind: Kind::Unknown,
        start_ns: times.0,
        end_ns: Some(times.1),
        failure: None,
        peer: None,
    }
}

fn failed(mut span: Span, blame: Blame) -> Span {
    span.failure = Some(Failure { blame, status: None, text: None });
    span
}

/// One trace of a function behind an API that asks a table; the table throttles, the function fails, the API answers 502.
const XRAY: &str = include_str!("../../tests/data/traces/xray.json");
/// The same in OpenTelemetry, with a queue that nobody traces.
const OTLP: &str = include_str!("../../tests/data/traces/otlp.json");
const GRAPH: &str = include_str!("../../tests/data/traces/service-graph.json");

#[test]
fn segments_and_subsegments_are_spans() {
    let parsed = xray::read(XRAY).unwrap();
    let seen: Vec<_> = parsed
        .spans
        .iter()
        .map(|span| {
            (
                &*span.component,
                &*span.operation,
                span.kind,
                span.peer.as_deref(),
                span.duration_ns() / 1_000_000,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("orders-api", "POST", Kind::Server, None, 420),
            ("orders-api", "POST", Kind::Client, Some("create-order"), 400),
            ("create-order", "create-order", Kind::Server, None, 380),
            ("create-order", "validate", Kind::Internal, None, 20),
            ("create-order", "PutItem", Kind::Client, Some("DynamoDB"), 300),
        ]
    );
    assert_eq!(parsed.skipped, 1, "one document is cut");
    let table = parsed.spans[4].failure.as_ref().unwrap();
    assert_eq!((table.blame, table.status), (Blame::Throttle, Some(400)));
    assert!(table.text.as_ref().unwrap().contains("ProvisionedThroughputExceededException"), "{table:?}");
}

#[test]
fn spans_of_opentelemetry() {
    let parsed = otlp::read(OTLP).unwrap();
    assert_eq!((parsed.spans.len(), parsed.skipped), (4, 1));
    let [front, call, back, send] = parsed.spans.as_slice() else { panic!("{parsed:#?}") };
    assert_eq!((&*front.component, front.kind, front.parent.as_deref()), ("shop-front", Kind::Server, None));
    assert_eq!((call.kind, call.peer.as_deref()), (Kind::Client, Some("shop-back")));
    assert_eq!(
        back.failure.as_ref().unwrap().text.as_deref(),
        Some("java.lang.IllegalStateException: no stock")
    );
    assert_eq!(front.failure.as_ref().unwrap().blame, Blame::Fault);
    assert_eq!(front.failure.as_ref().unwrap().status, Some(502));
    assert_eq!((send.peer.as_deref(), send.failure.as_ref()), (Some("orders-queue"), None));
}

#[test]
fn documents_of_another_kind_say_what_is_missing() {
    assert!(matches!(xray::read("{\"a\": 1}"), Err(ReadError::Shape("Traces"))));
    assert!(matches!(xray::read("{"), Err(ReadError::Json(_))));
    assert!(matches!(otlp::read("{\"spans\": []}"), Err(ReadError::Shape("resourceSpans"))));
    assert!(matches!(xray::read_graph("{}"), Err(ReadError::Shape("Services"))));
    // Several documents, one a line, the last one cut by whoever copied the file.
    let cut = format!("{}\n{{\"resourceSpans\": [", OTLP.replace('\n', " "));
    assert_eq!(otlp::read(&cut).unwrap().skipped, 2);
}

#[test]
fn an_error_began_where_no_child_fails() {
    let parsed = xray::read(XRAY).unwrap();
    let forest = Forest::new(&parsed.spans);
    let failing = forest.failing();
    assert_eq!(failing.len(), 1, "{failing:?}");
    assert_eq!((&*failing[0].component, failing[0].is_silent), ("DynamoDB", true));
    assert_eq!((failing[0].span, failing[0].topmost, failing[0].is_visible), (4, 0, true));

    let parsed = otlp::read(OTLP).unwrap();
    let failing = Forest::new(&parsed.spans).failing();
    assert_eq!((&*failing[0].component, failing[0].is_silent, failing[0].topmost), ("shop-back", false, 0));
}

#[test]
fn an_error_that_something_above_copes_with_is_not_visible() {
    let spans = [
        span("a", None, "front", (0, 100)),
        failed(span("b", Some("a"), "front", (10, 90)), Blame::Fault),
        failed(span("c", Some("b"), "back", (20, 80)), Blame::Fault),
    ];
    let failing = Forest::new(&spans).failing();
    assert_eq!(failing.len(), 1);
    assert_eq!((failing[0].span, failing[0].topmost, failing[0].is_visible), (2, 1, false));
}

#[test]
fn a_wrong_call_is_its_callers() {
    let mut call = failed(span("b", None, "front", (0, 9)), Blame::Error);
    call.kind = Kind::Client;
    call.peer = Some("back".into());
    let failing = Forest::new(std::slice::from_ref(&call)).failing();
    assert_eq!((&*failing[0].component, failing[0].is_silent), ("front", false));
    call.failure.as_mut().unwrap().blame = Blame::Fault;
    assert_eq!(&*Forest::new(&[call]).failing()[0].component, "back");
}

#[test]
fn self_time_is_what_nothing_else_explains() {
    let spans = [
        span("a", None, "front", (0, 100)),
        span("b", Some("a"), "front", (10, 60)),
        // Its clock is behind: it begins before its parent does.
        span("c", Some("b"), "back", (5, 50)),
        // Beside `d` works `e`, for which it only waits.
        span("d", Some("a"), "front", (60, 90)),
        span("e", Some("a"), "front", (65, 85)),
        span("e", Some("a"), "front", (65, 85)),
    ];
    assert_eq!(Forest::new(&spans).self_times(), [20, 10, 40, 10, 20, 0]);
}

#[test]
fn circles_and_missing_parents_are_roots() {
    let spans = [
        span("a", Some("c"), "x", (0, 10)),
        span("b", Some("a"), "x", (0, 10)),
        span("c", Some("b"), "x", (0, 10)),
        span("d", Some("d"), "x", (0, 10)),
        span("e", Some("gone"), "x", (0, 10)),
    ];
    let forest = Forest::new(&spans);
    let parents: Vec<_> = (0..5).map(|at| forest.parent(at)).collect();
    assert_eq!(parents, [None, Some(0), Some(1), None, None]);
    assert_eq!((forest.depth(2), forest.depth(4)), (2, 0));
}

#[test]
fn edges_have_calls_errors_and_time() {
    let parsed = xray::read(XRAY).unwrap();
    let edges = edges(&Forest::new(&parsed.spans));
    let seen: Vec<_> = edges
        .iter()
        .map(|edge| (&*edge.caller, &*edge.callee, edge.calls, edge.errors, edge.throttles, edge.faults))
        .collect();
    assert_eq!(seen, [("create-order", "DynamoDB", 1, 1, 1, 0), ("orders-api", "create-order", 1, 0, 0, 1)]);
    assert!((edges[1].mean_seconds().unwrap() - 0.4).abs() < 1e-9, "what the caller waited");
}

#[test]
fn edges_of_a_service_graph() {
    let edges = xray::read_graph(GRAPH).unwrap();
    let seen: Vec<_> = edges
        .iter()
        .map(|edge| (&*edge.caller, &*edge.callee, edge.calls, edge.errors, edge.throttles, edge.faults))
        .collect();
    assert_eq!(
        seen,
        [
            ("client", "orders-api", 120, 3, 0, 57),
            ("orders-api", "create-order", 117, 0, 0, 57),
            ("create-order", "DynamoDB", 350, 61, 60, 0),
        ]
    );
    assert!((edges[0].mean_seconds().unwrap() - 0.5).abs() < 1e-9);
}

/// Spans whose ids, parents and times are any, from a few, so that they meet.
fn any_spans() -> impl Strategy<Value = Vec<Span>> {
    let one =
        (0..3u8, 0..8u8, prop::option::of(0..9u8), 0..4u8, -5..50i64, prop::option::of(-5..60i64), 0..5u8);
    prop::collection::vec(one, 0..24).prop_map(|rows| {
        let rows = rows.into_iter();
        rows.map(|(trace, id, parent, component, start, end, failure)| {
            let mut span = span(&id.to_string(), None, &component.to_string(), (start, 0));
            span.trace = trace.to_string().into();
            span.parent = parent.map(|parent| parent.to_string().into());
            span.end_ns = end;
            span.operation = (id % 3).to_string().into();
            span.kind = [Kind::Unknown, Kind::Client, Kind::Server][usize::from(trace)];
            let blame = [None, None, Some(Blame::Error), Some(Blame::Fault), Some(Blame::Throttle)];
            match blame[usize::from(failure)] {
                Some(blame) => failed(span, blame),
                None => span,
            }
        })
        .collect()
    })
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = xray::read(&text);
        let _ = xray::read_graph(&text);
        let _ = otlp::read(&text);
        let _ = rows::read(&text);
    }

    #[test]
    fn any_damage_is_read_or_refused(at in 0..4000usize, with in "[\\[\\]{}\",:0-9a-z\\\\]{0,6}", cut in 0..40usize) {
        for document in [XRAY, OTLP, GRAPH, "TraceID,SpanID,ParentID,PodName,OperationName,StartTimeUnixNano,EndTimeUnixNano\nt,s,root,p,o,1,2\n"] {
            let at = document.floor_char_boundary(at % document.len());
            let to = document.floor_char_boundary((at + cut).min(document.len()));
            let parts = (document.get(..at).unwrap(), document.get(to..).unwrap());
            let damaged = format!("{}{with}{}", parts.0, parts.1);
            let _ = xray::read_graph(&damaged);
            for parsed in [xray::read(&damaged), otlp::read(&damaged), rows::read(&damaged)].into_iter().flatten() {
                let forest = Forest::new(&parsed.spans);
                let _ = (forest.self_times(), forest.failing(), edges(&forest));
            }
        }
    }

    #[test]
    fn self_times_add_up_to_the_time_in_which_anything_was_active(spans in any_spans()) {
        let forest = Forest::new(&spans);
        let times = forest.self_times();
        for trace in forest.traces() {
            let mut active = std::collections::BTreeSet::new();
            for &at in trace {
                // A child never begins before its parent.
                let mut start = spans[at].start_ns;
                let mut above = forest.parent(at);
                while let Some(parent) = above {
                    start = start.max(spans[parent].start_ns);
                    above = forest.parent(parent);
                }
                active.extend(start..spans[at].end_ns.unwrap_or(start));
            }
            let sum: u64 = trace.iter().map(|&at| times[at]).sum();
            prop_assert_eq!(sum, active.len() as u64);
        }
    }

    #[test]
    fn every_failing_span_is_below_a_topmost_one_and_above_a_first(spans in any_spans()) {
        let forest = Forest::new(&spans);
        let failing = forest.failing();
        let any = spans.iter().enumerate().any(|(at, span)| span.failure.is_some() && !forest.is_repeated(at));
        prop_assert_eq!(any, !failing.is_empty());
        for one in failing {
            let mut at = one.span;
            while at != one.topmost {
                prop_assert!(spans[at].failure.is_some());
                at = forest.parent(at).unwrap();
            }
        }
    }
}
