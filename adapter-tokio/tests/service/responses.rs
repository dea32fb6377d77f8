//! What services answer: heads, content in one piece and in parts, and what goes wrong with it.

use std::convert::Infallible;
use std::io::{self, Write};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::get as on_get;
use basehttp_handler::Settings;
use basehttp_proto::Config;
use futures_util::{StreamExt, stream};
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::sync::Semaphore;

use crate::running::{PATIENCE, Running, get, read_until, unchunked};

/// A body of these frames.
fn frames(frames: Vec<Result<Frame<Bytes>, io::Error>>) -> Body {
    Body::new(StreamBody::new(stream::iter(frames)))
}

fn data(text: &'static str) -> Result<Frame<Bytes>, io::Error> {
    Ok(Frame::data(Bytes::from_static(text.as_bytes())))
}

fn trailers(lines: &[(&'static str, &'static str)]) -> Result<Frame<Bytes>, io::Error> {
    let mut map = HeaderMap::new();
    for (name, value) in lines {
        map.append(*name, value.parse().unwrap());
    }
    Ok(Frame::trailers(map))
}

/// A router that answers GET at `/` with what is made so.
fn answering<R: axum::response::IntoResponse + 'static>(make: fn() -> R) -> Running {
    Running::start(Router::new().route("/", on_get(async move || make())))
}

#[test]
fn a_connection_persists_over_requests_that_came_together() {
    let router = Router::new().route("/{name}", on_get(async |Path(name): Path<String>| format!("<{name}>")));
    let server = Running::start(router);
    let answer = server.ask(get("/a%20b") + &get("/nope/nope") + &get("/c"));
    let statuses: Vec<&str> = answer.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "404", "200"], "{answer}");
    assert!(answer.contains("\r\ncontent-length: 5\r\n") && answer.contains("\r\n\r\n<a b>HTTP/1.1"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n<c>"), "{answer}");
    assert_eq!(answer.matches("\r\nServer: basehttp\r\n").count(), 3);
}

#[test]
fn content_of_many_parts_is_sent_in_chunks() {
    fn parts() -> impl Iterator<Item = String> {
        (0..5000).map(|number| format!("{number};"))
    }
    let server = answering(|| Body::from_stream(stream::iter(parts().map(Ok::<_, Infallible>))));
    let answer = server.ask(get("/") + &get("/nope"));
    let (first, second) = answer.split_once("\r\n0\r\n\r\n").unwrap();
    assert!(first.contains("\r\nTransfer-Encoding: chunked\r\n") && !first.contains("ontent-"), "{first:.300}");
    assert_eq!(unchunked(&format!("{first}\r\n0\r\n\r\n")), parts().collect::<String>());
    assert!(second.starts_with("HTTP/1.1 404 "), "{second}");
    // HTTP/1.0 knows no chunks.
    let answer = server.ask("GET / HTTP/1.0\r\n\r\n");
    assert!(answer.contains("\r\nConnection: close\r\n") && !answer.contains("chunked"), "{answer:.300}");
    assert_eq!(answer.split_once("\r\n\r\n").unwrap().1, parts().collect::<String>());
}

#[test]
fn a_part_leaves_before_the_next_is_made() {
    let permits = Arc::new(Semaphore::new(0));
    let shared = Arc::clone(&permits);
    let router = Router::new().route(
        "/",
        on_get(async move || {
            Body::from_stream(stream::unfold(1, move |number| {
                let permits = Arc::clone(&shared);
                async move {
                    permits.acquire().await.unwrap().forget();
                    (number <= 3).then(|| (Ok::<_, Infallible>(format!("event {number}\n")), number + 1))
                }
            }))
        }),
    );
    let server = Running::start(router);
    let mut stream = server.connect();
    stream.write_all(get("/").as_bytes()).unwrap();
    // The head does not wait for content.
    read_until(&mut stream, "\r\n\r\n");
    for number in 1..=3 {
        permits.add_permits(1);
        read_until(&mut stream, &format!("event {number}\n\r\n"));
    }
    permits.add_permits(1);
    assert_eq!(read_until(&mut stream, "0\r\n\r\n"), "0\r\n\r\n");
}

#[test]
fn a_service_answers_head_without_content() {
    let server = answering(|| "four");
    let known = server.ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned() + &get("/"));
    let (head, get_answer) = known.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("\r\ncontent-length: 4"), "{head}");
    assert!(get_answer.starts_with("HTTP/1.1 200 ") && get_answer.ends_with("\r\n\r\nfour"), "{get_answer}");
    let server = answering(|| frames(vec![data("four")]));
    let unknown = server.ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned() + &get("/nope"));
    let (head, next) = unknown.split_once("\r\n\r\n").unwrap();
    assert!(!head.to_lowercase().contains("content-length"), "{head}");
    assert!(next.starts_with("HTTP/1.1 404 "), "{next}");
}

#[test]
fn a_status_without_content_has_none() {
    for (status, length) in [(204, None), (205, Some("0")), (304, None)] {
        let router = Router::new()
            .route("/empty", on_get(async move || StatusCode::from_u16(status).unwrap()))
            .route("/full", on_get(async move || (StatusCode::from_u16(status).unwrap(), frames(vec![data("no")]))));
        let server = Running::start(router);
        for path in ["/empty", "/full"] {
            let answer = server.ask(get(path) + &get("/nope"));
            let (head, next) = answer.split_once("\r\n\r\n").unwrap();
            let said = head.to_lowercase().split_once("content-length: ").map(|(_, rest)| rest[..1].to_owned());
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")) && said.as_deref() == length, "{head}");
            assert!(next.starts_with("HTTP/1.1 404 "), "{next}");
        }
    }
    let not_modified = || (StatusCode::NOT_MODIFIED, [(header::CONTENT_LENGTH, "7")]);
    let answer = answering(not_modified).ask(get("/"));
    assert!(
        answer.to_lowercase().contains("\r\ncontent-length: 7\r\n"),
        "of the content that GET would have had: {answer}"
    );
}

