//! Log lines: what was asked, what was answered.
//!
//! Law: whatever octets a peer sends, a request makes exactly the lines it should, of visible ASCII, and what was sent
//! can be read back from them.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use basehttp_proto::{ProtocolError, StatusCode};
use bytes::Bytes;

use crate::request::Peer;
use crate::zone::Zone;

/// Octets of a request line that are logged; `...` stands for the rest.
pub const MAX_REQUEST_LINE: usize = 1024;
/// Octets of any other value that are logged; `...` stands for the rest.
pub const MAX_VALUE: usize = 256;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// One request and its answer, as an [`Observer`](crate::observer::Observer) sees it.
///
/// The octets that the peer sent are as they came; they may hold anything.
#[derive(Clone, Debug)]
pub struct Record {
    /// Who sent the request.
    pub peer: Peer,
    /// When the request line was complete, or the request was refused.
    pub time: SystemTime,
    /// The request line without its line end; of a request that was refused with its head, the start of what stands in its
    /// place, without credentials. `None` when none arrived.
    pub request_line: Option<Bytes>,
    /// The status of the response.
    pub status: StatusCode,
    /// The octets of content that were sent; `None` when the response was not sent to its end.
    pub content_octets: Option<u64>,
    /// The value of Referer.
    pub referer: Option<Bytes>,
    /// The value of User-Agent.
    pub user_agent: Option<Bytes>,
    /// The time from `time` to the end of the response.
    pub duration: Duration,
    /// How the peer broke the protocol. Its request was refused for that, unless the response had begun.
    pub error: Option<ProtocolError>,
}

impl Record {
    /// Whether the response was not sent to its end.
    pub fn is_cut_short(&self) -> bool {
        self.content_octets.is_none()
    }
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// As BaseHTTPServer writes it: `127.0.0.1 - - [24/Feb/2014 10:26:28] "GET / HTTP/1.1" 200 -`. The size is always
    /// `-`. An error has a line of its own before it: `127.0.0.1 - - [24/Feb/2014 10:26:28] code 404, message Not Found`. So has
    /// a response that was not sent to its end: `127.0.0.1 - - [24/Feb/2014 10:26:28] response cut short`.
    #[default]
    Python,
    /// The combined form that log analysers read: with the zone, the octets of content, Referer and User-Agent. The octets of a
    /// response that was not sent to its end are `-`.
    Combined,
}

impl LogFormat {
    /// The lines for a record, each ended by LF: one, and those that [`LogFormat::Python`] has before it.
    ///
    /// Octets outside 0x20 to 0x7E and quotes are written as `\x` and two hexadecimal digits. So is the backslash,
    /// which the Python form doubles instead.
    pub fn format(self, record: &Record, zone: &Zone) -> String {
        let mut lines = String::with_capacity(160);
        match self {
            Self::Python => python(&mut lines, record, zone),
            Self::Combined => combined(&mut lines, record, zone),
        }
        lines
    }
}

fn python(lines: &mut String, record: &Record, zone: &Zone) {
    if record.status.is_error() {
        python_start(lines, record, zone);
        // Writing to a String does not fail; this holds for every write in this file.
        let _ = write!(lines, "code {}, message ", record.status);
        match record.error {
            Some(error) => escape(lines, error.to_string().as_bytes(), MAX_REQUEST_LINE, Backslash::Doubled),
            None => lines.push_str(or_dash(record.status.canonical_reason())),
        }
        lines.push('\n');
    }
    if record.is_cut_short() {
        python_start(lines, record, zone);
        lines.push_str("response cut short\n");
    }
    python_start(lines, record, zone);
    quoted(lines, record.request_line.as_ref(), MAX_REQUEST_LINE, Backslash::Doubled);
    let _ = writeln!(lines, " {} -", record.status);
}

fn python_start(lines: &mut String, record: &Record, zone: &Zone) {
    let (at, _) = zone.local(record.time);
    let _ = write!(
        lines,
        "{} - - [{:02}/{}/{:04} {:02}:{:02}:{:02}] ",
        record.peer,
        at.day(),
        month(at.month()),
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    );
}

fn combined(lines: &mut String, record: &Record, zone: &Zone) {
    let (at, offset) = zone.local(record.time);
    let minutes = offset.seconds() / 60;
    let _ = write!(
        lines,
        "{} - - [{:02}/{}/{:04}:{:02}:{:02}:{:02} {}{:02}{:02}] ",
        record.peer,
        at.day(),
        month(at.month()),
        at.year(),
        at.hour(),
        at.minute(),
        at.second(),
        if minutes < 0 { '-' } else { '+' },
        minutes.abs() / 60,
        minutes.abs() % 60
    );
    quoted(lines, record.request_line.as_ref(), MAX_REQUEST_LINE, Backslash::Hexadecimal);
    let _ = match record.content_octets {
        Some(octets) => write!(lines, " {} {octets} ", record.status),
        None => write!(lines, " {} - ", record.status),
    };
    quoted(lines, record.referer.as_ref(), MAX_VALUE, Backslash::Hexadecimal);
    lines.push(' ');
    quoted(lines, record.user_agent.as_ref(), MAX_VALUE, Backslash::Hexadecimal);
    lines.push('\n');
}

fn month(month: i8) -> &'static str {
    usize::try_from(month).ok().and_then(|m| MONTHS.get(m.checked_sub(1)?)).copied().unwrap_or("-")
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// How a backslash is written, so that an escape sequence that a peer sends cannot be taken for one of ours.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backslash {
    Doubled,
    Hexadecimal,
}

fn quoted(lines: &mut String, value: Option<&Bytes>, max: usize, backslash: Backslash) {
    lines.push('"');
    match value {
        Some(value) => escape(lines, value, max, backslash),
        None => lines.push('-'),
    }
    lines.push('"');
}

/// At most `max` octets of a value, as the combined form writes them.
pub(crate) fn escaped(value: &[u8], max: usize) -> String {
    let mut text = String::new();
    escape(&mut text, value, max, Backslash::Hexadecimal);
    text
}

fn escape(lines: &mut String, value: &[u8], max: usize, backslash: Backslash) {
    for &octet in value.iter().take(max) {
        match octet {
            b'\\' if backslash == Backslash::Doubled => lines.push_str("\\\\"),
            b'"' | b'\\' | 0..0x20 | 0x7f.. => {
                let _ = write!(lines, "\\x{octet:02x}");
            }
            _ => lines.push(char::from(octet)),
        }
    }
    if value.len() > max {
        lines.push_str("...");
    }
}
