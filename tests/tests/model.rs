//! A server connection held against the model of it, after each of any number of random actions.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{BodyLength, CloseReason, Config, Fields, ResponseHead, StatusCode};
use basehttp_tests::model::{Ask, DRAIN, Model, REQUESTS, Symbol, Told};
use proptest::prelude::*;

/// What can happen to a connection.
#[derive(Clone, Copy, Debug)]
enum Action {
    /// The peer sends what makes sense now, or with `false` what does not.
    Peer(Ask, u8, bool),
    Eof,
    /// So many milliseconds go by.
    Time(u64),
    Poll,
    Head,
    Body,
    Finish,
    Continue,
    Write,
    Shutdown,
    Abort,
}

/// What the peer has to send next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Between,
    Half,
    Octets(u64),
    Chunks,
    /// It sent what makes no sense, and whatever it sends now makes none either.
    Broken,
}

impl Phase {
    fn next(&mut self, ask: Ask, choice: u8, makes_sense: bool) -> Symbol {
        let (symbol, next) = match *self {
            Self::Octets(left) => (Symbol::Octet, if left > 1 { Self::Octets(left - 1) } else { Self::Between }),
            Self::Broken => (Symbol::Garbage, Self::Broken),
            _ if !makes_sense => (Symbol::Garbage, Self::Broken),
            Self::Between if choice == 0 => (Symbol::Half, Self::Half),
            Self::Half => (Symbol::Rest, Self::Between),
            Self::Chunks if choice < 2 => (Symbol::Last, Self::Between),
            Self::Chunks => (Symbol::Chunk, Self::Chunks),
            Self::Between => match ask.content {
                None => (Symbol::Head(ask), Self::Chunks),
                Some(0) => (Symbol::Head(ask), Self::Between),
                Some(octets) => (Symbol::Head(ask), Self::Octets(octets)),
            },
        };
        *self = next;
        symbol
    }
}

fn action() -> impl Strategy<Value = Action> {
    let content = prop_oneof![3 => Just(Some(0)), 2 => (1..5_u64).prop_map(Some), 2 => Just(None)];
    let rare = || prop::bool::weighted(0.1);
    let ask = (content, rare(), rare(), prop::bool::weighted(0.2)).prop_map(|(content, is_http10, closes, waits)| {
        // HTTP/1.0 has no chunks.
        let content = if is_http10 { content.or(Some(3)) } else { content };
        Ask { content, is_http10, closes, waits }
    });
    let time =
        prop_oneof![3 => 0..100_u64, 2 => 500..4000_u64, 1 => prop::sample::select(vec![2000, 10_000, 15_000, 30_000])];
    prop_oneof![
        12 => (ask, 0..5_u8, prop::bool::weighted(0.97)).prop_map(|(ask, choice, sense)| Action::Peer(ask, choice, sense)),
        12 => Just(Action::Poll),
        4 => Just(Action::Head),
        2 => Just(Action::Body),
        5 => Just(Action::Finish),
        2 => Just(Action::Continue),
        6 => Just(Action::Write),
        5 => time.prop_map(Action::Time),
        1 => Just(Action::Eof),
        1 => prop::sample::select(vec![Action::Shutdown, Action::Shutdown, Action::Abort]),
    ]
}

fn told(connection: &mut Connection) -> Told {
    match connection.poll_event() {
        Ok(None) => Told::Nothing,
        Ok(Some(Event::Request(_))) => Told::Request,
        Ok(Some(Event::Body(octets))) => Told::Body(octets.len() as u64),
        Ok(Some(Event::End(_))) => Told::End,
        Ok(Some(Event::Shutdown)) => Told::Shutdown,
        Ok(Some(Event::Closed)) => Told::Closed,
        Err(_) => Told::Error,
    }
}

/// Which fault it was is not modelled.
fn class(reason: Option<CloseReason>) -> String {
    match reason {
        Some(CloseReason::Fault(_)) => String::from("Fault"),
        reason => format!("{reason:?}"),
    }
}

