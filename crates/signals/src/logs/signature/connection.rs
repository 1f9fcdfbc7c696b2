//! Connections, time-outs, names and TLS.

use super::words::{milliseconds, name, peer, status};
use super::{ConnectionFailure, Facts, Kind, Line, NameFailure, Timeout, TlsFault};

pub(super) fn read(line: &Line<'_>, facts: &mut Facts) {
    let tls = tls(line);
    if let Some(fault) = tls {
        facts.add(line, Kind::Tls { fault });
    }
    let resolution = resolution(line);
    if let Some(failure) = resolution {
        facts.add(line, Kind::NameResolution { failure, name: host(line) });
        return;
    }
    if let Some(failure) = connection(line) {
        facts.add(line, Kind::Connection { failure, peer: peer(line.text) });
    }
    if let Some((by, after_ms)) = timeout(line) {
        facts.add(line, Kind::TimedOut { by, after_ms });
    }
}

fn connection(line: &Line<'_>) -> Option<ConnectionFailure> {
    const REFUSED: [&str; 5] =
        ["connection refused", "ECONNREFUSED", "connection was refused", "actively refused", "errno 111"];
    const RESET: [&str; 7] = [
        "connection reset",
        "ECONNRESET",
        "broken pipe",
        "EPIPE",
        "socket hang up",
        "server closed the connection unexpectedly",
        "connection aborted",
    ];
    const TIMED_OUT: [&str; 9] = [
        "connection timed out",
        "ETIMEDOUT",
        "connect timeout",
        "connecttimeout",
        "connection timeout",
        "connect timed out",
        "connection attempt timed out",
        "errno 110",
        "timed out (connect",
    ];
    const UNREACHABLE: [&str; 7] = [
        "no route to host",
        "EHOSTUNREACH",
        "ENETUNREACH",
        "network is unreachable",
        "host is unreachable",
        "network unreachable",
        "host unreachable",
    ];
    if line.says(&REFUSED) {
        Some(ConnectionFailure::Refused)
    } else if line.says(&UNREACHABLE) {
        Some(ConnectionFailure::Unreachable)
    } else if line.says(&TIMED_OUT) || line.says(&["dial tcp"]) && line.says(&["i/o timeout"]) {
        Some(ConnectionFailure::TimedOut)
    } else if line.says(&RESET) {
        Some(ConnectionFailure::Reset)
    } else {
        None
    }
}

fn timeout(line: &Line<'_>) -> Option<(Timeout, Option<u64>)> {
    if let Some(after) = line.after("task timed out after ") {
        return Some((Timeout::Lambda, milliseconds(after)));
    }
    // Lock waits and connections have facts of their own.
    if line.says(&["lock wait timeout", "lock timeout"]) {
        return None;
    }
    if line.says(&[
        "statement timeout",
        "max_execution_time exceeded",
        "query execution was interrupted, maximum statement",
    ]) {
        return Some((Timeout::Statement, None));
    }
    const UPSTREAM: [&str; 6] = [
        "upstream timed out",
        "upstream request timeout",
        "504 gateway time",
        "gateway timeout",
        "endpoint request timed out",
        "integration timed out",
    ];
    if line.says(&UPSTREAM) || status(&line.lower) == Some(504) {
        return Some((Timeout::Upstream, None));
    }
    const CLIENT: [&str; 13] = [
        "read timed out",
        "timed out",
        "timeouterror",
        "timeoutexception",
        "deadline exceeded",
        "deadline_exceeded",
        "request timeout",
        "timeout exceeded",
        "i/o timeout",
        "ESOCKETTIMEDOUT",
        "timeout awaiting",
        "timeout of ",
        "timeout expired",
    ];
    let phrase = CLIENT.iter().find(|phrase| line.says(&[**phrase]))?;
    // Where the connection was never made, that is the fact.
    if connection(line).is_some() {
        return None;
    }
    let after = line.after(phrase).filter(|after| {
        after.trim_start().starts_with(|letter: char| letter.is_ascii_digit())
            || after.trim_start().starts_with("after")
    });
    Some((Timeout::Client, after.and_then(milliseconds)))
}

