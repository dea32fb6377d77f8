//! How services get requests: their content as they ask for it, and what there is beside it.

use std::convert::Infallible;
use std::future::{Ready, pending, ready};
use std::io::Write;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{self, Response, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{any, post as on_post};
use basehttp_handler::{Counters, ExchangeError, Peer, Settings};
use basehttp_proto::Config;
use basehttp_tokio::RequestBody;
use futures_util::stream;
use http_body::Body as _;
use http_body_util::{BodyExt, Full};
use tower_service::Service;

use crate::running::{PATIENCE, Running, get, post, read_all, read_until, unchunked};

const EXPECTS: &str = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";

/// A service of a function from requests to futures.
#[derive(Clone)]
struct Function<F>(F);

impl<F, R> Service<http::Request<RequestBody>> for Function<F>
where
    F: FnMut(http::Request<RequestBody>) -> R,
    R: Future<Output = Result<Response<Full<Bytes>>, ExchangeError>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = ExchangeError;
    type Future = R;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ExchangeError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<RequestBody>) -> R {
        (self.0)(request)
    }
}

/// A service of an async function.
fn function<F, R>(f: F) -> Function<F>
where
    F: FnMut(http::Request<RequestBody>) -> R + Clone + Send + 'static,
    R: Future<Output = Result<Response<Full<Bytes>>, ExchangeError>> + Send,
{
    Function(f)
}

fn text(text: impl Into<Bytes>) -> Response<Full<Bytes>> {
    Response::new(Full::new(text.into()))
}

fn echo() -> Router {
    Router::new().route("/", on_post(async |request: Request| Response::new(request.into_body())))
}

#[test]
fn content_of_known_length_is_sent_back() {
    let server = Running::start(echo());
    let answer = server.ask(post("/", "some content") + &post("/", "") + &post("/", "more"));
    assert!(
        answer.contains("\r\ncontent-length: 12\r\n") && answer.contains("\r\n\r\nsome contentHTTP/1.1 "),
        "{answer}"
    );
    assert!(answer.contains("\r\ncontent-length: 0\r\n") && answer.ends_with("\r\n\r\nmore"), "{answer}");
}

