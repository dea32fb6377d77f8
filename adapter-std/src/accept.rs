//! Taking connections from the listeners, with room for them and in spite of errors.

use std::io;
use std::net::TcpStream;
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Instant;

use basehttp_handler::{Peer, ServerInfo, Settings};
use basehttp_transport::{AcceptPause, Listener, Listeners, is_passing};
use mio::{Interest, Registry, Token};

use crate::stop::Stop;
use crate::stream::{Socket, Stream};

/// A listener that can be waited for.
#[derive(Debug)]
enum Source {
    Tcp(mio::net::TcpListener),
    #[cfg(unix)]
    Unix(mio::net::UnixListener),
}

impl Source {
    fn new(listener: &Listener, registry: &Registry, token: Token) -> io::Result<Self> {
        match listener.socket() {
            basehttp_transport::Socket::Tcp(listener) => {
                let listener = listener.try_clone()?;
                listener.set_nonblocking(true)?;
                let mut listener = mio::net::TcpListener::from_std(listener);
                registry.register(&mut listener, token, Interest::READABLE)?;
                Ok(Self::Tcp(listener))
            }
            #[cfg(unix)]
            basehttp_transport::Socket::Unix(listener) => {
                let listener = listener.try_clone()?;
                listener.set_nonblocking(true)?;
                let mut listener = mio::net::UnixListener::from_std(listener);
                registry.register(&mut listener, token, Interest::READABLE)?;
                Ok(Self::Unix(listener))
            }
        }
    }

    fn accept(&self) -> io::Result<(Socket, Peer)> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept()?;
                let stream = TcpStream::from(stream);
                stream.set_nonblocking(false)?;
                Ok((Socket::Tcp(stream), peer.into()))
            }
            #[cfg(unix)]
            Self::Unix(listener) => {
                let stream = UnixStream::from(listener.accept()?.0);
                stream.set_nonblocking(false)?;
                Ok((Socket::Unix(stream), Peer::Unix))
            }
        }
    }
}

/// The listeners of a server that serves.
#[derive(Debug)]
pub(crate) struct Acceptor<'a> {
    listeners: Vec<(Source, &'a Listener, Arc<ServerInfo>)>,
    settings: &'a Settings,
    /// The listener to ask first, so that a busy one does not keep the others waiting.
    turn: usize,
    pause: AcceptPause,
    paused_until: Option<Instant>,
}

impl<'a> Acceptor<'a> {
    pub(crate) fn new(listeners: &'a Listeners, settings: &'a Settings, registry: &Registry) -> io::Result<Self> {
        let listeners = listeners.iter().enumerate().map(|(index, listener)| {
            let server = listener.server_info(settings);
            Ok((Source::new(listener, registry, Token(index))?, listener, server))
        });
        Ok(Self {
            listeners: listeners.collect::<io::Result<_>>()?,
            settings,
            turn: 0,
            pause: AcceptPause::default(),
            paused_until: None,
        })
    }

    /// When a pause ends, if there is one.
    pub(crate) fn paused_until(&self) -> Option<Instant> {
        self.paused_until
    }

    /// The next connection, `None` when there is none now. Never fails: a connection that broke before it was taken is
    /// passed over, and when the system has no room for one, for example, a pause begins, which the end of another ends too.
    pub(crate) fn accept(&mut self, stop: &Stop) -> Option<(Stream, Peer, Arc<ServerInfo>)> {
        if self.paused_until.is_some_and(|until| Instant::now() < until && stop.wants_room()) {
            return None;
        }
        self.paused_until = None;
        let count = self.listeners.len();
        for turn in (self.turn..count).chain(0..self.turn) {
            let Some((source, listener, server)) = self.listeners.get(turn) else { continue };
            let next = turn.saturating_add(1).checked_rem(count).unwrap_or(0);
            loop {
                let accepted = source.accept();
                match accepted.and_then(|(socket, peer)| {
                    Ok((Stream::new(socket, listener.stack(peer)?), peer, Arc::clone(server)))
                }) {
                    Ok(accepted) => {
                        self.pause.end();
                        self.turn = next;
                        return Some(accepted);
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) if is_passing(&error) => {}
                    // Once more, because one may have closed before anybody was to be told.
                    Err(_) if !stop.wants_room() => stop.want_room(),
                    Err(error) => {
                        self.turn = next;
                        let now = Instant::now();
                        let (pause, is_told) = self.pause.begin(now);
                        self.paused_until = now.checked_add(pause);
                        if is_told {
                            self.settings.tell(|observer| observer.on_pause(&error));
                        }
                        return None;
                    }
                }
            }
        }
        None
    }
}
