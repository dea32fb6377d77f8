//! What a server learns from a connection.

use bytes::Bytes;

use crate::message::{Fields, RequestHead};

/// What happened on a connection. Everything in it shares the memory it was received into and is free to leave the
/// thread.
#[derive(Debug)]
pub enum Event {
    /// A request began.
    Request(RequestHead),
    /// A part of its content, without its transfer coding; never empty.
    Body(Bytes),
    /// It is complete. These are its trailers, empty unless its content was chunked.
    End(Fields),
    /// Everything is sent and there will be no further response: shut down the sending side of the transport, then go
    /// on reading until [`Event::Closed`], so that the peer gets to read the response (RFC 9112 9.6).
    Shutdown,
    /// It is over: close the transport. Told again at each further call.
    Closed,
}
