//! A client whose server sends anything and whose caller does anything: what is written are well-formed requests, an
//! error or an end is the last thing told, and a connection is taken up again only where everything is clean.

use std::sync::Arc;
use std::time::Duration;

use basehttp_proto::client::{Connection, Event};
use basehttp_proto::{
    BodyLength, Config, Fields, Limits, Method, ProtocolError, RequestHead, State, UsageError, Version,
};
use bytes::BufMut as _;

use super::agreement::bounds;
use super::choices::Choices;
use crate::escape::escape;
use crate::reference_parser::{self as reference, Bounds, Start, Stop};

/// The first 16 octets of `input` decide what the caller does and when, the others are what the server sends.
///
/// # Panics
///
/// When a law is broken.
pub fn client_connection(input: &[u8]) {
    let (mut choices, stream) = Choices::split(input);
    let limits =
        Limits { pipelined: choices.pick(&[1, 1, 3]), ..choices.pick(&[Limits::client(), super::splitting::small()]) };
    let config = Arc::new(Config { limits, ..Config::client() });
    let mut client = Client {
        connection: Connection::new(config),
        choices,
        now: Duration::ZERO,
        output: Vec::new(),
        sent: Vec::new(),
        error: None,
        is_over: false,
        gave_up: false,
        answered: 0,
        heard: 0,
        heard_of_this: false,
        fed: 0,
    };
    client.run(stream);
    client.check(stream);
}

/// A request as it was meant.
#[derive(Debug)]
struct Sent {
    method: Method,
    target: String,
    length: BodyLength,
    content: Vec<u8>,
    has_trailers: bool,
    is_finished: bool,
    expects: bool,
}

struct Client<'a> {
    connection: Connection,
    choices: Choices<'a>,
    now: Duration,
    output: Vec<u8>,
    sent: Vec<Sent>,
    error: Option<ProtocolError>,
    is_over: bool,
    /// Whether the caller gave up something that was begun.
    gave_up: bool,
    answered: usize,
    /// Octets of content that were told.
    heard: usize,
    /// Whether something of the answer to the oldest request was told.
    heard_of_this: bool,
    fed: usize,
}

