//! The client's role: golden cases of responses, and what only calls can show.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, with a text that names the case"
)]

mod calls;
mod cases;
mod time;

use basehttp_proto::RequestHead;
use basehttp_proto::client::{Connection, Event};
use basehttp_tests::client_split::request;

fn get(target: &str) -> RequestHead {
    request("GET", target)
}

/// The next event of a server that makes no mistake.
fn event(connection: &mut Connection) -> Option<Event> {
    connection.poll_event().expect("no fault")
}

/// Takes everything that is queued.
fn drain(connection: &mut Connection) -> Vec<u8> {
    let mut output = Vec::new();
    while !connection.transmit().is_empty() {
        let octets = connection.transmit().chunk().to_vec();
        connection.transmit().consume(octets.len());
        output.extend(octets);
    }
    output
}
