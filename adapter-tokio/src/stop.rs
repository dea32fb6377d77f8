//! Stopping a server from elsewhere, and making room in a full one: as wherever connections are tasks.

pub use basehttp_transport::tasks::ShutdownHandle;
pub(crate) use basehttp_transport::tasks::{Entry, Stop};
