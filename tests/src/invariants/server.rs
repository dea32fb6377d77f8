//! A server whose peer sends anything and whose application does anything: what is written are well-formed answers, in
//! order, one for each request at most.

use std::time::Duration;

use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{CloseReason, ProtocolError, State, StatusCode, UsageError, Version};
use bytes::BufMut as _;

use super::agreement::bounds;
use super::choices::Choices;
use super::reply::{self, Reply};
use super::splitting::CONFIGS;
use crate::escape::escape;
use crate::reference_parser::{self as reference, Message, Question, Read, Start, Stop, Writer};

/// The first 16 octets of `input` decide what the application does and when, the others are what the peer sends.
///
/// # Panics
///
/// When a law is broken.
pub fn server_connection(input: &[u8]) {
    let (mut choices, stream) = Choices::split(input);
    let config = choices.pick(&*CONFIGS);
    let mut server = Server {
        connection: Connection::new(config),
        choices,
        now: Duration::ZERO,
        output: Vec::new(),
        asked: Vec::new(),
        replies: Vec::new(),
        open: None,
        refused: false,
        fed: 0,
        fed_in_head: 0,
        head_deadline: None,
    };
    server.run(stream);
    server.check(stream);
}

struct Server<'a> {
    connection: Connection,
    choices: Choices<'a>,
    now: Duration,
    output: Vec<u8>,
    /// The requests that began.
    asked: Vec<Question>,
    /// What was answered, in order; the content as far as it was accepted.
    replies: Vec<Reply>,
    /// What is left to be sent of the response that has begun.
    open: Option<Reply>,
    /// Whether a fault was told.
    refused: bool,
    fed: usize,
    /// Octets fed since a head was due.
    fed_in_head: usize,
    /// The deadline of the head in progress, and of which request it is.
    head_deadline: Option<(u32, Duration)>,
}

