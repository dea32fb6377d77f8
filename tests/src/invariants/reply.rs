//! What an application answers that does anything.

use basehttp_proto::server::Connection;
use basehttp_proto::{BodyLength, Fields, ResponseHead, StatusCode, UsageError};

use super::choices::Choices;
use crate::reference_parser::{self as reference, Framing, Message};

/// What external content consists of.
pub(super) const EXTERNAL: u8 = b'e';

/// A response.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    /// Which of the connection it is; 0 for one that the library made.
    number: usize,
    status: u16,
    fields: Fields,
    pub(super) length: BodyLength,
    pub(super) content: Vec<u8>,
    pub(super) has_trailers: bool,
    pub(super) is_finished: bool,
}

impl Reply {
    /// The library's answer to a fault.
    pub(super) fn error() -> Self {
        Self {
            number: 0,
            status: 400,
            fields: Fields::new(),
            length: BodyLength::Unknown,
            content: Vec::new(),
            has_trailers: false,
            is_finished: false,
        }
    }

    /// A response with its number in it; its content may be more or less than it announces.
    pub(super) fn choose(choices: &mut Choices<'_>, number: usize) -> Self {
        let status = choices.pick(&[200, 200, 200, 204, 205, 206, 304, 404, 500, 999]);
        let len = choices.pick(&[0, 0, 1, 7, 7, 300, 5000]);
        let known = choices.pick(&[len, len, len, len, 0, 4]) as u64;
        let length = if choices.once_in(3) { BodyLength::Unknown } else { BodyLength::Known(known) };
        let fields = fields(choices);
        let has_trailers = choices.once_in(4);
        Self { number, status, fields, length, content: vec![b'c'; len], has_trailers, is_finished: false }
    }

    /// The same, of which nothing was sent yet but the head.
    pub(super) fn begun(&self) -> Self {
        Self { content: Vec::new(), ..self.clone() }
    }

    pub(super) fn head(&self) -> ResponseHead {
        let mut head = ResponseHead::new(StatusCode::new(self.status).expect("a status"));
        *head.fields_mut() = self.fields.clone();
        head.field("X-Number", self.number.to_string()).expect("a field")
    }

    pub(super) fn trailers(&self) -> Fields {
        let mut trailers = Fields::new();
        if self.has_trailers {
            trailers.append("X-Trailer", "t").expect("a field");
        }
        trailers
    }

    /// The response as it was read is this one.
    pub(super) fn check(&self, message: &Message, place: &dyn Fn() -> String) {
        let numbers = reference::values(&message.fields, "x-number");
        if self.number == 0 {
            assert!(numbers.is_empty() && message.closes(), "an answer to a fault{}", place());
            return;
        }
        assert_eq!(numbers, [self.number.to_string().as_bytes()], "answers are in order{}", place());
        if message.framing == Framing::None || self.status == 205 {
            // Content that has no place in the message is counted and not sent.
            assert!(message.content.is_empty(), "no content{}", place());
            return;
        }
        // Content that ends with the connection does not show that it was cut off.
        if message.end.is_some() && self.is_finished && message.framing != Framing::UntilClose {
            assert_eq!(message.content, self.content, "the content that was given{}", place());
        } else {
            assert!(self.content.starts_with(&message.content), "the content so far{}", place());
        }
    }
}

/// Some fields.
pub(super) fn fields(choices: &mut Choices<'_>) -> Fields {
    let mut fields = Fields::new();
    for _ in 0..choices.below(3) {
        let (name, value) = choices.pick(&[
            ("X", "y"),
            ("Connection", "close"),
            ("Connection", "keep-alive"),
            ("Content-Length", "7"),
            ("Transfer-Encoding", "chunked"),
            ("Date", "now"),
            ("Upgrade", "x"),
        ]);
        fields.append(name, value).expect("a field");
    }
    fields
}

/// Tries to hand the connection over.
pub(super) fn switch(connection: &mut Connection, choices: &mut Choices<'_>, number: usize) -> Result<(), UsageError> {
    let status = choices.pick(&[101, 200, 204, 404]);
    let mut head = ResponseHead::new(StatusCode::new(status)?).field("X-Number", number.to_string())?;
    for (name, value) in &fields(choices) {
        head.fields_mut().append(name, value)?;
    }
    connection.send_switch(&head)
}
