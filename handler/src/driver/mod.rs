//! One connection's way through requests and answers: everything an adapter would have to decide, decided here.
//!
//! An adapter is a loop over [`Driver::step`] that does what it is told with a socket. The driver works on octets, so
//! TLS, Unix sockets and tests in memory need nothing of it.

mod answers;
mod content;
mod requests;
mod sleeper;
mod streaming;
mod waits;

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use basehttp_proto::{CloseReason, Config, Fields, HttpDate, ProtocolError, RequestHead, Transmit, UsageError};
use bytes::{BufMut, Bytes};

use crate::access_log::Record;
use crate::observer::Closed;
use crate::response::FileSlice;
use crate::settings::Settings;
use crate::{Client, Peer, Request, ServerInfo};

pub use content::Content;
use sleeper::Sleeper;
pub use streaming::{Ask, ExchangeError, Inflow};
pub use waits::Waits;

/// What an adapter has to do next. Times are on the clock that [`Driver::step`] is given.
#[derive(Debug)]
pub enum Step {
    /// Read octets into [`Driver::recv`], or tell [`Driver::recv_eof`]; step again at this time if none come. Where none are
    /// there yet, [`Driver::rest`] lets the connection take little memory until then.
    Read(Option<Duration>),
    /// Write from [`Driver::transmit`], as much as the socket takes; step again at this time if it takes none.
    Write(Option<Duration>),
    /// Let the handler answer, and give the answer to [`Driver::respond`].
    Call(Request),
    /// Let the handler take the content of this request and answer, by the calls of [`Driver::content`] and those after it;
    /// then tell [`Driver::handled`]. For a driver that is [`streaming`](Driver::streaming).
    Begin(RequestHead),
    /// Send octets of a file, as many as the socket takes, and tell [`Driver::file_sent`]; step again at this time if
    /// it takes none.
    SendFile(FileSlice, Option<Duration>),
    /// Shut down the sending side of the socket; then step again.
    Shutdown,
    /// Close the socket: the connection is over.
    Close,
}

/// Octets queued from which on they are written before anything else is read or answered. Answers to pipelined requests
/// collect up to here and leave in one write.
const HIGH_WATER: usize = 64 << 10;

/// One connection of a server.
#[derive(Debug)]
pub struct Driver {
    connection: Sleeper,
    settings: Arc<Settings>,
    /// What the observer is told when the connection is over.
    closed: Closed,
    /// Whether requests are handed out with their content.
    collects: bool,
    /// Whether answers leave before the next request is handed out.
    is_prompt: bool,
    /// What is handed out once the answers before it have left.
    ready: Option<Box<Step>>,
    /// More content came than a handler of exchanges lets be collected.
    is_too_much: bool,
    /// Nobody takes the content of the request.
    is_declined: bool,
    is_cut_short: bool,
    is_secured: bool,
    /// What handlers are told of the server.
    server: Option<Arc<ServerInfo>>,
    /// What trusted proxies tell of who sent the request in progress.
    client: Option<Box<Client>>,
    /// How the peer broke the protocol.
    fault: Option<ProtocolError>,
    away: Away,
    /// What Date said last, and until when that is right, in nanoseconds.
    date: (HttpDate, u64),
}

/// Whether a handler has the time, which is not the client's then.
#[derive(Clone, Copy, Debug, Default)]
enum Away {
    #[default]
    No,
    /// Since this time.
    Since(Duration),
    /// It had, nobody knows since when.
    Unknown,
}

/// However the connection ends, the observer is told.
impl Drop for Driver {
    fn drop(&mut self) {
        self.cut_short();
        self.settings.tell(|observer| observer.on_close(&self.closed));
    }
}

