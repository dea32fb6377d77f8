//! Headers of the PROXY protocol, whole and at every split.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use basehttp_handler::Peer;
use basehttp_transport::{ProxyError, ProxyHeader};

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

fn ip(address: &str) -> Option<Peer> {
    Some(Peer::Ip(address.parse().unwrap()))
}

/// A header of version 2 with so many octets after what is given.
fn binary(command: u8, family: u8, addresses: &[u8], more: usize) -> Vec<u8> {
    let len = u16::try_from(addresses.len() + more).unwrap();
    let fixed = [SIGNATURE, &[command, family], &len.to_be_bytes()].concat();
    [&fixed, addresses, &vec![0xee; more]].concat()
}

/// What a header followed by a request is read as; nothing may be read before all of it is there.
fn read(header: &[u8]) -> Option<Peer> {
    for end in 0..header.len() {
        assert_eq!(ProxyHeader::parse(&header[..end]), Ok(None), "after {end} octets of {}", header.escape_ascii());
    }
    let read = ProxyHeader::parse(&[header, b"GET / HTTP/1.1\r\n"].concat()).unwrap().unwrap();
    assert_eq!(read.len, header.len());
    read.peer
}

/// Why this is none, told as soon as it is certain: the octets before the last are not enough to tell.
fn refused(octets: &[u8]) -> ProxyError {
    let first = (0..=octets.len()).find_map(|end| ProxyHeader::parse(&octets[..end]).err().map(|error| (end, error)));
    let (end, error) = first.unwrap();
    assert_eq!(end, octets.len(), "{} is refused after {end} octets", octets.escape_ascii());
    error
}

#[test]
fn a_line_tells_the_client() {
    assert_eq!(read(b"PROXY TCP4 192.0.2.1 198.51.100.2 51000 443\r\n"), ip("192.0.2.1:51000"));
    assert_eq!(read(b"PROXY TCP6 2001:db8::1 2001:db8::2 0 65535\r\n"), ip("[2001:db8::1]:0"));
    assert_eq!(read(b"PROXY UNKNOWN\r\n"), None);
    assert_eq!(read(b"PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n"), None);
}

#[test]
fn octets_tell_the_client() {
    let v4 = [192, 0, 2, 1, 198, 51, 100, 2, 0xc7, 0x38, 1, 187];
    assert_eq!(read(&binary(0x21, 0x11, &v4, 0)), ip("192.0.2.1:51000"));
    let v6 = [&[0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1][..], &[0; 16], &[0xc7, 0x38, 1, 187]].concat();
    assert_eq!(read(&binary(0x21, 0x21, &v6, 0)), ip("[2001:db8::1]:51000"));
    assert_eq!(read(&binary(0x21, 0x31, &[b'/'; 216], 0)), Some(Peer::Unix));
}

#[test]
fn what_else_a_proxy_tells_is_passed_over() {
    assert_eq!(read(&binary(0x21, 0x11, &[10, 0, 0, 1, 0, 0, 0, 0, 0, 80, 0, 0], 300)), ip("10.0.0.1:80"));
}

#[test]
fn a_proxy_that_speaks_for_itself_tells_nobody() {
    assert_eq!(read(&binary(0x20, 0x00, &[], 0)), None);
    assert_eq!(read(&binary(0x20, 0x11, &[1; 12], 0)), None);
    assert_eq!(read(&binary(0x21, 0x00, &[], 7)), None);
    assert_eq!(read(&binary(0x21, 0x12, &[1; 12], 0)), None, "datagrams");
}

#[test]
fn what_is_no_header_is_refused_at_its_first_octet() {
    assert_eq!(refused(b"G"), ProxyError::Signature(0));
    assert_eq!(refused(b"PROXx"), ProxyError::Signature(4));
    assert_eq!(refused(b"\r\n\r\n\0\r\nQUIT\r"), ProxyError::Signature(11));
    assert!(refused(b"\x16").to_string().starts_with("octet 0 of the connection"));
}

#[test]
fn a_line_that_is_not_right_is_refused() {
    for line in [
        "PROXY TCP4 192.0.2.1 198.51.100.2 51000\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 51000 443 1\r\n",
        "PROXY TCP4  192.0.2.1 198.51.100.2 51000 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 51000 65536\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 +1 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 051 443\r\n",
        "PROXY TCP4 2001:db8::1 2001:db8::2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 nowhere 51000 443\r\n",
        "PROXY TCP6 192.0.2.1 198.51.100.2 51000 443\r\n",
        "PROXY TCP5 192.0.2.1 198.51.100.2 51000 443\r\n",
        "PROXY \r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.2 51000 443\n",
    ] {
        assert_eq!(refused(line.as_bytes()), ProxyError::Line, "{line}");
    }
}

#[test]
fn a_line_has_an_end() {
    let long = [b"PROXY UNKNOWN ".as_slice(), &[b'x'; 93]].concat();
    assert_eq!(long.len(), 107);
    assert_eq!(refused(&long), ProxyError::LineTooLong);
    assert_eq!(read(&[&long[..105], b"\r\n"].concat()), None);
}

#[test]
fn octets_that_are_not_right_are_refused() {
    assert_eq!(refused(&[SIGNATURE, &[0x11]].concat()), ProxyError::Command(0x11));
    assert_eq!(refused(&[SIGNATURE, &[0x22]].concat()), ProxyError::Command(0x22));
    assert_eq!(refused(&[SIGNATURE, &[0x21, 0x11, 0, 11]].concat()), ProxyError::Length(11));
    assert_eq!(refused(&[SIGNATURE, &[0x21, 0x21, 0, 35]].concat()), ProxyError::Length(35));
    assert_eq!(refused(&[SIGNATURE, &[0x20, 0x00, 0x10, 1]].concat()), ProxyError::Length(4097));
}
