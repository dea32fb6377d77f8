//! Where a server listens, and what lies between its sockets and HTTP.

use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
#[cfg(unix)]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::os::unix::net::UnixListener;
#[cfg(unix)]
use std::path::{Path, PathBuf};
use std::sync::Arc;

use basehttp_handler::{Peer, ServerInfo, Settings, Trusted};
use socket2::{Domain, Protocol, Type};

use crate::stack::Stack;
#[cfg(feature = "tls")]
use crate::tls::Tls;
#[cfg(unix)]
use crate::unix::SocketFile;

/// Connections that the system holds while none is taken, unless [`ListenOptions::backlog`] says otherwise: 1,024.
pub const BACKLOG: u32 = 1024;

/// The most sockets that a process is started with.
#[cfg(unix)]
const MOST: usize = 1024;

/// A socket that listens, and how to speak with those who connect.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    /// The file of a Unix socket goes with the listener.
    #[cfg(unix)]
    _file: Option<SocketFile>,
    admits: Option<Filter>,
    proxies: Option<Arc<Trusted>>,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
}

/// Who is admitted.
struct Filter(Box<dyn Fn(Peer) -> bool + Send + Sync>);

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").finish_non_exhaustive()
    }
}

/// What connections come from.
#[derive(Debug)]
pub enum Socket {
    /// TCP.
    Tcp(TcpListener),
    /// Unix sockets.
    #[cfg(unix)]
    Unix(UnixListener),
}

impl Listener {
    /// Listens on the first of these addresses that can be had; port 0 takes a free one, which
    /// [`local_addr`](Self::local_addr) tells.
    ///
    /// # Errors
    ///
    /// What the system says of the last address: in use, not permitted, not of this machine.
    pub fn bind(addresses: impl ToSocketAddrs) -> io::Result<Self> {
        Self::options().bind(addresses)
    }

    /// Listens at a path, on a Unix socket that its owner and group may connect to. A file that a server left there which is
    /// gone is replaced; this one is removed at the end.
    ///
    /// # Errors
    ///
    /// What the system says: in use, not permitted, no such folder.
    #[cfg(unix)]
    pub fn bind_unix(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::options().bind_unix(path)
    }

    /// What can be chosen before a socket listens.
    pub fn options() -> ListenOptions {
        ListenOptions::default()
    }

    /// The sockets that the process was started with by the convention of systemd (`LISTEN_FDS`, and `LISTEN_PID` where it is
    /// set), in their order; none where it was started without.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::InvalidInput`] for one that is no socket that listens for streams, or was taken before.
    #[cfg(unix)]
    pub fn inherited() -> io::Result<Vec<Self>> {
        let mut passed = listenfd::ListenFd::from_env();
        if passed.len() > MOST {
            let text = format!("LISTEN_FDS tells of {} sockets, and no process has more than {MOST}", passed.len());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        (0..passed.len()).map(|index| inherited(&mut passed, index)).collect()
    }

    /// Connections of peers to whom `admits` says no are closed at once. It is asked for each, before anything is read, so that
    /// it should be quick; of a proxy it sees the proxy.
    #[must_use]
    pub fn admitting(mut self, admits: impl Fn(Peer) -> bool + Send + Sync + 'static) -> Self {
        self.admits = Some(Filter(Box::new(admits)));
        self
    }

    /// Those who connect from these places say by a header of the PROXY protocol, version 1 or 2, for whom they do; one that
    /// does not is closed. Anybody else is served as one who speaks for himself.
    #[must_use]
    pub fn proxied_by(mut self, proxies: Trusted) -> Self {
        self.proxies = Some(Arc::new(proxies));
        self
    }

    /// Connections are secured by TLS.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Whether connections are secured.
    pub fn is_secured(&self) -> bool {
        #[cfg(feature = "tls")]
        return self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        false
    }

    /// The address it listens on; `None` for a path.
    pub fn local_addr(&self) -> Option<io::Result<SocketAddr>> {
        match &self.socket {
            Socket::Tcp(listener) => Some(listener.local_addr()),
            #[cfg(unix)]
            Socket::Unix(_) => None,
        }
    }

    /// The path it listens at; `None` for an address, and for a socket without a name.
    #[cfg(unix)]
    pub fn local_path(&self) -> Option<PathBuf> {
        match &self.socket {
            Socket::Tcp(_) => None,
            Socket::Unix(listener) => Some(listener.local_addr().ok()?.as_pathname()?.to_owned()),
        }
    }

    /// What handlers are told of the server of those who connect here.
    pub fn server_info(&self, settings: &Settings) -> Arc<ServerInfo> {
        settings.server_info(self.local_addr().and_then(Result::ok)).into()
    }

    /// What connections come from: for an adapter, which waits for them.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }

    /// What lies between the socket of a new connection from `peer` and HTTP; `None` for nothing.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::ConnectionAborted`] for one that is not admitted; when TLS cannot begin.
    pub fn stack(&self, peer: Peer) -> io::Result<Option<Box<Stack>>> {
        if self.admits.as_ref().is_some_and(|Filter(admits)| !admits(peer)) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let is_proxied = self.proxies.as_ref().is_some_and(|proxies| proxies.contains(peer));
        #[cfg(feature = "tls")]
        let stack = Stack::new(is_proxied, self.tls.as_ref().map(Tls::session).transpose()?);
        #[cfg(not(feature = "tls"))]
        let stack = Stack::new(is_proxied);
        Ok((!stack.is_transparent()).then(|| Box::new(stack)))
    }

    fn new(socket: Socket) -> Self {
        Self {
            socket,
            #[cfg(unix)]
            _file: None,
            admits: None,
            proxies: None,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
}

/// A socket that listens already.
impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self::new(Socket::Tcp(listener))
    }
}

/// A socket that listens already. Its file is left to whoever made it.
#[cfg(unix)]
impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Self::new(Socket::Unix(listener))
    }
}

