//! Servers: a request in, `Hello, World!` with Content-Type, Server, Date and Content-Length out.
//!
//! Each looks at the target and the content of every request, and keeps its connection and its buffers.

mod http_net;
mod hyper;
mod proto;
mod ureq;

use super::{Field, HELLO, Peer, has_field};
use crate::corpora::Corpus;
use crate::measure::Contestant;

/// Ours, which is divided by the others.
pub const OURS: &str = proto::Prebuilt::NAME;

/// Every server that is wanted, checked for what it answers.
pub fn contestants<'a>(corpus: &'a Corpus, wanted: &dyn Fn(&str) -> bool) -> Vec<Contestant<'a>> {
    let mut field = Field { corpus, wanted, check, entered: Vec::new() };
    field.enter(proto::Prebuilt::new);
    field.enter(proto::Builder::new);
    field.enter(hyper::Hyper::new);
    field.enter(http_net::Builder::new);
    field.enter(http_net::Prebuilt::new);
    field.enter(http_net::Borrowed::new);
    field.enter(ureq::Ureq::new);
    field.entered
}

fn check(output: &str, responses: usize) {
    let (mut rest, mut count) = (output, 0);
    while let Some((response, after)) = rest.split_once(HELLO) {
        let head = response.strip_suffix("\r\n\r\n").expect("content follows an empty line");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        for (name, value) in [("content-type", "text/plain"), ("server", "bench"), ("content-length", "13")] {
            assert!(has_field(head, name, value), "{name} in {head}");
        }
        assert!(head.to_ascii_lowercase().contains("\r\ndate: ") && head.contains(" GMT"), "{head}");
        (rest, count) = (after, count + 1);
    }
    assert_eq!((rest, count), ("", responses));
}
