//! What stands before a message: time, level, logger, thread, process, host.

use super::Level;
use super::stamp::{self, Stamp};
use crate::logs::scan::Scan;

/// Names longer than this are text, in bytes.
const NAME_MAX: usize = 128;

/// What a header says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// When.
    pub stamp: Option<Stamp>,
    /// How bad.
    pub level: Option<Level>,
    /// The part of the program that speaks: logger, class, syslog tag.
    pub logger: Option<String>,
    /// The thread.
    pub thread: Option<String>,
    /// The process id.
    pub pid: Option<u32>,
    /// The machine, of syslog.
    pub host: Option<String>,
    /// The id of the request, of Lambda.
    pub request: Option<String>,
}

impl Header {
    fn is_empty(&self) -> bool {
        self.stamp.is_none() && self.level.is_none() && self.pid.is_none()
    }
}

/// The header of a line and the message after it. A line without a header is all message.
pub(super) fn read(line: &str) -> (Header, &str) {
    if let Some(found) = syslog(line).or_else(|| klog(line)) {
        return found;
    }
    let mut header = Header::default();
    let mut rest = line.trim_start();
    // Pieces come in every order; each is taken once.
    for _ in 0..8 {
        let Some(next) = piece(&mut header, rest) else { break };
        rest = next.trim_start_matches([' ', '\t']);
        let joint = rest.trim_start_matches(['-', '|', ':']);
        if joint.len() < rest.len() && joint.starts_with([' ', '\t']) && !header.is_empty() {
            rest = joint.trim_start_matches([' ', '\t']);
        }
    }
    if header.is_empty() { (Header::default(), line) } else { (header, rest) }
}

/// Takes one piece of a header off the front.
fn piece<'l>(header: &mut Header, rest: &'l str) -> Option<&'l str> {
    if header.stamp.is_none() {
        if let Some((stamp, after)) = stamp::read(rest) {
            header.stamp = Some(stamp);
            return Some(after);
        }
        if let Some((stamp, after)) = rest.strip_prefix('[').and_then(stamp::read)
            && let Some(after) = after.strip_prefix(']')
        {
            header.stamp = Some(stamp);
            return Some(after);
        }
    }
    if header.level.is_none()
        && let Some((level, after)) = level(rest)
    {
        header.level = Some(level);
        return Some(after);
    }
    if header.is_empty() {
        return None;
    }
    if let Some(inside) = rest.strip_prefix('[') {
        return bracket(header, inside);
    }
    if header.request.is_none()
        && let Some((id, after)) = uuid(rest)
    {
        header.request = Some(id.to_owned());
        return Some(after);
    }
    if header.pid.is_none()
        && let Some(found) = process(header, rest)
    {
        return Some(found);
    }
    if header.logger.is_none() { logger(header, rest) } else { None }
}

/// `ERROR`, `[warn]`, `WARNING:`, `<info>`.
fn level(rest: &str) -> Option<(Level, &str)> {
    let (inside, close) = match rest.chars().next()? {
        '[' => (rest.strip_prefix('[')?, Some("]")),
        '<' => (rest.strip_prefix('<')?, Some(">")),
        _ => (rest, None),
    };
    let inside = inside.trim_start_matches(' ');
    let mut scan = Scan::new(inside);
    let word = scan.take_while(|letter| letter.is_ascii_alphabetic());
    // Without brackets or a colon only capitals are a level: `Error in line 3` is a sentence.
    let level = Level::read(word)?;
    if let Some(close) = close {
        scan.spaces();
        scan.eat(close)?;
        return Some((level, scan.rest()));
    }
    let capitals = word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let after = scan.rest();
    match after.chars().next() {
        None | Some(' ' | '\t') if capitals => Some((level, after)),
        Some(':')
            if capitals
                || matches!(word, "error" | "warning" | "warn" | "info" | "debug")
                    && after.starts_with(": ") =>
        {
            Some((level, after.strip_prefix(':')?))
        }
        _ => None,
    }
}

/// What stands in brackets after a time or a level: a thread, or a process by number.
fn bracket<'l>(header: &mut Header, inside: &'l str) -> Option<&'l str> {
    let mut scan = Scan::new(inside);
    let name = scan.until("]", NAME_MAX)?;
    let numeric = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    if numeric && header.pid.is_none() {
        header.pid = name.parse().ok();
    } else if header.thread.is_none() && !name.is_empty() && !name.contains('=') {
        header.thread = Some(name.trim().to_owned());
    } else {
        return None;
    }
    Some(scan.rest())
}

/// `1234 --- [main] a.b.C :` of Spring Boot, `1234#1234:` of nginx.
fn process<'l>(header: &mut Header, rest: &'l str) -> Option<&'l str> {
    let mut scan = Scan::new(rest);
    let pid = scan.number_of(1, 9)?;
    if scan.eat("#").is_some() {
        scan.number_of(1, 9)?;
        scan.eat(":")?;
        header.pid = Some(pid);
        return Some(scan.rest());
    }
    scan.spaces();
    scan.eat("--- ")?;
    header.pid = Some(pid);
    Some(scan.rest())
}

