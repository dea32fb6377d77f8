//! Exchanges: content as it comes, answers as they are made.

use std::io::{Read, Write};
use std::thread;
use std::time::Instant;

use super::running::{Adapter, PATIENCE, Running, read_all, read_until};
use super::serving::GET;

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
