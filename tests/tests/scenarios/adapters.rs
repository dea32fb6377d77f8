//! The adapters: their servers, and their exchanges as [`Exchange`].

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use basehttp_handler::{Handler, Request, Response, Settings, inline};
use basehttp_transport::Listener;

use super::document::Scenario;
use super::exchange::Seen;
use super::loopback::{PATIENCE, UNIT};
use super::orders::{self, Kind};
use super::tls;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adapter {
    Std,
    Tokio,
    Smol,
}

/// How handlers are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Calls {
    Sync(Kind),
    /// A handler of complete requests that waits without a thread.
    Async,
}

/// The exchange of an adapter; they differ in what makes them async.
macro_rules! exchanges {
    ($module:ident, $adapter:ident, [$($wait:tt)*], $stream:ident, $sleep:expr) => {
        pub(crate) mod $module {
            use std::io;
            use std::time::Duration;

            use basehttp_handler::{ExchangeError, Request, Response};
            use basehttp_proto::{BodyLength, Fields, RequestHead, ResponseHead, StatusCode};
            use bytes::Bytes;
            use $adapter::{BodyWriter, Done, Exchange, Upgraded};
            #[allow(unused_imports, reason = "the traits of one adapter are not those of another")]
            use super::$stream::*;

            use super::super::exchange;

            pub(crate) async fn sleep(time: Duration) {
                $sleep(time) $($wait)*;
            }

            impl exchange::Exchange for Exchange {
                type Body = BodyWriter;
                type Tunnel = Upgraded;
                type Done = Done;

                fn head(&self) -> &RequestHead {
                    Exchange::head(self)
                }

                async fn sleep(&self, units: u32) {
                    sleep(super::UNIT * units).await;
                }

                async fn content(&mut self) -> Result<Option<Bytes>, ExchangeError> {
                    Exchange::content(self) $($wait)*
                }

                async fn collect(&mut self) -> Result<Request, ExchangeError> {
                    Exchange::collect(self) $($wait)*
                }

                async fn inform(&mut self, status: StatusCode, fields: &Fields) -> Result<(), ExchangeError> {
                    Exchange::inform(self, status, fields) $($wait)*
                }

                async fn respond(self, response: Response) -> Result<Done, ExchangeError> {
                    Exchange::respond(self, response) $($wait)*
                }

                async fn start(self, head: ResponseHead, length: BodyLength) -> Result<BodyWriter, ExchangeError> {
                    Exchange::start(self, head, length) $($wait)*
                }

                async fn switch(self, head: ResponseHead) -> Result<(Upgraded, Done), ExchangeError> {
                    Exchange::switch(self, head) $($wait)*
                }
            }

            impl exchange::Body for BodyWriter {
                type Done = Done;

                async fn sleep(&self, units: u32) {
                    sleep(super::UNIT * units).await;
                }

                async fn content(&mut self) -> Result<Option<Bytes>, ExchangeError> {
                    BodyWriter::content(self) $($wait)*
                }

                fn trailers(&self) -> Fields {
                    self.request().trailers().cloned().unwrap_or_default()
                }

                async fn write(&mut self, octets: Bytes) -> Result<(), ExchangeError> {
                    BodyWriter::write(self, octets) $($wait)*
                }

                async fn flush(&mut self) -> Result<(), ExchangeError> {
                    BodyWriter::flush(self) $($wait)*
                }

                async fn finish(self, trailers: &Fields) -> Result<Done, ExchangeError> {
                    BodyWriter::finish_with(self, trailers) $($wait)*
                }
            }

            impl exchange::Tunnel for Upgraded {
                async fn receive(&mut self) -> io::Result<Vec<u8>> {
                    let mut buffer = vec![0; 16];
                    let len = self.read(&mut buffer) $($wait)* ?;
                    buffer.truncate(len);
                    Ok(buffer)
                }

                async fn send(&mut self, octets: &[u8]) -> io::Result<()> {
                    self.write_all(octets) $($wait)* ?;
                    self.flush() $($wait)*
                }
            }
        }
    };
}

mod std_streams {
    pub(super) use std::io::{Read, Write};
}

mod tokio_streams {
    pub(super) use tokio::io::{AsyncReadExt, AsyncWriteExt};
}

