//! A driver whose handler takes the content itself, in virtual time.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use basehttp_handler::{Driver, ExchangeError, Inflow, Peer, Record, Settings, Step};
use basehttp_proto::{BodyLength, ErrorKind, Fields, RequestHead, ResponseHead, StatusCode, UsageError};
use support::written;

const START: Duration = Duration::ZERO;

/// A driver that has these octets, and the records of what it answers.
fn driver(input: &str) -> (Driver, Arc<Mutex<Vec<Record>>>) {
    let records = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&records);
    let observer = move |record: &Record| sink.lock().unwrap().push(record.clone());
    let mut driver = Driver::new(Arc::new(Settings::default().observer(observer)), Peer::Unknown).streaming();
    assert!(matches!(driver.step(START), Step::Read(_)));
    driver.recv(input.as_bytes()).unwrap();
    (driver, records)
}

fn begin(driver: &mut Driver) -> RequestHead {
    match driver.step(START) {
        Step::Begin(head) => head,
        step => panic!("{step:?}"),
    }
}

fn asked(driver: &mut Driver, now: Duration) -> Result<Inflow, ExchangeError> {
    let ask = driver.ask(now);
    driver.content(&ask, now)
}

fn content(driver: &mut Driver) -> Option<String> {
    match asked(driver, START) {
        Ok(Inflow::Content(octets)) => Some(String::from_utf8(octets.to_vec()).unwrap()),
        Ok(Inflow::End(_)) => None,
        other => panic!("{other:?}"),
    }
}

fn ok() -> ResponseHead {
    ResponseHead::new(StatusCode::OK)
}

