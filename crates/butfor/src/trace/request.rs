//! A flow, asked for in JSON or on the command line.

use butfor_network::{Flow, FlowError, Place, Protocol};
use serde_json::Value;
use std::net::{IpAddr, Ipv4Addr};

/// Stands for "somewhere on the internet" where a request names no address: TEST-NET-2 (RFC 5737), which nobody has.
const INTERNET: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));

/// Finds a place by instance, interface, address or resource id.
pub(crate) type Resolve<'a> = &'a dyn Fn(&str) -> Result<Place, FlowError>;

/// One line of requests.
#[derive(Debug)]
pub(crate) struct Request {
    /// Given back with the result, whatever it is.
    pub(crate) id: Value,
    /// The flow, or what is wrong with the line.
    pub(crate) flow: Result<Flow, String>,
}

impl Request {
    /// Reads a line.
    pub(crate) fn parse(line: &str, resolve: Resolve<'_>) -> Self {
        let request: Value = match serde_json::from_str(line) {
            Ok(request) => request,
            Err(error) => return Self { id: Value::Null, flow: Err(format!("not valid JSON: {error}")) },
        };
        let id = request.get("id").cloned().unwrap_or_default();
        let flow = match request.get("flow") {
            Some(flow @ Value::Object(_)) => read(flow, resolve),
            Some(_) => Err("field `flow`: expected an object".to_owned()),
            None if request.is_object() => Err("field `flow`: missing".to_owned()),
            None => Err("expected an object with `id` and `flow`".to_owned()),
        };
        Self { id, flow }
    }
}

fn read(flow: &Value, resolve: Resolve<'_>) -> Result<Flow, String> {
    let source = address(flow, "src_ip")?;
    let from = match flow.get("from").filter(|from| !from.is_null()) {
        Some(from) => place("from", from, source, resolve)?,
        None => Place::Address(source.ok_or("field `from`: missing, and there is no `src_ip` either")?),
    };
    // What matters to a packet is the address it is sent to; `to` tells who has it.
    let to = match (address(flow, "to_ip")?, flow.get("to").filter(|to| !to.is_null())) {
        (Some(address), _) => Place::Address(address),
        (None, Some(to)) => place("to", to, None, resolve)?,
        (None, None) => return Err("field `to_ip`: missing, and there is no `to` either".to_owned()),
    };
    let protocol = protocol(flow)?;
    Ok(Flow {
        from,
        to,
        protocol,
        source_port: number(flow, "src_port")?,
        destination_port: number(flow, "dst_port")?,
        icmp: number(flow, "icmp_type")?
            .map(|kind| Ok::<_, String>((kind, number(flow, "icmp_code")?.unwrap_or(0))))
            .transpose()?,
    })
}

/// An end of a flow: a text, or an object that names it in one of several ways, the most exact first.
fn place(field: &str, end: &Value, source: Option<IpAddr>, resolve: Resolve<'_>) -> Result<Place, String> {
    let found = |text: &str| resolve(text).map_err(|error| format!("field `{field}`: {error}"));
    if let Some(text) = end.as_str() {
        return found(text).map(|place| with_address(place, source));
    }
    if !end.is_object() {
        return Err(format!("field `{field}`: expected an object or a text"));
    }
    let member = |name: &str| end.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let own = address(end, "ip").map_err(|error| format!("field `{field}`: {error}"))?;
    if let Some(id) = member("eni") {
        return Ok(Place::Interface { id: id.to_owned(), address: source.or(own) });
    }
    if let Some(text) = member("ip_or_name") {
        return found(text).map(|place| with_address(place, source));
    }
    if let Some(address) = source.filter(|_| member("kind").is_some_and(is_outside)).or(own) {
        return Ok(Place::Address(address));
    }
    match (member("kind"), member("id"), source) {
        (Some("internet"), _, None) => Ok(Place::Address(INTERNET)),
        (Some("instance") | None, Some(id), _) => found(id).map(|place| with_address(place, source)),
        (_, _, Some(address)) => Ok(Place::Address(address)),
        (_, Some(id), None) => found(id),
        (_, None, None) => Err(format!("field `{field}`: expected one of `eni`, `id`, `ip`, `ip_or_name`")),
    }
}

fn is_outside(kind: &str) -> bool {
    matches!(kind, "internet" | "on_prem" | "on-prem" | "on-premises")
}

/// The same place, with another of its addresses.
fn with_address(place: Place, address: Option<IpAddr>) -> Place {
    match (place, address) {
        (Place::Interface { id, .. }, Some(address)) => Place::Interface { id, address: Some(address) },
        (place, _) => place,
    }
}

fn address(object: &Value, field: &str) -> Result<Option<IpAddr>, String> {
    match object.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => text
            .trim()
            .parse()
            .map(Some)
            .map_err(|_| format!("field `{field}`: `{}` is not an IP address", shorten(text))),
        Some(other) => {
            Err(format!("field `{field}`: expected an IP address, found `{}`", shorten(&other.to_string())))
        }
    }
}

