//! Whom proxies speak for, and how far they are believed.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use basehttp_handler::{Client, ForwardedBy, Peer, Trusted};
use basehttp_proto::Fields;

const PROXY: &str = "10.0.0.1:4000";

fn ip(address: &str) -> Peer {
    Peer::Ip(address.parse().unwrap())
}

fn fields(lines: &[(&str, &str)]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in lines {
        fields.append(name, *value).unwrap();
    }
    fields
}

fn client(peer: &str, by: ForwardedBy, lines: &[(&str, &str)]) -> Client {
    Client::new(ip(peer), &fields(lines), by, &"10.0.0.0/8, ::1".parse().unwrap())
}

/// Who Forwarded says sent it, on a connection from a proxy.
fn forwarded(value: &str) -> Client {
    client(PROXY, ForwardedBy::Forwarded, &[("Forwarded", value)])
}

/// The same for X-Forwarded-For.
fn x_forwarded_for(value: &str) -> Peer {
    client(PROXY, ForwardedBy::XForwarded, &[("X-Forwarded-For", value)]).peer
}

#[test]
fn a_stranger_speaks_for_himself() {
    let lines =
        [("Forwarded", "for=192.0.2.9;proto=https"), ("X-Forwarded-For", "192.0.2.9"), ("X-Forwarded-Proto", "https")];
    for by in [ForwardedBy::Forwarded, ForwardedBy::XForwarded] {
        let direct = Client { peer: ip("192.0.2.1:5000"), secured: None, host: None };
        assert_eq!(client("192.0.2.1:5000", by, &lines), direct);
    }
}

#[test]
fn a_proxy_speaks_for_its_client() {
    let told = forwarded("for=192.0.2.60;proto=https;by=203.0.113.43;host=example.com");
    assert_eq!(told, Client { peer: ip("192.0.2.60:0"), secured: Some(true), host: Some("example.com".to_owned()) });
    assert_eq!(forwarded("For=\"[2001:db8:cafe::17]:4711\"").peer, ip("[2001:db8:cafe::17]:4711"));
    assert_eq!(forwarded("for=\"192.0.2.43:47011\" ; PROTO=HTTP").secured, Some(false));
    assert_eq!(forwarded("for=\"192.0.2.43:_port\"").peer, ip("192.0.2.43:0"));
    assert_eq!(forwarded("for=\"\\1\\92.0.2.43\"").peer, ip("192.0.2.43:0"));
    assert_eq!(forwarded("").peer, ip(PROXY));
}

#[test]
fn a_client_that_hides_is_not_known() {
    for hidden in [
        "for=unknown",
        "for=_hidden",
        "for=\"_SEVKISEK\"",
        "proto=http",
        "for=\"10.0.0.1",
        "for = 1.2.3.4",
        "for=1.2.3.4;For=1.2.3.5",
        "x",
        "for=1.2.3.4 x",
    ] {
        assert_eq!(forwarded(hidden).peer, Peer::Unknown, "{hidden}");
    }
}

#[test]
fn what_a_client_wrote_is_not_believed() {
    // The proxy adds to what was there.
    assert_eq!(forwarded("for=1.1.1.1, for=192.0.2.60").peer, ip("192.0.2.60:0"));
    assert_eq!(x_forwarded_for("1.1.1.1, 192.0.2.60"), ip("192.0.2.60:0"));
    // Through two proxies, the first of which is known by its address.
    assert_eq!(forwarded("for=1.1.1.1, for=192.0.2.60, for=10.9.9.9").peer, ip("192.0.2.60:0"));
    assert_eq!(x_forwarded_for("1.1.1.1,192.0.2.60,10.9.9.9"), ip("192.0.2.60:0"));
    // A quote that the client leaves open may hide what the proxy adds, and never makes the client's part the last.
    for open in
        ["for=1.1.1.1;x=\", for=192.0.2.60", "for=1.1.1.1;x=\", for=\"[2001:db8::1]\"", "for=\"1.1.1.1, for=192.0.2.60"]
    {
        assert_eq!(forwarded(open).peer, Peer::Unknown, "{open}");
    }
    assert_eq!(x_forwarded_for("\"1.1.1.1, 192.0.2.60"), ip("192.0.2.60:0"));
    assert_eq!(x_forwarded_for("1.1.1.1, nobody"), Peer::Unknown);
}

#[test]
fn lines_are_one_list() {
    let lines = [("Forwarded", "for=1.1.1.1"), ("Forwarded", "for=192.0.2.60")];
    assert_eq!(client(PROXY, ForwardedBy::Forwarded, &lines).peer, ip("192.0.2.60:0"));
}

#[test]
fn only_the_fields_that_proxies_write_are_read() {
    let lines = [("Forwarded", "for=1.1.1.1"), ("X-Forwarded-For", "192.0.2.60")];
    assert_eq!(client(PROXY, ForwardedBy::XForwarded, &lines).peer, ip("192.0.2.60:0"));
    assert_eq!(client(PROXY, ForwardedBy::Forwarded, &lines).peer, ip("1.1.1.1:0"));
}

#[test]
fn the_last_of_the_older_fields_counts() {
    let lines = [
        ("X-Forwarded-For", "2001:db8::7"),
        ("X-Forwarded-Proto", "http, https"),
        ("X-Forwarded-Host", "evil.example, example.com"),
    ];
    let told = client("[::1]:9", ForwardedBy::XForwarded, &lines);
    assert_eq!(told, Client { peer: ip("[2001:db8::7]:0"), secured: Some(true), host: Some("example.com".to_owned()) });
}

#[test]
fn a_list_is_of_addresses_and_networks() {
    let trusted: Trusted = "192.0.2.7, 2001:db8::/32,unix".parse().unwrap();
    for peer in ["192.0.2.7:1", "[2001:db8:1::1]:1", "[::ffff:192.0.2.7]:1"] {
        assert!(trusted.contains(ip(peer)), "{peer}");
    }
    for peer in ["192.0.2.8:1", "[2001:db9::1]:1"] {
        assert!(!trusted.contains(ip(peer)), "{peer}");
    }
    let written_as_ipv6: Trusted = "::ffff:192.0.2.7, ::ffff:10.0.0.0/104".parse().unwrap();
    assert!(written_as_ipv6.contains(ip("192.0.2.7:1")) && written_as_ipv6.contains(ip("10.9.9.9:1")));
    assert!(!written_as_ipv6.contains(ip("11.0.0.1:1")));
    assert!(trusted.contains(Peer::Unix) && !trusted.contains(Peer::Unknown));
    assert!(!Trusted::default().contains(Peer::Unix));
    let error = "10.0.0.0/33".parse::<Trusted>().unwrap_err().to_string();
    assert_eq!(error, "'10.0.0.0/33' is no address, no network such as 10.0.0.0/8, and not the word unix");
}
