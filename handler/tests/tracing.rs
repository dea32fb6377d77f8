//! What `tracing` is told of connections, as a real subscriber writes it down.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use basehttp_handler::{Driver, Peer, Response, Settings, Step, TracingObserver};
use basehttp_proto::StatusCode;
use support::written;
use tracing_subscriber::filter::LevelFilter;

/// Where the subscriber writes.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn clock() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(784_111_777)
}

/// The events of a connection that brings `input`, at this level and above.
fn events(level: LevelFilter, input: &str) -> Vec<String> {
    let sink = Sink::default();
    let kept = sink.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(move || kept.clone())
        .with_max_level(level)
        .with_ansi(false)
        .without_time()
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        let settings = Settings::default().observer(TracingObserver).clock(clock);
        let mut driver = Driver::new(Arc::new(settings), Peer::Ip(([127, 0, 0, 1], 50_000).into()));
        let mut input = Some(input);
        loop {
            match driver.step(Duration::ZERO) {
                Step::Read(_) => match input.take() {
                    Some(octets) => driver.recv(octets.as_bytes()).unwrap(),
                    None => driver.recv_eof(),
                },
                Step::Write(_) => drop(written(&mut driver)),
                Step::Call(request) if request.path() == "/" => driver.respond(Response::text("four")),
                Step::Call(_) => driver.respond(Response::error(StatusCode::NOT_FOUND)),
                Step::Close => break,
                Step::Shutdown => {}
                step => panic!("{step:?}"),
            }
        }
    });
    let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    text.lines().map(|line| line.trim_start().to_owned()).collect()
}

#[test]
fn everything_is_an_event_with_its_fields() {
    let mut events =
        events(LevelFilter::DEBUG, "GET /?a=\"b HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost : a\r\n\r\n");
    // How long the page is that explains the error is no matter here.
    let page = events.remove(4);
    assert!(
        page.starts_with(r#"INFO basehttp: response peer=127.0.0.1 method="POST" target="/" status=400 octets="#),
        "{page}"
    );
    assert_eq!(
        events,
        [
            "DEBUG basehttp: connection opened peer=127.0.0.1",
            r#"DEBUG basehttp: request peer=127.0.0.1 method=GET target="/?a=\\x22b" version=HTTP/1.1"#,
            r#"INFO basehttp: response peer=127.0.0.1 method="GET" target="/?a=\\x22b" status=200 octets=4 duration_us=0 cut_short=false"#,
            r#"WARN basehttp: refused peer=127.0.0.1 status=400 code="field-name-space" clause="RFC 9112 5.1" offset=53 found=32 excerpt="POST / HTTP/1.1""#,
            "DEBUG basehttp: connection closed peer=127.0.0.1 reason=Fault(FieldNameSpace) requests=1",
        ]
    );
}

#[test]
fn levels_tell_what_is_wanted() {
    let input = "GET /nope HTTP/1.1\r\nHost: a\r\n\r\n\x16\x03\x01";
    let levels = |level| {
        events(level, input)
            .iter()
            .map(|line| line.split(' ').next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(levels(LevelFilter::INFO), ["INFO", "WARN", "INFO"]);
    assert_eq!(levels(LevelFilter::WARN), ["WARN"]);
    assert!(levels(LevelFilter::ERROR).is_empty());
    let refused = events(LevelFilter::WARN, input).join("");
    assert!(
        refused.contains(r#"code="method-octet""#) && refused.contains(r#"excerpt="\\x16\\x03\\x01""#),
        "{refused}"
    );
}
