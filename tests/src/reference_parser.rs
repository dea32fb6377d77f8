//! A reader of HTTP/1.1 written from the ABNF of RFC 9112 and RFC 9110, slowly and without a line of the library.
//!
//! It takes all octets of one direction at once and tells which messages stand in them, where each begins and ends, and
//! why it stopped. It refuses what the library promises to refuse: whatever two readers could take in two ways.
//! What is said of the URI stands in [`crate::reference_uri`], what is said of a chunk line in [`crate::chunks`].

use crate::grammar::{NO_TRAILERS, TARGET, is_field_value};
pub use crate::reference_message::{Bounds, Framing, Lines, Message, Question, Read, Start, Stop, Writer};
pub use crate::reference_message::{is, is_token, number, trim, values};
use crate::{chunks, reference_uri as uri};

/// Reads requests.
pub fn requests(octets: &[u8], bounds: &Bounds) -> Read {
    let reader =
        Reader { octets, at: 0, bounds, is_strict: false, folds: false, is_closed: false, messages: Vec::new() };
    reader.read(|reader, _| reader.request())
}

/// Reads the responses to requests that were all sent before. `is_closed` says that nothing comes after `octets`.
pub fn responses(octets: &[u8], asked: &[Question], is_closed: bool, writer: Writer, bounds: &Bounds) -> Read {
    let is_strict = writer == Writer::Library;
    let reader = Reader { octets, at: 0, bounds, is_strict, folds: !is_strict, is_closed, messages: Vec::new() };
    reader.read(|reader, answered| reader.response(asked.get(answered)))
}

struct Reader<'a> {
    octets: &'a [u8],
    at: usize,
    bounds: &'a Bounds,
    /// What is read has to be what a sender may write.
    is_strict: bool,
    /// A field line may continue the one before it (RFC 9112 5.2).
    folds: bool,
    is_closed: bool,
    messages: Vec<Message>,
}

impl<'a> Reader<'a> {
    /// Reads one message after the other; `next` is told how many there are that are not informational.
    fn read(mut self, next: impl Fn(&mut Self, usize) -> Result<(), Stop>) -> Read {
        loop {
            let count = self.messages.iter().filter(|message| !message.is_interim()).count();
            let read = if count < self.bounds.requests { next(&mut self, count) } else { Err(Stop::Closed) };
            if let Err(stop) = read {
                return Read { messages: self.messages, stop };
            }
        }
    }

    /// `HTTP-message = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]` (RFC 9112 2.1)
    fn request(&mut self) -> Result<(), Stop> {
        let empty_lines = self.octets[self.at..].chunks(2).take_while(|two| two == b"\r\n").count();
        self.at += 2 * empty_lines;
        check(empty_lines <= self.bounds.empty_lines, "too many empty lines")?;
        if self.at == self.octets.len() {
            return Err(Stop::End);
        }
        let (begin, bounds) = (self.at, self.bounds);
        let line = self.line(begin, bounds.head.min(bounds.request_line.saturating_add(2)))?;
        let parts: Vec<&[u8]> = line.split(|o| *o == b' ').collect();
        let [method, target, version] = parts[..] else { return Err(Stop::Fault("no request line")) };
        check(is_token(method) && method.len() <= 32, "no method")?;
        check(!target.is_empty() && target.iter().all(|o| TARGET.contains(o)), "no target")?;
        let minor = minor(version)?;
        let fields = self.section(begin, bounds.head, bounds.fields)?;
        check(uri::is_target(method, target), "a target that is none")?;
        let (hosts, expects) = (values(&fields, "host"), values(&fields, "expect"));
        let is_named = matches!(hosts[..], [host] if uri::is_host(host));
        check(is_named || (hosts.is_empty() && minor == 0), "not one Host")?;
        let framing = declared(&fields, minor, bounds, Framing::None)?;
        let is_understood = matches!(expects[..], [expect] if is(expect, "100-continue"));
        check(is_understood || expects.is_empty() || minor == 0, "an expectation that is not understood")?;
        let start = Start::Request { method: method.to_vec(), target: target.to_vec() };
        self.message(begin, minor, start, fields, framing)
    }

