//! Clients: a GET with Host, User-Agent and Accept out, `Hello, World!` in.

mod http_net;
mod hyper;
mod proto;
mod ureq;

use super::{Field, Peer, has_field};
use crate::corpora::Corpus;
use crate::measure::Contestant;

const HOST: &str = "127.0.0.1:8080";
const AGENT: &str = "bench/1";
const ACCEPT: &str = "*/*";

/// Ours, which is divided by the others.
pub const OURS: &str = proto::Prebuilt::NAME;

/// Every client that is wanted, checked for what it sends.
pub fn contestants<'a>(corpus: &'a Corpus, wanted: &dyn Fn(&str) -> bool) -> Vec<Contestant<'a>> {
    let mut field = Field { corpus, wanted, check, entered: Vec::new() };
    field.enter(proto::Prebuilt::new);
    field.enter(proto::Builder::new);
    field.enter(hyper::Hyper::new);
    field.enter(http_net::Builder::new);
    field.enter(http_net::Prebuilt::new);
    field.enter(ureq::Ureq::new);
    field.entered
}

fn check(output: &str, requests: usize) {
    let mut count = 0;
    for head in output.split_terminator("\r\n\r\n") {
        assert!(head.starts_with("GET / HTTP/1.1\r\n"), "{head}");
        for (name, value) in [("host", HOST), ("user-agent", AGENT), ("accept", ACCEPT)] {
            assert!(has_field(head, name, value), "{name} in {head}");
        }
        count += 1;
    }
    assert_eq!(count, requests);
}