/// Does the same to both; what each made of it.
fn act(
    action: Action,
    real: &mut Connection,
    model: &mut Model,
    phase: &mut Phase,
    now: &mut Duration,
) -> (Told, Told) {
    // A call that is refused is told as an error by both.
    let call = |done: bool| if done { Told::Nothing } else { Told::Error };
    match action {
        Action::Peer(..) if !model.wants_read() => {}
        Action::Peer(ask, choice, makes_sense) => {
            let symbol = phase.next(ask, choice, makes_sense);
            model.recv(symbol);
            real.recv(&symbol.octets()).expect("octets are wanted");
        }
        Action::Eof => {
            model.recv_eof();
            real.recv_eof();
        }
        Action::Time(millis) => {
            *now += Duration::from_millis(millis);
            model.handle_timeout(*now);
            real.handle_timeout(*now);
        }
        Action::Poll => return (told(real), model.poll_event()),
        Action::Head => {
            let sent = real.send_response(&ResponseHead::new(StatusCode::OK), BodyLength::Unknown).is_ok();
            return (call(sent), call(model.send_response()));
        }
        Action::Body => return (call(real.send_body("x").is_ok()), call(model.send_body())),
        Action::Finish => return (call(real.finish(&Fields::new()).is_ok()), call(model.finish())),
        Action::Continue => {
            model.send_continue();
            real.send_continue();
        }
        Action::Write => {
            model.is_queued = false;
            while !real.transmit().is_empty() {
                let len = real.transmit().chunk().len();
                real.transmit().consume(len);
            }
        }
        Action::Shutdown => {
            model.shutdown();
            real.shutdown();
        }
        Action::Abort => {
            model.abort(CloseReason::Aborted);
            real.abort();
        }
    }
    (Told::Nothing, Told::Nothing)
}

fn compare(actions: &[Action]) {
    let mut config = Config::default();
    (config.limits.requests, config.limits.drain, config.timeouts.rate) = (REQUESTS, DRAIN, 0);
    let (mut real, mut model) = (Connection::new(config), Model::new());
    let (mut phase, mut now) = (Phase::Between, Duration::ZERO);
    for (place, action) in actions.iter().enumerate() {
        assert_eq!(real.poll_timeout(now), model.poll_timeout(now), "before action {place} of {actions:?}");
        let (told, expected) = act(*action, &mut real, &mut model, &mut phase, &mut now);
        let seen = (told, real.state(), class(real.close_reason()), real.wants_read(), !real.transmit().is_empty());
        let modelled = (expected, model.state, class(model.reason), model.wants_read(), model.is_queued);
        assert_eq!(seen, modelled, "after action {place} of {actions:?}\n{model:?}");
    }
}

/// What random actions come upon too seldom: content that stops while the response is sent already, and is told then.
#[test]
fn content_that_stops_within_its_response() {
    let ask = Ask { content: Some(3), ..Ask::GET };
    let begin = [Action::Peer(ask, 4, true), Action::Poll, Action::Head, Action::Write, Action::Time(30_000)];
    for end in [[Action::Poll, Action::Poll, Action::Finish], [Action::Finish, Action::Poll, Action::Poll]] {
        compare(&begin.into_iter().chain(end).chain([Action::Write, Action::Poll, Action::Poll]).collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_connection_does_what_the_model_does(actions in prop::collection::vec(action(), 1..60)) {
        compare(&actions);
    }

    /// A peer that is refused and goes on sending, a little at a time: what is waited for after the end.
    #[test]
    fn a_peer_that_never_stops(start in prop::collection::vec(action(), 0..10), waits in prop::collection::vec(1..2500_u64, 20)) {
        let garbage = Action::Peer(Ask::GET, 4, false);
        let refused = [Action::Poll, garbage, Action::Poll, Action::Head, Action::Finish, Action::Write, Action::Poll];
        let drips = waits.into_iter().flat_map(|wait| [Action::Time(wait), garbage]);
        compare(&start.into_iter().chain(refused).chain([Action::Poll]).chain(drips).collect::<Vec<_>>());
    }
}
