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
use basehttp_tests::drain::drain;

fn get(target: &str) -> RequestHead {
    request("GET", target)
}

/// The next event of a server that makes no mistake.
fn event(connection: &mut Connection) -> Option<Event> {
    connection.poll_event().expect("no fault")
}
