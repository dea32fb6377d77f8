//! The seeds of the corpora: golden cases, and what the laws need beside them.

use std::path::Path;

use basehttp_tests::case::{self, Case};

/// A target, a file name, and what stands in the file.
pub(crate) type Seed = (&'static str, String, Vec<u8>);

/// Seeds are no longer than this: a fuzzer works best on what is small.
const LONGEST: usize = 400;

/// All of them.
pub(crate) fn all() -> Vec<Seed> {
    let mut seeds = Vec::new();
    let cases = cases();
    for case in &cases {
        let name = name(case);
        let number = lot(&name);
        if number.is_multiple_of(10) {
            seeds.push(("request_head", name.clone(), case.input.clone()));
        }
        if number % 10 == 3 {
            seeds.push(("differential", name.clone(), case.input.clone()));
        }
        if number % 10 == 6 {
            seeds.push(("server_connection", name.clone(), [&script(number), &case.input[..]].concat()));
        }
        let content = case.input.windows(4).position(|four| four == b"\r\n\r\n");
        let is_chunked = name.starts_with("chunked") || name.starts_with("trailers");
        if let (Some(head), true) = (content, is_chunked && number.is_multiple_of(3)) {
            seeds.push(("chunked", name, case.input[head + 4..].to_vec()));
        }
    }
    for ((name, asked, answer), number) in RESPONSES.iter().zip(0usize..) {
        let octets = answer.as_bytes();
        seeds.push(("response_head", (*name).to_owned(), [&[*asked], octets].concat()));
        seeds.push(("client_connection", (*name).to_owned(), [&script(number), octets].concat()));
    }
    for number in 0..24 {
        let octets = [script(number), script(number + 100), script(number + 200)].concat();
        seeds.push(("duplex", format!("script-{number:02}"), octets));
    }
    for ((name, lines), number) in FIELDS.iter().zip(0u8..) {
        seeds.push(("fields_roundtrip", (*name).to_owned(), [&[number], lines.as_bytes()].concat()));
    }
    let found = FOUND.iter().map(|(target, name, octets)| (*target, (*name).to_owned(), octets.as_bytes().to_vec()));
    seeds.extend(found);
    seeds
}

/// A number that a name has for good, so that a further case changes the lot of no other.
fn lot(name: &str) -> usize {
    name.bytes().fold(7, |number, octet| (number * 31 + usize::from(octet)) % 1_000_003)
}

/// Decisions that differ from seed to seed.
fn script(number: usize) -> [u8; 16] {
    let mut random = basehttp_tests::random::Random::new(number as u64);
    std::array::from_fn(|_| u8::try_from(random.below(256)).unwrap())
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let read = |document: &&str| {
        case::read(document, &std::fs::read_to_string(folder.join(format!("{document}.txt"))).unwrap())
    };
    let cases = DOCUMENTS.iter().flat_map(read);
    cases.filter(|case| (1..=LONGEST).contains(&case.input.len())).collect()
}

/// The document and the title, as a file name.
fn name(case: &Case) -> String {
    let document = case.place.split(':').next().unwrap_or_default();
    let text = format!("{document} {}", case.title).to_ascii_lowercase();
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut name = words.join("-");
    name.truncate(60);
    name.trim_end_matches('-').to_owned()
}

const DOCUMENTS: &[&str] = &[
    "request-line",
    "target",
    "version",
    "fields",
    "host",
    "content-length",
    "transfer-encoding",
    "chunked",
    "trailers",
    "expect",
    "persistence",
    "pipelining",
    "responses",
];

/// A name, what was asked (see `heads::asked`), and what was answered.
const RESPONSES: &[(&str, u8, &str)] = &[
    ("length", 0, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    ("until-close", 1, "HTTP/1.1 200 OK\r\n\r\nhello"),
    ("until-close-http10", 1, "HTTP/1.0 200 OK\r\n\r\nhello"),
    ("chunked", 0, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n"),
    ("chunked-cut-off", 1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
    ("no-content", 0, "HTTP/1.1 204 No Content\r\n\r\n"),
    ("not-modified-with-length", 0, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"),
    ("head", 2, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
    ("connect", 4, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntunnel"),
    ("connect-refused", 4, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"),
    ("switch", 6, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\ntunnel"),
    ("switch-refused", 6, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ("switch-not-asked", 0, "HTTP/1.1 101 Switching Protocols\r\n\r\n"),
    (
        "interim-before-each-of-two",
        8,
        "HTTP/1.1 100 \r\n\r\nHTTP/1.1 103 \r\n\r\nHTTP/1.1 204 \r\n\r\nHTTP/1.1 100 \r\n\r\nHTTP/1.1 103 \r\n\r\nHTTP/1.1 204 \r\n\r\n",
    ),
    ("interim", 0, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 \r\n\r\n"),
    ("two", 8, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 404\r\nContent-Length: 0\r\n\r\n"),
    ("two-and-close", 8, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\naHTTP/1.1 404\r\n\r\n"),
    (
        "three",
        14,
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx",
    ),
    ("head-then-get", 10, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"),
    ("one-too-many", 0, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
    ("folded", 0, "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\tc\r\nContent-Length: 0\r\n\r\n"),
    ("folded-first", 0, "HTTP/1.1 200 OK\r\n X: a\r\nContent-Length: 0\r\n\r\n"),
    ("bare-lf", 0, "HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
    ("both-lengths", 0, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("two-lengths", 0, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
    (
        "http10-keep-alive",
        8,
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\nHTTP/1.0 200 OK\r\n\r\n",
    ),
    ("http2", 0, "HTTP/2.0 200 OK\r\n\r\n"),
    ("status-099", 0, "HTTP/1.1 099 x\r\n\r\n"),
    ("obs-text", 0, "HTTP/1.1 200 \u{e4}\r\nX: \u{e4}\r\nContent-Length: 0\r\n\r\n"),
];

/// What once broke a law: the target, a name, and the octets.
const FOUND: &[(&str, &str, &str)] = &[
    // Content that ends with the connection, beyond the limit: what was told depended on the division of the input.
    (
        "response_head",
        "found-until-close-beyond-the-limit",
        "\x0cHTTP/1.1 200 OK\r\n\r\n0123456789012345678901234567890123456789",
    ),
    // A line that continues the last field allowed was counted as a field.
    (
        "response_head",
        "found-fold-after-the-last-field-allowed",
        "\0HTTP/1.1 200\r\na:\r\nb:\r\nc:\r\nd:\r\n e\r\n\r\n",
    ),
    ("chunked", "found-fold-after-the-last-trailer-allowed", "0\r\nX:\r\nX:\r\n a\r\n\r\n"),
    // A port without a host was a Host, and the quick way of reading one took it for one after the slow way did not.
    ("request_head", "found-host-of-a-port-alone", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n"),
    ("differential", "found-host-of-a-colon-alone", "P / HTTP/1.1\r\nHost::\r\nin: unked\r\n\r\n"),
    // Quotes mean nothing in a list of tokens.
    (
        "request_head",
        "found-close-between-quotes",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: \"a, close, b\"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ),
];

/// A name, and lines of names and values as the law takes them.
const FIELDS: &[(&str, &str)] = &[
    ("none", ""),
    ("one", "X:y"),
    ("several", "X:y\nAccept: */*\nx: z \n:empty name\nA B:space"),
    ("framing", "Content-Length:5\nTransfer-Encoding:chunked\nConnection:close"),
    ("injection", "X:a\r\rInjected: yes\nX\r:a\nY:\0"),
    ("white-space", "X:  \t \nY:\t a \t b \t"),
    ("repeated", "Host:a\nHost:b\nDate:c\nDate:d\nExpect:100-continue"),
    ("trailers", "X-Checksum:1\nHost:a\nSet-Cookie:b"),
    ("many", "A:1\nB:2\nC:3\nD:4\nE:5\nF:6\nG:7\nH:8\nI:9\nJ:10\nK:11\nL:12\nM:13\nN:14\nO:15\nP:16\nQ:17"),
    ("obs-text", "X:\u{e4}\u{f6}\n\u{e4}:x"),
];