/// The request and response in progress.
#[derive(Debug, Default)]
enum Exchange {
    #[default]
    None,
    /// The request's content is being collected.
    Reading(Box<Pending>),
    /// The handler has the request, which had these fields.
    Calling(Fields, Note),
    /// The handler takes the content itself, and has not answered a request with these fields.
    Streaming(Fields, Note),
    /// The head of the response is out, and the handler sends the content itself.
    Sending(Note),
    /// The head of the response is out, and this is what is left of a file.
    SendingFile(FileSlice, Note),
}

/// What an observer will be told of a response; nothing where there is none.
type Note = Option<Box<Record>>;

/// A request that is not complete.
#[derive(Debug)]
struct Pending {
    head: RequestHead,
    note: Note,
    content: Content,
}

impl Driver {
    /// A connection that was just accepted from `peer`.
    pub fn new(settings: Arc<Settings>, peer: Peer) -> Self {
        settings.tell(|observer| observer.on_open(peer));
        Self {
            connection: Sleeper::new(Arc::clone(&settings.collecting)),
            is_secured: settings.secured,
            server: None,
            client: None,
            settings,
            closed: Closed { peer, reason: None, requests: 0 },
            collects: true,
            is_prompt: false,
            ready: None,
            is_too_much: false,
            is_declined: false,
            is_cut_short: false,
            fault: None,
            away: Away::No,
            date: (HttpDate::from_unix(0), 0),
        }
    }

    /// As [`new`](Self::new), for a connection that serves one request and then closes.
    pub fn once(settings: Arc<Settings>, peer: Peer) -> Self {
        let mut config = Config::clone(&settings.collecting);
        config.limits.requests = 1;
        let mut driver = Self::new(settings, peer);
        driver.connection = Sleeper::new(config.into());
        driver
    }

    /// Lets answers leave before the next request is handed out, instead of collecting those of requests that came together:
    /// for a handler that may take its time.
    #[must_use]
    pub fn prompt(mut self, is_prompt: bool) -> Self {
        self.is_prompt = is_prompt;
        self
    }

    /// Whether the connection itself is secured, where the settings do not say that all are.
    #[must_use]
    pub fn secured(mut self, is_secured: bool) -> Self {
        self.is_secured |= is_secured;
        self
    }

    /// The server that handlers are told of, by [`Settings::server_info`].
    #[must_use]
    pub fn at(mut self, server: Arc<ServerInfo>) -> Self {
        self.server = Some(server);
        self
    }

    /// Takes note of whom a proxy speaks for that is at the other end, by the PROXY protocol for one.
    pub fn set_peer(&mut self, peer: Peer) {
        self.closed.peer = peer;
    }

    /// What to do next. `now` is the time on a clock of the adapter's choice, which only moves on.
    ///
    /// Every call is legal at any time; each step may be asked for again until it is done. A step after
    /// [`Step::Call`] without a response in between means that the handler failed, which is answered with 500.
    pub fn step(&mut self, now: Duration) -> Step {
        if let Some(deadline) = self.connection.sleeps_until(now) {
            return Step::Read(Some(deadline));
        }
        // Most answers take no time that anybody measures.
        match mem::take(&mut self.away) {
            Away::Since(since) if since == now => {}
            away => {
                self.come_back(away, now);
                self.pass_time(now);
            }
        }
        let step = self.next_step(now);
        if let Step::Call(_) | Step::Begin(_) = step {
            self.away = Away::Since(now);
        }
        step
    }

    /// Puts the client's deadlines off by the time that a handler took.
    fn come_back(&mut self, away: Away, now: Duration) {
        match away {
            Away::No => {}
            Away::Since(since) => self.connection.awake().put_off(since, now),
            Away::Unknown => {
                // Arming a clock whose deadline has passed unnoticed starts it anew.
                let _ = self.connection.awake().poll_timeout(now);
            }
        }
    }

    fn pass_time(&mut self, now: Duration) {
        let owes = !self.connection.awake().transmit().is_empty() || self.connection.awake().external() > 0;
        self.connection.awake().handle_timeout(now);
        // A client that takes nothing is given up.
        self.is_cut_short |= owes && self.is_over();
    }

