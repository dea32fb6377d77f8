//! One connection: what the driver says, done with a blocking socket.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use basehttp_handler::dispatch::handle_caught;
use basehttp_handler::{Driver, Handler, Step};
use bytes::Buf;

use crate::files;
use crate::stop::Stop;

/// Octets read at once.
const READ: usize = 8 << 10;
/// Parts written at once.
const PARTS: usize = 16;
/// The longest a socket is waited for before the time, and whether the server stops, are looked at again.
const TICK: Duration = Duration::from_secs(1);
/// The system takes a zero as for ever.
const SHORTEST: Duration = Duration::from_millis(1);

/// Serves a connection until it is over.
pub(crate) fn run(
    stream: &TcpStream,
    driver: &mut Driver,
    handler: &(impl Handler + ?Sized),
    stop: &Stop,
    scratch: &mut Vec<u8>,
) {
    let accepted = Instant::now();
    let mut socket = Socket { stream, read_timeout: None, write_timeout: None };
    // Without it the last part of an answer could wait for the peer's acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    loop {
        // An idle connection makes room for one that waits; it had its answers.
        if stop.is_stopping() || (stop.wants_room() && driver.is_between_requests()) {
            driver.shutdown();
        }
        let now = accepted.elapsed();
        let left = |deadline: Option<Duration>| deadline.map(|at| at.saturating_sub(now));
        let done = match driver.step(now) {
            Step::Read(deadline) => socket.read(driver, left(deadline), scratch),
            Step::Write(deadline) => socket.write(driver, left(deadline)),
            Step::Call(request) => {
                let response = handle_caught(handler, request);
                // The response is to say so if the server was stopped meanwhile.
                if stop.is_stopping() {
                    driver.shutdown();
                }
                driver.respond(response);
                Ok(())
            }
            Step::SendFile(slice, deadline) => {
                let sent = socket
                    .wait_to_write(left(deadline))
                    .and_then(|()| files::send(stream, &slice.file, slice.offset, slice.len, scratch));
                match sent {
                    // The file has become shorter than the response said.
                    Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
                    sent => sent.map(|len| driver.file_sent(len)),
                }
            }
            Step::Shutdown => stream.shutdown(Shutdown::Write),
            Step::Close => return,
        };
        match done {
            Err(error) if !is_wait_over(&error) => driver.abort(),
            _ => {}
        }
    }
}

/// Whether an error only says that the socket was not ready in time; the next step knows if that was too long.
fn is_wait_over(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

/// A socket and the timeouts it was last given, so that the system is told only of changes: on a busy connection there
/// are none.
struct Socket<'a> {
    stream: &'a TcpStream,
    read_timeout: Option<Duration>,
    write_timeout: Option<Duration>,
}

impl Socket<'_> {
    fn read(&mut self, driver: &mut Driver, left: Option<Duration>, scratch: &mut Vec<u8>) -> io::Result<()> {
        let timeout = tick(left);
        if self.read_timeout != Some(timeout) {
            self.stream.set_read_timeout(Some(timeout))?;
            self.read_timeout = Some(timeout);
        }
        if scratch.len() < READ {
            scratch.resize(READ, 0);
        }
        match self.stream.read(scratch)? {
            0 => driver.recv_eof(),
            len => driver.recv(scratch.get(..len).unwrap_or_default()).map_err(io::Error::other)?,
        }
        Ok(())
    }

    fn write(&mut self, driver: &mut Driver, left: Option<Duration>) -> io::Result<()> {
        self.wait_to_write(left)?;
        let transmit = driver.transmit();
        let mut parts = [IoSlice::new(&[]); PARTS];
        let written = match transmit.chunks_vectored(&mut parts) {
            0 | 1 => self.stream.write(transmit.chunk())?,
            count => self.stream.write_vectored(parts.get(..count).unwrap_or_default())?,
        };
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        transmit.consume(written);
        Ok(())
    }

    fn wait_to_write(&mut self, left: Option<Duration>) -> io::Result<()> {
        let timeout = tick(left);
        if self.write_timeout != Some(timeout) {
            self.stream.set_write_timeout(Some(timeout))?;
            self.write_timeout = Some(timeout);
        }
        Ok(())
    }
}

/// How long to wait for the socket when a deadline is `left` away.
fn tick(left: Option<Duration>) -> Duration {
    left.unwrap_or(TICK).clamp(SHORTEST, TICK)
}
