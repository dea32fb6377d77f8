//! Every transition of the table, taken through the public interface.

use std::collections::HashSet;

use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{BodyLength, CloseReason, Config, Fields, ResponseHead, Signal, State, StatusCode, TRANSITIONS};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const POST: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";

fn head() -> ResponseHead {
    ResponseHead::new(StatusCode::OK)
}

fn idle() -> Connection {
    Connection::new(Config::default())
}

/// Takes events until there is none; faults are taken too.
fn poll(connection: &mut Connection) {
    while let Ok(Some(event)) = connection.poll_event() {
        if matches!(event, Event::Shutdown | Event::Closed) {
            break;
        }
    }
}

fn feed(connection: &mut Connection, octets: &[u8]) {
    connection.recv(octets).unwrap();
    poll(connection);
}

fn flush(connection: &mut Connection) {
    let len = connection.transmit().len();
    connection.transmit().consume(len);
    poll(connection);
}

fn fed(octets: &[u8]) -> Connection {
    let mut connection = idle();
    feed(&mut connection, octets);
    connection
}

fn receiving() -> Connection {
    fed(POST)
}

fn waiting() -> Connection {
    fed(GET)
}

fn answered(mut connection: Connection) -> Connection {
    connection.respond(&head(), "x").unwrap();
    connection
}

fn begun(mut connection: Connection) -> Connection {
    connection.send_response(&head(), BodyLength::Unknown).unwrap();
    connection
}

/// Waiting, with a request that asks for another protocol.
fn upgrading() -> Connection {
    fed(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
}

fn switch(connection: &mut Connection) {
    let head = ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS).field("Upgrade", "x").unwrap();
    connection.send_switch(&head).unwrap();
}

fn failed() -> Connection {
    fed(b"GET / HTTP/2.0\r\n\r\n")
}

/// Closing with everything still queued.
fn closing() -> Connection {
    let mut connection = failed();
    connection.respond(&head(), "x").unwrap();
    poll(&mut connection);
    connection
}

fn lingering() -> Connection {
    let mut connection = closing();
    flush(&mut connection);
    connection
}

/// How a script begins, what it does then, and the transitions this takes.
struct Script {
    from: fn() -> Connection,
    act: fn(&mut Connection),
    takes: &'static [Signal],
    reason: Option<CloseReason>,
}

const fn script(from: fn() -> Connection, act: fn(&mut Connection), takes: &'static [Signal]) -> Script {
    Script { from, act, takes, reason: None }
}

impl Script {
    const fn because(mut self, reason: CloseReason) -> Self {
        self.reason = Some(reason);
        self
    }
}

#[rustfmt::skip]
fn scripts() -> Vec<Script> {
    use basehttp_proto::ErrorKind;
    let interim = |c: &mut Connection| c.send_informational(StatusCode::EARLY_HINTS, &Fields::new()).unwrap();
    let respond = |c: &mut Connection| c.send_response(&head(), BodyLength::Unknown).unwrap();
    let finish = |c: &mut Connection| c.finish(&Fields::new()).unwrap();
    let abort = |c: &mut Connection| c.abort();
    let eof = |c: &mut Connection| { c.recv_eof(); poll(c); };
    let content = |c: &mut Connection| feed(c, b"hello");
    let aborted = CloseReason::Aborted;
    let incomplete = CloseReason::Fault(ErrorKind::Incomplete);
    let version = CloseReason::Fault(ErrorKind::VersionUnsupported);
    vec![
        script(idle, |c| feed(c, POST), &[Signal::RequestHead]),
        script(idle, Connection::shutdown, &[Signal::Close]).because(CloseReason::Shutdown),
        script(idle, |c| feed(c, b"GET / HTTP/2.0\r\n\r\n"), &[Signal::Fault]).because(version),
        script(idle, abort, &[Signal::Abort]).because(aborted),
        script(receiving, content, &[Signal::RequestEnd]),
        script(receiving, interim, &[Signal::Interim]),
        script(receiving, respond, &[Signal::ResponseHead]),
        script(receiving, eof, &[Signal::Fault]).because(incomplete),
        script(receiving, abort, &[Signal::Abort]).because(aborted),
        script(waiting, interim, &[Signal::Interim]),
        script(waiting, respond, &[Signal::ResponseHead]),
        script(waiting, abort, &[Signal::Abort]).because(aborted),
        script(|| begun(receiving()), content, &[Signal::RequestEnd]),
        script(|| begun(receiving()), finish, &[Signal::ResponseEnd]),
        script(|| begun(receiving()), eof, &[Signal::Fault]).because(incomplete),
        script(|| begun(receiving()), abort, &[Signal::Abort]).because(aborted),
        script(|| begun(waiting()), finish, &[Signal::ResponseEnd]),
        script(|| begun(waiting()), abort, &[Signal::Abort]).because(aborted),
        script(|| answered(receiving()), content, &[Signal::RequestEnd, Signal::Persist]),
        script(|| answered(receiving()), eof, &[Signal::Fault]).because(incomplete),
        script(|| answered(receiving()), |c| { c.shutdown(); poll(c); }, &[Signal::Close]).because(CloseReason::Shutdown),
        script(|| answered(receiving()), abort, &[Signal::Abort]).because(aborted),
        script(|| answered(waiting()), poll, &[Signal::Persist]),
        script(|| answered(waiting()), |c| { c.shutdown(); poll(c); }, &[Signal::Close]).because(CloseReason::Shutdown),
        script(|| answered(waiting()), abort, &[Signal::Abort]).because(aborted),
        script(failed, respond, &[Signal::ResponseHead]).because(version),
        script(failed, abort, &[Signal::Abort]).because(version),
        script(closing, flush, &[Signal::Flushed]).because(version),
        script(|| { let mut c = fed(b"GET / HTTP/1.0\r\n\r\n"); c.respond(&head(), "x").unwrap(); poll(&mut c); c }, flush,
            &[Signal::Over]).because(CloseReason::Http10),
        script(closing, abort, &[Signal::Abort]).because(version),
        script(upgrading, switch, &[Signal::Switch]),
        script(|| { let mut c = upgrading(); switch(&mut c); c }, abort, &[Signal::Abort]).because(aborted),
        script(lingering, eof, &[Signal::Over]).because(version),
        script(lingering, abort, &[Signal::Abort]).because(version),
    ]
}

