//! Streams of requests: valid ones, valid ones with something changed, and such as nobody sends in good faith.

use proptest::collection::vec;
use proptest::prelude::*;

/// A valid request, known before it becomes octets.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) target: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) body: Body,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    None,
    Length(Vec<u8>),
    /// Chunks, each with its extension, and trailers.
    Chunked(Vec<(Vec<u8>, String)>, Vec<(String, String)>),
}

impl Request {
    pub(crate) fn octets(&self) -> Vec<u8> {
        let mut octets = format!("{} {} HTTP/1.1\r\nHost: example.com\r\n", self.method, self.target).into_bytes();
        lines(&self.fields, &mut octets);
        match &self.body {
            Body::None => octets.extend_from_slice(b"\r\n"),
            Body::Length(content) => {
                octets.extend(format!("Content-Length: {}\r\n\r\n", content.len()).bytes());
                octets.extend_from_slice(content);
            }
            Body::Chunked(chunks, trailers) => {
                octets.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
                for (chunk, extension) in chunks {
                    octets.extend(format!("{:x}{extension}\r\n", chunk.len()).bytes());
                    octets.extend_from_slice(chunk);
                    octets.extend_from_slice(b"\r\n");
                }
                octets.extend_from_slice(b"0\r\n");
                lines(trailers, &mut octets);
                octets.extend_from_slice(b"\r\n");
            }
        }
        octets
    }

    pub(crate) fn content(&self) -> Vec<u8> {
        match &self.body {
            Body::None => Vec::new(),
            Body::Length(content) => content.clone(),
            Body::Chunked(chunks, _) => chunks.iter().flat_map(|(chunk, _)| chunk.clone()).collect(),
        }
    }

    pub(crate) fn trailers(&self) -> &[(String, String)] {
        if let Body::Chunked(_, trailers) = &self.body { trailers } else { &[] }
    }
}

fn lines(lines: &[(String, String)], octets: &mut Vec<u8>) {
    for (name, value) in lines {
        octets.extend(format!("{name}: {value}\r\n").bytes());
    }
}

/// Names that mean nothing to the protocol.
fn name() -> impl Strategy<Value = String> {
    "X-[A-Za-z0-9!#$%&'*+.^_`|~-]{0,12}"
}

fn value() -> impl Strategy<Value = String> {
    "([!-~]([ -~\t]{0,20}[!-~])?)?"
}

pub(crate) fn fields(most: usize) -> impl Strategy<Value = Vec<(String, String)>> {
    vec((name(), value()), 0..=most)
}

fn extension() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(String::new()),
        1 => "[ \t]{0,2};[ \t]{0,2}[a-z]{1,4}",
        1 => ";[a-z]{1,3}[ \t]?=[ \t]?[a-zA-Z0-9]{1,4}",
        1 => ";[a-z]{1,3}=\"[a-z ;=]{0,6}\"",
    ]
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..64),
        Just(b"GET /inner HTTP/1.1\r\nHost: b\r\n\r\n".to_vec()),
        Just(b"0\r\n\r\n".to_vec()),
        vec(any::<u8>(), 2000..3000),
    ]
}

fn body() -> impl Strategy<Value = Body> {
    let chunk = (vec(any::<u8>(), 1..40), extension());
    prop_oneof![
        2 => Just(Body::None),
        2 => content().prop_map(Body::Length),
        2 => (vec(chunk, 0..6), fields(3)).prop_map(|(chunks, trailers)| Body::Chunked(chunks, trailers)),
    ]
}

pub(crate) fn request() -> impl Strategy<Value = Request> {
    let method = prop_oneof![Just("GET"), Just("HEAD"), Just("POST"), Just("PUT"), Just("BREW")];
    let target = "/[!$-+./0-9:;=@A-Z_a-z~-]{0,16}(\\?[a-z=&]{0,8})?";
    (method, target, fields(5), body()).prop_map(|(method, target, fields, body)| Request {
        method,
        target,
        fields,
        body,
    })
}

pub(crate) fn requests(most: usize) -> impl Strategy<Value = Vec<Request>> {
    vec(request(), 1..=most)
}

/// What is done to a stream to make it almost valid.
#[derive(Clone, Debug)]
enum Change {
    Replace(u8),
    Insert(u8),
    InsertText(&'static str),
    Remove,
    Repeat,
    CutOff,
}

fn change() -> impl Strategy<Value = Change> {
    let octet = prop_oneof![any::<u8>(), prop::sample::select(b"\r\n \t:;,=\"\\0aA\0\x80#/*".to_vec())];
    let text = prop::sample::select(vec![
        "\r\n",
        "\r\n\r\n",
        "\n",
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Host: b\r\n",
        "Connection: close\r\n",
        "Expect: 100-continue\r\n",
        " ",
        "0\r\n\r\n",
        "ffffffffffffffff\r\n",
        "GET / HTTP/1.1\r\n",
        "HTTP/1.0",
    ]);
    prop_oneof![
        octet.clone().prop_map(Change::Replace),
        octet.prop_map(Change::Insert),
        text.prop_map(Change::InsertText),
        Just(Change::Remove),
        Just(Change::Repeat),
        Just(Change::CutOff),
    ]
}

/// A valid stream with a few changes.
pub(crate) fn near_valid() -> impl Strategy<Value = Vec<u8>> {
    (requests(3), vec((any::<prop::sample::Index>(), change()), 1..4)).prop_map(|(requests, changes)| {
        let mut octets: Vec<u8> = requests.iter().flat_map(Request::octets).collect();
        for (index, change) in changes {
            let at = index.index(octets.len().max(1)).min(octets.len().saturating_sub(1));
            match change {
                _ if octets.is_empty() => {}
                Change::Replace(octet) => octets[at] = octet,
                Change::Insert(octet) => octets.insert(at, octet),
                Change::InsertText(text) => drop(octets.splice(at..at, text.bytes())),
                Change::Remove => drop(octets.remove(at)),
                Change::Repeat => octets.insert(at, octets[at]),
                Change::CutOff => octets.truncate(at),
            }
        }
        octets
    })
}

/// Pieces of the protocol in any order, and noise.
pub(crate) fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "GET",
        "POST",
        " ",
        "/",
        " HTTP/1.1",
        " HTTP/1.0",
        "\r\n",
        "\r\n\r\n",
        "\r",
        "\n",
        "Host: a",
        "Host:",
        ":",
        "Content-Length: ",
        "Transfer-Encoding: ",
        "chunked",
        "Connection: close",
        "Connection: keep-alive",
        "Expect: 100-continue",
        "0",
        "5",
        "hello",
        "ffffffffffffffff",
        ";",
        "=",
        "\"",
        ",",
        "\t",
        "\0",
        "#",
        "*",
        "http://a",
        "X: y",
        "PRI * HTTP/2.0",
        "\u{e4}",
    ]);
    let text = vec(piece, 0..40).prop_map(|pieces| pieces.concat().into_bytes());
    let request = vec(any::<u8>(), 0..60)
        .prop_map(|noise| [&b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"[..], &noise].concat());
    prop_oneof![3 => text, 1 => vec(any::<u8>(), 0..200), 1 => request]
}

pub(crate) fn stream() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        1 => requests(4).prop_map(|requests| requests.iter().flat_map(Request::octets).collect::<Vec<u8>>()),
        3 => near_valid(),
        2 => hostile(),
    ]
}
