//! The hand-over to another protocol (T23): asked for by the client, decided by the server, and not a moment earlier.

use basehttp_proto::server::Event;
use basehttp_proto::{ResponseHead, State, StatusCode, UsageError};
use basehttp_tests::script::Script;
use basehttp_tests::split;

use super::{asked, begun, written};

const UPGRADE: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n";
const CONNECT: &str = "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n";

fn switching() -> ResponseHead {
    ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS).field("Upgrade", "websocket").unwrap()
}

#[test]
fn t23_what_follows_the_head_belongs_to_the_other_protocol_once_it_was_switched_to() {
    for (request, head) in [(UPGRADE, switching()), (CONNECT, ResponseHead::new(StatusCode::OK))] {
        let mut connection = asked(&[request, "\0tunnel"].concat());
        assert!(connection.take_tunnel().is_empty(), "not before the switch");
        connection.send_switch(&head).unwrap();
        assert_eq!(connection.state(), State::Tunnel);
        let output = String::from_utf8(written(&mut connection)).unwrap();
        assert!(output.ends_with("\r\n\r\n"), "{output:?}");
        let lower = output.to_ascii_lowercase();
        assert!(!lower.contains("content-length") && !lower.contains("transfer-encoding"), "{output:?}");
        assert_eq!(lower.contains("\r\nconnection: upgrade\r\n"), request == UPGRADE, "{output:?}");
        assert_eq!(&connection.take_tunnel()[..], b"\0tunnel");
        assert!(connection.take_tunnel().is_empty(), "and once");
        assert!(!connection.wants_read());
        assert!(matches!(connection.poll_event(), Ok(None)));
    }
}

#[test]
fn t23_an_upgrade_that_is_not_taken_changes_nothing() {
    let input = [UPGRADE, "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"].concat();
    let seen = split::check(&Script::default(), input.as_bytes());
    let targets: Vec<&str> = seen.requests().map(|request| request.target.as_str()).collect();
    assert_eq!((targets, seen.ends()), (vec!["/", "/next"], 2));
    assert_eq!(seen.answers().unwrap().len(), 2);
}

#[test]
fn t23_content_of_an_upgrade_request_comes_first() {
    let request = UPGRADE.replace("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\n");
    let mut connection = begun(&request);
    assert_eq!(connection.send_switch(&switching()), Err(UsageError::NoResponseDue), "the content is still to come");
    assert!(connection.transmit().is_empty());
    connection.recv(b"helloXYZ").unwrap();
    while !matches!(connection.poll_event(), Ok(Some(Event::End(_)))) {}
    connection.send_switch(&switching()).unwrap();
    assert_eq!(&connection.take_tunnel()[..], b"XYZ");
}

#[test]
fn t23_nothing_is_switched_to_that_was_not_asked_for() {
    let ok = || ResponseHead::new(StatusCode::OK);
    for (request, head) in [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", switching()),
        ("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n", switching()),
        ("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n", switching()),
        // RFC 9110 7.8: "A server MUST ignore an Upgrade header field that is received in an HTTP/1.0 request."
        ("GET / HTTP/1.0\r\nConnection: upgrade, keep-alive\r\nUpgrade: websocket\r\n\r\n", switching()),
        (UPGRADE, ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS)),
        (UPGRADE, ok()),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", ok()),
        (CONNECT, switching()),
        (CONNECT, ResponseHead::new(StatusCode::NOT_FOUND)),
    ] {
        let mut connection = asked(request);
        assert_eq!(connection.send_switch(&head), Err(UsageError::SwitchNotAsked), "{request:?} {head:?}");
        assert_eq!(connection.state(), State::Waiting);
        assert!(connection.transmit().is_empty());
        connection.respond(&ResponseHead::new(StatusCode::NOT_IMPLEMENTED), "x").unwrap();
    }
}

#[test]
fn t37_a_switch_has_no_framing_fields() {
    for (request, head) in [(UPGRADE, switching()), (CONNECT, ResponseHead::new(StatusCode::OK))] {
        for name in ["Content-Length", "Transfer-Encoding"] {
            let mut connection = asked(request);
            let framed = head.clone().field(name, "0").unwrap();
            assert_eq!(connection.send_switch(&framed), Err(UsageError::FramingField), "{name}");
        }
    }
}

#[test]
fn t23_a_tunnel_is_never_opened_by_an_ordinary_response() {
    let mut connection = asked(CONNECT);
    for status in 200..300 {
        let head = ResponseHead::new(StatusCode::new(status).unwrap());
        assert_eq!(connection.respond(&head, ""), Err(UsageError::ProtocolSwitch), "{status}");
    }
    connection.respond(&ResponseHead::new(StatusCode::METHOD_NOT_ALLOWED), "x").unwrap();
}