#[test]
fn trailers_follow_chunks_if_they_may() {
    let server = answering(|| frames(vec![data("ab"), trailers(&[("x-sum", "1"), ("x-sum", "2")]), data("never")]));
    let answer = server.ask(get("/"));
    assert!(answer.ends_with("\r\n2\r\nab\r\n0\r\nx-sum: 1\r\nx-sum: 2\r\n\r\n"), "{answer}");
    // Where there are no chunks nothing can follow them.
    let answer = server.ask("GET / HTTP/1.0\r\n\r\n");
    assert!(answer.ends_with("\r\n\r\nab"), "{answer}");
    let server = answering(|| frames(vec![data("ab"), trailers(&[("content-length", "1"), ("x", "1")])]));
    let answer = server.ask(get("/") + &get("/nope"));
    assert!(answer.contains("\r\n2\r\nab\r\n0\r\n\r\nHTTP/1.1 404 "), "{answer}");
}

#[test]
fn t57_a_body_that_fails_is_cut_off() {
    let server = answering(|| frames(vec![data("ab"), Err(io::Error::other("gone"))]));
    let answer = server.ask_and_be_cut_off(&get("/"));
    assert!(!answer.contains("0\r\n\r\n"), "{answer}");
    // One of known length is no different.
    let short = || Response::builder().header("Content-Length", "5").body(frames(vec![data("four")])).unwrap();
    let long = || Response::builder().header("Content-Length", "3").body(frames(vec![data("fo"), data("ur")])).unwrap();
    for make in [short, long] {
        let server = answering(make);
        server.ask_and_be_cut_off(&get("/"));
        assert!(server.ask(get("/nope")).starts_with("HTTP/1.1 404 "), "others are served");
    }
}

#[test]
fn t58_a_panic_is_a_500_and_harms_nobody() {
    let router = Router::new()
        .route("/at-once", on_get(async || -> &str { panic!("on purpose") }))
        .route(
            "/later",
            on_get(async || {
                Body::from_stream(stream::iter([1, 2]).map(|n| {
                    assert!(n < 2, "on purpose");
                    Ok::<_, Infallible>("part")
                }))
            }),
        )
        .route("/", on_get(async || "alive"));
    let server = Running::start(router);
    assert!(server.ask(get("/at-once") + &get("/")).contains("HTTP/1.1 500 "));
    server.ask_and_be_cut_off(&get("/later"));
    assert!(server.ask(get("/")).ends_with("\r\n\r\nalive"));
}

type Make = fn() -> Response<Body>;

#[test]
fn a_response_that_contradicts_itself_is_a_500() {
    let table: [(&str, Make); 5] = [
        ("a wrong length", || Response::builder().header("Content-Length", "3").body(Body::from("four")).unwrap()),
        ("no length", || Response::builder().header("Content-Length", "x").body(Body::from("four")).unwrap()),
        ("two lengths", || {
            Response::builder().header("Content-Length", "4").header("Content-Length", "4").body("four".into()).unwrap()
        }),
        ("a coding", || Response::builder().header("Transfer-Encoding", "gzip").body("four".into()).unwrap()),
        ("a switch", || Response::builder().status(101).header("Upgrade", "x").body(Body::empty()).unwrap()),
    ];
    for (what, make) in table {
        let answer = answering(make).ask(get("/"));
        assert!(answer.starts_with("HTTP/1.1 500 "), "{what}: {answer}");
        assert_eq!(answer.to_lowercase().matches("\r\ncontent-length: ").count(), 1, "{what}: {answer}");
    }
}

#[test]
fn what_a_service_says_of_the_connection_is_heeded() {
    let chunked = || Response::builder().header("Transfer-Encoding", "chunked").body(Body::from("four")).unwrap();
    let answer = answering(chunked).ask(get("/"));
    assert!(answer.to_lowercase().contains("\r\ncontent-length: 4\r\n") && !answer.contains("chunked"), "{answer}");
    let close = || Response::builder().header("Connection", "close").body(Body::from("four")).unwrap();
    let answer = answering(close).ask(get("/") + &get("/"));
    assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{answer}");
    assert_eq!(answer.to_lowercase().matches("\r\nconnection: close\r\n").count(), 1, "{answer}");
}

/// Gives parts for ever, counts them, and tells when it is dropped.
struct Endless {
    parts: Arc<AtomicU64>,
    over: mpsc::Sender<()>,
}

/// Octets of a part.
const PART: usize = 64 << 10;

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.parts.fetch_add(1, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![b'x'; PART])))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        let _ = self.over.send(());
    }
}

#[test]
fn t47_no_more_is_made_than_the_client_takes() {
    let (over, is_over) = mpsc::channel();
    let parts = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&parts);
    let make = async move || Body::new(Endless { parts: Arc::clone(&counted), over: over.clone() });
    let mut config = Config::default();
    config.timeouts.send = Duration::from_millis(300);
    let server = Running::start_with(Settings::default().config(config), Router::new().route("/", on_get(make)));
    let mut stream = server.connect();
    stream.write_all(get("/").as_bytes()).unwrap();
    // Nothing is read here, so that the server gives up.
    is_over.recv_timeout(PATIENCE).unwrap();
    let made = parts.load(Ordering::SeqCst) * PART as u64;
    assert!((1..64 << 20).contains(&made), "{made} octets, more than any socket takes");
}
