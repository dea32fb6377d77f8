//! A reader of HTTP/1.1 written from the ABNF of RFC 9112 and RFC 9110, slowly and without a line of the library.
//!
//! It takes all octets of one direction at once and tells which messages stand in them, where each begins and ends, and
//! why it stopped. It refuses what the library promises to refuse: whatever two readers could take in two ways.
//! What is said of the URI stands in [`crate::reference_uri`], what is said of a chunk line in [`crate::chunks`].

use crate::grammar::{NO_TRAILERS, OWS, TARGET, is_field_value};
pub use crate::reference_message::{Bounds, Framing, Lines, Message, Question, Read, Start, Stop, Writer};
pub use crate::reference_message::{has_option, is, is_token, trim, values};
use crate::{chunks, reference_uri as uri};

/// Reads requests.
#[must_use]
pub fn requests(octets: &[u8], bounds: &Bounds) -> Read {
    let mut reader = Reader { octets, at: 0, bounds, writer: Writer::Anybody };
    let mut messages = Vec::new();
    let stop = loop {
        if messages.len() >= bounds.requests {
            break Stop::Closed;
        }
        if let Err(stop) = reader.request(&mut messages) {
            break stop;
        }
    };
    Read { messages, stop }
}

/// Reads the responses to requests that were all sent before. `is_closed` says that nothing comes after `octets`.
#[must_use]
pub fn responses(octets: &[u8], asked: &[Question], is_closed: bool, writer: Writer, bounds: &Bounds) -> Read {
    let mut reader = Reader { octets, at: 0, bounds, writer };
    let (mut messages, mut answered, mut informational) = (Vec::new(), 0, 0);
    let stop = loop {
        if answered >= bounds.requests {
            break Stop::Closed;
        }
        let asked = asked.get(answered);
        if reader.at == octets.len() && (asked.is_none() || writer == Writer::Library) {
            break Stop::End;
        }
        let Some(asked) = asked else { break Stop::Fault("a response without a request") };
        match reader.response(asked, is_closed, &mut messages) {
            Err(stop) => break stop,
            Ok(true) => (answered, informational) = (answered + 1, 0),
            Ok(false) => informational += 1,
        }
        if informational > bounds.informational && writer == Writer::Anybody {
            messages.pop();
            break Stop::Fault("too many informational responses");
        }
    };
    Read { messages, stop }
}

struct Reader<'a> {
    octets: &'a [u8],
    at: usize,
    bounds: &'a Bounds,
    writer: Writer,
}

impl<'a> Reader<'a> {
    /// `HTTP-message = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]` (RFC 9112 2.1)
    fn request(&mut self, messages: &mut Vec<Message>) -> Result<(), Stop> {
        let mut empty_lines = 0;
        while self.octets[self.at..].starts_with(b"\r\n") {
            empty_lines += 1;
            self.at += 2;
        }
        check(empty_lines <= self.bounds.empty_lines, "too many empty lines")?;
        if self.at == self.octets.len() {
            return Err(Stop::End);
        }
        let start = self.at;
        let line = self.line(within(start, self.bounds.head.min(self.bounds.request_line.saturating_add(2))))?;
        let parts: Vec<&[u8]> = line.split(|o| *o == b' ').collect();
        let [method, target, version] = parts[..] else { return Err(Stop::Fault("no request line")) };
        check(is_token(method) && method.len() <= 32, "no method")?;
        check(!target.is_empty() && target.iter().all(|o| TARGET.contains(o)), "no target")?;
        let minor = minor(version)?;
        let fields = self.section(within(start, self.bounds.head), self.bounds.fields, false)?;
        check(uri::is_target(method, target), "a target that is none")?;
        let hosts = values(&fields, "host");
        check(hosts.len() <= 1 && (hosts.len() == 1 || minor == 0), "not one Host")?;
        check(hosts.iter().all(|host| uri::is_host(host)), "a Host that is none")?;
        let framing = declared(&fields, minor, self.bounds)?.unwrap_or(Framing::None);
        let expect = values(&fields, "expect");
        let is_known = expect.is_empty() || (expect.len() == 1 && is(expect[0], "100-continue"));
        check(is_known || minor == 0, "an expectation that is not understood")?;
        let begins = Start::Request { method: method.to_vec(), target: target.to_vec() };
        let mut message = Message::new(begins, minor, fields, framing, (start, self.at));
        let read = self.content(&mut message, false);
        let closes = message.closes();
        messages.push(message);
        read.and(if closes { Err(Stop::Closed) } else { Ok(()) })
    }

