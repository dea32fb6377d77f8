//! Response splitting (T35): what may stand in names, values and reason phrases, and that nothing else gets through.

use basehttp_proto::{BodyLength, Fields, ResponseHead, StatusCode, UsageError};
use basehttp_tests::grammar::{NO_TRAILERS, OWS, TCHAR, is_field_value};
use basehttp_tests::reference::{self, Message, Question, Start, values};

use super::{asked, written};

const GET: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// Text with every octet at its start, in the middle and at its end.
fn everywhere() -> impl Iterator<Item = (u8, Vec<u8>)> {
    (0..=u8::MAX).flat_map(|octet| {
        [vec![octet, b'a', b'b'], vec![b'a', octet, b'b'], vec![b'a', b'b', octet], vec![octet]]
            .map(|text| (octet, text))
    })
}

/// White space at the edges of a value is not part of it.
fn trimmed(value: &[u8]) -> &[u8] {
    let start = value.iter().position(|o| !OWS.contains(o)).unwrap_or(value.len());
    let end = value.iter().rposition(|o| !OWS.contains(o)).map_or(start, |last| last + 1);
    &value[start..end]
}

fn read_one(output: &[u8]) -> Vec<Message> {
    let asked = [Question { method: b"GET".to_vec(), is_http10: false, upgrade: true }];
    reference::read(output, &asked, false).unwrap_or_else(|why| panic!("{why}: {}", output.escape_ascii()))
}

#[test]
fn t35_every_octet_in_a_name() {
    for (octet, name) in everywhere() {
        let valid = TCHAR.contains(&octet);
        let mut fields = Fields::new();
        for outcome in [fields.append(&name, "v"), fields.set(&name, "v")] {
            assert_eq!(outcome, if valid { Ok(()) } else { Err(UsageError::FieldName) }, "{octet:#04x}");
        }
        let head = ResponseHead::new(StatusCode::OK).field(&name, "v");
        assert_eq!(head.is_ok(), valid, "{octet:#04x}");
        assert_eq!(fields.len(), usize::from(valid), "a refused field is not there");
        if let Ok(head) = head {
            let mut connection = asked(GET);
            connection.respond(&head, "x").unwrap();
            let messages = read_one(&written(&mut connection));
            assert_eq!(messages[0].fields[0], (name, b"v".to_vec()));
        }
    }
    for empty in ["", " "] {
        assert_eq!(Fields::new().append(empty, "v"), Err(UsageError::FieldName));
    }
}

#[test]
fn t35_every_octet_in_a_value() {
    for name in ["X", "Location", "Set-Cookie", "Content-Disposition", "Content-Type"] {
        for (octet, value) in everywhere() {
            let valid = is_field_value(octet);
            let mut fields = Fields::new();
            fields.append(name, "before").unwrap();
            assert_eq!(fields.set(name, &value).is_ok(), valid, "{name} {octet:#04x}");
            assert_eq!(fields.append(name, &value).is_ok(), valid, "{name} {octet:#04x}");
            if !valid {
                assert_eq!(fields.get_all(name).collect::<Vec<_>>(), [b"before"], "a refused value changes nothing");
                continue;
            }
            let mut connection = asked(GET);
            let mut head = ResponseHead::new(StatusCode::OK);
            *head.fields_mut() = fields;
            connection.respond(&head, "x").unwrap();
            let messages = read_one(&written(&mut connection));
            assert_eq!(values(&messages[0].fields, &name.to_ascii_lowercase()), [trimmed(&value); 2]);
        }
    }
}

#[test]
fn t35_every_octet_in_a_reason() {
    for (octet, reason) in everywhere() {
        let head = ResponseHead::new(StatusCode::OK).reason(reason.clone());
        assert_eq!(head.is_ok(), is_field_value(octet), "{octet:#04x}");
        if let Ok(head) = head {
            let mut connection = asked(GET);
            connection.respond(&head, "x").unwrap();
            assert_eq!(read_one(&written(&mut connection))[0].start, Start::Response { status: 200, reason });
        }
    }
    let head = ResponseHead::new(StatusCode::OK).reason("").unwrap();
    let mut connection = asked(GET);
    connection.respond(&head, "x").unwrap();
    assert!(written(&mut connection).starts_with(b"HTTP/1.1 200 \r\n"), "the space stands even before no reason");
}