#[test]
fn content_in_chunks_is_sent_back_as_it_comes() {
    let server = Running::start(echo());
    let mut stream = server.connect();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    let mut answer = String::new();
    for number in 1..=3 {
        // In one piece, so that it comes back in one.
        stream.write_all(format!("6\r\npart {number}\r\n").as_bytes()).unwrap();
        answer += &read_until(&mut stream, &format!("part {number}\r\n"));
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    answer += &read_until(&mut stream, "0\r\n\r\n");
    assert_eq!(unchunked(&answer), "part 1part 2part 3");
}

#[test]
fn much_content_goes_through() {
    let server = Running::start(echo());
    let content: String = ('a'..='z').cycle().take(5_000_000).collect();
    let stream = server.connect();
    let (mut writer, mut reader) = (stream.try_clone().unwrap(), stream);
    let request = post("/", &content);
    let writing = std::thread::spawn(move || writer.write_all(request.as_bytes()).unwrap());
    read_until(&mut reader, "\r\n\r\n");
    let answer = read_all(&mut reader);
    writing.join().unwrap();
    assert!(answer == content, "{} octets", answer.len());
}

#[test]
fn trailers_come_after_the_data() {
    let server = Running::start(function(async |request| {
        let collected = request.into_body().collect().await?;
        let sum = collected.trailers().map(|map| map["x-sum"].to_str().unwrap().to_owned());
        Ok(text(format!("{:?} {:?}", collected.to_bytes(), sum)))
    }));
    let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n";
    assert!(server.ask(format!("{chunked}0\r\nX-Sum: 17\r\n\r\n")).ends_with(r#"b"ab" Some("17")"#));
    assert!(server.ask(format!("{chunked}0\r\n\r\n")).ends_with(r#"b"ab" None"#));
}

#[test]
fn a_body_tells_what_is_left_of_it() {
    let server = Running::start(function(async |request| {
        let mut body = request.into_body();
        let mut told = format!("{:?} {}", body.size_hint().exact(), body.is_end_stream());
        while let Some(frame) = body.frame().await {
            frame?;
        }
        told += &format!(", {:?} {}", body.size_hint().exact(), body.is_end_stream());
        assert!(body.frame().await.is_none());
        Ok(text(told))
    }));
    for (request, expected) in [
        (get("/"), "Some(0) true, Some(0) true"),
        (post("/", "four"), "Some(4) false, Some(0) true"),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n".to_owned(),
            "None false, None true",
        ),
    ] {
        let answer = server.ask(&request);
        assert!(answer.ends_with(&format!("\r\n\r\n{expected}")), "{request}{answer}");
    }
}

#[test]
fn t22_who_waits_is_told_to_go_on_when_the_content_is_asked_for() {
    let (ask, asked) = (Arc::new(tokio::sync::Notify::new()), mpsc::channel());
    let (notified, begun) = (Arc::clone(&ask), asked.0);
    let server = Running::start(function(move |request: http::Request<RequestBody>| {
        let (notified, begun) = (Arc::clone(&notified), begun.clone());
        async move {
            begun.send(()).unwrap();
            notified.notified().await;
            Ok(text(request.into_body().collect().await?.to_bytes()))
        }
    }));
    let mut stream = server.connect();
    stream.write_all(EXPECTS.as_bytes()).unwrap();
    asked.1.recv_timeout(PATIENCE).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    assert!(stream.peek(&mut [0]).is_err(), "nothing is said before");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    ask.notify_one();
    assert_eq!(read_until(&mut stream, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"four").unwrap();
    assert!(read_until(&mut stream, "\r\n\r\nfour").starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn t22_content_that_is_not_wanted_is_not_asked_for() {
    let server = Running::start(Router::new().route("/", on_post(async || StatusCode::FORBIDDEN)));
    let mut stream = server.connect();
    stream.write_all(EXPECTS.as_bytes()).unwrap();
    let answer = read_all(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("\r\nConnection: close\r\n"), "{answer}");
}

#[test]
fn content_that_nobody_reads_is_drained_if_it_is_little() {
    let server = Running::start(Router::new().route("/", any(async || "done")));
    let answer = server.ask(post("/", "little") + &get("/"));
    assert_eq!(answer.matches("HTTP/1.1 200 OK\r\n").count(), 2, "{answer}");
    let mut stream = server.connect();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99000000000\r\n\r\nx").unwrap();
    let answer = read_all(&mut stream);
    assert!(answer.contains("\r\nConnection: close\r\n") && answer.ends_with("\r\n\r\ndone"), "{answer}");
}

#[test]
fn t31_content_that_nobody_asks_for_is_not_read() {
    let server = Running::start(function(async |request| {
        let mut body = request.into_body();
        body.frame().await.unwrap()?;
        pending::<()>().await;
        drop(body);
        Ok(text(""))
    }));
    let mut stream = server.connect();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99000000000\r\n\r\n").unwrap();
    stream.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let part = vec![b'x'; 1 << 20];
    assert!((0..64).any(|_| stream.write_all(&part).is_err()), "64 MiB are more than any socket takes");
}

#[test]
fn a_client_is_not_to_blame_for_content_that_nobody_wants_any_more() {
    let counters = Arc::new(Counters::default());
    let mut config = Config::default();
    config.timeouts.content = Duration::from_millis(100);
    let settings = Settings::default().config(config).observer(Arc::clone(&counters));
    let server = Running::start_with(
        settings,
        function(async |request| {
            let mut body = request.into_body();
            let is_there = tokio::time::timeout(Duration::from_millis(10), body.frame()).await.is_ok();
            drop(body);
            // Longer than the client would have had for its content.
            tokio::time::sleep(Duration::from_millis(400)).await;
            Ok(text(format!("{is_there}")))
        }),
    );
    let mut stream = server.connect();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n").unwrap();
    read_until(&mut stream, "\r\n\r\nfalse");
    assert_eq!(counters.read().refused, 0);
}

#[test]
fn a_body_can_leave_for_another_task() {
    let server = Running::start(function(async |request| {
        let collected = tokio::spawn(request.into_body().collect()).await.unwrap()?;
        Ok(text(collected.to_bytes()))
    }));
    assert!(server.ask(post("/", "from elsewhere")).ends_with("\r\n\r\nfrom elsewhere"));
}

#[test]
fn content_is_taken_while_a_response_has_no_end() {
    let server = Running::start(Router::new().route(
        "/",
        on_post(async |request: Request| {
            let collecting = tokio::spawn(axum::body::to_bytes(request.into_body(), 100));
            Body::from_stream(stream::unfold(Some(collecting), async |collecting| {
                let collecting = collecting?;
                let (part, left) = match collecting.is_finished() {
                    true => (collecting.await.unwrap().unwrap(), None),
                    false => (Bytes::from_static(b"."), Some(collecting)),
                };
                Some((Ok::<_, Infallible>(part), left))
            }))
        }),
    ));
    let answer = server.ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n");
    assert!(unchunked(&answer).ends_with("four"), "{}", answer.len());
}

#[test]
fn a_body_that_outlives_its_response_fails() {
    let (send, fate) = mpsc::channel();
    let server = Running::start(function(move |request: http::Request<RequestBody>| {
        let send = send.clone();
        async move {
            let mut body = request.into_body();
            let first = body.frame().await.unwrap()?.into_data().unwrap();
            tokio::spawn(async move {
                let error = body.frame().await.unwrap().unwrap_err();
                send.send((error.to_string(), body.frame().await.is_none())).unwrap();
            });
            Ok(text(first))
        }
    }));
    let mut stream = server.connect();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n").unwrap();
    read_until(&mut stream, "\r\n\r\na");
    assert_eq!(fate.recv_timeout(PATIENCE).unwrap(), ("the connection is over".to_owned(), true));
}

#[test]
fn a_fault_in_content_is_answered_for_a_service_that_fails_with_it() {
    let seen = Arc::new(Mutex::new(None));
    let kept = Arc::clone(&seen);
    let server = Running::start(function(move |request: http::Request<RequestBody>| {
        let kept = Arc::clone(&kept);
        async move {
            let result = request.into_body().collect().await;
            *kept.lock().unwrap() = result.as_ref().err().map(ToString::to_string);
            Ok(text(result?.to_bytes()))
        }
    }));
    let answer = server.ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nX");
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("\r\nConnection: close\r\n"), "{answer}");
    assert!(seen.lock().unwrap().as_ref().unwrap().contains("RFC 9112 7.1"));
    // One that answers by itself is heard.
    let server = Running::start(Router::new().route(
        "/",
        on_post(async |content: Result<Bytes, _>| {
            content.map_or_else(
                |_: axum::extract::rejection::BytesRejection| "no content".into_response(),
                |_| "content".into_response(),
            )
        }),
    ));
    let answer = server.ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nX");
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\nno content"), "{answer}");
}

#[test]
fn t57_a_service_that_fails_is_a_500() {
    let server = Running::start(function(|_| ready(Err(ExchangeError::Closed))));
    let answer = server.ask(get("/") + &get("/"));
    assert_eq!(answer.matches("HTTP/1.1 500 ").count(), 2, "{answer}");
}

/// Is ready when it is asked a second time, and to be called only then.
#[derive(Default)]
struct Shy {
    is_asked: bool,
    is_ready: bool,
    calls: Arc<AtomicBool>,
}

impl Clone for Shy {
    fn clone(&self) -> Self {
        // Whether this one is ready says nothing of a clone.
        Self { calls: Arc::clone(&self.calls), ..Self::default() }
    }
}

impl Service<http::Request<RequestBody>> for Shy {
    type Response = Response<Full<Bytes>>;
    type Error = ExchangeError;
    type Future = Ready<Result<Response<Full<Bytes>>, ExchangeError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ExchangeError>> {
        if self.is_asked {
            self.is_ready = true;
            return Poll::Ready(Ok(()));
        }
        self.is_asked = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn call(&mut self, _: http::Request<RequestBody>) -> Self::Future {
        self.calls.fetch_or(!self.is_ready, Ordering::SeqCst);
        ready(Ok(text("at last")))
    }
}

#[test]
fn a_service_is_called_when_it_is_ready() {
    let service = Shy::default();
    let called_early = Arc::clone(&service.calls);
    let server = Running::start(service);
    let answer = server.ask(get("/") + &get("/"));
    assert_eq!(answer.matches("\r\n\r\nat last").count(), 2, "{answer}");
    assert!(!called_early.load(Ordering::SeqCst));
}

#[test]
fn a_request_is_what_was_sent() {
    let server = Running::start(function(async |request| {
        let (parts, _) = request.into_parts();
        let peer = parts.extensions.get::<Peer>().is_some_and(|peer| peer.to_string() == "127.0.0.1");
        let repeated: Vec<_> = parts.headers.get_all("x").iter().map(|value| value.as_bytes().to_vec()).collect();
        Ok(text(format!("{} {} {:?} {peer} {repeated:?}", parts.method, parts.uri, parts.version)))
    }));
    for (request, expected) in [
        (
            &b"PURGE /a%20b?c=d HTTP/1.1\r\nHost: a\r\nX: 1\r\nx: \xff\r\n\r\n"[..],
            "PURGE /a%20b?c=d HTTP/1.1 true [[49], [255]]",
        ),
        (b"GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://a/b HTTP/1.1 true []"),
        (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1 true []"),
        (b"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0 true []"),
    ] {
        let answer = server.ask(request);
        assert!(answer.ends_with(&format!("\r\n\r\n{expected}")), "{answer}");
    }
    assert!(server.ask("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n").starts_with("HTTP/1.1 501 "));
    let answer = server.ask("GET /<a> HTTP/1.1\r\nHost: a\r\nAccept: text/plain\r\n\r\n".to_owned() + &get("/"));
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("percent-encode"), "{answer}");
    assert!(answer.ends_with("GET / HTTP/1.1 true []"), "{answer}");
}

/// What services ask of a body they keep.
#[test]
fn a_body_is_free_to_move() {
    fn is_free<T: Send + Sync + Unpin + 'static>() {}
    is_free::<RequestBody>();
    let _: fn(RequestBody) -> Body = Body::new;
    let _: fn(RequestBody) -> Pin<Box<RequestBody>> = Box::pin;
}
