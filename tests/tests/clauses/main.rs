//! Clauses of RFC 9112 and RFC 9110 that no other test shows: one test each, named after the clause it is about.
//!
//! `compliance.toml` says which test shows which clause.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, with a text that names the case"
)]

mod c9110_conditions;
mod c9110_fields;
mod c9110_files;
mod c9110_methods;
mod c9110_routing;
mod c9110_statuses;
mod c9112_body;
mod c9112_connection;
mod c9112_messages;
mod c9112_requests;

use basehttp_proto::client::Connection;
use basehttp_proto::{BodyLength, Config, Fields, RequestHead, UsageError, server};
use basehttp_tests::client_split::request;
use basehttp_tests::drain::drain;

/// A response without anything special.
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

/// A GET request with these fields besides Host.
fn get(fields: &[(&str, &str)]) -> RequestHead {
    with(request("GET", "/"), fields)
}

/// The same head with these fields as well.
fn with(head: RequestHead, fields: &[(&str, &str)]) -> RequestHead {
    fields.iter().fold(head, |head, (name, value)| head.field(name, value).expect("a field"))
}

/// A client's connection on which nothing has happened.
fn client() -> Connection {
    Connection::new(Config::client())
}

/// Takes what is queued on a client's connection, as text.
fn sent(connection: &mut Connection) -> String {
    String::from_utf8(drain(connection.transmit())).expect("text")
}

/// What a client writes for this head and content; nothing is written when it refuses.
fn written(head: &RequestHead, content: &str) -> Result<String, UsageError> {
    let mut connection = client();
    let refused = connection.request(head, content.to_owned());
    let output = sent(&mut connection);
    assert!(refused.is_ok() || output.is_empty(), "a call that is refused writes nothing");
    refused.map(|()| output)
}

/// What a client writes for this head and these pieces, whose length it is not told.
fn written_in_pieces(head: &RequestHead, pieces: &[&'static str]) -> Result<String, UsageError> {
    let mut connection = client();
    connection.send_request(head, BodyLength::Unknown)?;
    for piece in pieces {
        connection.send_body(*piece)?;
    }
    connection.finish(&Fields::new())?;
    Ok(sent(&mut connection))
}

/// A server's connection that has read these octets up to the end of the request in them.
fn asked(octets: &str) -> server::Connection {
    let mut connection = server::Connection::new(Config::default());
    connection.recv(octets.as_bytes()).expect("octets are wanted");
    while !matches!(connection.poll_event(), Ok(Some(server::Event::End(_)))) {}
    connection
}

/// Takes what is queued on a server's connection, as text.
fn answered(connection: &mut server::Connection) -> String {
    String::from_utf8(drain(connection.transmit())).expect("text")
}
