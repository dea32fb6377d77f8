//! A client that sends everything it has to ask at once, and then listens.

use std::sync::Arc;

use basehttp_proto::client::{Connection, Event};
use basehttp_proto::{CloseReason, Config, Limits, Method, RequestHead, ResponseHead, State, Version};

use super::agreement::Told;
use crate::observation::Error;
use crate::reference_parser::{Question, Start};
use crate::split::lines;

/// What a client heard.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as what a connection tells")]
pub struct Heard {
    pub told: Vec<Told>,
    pub error: Option<Error>,
    /// What came of another protocol, after a switch.
    pub tunnel: Option<Vec<u8>>,
    pub is_reusable: bool,
    pub state: State,
    pub reason: Option<CloseReason>,
    /// How many events there were.
    pub events: Events,
}

/// How many events there were, which depends on the division of the input and is no part of what was heard.
#[derive(Clone, Copy, Debug, Default)]
pub struct Events(pub usize);

impl PartialEq for Events {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Events {}

/// The settings of a client that may ask this much at once.
#[must_use]
pub fn config(limits: Limits, asked: usize) -> Arc<Config> {
    let pipelined = u32::try_from(asked).unwrap_or(u32::MAX);
    Arc::new(Config { limits: Limits { pipelined, ..limits }, ..Config::client() })
}

/// Sends the requests, feeds the pieces one after the other, and tells what was heard.
///
/// # Panics
///
/// When an error or an end is not the last thing that is told, or a request cannot be sent.
#[track_caller]
pub fn run<'a>(
    config: &Arc<Config>,
    asked: &[Question],
    pieces: impl IntoIterator<Item = &'a [u8]>,
    eof: bool,
) -> Heard {
    let mut connection = Connection::new(Arc::clone(config));
    for question in asked {
        connection.request(&head(question), "").expect("a request can be sent");
    }
    let sent = connection.transmit().len();
    connection.transmit().consume(sent);
    let mut heard = Heard {
        told: Vec::new(),
        error: None,
        tunnel: None,
        is_reusable: false,
        state: State::Idle,
        reason: None,
        events: Events(0),
    };
    let mut pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
    let mut eof = eof;
    loop {
        match connection.poll_event() {
            Ok(Some(Event::Closed)) => {
                assert!(matches!(connection.poll_event(), Ok(Some(Event::Closed))), "the end stays the end");
                assert!(!connection.wants_read(), "nothing is wanted after the end");
                break;
            }
            Ok(Some(event)) => {
                heard.events.0 += 1;
                heard.event(event);
            }
            Err(error) => {
                heard.error = Some(error.into());
                assert_eq!(connection.poll_event().err(), Some(error), "an error stays");
                assert!(!connection.wants_read(), "nothing is wanted after an error");
                break;
            }
            Ok(None) if connection.state() == State::Tunnel => {
                let mut tunnel = connection.take_tunnel().to_vec();
                pieces.by_ref().for_each(|piece| tunnel.extend_from_slice(piece));
                heard.tunnel = Some(tunnel);
                break;
            }
            Ok(None) if !connection.wants_read() => break,
            Ok(None) => match pieces.next() {
                Some(piece) => connection.recv(piece).expect("octets are wanted"),
                None if eof => {
                    eof = false;
                    connection.recv_eof();
                }
                None => break,
            },
        }
    }
    heard.is_reusable = connection.is_reusable();
    heard.state = connection.state();
    heard.reason = connection.close_reason();
    heard
}

/// The head of a request that asks this.
///
/// # Panics
///
/// When there is no such request.
#[must_use]
pub fn head(question: &Question) -> RequestHead {
    let method = std::str::from_utf8(&question.method).ok().and_then(|m| Method::new(m).ok()).expect("a method");
    let target = if method == Method::CONNECT { "a:80" } else { "/" };
    let head = RequestHead::build(method, target).and_then(|head| head.field("Host", "a"));
    let head = head.and_then(|head| match question.upgrade {
        true => head.field("Connection", "upgrade")?.field("Upgrade", "x"),
        false => Ok(head),
    });
    let version = if question.is_http10 { Version::Http10 } else { Version::Http11 };
    head.expect("a request").with_version(version)
}

impl Heard {
    fn event(&mut self, event: Event) {
        match (event, self.told.last_mut()) {
            (Event::Informational(head) | Event::Tunnel(head), _) => {
                self.told.push(Told { is_complete: true, ..told(&head) });
            }
            (Event::Response(head), _) => self.told.push(told(&head)),
            (Event::Body(octets), Some(last)) => {
                assert!(!octets.is_empty(), "a part of the content is never empty");
                last.content.extend_from_slice(&octets);
            }
            (Event::End(trailers), Some(last)) => {
                (last.is_complete, last.trailers) = (true, lines(&trailers));
            }
            (event, _) => panic!("{event:?} without a response"),
        }
    }
}

/// The head of a response, as it was told.
#[must_use]
pub fn told(head: &ResponseHead) -> Told {
    Told {
        start: Start::Response { status: head.status().as_u16(), reason: head.reason_phrase().to_vec() },
        is_http10: head.version() == Version::Http10,
        fields: lines(head.fields()),
        content: Vec::new(),
        trailers: Vec::new(),
        is_complete: false,
    }
}
