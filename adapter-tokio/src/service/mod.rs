//! Services of tower as handlers: what is written for axum and its kin is served as it is.

mod body;

use std::error::Error;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Mutex, PoisonError};

use basehttp_handler::interop::{ConversionError, FromHttp, ToHttp};
use basehttp_handler::{ExchangeError, Response};
use basehttp_proto::{BodyLength, Fields, Method, ResponseHead, StatusCode};
use bytes::{Buf, Bytes};
use futures_lite::future::{poll_fn, poll_once};
use http::HeaderMap;
use http_body::{Body, Frame};
use tokio::task::coop::consume_budget;
use tower_service::Service;

use crate::exchange::{BodyWriter, Done, Exchange, ExchangeHandler};
use crate::server::Server;
use body::Feed;

pub use body::RequestBody;

impl Server {
    /// As [`serve`](Self::serve), with a service of tower: a router of axum, for one.
    ///
    /// Each request goes to a clone of the service, once that is ready. [`Peer`](basehttp_handler::Peer) and
    /// [`ServerInfo`](basehttp_handler::ServerInfo) are among its extensions; its content is read as the service takes
    /// it, and [`Settings::max_content`](basehttp_handler::Settings::max_content) does not hold for it. The response is sent as its body gives it: with Content-Length if the body knows its size, and else in
    /// chunks, after which trailers are sent if all of them may be. What is answered without content, to HEAD for one, has its
    /// body dropped.
    ///
    /// A service that fails or panics is answered for with 500, and so is a response that cannot be sent, with a Content-Length
    /// that is not that of its body for one. A body that fails ends the connection. A target that no [`http::Uri`] can hold is
    /// answered 400, and CONNECT 501: connections are handed over by [`serve_exchanges`](Self::serve_exchanges) alone, so that
    /// there are no WebSockets here.
    ///
    /// While what was sent waits for the client to take it, no content of the request is read.
    ///
    /// ```no_run
    /// use axum::{Router, routing::get};
    /// use basehttp_tokio::Server;
    ///
    /// # async fn example() -> std::io::Result<()> {
    /// let router = Router::new().route("/", get(async || "Hello, World!\n"));
    /// Server::bind(("127.0.0.1", 8000))?.serve_service(router).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`serve`](Self::serve).
    ///
    /// # Panics
    ///
    /// As [`serve`](Self::serve).
    pub async fn serve_service<S, B>(self, service: S) -> io::Result<()>
    where
        S: Service<http::Request<RequestBody>, Response = http::Response<B>> + Clone + Send + 'static,
        S::Error: Into<Box<dyn Error + Send + Sync>>,
        S::Future: Send,
        B: Body + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        self.serve_exchanges(Serving(Mutex::new(service))).await
    }
}

/// Answers exchanges by clones of a service.
struct Serving<S>(Mutex<S>);

impl<S, B> ExchangeHandler for Serving<S>
where
    S: Service<http::Request<RequestBody>, Response = http::Response<B>> + Clone + Send + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    async fn handle(&self, mut exchange: Exchange) -> Result<Done, ExchangeError> {
        // A tunnel is no response.
        if exchange.head().method() == Method::CONNECT {
            return exchange.respond(Response::error(StatusCode::NOT_IMPLEMENTED)).await;
        }
        let (body, feed) = body::of(exchange.head());
        let request = match request(&exchange, body) {
            Ok(request) => request,
            Err(error) => return exchange.respond(error).await,
        };
        let mut service = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answer = async move {
            poll_fn(|context| service.poll_ready(context)).await.map_err(failed)?;
            service.call(request).await.map_err(failed)
        };
        let response = feed.during(&mut exchange, answer).await?;
        respond(exchange, &feed, response).await
    }
}

/// The request as services take it.
fn request(exchange: &Exchange, body: RequestBody) -> Result<http::Request<RequestBody>, ConversionError> {
    let mut parts = exchange.head().to_http()?;
    parts.extensions.insert(exchange.peer());
    parts.extensions.insert(exchange.server().clone());
    Ok(http::Request::from_parts(parts, body))
}

