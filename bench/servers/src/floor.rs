//! What a server costs that does not parse: ends of heads are counted, and as many fixed answers are sent.

use std::sync::Arc;

use memchr::memmem::Finder;

use crate::{HELLO, OCTETS, TEXT, scenario};

/// Octets of the smallest head: `GET / HTTP/1.1` and two line ends.
const SMALLEST_HEAD: usize = 18;
/// Octets read at once.
const INPUT: usize = 4096;
const END: &[u8; 4] = b"\r\n\r\n";

/// What is sent in a scenario.
pub struct Answers {
    /// As many answers as one read may ask for, one behind the other.
    octets: Vec<u8>,
    /// Octets of one answer.
    each: usize,
    /// Octets of content that follow each head.
    content: usize,
    is_closing: bool,
    end: Finder<'static>,
}

impl Answers {
    /// Those of the scenario that the command line names: of the size that ours have.
    pub fn of_scenario() -> Arc<Self> {
        let scenario = scenario();
        let is_closing = scenario == "close";
        let echoed = "x".repeat(if scenario == "echo" { 1024 } else { 0 });
        let (media, content) = if echoed.is_empty() { (TEXT, HELLO) } else { (OCTETS, &*echoed) };
        let connection = if is_closing { "Connection: close\r\n" } else { "" };
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nServer: basehttp\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\
             Content-Length: {}\r\n{connection}\r\n{content}",
            content.len()
        );
        let most = 1 + INPUT / (SMALLEST_HEAD + echoed.len());
        let (octets, each) = (answer.repeat(most).into_bytes(), answer.len());
        Arc::new(Self { octets, each, content: echoed.len(), is_closing, end: Finder::new(END) })
    }
}

/// Counts the requests of a connection.
pub struct Counter {
    answers: Arc<Answers>,
    input: Vec<u8>,
    /// Octets of a head that has not ended, at the start of the input.
    kept: usize,
    /// Octets of content that have not arrived.
    missing: usize,
}

impl Counter {
    pub fn new(answers: &Arc<Answers>) -> Self {
        Self { answers: Arc::clone(answers), input: vec![0; INPUT], kept: 0, missing: 0 }
    }

    /// Where to read to.
    pub fn space(&mut self) -> &mut [u8] {
        &mut self.input[self.kept..]
    }

    /// What to send, now that so many octets have been read.
    pub fn answer(&mut self, read: usize) -> &[u8] {
        let (mut start, end, mut count) = (0, self.kept + read, 0);
        while start < end {
            if self.missing > 0 {
                let arrived = self.missing.min(end - start);
                (self.missing, start) = (self.missing - arrived, start + arrived);
            } else if let Some(place) = self.answers.end.find(&self.input[start..end]) {
                (self.missing, start) = (self.answers.content, start + place + END.len());
            } else {
                break;
            }
            count += usize::from(self.missing == 0);
        }
        self.input.copy_within(start..end, 0);
        self.kept = end - start;
        assert!(self.kept < INPUT, "no head is so long");
        &self.answers.octets[..count * self.answers.each]
    }

    /// Whether an answer ends its connection.
    pub fn is_closing(&self) -> bool {
        self.answers.is_closing
    }
}
