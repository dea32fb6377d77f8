//! What a connection costs: memory while idle, and allocations while busy.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::mem::size_of;
use std::sync::Arc;

use basehttp_proto::{BodyLength, Config, Fields, Method, RequestHead, ResponseHead, StatusCode, client, server};
use bytes::Bytes;

/// The most octets a connection may hold while it is idle.
const IDLE: usize = 512;
/// Exchanges after which everything has the size it needs.
const WARM_UP: usize = 2000;

const GET: &[u8] = b"GET /path?query HTTP/1.1\r\nHost: example.com\r\nUser-Agent: test\r\nAccept: */*\r\n\r\n";
const POST: &[u8] = b"POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 12\r\n\r\nhello, world";
const CHUNKED: &[u8] = b"POST / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n\
                         5\r\nhello\r\n7\r\n, world\r\n0\r\nX-Sum: 12\r\n\r\n";

fn drain(transmit: &mut basehttp_proto::Transmit) -> usize {
    let mut sent = 0;
    while !transmit.is_empty() {
        let len = transmit.chunk().len();
        transmit.consume(len);
        sent += len;
    }
    sent
}

/// Takes a request in and answers it; the heads and the content are dropped when the exchange is over.
fn serve(connection: &mut server::Connection, request: &[u8], head: &ResponseHead, length: BodyLength) {
    connection.recv(request).unwrap();
    loop {
        match connection.poll_event().unwrap() {
            Some(server::Event::Request(_) | server::Event::Body(_)) => {}
            Some(server::Event::End(_)) => {
                connection.send_response(head, length).unwrap();
                connection.send_body(Bytes::from_static(b"Hello, World!")).unwrap();
                connection.finish(&Fields::new()).unwrap();
            }
            Some(event) => panic!("{event:?}"),
            None => break,
        }
    }
    assert!(drain(connection.transmit()) > 13);
}

/// A configuration in which a connection outlives the warm-up.
fn endless() -> Arc<Config> {
    let mut config = Config::default();
    config.limits.requests = u32::MAX;
    Arc::new(config)
}

#[test]
fn a_server_allocates_nothing_in_the_steady_state() {
    let head = ResponseHead::new(StatusCode::OK).field("Content-Type", "text/plain").unwrap();
    for request in [GET, POST, CHUNKED] {
        for length in [BodyLength::Known(13), BodyLength::Unknown] {
            let mut connection = server::Connection::new(endless());
            for _ in 0..WARM_UP {
                serve(&mut connection, request, &head, length);
            }
            let info = allocation_counter::measure(|| {
                for _ in 0..WARM_UP {
                    serve(&mut connection, request, &head, length);
                }
            });
            assert_eq!(info.count_total, 0, "{length:?} to {}", request.escape_ascii());
        }
    }
}

fn ask(connection: &mut client::Connection, head: &RequestHead, length: BodyLength, response: &[u8]) {
    connection.send_request(head, length).unwrap();
    if length != BodyLength::Known(0) {
        connection.send_body(Bytes::from_static(b"Hello, World!")).unwrap();
    }
    connection.finish(&Fields::new()).unwrap();
    assert!(drain(connection.transmit()) > 13);
    connection.recv(response).unwrap();
    loop {
        match connection.poll_event().unwrap() {
            Some(client::Event::Response(_) | client::Event::Body(_)) => {}
            Some(client::Event::End(_)) => break,
            event => panic!("{event:?}"),
        }
    }
    assert!(connection.poll_event().unwrap().is_none() && connection.is_reusable());
}

#[test]
fn a_client_allocates_nothing_in_the_steady_state() {
    let get = RequestHead::build(Method::GET, "/path").unwrap().field("Host", "example.com").unwrap();
    let post = RequestHead::build(Method::POST, "/path").unwrap().field("Host", "example.com").unwrap();
    let known = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nHello, World!";
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\n8\r\n, World!\r\n0\r\n\r\n";
    for (head, length) in [(&get, BodyLength::Known(0)), (&post, BodyLength::Known(13)), (&post, BodyLength::Unknown)] {
        for response in [&known[..], chunked] {
            let mut connection = client::Connection::new(Config::client());
            for _ in 0..WARM_UP {
                ask(&mut connection, head, length, response);
            }
            let info = allocation_counter::measure(|| {
                for _ in 0..WARM_UP {
                    ask(&mut connection, head, length, response);
                }
            });
            assert_eq!(info.count_total, 0, "{length:?} answered by {}", response.escape_ascii());
        }
    }
}

#[test]
fn an_idle_connection_holds_little() {
    let head = ResponseHead::new(StatusCode::OK);
    let config = endless();
    let mut connection = server::Connection::new(Arc::clone(&config));
    let info = allocation_counter::measure(|| {
        for request in [GET, POST, CHUNKED] {
            serve(&mut connection, request, &head, BodyLength::Known(13));
        }
        connection.release();
    });
    let (size, owned) = (size_of::<server::Connection>(), usize::try_from(info.bytes_current).unwrap());
    println!("an idle connection of a server: {size} octets and {owned} more that it owns");
    assert!(size + owned <= IDLE);

    let mut connection = client::Connection::new(Config::client());
    let get = RequestHead::build(Method::GET, "/path").unwrap().field("Host", "example.com").unwrap();
    let response = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let info = allocation_counter::measure(|| {
        ask(&mut connection, &get, BodyLength::Known(0), response);
        connection.release();
    });
    let (size, owned) = (size_of::<client::Connection>(), usize::try_from(info.bytes_current).unwrap());
    println!("an idle connection of a client: {size} octets and {owned} more that it owns");
    assert!(size + owned <= IDLE);
}

#[test]
fn heads_and_content_leave_for_another_thread_without_a_copy() {
    let mut connection = server::Connection::new(Config::default());
    connection.recv(POST).unwrap();
    let Ok(Some(server::Event::Request(head))) = connection.poll_event() else { panic!() };
    let Ok(Some(server::Event::Body(content))) = connection.poll_event() else { panic!() };
    let places = (head.octets().as_ptr() as usize, content.as_ptr() as usize);
    // One buffer, with the content right behind the head: nothing was moved.
    assert_eq!(places.0 + head.octets().len(), places.1);
    let elsewhere = std::thread::spawn(move || {
        let places = (head.octets().as_ptr() as usize, content.as_ptr() as usize);
        (places, head.fields().get("host").map(<[u8]>::to_vec), content)
    });
    let (there, host, content) = elsewhere.join().unwrap();
    assert_eq!(there, places);
    assert_eq!((host.as_deref(), &content[..]), (Some(&b"example.com"[..]), &b"hello, world"[..]));
}
