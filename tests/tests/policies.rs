//! Policies, for both roles: each deviation is refused, put up with and told of, by itself and beside the others.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use basehttp_proto::{Config, Deviation, Deviations, ErrorKind, Policy, client, server};
use basehttp_tests::client_split::request;

/// A message that deviates in one thing, and what it is refused as.
struct Sample {
    deviation: Deviation,
    octets: &'static [u8],
    refused: ErrorKind,
}

const fn sample(deviation: Deviation, octets: &'static [u8], refused: ErrorKind) -> Sample {
    Sample { deviation, octets, refused }
}

const REQUESTS: &[Sample] = &[
    sample(Deviation::EmptyLine, b"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", ErrorKind::EmptyLines),
    sample(Deviation::EmptyLine, b"\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", ErrorKind::EmptyLines),
    sample(Deviation::MinorVersion, b"GET / HTTP/1.2\r\nHost: a\r\n\r\n", ErrorKind::VersionUnsupported),
    sample(Deviation::MinorVersion, b"GET / HTTP/1.9\r\nHost: a\r\n\r\n", ErrorKind::VersionUnsupported),
    sample(Deviation::HostOverridden, b"GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", ErrorKind::HostMismatch),
    sample(Deviation::HostOverridden, b"GET http://a:8/ HTTP/1.1\r\nHost: a\r\n\r\n", ErrorKind::HostMismatch),
    sample(Deviation::RawTarget, b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", ErrorKind::TargetOctet),
];

const RESPONSES: &[Sample] = &[
    sample(Deviation::MinorVersion, b"HTTP/1.2 204 x\r\n\r\n", ErrorKind::VersionUnsupported),
    sample(Deviation::ReasonMissing, b"HTTP/1.1 204\r\n\r\n", ErrorKind::StatusLine),
    sample(Deviation::FoldedLine, b"HTTP/1.1 204 x\r\nX: a\r\n b\r\n\r\n", ErrorKind::LineFolding),
    sample(Deviation::SpaceBeforeColon, b"HTTP/1.1 204 x\r\nX : a\r\n\r\n", ErrorKind::FieldNameSpace),
    sample(Deviation::BareLf, b"HTTP/1.1 204 x\nX: a\n\n", ErrorKind::LineEnding),
    sample(Deviation::BareLf, b"HTTP/1.1 204 x\r\nX: a\n\r\n", ErrorKind::LineEnding),
    sample(
        Deviation::EqualLengths,
        b"HTTP/1.1 200 x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        ErrorKind::ContentLengthRepeated,
    ),
    sample(Deviation::EqualLengths, b"HTTP/1.1 200 x\r\nContent-Length: 1,1\r\n\r\n", ErrorKind::ContentLength),
];

/// What a server makes of a request.
fn serve(octets: &[u8], policy: Policy) -> Result<Deviations, ErrorKind> {
    let mut connection = server::Connection::new(Config { policy, ..Config::default() });
    connection.recv(octets).unwrap();
    match connection.poll_event() {
        Ok(Some(server::Event::Request(head))) => Ok(head.deviations()),
        Ok(event) => panic!("{event:?} of {}", octets.escape_ascii()),
        Err(error) => Err(error.kind()),
    }
}

/// What a client makes of a response.
fn hear(octets: &[u8], policy: Policy) -> Result<Deviations, ErrorKind> {
    let mut connection = client::Connection::new(Config { policy, ..Config::client() });
    connection.request(&request("GET", "/"), "").unwrap();
    connection.recv(octets).unwrap();
    match connection.poll_event() {
        Ok(Some(client::Event::Response(head))) => Ok(head.deviations()),
        Ok(event) => panic!("{event:?} of {}", octets.escape_ascii()),
        Err(error) => Err(error.kind()),
    }
}

type Reader = fn(&[u8], Policy) -> Result<Deviations, ErrorKind>;

/// Every sample, and who reads it.
fn samples() -> impl Iterator<Item = (&'static Sample, Reader)> {
    let requests = REQUESTS.iter().map(|sample| (sample, serve as Reader));
    requests.chain(RESPONSES.iter().map(|sample| (sample, hear as Reader)))
}

#[track_caller]
fn assert_read(sample: &Sample, policy: Policy, read: Reader) {
    let seen = read(sample.octets, policy).map(|deviations| deviations.iter().collect::<Vec<_>>());
    let expected = if policy.allows(sample.deviation) { Ok(vec![sample.deviation]) } else { Err(sample.refused) };
    assert_eq!(seen, expected, "{} by {policy:?}", sample.octets.escape_ascii());
}

#[test]
fn every_deviation_has_a_sample() {
    for deviation in Deviation::ALL {
        assert!(samples().any(|(sample, _)| sample.deviation == *deviation), "{}", deviation.code());
    }
}

#[test]
fn a_deviation_is_put_up_with_where_the_policy_allows_it_and_nowhere_else() {
    for (sample, read) in samples() {
        for policy in [Policy::strict(), Policy::default(), Policy::compat()] {
            assert_read(sample, policy, read);
        }
        for deviation in Deviation::ALL {
            assert_read(sample, Policy::strict().allow(*deviation), read);
            assert_read(sample, Policy::compat().refuse(*deviation), read);
        }
    }
}

#[test]
fn the_defaults_are_those_that_are_documented() {
    let allowed: Vec<&str> = Deviation::ALL
        .iter()
        .filter(|deviation| Policy::default().allows(**deviation))
        .map(|deviation| deviation.code())
        .collect();
    assert_eq!(allowed, ["empty-line", "minor-version", "host-overridden", "reason-missing", "folded-line"]);
    assert!(Deviation::ALL.iter().all(|deviation| Policy::compat().allows(*deviation)));
    assert!(!Deviation::ALL.iter().any(|deviation| Policy::strict().allows(*deviation)));
}

#[test]
fn messages_without_deviations_tell_of_none_by_any_policy() {
    for policy in [Policy::strict(), Policy::default(), Policy::compat()] {
        let seen = serve(b"GET http://A/ HTTP/1.1\r\nHost: a\r\nX:\t a \r\n\r\n", policy);
        assert_eq!(seen, Ok(Deviations::default()), "a host in another case is the same host");
        assert_eq!(hear(b"HTTP/1.1 204 \r\nX:\t a \r\n\r\n", policy), Ok(Deviations::default()));
    }
}

#[test]
fn deviations_of_one_message_are_told_together_and_forgotten_with_it() {
    let mut connection = server::Connection::new(Config { policy: Policy::compat(), ..Config::default() });
    connection.recv(b"\r\nGET http://b/\xc3\xa9 HTTP/1.2\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let Ok(Some(server::Event::Request(head))) = connection.poll_event() else { panic!() };
    let told = [Deviation::EmptyLine, Deviation::MinorVersion, Deviation::HostOverridden, Deviation::RawTarget];
    assert_eq!(head.deviations().iter().collect::<Vec<_>>(), told);
    assert_eq!(
        format!("{:?}", head.deviations()),
        "{\"empty-line\", \"minor-version\", \"host-overridden\", \"raw-target\"}"
    );
    let Ok(Some(server::Event::End(_))) = connection.poll_event() else { panic!() };
    connection.respond(&basehttp_proto::ResponseHead::new(basehttp_proto::StatusCode::OK), "").unwrap();
    let len = connection.transmit().len();
    connection.transmit().consume(len);
    let Ok(Some(server::Event::Request(head))) = connection.poll_event() else { panic!() };
    assert!(head.deviations().is_empty());
}

/// What could move the border between two messages is refused in requests, whatever is put up with.
#[test]
fn no_policy_touches_the_framing_of_requests() {
    const START: &str = "POST / HTTP/1.1\r\nHost: a\r\n";
    for (fields, refused) in [
        ("Content-Length: 1\r\nContent-Length: 1\r\n\r\n", ErrorKind::ContentLengthRepeated),
        ("Content-Length: 1, 1\r\n\r\n", ErrorKind::ContentLength),
        ("Content-Length : 1\r\n\r\n", ErrorKind::FieldNameSpace),
        ("Transfer-Encoding : chunked\r\n\r\n", ErrorKind::FieldNameSpace),
        ("Content-Length:\r\n 1\r\n\r\n", ErrorKind::LineFolding),
        ("X: a\r\n Content-Length: 1\r\n\r\n", ErrorKind::LineFolding),
        ("X: a\nContent-Length: 1\r\n\r\n", ErrorKind::LineEnding),
        ("X: a\r\n\n", ErrorKind::LineEnding),
        ("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", ErrorKind::LengthAndCoding),
        ("Transfer-Encoding: chunked, chunked\r\n\r\n", ErrorKind::TransferEncoding),
    ] {
        assert_eq!(serve(format!("{START}{fields}").as_bytes(), Policy::compat()), Err(refused), "{fields:?}");
    }
    assert_eq!(serve(b"GET / HTTP/1.1\nHost: a\n\n", Policy::compat()), Err(ErrorKind::LineEnding));
    assert_eq!(
        serve(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", Policy::compat()),
        Err(ErrorKind::TransferEncodingVersion)
    );
}

#[test]
fn raw_targets_are_utf_8_and_nothing_else() {
    let policy = Policy::compat();
    for target in [&b"/\xff"[..], b"/\xc3", b"/a\x80b", b"/\xed\xa0\x80", b"/\xc0\xaf", b"/\x7f"] {
        let octets = [b"GET ", target, b" HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
        assert_eq!(serve(&octets, policy), Err(ErrorKind::TargetOctet), "{}", octets.escape_ascii());
    }
    let whole = Deviations::default();
    let seen = serve("GET /é?ü=€ HTTP/1.1\r\nHost: a\r\n\r\n".as_bytes(), policy).unwrap();
    assert!(seen != whole && seen.contains(Deviation::RawTarget));
}