    /// A response; whether it is a final one.
    fn response(&mut self, asked: &Question, is_closed: bool, messages: &mut Vec<Message>) -> Result<bool, Stop> {
        let start = self.at;
        let line = self.line(within(start, self.bounds.head))?;
        let (status, minor, reason) = self.status_line(line)?;
        let folds = self.writer == Writer::Anybody;
        let fields = self.section(within(start, self.bounds.head), self.bounds.fields, folds)?;
        let switches = status == 101 || (asked.method == b"CONNECT" && (200..300).contains(&status));
        check(status != 101 || asked.upgrade, "101 without being asked")?;
        let bodiless = status < 200 || status == 204 || status == 304 || asked.method == b"HEAD" || switches;
        if self.writer == Writer::Library {
            written(status, &fields, asked, self.bounds)?;
        }
        let framing = match bodiless {
            true => Framing::None,
            false => declared(&fields, minor, self.bounds)?.unwrap_or(Framing::UntilClose),
        };
        let begins = Start::Response { status, reason };
        let mut message = Message::new(begins, minor, fields, framing, (start, self.at));
        let read = self.content(&mut message, is_closed);
        let closes = status >= 200 && message.closes();
        messages.push(message);
        read?;
        match (switches, closes) {
            (true, _) => Err(Stop::Tunnel),
            (_, true) => Err(Stop::Closed),
            _ => Ok(status >= 200),
        }
    }

    /// `status-line = HTTP-version SP status-code SP [ reason-phrase ]` (RFC 9112 4), whose last SP some forget.
    fn status_line(&self, line: &[u8]) -> Result<(u16, u8, Vec<u8>), Stop> {
        let (version, rest) = line.split_at_checked(8).ok_or(Stop::Fault("no version"))?;
        let minor = minor(version)?;
        let (code, after) = rest.split_at_checked(4).ok_or(Stop::Fault("no status code"))?;
        let digits = code[0] == b' ' && code[1] != b'0' && code[1..].iter().all(u8::is_ascii_digit);
        check(digits, "no status code")?;
        check(after.is_empty() || after[0] == b' ', "no SP after the status code")?;
        let reason = after.get(1..).unwrap_or_default();
        check(reason.iter().all(|o| is_field_value(*o)), "a control octet in the reason phrase")?;
        let proper = version == b"HTTP/1.1" && !after.is_empty();
        check(proper || self.writer == Writer::Anybody, "not HTTP/1.1, or no SP before the reason")?;
        let status = code[1..].iter().fold(0, |n, digit| n * 10 + u16::from(digit - b'0'));
        Ok((status, minor, reason.to_vec()))
    }

    /// Reads the content that the head announces, or as much as there is.
    fn content(&mut self, message: &mut Message, is_closed: bool) -> Result<(), Stop> {
        match message.framing {
            Framing::None => {}
            Framing::Length(len) => self.take(len, &mut message.content)?,
            Framing::Chunked => self.chunks(message)?,
            Framing::UntilClose => {
                let most = self.bounds.content;
                let all = self.take(most, &mut message.content);
                check(all.is_err() || self.at == self.octets.len(), "too much content")?;
                if !is_closed {
                    return Err(Stop::Cut);
                }
            }
        }
        message.end = Some(self.at);
        Ok(())
    }

    fn take(&mut self, len: u64, content: &mut Vec<u8>) -> Result<(), Stop> {
        let left = &self.octets[self.at..];
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let here = len.min(left.len());
        content.extend_from_slice(&left[..here]);
        self.at += here;
        if here == len { Ok(()) } else { Err(Stop::Cut) }
    }

    /// `chunked-body = *chunk last-chunk trailer-section CRLF` (RFC 9112 7.1)
    fn chunks(&mut self, message: &mut Message) -> Result<(), Stop> {
        let (mut total, mut excess) = (0u64, 0u64);
        loop {
            let line = self.line(within(self.at, self.bounds.chunk_line.saturating_add(2)))?;
            let size = chunks::size_line(line).ok_or(Stop::Fault("no chunk line"))?;
            let plain = line.iter().all(u8::is_ascii_hexdigit);
            check(plain || self.writer == Writer::Anybody, "an extension that nobody asked for")?;
            // Each chunk may have 16 octets of framing, and two for each of its data, and no more for long.
            let allowed = size.saturating_mul(2).saturating_add(16);
            excess = (excess + line.len() as u64 + 4).saturating_sub(allowed);
            check(excess <= self.bounds.chunk_overhead, "more framing than content")?;
            total = total.checked_add(size).ok_or(Stop::Fault("content beyond all numbers"))?;
            check(total <= self.bounds.content, "too much content")?;
            if size == 0 {
                break;
            }
            self.take(size, &mut message.content)?;
            let mut end = Vec::new();
            let whole = self.take(2, &mut end);
            check(b"\r\n".starts_with(&end), "no CR LF after a chunk")?;
            whole?;
        }
        let folds = self.writer == Writer::Anybody && matches!(message.start, Start::Response { .. });
        let trailers = self.section(within(self.at, self.bounds.trailers), self.bounds.trailer_fields, folds)?;
        let mut forbidden = NO_TRAILERS.iter().flat_map(|(_, names)| *names);
        let found = forbidden.any(|name| !values(&trailers, name).is_empty());
        check(!found, "a field that is no trailer")?;
        message.trailers = trailers;
        Ok(())
    }

