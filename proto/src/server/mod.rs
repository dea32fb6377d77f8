//! The server's side of a connection: requests come in as events, responses go out.

mod connection;
mod event;
mod request;
mod response;
mod rest;

pub use connection::Connection;
pub use event::Event;
pub use rest::Resting;
