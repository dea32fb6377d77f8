//! Responses: what is added to them, and what is told of them.

use std::mem;
use std::time::{Duration, UNIX_EPOCH};

use basehttp_proto::{BodyLength, Fields, HttpDate, ProtocolError, ResponseHead, StatusCode, UsageError};
use bytes::Bytes;

use super::{Driver, Exchange, Note, Pending, Step};
use crate::access_log::Record;
use crate::error_page::ErrorPage;
use crate::observer::Refusal;
use crate::response::{Body, ErrorText, FileSlice};
use crate::{Response, credentials, page};

impl Driver {
    /// Takes the handler's response. Content-Length, Connection, Date and Server are added, an error page is made.
    ///
    /// A response that cannot be sent as it is, because its fields contradict its content for one, is answered 500.
    pub fn respond(&mut self, response: Response) {
        let pending = match mem::replace(&mut self.exchange, Exchange::None) {
            Exchange::Calling(pending) | Exchange::Streaming(pending) => pending,
            // No request waits for this; a connection in such a state has nothing else to say.
            other => {
                self.exchange = other;
                return self.connection.awake().abort();
            }
        };
        let note = self.record(&pending, response.status());
        self.send(response, note, Some(pending.head.fields()));
    }

    /// The record of a request that is answered with `status`.
    pub(super) fn record(&self, pending: &Pending, status: StatusCode) -> Note {
        let time = pending.begun?;
        let text = |name: &str| pending.head.fields().get(name).map(Bytes::copy_from_slice);
        Some(Box::new(Record {
            peer: self.peer(),
            time,
            request_line: Some(Bytes::copy_from_slice(pending.head.request_line().as_bytes())),
            status,
            content_octets: None,
            referer: text("Referer"),
            user_agent: text("User-Agent"),
            duration: Duration::ZERO,
            error: None,
        }))
    }

    /// Answers a peer that broke the protocol.
    pub(super) fn refuse(&mut self, error: &ProtocolError) {
        self.take_note(error);
        let request_line = self.line_at_fault();
        let time = match mem::replace(&mut self.exchange, Exchange::None) {
            Exchange::Reading(pending) | Exchange::Streaming(pending) => pending.begun,
            // A response that has begun goes on to its end, and the connection closes after it.
            response @ (Exchange::Sending(_) | Exchange::SendingFile(..)) => {
                self.exchange = response;
                return;
            }
            Exchange::None | Exchange::Calling(_) => None,
        };
        let note = self.settings.observer.as_ref().map(|_| Record {
            peer: self.peer(),
            time: time.unwrap_or_else(self.settings.clock),
            request_line,
            status: error.status(),
            content_octets: None,
            referer: None,
            user_agent: None,
            duration: Duration::ZERO,
            error: None,
        });
        self.send(Response::error(error.status()).explain(error.to_string()), note.map(Box::new), None);
    }

    /// Tells of the peer's fault, once: nothing that it sends after it is looked at.
    pub(super) fn take_note(&mut self, error: &ProtocolError) {
        if let Exchange::None = self.exchange {
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

    /// The request line of what the peer broke the protocol with, or what stands in its place.
    fn line_at_fault(&mut self) -> Option<Bytes> {
        let line = match &self.exchange {
            Exchange::Reading(pending) | Exchange::Calling(pending) | Exchange::Streaming(pending) => {
                Bytes::copy_from_slice(pending.head.request_line().as_bytes())
            }
            Exchange::Sending(note) | Exchange::SendingFile(_, note) => note.as_ref()?.request_line.clone()?,
            Exchange::None => credentials::first_line(self.connection.awake().refused()),
        };
        Some(line).filter(|line| !line.is_empty())
    }

    /// Sends a response: the one place where one leaves.
    fn send(&mut self, response: Response, mut note: Note, accept: Option<&Fields>) {
        if self.is_over() {
            // Nobody is left to be answered.
            return self.observe(note, None);
        }
        let date = self.date();
        self.connection.awake().set_date(date);
        let sent = self.start_response(response, accept).or_else(|_| {
            // The response broke a rule, so nothing of it was sent and another can take its place.
            if let Some(record) = &mut note {
                record.status = StatusCode::INTERNAL_SERVER_ERROR;
            }
            self.start_response(Response::error(StatusCode::INTERNAL_SERVER_ERROR), accept)
        });
        match sent {
            Ok(Sent::All(octets)) => self.observe(note, Some(octets)),
            Ok(Sent::Head(slice)) => self.exchange = Exchange::SendingFile(slice, note),
            Err(_) => {
                self.connection.awake().abort();
                self.observe(note, None);
            }
        }
    }

    fn start_response(&mut self, response: Response, accept: Option<&Fields>) -> Result<Sent, UsageError> {
        let (mut head, body) = response.into_parts();
        self.add_server(&mut head)?;
        match body {
            Body::Full(content) => self.start_full(&head, content),
            Body::Error(text) => {
                let content = self.error_content(&mut head, &text, accept)?;
                self.start_full(&head, content)
            }
            Body::File(slice) => {
                self.connection.awake().send_response(&head, BodyLength::Known(slice.len))?;
                self.connection.awake().send_body_external(slice.len)?;
                if self.connection.awake().external() > 0 {
                    return Ok(Sent::Head(slice));
                }
                self.connection.awake().finish(&Fields::new())?;
                Ok(Sent::All(0))
            }
        }
    }

    pub(super) fn add_server(&self, head: &mut ResponseHead) -> Result<(), UsageError> {
        if !head.fields().contains("Server") {
            head.fields_mut().extend(&self.settings.server)?;
        }
        Ok(())
    }

    /// What Date says now. A time before 1970 is a clock that was never set.
    pub(super) fn date(&self) -> HttpDate {
        let since = (self.settings.clock)().duration_since(UNIX_EPOCH);
        HttpDate::from_unix(since.map_or(0, |since| since.as_secs()))
    }

    fn start_full(&mut self, head: &ResponseHead, content: Bytes) -> Result<Sent, UsageError> {
        self.connection.awake().respond(head, content)?;
        Ok(Sent::All(self.connection.awake().content_sent()))
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
        let Exchange::SendingFile(slice, _) = &self.exchange else { return None };
        if self.connection.awake().external() > 0 {
            return Some(Step::SendFile(slice.clone(), deadline));
        }
        let is_whole = self.connection.awake().finish(&Fields::new()).is_ok();
        if let Exchange::SendingFile(_, note) = mem::replace(&mut self.exchange, Exchange::None) {
            let sent = self.connection.awake().content_sent();
            self.observe(note, is_whole.then_some(sent));
        }
        None
    }

    /// The connection ended in the middle of a response: its record says that the content was not sent to its end.
    pub(super) fn cut_short(&mut self) {
        if let Exchange::SendingFile(_, note) | Exchange::Sending(note) =
            mem::replace(&mut self.exchange, Exchange::None)
        {
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
