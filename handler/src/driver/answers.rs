//! Responses: what is added to them, and what is told of them.

use std::mem;
use std::time::{Duration, UNIX_EPOCH};

use basehttp_proto::{BodyLength, Fields, HttpDate, ProtocolError, RequestHead, ResponseHead, StatusCode, UsageError};
use bytes::Bytes;

use super::{Away, Driver, Exchange, Note, Step};
use crate::access_log::Record;
use crate::error_page::ErrorPage;
use crate::observer::Refusal;
use crate::response::{Body, ErrorText, FileSlice};
use crate::{Response, credentials, page};

/// A second, in nanoseconds.
const SECOND: u64 = 1_000_000_000;

impl Driver {
    /// Takes the handler's response. Content-Length, Connection, Date and Server are added, an error page is made.
    ///
    /// A response that cannot be sent as it is, because its fields contradict its content for one, is answered 500.
    pub fn respond(&mut self, response: Response) {
        match self.connection.take_exchange() {
            Exchange::Calling(fields, note) | Exchange::Streaming(fields, note) => {
                self.send(response, note, Some(&fields))
            }
            // No request waits for this; a connection in such a state has nothing else to say.
            other => {
                self.connection.set_exchange(other);
                self.connection.awake().abort();
            }
        }
    }

    /// What an observer will be told of the response to a request.
    pub(super) fn note(&self, head: &RequestHead) -> Box<Record> {
        let text = |name: &str| head.fields().get(name).map(Bytes::copy_from_slice);
        Box::new(Record {
            request_line: Some(Bytes::copy_from_slice(head.request_line().as_bytes())),
            referer: text("Referer"),
            user_agent: text("User-Agent"),
            ..self.bare_note()
        })
    }

    /// The same where nothing is known of the request.
    fn bare_note(&self) -> Record {
        Record {
            peer: self.peer(),
            time: (self.settings.clock)(),
            request_line: None,
            // Until there is a response.
            status: StatusCode::INTERNAL_SERVER_ERROR,
            content_octets: None,
            referer: None,
            user_agent: None,
            duration: Duration::ZERO,
            error: None,
        }
    }

    /// Answers a peer that broke the protocol.
    pub(super) fn refuse(&mut self, error: &ProtocolError) {
        self.take_note(error);
        let note = match self.connection.take_exchange() {
            Exchange::Reading(pending) => pending.note,
            Exchange::Calling(_, note) | Exchange::Streaming(_, note) => note,
            // A response that has begun goes on to its end, and the connection closes after it.
            response @ (Exchange::Sending(_) | Exchange::SendingFile(..)) => {
                self.connection.set_exchange(response);
                return;
            }
            Exchange::None => {
                let request_line = self.line_at_fault();
                self.settings.observer.as_ref().map(|_| Box::new(Record { request_line, ..self.bare_note() }))
            }
        };
        self.send(Response::error(error.status()).explain(error.to_string()), note, None);
    }

    /// Tells of the peer's fault, once: nothing that it sends after it is looked at.
    pub(super) fn take_note(&mut self, error: &ProtocolError) {
        if let Exchange::None = self.connection.exchange() {
            // What proxies told was told of another request.
            self.client = None;
        }
        if self.fault.is_none() {
            self.fault = Some(*error);
            let line = self.line_at_fault().unwrap_or_default();
            let refusal = Refusal::new(self.peer(), *error, &line);
            self.settings.tell(|observer| observer.on_refused(&refusal));
        }
    }

    /// The request line of what the peer broke the protocol with, or what stands in its place; nothing where nobody is told.
    fn line_at_fault(&mut self) -> Option<Bytes> {
        self.settings.observer.as_ref()?;
        let note = match self.connection.exchange() {
            Exchange::Reading(pending) => &pending.note,
            Exchange::Calling(_, note)
            | Exchange::Streaming(_, note)
            | Exchange::Sending(note)
            | Exchange::SendingFile(_, note) => note,
            Exchange::None => {
                let line = credentials::first_line(self.connection.awake().refused());
                return Some(line).filter(|line| !line.is_empty());
            }
        };
        note.as_ref()?.request_line.clone()
    }

