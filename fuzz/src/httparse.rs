//! httparse, in its default settings: it reads heads and chunk sizes, and leaves what they mean to its caller.

use basehttp_tests::invariants::{Content, Head, Oracle, Verdict};
use basehttp_tests::reference_parser::{Lines, Message, Question, Start};
use httparse::{EMPTY_HEADER, Header, Request, Response, Status};

pub(crate) const ORACLE: Oracle = Oracle { name: "httparse", request, response, chunked, may_refuse };

/// More field lines than our limits allow.
const LINES: usize = 200;

fn request(octets: &[u8]) -> Verdict {
    let mut headers = [EMPTY_HEADER; LINES];
    let mut request = Request::new(&mut headers);
    let status = request.parse(octets);
    let start = || Start::Request {
        method: request.method.unwrap_or_default().into(),
        target: request.path.unwrap_or_default().into(),
    };
    verdict(status, start, request.version, request.headers)
}

fn response(octets: &[u8], _: &Question) -> Verdict {
    let mut headers = [EMPTY_HEADER; LINES];
    let mut response = Response::new(&mut headers);
    let status = response.parse(octets);
    let reason = match response.reason {
        Some("") | None => crate::reason(octets),
        Some(reason) => reason.into(),
    };
    let start = || Start::Response { status: response.code.unwrap_or_default(), reason: reason.clone() };
    verdict(status, start, response.version, response.headers)
}

fn verdict(
    status: httparse::Result<usize>,
    start: impl Fn() -> Start,
    version: Option<u8>,
    headers: &[Header<'_>],
) -> Verdict {
    match status {
        Ok(Status::Complete(len)) => {
            let fields: Lines =
                headers.iter().map(|header| (header.name.as_bytes().to_vec(), header.value.to_vec())).collect();
            Verdict::Accepts(Head { start: start(), is_http10: version == Some(0), fields, len })
        }
        Ok(Status::Partial) => Verdict::Partial,
        Err(error) => Verdict::Refuses(error.to_string()),
    }
}

/// It reads the line of a chunk, and no more; the rest is done here.
fn chunked(octets: &[u8]) -> Verdict<Content> {
    let (mut content, mut at) = (Vec::new(), 0);
    loop {
        match httparse::parse_chunk_size(&octets[at..]) {
            Ok(Status::Complete((len, size))) => {
                at += len;
                let Some(end) = usize::try_from(size).ok().and_then(|size| at.checked_add(size)) else {
                    return Verdict::Partial;
                };
                if size == 0 {
                    break;
                }
                let Some(data) = octets.get(at..end) else { return Verdict::Partial };
                content.extend_from_slice(data);
                at = end;
                match octets.get(at..at + 2) {
                    Some(b"\r\n") => at += 2,
                    Some(_) => return Verdict::Refuses(String::from("no CR LF after a chunk")),
                    None => return Verdict::Partial,
                }
            }
            Ok(Status::Partial) => return Verdict::Partial,
            Err(error) => return Verdict::Refuses(format!("{error:?}")),
        }
    }
    let mut headers = [EMPTY_HEADER; LINES];
    match httparse::parse_headers(&octets[at..], &mut headers) {
        Ok(Status::Complete((len, _))) => Verdict::Accepts((content, at + len)),
        Ok(Status::Partial) => Verdict::Partial,
        Err(error) => Verdict::Refuses(error.to_string()),
    }
}

/// Why it refuses what we accept.
fn may_refuse(message: &Message, octets: &[u8]) -> Option<&'static str> {
    if message.minor > 1 {
        return Some("it knows HTTP/1.0 and HTTP/1.1 alone (RFC 9110 2.5 has a recipient take the others)");
    }
    crate::is_folded(message, octets).then_some(crate::FOLDED)
}