    /// `*( field-line CRLF ) CRLF`, where a line may continue the one before it if `folds` (RFC 9112 5 and 5.2).
    fn section(&mut self, end: usize, most: usize, folds: bool) -> Result<Lines, Stop> {
        let mut lines: Lines = Vec::new();
        loop {
            let line = self.line(end)?;
            if line.is_empty() {
                break;
            }
            if let (true, Some((_, value))) = (folds && OWS.contains(&line[0]), lines.last_mut()) {
                // Spaces stand for the line end and the white space around it.
                let leading = line.iter().take_while(|o| OWS.contains(o)).count();
                let kept = value.iter().rposition(|o| !OWS.contains(o)).map_or(0, |last| last + 1);
                value[kept..].fill(b' ');
                value.resize(value.len() + 2 + leading, b' ');
                value.extend_from_slice(&line[leading..]);
                continue;
            }
            let colon = line.iter().position(|o| *o == b':').ok_or(Stop::Fault("no colon"))?;
            check(is_token(&line[..colon]), "no field name")?;
            lines.push((line[..colon].to_vec(), line[colon + 1..].to_vec()));
            check(lines.len() <= most, "too many lines")?;
        }
        for (_, value) in &mut lines {
            check(value.iter().all(|o| is_field_value(*o)), "a control octet in a field value")?;
            *value = trim(value).to_vec();
        }
        Ok(lines)
    }

    /// The next line without its CR LF, all of which stands before `end`.
    fn line(&mut self, end: usize) -> Result<&'a [u8], Stop> {
        let seen = &self.octets[self.at..end.min(self.octets.len()).max(self.at)];
        let Some(lf) = seen.iter().position(|o| *o == b'\n') else {
            return Err(if end > self.octets.len() { Stop::Cut } else { Stop::Fault("too long") });
        };
        let line = seen[..lf].strip_suffix(b"\r").ok_or(Stop::Fault("a bare LF"))?;
        check(!line.contains(&b'\r'), "a bare CR")?;
        self.at += lf + 1;
        Ok(line)
    }
}

/// What the framing fields say, `None` without any (RFC 9112 6.3).
fn declared(fields: &Lines, minor: u8, bounds: &Bounds) -> Result<Option<Framing>, Stop> {
    match (&values(fields, "transfer-encoding")[..], &values(fields, "content-length")[..]) {
        ([], []) => Ok(None),
        ([coding], []) => {
            check(is(coding, "chunked") && minor > 0, "a coding that is not chunked, or HTTP/1.0")?;
            Ok(Some(Framing::Chunked))
        }
        ([], [length]) => {
            check(length.len() <= 19 && length.iter().all(u8::is_ascii_digit), "a length that is none")?;
            let number = std::str::from_utf8(length).ok().and_then(|text| text.parse().ok());
            let number: u64 = number.ok_or(Stop::Fault("a length that is none"))?;
            check(number < 1 << 63 && number <= bounds.content, "a length beyond the limit")?;
            Ok(Some(Framing::Length(number)))
        }
        _ => Err(Stop::Fault("a second framing field")),
    }
}

/// What a sender owes beyond what a recipient can read (RFC 9110 8.6, 15.2 and 15.3.6, RFC 9112 6.1).
fn written(status: u16, fields: &Lines, asked: &Question, bounds: &Bounds) -> Result<(), Stop> {
    let codings = values(fields, "transfer-encoding");
    let framing = declared(fields, 1, bounds)?;
    check(status > 199 && status != 204 || framing.is_none(), "a framing field without content")?;
    check(status > 199 || !asked.is_http10, "an interim response for HTTP/1.0")?;
    check(status != 205 || framing == Some(Framing::Length(0)), "a 205 that does not say it is empty")?;
    check(codings.is_empty() || !asked.is_http10, "a coding for HTTP/1.0")?;
    check(codings.iter().all(|coding| *coding == b"chunked"), "a coding in capitals")
}

/// `HTTP-version`, of which the major version has to be 1 (RFC 9112 2.3); the minor one.
fn minor(version: &[u8]) -> Result<u8, Stop> {
    match version.strip_prefix(b"HTTP/1.") {
        Some([minor @ b'0'..=b'9']) => Ok(minor - b'0'),
        _ => Err(Stop::Fault("not HTTP/1")),
    }
}

/// Where `most` octets from `start` on end.
fn within(start: usize, most: usize) -> usize {
    start.saturating_add(most)
}

fn check(holds: bool, rule: &'static str) -> Result<(), Stop> {
    if holds { Ok(()) } else { Err(Stop::Fault(rule)) }
}
