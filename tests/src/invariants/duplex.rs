//! A client and a server of this library, wired to each other in virtual time: they agree on every message, on where it
//! ends, and on whether the connection goes on.

use std::time::Duration;

use basehttp_proto::{BodyLength, Fields, Method, RequestHead, ResponseHead, State, StatusCode, Version};
use basehttp_proto::{client, server};
use bytes::Bytes;

use super::choices::Choices;
use super::splitting::CONFIGS;
use crate::reference_parser::Lines;
use crate::split::lines;

/// `input` decides what is asked, what is answered, and how the octets travel.
///
/// # Panics
///
/// When the two do not agree.
pub fn duplex(input: &[u8]) {
    let mut pair = Pair {
        client: client::Connection::new(CONFIGS[0].clone()),
        server: server::Connection::new(CONFIGS[0].clone()),
        choices: Choices::new(input),
        now: Duration::ZERO,
    };
    for number in 0..4 {
        if !pair.exchange(number) {
            break;
        }
    }
}

/// A message as one side sent it or the other was told it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    start: String,
    own: Lines,
    content: Vec<u8>,
    trailers: Lines,
    is_complete: bool,
}

struct Pair<'a> {
    client: client::Connection,
    server: server::Connection,
    choices: Choices<'a>,
    now: Duration,
}

/// What is to be sent of a message.
struct Plan {
    length: BodyLength,
    pieces: Vec<Vec<u8>>,
    trailers: Fields,
}

impl Plan {
    fn choose(choices: &mut Choices<'_>) -> Self {
        let pieces: Vec<Vec<u8>> =
            (0..choices.below(4)).map(|_| vec![choices.octet(); choices.pick(&[1, 2, 50, 4096, 9000])]).collect();
        let octets = pieces.iter().map(|piece| piece.len() as u64).sum();
        let length = if choices.once_in(2) { BodyLength::Known(octets) } else { BodyLength::Unknown };
        let mut trailers = Fields::new();
        if length == BodyLength::Unknown && choices.once_in(3) {
            trailers.append("X-Trailer", "t").expect("a field");
        }
        Self { length, pieces, trailers }
    }

    fn none() -> Self {
        Self { length: BodyLength::Known(0), pieces: Vec::new(), trailers: Fields::new() }
    }

    fn content(&self) -> Vec<u8> {
        self.pieces.concat()
    }
}