async fn respond<B>(mut exchange: Exchange, feed: &Feed, response: http::Response<B>) -> Result<Done, ExchangeError>
where
    B: Body + Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (parts, body) = response.into_parts();
    let mut head = match ResponseHead::from_http(&parts) {
        Ok(head) => head,
        Err(error) => return exchange.respond(error).await,
    };
    let is_sent = may_have_content(exchange.head().method(), head.status());
    let length = length(&mut head, body.size_hint().exact(), is_sent);
    if feed.is_dropped() {
        exchange.decline_content()?;
    }
    let writer = exchange.start(head, length).await?;
    if is_sent {
        send(writer, feed, pin!(body)).await
    } else {
        drop(body);
        writer.finish().await
    }
}

/// Sends the content of a response as its body gives it.
async fn send<B>(mut writer: BodyWriter, feed: &Feed, mut body: Pin<&mut B>) -> Result<Done, ExchangeError>
where
    B: Body + Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let mut trailers = Fields::new();
    while !body.is_end_stream() {
        let part = match poll_once(next(body.as_mut())).await {
            Some(part) => {
                // A body that is always ready must not keep other tasks from their turn.
                consume_budget().await;
                feed.catch_up(&mut writer.exchange).await;
                part
            }
            None => {
                // The client has all there is before more is waited for.
                writer.flush().await?;
                feed.during(&mut writer.exchange, next(body.as_mut())).await
            }
        };
        match part? {
            Some(Part::Content(octets)) => writer.write(octets).await?,
            Some(Part::Trailers(map)) => {
                trailers = Fields::from_http(&map).map_err(failed)?;
                break;
            }
            None => break,
        }
    }
    writer.finish_with_allowed(&trailers).await
}

enum Part {
    Content(Bytes),
    Trailers(HeaderMap),
}

/// The next part that a body gives.
async fn next<B>(mut body: Pin<&mut B>) -> Result<Option<Part>, ExchangeError>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let frame = poll_fn(|context| body.as_mut().poll_frame(context)).await;
    let Some(frame) = frame.transpose().map_err(failed)? else { return Ok(None) };
    Ok(match frame.into_data().map_err(Frame::into_trailers) {
        Ok(mut data) => Some(Part::Content(data.copy_to_bytes(data.remaining()))),
        Err(Ok(trailers)) => Some(Part::Trailers(trailers)),
        // There is no other kind.
        Err(Err(_)) => None,
    })
}

/// Whether content of a response is sent (RFC 9110 6.4.1).
fn may_have_content(method: Method, status: StatusCode) -> bool {
    let without = [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED];
    method != Method::HEAD && !without.contains(&status)
}

/// The length of the content, or of what GET would have had, from what the head says and the body knows. A Content-Length that
/// has no place in the head is taken out.
fn length(head: &mut ResponseHead, known: Option<u64>, is_sent: bool) -> BodyLength {
    if matches!(head.status(), StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT) {
        head.fields_mut().remove("Content-Length");
        return BodyLength::Known(0);
    }
    let said = head.fields().get_str("Content-Length").and_then(|length| length.parse().ok());
    if is_sent {
        return known.or(said).map_or(BodyLength::Unknown, BodyLength::Known);
    }
    if head.status() == StatusCode::NOT_MODIFIED && said == Some(0) {
        // Routers say so of the body that they were given; of what is not modified it is not true.
        head.fields_mut().remove("Content-Length");
        return BodyLength::Unknown;
    }
    // A body that was left away says nothing of the one that GET would have had.
    said.or(known.filter(|octets| *octets > 0)).map_or(BodyLength::Unknown, BodyLength::Known)
}

/// What a service or its body failed with. The driver answers for it, or ends the connection.
fn failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> ExchangeError {
    io::Error::other(error).into()
}
