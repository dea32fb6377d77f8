//! Parsers of heads. Each stores where the target, the names and the values lie, and is shown to have found the same.

mod http_net;
mod httparse;
mod milo;
mod pico;
mod proto;
mod thhp;

use crate::corpora::{Corpus, Role};
use crate::measure::Contestant;

/// The most fields a head may have; none here has more.
const FIELDS: usize = 64;

/// A parser of heads.
trait HeadParser<'a> {
    const NAME: &'static str;

    /// Parses the head at the start of `input` and shows the result to nobody; the length of the head.
    fn request(&mut self, input: &'a [u8]) -> usize;

    /// The same for a response.
    fn response(&mut self, input: &'a [u8]) -> usize;

    /// What it finds.
    fn found(&mut self, input: &'a [u8], role: Role) -> Found<'a>;
}

/// What a parser found in a head.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found<'a> {
    len: usize,
    /// The target of a request, the three digits of a response.
    start: &'a [u8],
    fields: Vec<(&'a [u8], &'a [u8])>,
}

/// The columns that are ours, each divided by the fastest peer.
pub const OURS: &[&str] = &[proto::Places::NAME, proto::Slices::NAME, proto::Connected::NAME];

/// Every parser that is wanted and can parse this corpus, checked.
pub fn contestants<'a>(corpus: &'a Corpus, wanted: &dyn Fn(&str) -> bool) -> Vec<Contestant<'a>> {
    let mut field = Field { corpus, wanted, entered: Vec::new() };
    field.enter(proto::Places::new);
    field.enter(proto::Slices::new);
    // A connection reads requests alone, and the next one only after its answer.
    if corpus.role == Role::Request && corpus.pipelined == 1 {
        field.enter(proto::Connected::new);
    }
    field.enter(|| httparse::Httparse);
    field.enter(pico::Pico::new);
    field.enter(thhp::Thhp::new);
    field.enter(milo::Milo::new);
    field.enter(http_net::HttpNet::new);
    field.entered
}

/// Who takes part.
struct Field<'a, 'b> {
    corpus: &'a Corpus,
    wanted: &'b dyn Fn(&str) -> bool,
    entered: Vec<Contestant<'a>>,
}

impl<'a> Field<'a, '_> {
    /// Whoever is not wanted is not even checked: a simulator of processors may not know its instructions.
    fn enter<P: HeadParser<'a> + 'a>(&mut self, parser: impl FnOnce() -> P) {
        if !(self.wanted)(P::NAME) {
            return;
        }
        let (mut parser, inputs) = (parser(), &self.corpus.inputs);
        check(&mut parser, self.corpus);
        let run: Box<dyn FnMut(u64)> = match self.corpus.role {
            Role::Request => Box::new(move |repeats| walk(inputs, repeats, |input| parser.request(input))),
            Role::Response => Box::new(move |repeats| walk(inputs, repeats, |input| parser.response(input))),
        };
        self.entered.push(Contestant { name: P::NAME, run });
    }
}

/// Parses all heads of all inputs.
#[inline]
fn walk<'a>(inputs: &'a [&'static [u8]], repeats: u64, mut parse: impl FnMut(&'a [u8]) -> usize) {
    for _ in 0..repeats {
        for input in inputs {
            let mut rest: &[u8] = std::hint::black_box(input);
            while !rest.is_empty() {
                rest = &rest[parse(rest)..];
            }
        }
    }
}

/// A parser that found something else than is there would be measured in vain.
fn check<'a, P: HeadParser<'a>>(parser: &mut P, corpus: &'a Corpus) {
    for input in &corpus.inputs {
        let mut rest = *input;
        while !rest.is_empty() {
            let expected = expected(rest, corpus.role);
            assert_eq!(parser.found(rest, corpus.role), expected, "{} on {}", P::NAME, corpus.name);
            rest = &rest[expected.len..];
        }
    }
}

/// What a head that is known to be well formed holds.
fn expected(input: &[u8], role: Role) -> Found<'_> {
    let text = str::from_utf8(input).expect("corpora are text");
    let (head, _) = text.split_once("\r\n\r\n").expect("heads are complete");
    let mut lines = head.split("\r\n");
    let start = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a start line has three parts");
    assert_eq!(start.starts_with('/'), role == Role::Request);
    let fields = lines.map(|line| line.split_once(": ").expect("a field line has a colon"));
    Found {
        len: head.len() + 4,
        start: start.as_bytes(),
        fields: fields.map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect(),
    }
}

/// The three digits of the status in a head that was found well formed.
fn digits(input: &[u8], status: u16) -> &[u8] {
    assert_eq!(input[9..12], *status.to_string().as_bytes());
    &input[9..12]
}
