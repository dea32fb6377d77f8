//! Whole exchanges without sockets: octets in, what they mean looked at, octets out.

pub mod client;
mod hyper_io;
pub mod server;

use std::hint::black_box;

use basehttp_proto::Transmit;

use crate::corpora::Corpus;
use crate::measure::Contestant;

/// What every server answers.
const HELLO: &str = "Hello, World!";
/// The time by which the contestants that are told the time write their dates: Sun, 06 Nov 1994 08:49:37 GMT.
const NOW: u64 = 784_111_777;

/// Where the octets go that would be written to a transport.
#[derive(Default)]
struct Sink {
    octets: usize,
    /// Kept only while a contestant is checked.
    kept: Option<Vec<u8>>,
}

impl Sink {
    #[inline]
    fn put(&mut self, octets: &[u8]) {
        self.octets += black_box(octets).len();
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(octets);
        }
    }

    /// Takes what basehttp-proto has queued, as a socket would.
    #[inline]
    fn drain(&mut self, transmit: &mut Transmit) {
        while !transmit.is_empty() {
            let chunk = transmit.chunk();
            let len = chunk.len();
            self.put(chunk);
            transmit.consume(len);
        }
    }
}

/// One end of a connection that persists.
trait Peer {
    const NAME: &'static str;

    /// For a server: the octets are requests, and it answers them all. For a client: it sends a request, and the octets
    /// are the response.
    fn exchange(&mut self, input: &'static [u8], sink: &mut Sink);
}

/// Who takes part.
struct Field<'a, 'b> {
    corpus: &'a Corpus,
    wanted: &'b dyn Fn(&str) -> bool,
    /// Whether these are so many messages as they have to be.
    check: fn(&str, usize),
    entered: Vec<Contestant<'a>>,
}

impl<'a> Field<'a, '_> {
    fn enter<P: Peer + 'a>(&mut self, peer: impl FnOnce() -> P) {
        if (self.wanted)(P::NAME) {
            self.entered.push(contestant(peer(), self.corpus, self.check));
        }
    }
}

fn contestant<'a, P: Peer + 'a>(mut peer: P, corpus: &'a Corpus, check: fn(&str, usize)) -> Contestant<'a> {
    let mut sink = Sink { kept: Some(Vec::new()), ..Sink::default() };
    // Twice, so that the connection has to persist.
    for input in corpus.inputs.iter().chain(&corpus.inputs) {
        peer.exchange(input, &mut sink);
    }
    let kept = sink.kept.take().unwrap_or_default();
    check(str::from_utf8(&kept).expect("what is sent here is text"), corpus.messages() * 2);
    let run = move |repeats| {
        for _ in 0..repeats {
            for input in &corpus.inputs {
                peer.exchange(black_box(input), &mut sink);
            }
        }
        black_box(sink.octets);
    };
    Contestant { name: P::NAME, run: Box::new(run) }
}

/// Whether a head has a field, whatever its case.
fn has_field(head: &str, name: &str, value: &str) -> bool {
    head.split("\r\n").filter_map(|line| line.split_once(": ")).any(|(n, v)| n.eq_ignore_ascii_case(name) && v == value)
}
