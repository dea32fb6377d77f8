//! The one way by which octets reach a connection in these tests: whole, octet by octet, cut in two at every place,
//! and cut at random. What can be seen has to be the same each time.
//!
//! One thing may differ, and is left out of the comparison: whether a peer is still listened to after it asked for the
//! close. It promised to send nothing more, so that depends on whether it has broken its word by then.

use std::mem;

use basehttp_proto::server::{Connection, Event, Resting};
use basehttp_proto::{BodyLength, CloseReason, Config, Fields, RequestHead, State, StatusCode};
use bytes::BufMut as _;

use crate::drain::drain;
use crate::escape::escape;
use crate::observation::{Lines, Observation, Request, Seen};
use crate::random::Random;
use crate::script::{OnError, Reply, Script, When};

/// Inputs up to this length are cut at every place, longer ones around their line ends and at random.
const EVERY_PLACE: usize = 1500;

/// Feeds `input` in every way and returns what was seen.
///
/// # Panics
///
/// When two ways differ; the text names the way.
#[track_caller]
pub fn check(script: &Script, input: &[u8]) -> Observation {
    let whole = run(script, [input]);
    let same = |seen: &Observation, way: &str| {
        assert!(
            *seen == whole,
            "what is seen depends on the division of the input: {way}\ninput: {}\n--- whole\n{whole}\n--- divided\n{seen}\n\
             --- events, whole\n{:?}\n--- events, divided\n{:?}",
            escape(input),
            whole.events,
            seen.events
        );
    };
    same(&run(script, input.chunks(1)), "octet by octet");
    let feed = |pieces, how| Run::new(script).feed(pieces, how);
    same(&feed(input.chunks(3), How::ThroughBuffer), "three octets each, through recv_buf");
    same(&feed(input.chunks(1), How::Resting), "octet by octet, at rest whenever it can be");
    for at in places(input) {
        let (first, second) = input.split_at(at);
        same(&run(script, [first, second]), &format!("cut at {at}"));
    }
    let mut random = Random::new(input.len() as u64);
    for _ in 0..8 {
        let mut cuts = [random.below(input.len() + 1), random.below(input.len() + 1)];
        cuts.sort_unstable();
        let parts = [&input[..cuts[0]], &input[cuts[0]..cuts[1]], &input[cuts[1]..]];
        same(&run(script, parts), &format!("cut at {cuts:?}"));
    }
    whole
}

/// Where an input is cut in two.
fn places(input: &[u8]) -> Vec<usize> {
    if input.len() <= EVERY_PLACE {
        return (1..input.len()).collect();
    }
    let mut random = Random::new(1);
    let near_line_ends = input.iter().enumerate().filter(|(_, o)| b"\r\n".contains(o)).map(|(at, _)| at);
    let mut places: Vec<usize> = near_line_ends
        .take(100)
        .flat_map(|at| at.saturating_sub(1)..at + 3)
        .chain((0..100).map(|_| random.below(input.len())))
        .filter(|at| (1..input.len()).contains(at))
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// Feeds the pieces one after the other, each as soon as it is wanted.
///
/// # Panics
///
/// When the connection neither moves on nor waits for anything.
#[track_caller]
pub fn run<'a>(script: &Script, pieces: impl IntoIterator<Item = &'a [u8]>) -> Observation {
    Run::new(script).feed(pieces, How::Copied)
}

/// How octets come to a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Copied,
    /// By `recv_buf`.
    ThroughBuffer,
    /// Copied, and between requests the connection is put away and another goes on as it.
    Resting,
}

/// A connection, the script of its server, and what was seen so far.
struct Run<'s> {
    script: &'s Script,
    connection: Connection,
    /// What goes on when the connection has been put away, and what is put away meanwhile.
    other: Connection,
    resting: Resting,
    seen: Observation,
    target: Vec<u8>,
    /// Whether the head of a response was sent whose content waits for the end of the request.
    open: bool,
}

impl<'s> Run<'s> {
    fn new(script: &'s Script) -> Self {
        let seen = Observation { events: Vec::new(), output: Vec::new(), state: State::Idle, reason: None };
        Self {
            script,
            connection: Connection::new(script.config.clone()),
            other: Connection::new(Config::default()),
            resting: Resting::new(Config::default()),
            seen,
            target: Vec::new(),
            open: false,
        }
    }

    /// Lets another connection go on, if this one can be put away.
    fn rest(&mut self) {
        if self.resting.keep(&self.connection) {
            assert_eq!(self.resting.requests(), self.connection.requests());
            assert!(self.resting.wake_in(&mut self.other), "what was put away, or is new, can be used again");
            mem::swap(&mut self.connection, &mut self.other);
        } else {
            let is_idle = self.connection.state() == State::Idle && !self.connection.has_input();
            assert!(!is_idle || self.connection.close_reason().is_some(), "it waits for a request, and cannot rest");
        }
    }