mod smol_streams {
    pub(super) use smol::io::{AsyncReadExt, AsyncWriteExt};
}

exchanges!(on_std, basehttp_std, [], std_streams, std::thread::sleep);
exchanges!(on_tokio, basehttp_tokio, [.await], tokio_streams, tokio::time::sleep);
exchanges!(on_smol, basehttp_smol, [.await], smol_streams, smol::Timer::after);

/// A server that follows the orders of a scenario.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    now: Box<dyn Fn()>,
    connections: Box<dyn Fn() -> usize>,
    thread: JoinHandle<io::Result<()>>,
}

/// Servers differ in their type and not in their methods.
macro_rules! serve {
    ($server:ty, $listener:ident, $settings:ident, |$it:ident| $run:expr) => {{
        let server = <$server>::from_listener($listener).unwrap().settings($settings);
        let address = server.local_addr().unwrap();
        let (stop, count) = (server.shutdown_handle(), server.shutdown_handle());
        let thread = thread::spawn(move || {
            let $it = server;
            $run
        });
        Running {
            address,
            now: Box::new(move || stop.now()),
            connections: Box::new(move || count.connections()),
            thread,
        }
    }};
}

/// A handler of exchanges, or of complete requests that waits without a thread.
macro_rules! async_handlers {
    ($module:ident, $calls:ident, $scenario:ident, $seen:ident, $server:ident, [$($block_on:tt)*]) => {
        match $calls {
            Calls::Sync(Kind::Handler) => $($block_on)*($server.serve(handler($scenario))),
            Calls::Sync(Kind::Exchange) => $($block_on)*($server.serve_exchanges(move |exchange| {
                let (scenario, seen) = (Arc::clone(&$scenario), $seen.clone());
                async move { super::exchange::answer(exchange, &scenario, &seen).await }
            })),
            Calls::Async => $($block_on)*($server.serve_async(move |request: Request| {
                let scenario = Arc::clone(&$scenario);
                async move {
                    let orders = orders::of(&scenario.handler, request.path());
                    orders::slowly(orders, &request, |units| $module::sleep(UNIT * units)).await
                }
            })),
        }
    };
}

pub(crate) fn start(
    adapter: Adapter,
    is_secured: bool,
    calls: Calls,
    scenario: &Arc<Scenario>,
    settings: Settings,
    seen: &Seen,
) -> Running {
    let (scenario, seen) = (Arc::clone(scenario), seen.clone());
    let listener = Listener::bind(("127.0.0.1", 0)).unwrap();
    let listener = if is_secured { tls::secured(listener) } else { listener };
    match adapter {
        Adapter::Std => serve!(basehttp_std::Server, listener, settings, |server| match calls {
            Calls::Sync(Kind::Exchange) => server.serve_exchanges(move |exchange: basehttp_std::Exchange| {
                // Everything that it awaits has been done by then.
                smol::block_on(super::exchange::answer(exchange, &scenario, &seen))
            }),
            _ => server.serve(handler(scenario)),
        }),
        Adapter::Tokio => serve!(basehttp_tokio::Server, listener, settings, |server| {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            async_handlers!(on_tokio, calls, scenario, seen, server, [runtime.block_on])
        }),
        Adapter::Smol => serve!(basehttp_smol::Server, listener, settings, |server| {
            async_handlers!(on_smol, calls, scenario, seen, server, [smol::block_on])
        }),
    }
}

fn handler(scenario: Arc<Scenario>) -> Arc<dyn Handler> {
    let is_inline = scenario.is_inline;
    let handler = move |request: Request| -> Response {
        let orders = orders::of(&scenario.handler, request.path());
        orders::simple(orders, &request, &|units| thread::sleep(UNIT * units))
    };
    if is_inline { Arc::new(inline(handler)) } else { Arc::new(handler) }
}

impl Running {
    /// Waits until no connection is open, and stops. What is wrong with that.
    pub(crate) fn stop(self) -> Result<(), String> {
        let begun = Instant::now();
        while (self.connections)() > 0 && begun.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(1));
        }
        let left = (self.connections)();
        (self.now)();
        self.thread.join().map_err(|_| "the server panicked")?.map_err(|e| e.to_string())?;
        if left == 0 { Ok(()) } else { Err(format!("{left} connections are left open")) }
    }
}
