//! Where connections are tasks: what they share with the one that takes them, and with whoever stops the server.

mod place;
mod shutdown;
mod stop;

use place::Place;
pub use shutdown::ShutdownHandle;
pub use stop::{Entry, Stop};
