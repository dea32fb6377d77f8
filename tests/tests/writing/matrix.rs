//! Method, status, length and version: how each response is framed, and whether the connection goes on.

use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{
    BodyLength, Config, ErrorKind, Fields, HttpDate, Products, ResponseHead, State, StatusCode, UsageError,
};
use basehttp_tests::reference::{self, Framing, Question, values};

use super::{asked, written};

const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "OPTIONS", "DELETE", "BREW"];
const STATUSES: [u16; 14] = [200, 201, 202, 204, 205, 206, 301, 304, 404, 413, 431, 500, 599, 999];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Http10,
    Http10KeepAlive,
    Http11,
    Http11Close,
}

impl Version {
    const ALL: [Self; 4] = [Self::Http10, Self::Http10KeepAlive, Self::Http11, Self::Http11Close];

    fn request(self, method: &str, target: &str) -> String {
        match self {
            Self::Http10 => format!("{method} {target} HTTP/1.0\r\n\r\n"),
            Self::Http10KeepAlive => format!("{method} {target} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
            Self::Http11 => format!("{method} {target} HTTP/1.1\r\nHost: a\r\n\r\n"),
            Self::Http11Close => {
                format!("{method} {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            }
        }
    }

    fn is_http10(self) -> bool {
        matches!(self, Self::Http10 | Self::Http10KeepAlive)
    }
}

/// What the server announces and what it then sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    Empty,
    Exact,
    Short,
    Long,
    Unknown,
    UnknownEmpty,
    UnknownTrailers,
}

impl Plan {
    const ALL: [Self; 7] =
        [Self::Empty, Self::Exact, Self::Short, Self::Long, Self::Unknown, Self::UnknownEmpty, Self::UnknownTrailers];

    fn length(self) -> BodyLength {
        match self {
            Self::Empty => BodyLength::Known(0),
            Self::Exact | Self::Short | Self::Long => BodyLength::Known(8),
            Self::Unknown | Self::UnknownEmpty | Self::UnknownTrailers => BodyLength::Unknown,
        }
    }

    fn pieces(self) -> &'static [&'static str] {
        match self {
            Self::Empty | Self::UnknownEmpty => &[],
            Self::Exact | Self::Unknown | Self::UnknownTrailers => &["half", "", "HALF"],
            Self::Short => &["half"],
            Self::Long => &["half", "HALF", "more"],
        }
    }

    fn is_unknown(self) -> bool {
        self.length() == BodyLength::Unknown
    }
}

/// What a reader has to find.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    /// The head was refused to the server, and nothing was written.
    HeadRefused(UsageError),
    /// The content never became complete, and the connection was given up.
    Cut,
    Message {
        framing: Framing,
        content: &'static [u8],
        has_trailers: bool,
        persists: bool,
    },
}

/// RFC 9112 6.1 to 6.3 and 9.3, RFC 9110 6.4.1 and 15.
fn expected(method: &str, status: u16, version: Version, plan: Plan) -> Expected {
    if matches!(status, 204 | 205) && plan != Plan::Empty {
        return Expected::HeadRefused(UsageError::ContentForbidden);
    }
    let has_content = method != "HEAD" && !matches!(status, 204 | 205 | 304);
    if has_content && plan == Plan::Short {
        return Expected::Cut;
    }
    let framing = match plan {
        _ if status == 205 && method != "HEAD" => Framing::Length(0),
        _ if !has_content => Framing::None,
        Plan::Empty => Framing::Length(0),
        _ if !plan.is_unknown() => Framing::Length(8),
        _ if version.is_http10() => Framing::UntilClose,
        _ => Framing::Chunked,
    };
    let content: &[u8] = match plan {
        Plan::Empty | Plan::UnknownEmpty => b"",
        _ if !has_content => b"",
        _ => b"halfHALF",
    };
    Expected::Message {
        framing,
        content,
        has_trailers: framing == Framing::Chunked && plan == Plan::UnknownTrailers,
        persists: matches!(version, Version::Http11 | Version::Http10KeepAlive) && framing != Framing::UntilClose,
    }
}

/// Answers one request as planned; whether the head was taken, and whether the response became complete.
fn answer(connection: &mut Connection, status: u16, plan: Plan) -> Result<bool, UsageError> {
    let head = ResponseHead::new(StatusCode::new(status).unwrap());
    connection.send_response(&head, plan.length())?;
    let mut overrun = false;
    for piece in plan.pieces() {
        match connection.send_body(*piece) {
            Ok(()) => {}
            Err(UsageError::ContentOverrun) => overrun = true,
            Err(error) => panic!("{error:?}"),
        }
    }
    let mut trailers = Fields::new();
    if plan == Plan::UnknownTrailers {
        trailers.append("X-Sum", "1").unwrap();
    }
    let mut finished = connection.finish(&trailers);
    if finished == Err(UsageError::TrailersNotChunked) {
        finished = connection.finish(&Fields::new());
    }
    match finished {
        Ok(()) => {}
        Err(UsageError::ContentShort) => connection.abort(),
        Err(error) => panic!("{error:?}"),
    }
    assert!(!overrun || plan == Plan::Long);
    Ok(finished.is_ok())
}

