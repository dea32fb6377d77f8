#![doc = include_str!("../README.md")]

mod accept;
mod connection;
mod files;
mod pool;
mod server;
mod stop;

pub use server::{MAX_CONNECTIONS, Server};
pub use stop::ShutdownHandle;
