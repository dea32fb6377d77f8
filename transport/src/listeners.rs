//! The listeners of one server.

use std::io;
use std::iter;
use std::net::SocketAddr;
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};

use crate::Listener;

/// The listeners of a server, at least one.
#[derive(Debug)]
pub struct Listeners {
    first: Listener,
    others: Vec<Listener>,
}

impl<L: Into<Listener>> From<L> for Listeners {
    fn from(first: L) -> Self {
        Self { first: first.into(), others: Vec::new() }
    }
}

impl Listeners {
    /// Adds one more.
    pub fn push(&mut self, listener: impl Into<Listener>) {
        self.others.push(listener.into());
    }

    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Listener> {
        iter::once(&self.first).chain(&self.others)
    }

    /// The first address; paths have none.
    ///
    /// # Errors
    ///
    /// What the system says; [`io::ErrorKind::NotFound`] when all of them are paths.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.local_addrs()?.first().copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// The addresses, without paths.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addrs(&self) -> io::Result<Vec<SocketAddr>> {
        self.iter().filter_map(Listener::local_addr).collect()
    }
}

/// The first of them.
#[cfg(unix)]
impl AsFd for Listeners {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.first.as_fd()
    }
}
