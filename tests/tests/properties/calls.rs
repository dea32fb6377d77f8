//! Calls in any order: none panics, none leaves the table of states, and the end stays the end (law 3, I5, I7).

use std::collections::HashSet;
use std::time::Duration;

use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{BodyLength, Config, Fields, Limits, ResponseHead, State, StatusCode, TRANSITIONS};
use proptest::collection::vec;
use proptest::prelude::*;

use super::config;

#[derive(Clone, Debug)]
enum Call {
    Recv(&'static str),
    Noise(Vec<u8>),
    Eof,
    Poll,
    Write(usize),
    Continue,
    Interim(u16),
    Response(u16, BodyLength),
    Body(usize),
    External(u64),
    ExternalSent(u64),
    Finish(bool),
    Respond,
    SendError,
    Switch,
    Shutdown,
    Abort,
    PollTimeout,
    HandleTimeout(u64),
}

fn call() -> impl Strategy<Value = Call> {
    let text = prop::sample::select(vec![
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "hello",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
        "GET / HT",
        "\r\n",
        "x",
    ]);
    let length = prop_oneof![
        (0..6u64).prop_map(BodyLength::Known),
        Just(BodyLength::Unknown),
        Just(BodyLength::Known(u64::MAX))
    ];
    prop_oneof![
        6 => text.prop_map(Call::Recv),
        1 => vec(any::<u8>(), 0..8).prop_map(Call::Noise),
        1 => Just(Call::Eof),
        10 => Just(Call::Poll),
        4 => (0usize..400).prop_map(Call::Write),
        1 => Just(Call::Continue),
        1 => (100u16..210).prop_map(Call::Interim),
        2 => (prop::sample::select(vec![200u16, 204, 205, 304, 500, 100]), length).prop_map(|(s, l)| Call::Response(s, l)),
        2 => (0usize..5000).prop_map(Call::Body),
        1 => prop_oneof![0..6u64, Just(u64::MAX)].prop_map(Call::External),
        1 => prop_oneof![0..6u64, Just(u64::MAX)].prop_map(Call::ExternalSent),
        2 => any::<bool>().prop_map(Call::Finish),
        4 => Just(Call::Respond),
        2 => Just(Call::SendError),
        1 => Just(Call::Switch),
        1 => Just(Call::Shutdown),
        1 => Just(Call::Abort),
        2 => Just(Call::PollTimeout),
        2 => prop_oneof![0..40_000u64, Just(u64::MAX)].prop_map(Call::HandleTimeout),
    ]
}

/// Every state that can be reached from this one by the table.
fn reachable(from: State) -> HashSet<State> {
    let mut found = HashSet::from([from]);
    while let Some((_, _, to)) = TRANSITIONS.iter().find(|(a, _, b)| found.contains(a) && !found.contains(b)) {
        found.insert(*to);
    }
    found
}

/// What a call returns is of no interest here.
fn ignore<T>(_: T) {}

/// Makes the call.
fn make(connection: &mut Connection, call: &Call, now: &mut Duration) {
    let head = |status: u16| ResponseHead::new(StatusCode::new(status).unwrap());
    match call {
        Call::Recv(text) => ignore(connection.recv(text.as_bytes())),
        Call::Noise(octets) => ignore(connection.recv(octets)),
        Call::Eof => connection.recv_eof(),
        Call::Poll => ignore(connection.poll_event()),
        Call::Write(len) => connection.transmit().consume(*len),
        Call::Continue => connection.send_continue(),
        Call::Interim(status) => {
            ignore(connection.send_informational(StatusCode::new(*status).unwrap(), &Fields::new()));
        }
        Call::Response(status, length) => ignore(connection.send_response(&head(*status), *length)),
        Call::Body(len) => ignore(connection.send_body(vec![b'x'; *len])),
        Call::External(len) => ignore(connection.send_body_external(*len)),
        Call::ExternalSent(len) => connection.external_sent(*len),
        Call::Finish(with_trailers) => {
            let mut trailers = Fields::new();
            if *with_trailers {
                trailers.append("X", "y").unwrap();
            }
            ignore(connection.finish(&trailers));
        }
        Call::Respond => ignore(connection.respond(&head(200), "hello")),
        Call::SendError => {
            if let Err(error) = connection.poll_event() {
                ignore(connection.send_error(&error));
            }
        }
        Call::Switch => {
            for status in [101, 200] {
                ignore(connection.send_switch(&head(status).field("Upgrade", "x").unwrap()));
            }
        }
        Call::Shutdown => connection.shutdown(),
        Call::Abort => connection.abort(),
        Call::PollTimeout => {
            let deadline = connection.poll_timeout(*now);
            *now = deadline.unwrap_or(*now).max(*now);
        }
        Call::HandleTimeout(ms) => {
            *now = now.saturating_add(Duration::from_millis(*ms));
            connection.handle_timeout(*now);
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_calls_in_any_order(calls in vec(call(), 0..100)) {
        let limits = Limits { head: 200, chunk_line: 20, drain: 8, requests: 5, content: 50, ..Limits::default() };
        let mut connection = Connection::new(Config { limits, ..Config::default() });
        let mut now = Duration::ZERO;
        let mut reason = None;
        for call in &calls {
            let before = connection.state();
            make(&mut connection, call, &mut now);
            prop_assert!(reachable(before).contains(&connection.state()), "{:?}: {:?} to {:?}", call, before, connection.state());
            prop_assert!(reason.is_none() || reason == connection.close_reason(), "the first reason stands");
            reason = connection.close_reason();
            if before == State::Closed {
                prop_assert!(matches!(connection.poll_event(), Ok(Some(Event::Closed))));
                prop_assert!(!connection.wants_read());
            }
        }
        // However it stands, a connection that is given up is over.
        connection.abort();
        prop_assert!(matches!(connection.poll_event(), Ok(Some(Event::Closed))), "{:?}", connection.state());
        prop_assert!(connection.transmit().is_empty() && connection.external() == 0);
    }

    /// P26, I7: a peer that ends its stream and takes everything sees the end in few steps, whatever came before.
    #[test]
    fn every_connection_comes_to_its_end(calls in vec(call(), 0..60)) {
        let mut connection = Connection::new(Config::default());
        let mut now = Duration::ZERO;
        calls.iter().for_each(|call| make(&mut connection, call, &mut now));
        connection.recv_eof();
        for _ in 0..200 {
            connection.external_sent(u64::MAX);
            let len = connection.transmit().len();
            connection.transmit().consume(len);
            match connection.poll_event() {
                Ok(Some(Event::Closed)) => return Ok(()),
                Err(error) if connection.send_error(&error).is_ok() => {}
                _ => {}
            }
            let _ = connection.respond(&ResponseHead::new(StatusCode::NOT_FOUND), "x");
            let ended = connection.finish(&Fields::new());
            // Content that cannot be ended and another protocol are for the caller to give up.
            let is_stuck = ended == Err(basehttp_proto::UsageError::ContentShort);
            if is_stuck || connection.state() == State::Tunnel {
                connection.abort();
            }
        }
        prop_assert!(false, "still {:?}", connection.state());
    }
}
