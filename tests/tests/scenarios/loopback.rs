//! A real connection over loopback, on a clock that is faster than that of the scripts.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

use super::client::{Client, Line, Received};
use super::document::{Scenario, UNIT as SCRIPT_UNIT};
use super::tls::{self, Secured};

/// How long a unit of a script takes.
pub(crate) const UNIT: Duration = Duration::from_millis(250);
/// Far longer than any step takes: reaching it is a failure, not a wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// How long the client waits before it looks at its script and the time again.
const TICK: Duration = Duration::from_millis(4);

/// What the client speaks over a socket: nothing, or a protocol that secures it. Reads and writes that take longer than a tick
/// are given up with [`io::ErrorKind::WouldBlock`], and asked for again.
pub(crate) trait Transport: Read + Write {
    /// Ends the sending side.
    fn finish(&mut self) -> io::Result<()>;
}

impl Transport for TcpStream {
    fn finish(&mut self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

impl Transport for Secured {
    fn finish(&mut self) -> io::Result<()> {
        // A side that is not open yet cannot be ended.
        while self.conn.is_handshaking() {
            self.conn.complete_io(&mut self.sock).map(|_| ()).or_else(|e| if is_late(&e) { Ok(()) } else { Err(e) })?;
        }
        self.conn.send_close_notify();
        self.flush()?;
        self.sock.shutdown(Shutdown::Write)
    }
}

/// Makes the transport of a client from a socket that is connected.
fn transport(socket: TcpStream, is_secured: bool) -> Box<dyn Transport> {
    if is_secured { Box::new(tls::secure(socket)) } else { Box::new(socket) }
}

/// The client's end of it.
struct Socket {
    begun: Instant,
    transport: Box<dyn Transport>,
    /// The same socket.
    tcp: TcpStream,
    buffer: Vec<u8>,
}

impl Line for Socket {
    fn now(&self) -> Duration {
        SCRIPT_UNIT.mul_f64(self.begun.elapsed().as_secs_f64() / UNIT.as_secs_f64())
    }

    fn send(&mut self, octets: &[u8]) -> io::Result<usize> {
        let sent = self.transport.write(octets).or_else(|error| if is_late(&error) { Ok(0) } else { Err(error) })?;
        // What is left of it leaves with the next octets, or when something is read.
        self.transport.flush().or_else(|error| if is_late(&error) { Ok(()) } else { Err(error) })?;
        Ok(sent)
    }

    fn receive(&mut self, most: usize) -> Received {
        let most = most.min(self.buffer.len());
        match self.transport.read(&mut self.buffer[..most]) {
            Ok(0) => Received::Closed,
            Ok(len) => Received::Octets(self.buffer[..len].to_vec()),
            Err(error) if is_late(&error) => Received::Nothing,
            Err(_) => Received::Reset,
        }
    }

    fn eof(&mut self) {
        let _ = self.transport.finish();
    }

    fn reset(&mut self) {
        SockRef::from(&self.tcp).set_linger(Some(Duration::ZERO)).unwrap();
    }
}

fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

/// Runs the client of a scenario; everything that came, or what was wrong.
pub(crate) fn run(scenario: &Scenario, server: SocketAddr, is_secured: bool) -> Result<Vec<u8>, String> {
    let begun = Instant::now();
    let tcp = TcpStream::connect(server).map_err(|e| e.to_string())?;
    tcp.set_nodelay(true).unwrap();
    let mut socket =
        Socket { begun, transport: transport(tcp.try_clone().unwrap(), is_secured), tcp, buffer: vec![0; 64 << 10] };
    socket.tcp.set_read_timeout(Some(TICK)).unwrap();
    socket.tcp.set_write_timeout(Some(TICK)).unwrap();
    let mut client = Client::new(scenario, false);
    let (mut steps, mut patient_until) = (client.steps_left(), begun + PATIENCE);
    while !client.is_done() {
        client.advance(&mut socket);
        if steps != client.steps_left() {
            (steps, patient_until) = (client.steps_left(), Instant::now() + PATIENCE);
        } else if !client.is_done() && Instant::now() > patient_until {
            client.fail("waited for too long");
        }
        // A read waits too, unless nothing is to be read.
        thread::sleep(TICK / 4);
    }
    client.result()
}