fn resolution(line: &Line<'_>) -> Option<NameFailure> {
    const NOT_FOUND: [&str; 15] = [
        "ENOTFOUND",
        "NXDOMAIN",
        "name or service not known",
        "no such host",
        "could not resolve host",
        "couldn't resolve host",
        "nodename nor servname",
        "unknownhostexception",
        "name does not resolve",
        "getaddrinfo failed",
        "host not found in upstream",
        "EAI_NONAME",
        "no address associated with hostname",
        "could not translate host name",
        "unknown mysql server host",
    ];
    if line.says(&["SERVFAIL", "server misbehaving"]) {
        Some(NameFailure::ServerFailure)
    } else if line.says(&[
        "EAI_AGAIN",
        "temporary failure in name resolution",
        "try again later (dns",
        "failed to resolve: timed out",
    ]) || line.says(&["lookup "]) && line.says(&["i/o timeout"])
    {
        Some(NameFailure::NoAnswer)
    } else {
        line.says(&NOT_FOUND).then_some(NameFailure::NotFound)
    }
}

/// The name that was looked up.
fn host(line: &Line<'_>) -> Option<String> {
    const BEFORE: [&str; 9] = [
        "enotfound ",
        "eai_again ",
        "lookup ",
        "could not resolve host: ",
        "couldn't resolve host ",
        "unknownhostexception: ",
        "could not translate host name ",
        "host not found in upstream ",
        "nxdomain: ",
    ];
    let after = BEFORE.iter().find_map(|before| line.after(before))?;
    let host = name(after)?;
    let host = host.split(':').next()?;
    let plausible = !host.is_empty()
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    plausible.then(|| host.to_owned())
}

fn tls(line: &Line<'_>) -> Option<TlsFault> {
    const EXPIRED: [&str; 6] = [
        "certificate has expired",
        "certificate expired",
        "cert_has_expired",
        "certificate is expired",
        "certificateexpired",
        "certificate_expired",
    ];
    const EARLY: [&str; 3] = ["certificate is not yet valid", "certificatenotyetvalid", "cert_not_yet_valid"];
    const NAME: [&str; 10] = [
        "hostname mismatch",
        "does not match certificate",
        "hostname/ip does not match",
        "err_tls_cert_altname_invalid",
        "certificate is valid for ",
        "no subject alternative",
        "notvalidforname",
        "not valid for name",
        "certificate name mismatch",
        "doesn't match the certificate",
    ];
    const AUTHORITY: [&str; 13] = [
        "unable to get local issuer certificate",
        "unable to get issuer cert",
        "unable_to_get_issuer_cert",
        "unable_to_verify_leaf_signature",
        "signed by unknown authority",
        "unknown ca",
        "unknownissuer",
        "unable to find valid certification path",
        "pkix path building failed",
        "self-signed certificate",
        "self signed certificate",
        "self_signed_cert",
        "unable to verify the first certificate",
    ];
    const HANDSHAKE: [&str; 8] = [
        "handshake failure",
        "handshake_failure",
        "wrong version number",
        "tls handshake error",
        "ssl handshake",
        "tls handshake timeout",
        "no shared cipher",
        "unsupported protocol",
    ];
    // Go has one sentence for both ends of the time: "has expired or is not yet valid: current time T is after U".
    if line.says(&["certificate has expired or is not yet valid"]) && line.says(&[" is before "])
        || line.says(&EARLY)
    {
        Some(TlsFault::NotYetValid)
    } else if line.says(&EXPIRED) {
        Some(TlsFault::Expired)
    } else if line.says(&NAME) {
        Some(TlsFault::NameMismatch)
    } else if line.says(&AUTHORITY) {
        Some(TlsFault::UnknownAuthority)
    } else if line.says(&[
        "certificate verify failed",
        "certificate_verify_failed",
        "failed to verify certificate",
    ]) {
        Some(TlsFault::NotVerified)
    } else {
        line.says(&HANDSHAKE).then_some(TlsFault::Handshake)
    }
}
