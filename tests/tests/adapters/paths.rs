//! Unix sockets.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};

use basehttp_handler::{Request, Settings};
use basehttp_transport::Listener;

use super::running::{Adapter, Build, PATIENCE, Running, refused_path};

fn ask(path: &std::path::Path) -> String {
    let mut stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

pub(crate) fn m3_a_path_is_listened_at(adapter: Adapter) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    // What a server that is gone has left.
    drop(UnixListener::bind(&path).unwrap());
    let build = Build { path: Some(path.clone()), ..Build::default() };
    let server = Running::start_with(adapter, build, |request: Request| request.peer().to_string());
    assert!(ask(&path).ends_with("\r\n\r\nunix"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
    // Beside the other listener.
    let answer = server.ask("GET / HTTP/1.0\r\n\r\n");
    assert!(answer.ends_with("127.0.0.1"), "{answer}");
    // Who listens there is not pushed away.
    assert_eq!(refused_path(adapter, &path).unwrap().kind(), io::ErrorKind::AddrInUse);
    assert!(ask(&path).ends_with("unix"));
    server.graceful(PATIENCE);
    server.join();
    assert!(!path.exists(), "the file goes with the server");
}

pub(crate) fn a_path_that_is_no_socket_is_left_alone(adapter: Adapter) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "precious").unwrap();
    assert_eq!(refused_path(adapter, &path).unwrap().kind(), io::ErrorKind::AddrInUse);
    assert_eq!(fs::read(&path).unwrap(), b"precious");
    assert_eq!(refused_path(adapter, &folder.path().join("a/b")).unwrap().kind(), io::ErrorKind::NotFound);
}

/// M27 and M28: what Python calls `self.server`, `server_name` and `server_port`.
pub(crate) fn m28_a_handler_is_told_of_its_server(adapter: Adapter) {
    let told = |request: Request| {
        let server = request.server();
        format!("{} {:?} {}", server.name(), server.port(), server.software())
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let settings = Settings::default().server("test/1").unwrap();
    let build = Build { settings: settings.clone(), path: Some(path.clone()), ..Build::default() };
    let server = Running::start_with(adapter, build, told);
    let port = server.address.port();
    let answer = server.ask("GET / HTTP/1.0\r\nHost: elsewhere\r\n\r\n");
    assert!(answer.ends_with(&format!("\r\n\r\n127.0.0.1 Some({port}) test/1")), "{answer}");
    assert!(ask(&path).ends_with("\r\n\r\n None test/1"));
    drop(server);

    let listener = Listener::bind(("::1", 0)).unwrap();
    let port = listener.local_addr().unwrap().unwrap().port();
    let build = Build { settings: settings.clone(), first: Some(listener), ..Build::default() };
    let server = Running::start_with(adapter, build, told);
    assert!(server.ask("GET / HTTP/1.0\r\n\r\n").ends_with(&format!("\r\n\r\n[::1] Some({port}) test/1")));
    drop(server);

    let build = Build { settings: settings.server_name("example.com").server("").unwrap(), ..Build::default() };
    let server = Running::start_with(adapter, build, told);
    let port = server.address.port();
    assert!(server.ask("GET / HTTP/1.0\r\n\r\n").ends_with(&format!("\r\n\r\nexample.com Some({port}) ")));
}

/// M20 and M21: what Python calls `socket` and `fileno()`.
pub(crate) fn m21_a_server_lends_its_socket(adapter: Adapter) {
    let port = |socket: socket2::SockRef<'_>| socket.local_addr().unwrap().as_socket().unwrap().port();
    macro_rules! check {
        ($server:ty) => {{
            let server = <$server>::bind(("127.0.0.1", 0)).unwrap();
            let server = server.and_listener(Listener::bind(("127.0.0.1", 0)).unwrap()).unwrap();
            let addresses: Vec<_> = server.listeners().iter().map(|one| one.local_addr().unwrap().unwrap()).collect();
            assert_eq!(addresses, server.local_addrs().unwrap());
            assert_eq!((addresses.len(), addresses[0]), (2, server.local_addr().unwrap()));
            assert_eq!(port(socket2::SockRef::from(&server)), server.local_addr().unwrap().port());
        }};
    }
    match adapter {
        Adapter::Std => check!(basehttp_std::Server),
        Adapter::Tokio => check!(basehttp_tokio::Server),
        Adapter::Smol => check!(basehttp_smol::Server),
    }
}