impl Client<'_> {
    fn run(&mut self, stream: &[u8]) {
        let mut rest = stream;
        let mut idle = 0;
        for _ in 0..300 + 3 * stream.len() {
            self.write();
            self.time();
            self.poll();
            self.reuse();
            if self.connection.state() == State::Tunnel {
                self.heard += self.connection.take_tunnel().len();
                break;
            }
            idle += 1;
            match self.choices.below(8) {
                0 | 1 => self.ask(),
                2 | 3 => self.go_on(),
                4 if self.choices.once_in(24) => self.give_up(),
                _ if self.connection.wants_read() && !rest.is_empty() => {
                    idle = 0;
                    let (piece, after) = rest.split_at(self.choices.length().min(rest.len()));
                    if self.choices.once_in(3) {
                        // What gives memory back changes nothing else.
                        self.connection.release();
                        self.connection.recv_buf(piece.len()).put_slice(piece);
                    } else {
                        self.connection.recv(piece).expect("octets are wanted");
                    }
                    self.fed += piece.len();
                    rest = after;
                }
                _ if rest.is_empty() && self.choices.once_in(16) => self.connection.recv_eof(),
                _ => {}
            }
            if idle > 60 {
                break;
            }
        }
        while !self.connection.transmit().is_empty() {
            self.write();
        }
    }

    fn poll(&mut self) {
        let polled = self.connection.poll_event();
        if let Some(error) = self.error {
            assert_eq!(polled.err(), Some(error), "an error stays");
            return;
        }
        match polled {
            Err(error) => self.error = Some(error),
            Ok(None) => assert!(!self.is_over, "the end stays the end"),
            Ok(Some(event)) => {
                assert!(!self.is_over || matches!(event, Event::Closed), "{event:?} after the end");
                self.event(event);
            }
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Informational(_) => self.heard_of_this = true,
            Event::Response(_) | Event::Tunnel(_) => {
                self.heard_of_this = true;
                self.answered += 1;
                assert!(self.answered <= self.sent.len(), "more answers than requests");
            }
            Event::Body(octets) => {
                self.heard += octets.len();
                assert!(!octets.is_empty() && self.heard <= self.fed, "content that was sent");
            }
            Event::End(_) => self.heard_of_this = false,
            Event::Closed => self.is_over = true,
        }
    }

    /// What may be done with the connection is told truly.
    fn reuse(&mut self) {
        if self.connection.is_reusable() {
            assert!(self.error.is_none() && !self.is_over && !self.gave_up, "reuse after the end");
            assert_eq!(self.connection.unanswered(), 0, "reuse before the answer");
            assert_eq!(self.answered, self.sent.len(), "reuse before the answer");
            assert!(self.sent.iter().all(|sent| sent.is_finished), "reuse before the end of a request");
        }
        if self.connection.is_retriable() {
            assert!(!self.heard_of_this, "a second try although an answer has begun");
            let oldest = self.sent.len() - self.connection.unanswered();
            assert!(self.sent[oldest].method.is_idempotent(), "a second try of what must not be done twice");
        }
    }

    fn ask(&mut self) {
        let number = self.sent.len();
        let method = self.choices.pick(&[Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::CONNECT]);
        let target = if method == Method::CONNECT { String::from("a:80") } else { format!("/{number}") };
        let mut head = RequestHead::build(method, &target).and_then(|h| h.field("Host", "a")).expect("a request");
        let length = self.choices.pick(&[
            BodyLength::Known(0),
            BodyLength::Known(0),
            BodyLength::Known(0),
            BodyLength::Known(5),
            BodyLength::Unknown,
        ]);
        let expects = length != BodyLength::Known(0) && self.choices.once_in(4);
        for (once_in, name, value) in [
            (if expects { 1 } else { 256 }, "Expect", "100-continue"),
            (12, "Connection", "close"),
            (12, "Connection", "upgrade"),
            (3, "Upgrade", "x"),
        ] {
            if once_in == 1 || (once_in < 256 && self.choices.once_in(once_in)) {
                head.fields_mut().append(name, value).expect("a field");
            }
        }
        if self.choices.once_in(12) {
            head = head.with_version(Version::Http10);
        }
        let before = (self.connection.state(), self.connection.transmit().len());
        match self.connection.send_request(&head, length) {
            Ok(()) => {
                assert!(self.error.is_none() && !self.is_over, "a request after the end");
                if self.connection.unanswered() == 1 {
                    self.heard_of_this = false;
                }
                let content = Vec::new();
                let has_trailers = length == BodyLength::Unknown && self.choices.once_in(3);
                let is_finished = false;
                self.sent.push(Sent { method, target, length, content, has_trailers, is_finished, expects });
            }
            Err(error) => {
                let known = [UsageError::NoRequestDue, UsageError::LengthRequired];
                assert!(known.contains(&error), "{error}");
                assert_eq!(before, (self.connection.state(), self.connection.transmit().len()));
            }
        }
    }

    fn go_on(&mut self) {
        let Some(sent) = self.sent.last_mut().filter(|sent| !sent.is_finished) else {
            assert_eq!(self.connection.send_body("between two requests"), Err(UsageError::NoContentDue));
            return;
        };
        assert!(!self.connection.awaits_continue() || sent.expects, "waits for what was not asked for");
        let due = match sent.length {
            BodyLength::Known(octets) => octets - sent.content.len() as u64,
            BodyLength::Unknown => self.choices.below(6) as u64,
        };
        let before = (self.connection.state(), self.connection.transmit().len());
        let done = if due > 0 {
            let piece = vec![b'c'; usize::try_from(due).unwrap_or(0).min(3)];
            self.connection.send_body(piece.clone()).map(|()| sent.content.extend(piece))
        } else {
            let mut trailers = Fields::new();
            if sent.has_trailers {
                trailers.append("X", "t").expect("a field");
            }
            self.connection.finish(&trailers).map(|()| sent.is_finished = true)
        };
        if let Err(error) = done {
            assert_eq!(error, UsageError::NoContentDue);
            assert_eq!(before, (self.connection.state(), self.connection.transmit().len()));
            self.gave_up = true;
        }
    }

    fn give_up(&mut self) {
        match self.choices.below(3) {
            0 => self.connection.abort(),
            1 => self.connection.send_failed(),
            _ => self.connection.shutdown(),
        }
        self.gave_up = true;
    }

    fn write(&mut self) {
        let most = self.choices.length();
        let queue = self.connection.transmit();
        let octets = queue.chunk();
        let len = octets.len().min(most);
        self.output.extend_from_slice(&octets[..len]);
        queue.consume(len);
    }

    fn time(&mut self) {
        let deadline = self.connection.poll_timeout(self.now);
        self.now = match (self.choices.below(128), deadline) {
            (0, Some(deadline)) => deadline.max(self.now),
            (1, _) => self.now + Duration::from_secs(9),
            _ => self.now + Duration::from_millis(3),
        };
        self.connection.handle_timeout(self.now);
    }

    /// Everything that was written is a well-formed request, in order and as it was meant.
    fn check(&mut self, stream: &[u8]) {
        // Requests are many where they say that the connection ends, and each is a stream of its own here.
        let generous = Bounds { requests: usize::MAX, head: 1 << 20, ..bounds(&Limits::client()) };
        let mut from = 0;
        for sent in &self.sent {
            let rest = &self.output[from..];
            let read = reference::requests(rest, &Bounds { requests: 1, ..generous.clone() });
            let place =
                || format!("\ninput: {}\noutput: {}\n{read:#?}\n{:#?}", escape(stream), escape(rest), self.sent);
            assert!(!matches!(read.stop, Stop::Fault(_)), "a fault in what was written{}", place());
            let Some(message) = read.messages.first() else {
                assert!(self.gave_up || self.error.is_some() || self.is_over, "a request that is missing{}", place());
                return;
            };
            let expected =
                Start::Request { method: sent.method.as_bytes().to_vec(), target: sent.target.clone().into() };
            assert_eq!(message.start, expected, "requests are in order{}", place());
            let Some(end) = message.end.filter(|_| sent.is_finished) else {
                assert!(sent.content.starts_with(&message.content), "the content so far{}", place());
                return;
            };
            assert_eq!(message.content, sent.content, "the content that was given{}", place());
            assert_eq!(message.trailers.len(), usize::from(sent.has_trailers), "the trailers{}", place());
            from += end;
        }
        assert_eq!(from, self.output.len(), "nothing but requests: {}", escape(&self.output));
    }
}