    /// Takes octets that were read.
    ///
    /// # Errors
    ///
    /// [`UsageError::NotReading`] unless the last step was [`Step::Read`].
    pub fn recv(&mut self, octets: &[u8]) -> Result<(), UsageError> {
        self.connection.awake().recv(octets)
    }

    /// Room for at most `limit` octets to be read into.
    pub fn recv_buf(&mut self, limit: usize) -> impl BufMut + '_ {
        self.connection.awake().recv_buf(limit)
    }

    /// Takes note that the peer ended its stream.
    pub fn recv_eof(&mut self) {
        self.connection.awake().recv_eof();
    }

    /// Lets a connection that waits for a request take little memory until something comes: for when its socket has nothing
    /// to read.
    pub fn rest(&mut self) {
        self.connection.rest();
    }

    /// The octets to be written.
    pub fn transmit(&mut self) -> &mut Transmit {
        self.connection.awake().transmit()
    }

    /// Takes note that `len` octets of the file were sent.
    pub fn file_sent(&mut self, len: u64) {
        if let Exchange::SendingFile(slice, _) = self.connection.exchange_mut() {
            slice.offset = slice.offset.saturating_add(len);
            slice.len = slice.len.saturating_sub(len);
            self.connection.awake().external_sent(len);
        }
    }

    /// Gives the connection up: the socket failed, or a file is shorter than it was. Nothing more is sent.
    pub fn abort(&mut self) {
        // What was answered and is not sent may be lost too; where nothing was, an orderly end tells no lie.
        self.is_cut_short |= !self.is_idle() || !self.connection.awake().transmit().is_empty();
        self.connection.awake().abort();
    }

    /// Whether the connection ends in the middle of a response. Close it by a reset then: an orderly end could pass for that of
    /// content that ends with the connection.
    pub fn is_cut_short(&self) -> bool {
        self.is_cut_short
    }

    /// Takes no further request: an idle connection closes at once, any other after its response.
    pub fn shutdown(&mut self) {
        self.connection.awake().shutdown();
    }

    /// Whether the connection is between requests, with nothing of the next one read.
    pub fn is_idle(&self) -> bool {
        self.connection.is_idle()
    }

    /// Whether the connection has served a request and nothing of the next has come.
    pub fn is_between_requests(&self) -> bool {
        self.is_idle() && self.connection.requests() > 0
    }

    /// What of its client the connection waits for.
    pub fn waits(&self) -> Waits {
        match self.is_idle() {
            true if self.is_between_requests() => Waits::Next,
            true => Waits::First,
            false => Waits::No,
        }
    }

    /// Whether the connection is over for both sides.
    pub fn is_over(&self) -> bool {
        self.connection.is_over()
    }

    /// Who sent the request in progress: the other end, or who trusted proxies say it is.
    pub fn peer(&self) -> Peer {
        self.client.as_ref().map_or(self.closed.peer, |client| client.peer)
    }

    /// Whether the request in progress came over a secured connection, as far as the client's end of it is known.
    pub fn is_secured(&self) -> bool {
        self.client.as_ref().and_then(|client| client.secured).unwrap_or(self.is_secured)
    }

    /// What handlers are told of the server; one without a name unless [`at`](Self::at) said more.
    pub fn server(&self) -> Arc<ServerInfo> {
        self.server.clone().unwrap_or_default()
    }

    /// A request as a handler gets it, from its parts.
    #[inline(always)]
    pub fn make_request(&self, head: RequestHead, content: Bytes, trailers: Fields) -> Request {
        let (peer, server, client) = (self.closed.peer, self.server.as_ref(), self.client.as_deref());
        Request::received(head, content, trailers, peer, self.is_secured, server, client)
    }

    /// Why the connection closes, once that is decided.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.connection.close_reason()
    }
}
