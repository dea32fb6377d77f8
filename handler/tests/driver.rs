//! The driver in memory and in virtual time: everything an adapter would have to decide.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::cell::Cell;
use std::fs::File;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use basehttp_handler::dispatch::handle_caught;
use basehttp_handler::{Driver, Echo, FileSlice, Handler, Peer, Record, Request, Response, Settings, Step, Waits};
use basehttp_proto::{CloseReason, StatusCode};
use support::written;

const GET: &str = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
const NOW: Duration = Duration::ZERO;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn settings() -> Settings {
    Settings::default().clock(|| at(784_111_777))
}

fn driver(settings: Settings) -> Driver {
    Driver::new(Arc::new(settings), Peer::Unknown)
}

/// Leads a connection to its end as an adapter would, and returns what it wrote.
fn serve(settings: Settings, input: &str, handler: &impl Handler) -> String {
    let mut driver = driver(settings);
    let (mut input, mut output) = (Some(input), String::new());
    for _ in 0..10_000 {
        match driver.step(NOW) {
            Step::Read(_) => match input.take() {
                Some(octets) => driver.recv(octets.as_bytes()).unwrap(),
                None => driver.recv_eof(),
            },
            Step::Write(_) => output += &written(&mut driver),
            Step::Call(request) => driver.respond(handle_caught(handler, request)),
            Step::SendFile(slice, _) => {
                let part = FileSlice { len: slice.len.min(1000), ..slice };
                output += std::str::from_utf8(&part.read().unwrap()).unwrap();
                driver.file_sent(part.len);
            }
            Step::Begin(_) | Step::Shutdown => {}
            Step::Close => return output,
        }
    }
    panic!("the connection never ends");
}

/// Settings that keep the records, and the records.
fn recording() -> (Settings, Arc<Mutex<Vec<Record>>>) {
    let records = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&records);
    let observer = move |record: &Record| sink.lock().unwrap().push(record.clone());
    (settings().observer(observer), records)
}

fn file(content: &str) -> FileSlice {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content.as_bytes()).unwrap();
    FileSlice { file: Arc::new(file), offset: 0, len: content.len() as u64 }
}

#[test]
fn a_response_is_completed() {
    let output = serve(settings().server("test/1").unwrap(), GET, &|_: Request| "hello");
    assert_eq!(
        output,
        "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: test/1\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello"
    );
}

#[test]
fn the_server_field_of_a_response_stands() {
    let handler = |_: Request| Response::text("").field("Server", "mine");
    assert!(serve(settings(), GET, &handler).contains("\r\nServer: mine\r\n"));
    assert!(!serve(settings(), GET, &handler).contains("basehttp"));
    assert!(!serve(settings().server("").unwrap(), GET, &|_: Request| "x").contains("Server"));
}

