//! Heads of requests and of responses: read the same by all readers, and written as they were read.

use std::sync::Arc;

use basehttp_proto::parse::HeadParser;
use basehttp_proto::{
    BodyLength, Config, Fields, Limits, Method, Policy, RequestHead, ResponseHead, StatusCode, UsageError, Version,
};
use basehttp_proto::{client, server};

use super::agreement::{self, bounds};
use super::asking;
use super::splitting::{self, CONFIGS, small};
use crate::drain::drain;
use crate::escape::escape;
use crate::reference_parser::{self as reference, Framing, Lines, Message, Question, Start, Stop, Writer};

/// `input` as a stream of requests: the library and the reference reader agree on it however it arrives, and each request
/// can be written again and is read as the same. Where every deviation is put up with, no division of it shows either.
///
/// # Panics
///
/// When a law is broken.
pub fn request_head(input: &[u8]) {
    for config in CONFIGS.iter() {
        agreement::requests(config, input);
        splitting::of_requests(config, input);
        splitting::of_requests(&compat(config), input);
    }
    let read = reference::requests(input, &bounds(&Limits::default()));
    for message in &read.messages {
        parsed_request(input, message);
        if message.end.is_some() {
            written_request(message);
        }
    }
}

/// The first octet of `input` says what was asked and whether the server ends its stream, the others are the responses.
/// The library and the reference reader agree on them however they arrive, and each can be written again and is read as
/// the same.
///
/// # Panics
///
/// When a law is broken.
pub fn response_head(input: &[u8]) {
    let Some((&choice, input)) = input.split_first() else { return };
    let (asked, eof) = asked(choice);
    for limits in [Limits::client(), small()] {
        let config = asking::config(limits, asked.len());
        let (read, _) = agreement::responses(&config, &asked, input, eof);
        splitting::of_responses(&config, &asked, input, eof);
        splitting::of_responses(&compat(&config), &asked, input, eof);
        let mut questions = asked.iter();
        for message in read.messages.iter().filter(|message| message.end.is_some()) {
            let Start::Response { status, .. } = message.start else { continue };
            parsed_response(input, message);
            match status {
                100..200 => written_interim(status, message),
                _ => written_response(status, message, questions.next().unwrap_or(&asked[0])),
            }
        }
    }
}

/// The same settings, where every deviation is put up with: the reference reader puts up with few.
fn compat(config: &Config) -> Arc<Config> {
    Arc::new(Config { policy: Policy::compat(), ..config.clone() })
}

/// What a client asked before it was sent the octets after `choice`, and whether its server ends the stream.
fn asked(choice: u8) -> (Vec<Question>, bool) {
    let question = |method: &str, upgrade| Question { method: method.into(), is_http10: false, upgrade };
    let get = || question("GET", false);
    let asked = match choice / 2 % 8 {
        0 => vec![get()],
        1 => vec![question("HEAD", false)],
        2 => vec![question("CONNECT", false)],
        3 => vec![question("GET", true)],
        4 => vec![get(), get()],
        5 => vec![question("HEAD", false), get()],
        6 => vec![get(), question("GET", true)],
        _ => vec![get(), question("HEAD", false), Question { is_http10: true, ..get() }],
    };
    (asked, choice % 2 == 1)
}

/// The head alone is read as it is on a connection, at once and octet by octet.
fn parsed_request(input: &[u8], message: &Message) {
    let Start::Request { method, target } = &message.start else { return };
    let (buffer, len) = (&input[message.head.0..], message.head.1 - message.head.0);
    let mut growing = HeadParser::default();
    for end in 0..len {
        assert!(matches!(growing.request(&buffer[..end]), Ok(None)), "a head that is not complete");
    }
    for (mut parser, buffer) in [(growing, &buffer[..len]), (HeadParser::default(), buffer)] {
        let head = parser.request(buffer).expect("a head that is valid").expect("a head that is complete");
        assert_eq!((head.method(), head.target(), head.len()), (&method[..], &target[..], len));
        let lines: Lines = head.fields().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
        assert_eq!((lines, head.version() == Version::Http10), (message.fields.clone(), message.minor == 0));
    }
}

/// As [`parsed_request`], for a response; that parser knows no folded lines.
fn parsed_response(input: &[u8], message: &Message) {
    let Start::Response { status, reason } = &message.start else { return };
    let (buffer, len) = (&input[message.head.0..], message.head.1 - message.head.0);
    let is_folded = buffer[..len].windows(3).any(|three| three == b"\r\n " || three == b"\r\n\t");
    let mut parser = HeadParser::new(Limits::client());
    if is_folded {
        return;
    }
    let head = parser.response(buffer).expect("a head that is valid").expect("a head that is complete");
    assert_eq!((head.status().as_u16(), head.reason(), head.len()), (*status, &reason[..], len));
    let lines: Lines = head.fields().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
    assert_eq!((lines, head.version() == Version::Http10), (message.fields.clone(), message.minor == 0));
}

/// The lines that are not for the library to write.
fn own(lines: &Lines) -> Lines {
    let set = ["content-length", "transfer-encoding", "connection"];
    let is_own = |name: &[u8]| !set.iter().any(|other| name.eq_ignore_ascii_case(other.as_bytes()));
    lines.iter().filter(|(name, _)| is_own(name)).cloned().collect()
}

fn fields(lines: &Lines) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in lines {
        fields.append(name, value).expect("a line that was read can be written");
    }
    fields
}

