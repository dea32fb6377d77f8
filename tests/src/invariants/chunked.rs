//! Chunked content: the same content and the same end for all readers, in both directions.

use std::sync::Arc;

use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{BodyLength, Config, Fields, Method, RequestHead, ResponseHead, State, StatusCode, client};

use super::agreement::{self, bounds};
use super::asking;
use super::choices::Choices;
use super::splitting::CONFIGS;
use crate::escape::escape;
use crate::reference_parser::{self as reference, Lines, Question, Stop};
use crate::split::lines;

/// Asks for another protocol, so that what the library has not consumed can be taken out again.
const HEAD: &[u8] =
    b"POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// `input` as chunked content of a request and of a response, and whatever stands after it.
///
/// # Panics
///
/// When a law is broken.
pub fn chunked(input: &[u8]) {
    for config in CONFIGS.iter() {
        // The heads here are longer than the small limits allow, and are not what this is about.
        let limits = basehttp_proto::Limits { head: 400, request_line: 40, fields: 9, ..config.limits.clone() };
        let config = Arc::new(Config { limits, ..Config::clone(config) });
        let whole = decode(&config, [input]);
        let place = |read: &Decoded| format!("{}\nwhole: {whole:?}\ndivided: {read:?}", escape(input));
        let octets = decode(&config, input.chunks(1));
        assert!(octets == whole, "octet by octet: {}", place(&octets));
        let pieces = Choices::new(input).pieces(input);
        let divided = decode(&config, pieces.iter().copied());
        assert!(divided == whole, "in pieces: {}\n{pieces:?}", place(&divided));
        same_as_reference(&config, input, &whole);
        in_a_response(&config, input);
        if let Some(trailers) = &whole.trailers {
            written(&whole.content, trailers);
        }
    }
}

/// What became of chunked content.
#[derive(Debug, PartialEq, Eq)]
struct Decoded {
    content: Vec<u8>,
    /// The trailers, if the content came to its end.
    trailers: Option<Lines>,
    /// How much was not consumed, if the content came to its end.
    rest: usize,
    is_fault: bool,
}

fn decode<'a>(config: &Arc<Config>, pieces: impl IntoIterator<Item = &'a [u8]>) -> Decoded {
    let mut connection = Connection::new(Arc::clone(config));
    connection.recv(HEAD).expect("octets are wanted");
    assert!(matches!(connection.poll_event(), Ok(Some(Event::Request(_)))));
    let mut decoded = Decoded { content: Vec::new(), trailers: None, rest: 0, is_fault: false };
    let mut pieces = pieces.into_iter();
    loop {
        match connection.poll_event() {
            Ok(Some(Event::Body(octets))) => decoded.content.extend_from_slice(&octets),
            Ok(Some(Event::End(trailers))) => {
                decoded.trailers = Some(lines(&trailers));
                break;
            }
            Ok(Some(event)) => panic!("{event:?} in content"),
            Ok(None) => match pieces.next() {
                Some(piece) => connection.recv(piece).expect("octets are wanted"),
                None => break,
            },
            Err(_) => {
                decoded.is_fault = true;
                break;
            }
        }
    }
    if decoded.trailers.is_some() {
        let head = ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS).field("Upgrade", "x");
        connection.send_switch(&head.expect("a field")).expect("a switch was asked for");
        assert_eq!(connection.state(), State::Tunnel);
        decoded.rest = connection.take_tunnel().len() + pieces.map(<[u8]>::len).sum::<usize>();
    }
    decoded
}

fn same_as_reference(config: &Arc<Config>, input: &[u8], decoded: &Decoded) {
    let stream = [HEAD, input].concat();
    let read = reference::requests(&stream, &bounds(&config.limits));
    let message = &read.messages[0];
    let place = || format!("{}\nreference: {read:#?}\nlibrary: {decoded:?}", escape(input));
    assert_eq!(decoded.content, message.content, "the content: {}", place());
    assert!(decoded.content.len() <= input.len(), "more content than octets: {}", place());
    assert_eq!(decoded.trailers.is_some(), message.end.is_some(), "whether it ends: {}", place());
    if let (Some(trailers), Some(end)) = (&decoded.trailers, message.end) {
        assert_eq!(*trailers, message.trailers, "the trailers: {}", place());
        assert_eq!(decoded.rest, stream.len() - end, "where it ends: {}", place());
    } else if matches!(read.stop, Stop::Fault(_)) {
        assert!(decoded.is_fault, "a fault: {}", place());
    }
}

/// The same octets are the same content in a response.
fn in_a_response(config: &Arc<Config>, input: &[u8]) {
    let question = Question { method: b"GET".to_vec(), ..Question::default() };
    let asked = [question];
    let config = asking::config(config.limits.clone(), 1);
    for eof in [false, true] {
        agreement::responses(&config, &asked, &[ANSWER, input].concat(), eof);
    }
}

/// What was read can be written, and is read as the same.
fn written(content: &[u8], trailers: &Lines) {
    let head = RequestHead::build(Method::POST, "/").and_then(|head| head.field("Host", "a"));
    let mut fields = Fields::new();
    for (name, value) in trailers {
        fields.append(name, value).expect("a trailer that was read can be written");
    }
    let mut connection = client::Connection::new(CONFIGS[0].clone());
    connection.send_request(&head.expect("a request"), BodyLength::Unknown).expect("a request is due");
    for piece in content.chunks(5) {
        connection.send_body(piece.to_vec()).expect("content is due");
    }
    connection.finish(&fields).expect("the end is due");
    let output = connection.transmit().chunk().to_vec();
    let read = agreement::requests(&CONFIGS[0], &output);
    assert_eq!(read.stop, Stop::End);
    assert_eq!((&read.messages[0].content[..], &read.messages[0].trailers), (content, trailers));
}
