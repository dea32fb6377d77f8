#![doc = include_str!("../README.md")]

mod limits;
mod listener;
mod listeners;
mod open;
mod proxy;
mod socket;
mod stack;
#[cfg(feature = "tasks")]
pub mod tasks;
#[cfg(feature = "tls")]
mod tls;
#[cfg(unix)]
mod unix;

pub use limits::{AcceptPause, descriptors_allow, is_passing};
pub use listener::{BACKLOG, ListenOptions, Listener, Socket};
pub use listeners::Listeners;
pub use open::Open;
pub use proxy::{ProxyError, ProxyHeader};
pub use socket::{prepare, reset};
pub use stack::{Blocked, Stack};
#[cfg(feature = "tls")]
pub use tls::Tls;