impl Server<'_> {
    fn run(&mut self, stream: &[u8]) {
        let mut rest = stream;
        let mut eof = self.choices.once_in(2);
        let (mut events, mut idle) = (0, 0);
        loop {
            idle += 1;
            assert!(idle < 3000, "neither moves nor waits in {:?}", self.connection.state());
            self.write();
            self.time();
            match self.connection.poll_event() {
                Ok(Some(Event::Closed)) => break,
                Ok(Some(event)) => {
                    events += 1;
                    idle = 0;
                    assert!(events <= 3 * stream.len() + 8, "more events than octets");
                    self.event(event);
                }
                Err(error) => self.fault(&error),
                Ok(None) => {
                    if self.owes() {
                        self.act();
                    } else if self.connection.wants_read() && !self.waits_to_write() {
                        idle = 0;
                        if rest.is_empty() {
                            if !eof {
                                break;
                            }
                            eof = false;
                            self.connection.recv_eof();
                        } else {
                            rest = self.feed(rest);
                        }
                    } else if !self.waits_to_write() && self.connection.state() != State::Lingering {
                        break;
                    } else if self.connection.state() == State::Lingering {
                        self.now += Duration::from_secs(20);
                    }
                }
            }
            if self.connection.state() == State::Tunnel {
                break;
            }
        }
        self.flush();
    }

    /// Whether the application has something to do.
    fn owes(&self) -> bool {
        match self.connection.state() {
            State::Waiting | State::Responding | State::Failed => true,
            State::Requesting | State::Duplex => !self.connection.wants_read() || self.connection.expects_continue(),
            _ => false,
        }
    }

    fn waits_to_write(&mut self) -> bool {
        !self.connection.transmit().is_empty() || self.connection.external() > 0
    }

    /// Hands in the next octets; what is left of them.
    fn feed<'s>(&mut self, rest: &'s [u8]) -> &'s [u8] {
        let limits = &CONFIGS[0].limits;
        let (piece, rest) = rest.split_at(self.choices.length().min(rest.len()));
        if self.choices.once_in(3) {
            // What gives memory back changes nothing else.
            self.connection.release();
            self.connection.recv_buf(piece.len()).put_slice(piece);
        } else {
            self.connection.recv(piece).expect("octets are wanted");
        }
        self.fed += piece.len();
        if self.connection.state() == State::Idle {
            let most = (limits.head + 2 * limits.empty_lines) as usize;
            assert!(self.fed_in_head <= most, "a head that grows without end");
            self.fed_in_head += piece.len();
        }
        rest
    }

    fn event(&mut self, event: Event) {
        assert!(!self.refused || matches!(event, Event::Shutdown), "{event:?} after an error");
        match event {
            Event::Request(head) => {
                self.fed_in_head = 0;
                self.asked.push(Question {
                    method: head.method().as_bytes().to_vec(),
                    is_http10: head.version() == Version::Http10,
                    upgrade: true,
                });
                if self.choices.once_in(3) {
                    self.act();
                }
            }
            Event::Body(octets) => {
                assert!(!octets.is_empty() && octets.len() <= self.fed, "content that was sent");
                if self.choices.once_in(4) {
                    self.act();
                }
            }
            Event::End(_) => {
                if self.choices.once_in(2) {
                    self.act();
                }
            }
            Event::Shutdown => assert!(!self.waits_to_write(), "everything is sent before the end"),
            Event::Closed => {}
        }
    }

    fn fault(&mut self, error: &ProtocolError) {
        assert!(!self.refused || self.connection.state() == State::Failed, "a fault is told once");
        if !self.refused && self.connection.state() == State::Failed && self.asked.len() == self.replies.len() {
            // The head that was refused is answered, too; its method may have been read.
            self.asked.push(Question { method: b"GET".to_vec(), ..Question::default() });
        }
        self.refused = true;
        match (self.connection.state(), self.choices.below(6)) {
            (_, 0) => self.connection.abort(),
            (State::Failed, 1) => self.act(),
            (State::Failed, _) => {
                self.connection.send_error(error).expect("a fault may be answered");
                self.replies.push(Reply::error());
            }
            _ => {}
        }
    }

    /// The application does something, which may make no sense.
    fn act(&mut self) {
        let before = (self.connection.state(), self.connection.transmit().len());
        let done = match self.choices.below(16) {
            0 => self.connection.send_informational(StatusCode::EARLY_HINTS, &reply::fields(&mut self.choices)),
            1 => self.connection.send_informational(StatusCode::CONTINUE, &basehttp_proto::Fields::new()),
            2 => {
                self.connection.send_continue();
                Ok(())
            }
            3 => {
                self.connection.shutdown();
                return;
            }
            4 if self.choices.once_in(4) => {
                self.connection.abort();
                return;
            }
            5 => reply::switch(&mut self.connection, &mut self.choices, self.asked.len()),
            6 if self.open.is_none() => {
                let refused = self.connection.send_body("between two responses");
                assert_eq!(refused, Err(UsageError::NoContentDue));
                refused
            }
            _ if self.open.is_none() => self.begin(),
            _ => self.go_on(),
        };
        if done.is_err() {
            let after = (self.connection.state(), self.connection.transmit().len());
            assert_eq!(before, after, "a call that is refused changes nothing: {done:?}");
        }
    }

    fn begin(&mut self) -> Result<(), UsageError> {
        let reply = Reply::choose(&mut self.choices, self.replies.len() + 1);
        self.connection.send_response(&reply.head(), reply.length)?;
        self.replies.push(reply.begun());
        self.open = Some(reply);
        Ok(())
    }

    /// Sends more of the response that has begun, or ends it; mends what was refused, as an application has to.
    fn go_on(&mut self) -> Result<(), UsageError> {
        let (Some(open), Some(sent)) = (&mut self.open, self.replies.last_mut()) else { return Ok(()) };
        let len = self.choices.length().min(open.content.len());
        let done = if len == 0 {
            self.connection.finish(&open.trailers())
        } else if self.choices.once_in(4) {
            let done = self.connection.send_body_external(len as u64);
            open.content[..len].fill(reply::EXTERNAL);
            done
        } else {
            self.connection.send_body(open.content[..len].to_vec())
        };
        match done {
            Ok(()) if len > 0 => sent.content.extend(open.content.drain(..len)),
            Ok(()) => {
                sent.is_finished = true;
                self.open = None;
            }
            Err(UsageError::ContentOverrun) => open.content.truncate(len - 1),
            Err(UsageError::TrailersNotChunked) => open.has_trailers = false,
            Err(UsageError::ContentShort) => open.content.push(b'c'),
            Err(UsageError::ExternalContentDue) => {}
            Err(UsageError::NoContentDue) => self.open = None,
            Err(error) => panic!("{error}"),
        }
        done
    }

    /// Writes some of what is queued.
    fn write(&mut self) {
        let len = self.choices.length();
        self.write_at_most(len);
    }

    fn flush(&mut self) {
        while self.waits_to_write() {
            self.write_at_most(usize::MAX);
        }
    }

    fn write_at_most(&mut self, most: usize) {
        let queue = self.connection.transmit();
        let octets = queue.chunk();
        let len = octets.len().min(most);
        self.output.extend_from_slice(&octets[..len]);
        queue.consume(len);
        if queue.is_empty() {
            let len = self.connection.external().min(most as u64);
            self.output.extend(std::iter::repeat_n(reply::EXTERNAL, usize::try_from(len).unwrap_or(0)));
            self.connection.external_sent(len);
        }
    }

    /// Time passes, at times more of it than the connection has.
    fn time(&mut self) {
        let deadline = self.connection.poll_timeout(self.now);
        let in_head = self.connection.state() == State::Idle && self.connection.has_input();
        if in_head && !self.waits_to_write() {
            let deadline = deadline.expect("a head has a deadline");
            let request = self.connection.requests();
            match self.head_deadline {
                Some((same, first)) if same == request => {
                    assert!(deadline <= first, "octets of a head move its deadline");
                }
                _ => self.head_deadline = Some((request, deadline)),
            }
        }
        self.now = match (self.choices.below(64), deadline) {
            (0, Some(deadline)) => deadline.max(self.now),
            (1, _) => self.now + Duration::from_secs(9),
            _ => self.now + Duration::from_millis(3),
        };
        self.connection.handle_timeout(self.now);
    }

    fn read(&self) -> Read {
        let bounds = bounds(&CONFIGS[0].limits);
        reference::responses(&self.output, &self.asked, true, Writer::Library, &bounds)
    }

    /// Everything that was written is well formed and answers what was asked.
    fn check(&mut self, stream: &[u8]) {
        if self.connection.state() == State::Closed {
            assert!(matches!(self.connection.poll_event(), Ok(Some(Event::Closed))), "the end stays the end");
            assert!(!self.connection.wants_read() && self.connection.recv(b"x").is_err());
        }
        let mut read = self.read();
        if self.refused && self.asked.len() > self.connection.requests() as usize && read.stop != Stop::Closed {
            if let Some(last) = self.asked.last_mut() {
                last.method = b"HEAD".to_vec();
            }
            read = self.read();
        }
        let place = || {
            format!("\ninput: {}\noutput: {}\n{read:#?}\nasked: {:?}", escape(stream), escape(&self.output), self.asked)
        };
        let cut = self.open.is_some()
            || matches!(self.connection.close_reason(), Some(CloseReason::Aborted | CloseReason::SendTimeout))
            || self.connection.state() == State::Closed;
        match read.stop {
            Stop::Fault(_) => panic!("a fault in what was written{}", place()),
            Stop::Cut => assert!(cut, "a response that is cut off{}", place()),
            Stop::End | Stop::Closed | Stop::Tunnel => {}
        }
        let is_final = |message: &&Message| matches!(message.start, Start::Response { status: 200.., .. });
        let finals: Vec<&Message> = read.messages.iter().filter(is_final).collect();
        assert!(finals.len() <= self.asked.len(), "more answers than requests{}", place());
        // What the method of a refused head was taken for is not known here: HEAD has no content.
        let known = self.connection.requests() as usize;
        for (message, reply) in finals.iter().zip(&self.replies).take(known) {
            reply.check(message, &place);
        }
    }
}
