//! Fields: every name and value passes one gate, and what passes comes back as it went in.

use basehttp_proto::{BodyLength, Fields, Method, RequestHead, ResponseHead, StatusCode, UsageError, client, server};

use super::agreement::bounds;
use super::choices::Choices;
use super::splitting::CONFIGS;
use crate::grammar::{NO_TRAILERS, is_field_value};
use crate::reference_parser::{self as reference, Bounds, Lines, Question, Read, Writer};
use crate::reference_uri::is_host;
use crate::split::lines;

/// Stands for LF in an input, whose lines LF separates.
const LF: u8 = 0x1a;

/// `input` as lines of a name, a colon and a value, each added to fields or changing them.
///
/// # Panics
///
/// When a law is broken.
pub fn fields_roundtrip(input: &[u8]) {
    let mut choices = Choices::new(input);
    let (mut fields, mut model) = (Fields::new(), Lines::new());
    for line in input.get(1..).unwrap_or_default().split(|o| *o == b'\n') {
        let line: Vec<u8> = line.iter().map(|o| if *o == LF { b'\n' } else { *o }).collect();
        let colon = line.iter().position(|o| *o == b':');
        let (name, value) = colon.map_or((&line[..], &b""[..]), |at| (&line[..at], &line[at + 1..]));
        change(&mut fields, &mut model, choices.octet(), name, value);
    }
    same(&fields, &model);
    in_a_response(&fields, &model);
    in_a_request(&fields, &model);
    in_trailers(&fields, &model);
}

/// One change to the fields, and to what they should be.
fn change(fields: &mut Fields, model: &mut Lines, choice: u8, name: &[u8], value: &[u8]) {
    let trimmed = reference::trim(value);
    let expected = match (reference::is_token(name), trimmed.iter().all(|o| is_field_value(*o))) {
        (false, _) => Err(UsageError::FieldName),
        (true, false) => Err(UsageError::FieldValue),
        (true, true) => Ok(()),
    };
    let line = (name.to_vec(), trimmed.to_vec());
    let other = |(n, _): &(Vec<u8>, Vec<u8>)| !n.eq_ignore_ascii_case(name);
    match choice % 8 {
        0 => {
            let before = model.len();
            model.retain(other);
            assert_eq!(fields.remove(name), before - model.len());
        }
        1 => {
            assert_eq!(fields.set(name, value), expected, "{}: {}", name.escape_ascii(), value.escape_ascii());
            if expected.is_ok() {
                model.retain(other);
                model.push(line);
            }
        }
        _ => {
            let appended = fields.append(name, value);
            assert_eq!(appended, expected, "{}: {}", name.escape_ascii(), value.escape_ascii());
            if expected.is_ok() {
                model.push(line);
            }
        }
    }
}

/// The fields are the lines, however they are asked for.
fn same(fields: &Fields, model: &Lines) {
    assert_eq!(lines(fields), *model);
    assert_eq!((fields.len(), fields.is_empty()), (model.len(), model.is_empty()));
    for (name, _) in model {
        let text = name.to_ascii_uppercase();
        let values = reference::values(model, &String::from_utf8_lossy(name));
        assert_eq!(fields.get(&text), values.first().copied());
        assert_eq!(fields.get_all(&text).collect::<Vec<_>>(), values);
        assert!(fields.contains(&text));
    }
    assert_eq!(fields.clone(), *fields);
}

fn has(model: &Lines, name: &str) -> bool {
    !reference::values(model, name).is_empty()
}

/// Whether Content-Length, where it is given, says that there is no content.
fn declares_nothing(model: &Lines) -> bool {
    let lengths = reference::values(model, "content-length");
    let is_zero = |v: &[u8]| !v.is_empty() && v.len() <= 19 && v.iter().all(|o| *o == b'0');
    lengths.is_empty() || (lengths.len() == 1 && is_zero(lengths[0]))
}

/// What the library says to these fields of a message without content.
fn expected(model: &Lines) -> Result<(), UsageError> {
    match (has(model, "transfer-encoding"), declares_nothing(model)) {
        (true, _) => Err(UsageError::FramingField),
        (false, false) => Err(UsageError::ContentLengthMismatch),
        (false, true) => Ok(()),
    }
}

fn generous() -> Bounds {
    Bounds { head: 1 << 24, request_line: 1 << 16, fields: 1 << 16, ..bounds(&CONFIGS[0].limits) }
}

