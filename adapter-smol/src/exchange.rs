//! One request and its answer, in the hands of a handler that takes content as it comes and sends content as it is made.
//!
//! An exchange leads to [`Done`] by one way or another: a response in one piece, a [`BodyWriter`] that is finished, or the
//! hand-over to another protocol. What is dropped on the way is answered for: by 500 if no response had begun, and else by
//! the end of the connection, which tells the client that the response is not complete.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use basehttp_handler::{Content, ExchangeError, Inflow, Peer, Request, Response, ServerInfo};
use basehttp_proto::{BodyLength, Fields, RequestHead, ResponseHead, StatusCode};
use bytes::{Buf, Bytes};
use futures_lite::io::{AsyncRead, AsyncWrite};

use crate::connection::Connection;
use crate::stream::Stream;

/// Answers requests whose content it takes itself. Async functions and closures from an [`Exchange`] are handlers.
///
/// ```no_run
/// use basehttp_handler::ExchangeError;
/// use basehttp_proto::{BodyLength, ResponseHead, StatusCode};
/// use basehttp_smol::{Done, Exchange, Server};
///
/// /// Counts what is sent, as it comes.
/// async fn count(mut exchange: Exchange) -> Result<Done, ExchangeError> {
///     let mut octets = 0;
///     while let Some(part) = exchange.content().await? {
///         octets += part.len();
///     }
///     let mut body = exchange.start(ResponseHead::new(StatusCode::OK), BodyLength::Unknown).await?;
///     body.write(format!("{octets} octets\n")).await?;
///     body.finish().await
/// }
///
/// # async fn example() -> std::io::Result<()> {
/// Server::bind(("127.0.0.1", 8000))?.serve_exchanges(count).await
/// # }
/// ```
pub trait ExchangeHandler: Send + Sync {
    /// Answers one request. A panic is answered with 500, or ends a response that has begun.
    fn handle(&self, exchange: Exchange) -> impl Future<Output = Result<Done, ExchangeError>> + Send;
}

impl<F, R> ExchangeHandler for F
where
    F: Fn(Exchange) -> R + Send + Sync,
    R: Future<Output = Result<Done, ExchangeError>> + Send,
{
    fn handle(&self, exchange: Exchange) -> impl Future<Output = Result<Done, ExchangeError>> + Send {
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
    pub async fn content(&mut self) -> Result<Option<Bytes>, ExchangeError> {
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
                Inflow::Wait(step) => connection.act_patiently(step).await?,
            }
        }
    }

    /// The request with all of its content that was not taken yet.
    ///
    /// # Errors
    ///
    /// As [`content`](Self::content); [`ExchangeError::ContentTooLarge`] beyond
    /// [`Settings::max_content`](basehttp_handler::Settings::max_content), which is answered 413.
    pub async fn collect(&mut self) -> Result<Request, ExchangeError> {
        // What says that it is too much is not asked for.
        let declared = self.head.fields().get_str("Content-Length").and_then(|length| length.parse().ok());
        self.held.get()?.driver.allows_collected(declared.unwrap_or(0))?;
        let mut content = Content::default();
        while let Some(octets) = self.content().await? {
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
    pub async fn inform(&mut self, status: StatusCode, fields: &Fields) -> Result<(), ExchangeError> {
        let connection = self.held.get()?;
        connection.driver.inform(status, fields)?;
        connection.flush(true).await
    }

    /// Sends a response in one piece.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Closed`] when the connection is over.
    pub async fn respond(mut self, response: impl Into<Response>) -> Result<Done, ExchangeError> {
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
    pub async fn start(mut self, head: ResponseHead, length: BodyLength) -> Result<BodyWriter, ExchangeError> {
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
    pub async fn switch(mut self, head: ResponseHead) -> Result<(Upgraded, Done), ExchangeError> {
        while self.content().await?.is_some() {}
        let connection = self.held.get()?;
        connection.driver.switch(head)?;
        connection.flush(true).await?;
        let early = connection.driver.take_tunnel();
        let stream = connection.take_stream().ok_or(ExchangeError::Closed)?.handed_over();
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
    pub async fn content(&mut self) -> Result<Option<Bytes>, ExchangeError> {
        self.exchange.content().await
    }

    /// Sends a part of the content. What is small waits for more, or for [`flush`](Self::flush); this waits while the
    /// client is slow to take what was sent before.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Usage`] beyond the length given at the start; [`ExchangeError::Closed`] when the client is gone.
    pub async fn write(&mut self, octets: impl Into<Bytes>) -> Result<(), ExchangeError> {
        let connection = self.exchange.held.get()?;
        connection.driver.send_content(octets)?;
        connection.flush(false).await
    }

    /// Waits until everything that was written has left.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Closed`] when the client is gone.
    pub async fn flush(&mut self) -> Result<(), ExchangeError> {
        self.exchange.held.get()?.flush(true).await
    }

    /// Ends the content.
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Usage`] when it is shorter than was said at the start.
    pub async fn finish(self) -> Result<Done, ExchangeError> {
        self.finish_with(&Fields::new()).await
    }

    /// Ends the content, and sends trailers after it.
    ///
    /// # Errors
    ///
    /// As [`finish`](Self::finish); for trailers where there are no chunks, or that are none.
    pub async fn finish_with(mut self, trailers: &Fields) -> Result<Done, ExchangeError> {
        self.exchange.held.get()?.driver.finish(trailers)?;
        Ok(Done(()))
    }
}

/// What a handler has when it has answered.
#[derive(Debug)]
#[must_use = "a handler returns it"]
pub struct Done(());

/// A connection that speaks another protocol now. It ends with its handler when the server is stopped; what is moved elsewhere is
/// its owner's affair, and is neither waited for nor cut off.
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

impl AsyncRead for Upgraded {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        if self.early.is_empty() {
            return Pin::new(&mut self.stream).poll_read(context, buffer);
        }
        let len = self.early.len().min(buffer.len());
        if let (Some(place), Some(octets)) = (buffer.get_mut(..len), self.early.get(..len)) {
            place.copy_from_slice(octets);
        }
        self.early.advance(len);
        Poll::Ready(Ok(len))
    }
}

impl AsyncWrite for Upgraded {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(context)
    }
}
