//! Exchanges: content as it comes, answers as they are made.

use std::io::{self, Read, Write};
use std::thread;
use std::time::Instant;

use super::running::{Adapter, PATIENCE, Running, read_all, read_until};
use super::serving::GET;

pub(crate) fn content_is_taken_as_it_comes(adapter: Adapter) {
    let server = Running::exchanging(adapter);
    let mut stream = server.connect();
    write!(stream, "POST /parts HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n").unwrap();
    // Each part is answered before the next is sent.
    for part in ["one", "two", "six"] {
        stream.write_all(part.as_bytes()).unwrap();
        assert!(read_until(&mut stream, &format!("<{part}>")).ends_with(&format!("<{part}>")));
    }
    assert!(read_until(&mut stream, "\r\n0\r\n\r\n").ends_with("0\r\n\r\n"));
    // And the connection goes on.
    stream.write_all(b"POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nagain").unwrap();
    assert!(read_until(&mut stream, "again").contains("200 OK"));
}

pub(crate) fn content_of_both_directions_is_in_memory_in_parts_only(adapter: Adapter) {
    const OCTETS: usize = 5_000_000;
    let server = Running::exchanging(adapter);
    let stream = server.connect();
    let mut writer = stream.try_clone().unwrap();
    let writing = thread::spawn(move || {
        write!(writer, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {OCTETS}\r\nConnection: close\r\n\r\n")
            .unwrap();
        for part in vec![b'x'; OCTETS].chunks(10_000) {
            writer.write_all(part).unwrap();
        }
    });
    let mut stream = stream;
    let answer = read_all(&mut stream);
    writing.join().unwrap();
    assert!(answer.contains(&format!("\r\nContent-Length: {OCTETS}\r\n")));
    assert!(answer.ends_with("x") && answer.split("\r\n\r\n").nth(1).unwrap().len() == OCTETS);
}

pub(crate) fn content_is_sent_as_it_is_made(adapter: Adapter) {
    let server = Running::exchanging(adapter);
    let mut stream = server.connect();
    write!(stream, "POST /events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    // The handler makes the next event when it is asked for it, so that none can be waiting behind another.
    for number in 1..=3 {
        stream.write_all(b"1\r\n.\r\n").unwrap();
        let event = read_until(&mut stream, "\n\n");
        assert!(event.ends_with(&format!("data: {number}\n\n")), "{event}");
    }
    stream.write_all(b"0\r\n\r\n").unwrap();
    read_until(&mut stream, "\r\n0\r\n\r\n");
}

pub(crate) fn trailers_go_both_ways(adapter: Adapter) {
    let server = Running::exchanging(adapter);
    let answer = server.ask(
        "POST /trailers HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-Sum: 17\r\n\r\n",
    );
    assert!(answer.ends_with("\r\n0\r\nX-Sum: 17\r\n\r\n"), "{answer}");
}

pub(crate) fn an_informational_response_is_sent_at_once(adapter: Adapter) {
    let server = Running::exchanging(adapter);
    let mut stream = server.connect();
    write!(stream, "POST /hints HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n").unwrap();
    let hints = read_until(&mut stream, "\r\n\r\n");
    assert!(hints.starts_with("HTTP/1.1 103 Early Hints\r\n") && hints.contains("\r\nLink: </a.css>\r\n"), "{hints}");
    stream.write_all(b"x").unwrap();
    assert!(read_until(&mut stream, "done").starts_with("HTTP/1.1 200 OK\r\n"));
}

pub(crate) fn t22_content_that_is_not_wanted_is_not_asked_for(adapter: Adapter) {
    let server = Running::exchanging(adapter);
    let expects = "Host: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
    let mut stream = server.connect();
    write!(stream, "POST /refuse HTTP/1.1\r\n{expects}").unwrap();
    let answer = read_all(&mut stream);
    assert!(answer.starts_with("HTTP/1.1 403 ") && !answer.contains("100 Continue"), "{answer}");
    let mut stream = server.connect();
    write!(stream, "POST /collect HTTP/1.1\r\n{expects}").unwrap();
    assert_eq!(read_until(&mut stream, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"here").unwrap();
    assert!(read_until(&mut stream, "here").starts_with("HTTP/1.1 200 OK\r\n"));
}

pub(crate) fn t57_a_handler_that_does_not_answer_is_a_500(adapter: Adapter) {
    let server = Running::exchanging(adapter);
    let mut stream = server.connect();
    for target in ["/forget", "/fail", "/panic"] {
        write!(stream, "GET {target} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let answer = read_until(&mut stream, "</html>");
        assert!(answer.contains("HTTP/1.1 500 Internal Server Error\r\n"), "{target}: {answer}");
        // The page may end in a line end, and the connection goes on.
        write!(stream, "POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nfine").unwrap();
        assert!(read_until(&mut stream, "\r\n\r\nfine").contains("200 OK"));
    }
}

pub(crate) fn t57_a_response_that_is_not_finished_is_cut_off(adapter: Adapter) {
    let server = Running::exchanging(adapter);
    // The last would end with the connection: an orderly end would pass for its own.
    let table = [("/half", "1.1"), ("/half-panic", "1.1"), ("/half-chunked", "1.1"), ("/half-chunked", "1.0")];
    for (target, version) in table {
        let mut stream = server.connect();
        // At once: what comes after the reset could not be written.
        let requests = format!("GET {target} HTTP/{version}\r\nHost: a\r\n\r\n{GET}");
        stream.write_all(requests.as_bytes()).unwrap();
        let mut answer = Vec::new();
        let end = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && !answer.contains("\r\n0\r\n"), "{target}: {answer}");
        assert!(answer.contains("half") && answer.matches("HTTP/1.1 ").count() == 1, "{target}: {answer}");
        assert!(end.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset), "{target} {version}");
    }
}

pub(crate) fn t23_a_connection_speaks_another_protocol(adapter: Adapter) {
    let server = Running::exchanging(adapter);
    let mut stream = server.connect();
    // The first octets of the other protocol come with the request.
    write!(stream, "GET /upgrade HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: shout\r\n\r\nhel").unwrap();
    let head = read_until(&mut stream, "\r\n\r\n");
    assert!(
        head.starts_with("HTTP/1.1 101 Switching Protocols\r\n") && head.contains("\r\nUpgrade: shout\r\n"),
        "{head}"
    );
    assert_eq!(read_until(&mut stream, "HEL"), "HEL");
    stream.write_all(b"lo\r\n").unwrap();
    assert_eq!(read_until(&mut stream, "\n"), "LO\r\n");
    drop(stream);
    // One that does not ask for it stays with this one.
    let answer = server.ask("GET /upgrade HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
}

pub(crate) fn a_fault_in_content_is_answered_for_the_handler(adapter: Adapter) {
    let server = Running::exchanging(adapter);
    let answer = server.ask("POST /collect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabX");
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
    let answer = server.ask("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc");
    assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{answer}");
}

pub(crate) fn more_content_than_may_be_collected_is_a_413(adapter: Adapter) {
    let server = Running::exchanging(adapter);
    let stream = server.connect();
    let mut writer = stream.try_clone().unwrap();
    let writing = thread::spawn(move || {
        let _ = write!(writer, "POST /collect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        // It is cut off at some time; whoever reads sees why.
        while writer.write_all(chunk.as_bytes()).is_ok() {}
    });
    let mut stream = stream;
    let answer = read_until(&mut stream, "\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 413 Content Too Large\r\n") && answer.contains("\r\nConnection: close\r\n"));
    // Whoever sends to a server that is gone learns of it, also where the window was full.
    let begun = Instant::now();
    drop((server, stream));
    writing.join().unwrap();
    assert!(begun.elapsed() < PATIENCE / 2);
}

#[test]
fn an_async_handler_waits_without_a_thread() {
    use basehttp_handler::Request;

    // Ten wait at once on one thread, and the first goes on when the last has come.
    let (entered, count) = (std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0)), 10);
    let wait = move |request: Request| {
        let entered = std::sync::Arc::clone(&entered);
        async move {
            entered.fetch_add(1, std::sync::atomic::Ordering::AcqRel);
            while entered.load(std::sync::atomic::Ordering::Acquire) < count {
                smol::Timer::after(std::time::Duration::from_millis(1)).await;
            }
            format!("{} octets", request.content().len())
        }
    };
    let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc";
    for server in [Running::waiting_on_tokio(wait.clone()), Running::waiting_on_smol(wait)] {
        let mut streams: Vec<_> = (0..count).map(|_| server.connect()).collect();
        streams.iter_mut().for_each(|stream| stream.write_all(post.as_bytes()).unwrap());
        for stream in &mut streams {
            assert!(read_all(stream).ends_with("3 octets"));
        }
    }
}

#[test]
fn t22_too_much_content_is_not_asked_for() {
    let refused = "POST /collect HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2000000\r\n\r\n";
    for adapter in [Adapter::Std, Adapter::Tokio, Adapter::Smol] {
        let server = Running::exchanging(adapter);
        let mut stream = server.connect();
        stream.write_all(refused.as_bytes()).unwrap();
        let answer = read_all(&mut stream);
        assert!(answer.starts_with("HTTP/1.1 413 ") && !answer.contains(" 100 "), "{adapter:?}: {answer}");
    }
}

#[test]
fn a_stop_at_once_ends_a_handler_that_waits_for_something_else() {
    let forever = |_: basehttp_handler::Request| async { std::future::pending::<&'static str>().await };
    for server in [Running::waiting_on_tokio(forever), Running::waiting_on_smol(forever)] {
        let mut stream = server.connect();
        stream.write_all(GET.as_bytes()).unwrap();
        let begun = Instant::now();
        while server.connections() == 0 {
            assert!(begun.elapsed() < PATIENCE);
        }
        server.now();
        let mut answer = Vec::new();
        // An end or a reset.
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(answer, b"");
        server.join();
        assert!(begun.elapsed() < PATIENCE / 2);
    }
}

#[test]
fn t23_connect_never_reaches_an_async_handler() {
    let hello = |_: basehttp_handler::Request| async { "hello" };
    for server in [Running::waiting_on_tokio(hello), Running::waiting_on_smol(hello)] {
        let answer = server.ask("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");
        assert!(answer.starts_with("HTTP/1.1 501 "), "{answer}");
    }
}