/// A protocol by number or name. One that is not given is TCP where there are ports, and 0, "none that has a name",
/// is taken as it is.
fn protocol(flow: &Value) -> Result<Protocol, String> {
    let text = match flow.get("proto") {
        None | Some(Value::Null) => return Ok(Protocol::TCP),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    Protocol::parse(&shorten(&text)).map_err(|error| format!("field `proto`: {error}"))
}

/// A whole number that fits, as a number or as text.
fn number<T: TryFrom<u64>>(object: &Value, field: &str) -> Result<Option<T>, String> {
    let number = match object.get(field) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(other) => other.as_u64(),
    };
    let fitting = number.and_then(|number: u64| T::try_from(number).ok());
    fitting.map(Some).ok_or_else(|| {
        let found = object.get(field).map(ToString::to_string).unwrap_or_default();
        format!(
            "field `{field}`: `{}` is no {}",
            shorten(&found),
            if field.ends_with("port") { "port" } else { "number from 0 to 255" }
        )
    })
}

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::Request;
    use butfor_network::{FlowError, Place};
    use proptest::prelude::*;

    fn resolve(text: &str) -> Result<Place, FlowError> {
        match text {
            "i-1" => Ok(Place::Interface { id: "eni-1".to_owned(), address: None }),
            _ => text.parse().map(Place::Address).map_err(|_| FlowError::Unknown(text.to_owned())),
        }
    }

    /// The flow in one line, or what is wrong.
    fn summary(line: &str) -> String {
        let show = |place: &Place| match place {
            Place::Interface { id, address: None } => id.clone(),
            Place::Interface { id, address: Some(address) } => format!("{id}/{address}"),
            Place::Address(address) => address.to_string(),
            Place::Resource { id, .. } => id.clone(),
        };
        match Request::parse(line, &resolve).flow {
            Ok(flow) => {
                let (from, to, ports) =
                    (show(&flow.from), show(&flow.to), (flow.source_port, flow.destination_port));
                format!("{from} -> {to} {} {ports:?}", flow.protocol)
            }
            Err(error) => error,
        }
    }

    fn check(flow: &str, expected: &str) {
        assert_eq!(summary(&format!(r#"{{"id": 1, "flow": {flow}}}"#)), expected, "{flow}");
    }

    #[test]
    fn ends_are_named_in_many_ways() {
        let rest = r#""to_ip": "10.0.0.2", "proto": 6, "src_port": null, "dst_port": 443"#;
        let from = |from: &str| format!("{{{from}, {rest}}}");
        let to = "10.0.0.2 tcp (None, Some(443))";
        check(
            &from(
                r#""from": {"kind": "instance", "id": "i-1", "eni": "eni-9", "ip": "10.0.0.1"}, "src_ip": "10.0.0.7""#,
            ),
            &format!("eni-9/10.0.0.7 -> {to}"),
        );
        check(
            &from(r#""from": {"kind": "instance", "id": "i-1"}, "src_ip": "10.0.0.7""#),
            &format!("eni-1/10.0.0.7 -> {to}"),
        );
        check(
            &from(r#""from": {"kind": "internet", "id": "internet"}, "src_ip": "8.8.8.8""#),
            &format!("8.8.8.8 -> {to}"),
        );
        check(&from(r#""from": {"kind": "internet", "id": "internet"}"#), &format!("198.51.100.1 -> {to}"));
        check(
            &from(r#""from": {"kind": "subnet", "id": "subnet-1"}, "src_ip": "10.0.0.9""#),
            &format!("10.0.0.9 -> {to}"),
        );
        check(&from(r#""from": {"ip_or_name": "10.0.0.3"}"#), &format!("10.0.0.3 -> {to}"));
        check(&from(r#""from": "i-1""#), &format!("eni-1 -> {to}"));
        check(&from(r#""src_ip": "10.0.0.9""#), &format!("10.0.0.9 -> {to}"));
        check(
            r#"{"from": "i-1", "to": {"eni": "eni-2"}, "proto": "UDP", "dst_port": "53"}"#,
            "eni-1 -> eni-2 udp (None, Some(53))",
        );
        check(
            r#"{"from": "i-1", "to": {"kind": "instance", "id": "i-1"}, "proto": 0}"#,
            "eni-1 -> eni-1 protocol 0 (None, None)",
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        check(r#"{"to_ip": "10.0.0.2"}"#, "field `from`: missing, and there is no `src_ip` either");
        check(r#"{"from": "i-1"}"#, "field `to_ip`: missing, and there is no `to` either");
        check(
            r#"{"from": "i-2", "to_ip": "10.0.0.2"}"#,
            "field `from`: `i-2` is no instance, interface, address or resource in these documents",
        );
        check(r#"{"from": "i-1", "to_ip": "10.0.0"}"#, "field `to_ip`: `10.0.0` is not an IP address");
        check(
            r#"{"from": {}, "to_ip": "10.0.0.2"}"#,
            "field `from`: expected one of `eni`, `id`, `ip`, `ip_or_name`",
        );
        check(
            r#"{"from": "i-1", "to_ip": "10.0.0.2", "dst_port": 70000}"#,
            "field `dst_port`: `70000` is no port",
        );
        check(
            r#"{"from": "i-1", "to_ip": "10.0.0.2", "proto": "ipx"}"#,
            "field `proto`: `ipx` is not a protocol: use tcp, udp, icmp, icmpv6 or a number from 0 to 255",
        );
        assert_eq!(summary("{}"), "field `flow`: missing");
        assert_eq!(summary("7"), "expected an object with `id` and `flow`");
        assert!(summary("{").starts_with("not valid JSON: "));
    }

    #[test]
    fn the_id_comes_back_with_an_error() {
        let request = Request::parse(r#"{"id": ["a"], "flow": 1}"#, &resolve);
        assert_eq!((request.id.to_string(), request.flow.is_err()), (r#"["a"]"#.to_owned(), true));
    }

    proptest! {
        #[test]
        fn nothing_panics(line in r#"(\{|\}|\[|\]|"|:|,|flow|from|to_ip|eni|proto|dst_port|1|-|\.|null| ){0,40}"#) {
            let _ = Request::parse(&line, &resolve);
        }
    }
}
