//! `butfor trace`: one flow, or many, through the recorded network.

use crate::cli::{Format, Trace};
use crate::output::{self, BadInput, Outcome};
use crate::progress::Progress;
use crate::trace::request::Request;
use crate::trace::result::Sources;
use crate::trace::{result, text};
use butfor_incident::{Body, CaseFile, Timestamp};
use butfor_network::describe::Origin;
use butfor_network::{Flow, FlowError, Network, Place, Protocol};
use butfor_world::History;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Write};

pub(super) fn run(asked: &Trace) -> anyhow::Result<Outcome> {
    let at = asked.at.as_deref().map(Timestamp::parse).transpose().map_err(bad_input)?;
    let mut progress = Progress::new();
    let bundle = super::read(&asked.path, &mut progress)?;
    progress.step(0, 1, "reading the network");
    let history = History::read(&bundle.case);
    let world = at.map_or_else(|| history.latest().clone(), |at| history.at(at));
    let network = world.network();
    let network =
        if holds_no_routes(&bundle.case) { network.clone().assuming_routing() } else { network.clone() };
    drop(progress);
    let sources = |origins: &[Origin]| -> Vec<String> {
        let evidence = origins.iter().filter_map(|origin| history.evidence_of(*origin));
        evidence.filter_map(|id| bundle.sources.get(&id)).map(ToString::to_string).collect()
    };
    let sound = match (&asked.from, &asked.to) {
        (Some(from), Some(to)) => {
            one(&network, &flow(&network, asked, from, to)?, asked.format, &sources).map(|()| true)?
        }
        _ => many(&network, &sources)?,
    };
    Ok(Outcome::of_input(super::tell(&bundle, &history) && sound))
}

/// np-guard's snapshots hold no route tables by design; told by the member that names its collector.
fn holds_no_routes(case: &CaseFile) -> bool {
    #[derive(serde::Deserialize)]
    struct Snapshot {
        collector_version: Option<IgnoredAny>,
        security_groups: Option<IgnoredAny>,
    }
    let is_one = |text: &str| {
        text.contains("\"collector_version\"")
            && serde_json::from_str::<Snapshot>(text).is_ok_and(|snapshot| {
                snapshot.collector_version.is_some() && snapshot.security_groups.is_some()
            })
    };
    let mut answers = case.evidence.iter().filter(|evidence| matches!(evidence.body, Body::Call(_)));
    answers.clone().next().is_some()
        && answers.all(|answer| answer.query.operation.is_empty() && is_one(answer.body.text()))
}

fn bad_input(error: impl std::fmt::Display) -> BadInput {
    BadInput(error.to_string())
}

/// The place a text names. A service with several interfaces is one place: which of them serves depends on the other
/// end. Of an instance it is the primary interface.
fn place(network: &Network, text: &str) -> Result<Place, FlowError> {
    let places = network.resolve(text)?;
    if let [Place::Interface { id, .. }, _, ..] = places.as_slice()
        && let Some(owner) = network.interface(id).and_then(|interface| network.owner_of(interface))
        && owner.kind != "AWS::EC2::Instance"
    {
        return Ok(Place::Resource { kind: owner.kind.to_owned(), id: owner.id });
    }
    places.into_iter().next().ok_or_else(|| FlowError::Unknown(text.to_owned()))
}

/// The flow of the command line.
fn flow(network: &Network, asked: &Trace, from: &str, to: &str) -> Result<Flow, BadInput> {
    let end = |option: &str, text: &str| {
        place(network, text).map_err(|error| BadInput(format!("{option}: {error}")))
    };
    Ok(Flow {
        from: end("--from", from)?,
        to: end("--to", to)?,
        protocol: Protocol::parse(&asked.proto).map_err(|error| BadInput(format!("--proto: {error}")))?,
        source_port: asked.source_port,
        destination_port: asked.port,
        icmp: None,
    })
}

fn one(network: &Network, flow: &Flow, format: Format, sources: Sources<'_>) -> io::Result<()> {
    let trace = network.trace(flow);
    match format {
        Format::Json => output::print(&result::of_trace(&Value::Null, &trace, sources).to_string()),
        Format::Terminal => output::print_styled(&text::of_trace(flow, &trace)),
    }
}

/// Longest request line, in bytes: a flow with every member takes some hundreds.
const LINE_MAX: usize = 1 << 20;

/// Answers requests line by line, in order; `false` when one could not be read.
fn many(network: &Network, sources: Sources<'_>) -> io::Result<bool> {
    let resolve = |text: &str| place(network, text);
    let mut input = BufReader::with_capacity(1 << 16, io::stdin().lock());
    let mut out = output::stdout();
    let mut sound = true;
    let mut line = Vec::new();
    while next_line(&mut input, &mut line)? {
        let text = String::from_utf8_lossy(&line);
        if text.trim().is_empty() {
            continue;
        }
        let request = match line.len() {
            ..=LINE_MAX => Request::parse(&text, &resolve),
            _ => Request { id: Value::Null, flow: Err(format!("longer than {LINE_MAX} bytes")) },
        };
        let answer = match request.flow {
            Ok(flow) => result::of_trace(&request.id, &network.trace(&flow), sources),
            Err(error) => {
                sound = false;
                result::of_error(&request.id, &error)
            }
        };
        serde_json::to_writer(&mut out, &answer)?;
        out.write_all(b"\n")?;
        // Whoever waits for an answer before asking the next question gets it.
        if input.buffer().is_empty() {
            out.flush()?;
        }
    }
    out.flush()?;
    Ok(sound)
}

/// Reads a line; of one that is too long only the beginning is kept. `false` at the end of the input.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let limit = LINE_MAX as u64 + 1;
    let mut read = input.by_ref().take(limit).read_until(b'\n', line)?;
    let mut rest = Vec::new();
    while read as u64 == limit && rest.last().or(line.last()) != Some(&b'\n') {
        rest.clear();
        read = input.by_ref().take(limit).read_until(b'\n', &mut rest)?;
    }
    Ok(!line.is_empty())
}