/// Writes a request that was read, and reads it again.
fn written_request(message: &Message) {
    let Start::Request { method, target } = &message.start else { return };
    let method = Method::new(method).expect("a method that was read");
    let target = std::str::from_utf8(target).expect("a target is ASCII");
    let version = if message.minor == 0 { Version::Http10 } else { Version::Http11 };
    let mut head = RequestHead::build(method, target).expect("a target that was read").with_version(version);
    *head.fields_mut() = fields(&own(&message.fields));
    let length = match message.framing {
        Framing::Chunked => BodyLength::Unknown,
        _ => BodyLength::Known(message.content.len() as u64),
    };
    let mut connection = client::Connection::new(CONFIGS[0].clone());
    match connection.send_request(&head, length) {
        Ok(()) => {}
        // HTTP/1.0 has no Host, and the library sends none without.
        Err(UsageError::HostMissing) if reference::values(&message.fields, "host").is_empty() => return,
        // What a server puts up with and a client may not send.
        Err(
            UsageError::HostInvalid
            | UsageError::ExpectWithoutContent
            | UsageError::ContentForbidden
            | UsageError::ContentTypeMissing
            | UsageError::TeChunked
            | UsageError::IfRange,
        ) => return,
        Err(error) => panic!("{error}: {message:#?}"),
    }
    for piece in message.content.chunks(7) {
        connection.send_body(piece.to_vec()).expect("content is due");
    }
    connection.finish(&fields(&message.trailers)).expect("the end is due");
    let output = drain(connection.transmit());
    let mut limits = Limits { chunk_overhead: u32::MAX, ..Limits::default() };
    // A target in absolute form brings a Host of its own.
    limits.fields += 2;
    limits.head *= 2;
    let read = reference::requests(&output, &bounds(&limits));
    let place = || format!("{}\n{message:#?}\n{read:#?}", escape(&output));
    assert_eq!(read.messages.len(), 1, "{}", place());
    let again = &read.messages[0];
    let lines = own(&again.fields);
    let added = lines.len() - own(&message.fields).len();
    assert!(added == 0 || (added == 1 && reference::values(&message.fields, "host").is_empty()), "{}", place());
    assert_eq!((&again.start, again.minor.min(1)), (&message.start, message.minor.min(1)), "{}", place());
    assert_eq!(lines[added..], own(&message.fields), "{}", place());
    assert_eq!((&again.content, &again.trailers), (&message.content, &message.trailers), "{}", place());
    assert_eq!(again.end, Some(output.len()), "{}", place());
}

/// Writes a response that was read, and reads it again.
fn written_response(status: u16, message: &Message, question: &Question) {
    let code = StatusCode::new(status).expect("a status that was read");
    let Start::Response { reason, .. } = &message.start else { return };
    if question.method == b"CONNECT" && status < 300 {
        return;
    }
    let mut head = ResponseHead::new(code).reason(reason.clone()).expect("a reason that was read");
    *head.fields_mut() = fields(&own(&message.fields));
    let mut connection = asked_server(question);
    let empty = [204, 205, 304].contains(&status);
    let content = if empty { &[][..] } else { &message.content[..] };
    let length = match message.framing {
        Framing::Length(_) | Framing::None => BodyLength::Known(content.len() as u64),
        _ if empty => BodyLength::Known(0),
        Framing::Chunked | Framing::UntilClose => BodyLength::Unknown,
    };
    connection.send_response(&head, length).expect("a response is due");
    for piece in content.chunks(7) {
        connection.send_body(piece.to_vec()).expect("content is due");
    }
    let may_trail = length == BodyLength::Unknown && !question.is_http10;
    let trailers = if may_trail { message.trailers.clone() } else { Lines::new() };
    connection.finish(&fields(&trailers)).expect("the end is due");
    let output = drain(connection.transmit());
    let again = read_one(&output, question);
    let place = || format!("{}\n{message:#?}\n{again:#?}", escape(&output));
    assert_eq!(again.start, message.start, "{}", place());
    assert_eq!(own(&again.fields), own(&message.fields), "{}", place());
    assert_eq!((&again.content[..], &again.trailers), (content, &trailers), "{}", place());
    assert_eq!(again.end, Some(output.len()), "{}", place());
}

fn written_interim(status: u16, message: &Message) {
    if status == 101 {
        return;
    }
    let code = StatusCode::new(status).expect("a status that was read");
    let question = Question { method: b"GET".to_vec(), ..Question::default() };
    let mut connection = asked_server(&question);
    let sent = connection.send_informational(code, &fields(&own(&message.fields)));
    sent.expect("an interim response is due");
    let again = read_one(&drain(connection.transmit()), &question);
    assert_eq!(own(&again.fields), own(&message.fields));
}

/// A server that was asked this.
fn asked_server(question: &Question) -> server::Connection {
    let mut client = client::Connection::new(CONFIGS[0].clone());
    client.request(&asking::head(question), "").expect("a request can be sent");
    let mut connection = server::Connection::new(CONFIGS[0].clone());
    connection.recv(&drain(client.transmit())).expect("octets are wanted");
    while let Ok(Some(_)) = connection.poll_event() {}
    connection
}

fn read_one(output: &[u8], question: &Question) -> Message {
    let limits = Limits { chunk_overhead: u32::MAX, head: 1 << 20, fields: 200, ..Limits::client() };
    let question = std::slice::from_ref(question);
    let read = reference::responses(output, question, true, Writer::Library, &bounds(&limits));
    assert!(matches!(read.stop, Stop::End | Stop::Closed), "{}\n{read:#?}", escape(output));
    assert_eq!(read.messages.len(), 1, "{}\n{read:#?}", escape(output));
    read.messages.into_iter().next().expect("one")
}