#[test]
fn t36_t37_t38_every_response_is_framed_as_it_has_to_be() {
    let mut cases = 0;
    for method in METHODS {
        for status in STATUSES {
            for version in Version::ALL {
                for plan in Plan::ALL {
                    check(method, status, version, plan);
                    cases += 1;
                }
            }
        }
    }
    println!("{cases} responses");
}

fn check(method: &str, status: u16, version: Version, plan: Plan) {
    let case = format!("{method} {status} {version:?} {plan:?}");
    let expected = expected(method, status, version, plan);
    let mut connection = Connection::new(Config::default());
    // A second request is there from the start, so that a response that is too long or too short shifts the next.
    let second = version.request("GET", "/second");
    connection.recv([version.request(method, "/first"), second].concat().as_bytes()).unwrap();
    take_request(&mut connection, "/first");
    let answered = answer(&mut connection, status, plan);
    let mut output = written(&mut connection);
    match &expected {
        Expected::HeadRefused(error) => {
            assert_eq!(answered, Err(*error), "{case}");
            assert!(output.is_empty(), "{case}: nothing is written");
            assert_eq!(connection.state(), State::Waiting, "{case}: the response is still due");
            return;
        }
        Expected::Cut => {
            assert_eq!((answered, connection.state()), (Ok(false), State::Closed), "{case}");
            assert!(output.is_empty(), "{case}: what is queued is given up");
            return;
        }
        Expected::Message { persists, .. } => {
            assert_eq!(answered, Ok(true), "{case}");
            if *persists {
                take_request(&mut connection, "/second");
                connection.respond(&ResponseHead::new(StatusCode::OK), "second").unwrap();
                output.extend(written(&mut connection));
            }
        }
    }
    let Expected::Message { framing, content, has_trailers, persists } = expected else { unreachable!() };
    let asked = |method: &str| Question { method: method.into(), is_http10: version.is_http10(), upgrade: true };
    let messages = reference::read(&output, &[asked(method), asked("GET")], !persists)
        .unwrap_or_else(|why| panic!("{case}: {why}: {}", output.escape_ascii()));
    assert_eq!(messages.len(), 1 + usize::from(persists), "{case}");
    let first = &messages[0];
    assert_eq!((first.status(), first.framing, first.content.as_slice()), (Some(status), framing, content), "{case}");
    assert_eq!(first.trailers.len(), usize::from(has_trailers), "{case}");
    assert_eq!(first.says("close"), !persists, "{case}");
    assert_eq!(first.says("keep-alive"), persists && version.is_http10(), "{case}");
    if let Some(second) = messages.get(1) {
        assert_eq!(second.content, b"second", "{case}");
    } else {
        assert!(matches!(connection.poll_event(), Ok(Some(Event::Shutdown | Event::Closed))), "{case}");
    }
    length_of_content_that_is_not_sent(&case, method, status, plan, first);
}

/// For HEAD and 304, Content-Length is that of the response to GET, or is left away (RFC 9110 8.6).
fn length_of_content_that_is_not_sent(case: &str, method: &str, status: u16, plan: Plan, message: &reference::Message) {
    let told = values(&message.fields, "content-length");
    let expected: &[&[u8]] = match plan {
        _ if status == 204 => &[],
        _ if status == 205 => &[b"0"],
        // Zero octets for a 304 stand for a length that is not known.
        Plan::Empty if status == 304 => &[],
        _ if plan.is_unknown() => &[],
        Plan::Empty => &[b"0"],
        _ => &[b"8"],
    };
    assert_eq!(told, expected, "{case}");
    let codings = values(&message.fields, "transfer-encoding");
    let bodiless = method == "HEAD" || matches!(status, 204 | 205 | 304);
    assert!(codings.is_empty() || (!bodiless && plan.is_unknown()), "{case}");
}

fn take_request(connection: &mut Connection, target: &str) {
    let Ok(Some(Event::Request(head))) = connection.poll_event() else { panic!("no request for {target}") };
    assert_eq!(head.target(), target);
    assert!(matches!(connection.poll_event(), Ok(Some(Event::End(_)))));
}

