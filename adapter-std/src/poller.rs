//! The one thread that waits: for new connections, and for those that wait for their peer, which need no thread meanwhile.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Instant;

use mio::{Events, Interest, Poll, Registry, Token, Waker};

use crate::connection::Connection;
use crate::socket;

const WAKE: Token = Token(usize::MAX);
/// Connections have the tokens from here on, listeners those below.
const FIRST: usize = 1 << 16;

/// A connection that waits for its socket.
#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) connection: Box<Connection>,
    pub(crate) interest: Interest,
    /// When it began to wait.
    pub(crate) since: Instant,
    /// When it is to go on whether or not the socket is ready.
    pub(crate) deadline: Option<Instant>,
}

/// Where connections are left that wait.
#[derive(Clone, Debug)]
pub(crate) struct Parking {
    parked: Sender<Parked>,
    waker: Arc<Waker>,
}

impl Parking {
    /// Leaves a connection; it comes back from [`Poller::wait`] when there is something to do. Where nobody waits any more
    /// it is closed.
    pub(crate) fn leave(&self, parked: Parked) {
        if self.parked.send(parked).is_ok() {
            let _ = self.waker.wake();
        }
    }
}

/// Waits for everything that a server waits for.
#[derive(Debug)]
pub(crate) struct Poller {
    poll: Poll,
    events: Events,
    waker: Arc<Waker>,
    parked: HashMap<usize, Parked>,
    deadlines: BTreeSet<(Instant, usize)>,
    next: usize,
    arrivals: (Sender<Parked>, Receiver<Parked>),
}

impl Poller {
    pub(crate) fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE)?);
        Ok(Self {
            poll,
            events: Events::with_capacity(256),
            waker,
            parked: HashMap::new(),
            deadlines: BTreeSet::new(),
            next: FIRST,
            arrivals: mpsc::channel(),
        })
    }

    /// Where listeners are entered, by the tokens from 0 on.
    pub(crate) fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// What ends a wait from elsewhere.
    pub(crate) fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    /// Where connections can be left.
    pub(crate) fn parking(&self) -> Parking {
        Parking { parked: self.arrivals.0.clone(), waker: self.waker() }
    }

    /// Waits until there is something to do, at most until `deadline`; those that can go on are given to `resume`.
    pub(crate) fn wait(&mut self, deadline: Option<Instant>, mut resume: impl FnMut(Box<Connection>)) {
        let now = Instant::now();
        let first = self.deadlines.first().map(|(deadline, _)| *deadline);
        let until = [first, deadline].into_iter().flatten().min();
        let timeout = until.map(|until| until.saturating_duration_since(now));
        // A wait that fails, by a signal for one, ends early, which does no harm.
        let _ = self.poll.poll(&mut self.events, timeout);
        let ready: Vec<usize> =
            self.events.iter().map(|event| event.token().0).filter(|token| *token >= FIRST).collect();
        for token in ready {
            self.take(token).into_iter().for_each(&mut resume);
        }
        let now = Instant::now();
        while let Some((_, token)) = self.deadlines.first().copied().filter(|(deadline, _)| *deadline <= now) {
            self.take(token).into_iter().for_each(&mut resume);
        }
        while let Ok(parked) = self.arrivals.1.try_recv() {
            if let Some(connection) = self.park(parked) {
                resume(connection);
            }
        }
    }

    /// The connection that is to make room for another; of those of a rank, the oldest.
    pub(crate) fn least_wanted(&mut self) -> Option<Box<Connection>> {
        let ranked = self.parked.iter().filter_map(|(token, parked)| {
            Some((parked.connection.driver.waits().rank(parked.since.elapsed())?, *token))
        });
        let (_, token) = ranked.min()?;
        self.take(token)
    }

    /// Gives all that wait to `resume`.
    pub(crate) fn take_all(&mut self, resume: impl FnMut(Box<Connection>)) {
        let tokens: Vec<usize> = self.parked.keys().copied().collect();
        tokens.into_iter().filter_map(|token| self.take(token)).for_each(resume);
    }

    /// Waits for a connection from now on; gives back one that cannot be waited for, or has something to do.
    fn park(&mut self, parked: Parked) -> Option<Box<Connection>> {
        if parked.connection.has_news() {
            return Some(parked.connection);
        }
        let token = self.next;
        let socket = parked.connection.socket();
        let registry = self.poll.registry();
        if socket.and_then(|socket| socket::register(registry, socket, Token(token), parked.interest)).is_err() {
            return Some(parked.connection);
        }
        self.next = self.next.checked_add(1).filter(|next| *next < WAKE.0).unwrap_or(FIRST);
        self.deadlines.extend(parked.deadline.map(|deadline| (deadline, token)));
        self.parked.insert(token, parked);
        None
    }

    fn take(&mut self, token: usize) -> Option<Box<Connection>> {
        let parked = self.parked.remove(&token)?;
        if let Some(deadline) = parked.deadline {
            self.deadlines.remove(&(deadline, token));
        }
        // A socket that fails here fails at its next use too.
        let _ = parked.connection.socket().and_then(|socket| socket::deregister(self.poll.registry(), socket));
        Some(parked.connection)
    }
}