/// `a.b.C:`, `a.b.C -`, `name:12 -`: a name before a joint.
fn logger<'l>(header: &mut Header, rest: &'l str) -> Option<&'l str> {
    let mut scan = Scan::new(rest);
    let name =
        scan.take_while(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '$' | '-' | '/'));
    // `ValueError: x` is what happened, not who says so.
    let is_name = name.starts_with(|letter: char| letter.is_alphabetic())
        && name.len() <= NAME_MAX
        && !name.ends_with("Error")
        && !name.ends_with("Exception");
    if !is_name {
        return None;
    }
    if let Some(after) = scan.rest().strip_prefix(':') {
        let mut line = Scan::new(after);
        if line.number_of(1, 5).is_some() && line.rest().starts_with([' ', ']', ':']) {
            scan = line;
        }
    }
    scan.spaces();
    let after = scan.rest();
    let after = after.strip_prefix(": ").or_else(|| after.strip_prefix("- "))?;
    // One word before a colon is as often the beginning of the message.
    if !name.contains('.') && header.level.is_none() {
        return None;
    }
    header.logger = Some(name.to_owned());
    Some(after)
}

/// `<34>1 2026-01-05T10:00:00Z host app 12 ID - text` (RFC 5424), `Jan  5 10:00:00 host app[12]: text` (RFC 3164).
fn syslog(line: &str) -> Option<(Header, &str)> {
    let mut scan = Scan::new(line);
    let mut header = Header::default();
    let mut marked = false;
    if scan.eat("<").is_some() {
        let priority = scan.number_of(1, 3).filter(|priority| *priority <= 191)?;
        scan.eat(">")?;
        header.level = Level::of_severity(priority % 8);
        marked = true;
        if scan.eat("1 ").is_some() {
            return syslog_5424(header, scan);
        }
    }
    let (stamp, after) = stamp::read(scan.rest())?;
    if !marked
        && !stamp.text.starts_with(|letter: char| letter.is_ascii_uppercase())
        && !stamp.text.contains('T')
    {
        return None;
    }
    let mut scan = Scan::new(after);
    scan.eat(" ")?;
    let host = scan.take_while(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | ':'));
    scan.eat(" ")?;
    let tag = scan
        .take_while(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_' | '/' | '(' | ')'));
    if scan.eat("[").is_some() {
        header.pid = Some(scan.number_of(1, 9)?);
        scan.eat("]")?;
    }
    scan.eat(":")?;
    if host.is_empty() || tag.is_empty() || Level::read(host).is_some() {
        return None;
    }
    header.stamp = Some(stamp);
    header.host = Some(host.to_owned());
    header.logger = Some(tag.to_owned());
    Some((header, scan.rest().trim_start()))
}

fn syslog_5424<'l>(mut header: Header, mut scan: Scan<'l>) -> Option<(Header, &'l str)> {
    if scan.eat("- ").is_none() {
        let (stamp, after) = stamp::read(scan.rest())?;
        header.stamp = Some(stamp);
        scan = Scan::new(after.strip_prefix(' ')?);
    }
    let mut word = || {
        let word = scan.until(" ", NAME_MAX)?;
        Some((word != "-").then(|| word.to_owned()))
    };
    header.host = word()?;
    header.logger = word()?;
    header.pid = word()?.and_then(|pid| pid.parse().ok());
    word()?;
    let rest = scan.rest();
    let rest = match rest.strip_prefix("- ") {
        Some(rest) => rest,
        None => rest.split_once("] ").filter(|_| rest.starts_with('[')).map_or(rest, |(_, message)| message),
    };
    Some((header, rest))
}

/// `E0105 10:00:00.123456    1 server.go:12] text` (klog, glog).
fn klog(line: &str) -> Option<(Header, &str)> {
    let mut scan = Scan::new(line);
    let level = match scan.one_of(&['I', 'W', 'E', 'F'])? {
        'I' => Level::Info,
        'W' => Level::Warn,
        'E' => Level::Error,
        _ => Level::Fatal,
    };
    scan.number(4)?;
    scan.eat(" ")?;
    let (stamp, after) = stamp::read(scan.rest())?;
    let mut scan = Scan::new(after);
    scan.spaces();
    let pid = scan.number_of(1, 9)?;
    scan.spaces();
    let place = scan.until("] ", NAME_MAX)?;
    let logger = place.split(':').next().map(str::to_owned);
    Some((
        Header { stamp: Some(stamp), level: Some(level), logger, pid: Some(pid), ..Header::default() },
        scan.rest(),
    ))
}

/// The id of a request, before white space.
fn uuid(rest: &str) -> Option<(&str, &str)> {
    let (id, after) = rest.split_at_checked(36)?;
    let shape = id.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    (shape && after.starts_with([' ', '\t'])).then_some((id, after))
}
