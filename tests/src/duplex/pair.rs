//! Two ends and the line between them.

use std::collections::VecDeque;
use std::time::Duration;

use basehttp_proto::{Config, Transmit, client, server};

use crate::random::Random;

/// What is under way in one direction at most.
const LINE: usize = 16 << 10;

/// One direction of the line.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) octets: VecDeque<u8>,
    pub(super) is_ended: bool,
    is_told: bool,
}

impl Line {
    /// Takes up to `most` octets out of a queue; whether it took any.
    pub(super) fn fill(&mut self, queue: &mut Transmit, most: usize) -> bool {
        let len = queue.chunk().len().min(most).min(LINE - self.octets.len());
        self.octets.extend(&queue.chunk()[..len]);
        queue.consume(len);
        len > 0
    }

    fn take(&mut self, most: usize) -> Vec<u8> {
        self.octets.drain(..most.min(self.octets.len())).collect()
    }

    /// Whether the end of the stream is to be told, which it is once.
    fn tells_end(&mut self) -> bool {
        let tells = self.is_ended && !self.is_told && self.octets.is_empty();
        self.is_told |= tells;
        tells
    }
}

/// The two ends and the line between them.
#[derive(Debug)]
pub struct Pair {
    /// One end.
    pub client: client::Connection,
    /// The other end.
    pub server: server::Connection,
    /// The clock of both.
    pub now: Duration,
    pub(super) up: Line,
    pub(super) down: Line,
    /// Nobody reads what the client sends, which shows when it does.
    is_deaf: bool,
    random: Random,
}

impl Pair {
    /// Two ends that have nothing to say yet.
    pub fn new(client: Config, server: Config, seed: u64) -> Self {
        Self {
            client: client::Connection::new(client),
            server: server::Connection::new(server),
            now: Duration::ZERO,
            up: Line::default(),
            down: Line::default(),
            is_deaf: false,
            random: Random::new(seed),
        }
    }

    fn segment(&mut self) -> usize {
        [1, 2, 7, 60, 1000, usize::MAX][self.random.below(6)]
    }

    /// Some octets move, each way and as far as they are wanted; whether any did.
    pub fn travel(&mut self) -> bool {
        let sizes: [usize; 4] = std::array::from_fn(|_| self.segment());
        if self.is_deaf && !self.client.transmit().is_empty() {
            self.client.send_failed();
        }
        let mut moves = self.up.fill(self.client.transmit(), sizes[0]);
        moves |= self.down.fill(self.server.transmit(), sizes[1]);
        if self.server.wants_read() {
            let octets = self.up.take(sizes[2]);
            moves |= !octets.is_empty();
            self.server.recv(&octets).expect("octets are wanted");
            if self.up.tells_end() {
                self.server.recv_eof();
                moves = true;
            }
        }
        if self.client.wants_read() {
            let octets = self.down.take(sizes[3]);
            moves |= !octets.is_empty();
            self.client.recv(&octets).expect("octets are wanted");
            if self.down.tells_end() {
                self.client.recv_eof();
                moves = true;
            }
        }
        moves
    }

    /// The server shuts its sending side down, and with `both` it reads no more either.
    pub fn server_ends(&mut self, both: bool) {
        assert!(self.server.transmit().is_empty(), "the end comes after everything else");
        self.down.is_ended = true;
        self.is_deaf |= both;
    }

    /// Time goes by: a moment, or with `rests` as long as it takes until something has to happen. Whether there is
    /// something that will.
    pub fn time(&mut self, rests: bool) -> bool {
        let deadlines = [self.client.poll_timeout(self.now), self.server.poll_timeout(self.now)];
        assert!(deadlines.iter().flatten().all(|deadline| *deadline >= self.now), "a deadline lies ahead");
        let next = deadlines.into_iter().flatten().min();
        self.now = if rests { next.unwrap_or(self.now) } else { self.now + Duration::from_micros(50) };
        self.client.handle_timeout(self.now);
        self.server.handle_timeout(self.now);
        next.is_some()
    }
}
