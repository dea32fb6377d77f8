//! Informational responses, and 100 among them (RFC 9110 10.1.1 and 15.2).

use basehttp_proto::server::Event;
use basehttp_proto::{BodyLength, Fields, ResponseHead, State, StatusCode, UsageError};
use basehttp_tests::reference::{self, Message, Question};

use super::{asked, begun, written};

const WAITS: &str = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";

fn head(status: StatusCode) -> ResponseHead {
    ResponseHead::new(status)
}

fn statuses(output: &[u8]) -> Vec<u16> {
    let asked = [Question { method: b"POST".to_vec(), is_http10: false, upgrade: true }];
    let messages =
        reference::read(output, &asked, false).unwrap_or_else(|why| panic!("{why}: {}", output.escape_ascii()));
    messages.iter().filter_map(Message::status).collect()
}

#[test]
fn any_number_of_informational_responses_comes_before_the_final_one() {
    let mut connection = asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut hints = Fields::new();
    hints.append("Link", "</a.css>; rel=preload").unwrap();
    for status in [StatusCode::PROCESSING, StatusCode::EARLY_HINTS, StatusCode::EARLY_HINTS] {
        connection.send_informational(status, &hints).unwrap();
    }
    connection.respond(&head(StatusCode::OK), "x").unwrap();
    assert_eq!(statuses(&written(&mut connection)), [102, 103, 103, 200]);
}

#[test]
fn what_is_not_informational_is_refused() {
    let mut connection = asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    for code in [101, 200, 204, 304, 500, 999] {
        let status = StatusCode::new(code).unwrap();
        assert_eq!(connection.send_informational(status, &Fields::new()), Err(UsageError::StatusClass), "{code}");
    }
    for code in 100..200 {
        let refused = connection.send_response(&head(StatusCode::new(code).unwrap()), BodyLength::Known(0));
        assert_eq!(refused, Err(UsageError::StatusClass), "{code}");
    }
    for name in ["Transfer-Encoding", "Content-Length"] {
        let mut fields = Fields::new();
        fields.append(name, "0").unwrap();
        let refused = connection.send_informational(StatusCode::EARLY_HINTS, &fields);
        assert_eq!(refused, Err(UsageError::FramingField), "{name}");
    }
    assert!(connection.transmit().is_empty());
}

#[test]
fn an_informational_response_comes_before_the_final_one_or_not_at_all() {
    let mut connection = asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    connection.send_response(&head(StatusCode::OK), BodyLength::Known(1)).unwrap();
    let late = connection.send_informational(StatusCode::EARLY_HINTS, &Fields::new());
    assert_eq!(late, Err(UsageError::NoResponseDue));
    connection.send_body("x").unwrap();
    connection.finish(&Fields::new()).unwrap();
    assert_eq!(statuses(&written(&mut connection)), [200]);
}

#[test]
fn t22_a_client_that_waits_is_told_once() {
    let mut connection = begun(WAITS);
    assert!(connection.expects_continue());
    connection.send_continue();
    assert!(!connection.expects_continue());
    connection.send_continue();
    assert_eq!(written(&mut connection), b"HTTP/1.1 100 Continue\r\n\r\n");
}

#[test]
fn t22_a_100_sent_by_hand_counts() {
    let mut connection = begun(WAITS);
    connection.send_informational(StatusCode::CONTINUE, &Fields::new()).unwrap();
    assert!(!connection.expects_continue());
    connection.send_continue();
    assert_eq!(written(&mut connection), b"HTTP/1.1 100 Continue\r\n\r\n");
}

#[test]
fn t22_another_informational_response_is_no_permission() {
    let mut connection = begun(WAITS);
    connection.send_informational(StatusCode::EARLY_HINTS, &Fields::new()).unwrap();
    assert!(connection.expects_continue());
}

#[test]
fn t22_who_does_not_wait_is_told_nothing() {
    for request in [
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
        "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    ] {
        let mut connection = begun(request);
        assert!(!connection.expects_continue(), "{request:?}");
        connection.send_continue();
        assert!(connection.transmit().is_empty(), "{request:?}");
    }
}

#[test]
fn t22_who_sends_content_does_not_wait_any_more() {
    let mut connection = begun(WAITS);
    connection.recv(b"he").unwrap();
    assert!(matches!(connection.poll_event(), Ok(Some(Event::Body(_)))));
    assert!(!connection.expects_continue());
    connection.send_continue();
    assert!(connection.transmit().is_empty());
}

/// RFC 9110 10.1.1: a final response in the place of 100 leaves it open whether the content comes, so the connection
/// closes. After a 100, or once content has begun to come, it is drained and the connection goes on.
#[test]
fn t22_a_final_response_instead_of_100_closes() {
    let answer = |before: &dyn Fn(&mut basehttp_proto::server::Connection)| {
        let mut connection = begun(WAITS);
        before(&mut connection);
        connection.respond(&head(StatusCode::CONTENT_TOO_LARGE), "x").unwrap();
        let output = written(&mut connection);
        (String::from_utf8(output).unwrap().contains("\r\nConnection: close\r\n"), connection)
    };
    let (closes, mut connection) = answer(&|_| {});
    assert!(closes);
    assert!(matches!(connection.poll_event(), Ok(Some(Event::Shutdown))));
    connection.recv(b"helloGET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(matches!(connection.poll_event(), Ok(None)), "nothing that comes then is looked at");
    assert_eq!(connection.state(), State::Lingering);

    let (closes, mut connection) = answer(&|connection| connection.send_continue());
    assert!(!closes, "the content is on its way");
    assert!(matches!(connection.poll_event(), Ok(None)));
    connection.recv(b"helloGET /next HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(matches!(connection.poll_event(), Ok(Some(Event::Request(head))) if head.target() == "/next"));

    let (closes, _) = answer(&|connection| {
        connection.recv(b"h").unwrap();
        assert!(matches!(connection.poll_event(), Ok(Some(Event::Body(_)))));
    });
    assert!(!closes, "the content has begun to come");
}