    fn response(&mut self, asked: Option<&Question>) -> Result<(), Stop> {
        let (begin, bounds, is_strict) = (self.at, self.bounds, self.is_strict);
        if begin == self.octets.len() && (asked.is_none() || is_strict) {
            return Err(Stop::End);
        }
        let asked = asked.ok_or(Stop::Fault("a response without a request"))?;
        let line = self.line(begin, bounds.head)?;
        let (minor, status, reason) = status_line(line, is_strict)?;
        let fields = self.section(begin, bounds.head, bounds.fields)?;
        let switches = status == 101 || (asked.method == b"CONNECT" && (200..300).contains(&status));
        check(status != 101 || asked.upgrade, "101 without being asked")?;
        if is_strict {
            written(status, &fields, asked, bounds)?;
        }
        let bodiless = [204, 304].contains(&status) || asked.method == b"HEAD" || switches || status < 200;
        let framing = if bodiless { Framing::None } else { declared(&fields, minor, bounds, Framing::UntilClose)? };
        let informational = self.messages.iter().rev().take_while(|message| message.is_interim()).count();
        let is_one_more = status < 200 && !switches && informational >= bounds.informational;
        check(!is_one_more || is_strict, "too many informational responses")?;
        let start = Start::Response { status, reason: reason.to_vec() };
        match self.message(begin, minor, start, fields, framing) {
            Ok(()) | Err(Stop::Closed) if switches => Err(Stop::Tunnel),
            read => read,
        }
    }

    /// The rest of a message whose head began at `begin` and was read.
    fn message(&mut self, begin: usize, minor: u8, start: Start, fields: Lines, framing: Framing) -> Result<(), Stop> {
        let (content, trailers, head) = (Vec::new(), Vec::new(), (begin, self.at));
        let mut message = Message { start, minor, fields, framing, content, trailers, head, end: None };
        let read = self.content(&mut message);
        let closes = message.closes();
        self.messages.push(message);
        read.and(if closes { Err(Stop::Closed) } else { Ok(()) })
    }

    /// Reads the content that the head announces, or as much as there is.
    fn content(&mut self, message: &mut Message) -> Result<(), Stop> {
        match message.framing {
            Framing::None => {}
            Framing::Length(len) => self.take(len, &mut message.content)?,
            Framing::Chunked => self.chunks(message)?,
            Framing::UntilClose => {
                let all = self.take(self.bounds.content, &mut message.content);
                check(all.is_err() || self.at == self.octets.len(), "too much content")?;
                self.is_closed.then_some(()).ok_or(Stop::Cut)?;
            }
        }
        message.end = Some(self.at);
        Ok(())
    }

    fn take(&mut self, len: u64, content: &mut Vec<u8>) -> Result<(), Stop> {
        let left = &self.octets[self.at..];
        let here = left.len().min(usize::try_from(len).unwrap_or(usize::MAX));
        content.extend_from_slice(&left[..here]);
        self.at += here;
        (here as u64 == len).then_some(()).ok_or(Stop::Cut)
    }

    /// `chunked-body = *chunk last-chunk trailer-section CRLF` (RFC 9112 7.1)
    fn chunks(&mut self, message: &mut Message) -> Result<(), Stop> {
        let (mut excess, bounds) = (0u64, self.bounds);
        loop {
            let line = self.line(self.at, bounds.chunk_line.saturating_add(2))?;
            let size = chunks::size_line(line).ok_or(Stop::Fault("no chunk line"))?;
            let plain = line.iter().all(u8::is_ascii_hexdigit);
            check(plain || !self.is_strict, "an extension that nobody asked for")?;
            // Each chunk may have 16 octets of framing, and two for each of its data, and no more for long.
            excess = (excess + line.len() as u64 + 4).saturating_sub(size.saturating_mul(2).saturating_add(16));
            check(excess <= bounds.chunk_overhead, "more framing than content")?;
            check(size <= bounds.content - message.content.len() as u64, "too much content")?;
            if size == 0 {
                break;
            }
            self.take(size, &mut message.content)?;
            let mut end = Vec::new();
            let whole = self.take(2, &mut end);
            check(b"\r\n".starts_with(&end), "no CR LF after a chunk")?;
            whole?;
        }
        let trailers = self.section(self.at, bounds.trailers, bounds.trailer_fields)?;
        let mut forbidden = NO_TRAILERS.iter().flat_map(|(_, names)| *names);
        check(forbidden.all(|name| values(&trailers, name).is_empty()), "a field that is no trailer")?;
        message.trailers = trailers;
        Ok(())
    }