thread_local! {
    /// What the clock of this test says, since 1970.
    static TIME: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Date is right to the second, whether it is looked up for each response or kept.
#[test]
fn date_goes_with_the_clock() {
    const START: Duration = Duration::from_millis(784_111_777_900);
    for prompt in [false, true] {
        let mut driver = driver(Settings::default().clock(|| UNIX_EPOCH + TIME.get())).prompt(prompt);
        for (passed, second) in
            [(0, "37"), (50, "37"), (99, "37"), (100, "38"), (1099, "38"), (1100, "39"), (9000, "46")]
        {
            let passed = Duration::from_millis(passed);
            TIME.set(START + passed);
            assert!(matches!(driver.step(passed), Step::Read(_)));
            driver.recv(GET.as_bytes()).unwrap();
            assert!(matches!(driver.step(passed), Step::Call(_)));
            driver.respond("x".into());
            assert!(matches!(driver.step(passed), Step::Write(_)));
            let output = written(&mut driver);
            assert!(
                output.contains(&format!("\r\nDate: Sun, 06 Nov 1994 08:49:{second} GMT\r\n")),
                "{passed:?}: {output}"
            );
        }
    }
}

#[test]
fn t22_content_is_asked_for_before_it_comes() {
    let mut driver = driver(settings());
    assert!(matches!(driver.step(NOW), Step::Read(_)));
    driver.recv(b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n").unwrap();
    assert!(matches!(driver.step(NOW), Step::Write(_)));
    assert_eq!(written(&mut driver), "HTTP/1.1 100 Continue\r\n\r\n");
    assert!(matches!(driver.step(NOW), Step::Read(_)));
    driver.recv(b"hel").unwrap();
    assert!(matches!(driver.step(NOW), Step::Read(_)));
    driver.recv(b"lo").unwrap();
    let Step::Call(request) = driver.step(NOW) else { panic!() };
    assert_eq!(request.content().as_ref(), b"hello");
}

#[test]
fn t56_content_beyond_the_limit_is_refused_unread() {
    let called = |_: Request| -> Response { panic!("content that large is not collected") };
    let declared = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1048577\r\n\r\n";
    let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n";
    for input in [declared, chunked] {
        let output = serve(settings(), input, &called);
        assert!(output.contains("HTTP/1.1 413 Content Too Large\r\n"), "{output}");
        assert!(output.contains("\r\nConnection: close\r\n"), "{output}");
    }
    // And what is within it passes.
    let input = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n{}", "x".repeat(1 << 20));
    let length = |request: Request| request.content().len().to_string();
    assert!(serve(settings(), &input, &length).ends_with("\r\n\r\n1048576"));
}

#[test]
fn chunks_are_collected_and_trailers_kept_apart() {
    let input = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                 3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nX-Sum: 7\r\n\r\n";
    let handler = |request: Request| {
        assert!(!request.fields().contains("X-Sum"));
        format!("{:?} {:?}", request.content(), request.trailers().get_str("x-sum"))
    };
    assert!(serve(settings(), input, &handler).ends_with("b\"abcdefg\" Some(\"7\")"));
}

#[test]
fn t58_a_panic_is_a_500_and_the_next_request_is_served() {
    let handler = |request: Request| {
        assert!(request.path() != "/panic", "as asked");
        "fine"
    };
    let output = serve(settings(), &format!("GET /panic HTTP/1.1\r\nHost: a\r\n\r\n{GET}"), &handler);
    assert!(output.starts_with("HTTP/1.1 500 Internal Server Error\r\n"), "{output}");
    assert!(output.ends_with("\r\n\r\nfine"), "{output}");
}

#[test]
fn a_handler_that_never_answers_is_a_500() {
    let mut driver = driver(settings());
    driver.recv(GET.as_bytes()).unwrap();
    assert!(matches!(driver.step(NOW), Step::Call(_)));
    assert!(matches!(driver.step(NOW), Step::Write(_)));
    assert!(written(&mut driver).starts_with("HTTP/1.1 500 "));
    assert!(matches!(driver.step(NOW), Step::Read(_)));
}

#[test]
fn t37_a_response_that_contradicts_itself_is_a_500() {
    let (settings, records) = recording();
    let handler = |request: Request| match request.path() {
        "/length" => Response::text("12345").field("Content-Length", "4"),
        "/coding" => Response::text("12345").field("Transfer-Encoding", "chunked"),
        _ => Ok(Response::text("content").with_status(StatusCode::NO_CONTENT)),
    };
    let input = ["/length", "/coding", "/none"].map(|path| GET.replace("/a", path)).concat();
    let output = serve(settings, &input, &handler);
    assert_eq!(output.matches("HTTP/1.1 500 Internal Server Error\r\n").count(), 3, "{output}");
    assert_eq!(output.matches("HTTP/1.1 ").count(), 3, "{output}");
    assert!(records.lock().unwrap().iter().all(|record| record.status == StatusCode::INTERNAL_SERVER_ERROR));
}

#[test]
fn head_is_get_without_content() {
    let content = "x".repeat(5000);
    for handler in [
        Box::new(|_: Request| Response::text("x".repeat(5000))) as Box<dyn Fn(Request) -> Response + Send + Sync>,
        Box::new(|_| Response::file(StatusCode::OK, file(&"x".repeat(5000)))),
        Box::new(|_| Response::error(StatusCode::NOT_FOUND)),
    ] {
        let (settings, records) = recording();
        let get = serve(settings.clone(), GET, &handler);
        let head = serve(settings, &GET.replace("GET", "HEAD"), &handler);
        assert_eq!(head, get.split_inclusive("\r\n\r\n").next().unwrap());
        let records = records.lock().unwrap();
        assert_eq!(records[1].content_octets, Some(0));
        assert_eq!(records[0].content_octets, Some((get.len() - head.len()) as u64));
    }
    assert!(serve(settings(), GET, &|_: Request| Response::text("x".repeat(5000))).ends_with(&content));
}

#[test]
fn a_file_is_sent_in_parts_and_recorded_at_its_end() {
    let (settings, records) = recording();
    let content: String = ('a'..='z').cycle().take(10_500).collect();
    let kept = content.clone();
    let handler =
        move |_: Request| Response::file(StatusCode::OK, FileSlice { offset: 500, len: 10_000, ..file(&kept) });
    let output = serve(settings, &GET.repeat(2), &handler);
    assert_eq!(output.matches(&content[500..]).count(), 2);
    assert_eq!(output.matches("\r\nContent-Length: 10000\r\n").count(), 2);
    assert_eq!(records.lock().unwrap().iter().map(|r| r.content_octets).collect::<Vec<_>>(), [Some(10_000); 2]);
}

#[test]
fn t67_a_file_that_shrinks_ends_the_connection() {
    let (settings, records) = recording();
    let mut driver = driver(settings);
    driver.recv(GET.as_bytes()).unwrap();
    assert!(matches!(driver.step(NOW), Step::Call(_)));
    driver.respond(Response::file(StatusCode::OK, file("0123456789")));
    assert!(matches!(driver.step(NOW), Step::Write(_)));
    assert!(written(&mut driver).ends_with("\r\n\r\n"));
    assert!(matches!(driver.step(NOW), Step::SendFile(FileSlice { offset: 0, len: 10, .. }, _)));
    driver.file_sent(4);
    assert!(matches!(driver.step(NOW), Step::SendFile(FileSlice { offset: 4, len: 6, .. }, _)));
    driver.abort();
    assert!(matches!(driver.step(NOW), Step::Close));
    assert_eq!(driver.close_reason(), Some(CloseReason::Aborted));
    let records = records.lock().unwrap();
    assert_eq!((records.len(), records[0].status, records[0].content_octets), (1, StatusCode::OK, None));
}

#[test]
fn errors_are_pages_in_a_form_that_is_accepted() {
    let handler = |_: Request| Response::error(StatusCode::NOT_FOUND).message("Gone fishing");
    for (accept, content_type) in [("text/html", "text/html"), ("application/json", "application/json")] {
        let input = GET.replace("\r\n\r\n", &format!("\r\nAccept: {accept}\r\n\r\n"));
        let output = serve(settings(), &input, &handler);
        assert!(output.contains(&format!("\r\nContent-Type: {content_type}")), "{output}");
        assert!(output.contains("\r\nX-Content-Type-Options: nosniff\r\n"), "{output}");
        assert!(output.contains("Gone fishing"), "{output}");
    }
}

#[test]
fn a_refusal_teaches_and_is_recorded() {
    let (settings, records) = recording();
    let output = serve(settings, "GET /<ESC> HTTP/1.1\r\nHost : a\r\n\r\n", &|_: Request| "");
    assert!(output.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{output}");
    assert!(output.contains("0x20 at octet 25"), "{output}");
    assert!(output.contains("RFC 9112 5.1"), "{output}");
    let records = records.lock().unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].request_line.as_deref(), Some(&b"GET /<ESC> HTTP/1.1"[..]));
    assert_eq!(records[0].error.unwrap().offset(), 25);
}

#[test]
fn t50_answers_that_are_not_taken_stop_the_reading() {
    let mut driver = driver(settings());
    driver.recv(GET.repeat(100).as_bytes()).unwrap();
    let mut called = 0;
    while let Step::Call(_) = driver.step(NOW) {
        called += 1;
        driver.respond(Response::text("x".repeat(10_000)));
    }
    assert_eq!(called, 7, "answers of 10 kB up to the first beyond 64 KiB");
    assert!(driver.recv(b"x").is_err());
}

#[test]
fn t45_a_slow_head_is_answered_408_and_lingers() {
    let mut driver = driver(settings());
    let Step::Read(Some(deadline)) = driver.step(NOW) else { panic!() };
    assert_eq!(deadline, Duration::from_secs(10));
    driver.recv(b"GET").unwrap();
    let Step::Read(Some(again)) = driver.step(Duration::from_secs(9)) else { panic!() };
    assert_eq!(again, deadline, "octets do not move it");
    let Step::Write(Some(_)) = driver.step(deadline) else { panic!() };
    assert!(written(&mut driver).starts_with("HTTP/1.1 408 "));
    assert!(matches!(driver.step(deadline), Step::Shutdown));
    let Step::Read(Some(end)) = driver.step(deadline) else { panic!() };
    assert_eq!(end, Duration::from_secs(12));
    assert!(matches!(driver.step(end), Step::Close));
}

#[test]
fn t47_a_client_that_takes_nothing_of_an_answer_is_cut_off() {
    let mut driver = driver(settings());
    driver.recv(GET.as_bytes()).unwrap();
    assert!(matches!(driver.step(NOW), Step::Call(_)));
    driver.respond(Response::text("complete, but on its way"));
    let Step::Write(Some(deadline)) = driver.step(NOW) else { panic!() };
    assert!(matches!(driver.step(deadline), Step::Close));
    // By a reset: an orderly close would leave it to the system to go on.
    assert!(driver.is_cut_short());
}

#[test]
fn t47_a_client_is_not_blamed_for_what_a_handler_takes_while_answers_wait() {
    let mut driver = driver(settings());
    driver.recv(GET.repeat(2).as_bytes()).unwrap();
    assert!(matches!(driver.step(NOW), Step::Call(_)));
    driver.respond(Response::text("x".repeat(100_000)));
    let Step::Write(Some(deadline)) = driver.step(NOW) else { panic!() };
    // It takes some of it, and then it is the handler that does nothing.
    driver.transmit().consume(50_000);
    assert!(matches!(driver.step(NOW), Step::Call(_)));
    driver.respond(Response::text("second"));
    let late = deadline * 2;
    assert!(matches!(driver.step(late), Step::Write(Some(deadline)) if deadline > late));
    assert!(written(&mut driver).ends_with("second") && !driver.is_cut_short());
}

#[test]
fn an_idle_connection_stops_at_once_and_a_busy_one_after_its_answer() {
    let mut idle = driver(settings());
    assert!(matches!(idle.step(NOW), Step::Read(_)) && idle.is_idle());
    idle.shutdown();
    assert!(matches!(idle.step(NOW), Step::Shutdown | Step::Close));

    let mut busy = driver(settings());
    busy.recv(GET.as_bytes()).unwrap();
    assert!(matches!(busy.step(NOW), Step::Call(_)));
    busy.shutdown();
    busy.respond(Response::text("last"));
    assert!(matches!(busy.step(NOW), Step::Write(_)));
    let output = written(&mut busy);
    assert!(output.contains("\r\nConnection: close\r\n") && output.ends_with("last"), "{output}");
    assert!(matches!(busy.step(NOW), Step::Shutdown));
}

#[test]
fn t23_connect_never_reaches_a_handler() {
    let called = |_: Request| -> Response { panic!("no handler can open a tunnel") };
    let output =
        serve(settings(), &format!("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n{GET}"), &|request: Request| {
            if request.path() == "/a" { Response::text("next") } else { called(request) }
        });
    assert!(output.starts_with("HTTP/1.1 501 Not Implemented\r\n"), "{output}");
    assert!(output.ends_with("\r\n\r\nnext"), "what follows is a request: {output}");
}

#[test]
fn a_response_that_nobody_asked_for_is_not_sent() {
    let mut driver = driver(settings());
    driver.respond(Response::text("unasked"));
    assert_eq!(written(&mut driver), "");
    assert!(matches!(driver.step(NOW), Step::Close));
}

#[test]
fn m51_requests_are_sent_back() {
    let get = "GET /x?y HTTP/1.1\r\nhOsT:a\r\nX-Odd:  \tspaced \r\n\r\n";
    let output = serve(settings(), get, &Echo);
    assert!(output.ends_with(&format!("\r\n\r\n{get}")), "{output}");
    let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/x-own\r\nContent-Length: 4\r\n\r\n\u{0}\n\r\u{7f}";
    let output = serve(settings(), post, &Echo);
    assert!(output.ends_with("\r\n\r\n\u{0}\n\r\u{7f}"), "{output:?}");
    assert!(output.contains("\r\nContent-Type: text/x-own\r\n"), "{output:?}");
}

#[test]
fn a_prompt_driver_answers_before_it_asks_again() {
    let requests = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2);
    let driver = |is_prompt| {
        let mut driver = driver(settings()).prompt(is_prompt);
        assert!(matches!(driver.step(NOW), Step::Read(_)));
        driver.recv(requests.as_bytes()).unwrap();
        assert!(matches!(driver.step(NOW), Step::Call(_)));
        driver.respond(Response::text("first"));
        driver
    };
    // Answers of handlers that are quick leave together.
    assert!(matches!(driver(false).step(NOW), Step::Call(_)));
    let mut driver = driver(true);
    assert!(matches!(driver.step(NOW), Step::Write(_)));
    assert!(matches!(driver.step(NOW), Step::Write(_)), "it is asked for until it is done");
    assert!(written(&mut driver).ends_with("first"));
    assert!(matches!(driver.step(NOW), Step::Call(_)));
    driver.respond(Response::text("second"));
    assert!(matches!(driver.step(NOW), Step::Write(_)));
    assert!(written(&mut driver).ends_with("second"));
}