#[test]
fn every_transition_is_taken() {
    let mut taken = HashSet::new();
    for script in scripts() {
        let mut connection = (script.from)();
        let before = connection.state();
        (script.act)(&mut connection);
        let mut state = before;
        for signal in script.takes {
            state = state.after(*signal).unwrap_or_else(|| panic!("{state:?} on {signal:?} is not in the table"));
        }
        for (at, signal) in script.takes.iter().enumerate() {
            let from = script.takes[..at].iter().fold(before, |state, signal| state.after(*signal).unwrap());
            taken.insert((from, *signal));
        }
        assert_eq!(connection.state(), state, "from {before:?} by {:?}", script.takes);
        assert_eq!(connection.close_reason(), script.reason, "from {before:?} by {:?}", script.takes);
    }
    let missing: Vec<&(State, Signal, State)> =
        TRANSITIONS.iter().filter(|(from, signal, _)| !taken.contains(&(*from, *signal))).collect();
    println!("{} of {} transitions", TRANSITIONS.len() - missing.len(), TRANSITIONS.len());
    assert!(missing.is_empty(), "not taken: {missing:?}");
}

/// A call that makes no sense says so and changes nothing, in every state.
#[test]
fn calls_out_of_place_change_nothing() {
    let states: [fn() -> Connection; 12] = [
        idle,
        receiving,
        waiting,
        || begun(receiving()),
        || begun(waiting()),
        || answered(receiving()),
        || answered(waiting()),
        failed,
        closing,
        lingering,
        upgrading,
        || {
            let mut connection = upgrading();
            switch(&mut connection);
            connection
        },
    ];
    type Call = (&'static str, fn(&mut Connection) -> bool);
    let calls: [Call; 8] = [
        ("recv", |c| c.recv(b"").is_ok()),
        ("send_informational", |c| c.send_informational(StatusCode::EARLY_HINTS, &Fields::new()).is_ok()),
        ("send_response", |c| c.send_response(&head(), BodyLength::Unknown).is_ok()),
        ("send_response 100", |c| {
            c.send_response(&ResponseHead::new(StatusCode::CONTINUE), BodyLength::Unknown).is_ok()
        }),
        ("send_switch", |c| c.send_switch(&head()).is_ok()),
        ("send_body", |c| c.send_body("x").is_ok()),
        ("send_body_external", |c| c.send_body_external(1).is_ok()),
        ("finish", |c| c.finish(&Fields::new()).is_ok()),
    ];
    for make in states {
        for (name, call) in calls {
            let (mut connection, untouched) = (make(), make());
            if !call(&mut connection) {
                let text = |c: &Connection| format!("{c:?}");
                assert_eq!(text(&connection), text(&untouched), "{name} in {:?}", untouched.state());
            }
        }
    }
}
