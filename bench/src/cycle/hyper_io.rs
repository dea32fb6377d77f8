//! A transport in memory for hyper, and a poll without a runtime.

use std::cell::{Cell, RefCell};
use std::io;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use hyper::rt::{Read, ReadBufCursor, Write};

use super::Sink;

/// Both ends of the transport: one reads and writes, the other puts octets in and takes them out.
#[derive(Clone, Default)]
pub(super) struct Memory(Rc<Inner>);

#[derive(Default)]
struct Inner {
    input: Cell<&'static [u8]>,
    sink: RefCell<Sink>,
}

impl Memory {
    /// Does `work` with this input; what is written goes into `sink`.
    #[inline]
    pub(super) fn exchange(&self, input: &'static [u8], sink: &mut Sink, work: impl FnOnce()) {
        self.0.input.set(input);
        mem::swap(sink, &mut self.0.sink.borrow_mut());
        work();
        mem::swap(sink, &mut self.0.sink.borrow_mut());
        assert!(self.0.input.get().is_empty(), "everything was read");
    }

    /// Brings further input.
    #[inline]
    pub(super) fn bring(&self, input: &'static [u8]) {
        self.0.input.set(input);
    }
}

impl Read for Memory {
    #[inline]
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, mut buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let input = self.0.input.get();
        if input.is_empty() {
            return Poll::Pending;
        }
        let (now, later) = input.split_at(input.len().min(buffer.remaining()));
        buffer.put_slice(now);
        self.0.input.set(later);
        Poll::Ready(Ok(()))
    }
}

impl Write for Memory {
    #[inline]
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        self.0.sink.borrow_mut().put(octets);
        Poll::Ready(Ok(octets.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Polls once; whoever calls knows when to poll again.
#[inline]
pub(super) fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