#[test]
fn c9110_9_3_8_3_secrets_are_left_out_of_a_trace() {
    let trace = "TRACE / HTTP/1.1\r\nHost: a\r\nCOOKIE: s=1\r\nAuthorization: Basic eA==\r\nX-Odd: y\r\n\r\n";
    let output = serve(settings(), trace, &Echo);
    assert!(output.contains("\r\nContent-Type: message/http\r\n"), "{output}");
    assert!(output.ends_with("\r\n\r\nTRACE / HTTP/1.1\r\nHost: a\r\nX-Odd: y\r\n\r\n"), "{output}");
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_is_an_error() {
    let slice = FileSlice { file: Arc::new(File::open("/dev/null").unwrap()), offset: 0, len: 1 };
    assert_eq!(slice.read().unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
}

#[test]
fn what_a_connection_waits_for_says_who_makes_room_first() {
    let second = Duration::from_secs(1);
    let mut driver = driver(settings());
    assert_eq!(driver.waits(), Waits::First);
    driver.recv(b"G").unwrap();
    assert_eq!(driver.waits(), Waits::No);
    driver.recv(GET.get(1..).unwrap().as_bytes()).unwrap();
    assert!(matches!(driver.step(NOW), Step::Call(_)));
    assert_eq!(driver.waits(), Waits::No);
    driver.respond(Response::text(""));
    assert!(matches!(driver.step(NOW), Step::Write(_)));
    written(&mut driver);
    assert!(matches!(driver.step(NOW), Step::Read(_)));
    assert_eq!(driver.waits(), Waits::Next);

    let almost = second - Duration::from_nanos(1);
    assert!(Waits::First.rank(second).unwrap() < Waits::Next.rank(second).unwrap());
    assert_eq!(Waits::First.rank(almost), None, "its request may be on its way");
    assert_eq!(Waits::Next.rank(second / 10), Waits::Next.rank(second));
    assert_eq!(Waits::Next.rank(second / 11), None, "so may this one's");
    assert_eq!(Waits::No.rank(second), None);
}
