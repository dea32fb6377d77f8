//! What lies between sockets and HTTP: TLS, and what proxies say.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use basehttp_handler::{Handler, Peer, Request, Response, Settings};
use basehttp_proto::Config;
use basehttp_transport::Listener;

use super::running::{Adapter, Build, Running, read_until};
use super::tls::{self, secure};

/// A listener that speaks TLS.
fn secured() -> Listener {
    tls::secured(Listener::bind(("127.0.0.1", 0)).unwrap())
}

fn start(adapter: Adapter, listener: Listener, handler: impl Handler + 'static) -> Running {
    Running::start_with(adapter, Build { first: Some(listener), ..Build::default() }, handler)
}

fn read_to_end(stream: &mut impl Read) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn tell(request: Request) -> String {
    let content = String::from_utf8_lossy(request.content()).into_owned();
    format!("{} {} {content}", request.peer(), request.is_secured())
}

pub(crate) fn a_secured_connection_persists(adapter: Adapter) {
    let server = start(adapter, secured(), tell);
    let mut stream = secure(server.connect());
    for _ in 0..3 {
        write!(stream, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello").unwrap();
        let answer = read_until(&mut stream, " true hello");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
    // What only a secured connection may be asked for.
    write!(stream, "GET https://localhost/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let answer = read_to_end(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(" true "), "{answer}");
}

/// More than all buffers on the way hold.
const LARGE: usize = 20 << 20;

pub(crate) fn large_content_is_secured_both_ways(adapter: Adapter) {
    let settings = Settings::default().max_content(LARGE as u64);
    let build = Build { settings, first: Some(secured()), ..Build::default() };
    let echo = |request: Request| Response::content("text/plain", request.content().clone());
    let server = Running::start_with(adapter, build, echo);
    let content: Vec<u8> = (0..LARGE).map(|n| u8::try_from(n / 7 % 251).unwrap()).collect();
    let mut stream = secure(server.connect());
    write!(stream, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {LARGE}\r\n\r\n").unwrap();
    stream.write_all(&content).unwrap();
    let mut answer = Vec::new();
    // The server says that this is the end, so that this is no error.
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.ends_with(&content));
}

pub(crate) fn a_file_is_secured(adapter: Adapter) {
    let folder = tempfile::tempdir().unwrap();
    let content: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    std::fs::write(folder.path().join("file"), &content).unwrap();
    let server = start(adapter, secured(), basehttp_handler::StaticFiles::open(folder.path()).unwrap());
    let mut stream = secure(server.connect());
    write!(stream, "GET /file HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.ends_with(&content));
}

pub(crate) fn one_who_does_not_speak_tls_is_told_to(adapter: Adapter) {
    let server = start(adapter, secured(), |_: Request| "secret");
    let answer = server.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("https://"), "{answer}");
    // Nor does one that sends anything else harm those who do.
    let mut stream = server.connect();
    stream.write_all(&[0x16, 3, 1, 0xff, 0xff]).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
    let mut stream = secure(server.connect());
    write!(stream, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    assert!(read_to_end(&mut stream).ends_with("secret"));
}

pub(crate) fn t45_a_handshake_has_the_time_of_a_head(adapter: Adapter) {
    let mut config = Config::default();
    config.timeouts.head = Duration::from_millis(300);
    let settings = Settings::default().config(config);
    let server = Running::start_with(
        adapter,
        Build { settings, first: Some(secured()), ..Build::default() },
        |_: Request| "late",
    );
    let mut silent = server.connect();
    let mut slow = server.connect();
    // The start of a record that never ends.
    slow.write_all(&[0x16, 3, 1, 0x02, 0]).unwrap();
    let mut answer = Vec::new();
    silent.read_to_end(&mut answer).unwrap();
    slow.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, b"");
}

pub(crate) fn t45_octets_of_tls_buy_no_time(adapter: Adapter) {
    let mut config = Config::default();
    config.timeouts.head = Duration::from_millis(300);
    config.timeouts.idle = Duration::from_millis(300);
    let settings = Settings::default().config(config);
    let build = Build { settings, first: Some(secured()), ..Build::default() };
    let server = Running::start_with(adapter, build, |_: Request| "hello");
    for is_secured in [false, true] {
        let mut stream = secure(server.connect());
        if is_secured {
            write!(stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
            read_until(&mut stream, "hello");
        }
        // A record that is never complete, far faster than anybody waits.
        let record: &[u8] = if is_secured { &[0x17, 3, 3, 0x40, 0] } else { &[0x16, 3, 1, 0x40, 0] };
        let begun = Instant::now();
        stream.sock.write_all(record).unwrap();
        while stream.sock.write_all(&[1]).is_ok() {
            assert!(begun.elapsed() < Duration::from_secs(10), "secured: {is_secured}");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

pub(crate) fn a_large_request_without_tls_is_told_too(adapter: Adapter) {
    let server = start(adapter, secured(), |_: Request| "secret");
    let request = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n{}", "x".repeat(20_000));
    let answer = server.ask(&request);
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("https://"), "{answer}");
}

pub(crate) fn m25_who_is_not_admitted_is_closed(adapter: Adapter) {
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&seen);
    let every_other = move |peer: Peer| {
        assert!(matches!(peer, Peer::Ip(_)));
        counter.fetch_add(1, Ordering::Relaxed) % 2 == 1
    };
    let listener = Listener::bind(("127.0.0.1", 0)).unwrap().admitting(every_other);
    let server = start(adapter, listener, |_: Request| "hello");
    for _ in 0..3 {
        let mut refused = server.connect();
        assert_eq!(read_to_end(&mut refused), "");
        assert!(server.ask("GET / HTTP/1.0\r\n\r\n").ends_with("hello"));
    }
    assert_eq!(seen.load(Ordering::Relaxed), 6);
}

/// Proxies that connect from this machine.
fn proxied() -> Listener {
    Listener::bind(("127.0.0.1", 0)).unwrap().proxied_by("127.0.0.0/8".parse().unwrap())
}

pub(crate) fn a_proxy_says_for_whom_it_connects(adapter: Adapter) {
    let server = start(adapter, proxied(), tell);
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = server.ask(&format!("PROXY TCP4 192.0.2.7 198.51.100.2 51000 80\r\n{request}"));
    assert!(answer.ends_with("\r\n\r\n192.0.2.7 false "), "{answer}");
    let mut stream = server.connect();
    let header = [b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".as_slice(), &[192, 0, 2, 8, 0, 0, 0, 0, 0, 9, 0, 80]].concat();
    // In parts, and with the request in the last.
    stream.write_all(&header[..14]).unwrap();
    stream.write_all(&header[14..]).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    assert!(read_to_end(&mut stream).ends_with("\r\n\r\n192.0.2.8 false "));
    // One that speaks for itself.
    let answer = server.ask(&format!("PROXY UNKNOWN\r\n{request}"));
    assert!(answer.ends_with("\r\n\r\n127.0.0.1 false "), "{answer}");
}

pub(crate) fn a_proxy_that_says_nothing_is_not_served(adapter: Adapter) {
    let server = start(adapter, proxied(), |_: Request| "secret");
    let mut stream = server.connect();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert_eq!(answer, b"");
}

pub(crate) fn a_stranger_cannot_say_for_whom_it_connects(adapter: Adapter) {
    let listener = Listener::bind(("127.0.0.1", 0)).unwrap().proxied_by("10.0.0.0/8".parse().unwrap());
    let server = start(adapter, listener, tell);
    let request = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    assert!(server.ask(request).ends_with("127.0.0.1 false "));
    let answer = server.ask(&format!("PROXY TCP4 192.0.2.7 198.51.100.2 51000 80\r\n{request}"));
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
}

pub(crate) fn a_proxy_may_connect_for_a_secured_client(adapter: Adapter) {
    let server = start(adapter, tls::secured(proxied()), tell);
    let mut stream = server.connect();
    stream.write_all(b"PROXY TCP6 2001:db8::7 2001:db8::1 51000 443\r\n").unwrap();
    let mut stream = secure(stream);
    write!(stream, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    assert!(read_to_end(&mut stream).ends_with("\r\n\r\n2001:db8::7 true "));
}

pub(crate) fn a_port_is_shared(adapter: Adapter) {
    let options = Listener::options().reuse_port(true).backlog(16);
    let first = options.bind(("127.0.0.1", 0)).unwrap();
    let address = first.local_addr().unwrap().unwrap();
    // Without the option the port is taken.
    assert!(Listener::bind(address).is_err());
    let second = options.bind(address).unwrap();
    let one = start(adapter, first, |_: Request| "one");
    let other = start(adapter, second, |_: Request| "other");
    let answers: std::collections::BTreeSet<String> =
        (0..200).map(|_| one.ask("GET / HTTP/1.0\r\n\r\n").rsplit("\r\n").next().unwrap().to_owned()).collect();
    assert_eq!(answers.into_iter().collect::<Vec<_>>(), ["one", "other"]);
    drop(other);
    assert!(one.ask("GET / HTTP/1.0\r\n\r\n").ends_with("one"));
}

pub(crate) fn one_listener_takes_both_families(adapter: Adapter) {
    // Some machines have no IPv6.
    let Ok(listener) = Listener::options().dual_stack(true).bind(("::", 0)) else { return };
    let server = start(adapter, listener, tell);
    let port = server.address.port();
    for (address, peer) in [("127.0.0.1", "127.0.0.1"), ("::1", "::1")] {
        let mut stream = TcpStream::connect((address, port)).unwrap();
        write!(stream, "GET / HTTP/1.0\r\n\r\n").unwrap();
        let answer = read_to_end(&mut stream);
        assert!(answer.ends_with(&format!("\r\n\r\n{peer} false ")), "{answer}");
    }
}
