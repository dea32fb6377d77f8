//! Taking connections from the listeners, in spite of errors.

use std::future::poll_fn;
use std::io;
use std::net::TcpListener;
#[cfg(unix)]
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use basehttp_handler::{Peer, ServerInfo, Settings};
use basehttp_transport::{AcceptPause, Listener, Listeners, is_passing};
use futures_lite::future::or;
use smol::Async;

use crate::stop::Stop;
use crate::stream::{Socket, Stream};
use crate::timer;

/// A listener that can be waited for.
#[derive(Debug)]
enum Source {
    Tcp(Async<TcpListener>),
    #[cfg(unix)]
    Unix(Async<UnixListener>),
}

impl Source {
    fn new(listener: &Listener) -> io::Result<Self> {
        match listener.socket() {
            basehttp_transport::Socket::Tcp(listener) => Async::new(listener.try_clone()?).map(Self::Tcp),
            #[cfg(unix)]
            basehttp_transport::Socket::Unix(listener) => Async::new(listener.try_clone()?).map(Self::Unix),
        }
    }

    fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<(Socket, Peer)>> {
        loop {
            let accepted = match self {
                Self::Tcp(listener) => listener
                    .get_ref()
                    .accept()
                    .and_then(|(stream, peer)| Ok((Socket::Tcp(Async::new(stream)?), peer.into()))),
                #[cfg(unix)]
                Self::Unix(listener) => listener
                    .get_ref()
                    .accept()
                    .and_then(|(stream, _)| Ok((Socket::Unix(Async::new(stream)?), Peer::Unix))),
            };
            match accepted {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(self.poll_readable(context))?,
                accepted => return Poll::Ready(accepted),
            }
        }
    }

    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(listener) => listener.poll_readable(context),
            #[cfg(unix)]
            Self::Unix(listener) => listener.poll_readable(context),
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
}

impl<'a> Acceptor<'a> {
    pub(crate) fn new(listeners: &'a Listeners, settings: &'a Settings) -> io::Result<Self> {
        let listeners = listeners.iter().map(|listener| {
            let server = listener.server_info(settings);
            Ok((Source::new(listener)?, listener, server))
        });
        Ok(Self { listeners: listeners.collect::<io::Result<_>>()?, settings, turn: 0, pause: AcceptPause::default() })
    }

    /// The next connection. Never fails: a connection that broke before it was taken is passed over, and when the system
    /// has no room for one, for example, it is asked again after a pause, or when another has closed.
    pub(crate) async fn accept(&mut self, stop: &Stop) -> (Stream, Peer, Arc<ServerInfo>) {
        let mut one_closes = None;
        loop {
            match poll_fn(|context| self.poll_accept(context)).await {
                Ok(accepted) => {
                    self.pause.end();
                    return accepted;
                }
                Err(error) if is_passing(&error) => {}
                Err(error) => match one_closes.take() {
                    Some(one_closes) => {
                        let (pause, is_told) = self.pause.begin(Instant::now());
                        if is_told {
                            self.settings.tell(|observer| observer.on_pause(&error));
                        }
                        or(timer::sleep(pause), one_closes).await;
                    }
                    // Once more, because one may have closed before anybody waited for it.
                    None => one_closes = Some(stop.one_closes()),
                },
            }
        }
    }

    fn poll_accept(&mut self, context: &mut Context<'_>) -> Poll<io::Result<(Stream, Peer, Arc<ServerInfo>)>> {
        let count = self.listeners.len();
        for turn in (self.turn..count).chain(0..self.turn) {
            let Some((source, listener, server)) = self.listeners.get(turn) else { continue };
            if let Poll::Ready(accepted) = source.poll_accept(context) {
                self.turn = turn.saturating_add(1).checked_rem(count).unwrap_or(0);
                let accepted = accepted.and_then(|(socket, peer)| {
                    Ok((Stream::new(socket, listener.stack(peer)?), peer, Arc::clone(server)))
                });
                return Poll::Ready(accepted);
            }
        }
        Poll::Pending
    }
}
