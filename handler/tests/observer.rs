//! A log that is slow or broken costs lines and never a request.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, UNIX_EPOCH};

use basehttp_handler::zone::Zone;
use basehttp_handler::{
    Closed, Counters, Driver, LastRecord, LogFormat, LogObserver, Observer, Peer, Record, Refusal, Response, Settings,
    Step,
};
use basehttp_proto::{CloseReason, ErrorKind, RequestHead, StatusCode};
use bytes::Bytes;

const LONG: Duration = Duration::from_secs(20);

fn record(request_line: &str) -> Record {
    Record {
        peer: Peer::Unix,
        time: UNIX_EPOCH,
        request_line: Some(Bytes::copy_from_slice(request_line.as_bytes())),
        status: StatusCode::OK,
        content_octets: Some(0),
        referer: None,
        user_agent: None,
        duration: Duration::ZERO,
        error: None,
    }
}

/// A sink that asks before each write: a number of octets to take, or an error.
struct Sink {
    seen: Arc<Mutex<Vec<u8>>>,
    waiting: Sender<()>,
    verdicts: Receiver<io::Result<usize>>,
}

impl Write for Sink {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let _ = self.waiting.send(());
        // Nobody left to ask means that everything is taken.
        let taken = self.verdicts.recv().unwrap_or(Ok(usize::MAX))?.min(octets.len());
        self.seen.lock().unwrap().extend_from_slice(&octets[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Rig {
    log: LogObserver,
    seen: Arc<Mutex<Vec<u8>>>,
    waiting: Receiver<()>,
    verdicts: Sender<io::Result<usize>>,
}

impl Rig {
    fn new() -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let ((waiting_sender, waiting), (verdicts, verdict_receiver)) = (channel(), channel());
        let sink = Sink { seen: Arc::clone(&seen), waiting: waiting_sender, verdicts: verdict_receiver };
        Self { log: LogObserver::new(LogFormat::Python, Zone::utc(), sink).unwrap(), seen, waiting, verdicts }
    }

    fn text(&self) -> String {
        String::from_utf8(self.seen.lock().unwrap().clone()).unwrap()
    }
}

fn line(request_line: &str) -> String {
    format!("unix - - [01/Jan/1970 00:00:00] \"{request_line}\" 200 -\n")
}

fn report(dropped: usize) -> String {
    format!("access log: {dropped} lines were dropped because the log could not take them\n")
}

#[test]
fn lines_arrive_in_order() {
    let rig = Rig::new();
    drop(rig.verdicts);
    for n in 0..100 {
        rig.log.on_response(&record(&n.to_string()));
    }
    assert!(rig.log.flush(LONG));
    let expected: String = (0..100).map(|n| line(&n.to_string())).collect();
    assert_eq!(String::from_utf8(rig.seen.lock().unwrap().clone()).unwrap(), expected);
    assert_eq!(rig.log.dropped(), 0);
}

#[test]
fn a_sink_that_blocks_costs_lines_and_no_time() {
    let rig = Rig::new();
    rig.log.on_response(&record("first"));
    rig.waiting.recv_timeout(LONG).unwrap();
    // The writer now holds the first line; these go to the queue, until it is full.
    let start = Instant::now();
    for n in 0..5000 {
        rig.log.on_response(&record(&n.to_string()));
    }
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(rig.log.dropped(), 5000 - 4096);
    assert!(!rig.log.flush(Duration::from_millis(20)));
    drop(rig.verdicts);
    assert!(rig.log.flush(LONG));
    let expected: String =
        [line("first"), report(5000 - 4096)].into_iter().chain((0..4096).map(|n| line(&n.to_string()))).collect();
    assert_eq!(String::from_utf8(rig.seen.lock().unwrap().clone()).unwrap(), expected);
    assert_eq!(rig.log.dropped(), 0);
}

#[test]
fn the_octets_that_wait_are_bounded() {
    let rig = Rig::new();
    rig.log.on_response(&record("first"));
    rig.waiting.recv_timeout(LONG).unwrap();
    // Each control octet makes four of the line.
    let hostile = "\u{1}".repeat(1024);
    for _ in 0..4096 {
        rig.log.on_response(&record(&hostile));
    }
    let kept = 4096 - usize::try_from(rig.log.dropped()).unwrap();
    let length = line(&"\\x01".repeat(1024)).len();
    assert_eq!(kept, (4 << 20) / length);
}

#[test]
fn a_sink_that_fails_loses_lines_and_recovers() {
    let rig = Rig::new();
    rig.verdicts.send(Err(io::Error::other("full"))).unwrap();
    rig.log.on_response(&record("a"));
    assert!(rig.log.flush(LONG));
    assert_eq!((rig.log.dropped(), rig.text().as_str()), (1, ""));
    // The report of the loss is lost too, and then a half of a line.
    rig.verdicts.send(Err(io::Error::other("full"))).unwrap();
    rig.log.on_response(&record("b"));
    assert!(rig.log.flush(LONG));
    assert_eq!(rig.log.dropped(), 2);
    for verdict in [Ok(usize::MAX), Ok(7), Err(io::Error::other("full"))] {
        rig.verdicts.send(verdict).unwrap();
    }
    rig.log.on_response(&record("c"));
    assert!(rig.log.flush(LONG));
    assert_eq!((rig.log.dropped(), rig.text()), (1, report(2) + "unix - "));
    // Back again: the torn line is ended before anything else.
    for _ in 0..3 {
        rig.verdicts.send(Ok(usize::MAX)).unwrap();
    }
    rig.log.on_response(&record("d"));
    assert!(rig.log.flush(LONG));
    assert_eq!((rig.log.dropped(), rig.text()), (0, report(2) + "unix - \n" + &report(1) + &line("d")));
}

#[test]
fn interrupted_and_short_writes_are_continued() {
    let rig = Rig::new();
    for verdict in [Ok(3), Err(io::ErrorKind::Interrupted.into()), Ok(1), Ok(usize::MAX)] {
        rig.verdicts.send(verdict).unwrap();
    }
    rig.log.on_response(&record("a"));
    assert!(rig.log.flush(LONG));
    assert_eq!((rig.log.dropped(), rig.text()), (0, line("a")));
}

#[test]
fn dropping_the_log_writes_what_waits() {
    let Rig { log, seen, verdicts, .. } = Rig::new();
    drop(verdicts);
    for n in 0..1000 {
        log.on_response(&record(&n.to_string()));
    }
    drop(log);
    assert_eq!(seen.lock().unwrap().iter().filter(|&&o| o == b'\n').count(), 1000);
}

#[test]
fn dropping_the_log_waits_a_second_at_most() {
    let rig = Rig::new();
    rig.log.on_response(&record("stuck"));
    rig.waiting.recv_timeout(LONG).unwrap();
    let start = Instant::now();
    drop(rig.log);
    let waited = start.elapsed();
    assert!((Duration::from_millis(900)..Duration::from_secs(10)).contains(&waited), "{waited:?}");
}

#[test]
fn closures_observe() {
    let (sender, receiver) = channel();
    let observer: Box<dyn Observer> = Box::new(move |record: &Record| sender.send(record.status).unwrap());
    observer.on_response(&record("GET / HTTP/1.1"));
    assert_eq!(receiver.recv(), Ok(StatusCode::OK));
}

/// Keeps what it is told of connections.
#[derive(Default)]
struct Connections(Mutex<Vec<String>>);

impl Observer for Connections {
    fn on_open(&self, peer: Peer) {
        self.0.lock().unwrap().push(format!("open {peer}"));
    }

    fn on_request(&self, _: Peer, head: &RequestHead) {
        self.0.lock().unwrap().push(format!("request {}", head.target()));
    }

    fn on_refused(&self, refusal: &Refusal<'_>) {
        self.0.lock().unwrap().push(format!("refused {} {}", refusal.error.kind().code(), refusal.excerpt()));
    }

    fn on_response(&self, record: &Record) {
        self.0.lock().unwrap().push(format!("response {}", record.status));
    }

    fn on_close(&self, closed: &Closed) {
        self.0.lock().unwrap().push(format!("close {:?} after {}", closed.reason, closed.requests));
    }
}

/// Leads a connection with these octets to its end.
fn lead(settings: Settings, input: &str) {
    let mut driver = Driver::new(Arc::new(settings), Peer::Unix);
    let mut input = Some(input);
    loop {
        match driver.step(Duration::ZERO) {
            Step::Read(_) => match input.take() {
                Some(octets) => driver.recv(octets.as_bytes()).unwrap(),
                None => driver.recv_eof(),
            },
            Step::Write(_) => {
                let len = driver.transmit().len();
                driver.transmit().consume(len);
            }
            Step::Call(_) => driver.respond(Response::text("four")),
            Step::Close => return,
            _ => {}
        }
    }
}

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[test]
fn connections_are_told_of_from_beginning_to_end() {
    let table = [
        ("".to_owned(), vec!["close Some(PeerClosed) after 0".to_owned()]),
        (
            GET.repeat(2),
            ["request /", "response 200", "request /", "response 200", "close Some(PeerClosed) after 2"]
                .map(str::to_owned)
                .to_vec(),
        ),
        (
            "GET / HTTP/1.1\r\n\r\n".to_owned(),
            vec![
                "refused host-missing GET / HTTP/1.1".to_owned(),
                "response 400".to_owned(),
                format!("close {:?} after 0", Some(CloseReason::Fault(ErrorKind::HostMissing))),
            ],
        ),
        (
            "POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx".to_owned(),
            vec![
                "request /up".to_owned(),
                "refused chunk-size POST /up HTTP/1.1".to_owned(),
                "response 400".to_owned(),
                format!("close {:?} after 1", Some(CloseReason::Fault(ErrorKind::ChunkSize))),
            ],
        ),
    ];
    for (input, expected) in table {
        let connections = Arc::new(Connections::default());
        lead(Settings::default().observer(Arc::clone(&connections)), &input);
        let told = connections.0.lock().unwrap();
        assert_eq!((told[0].as_str(), &told[1..]), ("open unix", &expected[..]), "{input}");
    }
    // One that is dropped is over too.
    let connections = Arc::new(Connections::default());
    drop(Driver::new(Arc::new(Settings::default().observer(Arc::clone(&connections))), Peer::Unix));
    assert_eq!(*connections.0.lock().unwrap(), ["open unix", "close None after 0"]);
}

#[test]
fn what_is_told_of_a_refusal_is_short_and_visible_and_no_credential() {
    let long = format!("GET http://user:{}", "p".repeat(500));
    for (octets, expected) in [
        ("Authorization: Basic x\r\nHost: a\r\n\r\n", "Authorization:(redacted)"),
        ("cookie : x\r\n\r\n", "cookie :(redacted)"),
        ("GET http://user:pass@host/a@b HTTP/1.1\r\nHost: host\r\n\r\n", "GET http://(redacted)@host/a@b HTTP/1.1"),
        ("GET http://u:p@ss@host?a@b HTTP/1.1\r\nHost: host\r\n\r\n", "GET http://(redacted)@host?a@b HTTP/1.1"),
        ("CONNECT user:pass@host:443 HTTP/1.1\r\nHost: host:443\r\n\r\n", "CONNECT (redacted)@host:443 HTTP/1.1"),
        (&format!("{long} HTTP/1.1\r\nHost: a\r\n\r\n"), "GET http://(redacted)"),
        // A path that looks like one of these names no user.
        ("GET /?u=http://a@b HTTP/1.1\r\n\r\n", "GET /?u=http://a@b HTTP/1.1"),
        ("GET /\"\\\x01\u{e9} HTTP/1.1\r\n\r\n", "GET /\\x22\\x5c\\x01\\xc3\\xa9 HTTP/1.1"),
        (&format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(500)), &format!("GET /{}", "x".repeat(251))),
    ] {
        let (told, records) = (Arc::new(Connections::default()), Arc::new(LastRecord::default()));
        lead(Settings::default().observer(Arc::clone(&told)).and_observer(Arc::clone(&records)), octets);
        let told = told.0.lock().unwrap();
        let excerpt = told[1].strip_prefix("refused ").unwrap().split_once(' ').unwrap().1;
        assert_eq!(excerpt, expected, "{octets:?}");
        let line = LogFormat::Combined.format(&records.take().unwrap(), &Zone::utc());
        assert!(line.contains(&format!("\"{excerpt}\" 4")) || line.contains(&format!("\"{excerpt}\" 5")), "{line}");
    }
}

#[test]
fn everything_is_counted() {
    let counters = Arc::new(Counters::default());
    let first = Arc::new(Connections::default());
    let settings = Settings::default().observer(Arc::clone(&first)).and_observer(Arc::clone(&counters));
    lead(settings.clone(), &GET.repeat(3));
    lead(settings.clone(), "GET / HTTP/1.1\r\n\r\n");
    let open = Driver::new(Arc::new(settings), Peer::Unix);
    let counts = counters.read();
    assert_eq!((counts.opened, counts.open, counts.requests, counts.responses), (3, 1, 3, 4));
    assert_eq!((counts.refused, counts.client_errors, counts.server_errors, counts.unfinished), (1, 1, 0, 0));
    assert!(counts.content_octets > 3 * 4);
    drop(open);
    assert_eq!(counters.read().open, 0);
    // Both are told.
    assert_eq!(first.0.lock().unwrap().iter().filter(|told| told.starts_with("open")).count(), 3);
}
