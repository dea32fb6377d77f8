//! Responses, the end of a connection, its age, and deadlines that are over.

use std::time::Duration;

use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{BodyLength, CloseReason, Config, ErrorKind, Fields, ResponseHead, State, StatusCode, Timeouts};

use super::{
    GET, after_one_exchange, assert_408, assert_silent, connection, event, exchange, ms, ok, receiving, secs, write,
};

// Sending.

/// A connection with a response of `len` octets queued, at the time zero.
fn sending(len: usize) -> Connection {
    let mut connection = connection();
    connection.recv(GET).unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Request(_))));
    assert!(matches!(event(&mut connection), Some(Event::End(_))));
    connection.respond(&ok(), vec![b'x'; len]).unwrap();
    connection.poll_timeout(Duration::ZERO);
    connection
}

#[test]
fn t47_a_peer_that_takes_nothing() {
    let mut connection = sending(1_000_000);
    assert_eq!(connection.poll_timeout(secs(1)), Some(secs(10)));
    connection.handle_timeout(ms(9_999));
    assert_eq!(connection.state(), State::Complete);
    connection.handle_timeout(secs(10));
    assert_eq!((connection.state(), connection.close_reason()), (State::Closed, Some(CloseReason::SendTimeout)));
    assert!(connection.transmit().is_empty(), "what is queued is given up");
    assert!(matches!(connection.poll_event(), Ok(Some(Event::Closed))));
}

#[test]
fn t47_a_peer_that_stops_taking() {
    let mut connection = sending(2_000_000);
    connection.transmit().consume(1_000_000);
    assert_eq!(connection.poll_timeout(secs(1)), Some(secs(31)));
    connection.handle_timeout(secs(31));
    assert_eq!(connection.close_reason(), Some(CloseReason::SendTimeout));
}

#[test]
fn t47_a_slow_reader_is_cut_and_an_honest_one_is_not() {
    for (rate, cut) in [(1, Some(10..=11)), (400, Some(45..=51)), (600, None)] {
        let mut connection = sending(1_000_000);
        let found = (1..=600).find(|&second| {
            connection.handle_timeout(secs(second));
            connection.transmit().consume(rate);
            connection.poll_timeout(secs(second));
            connection.close_reason().is_some()
        });
        match cut {
            Some(cut) => assert!(found.is_some_and(|at| cut.contains(&at)), "{rate}: {found:?}"),
            None => assert_eq!(found, None, "{rate}"),
        }
    }
}

#[test]
fn t47_octets_that_the_caller_sends_itself_count() {
    let mut connection = connection();
    connection.recv(GET).unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Request(_))));
    assert!(matches!(event(&mut connection), Some(Event::End(_))));
    connection.send_response(&ok(), BodyLength::Known(100_000)).unwrap();
    connection.send_body_external(100_000).unwrap();
    write(&mut connection);
    assert_eq!(connection.poll_timeout(Duration::ZERO), Some(secs(10)), "a peer that takes nothing");
    connection.external_sent(50_000);
    assert_eq!(connection.poll_timeout(secs(1)), Some(secs(31)));
    connection.external_sent(50_000);
    connection.finish(&Fields::new()).unwrap();
    assert_eq!(connection.poll_timeout(secs(2)), None, "all is sent");
}

#[test]
fn a_response_that_the_server_is_still_working_on_has_no_deadline() {
    let mut connection = connection();
    connection.recv(GET).unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Request(_))));
    assert!(matches!(event(&mut connection), Some(Event::End(_))));
    assert_eq!(connection.poll_timeout(secs(1)), None);
    connection.send_response(&ok(), BodyLength::Unknown).unwrap();
    write(&mut connection);
    assert_eq!(connection.poll_timeout(secs(1000)), None);
    connection.send_body("x").unwrap();
    assert_eq!(connection.poll_timeout(secs(2000)), Some(secs(2010)), "a piece that waits to be taken has one");
}

// Lingering.

