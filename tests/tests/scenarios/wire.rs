//! Both ends of a connection in memory, on a clock that jumps to where something happens.

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::client::{Client, Line, Received};
use super::document::{Scenario, UNIT};

/// Octets on their way in one direction at most.
const WINDOW: usize = 128 << 10;

/// The two directions of a connection.
#[derive(Default)]
pub(super) struct Pipes {
    pub(super) now: Duration,
    to_server: VecDeque<u8>,
    to_client: VecDeque<u8>,
    /// The client ended its sending side, or reset the connection.
    is_ended: bool,
    is_gone: bool,
    /// The server ended its sending side, closed, or reset the connection.
    pub(super) is_answered: bool,
    is_closed: bool,
    is_reset: bool,
}

impl Line for Pipes {
    fn now(&self) -> Duration {
        self.now
    }

    fn send(&mut self, octets: &[u8]) -> io::Result<usize> {
        if self.is_reset || self.is_closed {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let taken = octets.len().min(WINDOW - self.to_server.len());
        self.to_server.extend(&octets[..taken]);
        Ok(taken)
    }

    fn receive(&mut self, most: usize) -> Received {
        let len = most.min(self.to_client.len());
        match len {
            0 if self.is_reset => Received::Reset,
            0 if self.is_answered => Received::Closed,
            0 => Received::Nothing,
            _ => Received::Octets(self.to_client.drain(..len).collect()),
        }
    }

    fn eof(&mut self) {
        self.is_ended = true;
    }

    fn reset(&mut self) {
        self.is_gone = true;
    }
}

/// A connection between a client and a server, and the time.
pub(super) struct Wire<'s> {
    pub(super) client: Client<'s>,
    pub(super) pipes: Pipes,
    /// The most octets that are read at once.
    at_once: usize,
}

impl<'s> Wire<'s> {
    pub(super) fn new(scenario: &'s Scenario, at_once: usize) -> Self {
        Self { client: Client::new(scenario, true), pipes: Pipes::default(), at_once }
    }

    /// Lets the client do what it can; one that is done goes.
    pub(super) fn settle(&mut self) {
        self.client.advance(&mut self.pipes);
        if self.client.is_done() {
            self.pipes.is_ended = true;
        }
    }

    /// Lets time pass until the client does something or the deadline has come; whether that came.
    fn wait(&mut self, deadline: Option<Duration>) -> bool {
        let client = self.client.wakes().filter(|_| !self.client.is_done());
        let Some(next) = [client, deadline].into_iter().flatten().min() else {
            self.client.fail("both sides wait for ever");
            self.pipes.is_gone = true;
            return false;
        };
        self.pipes.now = self.pipes.now.max(next);
        self.settle();
        deadline.is_some_and(|deadline| deadline <= self.pipes.now)
    }

    pub(super) fn sleep(&mut self, units: u32) {
        let until = self.pipes.now + UNIT * units;
        while !self.wait(Some(until)) {}
    }

    /// What has come, nothing at the end; `None` when the deadline came first.
    pub(super) fn read(&mut self, most: usize, deadline: Option<Duration>) -> io::Result<Option<Vec<u8>>> {
        loop {
            self.settle();
            let len = most.min(self.at_once).min(self.pipes.to_server.len());
            if len > 0 {
                return Ok(Some(self.pipes.to_server.drain(..len).collect()));
            } else if self.pipes.is_gone {
                return Err(io::ErrorKind::ConnectionReset.into());
            } else if self.pipes.is_ended {
                return Ok(Some(Vec::new()));
            } else if self.wait(deadline) && self.pipes.to_server.is_empty() {
                return Ok(None);
            }
        }
    }

    /// How many octets were taken; none when the deadline came first.
    pub(super) fn write(&mut self, octets: &[u8], deadline: Option<Duration>) -> io::Result<usize> {
        loop {
            self.settle();
            let room = self.at_once.max(1000).min(WINDOW - self.pipes.to_client.len()).min(octets.len());
            if self.pipes.is_gone {
                return Err(io::ErrorKind::BrokenPipe.into());
            } else if room > 0 {
                self.pipes.to_client.extend(&octets[..room]);
                self.settle();
                return Ok(room);
            } else if self.wait(deadline) && self.pipes.to_client.len() == WINDOW {
                return Ok(0);
            }
        }
    }

    /// Ends the connection, and lets the client do what is left.
    pub(super) fn close(&mut self, is_reset: bool) {
        // A close with octets unread is a reset, as the system has it. Reads of one octet leave more of them than others do.
        self.pipes.is_reset |= is_reset || self.at_once > 1 && !self.pipes.to_server.is_empty();
        (self.pipes.is_answered, self.pipes.is_closed) = (true, true);
        self.settle();
        while let Some(next) = self.client.wakes().filter(|_| !self.client.is_done()) {
            self.pipes.now = self.pipes.now.max(next);
            self.settle();
        }
        if !self.client.is_done() {
            self.client.fail("the server has closed");
        }
    }
}

pub(super) fn lock<'w, 's>(wire: &'w Mutex<Wire<'s>>) -> MutexGuard<'w, Wire<'s>> {
    wire.lock().unwrap_or_else(PoisonError::into_inner)
}