impl Pair<'_> {
    /// One request and its response; whether another can follow.
    fn exchange(&mut self, number: usize) -> bool {
        let (head, request, asked) = self.request(number);
        let http10 = head.version() == Version::Http10;
        let (answer, response, mut answered) = self.response(&head);
        let early = self.choices.once_in(4);
        self.client.send_request(&head, request.length).expect("a request is due");
        let mut to_send = request.pieces.iter();
        let (mut ended, mut responded, mut is_open) = (false, false, true);
        let (mut told, mut heard) = (Seen::default(), Seen::default());
        for _ in 0..20_000 {
            self.now += Duration::from_millis(1);
            self.time();
            // The client sends a piece at a time.
            if is_open && !self.client.awaits_continue() {
                let sent = match to_send.next() {
                    Some(piece) => self.client.send_body(piece.clone()).is_ok(),
                    None => self.client.finish(&request.trailers).is_err() && self.client.state() != State::Closed,
                };
                is_open = sent;
            }
            self.travel();
            match self.server.poll_event().expect("a valid request") {
                Some(server::Event::Request(head)) => {
                    told.start = format!("{} {}", head.method(), head.target());
                    told.own = own(head.fields());
                    if !early {
                        self.server.send_continue();
                    }
                }
                Some(server::Event::Body(octets)) => told.content.extend_from_slice(&octets),
                Some(server::Event::End(trailers)) => {
                    (told.trailers, told.is_complete, ended) = (lines(&trailers), true, true);
                }
                Some(server::Event::Shutdown | server::Event::Closed) => self.close(),
                None => {}
            }
            let due = matches!(self.server.state(), State::Requesting | State::Waiting);
            if due && !responded && !told.start.is_empty() && (early || ended) {
                responded = true;
                self.respond(&answer, &response);
            }
            match self.client.poll_event().expect("a valid response") {
                Some(client::Event::Response(head)) => {
                    heard.start = head.status().as_u16().to_string();
                    heard.own = own(head.fields());
                }
                Some(client::Event::Body(octets)) => heard.content.extend_from_slice(&octets),
                Some(client::Event::End(trailers)) => {
                    (heard.trailers, heard.is_complete) = (lines(&trailers), true);
                }
                Some(client::Event::Informational(_)) => {}
                Some(client::Event::Tunnel(_)) => panic!("nobody asked for another protocol"),
                Some(client::Event::Closed) => break,
                None if heard.is_complete && self.rests() => break,
                None => {}
            }
        }
        let bodiless = head.method() == Method::HEAD || [204, 205, 304].contains(&answer.status().as_u16());
        if bodiless {
            (answered.content, answered.trailers) = (Vec::new(), Lines::new());
        } else if http10 {
            answered.trailers = Lines::new();
        }
        assert_eq!(heard, answered, "the response that was sent is the one that was heard");
        if told.is_complete {
            assert_eq!(told, asked, "the request that was sent is the one that was told");
        } else {
            assert!(early && asked.content.starts_with(&told.content), "{told:?}");
        }
        let goes_on = self.client.is_reusable();
        let open = self.server.close_reason().is_none();
        assert_eq!(goes_on, open && self.server.state() == State::Idle, "whether the connection goes on");
        goes_on
    }

    fn request(&mut self, number: usize) -> (RequestHead, Plan, Seen) {
        let choices = &mut self.choices;
        let method = choices.pick(&[Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE]);
        let target = format!("/{number}");
        let mut head = RequestHead::build(method, &target).and_then(|h| h.field("Host", "a")).expect("a request");
        let mut plan = if choices.once_in(2) { Plan::choose(choices) } else { Plan::none() };
        if choices.once_in(8) {
            head = head.with_version(Version::Http10);
            plan.length = BodyLength::Known(plan.content().len() as u64);
            plan.trailers = Fields::new();
        }
        for (name, value) in [("Connection", "close"), ("Connection", "keep-alive"), ("X", "y")] {
            if choices.once_in(6) {
                head.fields_mut().append(name, value).expect("a field");
            }
        }
        if plan.length != BodyLength::Known(0) && choices.once_in(3) {
            head.fields_mut().append("Expect", "100-continue").expect("a field");
        }
        let seen = Seen {
            start: format!("{method} {target}"),
            own: own(head.fields()),
            content: plan.content(),
            trailers: lines(&plan.trailers),
            is_complete: true,
        };
        (head, plan, seen)
    }

    fn response(&mut self, request: &RequestHead) -> (ResponseHead, Plan, Seen) {
        let choices = &mut self.choices;
        let status = choices.pick(&[200, 200, 201, 204, 205, 304, 404, 500]);
        let mut head = ResponseHead::new(StatusCode::new(status).expect("a status"));
        let mut plan = if [204, 205].contains(&status) { Plan::none() } else { Plan::choose(choices) };
        if request.version() == Version::Http10 || request.method() == Method::HEAD {
            plan.trailers = Fields::new();
        }
        for (name, value) in [("Connection", "close"), ("X", "z")] {
            if choices.once_in(6) {
                head.fields_mut().append(name, value).expect("a field");
            }
        }
        let seen = Seen {
            start: status.to_string(),
            own: own(head.fields()),
            content: plan.content(),
            trailers: lines(&plan.trailers),
            is_complete: true,
        };
        (head, plan, seen)
    }

    fn respond(&mut self, head: &ResponseHead, plan: &Plan) {
        self.server.send_response(head, plan.length).expect("a response is due");
        for piece in &plan.pieces {
            self.server.send_body(Bytes::from(piece.clone())).expect("content is due");
        }
        self.server.finish(&plan.trailers).expect("the end is due");
    }

    /// Some octets travel each way, as far as they are wanted.
    fn travel(&mut self) {
        let (up, down) = (self.choices.length(), self.choices.length());
        let octets = self.client.transmit().chunk();
        let octets = octets[..octets.len().min(up)].to_vec();
        if self.server.wants_read() && !octets.is_empty() {
            self.server.recv(&octets).expect("octets are wanted");
            self.client.transmit().consume(octets.len());
        } else if self.server.state() == State::Closed {
            self.client.send_failed();
        }
        let octets = self.server.transmit().chunk();
        let octets = octets[..octets.len().min(down)].to_vec();
        if self.client.wants_read() && !octets.is_empty() {
            self.client.recv(&octets).expect("octets are wanted");
            self.server.transmit().consume(octets.len());
        }
    }

    /// The server ended its stream, once everything of it has arrived.
    fn close(&mut self) {
        assert!(self.server.transmit().is_empty(), "the end comes after everything else");
        self.client.recv_eof();
        if self.client.state() == State::Closed {
            self.server.recv_eof();
        }
    }

    /// Whether neither side has anything to do.
    fn rests(&mut self) -> bool {
        let is_quiet = self.client.transmit().is_empty() && self.server.transmit().is_empty();
        is_quiet && self.server.state() == State::Idle && self.client.state() == State::Idle
    }

    fn time(&mut self) {
        for deadline in [self.client.poll_timeout(self.now), self.server.poll_timeout(self.now)] {
            assert!(deadline.is_none_or(|deadline| deadline >= self.now), "a deadline lies ahead");
        }
        self.client.handle_timeout(self.now);
        self.server.handle_timeout(self.now);
    }
}

/// The fields that are not the library's to add.
fn own(fields: &Fields) -> Lines {
    let set = ["content-length", "transfer-encoding", "connection"];
    let is_own = |name: &[u8]| !set.iter().any(|other| name.eq_ignore_ascii_case(other.as_bytes()));
    lines(fields).into_iter().filter(|(name, _)| is_own(name)).collect()
}
