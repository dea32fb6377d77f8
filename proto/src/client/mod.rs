//! The client's side of a connection: requests go out, responses come in as events.

mod connection;
mod event;
mod request;
mod rules;

pub use connection::Connection;
pub use event::Event;