#[test]
fn content_and_answer_take_turns() {
    let (mut driver, records) = driver("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
    assert_eq!(begin(&mut driver).path(), "/a");
    assert_eq!(content(&mut driver).as_deref(), Some("ab"));
    driver.start(ok(), BodyLength::Unknown).unwrap();
    driver.send_content("1").unwrap();
    // What is queued leaves before more is waited for.
    assert!(matches!(asked(&mut driver, START), Ok(Inflow::Wait(Step::Write(_)))));
    assert!(written(&mut driver).ends_with("\r\n\r\n1\r\n1\r\n"));
    assert!(matches!(asked(&mut driver, START), Ok(Inflow::Wait(Step::Read(_)))));
    driver.recv(b"cd").unwrap();
    assert_eq!(content(&mut driver).as_deref(), Some("cd"));
    assert_eq!(content(&mut driver), None);
    driver.send_content("22").unwrap();
    driver.finish(&Fields::new()).unwrap();
    driver.handled();
    assert_eq!(written(&mut driver), "2\r\n22\r\n0\r\n\r\n");
    assert!(matches!(driver.step(START), Step::Read(_)) && driver.is_between_requests());
    let records = records.lock().unwrap();
    assert_eq!((records.len(), records[0].status, records[0].content_octets), (1, StatusCode::OK, Some(3)));
}

#[test]
fn nothing_is_asked_for_before_the_handler_wants_it() {
    let expects = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    let (mut driver, _) = driver(expects);
    begin(&mut driver);
    assert!(driver.transmit().is_empty());
    assert!(matches!(asked(&mut driver, START), Ok(Inflow::Wait(Step::Write(_)))));
    assert_eq!(written(&mut driver), "HTTP/1.1 100 Continue\r\n\r\n");
}

#[test]
fn t46_slow_content_is_a_fault_that_is_answered() {
    let (mut driver, records) = driver("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
    begin(&mut driver);
    assert_eq!(content(&mut driver).as_deref(), Some("ab"));
    let ask = driver.ask(START);
    let Ok(Inflow::Wait(Step::Read(Some(deadline)))) = driver.content(&ask, START) else { panic!() };
    match driver.content(&ask, deadline) {
        Err(ExchangeError::Protocol(error)) => assert_eq!(error.kind(), ErrorKind::ContentTimeout),
        other => panic!("{other:?}"),
    }
    // The handler gives up, as it does with `?`.
    driver.handled();
    assert!(matches!(driver.step(deadline), Step::Write(_)));
    assert!(written(&mut driver).starts_with("HTTP/1.1 408 Request Timeout\r\n"));
    assert_eq!(records.lock().unwrap()[0].status, StatusCode::REQUEST_TIMEOUT);
}

#[test]
fn a_fault_after_the_response_has_begun_cuts_it_off() {
    let chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nX";
    let (mut driver, records) = driver(chunked);
    begin(&mut driver);
    driver.start(ok(), BodyLength::Unknown).unwrap();
    assert_eq!(content(&mut driver).as_deref(), Some("a"));
    assert!(matches!(asked(&mut driver, START), Err(ExchangeError::Protocol(_))));
    driver.handled();
    assert!(matches!(driver.step(START), Step::Close));
    assert_eq!(records.lock().unwrap()[0].content_octets, None);
}

#[test]
fn t57_a_handler_that_does_nothing_is_answered_for() {
    let (mut driver, records) = driver("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    begin(&mut driver);
    driver.handled();
    assert!(matches!(driver.step(START), Step::Write(_)));
    assert!(written(&mut driver).starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
    assert_eq!(records.lock().unwrap()[0].status, StatusCode::INTERNAL_SERVER_ERROR);
}

#[test]
fn a_response_that_cannot_be_sent_can_be_replaced() {
    let (mut driver, _) = driver("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    begin(&mut driver);
    let wrong = ok().field("Content-Length", "5").unwrap();
    assert_eq!(driver.start(wrong, BodyLength::Known(4)), Err(UsageError::ContentLengthMismatch));
    assert_eq!(driver.send_content("x"), Err(UsageError::NoContentDue));
    driver.start(ok(), BodyLength::Known(1)).unwrap();
    assert_eq!(driver.start(ok(), BodyLength::Known(1)), Err(UsageError::NoResponseDue));
    assert_eq!(driver.send_content("xy"), Err(UsageError::ContentOverrun));
    assert_eq!(driver.finish(&Fields::new()), Err(UsageError::ContentShort));
    driver.send_content("x").unwrap();
    driver.finish(&Fields::new()).unwrap();
    driver.handled();
    assert!(written(&mut driver).ends_with("\r\nContent-Length: 1\r\n\r\nx"));
}

#[test]
fn outside_of_an_exchange_there_is_no_content() {
    let (mut driver, _) = driver("");
    assert!(matches!(asked(&mut driver, START), Err(ExchangeError::Closed)));
    assert_eq!(driver.start(ok(), BodyLength::Known(0)), Err(UsageError::NoResponseDue));
    assert_eq!(driver.switch(ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS)), Err(UsageError::NoResponseDue));
    driver.handled();
    assert!(matches!(driver.step(START), Step::Read(_)));
}

#[test]
fn what_no_handler_can_serve_is_refused_here_too() {
    let (mut driver, _) = driver("GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(matches!(driver.step(START), Step::Write(_)));
    assert!(written(&mut driver).starts_with("HTTP/1.1 421 "));
}

#[test]
fn a_tunnel_is_handed_over_with_what_has_come_of_it() {
    let (mut driver, records) = driver("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\nearly");
    begin(&mut driver);
    assert!(content(&mut driver).is_none());
    driver.switch(ok()).unwrap();
    assert_eq!(written(&mut driver).split("\r\n").next(), Some("HTTP/1.1 200 OK"));
    assert_eq!(&driver.take_tunnel()[..], b"early");
    assert_eq!(records.lock().unwrap()[0].status, StatusCode::OK);
}

/// Writes what the driver wants to be written, as an adapter does after its handler has flushed.
fn flushed(driver: &mut Driver, now: Duration) -> String {
    let ask = driver.ask(now);
    let mut output = String::new();
    while let Some(step) = driver.outflow(&ask, now, true) {
        assert!(matches!(step, Step::Write(Some(deadline)) if deadline > now), "{step:?}");
        output += &written(driver);
    }
    output
}

#[test]
fn a_stream_may_take_as_long_as_its_handler_likes() {
    let (mut driver, _) = driver("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    begin(&mut driver);
    driver.start(ok(), BodyLength::Unknown).unwrap();
    for second in [0, 1, 11, 12, 60, 200] {
        driver.send_content(format!("{second};")).unwrap();
        assert!(flushed(&mut driver, Duration::from_secs(second)).contains(&format!("{second};")));
    }
    // What is queued and not flushed for a while is not the client's fault either.
    driver.send_content("kept").unwrap();
    assert!(flushed(&mut driver, Duration::from_secs(400)).contains("kept"));
    driver.finish(&Fields::new()).unwrap();
    driver.handled();
    assert!(!driver.is_over() && !driver.is_cut_short());
}

#[test]
fn t47_a_client_that_takes_nothing_is_given_up() {
    let (mut driver, records) = driver("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    begin(&mut driver);
    driver.start(ok(), BodyLength::Unknown).unwrap();
    driver.send_content("x").unwrap();
    let ask = driver.ask(START);
    let Some(Step::Write(Some(deadline))) = driver.outflow(&ask, START, true) else { panic!() };
    assert!(driver.outflow(&ask, deadline, true).is_none() && driver.is_over());
    driver.handled();
    assert!(matches!(driver.step(deadline), Step::Close) && driver.is_cut_short());
    assert_eq!(records.lock().unwrap()[0].content_octets, None);
}

#[test]
fn a_handler_that_is_slow_to_ask_does_not_blame_its_client() {
    let (mut driver, _) = driver("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab");
    begin(&mut driver);
    assert_eq!(content(&mut driver).as_deref(), Some("ab"));
    assert!(matches!(asked(&mut driver, START), Ok(Inflow::Wait(Step::Read(_)))));
    driver.recv(b"c").unwrap();
    // The wait goes on, and then the handler takes its time.
    let (before, late) = (Duration::from_secs(1), Duration::from_secs(100));
    assert!(matches!(asked(&mut driver, before), Ok(Inflow::Content(_))));
    let Ok(Inflow::Wait(Step::Read(Some(deadline)))) = asked(&mut driver, late) else { panic!() };
    assert!(deadline > late);
    driver.recv(b"d").unwrap();
    assert!(matches!(asked(&mut driver, late), Ok(Inflow::Content(_))));
}

#[test]
fn time_of_the_handler_is_time_of_the_client_in_no_part() {
    let (mut driver, _) = driver("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
    begin(&mut driver);
    let Ok(Inflow::Wait(Step::Read(Some(before)))) = asked(&mut driver, START) else { panic!() };
    driver.recv(b"a").unwrap();
    assert!(matches!(asked(&mut driver, START), Ok(Inflow::Content(_))));
    // Less than the deadline, so that nothing has passed.
    let away = before / 2;
    let Ok(Inflow::Wait(Step::Read(Some(deadline)))) = asked(&mut driver, away) else { panic!() };
    assert!(deadline >= before + away, "{deadline:?}");
}

#[test]
fn a_handler_that_lets_go_of_what_it_asked_for_does_not_blame_its_client() {
    let (mut driver, _) = driver("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n");
    begin(&mut driver);
    // Nobody acts on it: a future was dropped.
    let Ok(Inflow::Wait(Step::Read(Some(deadline)))) = asked(&mut driver, START) else { panic!() };
    let late = deadline * 3;
    let Ok(Inflow::Wait(Step::Read(Some(deadline)))) = asked(&mut driver, late) else { panic!() };
    assert!(deadline > late);
    // And if it never asks again.
    let late = deadline * 3;
    driver.respond("done".into());
    driver.handled();
    assert!(matches!(driver.step(late), Step::Write(_)));
    assert!(written(&mut driver).ends_with("done"));
    assert!(matches!(driver.step(late), Step::Read(Some(deadline)) if deadline > late) && !driver.is_over());
}

#[test]
fn a_request_whose_end_nobody_asks_for_is_complete_all_the_same() {
    let (mut driver, _) = driver(&"GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2));
    begin(&mut driver);
    driver.start(ok(), BodyLength::Unknown).unwrap();
    for second in [0, 20, 40] {
        driver.send_content("x").unwrap();
        flushed(&mut driver, Duration::from_secs(second));
    }
    driver.finish(&Fields::new()).unwrap();
    driver.handled();
    let mut output = String::new();
    let step = loop {
        match driver.step(Duration::from_secs(41)) {
            Step::Write(_) => output += &written(&mut driver),
            step => break step,
        }
    };
    assert!(matches!(step, Step::Begin(_)), "{step:?} after {output}");
}

#[test]
fn t31_content_that_nobody_may_have_is_not_kept() {
    let refused = "POST https://a/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99000000000\r\n\r\n";
    let (mut driver, _) = driver(refused);
    assert!(matches!(driver.step(START), Step::Write(_)));
    let answer = written(&mut driver);
    assert!(answer.starts_with("HTTP/1.1 421 ") && answer.contains("\r\nConnection: close\r\n"), "{answer}");
}

#[test]
fn who_waits_for_a_100_gets_it_before_the_head() {
    let expects = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
    let (mut driver, _) = driver(expects);
    begin(&mut driver);
    driver.start(ok(), BodyLength::Unknown).unwrap();
    assert!(written(&mut driver).starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
}