#[cfg(unix)]
impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.socket {
            Socket::Tcp(listener) => listener.as_fd(),
            Socket::Unix(listener) => listener.as_fd(),
        }
    }
}

#[cfg(unix)]
fn inherited(passed: &mut listenfd::ListenFd, index: usize) -> io::Result<Listener> {
    let wrong = |what: &str| {
        let text = format!("socket {index} of those passed in {what}");
        io::Error::new(io::ErrorKind::InvalidInput, text)
    };
    // One of the wrong kind is left there.
    let listener = match passed.take_tcp_listener(index) {
        Ok(listener) => listener.map(Listener::from),
        Err(_) => match passed.take_unix_listener(index) {
            Ok(listener) => listener.map(Listener::from),
            Err(_) => return Err(wrong("is none for streams over TCP or a Unix socket")),
        },
    };
    let listener = listener.ok_or_else(|| wrong("was taken before"))?;
    let listens = socket2::SockRef::from(&listener).is_listener();
    if listens.is_ok_and(|listens| !listens) { Err(wrong("does not listen")) } else { Ok(listener) }
}

/// What can be chosen before a socket listens.
#[derive(Clone, Debug)]
pub struct ListenOptions {
    backlog: i32,
    reuse_port: bool,
    dual: bool,
    mode: u32,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self { backlog: 0, reuse_port: false, dual: false, mode: 0o660 }.backlog(BACKLOG)
    }
}

impl ListenOptions {
    /// How many connections the system holds while none is taken: [`BACKLOG`] unless said; the system may have a limit of
    /// its own.
    #[must_use]
    pub fn backlog(mut self, connections: u32) -> Self {
        self.backlog = i32::try_from(connections).unwrap_or(i32::MAX);
        self
    }

    /// Lets other sockets of the same user listen on the same port; the system divides the connections between them
    /// (`SO_REUSEPORT`). Where there is no such thing, binding fails.
    #[must_use]
    pub fn reuse_port(mut self, reuse: bool) -> Self {
        self.reuse_port = reuse;
        self
    }

    /// Whether `[::]` takes IPv4 too. Unless said it does not, whatever the system's default, and leaves IPv4 to a listener
    /// of its own.
    #[must_use]
    pub fn dual_stack(mut self, dual: bool) -> Self {
        self.dual = dual;
        self
    }

    /// The permissions of the file of a Unix socket; whoever may write to it may connect. Unless said `0o660`: the owner and
    /// the group.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// As [`Listener::bind`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn bind(&self, addresses: impl ToSocketAddrs) -> io::Result<Listener> {
        let mut last = io::Error::new(io::ErrorKind::InvalidInput, "no address to listen on");
        for address in addresses.to_socket_addrs()? {
            match self.listen_on(address) {
                Ok(listener) => return Ok(listener.into()),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// As [`Listener::bind_unix`].
    ///
    /// # Errors
    ///
    /// As there.
    #[cfg(unix)]
    pub fn bind_unix(&self, path: impl AsRef<Path>) -> io::Result<Listener> {
        let (listener, file) = SocketFile::listen(path.as_ref(), self.mode, self.backlog)?;
        Ok(Listener { _file: Some(file), ..listener.into() })
    }

    fn listen_on(&self, address: SocketAddr) -> io::Result<TcpListener> {
        let socket = socket2::Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        // On Windows the option would let two servers share a port.
        #[cfg(not(windows))]
        socket.set_reuse_address(true)?;
        if self.reuse_port {
            #[cfg(all(unix, not(target_os = "solaris"), not(target_os = "illumos")))]
            socket.set_reuse_port(true)?;
            #[cfg(not(all(unix, not(target_os = "solaris"), not(target_os = "illumos"))))]
            return Err(io::Error::new(io::ErrorKind::Unsupported, "this system cannot share a port between sockets"));
        }
        if address.is_ipv6() {
            socket.set_only_v6(!self.dual)?;
        }
        socket.bind(&address.into())?;
        socket.listen(self.backlog)?;
        Ok(socket.into())
    }
}