/// A connection that has told a fault and was shut down for sending, at the time zero.
fn lingering() -> Connection {
    let mut connection = connection();
    connection.recv(b"GET / HTTP/2.0\r\n\r\n").unwrap();
    let error = connection.poll_event().expect_err("another version");
    connection.send_error(&error).unwrap();
    write(&mut connection);
    assert!(matches!(connection.poll_event(), Ok(Some(Event::Shutdown))));
    connection.poll_timeout(Duration::ZERO);
    connection
}

#[test]
fn t59_a_peer_that_goes_silent_is_waited_for_two_seconds() {
    let mut connection = lingering();
    assert_eq!(connection.poll_timeout(Duration::ZERO), Some(secs(2)));
    connection.handle_timeout(ms(1_999));
    assert_eq!(connection.state(), State::Lingering);
    connection.handle_timeout(secs(2));
    assert!(matches!(connection.poll_event(), Ok(Some(Event::Closed))));
}

#[test]
fn t59_a_slow_drip_cannot_hold_the_end_beyond_ten_seconds() {
    let mut connection = lingering();
    for second in 1..=9 {
        connection.recv(b"x").unwrap();
        assert!(event(&mut connection).is_none());
        connection.handle_timeout(secs(second));
        assert_eq!(connection.poll_timeout(secs(second)), Some(secs((second + 2).min(10))));
    }
    connection.recv(b"x").unwrap();
    assert!(event(&mut connection).is_none());
    connection.handle_timeout(secs(10));
    assert!(matches!(connection.poll_event(), Ok(Some(Event::Closed))));
}

