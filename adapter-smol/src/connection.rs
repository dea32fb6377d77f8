//! One connection: what the driver says, done with a socket of the runtime.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::{Shutdown, TcpStream};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use basehttp_handler::dispatch::handle_caught;
use basehttp_handler::{Driver, Handler, Request, Response, Step};
use bytes::Buf;
use futures_lite::io::{AsyncRead, AsyncWrite};
use smol::Async;

use crate::files;
use crate::stop::{Entry, Waits};
use crate::timer::Alarm;

/// Octets read at once.
const READ: usize = 16 << 10;
/// Parts written at once.
const PARTS: usize = 16;
/// How long a connection is idle before it gives its memory back: on a busy one it would be asked for again at once.
const GRACE: Duration = Duration::from_secs(1);

thread_local! {
    /// What is read goes here first, so that a connection that waits holds no memory for it.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ]);
}

/// Serves a connection until it is over.
pub(crate) async fn run(stream: Async<TcpStream>, mut driver: Driver, handler: &Arc<dyn Handler>, entry: Entry) {
    // Without it the last part of an answer could wait for the peer's acknowledgement of the one before.
    let _ = stream.get_ref().set_nodelay(true);
    let mut link = Link { stream, entry, begun: Instant::now(), alarm: Alarm::default(), is_released: false };
    while !link.entry.is_cut() {
        if link.entry.is_leaving() {
            driver.shutdown();
        }
        let done = match driver.step(link.begun.elapsed()) {
            Step::Read(deadline) => link.read(&mut driver, deadline).await,
            Step::Write(deadline) => link.wait(deadline, |stream, context| write(stream, &mut driver, context)).await,
            Step::Call(request) => {
                let Some(response) = link.call(handler, request).await else { return };
                // The response is to say so if the server was stopped meanwhile.
                if link.entry.is_leaving() {
                    driver.shutdown();
                }
                driver.respond(response);
                Ok(())
            }
            Step::SendFile(slice, deadline) => {
                let send = |stream: &mut Async<TcpStream>, context: &mut Context<'_>| {
                    match ready!(files::poll_send(stream, &slice.file, slice.offset, slice.len, context))? {
                        // The file has become shorter than the response said.
                        0 => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                        sent => {
                            driver.file_sent(sent);
                            Poll::Ready(Ok(()))
                        }
                    }
                };
                link.wait(deadline, send).await
            }
            Step::Shutdown => link.stream.get_ref().shutdown(Shutdown::Write),
            Step::Close => return,
        };
        if done.is_err() {
            driver.abort();
        }
    }
}

/// A connection's socket, and what else it waits for.
struct Link {
    stream: Async<TcpStream>,
    entry: Entry,
    begun: Instant,
    alarm: Alarm,
    /// It has been idle for long enough to have given its memory back.
    is_released: bool,
}

impl Link {
    async fn read(&mut self, driver: &mut Driver, deadline: Option<Duration>) -> io::Result<()> {
        let is_idle = driver.is_idle();
        self.entry.set_waits(match is_idle {
            true if driver.is_between_requests() => Waits::Next,
            true => Waits::First,
            false => Waits::No,
        });
        let release_at = (is_idle && !self.is_released).then(|| self.begun.elapsed().saturating_add(GRACE));
        let deadline = [deadline, release_at].into_iter().flatten().min();
        let mut has_come = false;
        let done = self.wait(deadline, |stream, context| read(stream, driver, &mut has_come, context)).await;
        if has_come {
            self.entry.set_waits(Waits::No);
            self.is_released = false;
        } else if release_at.is_some_and(|at| at <= self.begun.elapsed()) {
            driver.release();
            self.is_released = true;
        }
        done
    }

    /// Waits until `io` is done, the deadline has come, or there is news; whoever asks next knows which.
    async fn wait(
        &mut self,
        deadline: Option<Duration>,
        mut io: impl FnMut(&mut Async<TcpStream>, &mut Context<'_>) -> Poll<io::Result<()>>,
    ) -> io::Result<()> {
        let at = deadline.and_then(|deadline| self.begun.checked_add(deadline));
        poll_fn(|context| {
            if let Poll::Ready(done) = io(&mut self.stream, context) {
                return Poll::Ready(done);
            }
            // Only what has to wait needs to be woken in time.
            self.alarm.set(at);
            let rings = self.alarm.poll(context).is_ready();
            if self.entry.poll_news(context).is_ready() || rings { Poll::Ready(Ok(())) } else { Poll::Pending }
        })
        .await
    }

    /// The handler's response; `None` when the connection was cut off before it was there.
    async fn call(&self, handler: &Arc<dyn Handler>, request: Request) -> Option<Response> {
        if !handler.blocks() {
            return Some(handle_caught(&**handler, request));
        }
        let handler = Arc::clone(handler);
        let mut call = smol::unblock(move || handle_caught(&*handler, request));
        poll_fn(|context| {
            if let Poll::Ready(response) = Pin::new(&mut call).poll(context) {
                return Poll::Ready(Some(response));
            }
            match self.entry.poll_news(context) {
                Poll::Ready(()) if self.entry.is_cut() => Poll::Ready(None),
                Poll::Ready(()) => {
                    // Taken note of when the response is there; the next news still have to wake this.
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }
}

fn read(
    stream: &mut Async<TcpStream>,
    driver: &mut Driver,
    has_come: &mut bool,
    context: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    SCRATCH.with_borrow_mut(|scratch| {
        let len = ready!(Pin::new(stream).poll_read(context, scratch))?;
        *has_come = true;
        match scratch.get(..len).unwrap_or_default() {
            [] => driver.recv_eof(),
            octets => driver.recv(octets).map_err(io::Error::other)?,
        }
        Poll::Ready(Ok(()))
    })
}

fn write(stream: &mut Async<TcpStream>, driver: &mut Driver, context: &mut Context<'_>) -> Poll<io::Result<()>> {
    let transmit = driver.transmit();
    let mut parts = [IoSlice::new(&[]); PARTS];
    let written = match transmit.chunks_vectored(&mut parts) {
        0 | 1 => ready!(Pin::new(stream).poll_write(context, transmit.chunk()))?,
        count => ready!(Pin::new(stream).poll_write_vectored(context, parts.get(..count).unwrap_or_default()))?,
    };
    if written == 0 {
        return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
    }
    transmit.consume(written);
    Poll::Ready(Ok(()))
}