    /// `*( field-line CRLF ) CRLF` of at most this many octets from `begin` on, and lines (RFC 9112 5).
    fn section(&mut self, begin: usize, octets: usize, lines: usize) -> Result<Lines, Stop> {
        let mut fields = Lines::new();
        loop {
            let line = self.line(begin, octets)?;
            check(line.iter().all(|o| is_field_value(*o)), "a control octet in a field")?;
            match (line, fields.last_mut()) {
                ([], _) => return Ok(fields.into_iter().map(|(n, value)| (n, trim(&value).to_vec())).collect()),
                ([b' ' | b'\t', ..], Some((_, value))) if self.folds => {
                    // Spaces stand for the line end and the white space around it.
                    let (len, text) = (value.len() + 2 + line.len(), line.trim_ascii_start());
                    value.truncate(value.trim_ascii_end().len());
                    value.resize(len - text.len(), b' ');
                    value.extend_from_slice(text);
                }
                _ => {
                    let colon = line.iter().position(|o| *o == b':').ok_or(Stop::Fault("no colon"))?;
                    check(is_token(&line[..colon]), "no field name")?;
                    fields.push((line[..colon].to_vec(), line[colon + 1..].to_vec()));
                    check(fields.len() <= lines, "too many lines")?;
                }
            }
        }
    }

    /// The next line without its CR LF, all of which stands within `most` octets from `begin` on.
    fn line(&mut self, begin: usize, most: usize) -> Result<&'a [u8], Stop> {
        let end = begin.saturating_add(most);
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

/// `status-line = HTTP-version SP status-code SP [ reason-phrase ]` (RFC 9112 4), whose last SP some forget.
fn status_line(line: &[u8], is_strict: bool) -> Result<(u8, u16, &[u8]), Stop> {
    let none = Stop::Fault("no status line");
    let (version, rest) = line.split_at_checked(8).ok_or(none)?;
    let (code, after) = rest.split_at_checked(4).ok_or(none)?;
    let status = code.strip_prefix(b" ").and_then(number).filter(|status| *status > 99).ok_or(none)?;
    let forgotten = (after.is_empty() && !is_strict).then_some(after);
    let reason = after.strip_prefix(b" ").or(forgotten).ok_or(Stop::Fault("no SP after the status code"))?;
    check(reason.iter().all(|o| is_field_value(*o)), "a control octet in the reason phrase")?;
    check(version == b"HTTP/1.1" || !is_strict, "not HTTP/1.1")?;
    Ok((minor(version)?, status, reason))
}

/// What the framing fields say, and `otherwise` without any (RFC 9112 6.3).
fn declared(fields: &Lines, minor: u8, bounds: &Bounds, otherwise: Framing) -> Result<Framing, Stop> {
    match (&values(fields, "transfer-encoding")[..], &values(fields, "content-length")[..]) {
        ([], []) => Ok(otherwise),
        ([coding], []) if is(coding, "chunked") && minor > 0 => Ok(Framing::Chunked),
        ([_], []) => Err(Stop::Fault("a coding that is not chunked, or HTTP/1.0")),
        ([], [length]) => {
            let is_length = |number: &u64| length.len() <= 19 && *number < 1 << 63 && *number <= bounds.content;
            number(length).filter(is_length).map(Framing::Length).ok_or(Stop::Fault("no length, or beyond the limit"))
        }
        _ => Err(Stop::Fault("a second framing field")),
    }
}

/// What a sender owes beyond what a recipient can read (RFC 9110 8.6, 15.2 and 15.3.6, RFC 9112 6.1).
fn written(status: u16, fields: &Lines, asked: &Question, bounds: &Bounds) -> Result<(), Stop> {
    let framing = declared(fields, 1, bounds, Framing::None)?;
    check(status > 199 && status != 204 || framing == Framing::None, "a framing field without content")?;
    check(status > 199 || !asked.is_http10, "an interim response for HTTP/1.0")?;
    check(status != 205 || framing == Framing::Length(0), "a 205 that does not say it is empty")?;
    check(framing != Framing::Chunked || !asked.is_http10, "a coding for HTTP/1.0")?;
    check(values(fields, "transfer-encoding").iter().all(|coding| *coding == b"chunked"), "a coding in capitals")
}

/// `HTTP-version`, of which the major version has to be 1 (RFC 9112 2.3); the minor one.
fn minor(version: &[u8]) -> Result<u8, Stop> {
    let minor = version.strip_prefix(b"HTTP/1.").filter(|minor| minor.len() == 1).and_then(number);
    minor.ok_or(Stop::Fault("not HTTP/1"))
}

fn check(holds: bool, rule: &'static str) -> Result<(), Stop> {
    if holds { Ok(()) } else { Err(Stop::Fault(rule)) }
}