/// Trailers and informational responses are made of the same `Fields`, so that the gate cannot be walked around.
#[test]
fn t35_trailers_and_informational_responses_pass_the_same_gate() {
    for (octet, value) in everywhere().filter(|(octet, _)| is_field_value(*octet)) {
        let mut fields = Fields::new();
        fields.append("X", &value).unwrap();
        let mut connection = asked(GET);
        connection.send_informational(StatusCode::EARLY_HINTS, &fields).unwrap();
        connection.send_response(&ResponseHead::new(StatusCode::OK), BodyLength::Unknown).unwrap();
        connection.finish(&fields).unwrap();
        let messages = read_one(&written(&mut connection));
        assert_eq!((messages.len(), messages[0].status()), (2, Some(103)), "{octet:#04x}");
        assert_eq!(values(&messages[0].fields, "x"), [trimmed(&value)]);
        assert_eq!(messages[1].trailers[0].1, trimmed(&value));
    }
}

#[test]
fn t35_a_status_is_three_digits() {
    for code in 0..=u16::MAX {
        assert_eq!(StatusCode::new(code).is_ok(), (100..=999).contains(&code), "{code}");
    }
}

#[test]
fn t19_forbidden_trailers_are_refused_to_the_server() {
    for (why, names) in NO_TRAILERS {
        for name in *names {
            for name in [(*name).to_owned(), name.to_ascii_uppercase(), name.to_ascii_lowercase()] {
                let mut trailers = Fields::new();
                trailers.append("X", "1").unwrap();
                trailers.append(&name, "1").unwrap();
                let mut connection = asked(GET);
                connection.send_response(&ResponseHead::new(StatusCode::OK), BodyLength::Unknown).unwrap();
                assert_eq!(connection.finish(&trailers), Err(UsageError::TrailerForbidden), "{name} ({why})");
                connection.finish(&Fields::new()).unwrap();
                assert!(read_one(&written(&mut connection))[0].trailers.is_empty());
            }
        }
    }
}

#[test]
fn t37_framing_fields_of_the_servers_own() {
    let n = BodyLength::Known(5);
    for (name, value, length, expected) in [
        ("Transfer-Encoding", "chunked", BodyLength::Unknown, Err(UsageError::FramingField)),
        ("transfer-encoding", "chunked", n, Err(UsageError::FramingField)),
        ("Transfer-Encoding", "", n, Err(UsageError::FramingField)),
        ("Content-Length", "5", n, Ok(())),
        ("content-length", "005", n, Ok(())),
        ("Content-Length", "6", n, Err(UsageError::ContentLengthMismatch)),
        ("Content-Length", "+5", n, Err(UsageError::ContentLengthMismatch)),
        ("Content-Length", "5, 5", n, Err(UsageError::ContentLengthMismatch)),
        ("Content-Length", "", n, Err(UsageError::ContentLengthMismatch)),
        ("Content-Length", "5", BodyLength::Unknown, Err(UsageError::ContentLengthMismatch)),
    ] {
        let mut connection = asked(GET);
        let head = ResponseHead::new(StatusCode::OK).field(name, value).unwrap();
        assert_eq!(connection.send_response(&head, length), expected, "{name}: {value}");
        if expected.is_ok() {
            connection.send_body("hello").unwrap();
            connection.finish(&Fields::new()).unwrap();
            assert_eq!(read_one(&written(&mut connection))[0].content, b"hello");
        } else {
            assert!(connection.transmit().is_empty(), "nothing is written");
            connection.respond(&ResponseHead::new(StatusCode::OK), "x").unwrap();
        }
    }
}