    fn feed<'a>(mut self, pieces: impl IntoIterator<Item = &'a [u8]>, how: How) -> Observation {
        let mut pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
        let mut eof = self.script.eof;
        let mut idle_turns = 0;
        loop {
            self.write();
            idle_turns += 1;
            assert!(idle_turns < 100, "the connection neither moves nor waits in {:?}", self.connection.state());
            match self.connection.poll_event() {
                Ok(Some(event)) => {
                    idle_turns = 0;
                    if self.event(event) {
                        break;
                    }
                }
                Err(error) => {
                    self.seen.events.push(Seen::Error(error.into()));
                    if self.connection.state() == State::Failed {
                        assert_eq!(self.connection.poll_event().err(), Some(error), "an error stays until answered");
                    }
                    self.fault(&error);
                }
                Ok(None) if !self.connection.transmit().is_empty() => {}
                Ok(None) if !self.connection.wants_read() => break,
                Ok(None) => match pieces.next() {
                    Some(piece) if how == How::ThroughBuffer => {
                        idle_turns = 0;
                        self.connection.recv_buf(piece.len()).put_slice(piece);
                    }
                    Some(piece) => {
                        idle_turns = 0;
                        if how == How::Resting {
                            self.rest();
                        }
                        self.connection.recv(piece).expect("octets are wanted");
                    }
                    None if eof => {
                        eof = false;
                        self.connection.recv_eof();
                    }
                    None => break,
                },
            }
        }
        self.observation()
    }

    fn observation(mut self) -> Observation {
        self.seen.state = self.connection.state();
        self.seen.reason = self.connection.close_reason();
        if matches!(self.seen.reason, Some(CloseReason::PeerAsked | CloseReason::Http10)) {
            self.seen.events.retain(|seen| !matches!(seen, Seen::Shutdown | Seen::Closed));
            if self.seen.state == State::Lingering {
                self.seen.state = State::Closed;
            }
        }
        self.seen
    }

    fn write(&mut self) {
        self.seen.output.extend(drain(self.connection.transmit()));
    }

    /// Acts on an event; whether it was the last.
    fn event(&mut self, event: Event) -> bool {
        match event {
            Event::Request(head) => {
                self.target = head.target().as_bytes().to_vec();
                self.seen.events.push(Seen::Request(request(&head)));
                self.begin();
            }
            Event::Body(octets) => {
                assert!(!octets.is_empty(), "a part of the content is never empty");
                if let Some(Seen::Body(before)) = self.seen.events.last_mut() {
                    before.extend_from_slice(&octets);
                } else {
                    self.seen.events.push(Seen::Body(octets.to_vec()));
                }
            }
            Event::End(trailers) => {
                self.seen.events.push(Seen::End(lines(&trailers)));
                self.end();
            }
            Event::Shutdown => self.seen.events.push(Seen::Shutdown),
            Event::Closed => {
                self.seen.events.push(Seen::Closed);
                return true;
            }
        }
        false
    }

    fn begin(&mut self) {
        if let Some(status) = self.script.interim {
            let status = StatusCode::new(status).expect("a status code");
            let sent = self.connection.send_informational(status, &Fields::new());
            self.note(sent);
        }
        if self.script.proceeds && self.script.when != When::Request {
            self.connection.send_continue();
        }
        match self.script.when {
            When::Request => self.respond(),
            When::Both => {
                let (head, length) = self.head();
                let sent = self.connection.send_response(&head, length);
                self.open = sent.is_ok();
                self.note(sent);
            }
            When::End => {}
        }
    }

    fn end(&mut self) {
        match self.script.when {
            When::End => self.respond(),
            When::Both if self.open => self.content(),
            _ => {}
        }
    }

    fn respond(&mut self) {
        let (head, length) = self.head();
        match self.connection.send_response(&head, length) {
            Ok(()) => self.content(),
            refused => self.note(refused),
        }
    }

    fn content(&mut self) {
        self.open = false;
        let reply: &Reply = &self.script.reply;
        for piece in reply.pieces(&self.target) {
            let sent = self.connection.send_body(piece);
            self.note(sent);
        }
        let trailers = reply.trailers().expect("trailers of a script are valid");
        let sent = self.connection.finish(&trailers);
        if sent.is_err() {
            self.note(sent);
            // A call that was refused has changed nothing: without the trailers it goes on.
            let sent = self.connection.finish(&Fields::new());
            self.note(sent);
        }
    }

    fn head(&self) -> (basehttp_proto::ResponseHead, BodyLength) {
        self.script.reply.head(&self.target).expect("a reply of a script is valid")
    }

    fn fault(&mut self, error: &basehttp_proto::ProtocolError) {
        match self.script.on_error {
            OnError::Abort => self.connection.abort(),
            OnError::Answer if self.open => self.content(),
            OnError::Answer => {
                let sent = self.connection.send_error(error);
                self.note(sent);
            }
        }
    }

    fn note(&mut self, outcome: Result<(), basehttp_proto::UsageError>) {
        if let Err(error) = outcome {
            self.seen.events.push(Seen::Usage(error));
        }
    }
}

/// The field lines of `fields`.
pub fn lines(fields: &Fields) -> Lines {
    fields.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect()
}

fn request(head: &RequestHead) -> Request {
    Request {
        method: head.method().to_string(),
        target: head.target().to_owned(),
        version: head.version(),
        form: format!("{:?}", head.target_form()).to_lowercase(),
        path: head.path().to_owned(),
        query: head.query().map(str::to_owned),
        host: head.host().map(str::to_owned),
        fields: lines(head.fields()),
        octets: head.octets().to_vec(),
    }
}
