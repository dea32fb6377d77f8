//! The one way by which octets reach a client's connection in these tests: whole, octet by octet, and cut in two at
//! every place of every answer. What can be seen has to be the same each time.

use std::sync::Arc;

use basehttp_proto::client::{Connection, Event};
use basehttp_proto::{
    BodyLength, CloseReason, Config, Deviations, Fields, Method, RequestHead, ResponseHead, State, UsageError, Version,
};

use crate::drain::drain;
use crate::escape::escape;
use crate::observation::{Error, Lines};
use crate::split::lines;

/// What a client does over one connection, and what it is answered.
#[derive(Clone, Debug)]
pub struct Talk {
    config: Arc<Config>,
    exchanges: Vec<Exchange>,
    eof: bool,
}

/// A request, and the octets of the server between it and the next one.
#[derive(Clone, Debug)]
struct Exchange {
    head: RequestHead,
    content: Content,
    answer: Vec<u8>,
}

/// The content of a request.
#[derive(Clone, Debug)]
pub enum Content {
    /// These octets, their length told in advance.
    Whole(Vec<u8>),
    /// These pieces, their length not told.
    Pieces(Vec<Vec<u8>>),
    /// As before, and more to come that never does.
    Open(Vec<Vec<u8>>),
}

/// Everything that a client's connection told and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// What it told, in order.
    pub events: Vec<Seen>,
    /// What it sent.
    pub output: Vec<u8>,
    /// What came of another protocol.
    pub tunnel: Vec<u8>,
    /// Where it ended up.
    pub state: State,
    /// Why it closes, if it does.
    pub reason: Option<CloseReason>,
    /// Whether another request may be sent on it.
    pub is_reusable: bool,
    /// Whether the oldest request without a response may be sent again on another.
    pub is_retriable: bool,
    /// Whether content is held back until a 100.
    pub awaits_continue: bool,
}

/// One thing that a connection told. Content that came in several events is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A response that precedes the final one.
    Informational(Head),
    /// The final response began.
    Response(Head),
    /// Content.
    Body(Vec<u8>),
    /// The end of a response, with its trailers.
    End(Lines),
    /// The server switched to another protocol.
    Tunnel(Head),
    /// The server broke the protocol.
    Error(Error),
    /// The caller was refused a request.
    Usage(UsageError),
    /// It is over.
    Closed,
}

/// The head of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the head of a response")]
pub struct Head {
    pub status: u16,
    pub version: Version,
    pub reason: Vec<u8>,
    pub fields: Lines,
    pub deviations: Deviations,
}

impl Talk {
    /// Nothing asked yet.
    pub fn silent(config: Config) -> Self {
        Self { config: Arc::new(config), exchanges: Vec::new(), eof: false }
    }

    /// A request without fields but Host, and its answer.
    pub fn new(method: &str, target: &str, answer: impl AsRef<[u8]>) -> Self {
        Self::of(request(method, target), answer)
    }

    /// This request, and its answer.
    pub fn of(head: RequestHead, answer: impl AsRef<[u8]>) -> Self {
        Self { config: Arc::new(Config::client()), exchanges: Vec::new(), eof: false }.then(head, answer)
    }

    /// The same, with another request once everything of the answer before has come.
    #[must_use]
    pub fn then(self, head: RequestHead, answer: impl AsRef<[u8]>) -> Self {
        self.send(head, Content::Whole(Vec::new()), answer)
    }

    /// As [`then`](Self::then), with content.
    #[must_use]
    pub fn send(mut self, head: RequestHead, content: Content, answer: impl AsRef<[u8]>) -> Self {
        self.exchanges.push(Exchange { head, content, answer: answer.as_ref().to_vec() });
        self
    }

    /// The same, with the server ending its stream after its last octet.
    #[must_use]
    pub fn eof(mut self) -> Self {
        self.eof = true;
        self
    }

    /// The same, with other settings.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = Arc::new(config);
        self
    }

    /// Holds the conversation, each answer in one piece.
    pub fn whole(&self) -> Heard {
        self.run(|_, answer| vec![answer])
    }

    /// Holds the conversation, divided in every way, and returns what was seen.
    ///
    /// # Panics
    ///
    /// When two ways differ; the text names the way.
    #[track_caller]
    pub fn check(&self) -> Heard {
        let whole = self.whole();
        let same = |heard: &Heard, way: &str| {
            assert!(
                *heard == whole,
                "what is seen depends on the division of the input: {way}\n{self:?}\n--- whole\n{whole:?}\n\
                 --- divided\n{heard:?}"
            );
        };
        same(&self.run(|_, answer| answer.chunks(1).collect()), "octet by octet");
        for (place, exchange) in self.exchanges.iter().enumerate() {
            for at in 1..exchange.answer.len() {
                let divide = |this: usize, answer| {
                    let (first, second) = if this == place { exchange.answer.split_at(at) } else { (answer, &[][..]) };
                    vec![first, second]
                };
                same(&self.run(divide), &format!("answer {place} cut at {at}"));
            }
        }
        whole
    }

    fn run<'a>(&'a self, divide: impl Fn(usize, &'a [u8]) -> Vec<&'a [u8]>) -> Heard {
        let mut run = Run {
            connection: Connection::new(Arc::clone(&self.config)),
            events: Vec::new(),
            output: Vec::new(),
            tunnel: Vec::new(),
        };
        for (place, exchange) in self.exchanges.iter().enumerate() {
            if let Err(refused) = run.ask(exchange) {
                run.events.push(Seen::Usage(refused));
                break;
            }
            let eof = self.eof && place + 1 == self.exchanges.len();
            if run.listen(divide(place, &exchange.answer), eof) {
                break;
            }
        }
        Heard {
            state: run.connection.state(),
            reason: run.connection.close_reason(),
            is_reusable: run.connection.is_reusable(),
            is_retriable: run.connection.is_retriable(),
            awaits_continue: run.connection.awaits_continue(),
            events: run.events,
            output: run.output,
            tunnel: run.tunnel,
        }
    }
}