    /// Sends a response: the one place where one leaves.
    fn send(&mut self, mut response: Response, mut note: Note, accept: Option<&Fields>) {
        if let Some(record) = &mut note {
            record.status = response.status();
        }
        if self.is_over() {
            // Nobody is left to be answered.
            return self.observe(note, None);
        }
        self.set_date();
        let sent = self.start_response(&mut response, accept).or_else(|_| {
            // The response broke a rule, so nothing of it was sent and another can take its place.
            if let Some(record) = &mut note {
                record.status = StatusCode::INTERNAL_SERVER_ERROR;
            }
            self.start_response(&mut Response::error(StatusCode::INTERNAL_SERVER_ERROR), accept)
        });
        match sent {
            Ok(Sent::All(octets)) => self.observe(note, Some(octets)),
            Ok(Sent::Head(slice)) => self.connection.set_exchange(Exchange::SendingFile(slice, note)),
            Err(_) => {
                self.connection.awake().abort();
                self.observe(note, None);
            }
        }
    }

    /// Starts a response, whose content goes with it.
    fn start_response(&mut self, response: &mut Response, accept: Option<&Fields>) -> Result<Sent, UsageError> {
        let (head, body) = response.parts_mut();
        let content = match body {
            Body::Full(content) => mem::take(content),
            Body::Error(text) => self.error_content(head, text, accept)?,
            Body::File(slice) => return self.start_file(head, slice.clone()),
        };
        let connection = self.connection.awake();
        connection.respond(head, content)?;
        Ok(Sent::All(connection.content_sent()))
    }

    fn start_file(&mut self, head: &ResponseHead, slice: FileSlice) -> Result<Sent, UsageError> {
        let connection = self.connection.awake();
        connection.send_response(head, BodyLength::Known(slice.len))?;
        connection.send_body_external(slice.len)?;
        if connection.external() > 0 {
            return Ok(Sent::Head(slice));
        }
        connection.finish(&Fields::new())?;
        Ok(Sent::All(0))
    }

    /// Lets Date say what time it is: for a handler that answers at once, what it was in the step that called it.
    pub(super) fn set_date(&mut self) {
        let now = match self.away {
            Away::Since(now) if self.collects && !self.is_prompt => Some(now),
            _ => None,
        };
        let nanos = |time: Duration| time.as_secs().saturating_mul(SECOND).saturating_add(time.subsec_nanos().into());
        if now.is_none_or(|now| nanos(now) >= self.date.1) {
            // A time before 1970 is a clock that was never set.
            let since = (self.settings.clock)().duration_since(UNIX_EPOCH).unwrap_or_default();
            let rest = SECOND.saturating_sub(since.subsec_nanos().into());
            self.date = (HttpDate::from_unix(since.as_secs()), now.map_or(0, nanos).saturating_add(rest));
        }
        self.connection.awake().set_date(self.date.0);
    }

    fn error_content(
        &self,
        head: &mut ResponseHead,
        text: &ErrorText,
        accept: Option<&Fields>,
    ) -> Result<Bytes, UsageError> {
        let error = ErrorPage::new(head.status(), text);
        let (content_type, content) = self.settings.error_pages.render(&error, accept);
        let fields = head.fields_mut();
        fields.set("Content-Type", content_type.as_bytes())?;
        page::protect(fields)?;
        if self.settings.error_pages.negotiates() {
            page::vary_by_accept(fields)?;
        }
        Ok(content)
    }

    /// Goes on with a file; `None` when its response is complete.
    pub(super) fn next_of_file(&mut self, now: Duration) -> Option<Step> {
        let deadline = self.connection.awake().poll_timeout(now);
        let left = self.connection.awake().external();
        let Exchange::SendingFile(slice, _) = self.connection.exchange() else { return None };
        if left > 0 {
            return Some(Step::SendFile(slice.clone(), deadline));
        }
        let is_whole = self.connection.awake().finish(&Fields::new()).is_ok();
        if let Exchange::SendingFile(_, note) = self.connection.take_exchange() {
            let sent = self.connection.awake().content_sent();
            self.observe(note, is_whole.then_some(sent));
        }
        None
    }

    /// The connection ended in the middle of a response: its record says that the content was not sent to its end.
    pub(super) fn cut_short(&mut self) {
        if let Exchange::SendingFile(_, note) | Exchange::Sending(note) = self.connection.take_exchange() {
            self.is_cut_short = true;
            self.observe(note, None);
        }
    }

    /// Tells of a response, of whose content so much was sent; `None` when it was not sent to its end.
    pub(super) fn observe(&self, note: Note, content_octets: Option<u64>) {
        let Some(mut record) = note else { return };
        record.content_octets = content_octets;
        record.error = self.fault;
        record.duration = (self.settings.clock)().duration_since(record.time).unwrap_or_default();
        self.settings.tell(|observer| observer.on_response(&record));
    }
}

/// How far a response got at once.
enum Sent {
    /// It is complete, with this many octets of content.
    All(u64),
    /// Its head is queued, and this is to follow.
    Head(FileSlice),
}