fn in_a_response(fields: &Fields, model: &Lines) {
    let mut server = server::Connection::new(CONFIGS[0].clone());
    server.recv(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("octets are wanted");
    while let Ok(Some(_)) = server.poll_event() {}
    let mut head = ResponseHead::new(StatusCode::OK);
    *head.fields_mut() = fields.clone();
    let sent = server.respond(&head, "");
    assert_eq!(sent, expected(model), "{model:?}");
    let output = server.transmit().chunk().to_vec();
    if sent.is_err() {
        assert!(output.is_empty(), "a call that is refused queues nothing");
        return;
    }
    let question = Question { method: b"GET".to_vec(), ..Question::default() };
    let Read { messages, .. } =
        reference::responses(&output, std::slice::from_ref(&question), true, Writer::Library, &generous());
    assert_eq!(messages.len(), 1, "{}", output.escape_ascii());
    assert_eq!(messages[0].fields[..model.len()], model[..], "{}", output.escape_ascii());
    assert_eq!(messages[0].end, Some(output.len()), "{}", output.escape_ascii());
    received(&output, model);
}

/// Fields that were received can be changed like those that were built.
fn received(output: &[u8], model: &Lines) {
    let mut client = client::Connection::new(super::asking::config(
        basehttp_proto::Limits { head: 1 << 24, fields: 1 << 16, ..basehttp_proto::Limits::client() },
        1,
    ));
    let question = Question { method: b"GET".to_vec(), ..Question::default() };
    client.request(&super::asking::head(&question), "").expect("a request can be sent");
    client.recv(output).expect("octets are wanted");
    let Ok(Some(client::Event::Response(mut head))) = client.poll_event() else {
        panic!("no response in {}", output.escape_ascii())
    };
    let mut read = lines(head.fields());
    assert_eq!(read[..model.len()], model[..]);
    head.fields_mut().append("Added", "1").expect("a field");
    read.push((b"Added".to_vec(), b"1".to_vec()));
    same(head.fields(), &read);
    if let Some((name, _)) = model.first() {
        head.fields_mut().remove(name);
        read.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        same(head.fields(), &read);
    }
}

fn in_a_request(fields: &Fields, model: &Lines) {
    let mut head = RequestHead::build(Method::GET, "/").expect("a target");
    *head.fields_mut() = fields.clone();
    let mut client = client::Connection::new(CONFIGS[0].clone());
    let sent = client.request(&head, "");
    let output = client.transmit().chunk().to_vec();
    let hosts = reference::values(model, "host");
    let one_host = hosts.len() == 1 && is_host(hosts[0]);
    match sent {
        Ok(()) => assert!(one_host && expected(model).is_ok(), "{model:?}"),
        Err(UsageError::HostMissing) => assert!(hosts.is_empty(), "{model:?}"),
        Err(UsageError::HostInvalid) => assert!(!hosts.is_empty() && !one_host, "{model:?}"),
        Err(UsageError::ExpectWithoutContent) => assert!(has(model, "expect"), "{model:?}"),
        Err(UsageError::TeChunked) => assert!(has(model, "te"), "{model:?}"),
        Err(UsageError::IfRange) => assert!(has(model, "if-range"), "{model:?}"),
        Err(_) => assert_eq!(sent, expected(model), "{model:?}"),
    }
    if sent.is_err() {
        assert!(output.is_empty(), "a call that is refused queues nothing");
        return;
    }
    let Read { messages, stop } = reference::requests(&output, &generous());
    let Some(message) = messages.first() else {
        assert!(has(model, "expect"), "{stop:?}: {}", output.escape_ascii());
        return;
    };
    assert_eq!(message.fields[..model.len()], model[..], "{}", output.escape_ascii());
    assert_eq!((messages.len(), message.end), (1, Some(output.len())), "{}", output.escape_ascii());
}

fn in_trailers(fields: &Fields, model: &Lines) {
    let head = RequestHead::build(Method::POST, "/").and_then(|head| head.field("Host", "a"));
    let mut client = client::Connection::new(CONFIGS[0].clone());
    client.send_request(&head.expect("a request"), BodyLength::Unknown).expect("a request is due");
    let before = client.transmit().len();
    let forbidden = NO_TRAILERS.iter().flat_map(|(_, names)| *names).any(|name| has(model, name));
    let finished = client.finish(fields);
    if forbidden {
        assert_eq!(finished, Err(UsageError::TrailerForbidden), "{model:?}");
        assert_eq!(client.transmit().len(), before, "a call that is refused queues nothing");
        return;
    }
    assert_eq!(finished, Ok(()), "{model:?}");
    let output = client.transmit().chunk().to_vec();
    let bounds = Bounds { trailers: 1 << 24, trailer_fields: 1 << 16, ..generous() };
    let Read { messages, .. } = reference::requests(&output, &bounds);
    assert_eq!(messages.len(), 1, "{}", output.escape_ascii());
    assert_eq!(messages[0].trailers, *model, "{}", output.escape_ascii());
    assert_eq!(messages[0].end, Some(output.len()), "{}", output.escape_ascii());
}