/// A request without fields but Host.
pub fn request(method: &str, target: &str) -> RequestHead {
    let method = Method::new(method).expect("a method");
    RequestHead::build(method, target).and_then(|head| head.field("Host", "a")).expect("a request")
}

/// A connection in conversation.
struct Run {
    connection: Connection,
    events: Vec<Seen>,
    output: Vec<u8>,
    tunnel: Vec<u8>,
}

impl Run {
    fn ask(&mut self, exchange: &Exchange) -> Result<(), UsageError> {
        match &exchange.content {
            Content::Whole(octets) => self.connection.request(&exchange.head, octets.clone()),
            Content::Pieces(pieces) | Content::Open(pieces) => {
                self.connection.send_request(&exchange.head, BodyLength::Unknown)?;
                for piece in pieces {
                    self.connection.send_body(piece.clone())?;
                }
                let is_open = matches!(exchange.content, Content::Open(_));
                if is_open { Ok(()) } else { self.connection.finish(&Fields::new()) }
            }
        }
    }

    /// Feeds the pieces one after the other, each as soon as it is wanted; whether that was the end.
    fn listen(&mut self, pieces: Vec<&[u8]>, eof: bool) -> bool {
        let mut pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
        let mut eof = eof;
        loop {
            self.write();
            match self.connection.poll_event() {
                Ok(Some(Event::Closed)) => {
                    self.events.push(Seen::Closed);
                    // A request after the end is refused, and that is for the test to see.
                    return false;
                }
                Ok(Some(event)) => self.event(event),
                Err(error) => {
                    self.events.push(Seen::Error(error.into()));
                    assert_eq!(self.connection.poll_event().err(), Some(error), "an error stays");
                    return true;
                }
                Ok(None) if self.connection.state() == State::Tunnel => {
                    self.tunnel.extend_from_slice(&self.connection.take_tunnel());
                    pieces.by_ref().for_each(|piece| self.tunnel.extend_from_slice(piece));
                    return true;
                }
                Ok(None) if !self.connection.wants_read() => return false,
                Ok(None) => match pieces.next() {
                    Some(piece) => self.connection.recv(piece).expect("octets are wanted"),
                    None if eof => {
                        eof = false;
                        self.connection.recv_eof();
                    }
                    None => return false,
                },
            }
        }
    }

    fn write(&mut self) {
        self.output.extend(drain(self.connection.transmit()));
    }

    fn event(&mut self, event: Event) {
        let seen = match event {
            Event::Informational(head) => Seen::Informational((&head).into()),
            Event::Response(head) => Seen::Response((&head).into()),
            Event::Tunnel(head) => Seen::Tunnel((&head).into()),
            Event::End(trailers) => Seen::End(lines(&trailers)),
            Event::Closed => Seen::Closed,
            Event::Body(octets) => {
                assert!(!octets.is_empty(), "a part of the content is never empty");
                if let Some(Seen::Body(before)) = self.events.last_mut() {
                    before.extend_from_slice(&octets);
                    return;
                }
                Seen::Body(octets.to_vec())
            }
        };
        self.events.push(seen);
    }
}

impl From<&ResponseHead> for Head {
    fn from(head: &ResponseHead) -> Self {
        Self {
            status: head.status().as_u16(),
            version: head.version(),
            reason: head.reason_phrase().to_vec(),
            fields: lines(head.fields()),
            deviations: head.deviations(),
        }
    }
}

impl Heard {
    /// The heads of the final responses.
    pub fn responses(&self) -> impl Iterator<Item = &Head> {
        self.events.iter().filter_map(|seen| if let Seen::Response(head) = seen { Some(head) } else { None })
    }

    /// The status of every response, informational ones and switches too.
    pub fn statuses(&self) -> Vec<u16> {
        let status = |seen: &Seen| match seen {
            Seen::Informational(head) | Seen::Response(head) | Seen::Tunnel(head) => Some(head.status),
            _ => None,
        };
        self.events.iter().filter_map(status).collect()
    }

    /// The content of each response that has some.
    pub fn contents(&self) -> Vec<&[u8]> {
        self.events
            .iter()
            .filter_map(|seen| if let Seen::Body(octets) = seen { Some(octets.as_slice()) } else { None })
            .collect()
    }

    /// How many responses were complete.
    pub fn ends(&self) -> usize {
        self.events.iter().filter(|seen| matches!(seen, Seen::End(_))).count()
    }

    /// The fault of the server.
    pub fn error(&self) -> Option<Error> {
        self.events.iter().find_map(|seen| if let Seen::Error(error) = seen { Some(*error) } else { None })
    }

    /// The request that was refused to the caller.
    pub fn refused(&self) -> Option<UsageError> {
        self.events.iter().find_map(|seen| if let Seen::Usage(error) = seen { Some(*error) } else { None })
    }

    /// What was sent, as text.
    pub fn sent(&self) -> String {
        escape(&self.output)
    }
}

impl Head {
    /// The value of the first line with this name.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        let line = self.fields.iter().find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()));
        line.map(|(_, value)| value.as_slice())
    }
}
