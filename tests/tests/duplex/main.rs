//! A client and a server of the library in conversation: both agree on every message, its end, and what comes after it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, with a text that shows the script"
)]

mod endings;
mod exchanges;
mod persistence;
mod properties;

use basehttp_tests::duplex::{Content, Exchange, Outcome, Script, Told, converse};

/// A conversation without pipelining.
fn script(exchanges: Vec<Exchange>, seed: u64) -> Script {
    Script { exchanges, pipelined: 1, seed }
}

/// Holds a conversation with segments of several sizes; what has to be seen is the same each time.
fn hold(exchanges: &[Exchange], check: impl Fn(&Outcome)) {
    for seed in 0..16 {
        check(&converse(&script(exchanges.to_vec(), seed)));
    }
}

fn known(pieces: &[&str]) -> Content {
    Content { pieces: pieces.iter().map(|piece| piece.as_bytes().to_vec()).collect(), is_known: true, trailer: None }
}

fn chunked(pieces: &[&str], trailer: Option<&str>) -> Content {
    Content { is_known: false, trailer: trailer.map(str::to_owned), ..known(pieces) }
}

/// The request that the server has to be told of an exchange.
fn request_of(exchange: &Exchange, number: usize) -> Told {
    let target = if exchange.method.as_bytes() == b"CONNECT" { String::from("a:80") } else { format!("/{number}") };
    Told {
        start: format!("{} {target}", exchange.method),
        number: Some(number.to_string()),
        interim: 0,
        content: exchange.request.pieces.concat(),
        trailer: exchange.request.trailer.clone(),
        is_complete: true,
    }
}

/// The response that the client has to be told of an exchange (RFC 9112 6.3).
fn response_of(exchange: &Exchange) -> Told {
    let has_content = exchange.method.as_bytes() != b"HEAD" && ![204, 205, 304].contains(&exchange.status);
    Told {
        start: exchange.status.to_string(),
        number: None,
        interim: exchange.interim,
        content: if has_content { exchange.response.pieces.concat() } else { Vec::new() },
        trailer: exchange.response.trailer.clone().filter(|_| has_content),
        is_complete: exchange.tunnel.is_none(),
    }
}

/// Checks that both sides saw what was sent, and all of it.
#[track_caller]
fn assert_told(exchanges: &[Exchange], seen: &Outcome) {
    let requests: Vec<Told> = exchanges.iter().enumerate().map(|(n, e)| request_of(e, n)).collect();
    let responses: Vec<Told> = exchanges.iter().map(response_of).collect();
    assert_eq!((&seen.requests, &seen.responses, seen.faults), (&requests, &responses, (None, None)));
}
