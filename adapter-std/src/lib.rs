#![doc = include_str!("../README.md")]

mod accept;
mod connection;
mod exchange;
mod files;
mod poller;
mod pool;
mod server;
mod socket;
mod stop;
mod stream;

#[cfg(feature = "tls")]
pub use basehttp_transport::Tls;
pub use basehttp_transport::{ListenOptions, Listener, Listeners};
pub use exchange::{BodyWriter, Done, Exchange, ExchangeHandler, Upgraded};
pub use server::{MAX_CONNECTIONS, Server};
pub use stop::ShutdownHandle;
pub use stream::Stream;
