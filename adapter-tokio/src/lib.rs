#![doc = include_str!("../README.md")]

mod accept;
mod async_handler;
mod connection;
mod exchange;
mod files;
mod server;
#[cfg(feature = "tower")]
mod service;
mod stop;
mod stream;
mod timer;

pub use async_handler::AsyncHandler;
#[cfg(feature = "tls")]
pub use basehttp_transport::Tls;
pub use basehttp_transport::{ListenOptions, Listener, Listeners};
pub use exchange::{BodyWriter, Done, Exchange, ExchangeHandler, Upgraded};
pub use server::{MAX_CONNECTIONS, Server};
#[cfg(feature = "tower")]
pub use service::RequestBody;
pub use stop::ShutdownHandle;
pub use stream::Stream;
