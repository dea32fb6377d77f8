//! One request and its answer, in the hands of a handler that takes content as it comes and sends content as it is made.
//!
//! An exchange leads to [`Done`] by one way or another: a response in one piece, a [`BodyWriter`] that is finished, or the
//! hand-over to another protocol. What is dropped on the way is answered for: by 500 if no response had begun, and else by
//! the end of the connection, which tells the client that the response is not complete.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use basehttp_handler::{Content, ExchangeError, Inflow, Peer, Request, Response, ServerInfo};
use basehttp_proto::{BodyLength, Fields, RequestHead, ResponseHead, StatusCode};
use bytes::{Buf, Bytes};

use crate::connection::Connection;
use crate::stream::Stream;

/// Answers requests whose content it takes itself. Functions and closures from an [`Exchange`] are handlers.
///
/// ```no_run
/// use basehttp_handler::ExchangeError;
/// use basehttp_proto::{BodyLength, ResponseHead, StatusCode};
/// use basehttp_std::{Done, Exchange, Server};
///
/// /// Counts what is sent, as it comes.
/// fn count(mut exchange: Exchange) -> Result<Done, ExchangeError> {
///     let mut octets = 0;
///     while let Some(part) = exchange.content()? {
///         octets += part.len();
///     }
///     let mut body = exchange.start(ResponseHead::new(StatusCode::OK), BodyLength::Unknown)?;
///     body.write(format!("{octets} octets\n"))?;
///     body.finish()
/// }
///
/// # fn example() -> std::io::Result<()> {
/// Server::bind(("127.0.0.1", 8000))?.serve_exchanges(count)
/// # }
/// ```
pub trait ExchangeHandler: Send + Sync {
    /// Answers one request. A panic is answered with 500, or ends a response that has begun.
    ///
    /// # Errors
    ///
    /// What its exchange told; a fault of the peer is answered as it has to be.
    fn handle(&self, exchange: Exchange) -> Result<Done, ExchangeError>;
}

impl<F> ExchangeHandler for F
where
    F: Fn(Exchange) -> Result<Done, ExchangeError> + Send + Sync,
{
    fn handle(&self, exchange: Exchange) -> Result<Done, ExchangeError> {
        self(exchange)
    }
}

/// Where a connection is put when a handler is done with it, however that came.
pub(crate) type Home = Arc<Mutex<Option<Box<Connection>>>>;

/// A connection that finds home.
struct Held {
    /// There until this is dropped.
    connection: Option<Box<Connection>>,
    home: Home,
}

impl Held {
    fn get(&mut self) -> Result<&mut Connection, ExchangeError> {
        self.connection.as_deref_mut().ok_or(ExchangeError::Closed)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        *self.home.lock().unwrap_or_else(PoisonError::into_inner) = self.connection.take();
    }
}

/// A request, and the right to answer it.
#[must_use = "a request that nobody answers is answered with 500"]
pub struct Exchange {
    held: Held,
    head: RequestHead,
    peer: Peer,
    is_secured: bool,
    server: Arc<ServerInfo>,
    /// Once the content has ended.
    trailers: Option<Fields>,
}

impl Exchange {
    pub(crate) fn new(connection: Box<Connection>, head: RequestHead, home: Home) -> Self {
        let (peer, is_secured) = (connection.driver.peer(), connection.driver.is_secured());
        let server = connection.driver.server();
        Self { held: Held { connection: Some(connection), home }, head, peer, is_secured, server, trailers: None }
    }

    /// The head of the request.
    pub fn head(&self) -> &RequestHead {
        &self.head
    }

    /// Who sent it, as [`Request::peer`].
    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// The server it came to, as [`Request::server`].
    pub fn server(&self) -> &ServerInfo {
        &self.server
    }

    /// Whether it came over a secured connection, as [`Request::is_secured`].
    pub fn is_secured(&self) -> bool {
        self.is_secured
    }

    /// The trailers, once [`content`](Self::content) has told the end.
    pub fn trailers(&self) -> Option<&Fields> {
        self.trailers.as_ref()
    }

    /// The next part of the content, `None` at its end. The first call tells a client that waits for it to go on.
    ///
    /// # Errors
    ///
    /// [`ExchangeError`]; return it, and a fault of the peer is answered as it has to be.
    pub fn content(&mut self) -> Result<Option<Bytes>, ExchangeError> {
        if self.trailers.is_some() {
            return Ok(None);
        }
        let connection = self.held.get()?;
        let ask = connection.driver.ask(connection.now());
        loop {
            match connection.driver.content(&ask, connection.now())? {
                Inflow::Content(octets) => return Ok(Some(octets)),
                Inflow::End(trailers) => {
                    self.trailers = Some(trailers);
                    return Ok(None);
                }
                Inflow::Wait(step) => connection.act_patiently(step)?,
            }
        }
    }

