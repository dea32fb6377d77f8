#![doc = include_str!("../README.md")]

mod accept;
mod connection;
mod files;
mod server;
mod stop;
mod timer;

pub use server::{MAX_CONNECTIONS, Server};
pub use stop::ShutdownHandle;
