//! What a client learns from a connection.

use bytes::Bytes;

use crate::message::{Fields, ResponseHead};

/// What happened on a connection. Everything in it shares the memory it was received into and is free to leave the
/// thread.
#[derive(Debug)]
pub enum Event {
    /// A response that precedes the final one: 100, 102, 103 and so on.
    Informational(ResponseHead),
    /// The final response began.
    Response(ResponseHead),
    /// A part of its content, without its transfer coding; never empty.
    Body(Bytes),
    /// It is complete. These are its trailers, empty unless its content was chunked.
    End(Fields),
    /// The server switched to another protocol, by 101 or by a 2xx answer to CONNECT: what follows belongs to that. Take
    /// what has come of it with [`Connection::take_tunnel`](super::Connection::take_tunnel), and then the transport.
    Tunnel(ResponseHead),
    /// It is over: close the transport. Told again at each further call.
    Closed,
}