    /// The request with all of its content that was not taken yet.
    ///
    /// # Errors
    ///
    /// As [`content`](Self::content); [`ExchangeError::ContentTooLarge`] beyond
    /// [`Settings::max_content`](basehttp_handler::Settings::max_content), which is answered 413.
    pub fn collect(&mut self) -> Result<Request, ExchangeError> {
        // What says that it is too much is not asked for.
        let declared = self.head.fields().get_str("Content-Length").and_then(|length| length.parse().ok());
        self.held.get()?.driver.allows_collected(declared.unwrap_or(0))?;
        let mut content = Content::default();
        while let Some(octets) = self.content()? {
            self.held.get()?.driver.allows_collected(content.len().saturating_add(octets.len()))?;
            content.push(octets);
        }
        let trailers = self.trailers.clone().unwrap_or_default();
        Ok(self.held.get()?.driver.make_request(self.head.clone(), content.into_bytes(), trailers))
    }

    /// Sends an informational response at once; any number may precede the final one.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Usage`] for a status that is not 1xx, or 101, and for a client that speaks HTTP/1.0.
    pub fn inform(&mut self, status: StatusCode, fields: &Fields) -> Result<(), ExchangeError> {
        let connection = self.held.get()?;
        connection.driver.inform(status, fields)?;
        connection.flush(true)
    }

    /// Sends a response in one piece.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Closed`] when the connection is over.
    pub fn respond(mut self, response: impl Into<Response>) -> Result<Done, ExchangeError> {
        let connection = self.held.get()?;
        connection.heed_stop();
        connection.driver.respond(response.into());
        if connection.driver.is_over() { Err(ExchangeError::Closed) } else { Ok(Done(())) }
    }

    /// Begins a response whose content follows. Content of unknown length is sent in chunks. Nothing is sent before
    /// something is written, flushed or finished.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Usage`] for a head that cannot be sent with content of this length.
    pub fn start(mut self, head: ResponseHead, length: BodyLength) -> Result<BodyWriter, ExchangeError> {
        let connection = self.held.get()?;
        connection.heed_stop();
        connection.driver.start(head, length)?;
        Ok(BodyWriter { exchange: self })
    }

    /// Hands the connection over to another protocol: by 101 with an Upgrade that the request offers, or by a 2xx answer to
    /// CONNECT. The content of the request is taken first.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Usage`] when the request did not ask for this.
    pub fn switch(mut self, head: ResponseHead) -> Result<(Upgraded, Done), ExchangeError> {
        while self.content()?.is_some() {}
        let connection = self.held.get()?;
        connection.driver.switch(head)?;
        connection.flush(true)?;
        let early = connection.driver.take_tunnel();
        let stream = connection.take_stream().ok_or(ExchangeError::Closed)?.handed_over()?;
        Ok((Upgraded { early, stream }, Done(())))
    }
}

/// The content of a response that has begun.
#[must_use = "a response that is not finished ends the connection"]
pub struct BodyWriter {
    exchange: Exchange,
}

impl BodyWriter {
    /// The request that is answered.
    pub fn request(&self) -> &Exchange {
        &self.exchange
    }

    /// The next part of the request's content, as [`Exchange::content`]; what was written leaves before this waits.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn content(&mut self) -> Result<Option<Bytes>, ExchangeError> {
        self.exchange.content()
    }

    /// Sends a part of the content. What is small waits for more, or for [`flush`](Self::flush); this waits while the
    /// client is slow to take what was sent before.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Usage`] beyond the length given at the start; [`ExchangeError::Closed`] when the client is gone.
    pub fn write(&mut self, octets: impl Into<Bytes>) -> Result<(), ExchangeError> {
        let connection = self.exchange.held.get()?;
        connection.driver.send_content(octets)?;
        connection.flush(false)
    }

    /// Waits until everything that was written has left.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Closed`] when the client is gone.
    pub fn flush(&mut self) -> Result<(), ExchangeError> {
        self.exchange.held.get()?.flush(true)
    }

    /// Ends the content.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Usage`] when it is shorter than was said at the start.
    pub fn finish(self) -> Result<Done, ExchangeError> {
        self.finish_with(&Fields::new())
    }

    /// Ends the content, and sends trailers after it.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish); for trailers where there are no chunks, or that are none.
    pub fn finish_with(mut self, trailers: &Fields) -> Result<Done, ExchangeError> {
        self.exchange.held.get()?.driver.finish(trailers)?;
        Ok(Done(()))
    }
}

/// What a handler has when it has answered.
#[derive(Debug)]
#[must_use = "a handler returns it"]
pub struct Done(());

/// A connection that speaks another protocol now. Its handler is waited for when the server is stopped, as long as that waits, and
/// its stream is cut off then; what is moved elsewhere is its owner's affair.
#[derive(Debug)]
pub struct Upgraded {
    /// What had come before the hand-over.
    early: Bytes,
    stream: Stream,
}

impl Upgraded {
    /// What had come before the hand-over and was not read here, and the stream.
    pub fn into_parts(self) -> (Bytes, Stream) {
        (self.early, self.stream)
    }
}

impl Read for Upgraded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.early.is_empty() {
            return self.stream.read(buffer);
        }
        let len = self.early.len().min(buffer.len());
        if let (Some(place), Some(octets)) = (buffer.get_mut(..len), self.early.get(..len)) {
            place.copy_from_slice(octets);
        }
        self.early.advance(len);
        Ok(len)
    }
}

impl Write for Upgraded {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.stream.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