/// A client that asked by HEAD expects no content, whatever is wrong with its request (RFC 9110 9.3.2).
#[test]
fn t36_a_refused_head_request_is_answered_without_content() {
    for (request, kind) in [
        ("HEAD / HTTP/1.1\r\n\r\n", ErrorKind::HostMissing),
        ("HEAD / HTTP/1.1\r\nHost: a/b\r\n\r\n", ErrorKind::HostInvalid),
        ("HEAD * HTTP/1.1\r\nHost: a\r\n\r\n", ErrorKind::TargetForm),
        ("HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", ErrorKind::ContentLength),
        ("HEAD / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", ErrorKind::ExpectUnknown),
        ("HEAD / HTTP/1.1\r\nHost : a\r\n\r\n", ErrorKind::FieldNameSpace),
        ("HEAD / HTTP/1.1\r\nHost: a\r\n", ErrorKind::Incomplete),
    ] {
        let mut connection = Connection::new(Config::default());
        connection.recv(request.as_bytes()).unwrap();
        connection.recv_eof();
        let error = connection.poll_event().expect_err("a refusal");
        assert_eq!(error.kind(), kind);
        connection.send_error(&error).unwrap();
        let output = written(&mut connection);
        assert!(output.ends_with(b"\r\n\r\n"), "{request:?}: {}", output.escape_ascii());
        assert_eq!(output.windows(4).filter(|four| *four == b"\r\n\r\n").count(), 1);
    }
}

/// Date and Server are added once, to whatever ends a request's wait; a response that has its own keeps that.
#[test]
fn date_and_server_are_sent_once() {
    const TIME: &[u8] = b"Sun, 06 Nov 1994 08:49:37 GMT";
    const OTHER: &[u8] = b"Sat, 01 Jan 2000 00:00:00 GMT";
    let upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    let plain = ResponseHead::new(StatusCode::OK);
    let own = plain.clone().field("date", OTHER).unwrap().field("SERVER", "mine").unwrap();
    let switch = ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS).field("Upgrade", "x").unwrap();
    let cases = [
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", &plain, TIME, &b"test/1 (x)"[..]),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", &own, OTHER, b"mine"),
        ("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", &plain, TIME, b"test/1 (x)"),
        (upgrade, &switch, TIME, b"test/1 (x)"),
    ];
    for (request, head, date, server) in cases {
        let server_name = Some(Products::new("test/1 (x)").unwrap());
        let mut connection = Connection::new(Config { server: server_name, ..Config::default() });
        connection.recv(request.as_bytes()).unwrap();
        while connection.poll_event().unwrap().is_some() {}
        connection.set_date(HttpDate::from_unix(784_111_777));
        connection.send_switch(head).or_else(|_| connection.respond(head, "x")).unwrap();
        let output = String::from_utf8(written(&mut connection)).unwrap();
        let values = |name: &str| -> Vec<&[u8]> {
            let lines = output.lines().filter_map(|line| line.split_once(": "));
            lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_bytes()).collect()
        };
        assert_eq!((values("date"), values("server")), (vec![date], vec![server]), "{output}");
    }
    for wrong in ["a\r\nb: c", "", " \t"] {
        assert_eq!(Products::new(wrong), Err(UsageError::FieldValue), "{wrong:?}");
    }
}

/// Content that the caller sends itself lies between what is queued before and after it.
#[test]
fn external_content_is_framed_like_any_other() {
    for (length, chunked) in [(BodyLength::Known(10), false), (BodyLength::Unknown, true)] {
        let mut connection = asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        connection.send_response(&ResponseHead::new(StatusCode::OK), length).unwrap();
        connection.send_body("12").unwrap();
        connection.send_body_external(6).unwrap();
        assert_eq!(connection.send_body("x"), Err(UsageError::ExternalContentDue));
        assert_eq!(connection.finish(&Fields::new()), Err(UsageError::ExternalContentDue));
        let mut output = written(&mut connection);
        for part in ["34", "5678"] {
            assert!(connection.transmit().is_empty() && connection.external() > 0);
            output.extend_from_slice(part.as_bytes());
            connection.external_sent(part.len() as u64);
        }
        assert_eq!(connection.external(), 0);
        connection.send_body("90").unwrap();
        connection.finish(&Fields::new()).unwrap();
        output.extend(written(&mut connection));
        let asked = [Question { method: b"GET".to_vec(), is_http10: false, upgrade: true }];
        let message = &reference::read(&output, &asked, false).unwrap()[0];
        assert_eq!((message.content.as_slice(), message.framing == Framing::Chunked), (&b"1234567890"[..], chunked));
    }
}
