//! http-net: a strict reader, whose heads are interpreted as a connection of it does.

use basehttp_tests::invariants::{Content, Head, Oracle, Verdict};
use basehttp_tests::reference_parser::{Framing, Lines, Message, Question, Start};
use http_net::{Asked, ChunkStep, ChunkedDecoder, FieldSpan, Headers, Limits, Parsed, Version};

pub(crate) const ORACLE: Oracle = Oracle { name: "http-net", request, response, chunked, may_refuse };

/// More field lines than our limits allow.
const LINES: usize = 200;

fn limits() -> Limits {
    Limits::new()
        .with_max_start_line(1 << 20)
        .with_max_header_bytes(1 << 20)
        .with_max_field_line(1 << 20)
        .with_max_headers(LINES)
        .with_max_trailer_bytes(1 << 20)
        .with_max_trailer_fields(LINES)
        .with_max_body(u64::MAX)
}

fn request(octets: &[u8]) -> Verdict {
    let (limits, mut spans) = (limits(), [FieldSpan::default(); LINES]);
    match http_net::parse_request_head(octets, &limits, &mut spans) {
        Ok(Parsed::Complete { head, len }) => {
            let view = head.view();
            let start = Start::Request { method: view.method_str().into(), target: view.target().as_bytes().to_vec() };
            let is_http10 = view.version() == Version::Http10;
            Verdict::Accepts(Head { start, is_http10, fields: lines(view.headers()), len })
        }
        Ok(_) => Verdict::Partial,
        Err(error) => Verdict::Refuses(error.to_string()),
    }
}

fn response(octets: &[u8], question: &Question) -> Verdict {
    let (limits, mut spans) = (limits(), [FieldSpan::default(); LINES]);
    let asked = Asked { head: question.method == b"HEAD", connect: question.method == b"CONNECT" };
    match http_net::parse_response_head(octets, &limits, asked, &mut spans) {
        Ok(Parsed::Complete { head, len }) => {
            let view = head.view();
            let reason = match view.reason() {
                "" => crate::reason(octets),
                reason => reason.into(),
            };
            let start = Start::Response { status: view.status(), reason };
            let is_http10 = view.version() == Version::Http10;
            Verdict::Accepts(Head { start, is_http10, fields: lines(view.headers()), len })
        }
        Ok(_) => Verdict::Partial,
        Err(error) => Verdict::Refuses(error.to_string()),
    }
}

fn lines(headers: Headers<'_>) -> Lines {
    headers.into_iter().map(|(name, value)| (name.as_bytes().to_vec(), value.to_vec())).collect()
}

fn chunked(octets: &[u8]) -> Verdict<Content> {
    let mut decoder = ChunkedDecoder::new(&limits());
    let (mut content, mut at) = (Vec::new(), 0);
    loop {
        match decoder.decode(&octets[at..], false) {
            Ok(ChunkStep::Data { skip, len }) => {
                content.extend_from_slice(&octets[at + skip..at + skip + len]);
                at += skip + len;
            }
            Ok(ChunkStep::Trailers { skip, len }) => at += skip + len,
            Ok(ChunkStep::Done { consumed }) => return Verdict::Accepts((content, at + consumed)),
            Ok(_) => return Verdict::Partial,
            Err(error) => return Verdict::Refuses(error.to_string()),
        }
    }
}

/// Why it refuses what we accept.
fn may_refuse(message: &Message, octets: &[u8]) -> Option<&'static str> {
    match &message.start {
        Start::Request { target, .. } if !is_uri(target) => Some(
            "octets that RFC 3986 has no place for; browsers send them, and they mean nothing to a reader of heads",
        ),
        Start::Response { status: 600.., .. } => Some("RFC 9110 15 lets a client take them for 5xx, as we do"),
        Start::Response { .. } if message.framing == Framing::None => {
            Some("RFC 9112 6.3 has a recipient pass over the framing fields of a response without content")
        }
        _ => crate::is_folded(message, octets).then_some(crate::FOLDED),
    }
}

/// Whether the path and query of a target hold nothing but what RFC 3986 3.3 and 3.4 allow, and every `%` two digits.
fn is_uri(target: &[u8]) -> bool {
    let scheme = target.windows(3).position(|three| three == b"://").filter(|_| !target.starts_with(b"/"));
    let authority = scheme.map_or(0, |at| at + 3);
    let path = target[authority..].iter().position(|octet| b"/?".contains(octet));
    let mut rest = path.map_or(&b""[..], |at| &target[authority + at..]);
    while let [octet, after @ ..] = rest {
        rest = match (octet, after) {
            (b'%', [a, b, after @ ..]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => after,
            (b'%', _) => return false,
            (o, after) if o.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(o) => after,
            _ => return false,
        };
    }
    true
}
