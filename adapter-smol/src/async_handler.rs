//! Handlers that wait without a thread.

use basehttp_handler::{ExchangeError, Request, Response};
use basehttp_proto::{Method, StatusCode};

use crate::exchange::{Done, Exchange, ExchangeHandler};

/// Answers complete requests, and may wait for something meanwhile. Async functions and closures from a [`Request`] to
/// anything that becomes a [`Response`] are handlers.
///
/// ```no_run
/// use basehttp_handler::Request;
/// use basehttp_smol::Server;
///
/// async fn hello(request: Request) -> String {
///     format!("Hello, {}!\n", request.peer())
/// }
///
/// # async fn example() -> std::io::Result<()> {
/// Server::bind(("127.0.0.1", 8000))?.serve_async(hello).await
/// # }
/// ```
pub trait AsyncHandler: Send + Sync {
    /// Answers one request. A panic is answered with 500.
    fn handle(&self, request: Request) -> impl Future<Output = Response> + Send;
}

impl<F, R> AsyncHandler for F
where
    F: Fn(Request) -> R + Send + Sync,
    R: Future + Send,
    R::Output: Into<Response>,
{
    fn handle(&self, request: Request) -> impl Future<Output = Response> + Send {
        let response = self(request);
        async move { response.await.into() }
    }
}

/// Collects each request before it is answered.
pub(crate) struct Collected<H>(pub(crate) H);

impl<H: AsyncHandler> ExchangeHandler for Collected<H> {
    async fn handle(&self, mut exchange: Exchange) -> Result<Done, ExchangeError> {
        // A tunnel is no response.
        if exchange.head().method() == Method::CONNECT {
            return exchange.respond(Response::error(StatusCode::NOT_IMPLEMENTED)).await;
        }
        let request = exchange.collect().await?;
        let response = self.0.handle(request).await;
        exchange.respond(response).await
    }
}