/// Where the response already says that the connection closes, unread content is not waited for: only the linger is.
#[test]
fn t59_unread_content_does_not_hold_a_connection_that_closes() {
    let mut connection = connection();
    connection.recv(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n").unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Request(_))));
    connection.respond(&ResponseHead::new(StatusCode::CONTENT_TOO_LARGE), "x").unwrap();
    write(&mut connection);
    assert!(matches!(connection.poll_event(), Ok(Some(Event::Shutdown))));
    assert_eq!(connection.poll_timeout(Duration::ZERO), Some(secs(2)));
}

/// A peer that asked for the close is believed to send no more, unless it has already been heard to.
#[test]
fn t59_only_a_peer_that_may_still_be_sending_is_lingered_for() {
    let close = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ";
    for (input, lingers) in [
        (format!("{close}0\r\n\r\n"), false),
        (format!("{close}5\r\n\r\nhello"), false),
        (format!("{close}5\r\n\r\nhello\r\n"), true),
        (format!("{close}5\r\n\r\nhelloGET / HTTP/1.1\r\n"), true),
        (format!("{close}5\r\n\r\n"), true),
        (format!("{close}5\r\n\r\nhel"), true),
        (String::from("GET / HTTP/1.0\r\n\r\n"), false),
        (String::from("GET / HTTP/1.0\r\n\r\nGET"), true),
    ] {
        let mut connection = connection();
        connection.recv(input.as_bytes()).unwrap();
        assert!(matches!(event(&mut connection), Some(Event::Request(_))));
        // Content that has come is read; what has not is left unread.
        while !matches!(connection.poll_event(), Ok(None | Some(Event::End(_)))) {}
        connection.respond(&ok(), "x").unwrap();
        write(&mut connection);
        let told = connection.poll_event();
        assert_eq!(matches!(told, Ok(Some(Event::Shutdown))), lingers, "{input:?}: {told:?}");
        assert_eq!(matches!(told, Ok(Some(Event::Closed))), !lingers, "{input:?}: {told:?}");
    }
}

// The connection as a whole.

#[test]
fn an_old_connection_takes_one_more_request_and_says_so() {
    let mut connection = after_one_exchange(secs(1));
    connection.poll_timeout(secs(3599));
    assert_eq!(connection.close_reason(), None);
    connection.poll_timeout(secs(3600));
    assert_eq!(connection.close_reason(), Some(CloseReason::Age));
    connection.recv(GET).unwrap();
    let output = String::from_utf8(exchange(&mut connection)).unwrap();
    assert!(output.contains("\r\nConnection: close\r\n"), "{output}");
}

#[test]
fn a_connection_that_grew_old_while_it_was_idle_says_so_too() {
    let mut connection = after_one_exchange(secs(1));
    // A request comes before the idle deadline does; nobody asks for another one in between.
    connection.recv(GET).unwrap();
    connection.handle_timeout(secs(3600));
    let output = String::from_utf8(exchange(&mut connection)).unwrap();
    assert!(output.contains("\r\nConnection: close\r\n"), "{output}");
}

#[test]
fn never_is_the_longest_duration_and_zero_is_at_once() {
    let never = Timeouts { head: Duration::MAX, idle: Duration::MAX, ..Timeouts::default() };
    let mut connection = Connection::new(Config { timeouts: never, ..Config::default() });
    assert_eq!(connection.poll_timeout(secs(1)), None);
    connection.handle_timeout(Duration::MAX);
    assert_eq!(connection.state(), State::Idle);

    let at_once = Timeouts { head: Duration::ZERO, ..Timeouts::default() };
    let mut connection = Connection::new(Config { timeouts: at_once, ..Config::default() });
    assert_eq!(connection.poll_timeout(secs(1)), Some(secs(1)));
    connection.handle_timeout(secs(1));
    assert_silent(&mut connection, CloseReason::Idle);
}

#[test]
fn any_clock_that_moves_on_will_do() {
    let start = secs(1_000_000_000);
    let mut connection = connection();
    assert_eq!(connection.poll_timeout(start), Some(start + secs(10)));
    connection.handle_timeout(start + secs(9));
    assert_eq!((connection.state(), connection.close_reason()), (State::Idle, None));
}

// Deadlines of a wait that is over.

#[test]
fn a_deadline_of_the_head_means_nothing_once_the_request_is_there() {
    let mut connection = connection();
    connection.poll_timeout(Duration::ZERO);
    connection.recv(&[GET, GET].concat()).unwrap();
    assert!(matches!(event(&mut connection), Some(Event::Request(_))));
    assert!(matches!(event(&mut connection), Some(Event::End(_))));
    // The handler took its time, and the caller looks at the clock before it asks for the next deadline.
    connection.handle_timeout(secs(60));
    assert_eq!((connection.state(), connection.close_reason()), (State::Waiting, None));
    connection.respond(&ok(), "x").unwrap();
    let output = String::from_utf8(write(&mut connection)).unwrap();
    assert!(!output.contains("Connection:"), "{output}");
}

#[test]
fn a_deadline_of_the_head_does_not_replace_a_fault() {
    for input in [&b"GET / HTTP/2.0\r\n\r\n"[..], b"GET / HTTP/1.1\r\n\r\n"] {
        let mut connection = connection();
        connection.poll_timeout(Duration::ZERO);
        connection.recv(input).unwrap();
        let error = connection.poll_event().expect_err("a fault");
        connection.handle_timeout(secs(60));
        assert_eq!(connection.poll_event().expect_err("the same"), error);
        assert_eq!(connection.state(), State::Failed);
        connection.send_error(&error).unwrap();
    }
}

#[test]
fn a_deadline_of_an_earlier_exchange_means_nothing_in_a_later_one() {
    let mut connection = connection();
    connection.poll_timeout(Duration::ZERO);
    connection.recv(&[GET, b"GET /"].concat()).unwrap();
    exchange(&mut connection);
    connection.handle_timeout(secs(60));
    assert_eq!((connection.state(), connection.close_reason()), (State::Idle, None));
    assert_eq!(connection.poll_timeout(secs(60)), Some(secs(70)));
}

#[test]
fn a_deadline_of_sending_means_nothing_once_all_is_sent() {
    let mut connection = sending(100);
    write(&mut connection);
    connection.handle_timeout(secs(60));
    assert_eq!(connection.close_reason(), None);
}

#[test]
fn a_timeout_is_told_once() {
    let mut connection = receiving(100);
    connection.handle_timeout(secs(10));
    connection.handle_timeout(secs(10));
    connection.handle_timeout(secs(100));
    assert_408(&mut connection, ErrorKind::ContentTimeout);
}
