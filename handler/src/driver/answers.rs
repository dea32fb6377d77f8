//! Responses: what is added to them, and what is told of them.

use std::mem;
use std::time::{Duration, UNIX_EPOCH};

use basehttp_proto::{BodyLength, Fields, HttpDate, ProtocolError, ResponseHead, StatusCode, UsageError};
use bytes::Bytes;

use super::{Driver, Exchange, Pending, Step};
use crate::access_log::Record;
use crate::error_page::ErrorPage;
use crate::response::{Body, ErrorText, FileSlice};
use crate::{Response, page};

impl Driver {
    /// Takes the handler's response. Content-Length, Connection, Date and Server are added, an error page is made.
    ///
    /// A response that cannot be sent as it is, because its fields contradict its content for one, is answered 500.
    pub fn respond(&mut self, response: Response) {
        let pending = match mem::replace(&mut self.exchange, Exchange::None) {
            Exchange::Calling(pending) | Exchange::Streaming(pending) => pending,
            // No request waits for this; a connection in such a state has nothing else to say.
            _ => return self.connection.abort(),
        };
        let record = self.record(&pending, response.status());
        self.send(response, record, Some(pending.head.fields()));
    }

    /// The record of a request that is answered with `status`.
    pub(super) fn record(&self, pending: &Pending, status: StatusCode) -> Record {
        let text = |name: &str| pending.head.fields().get(name).map(Bytes::copy_from_slice);
        Record {
            peer: self.peer(),
            time: pending.begun,
            request_line: Some(Bytes::copy_from_slice(pending.head.request_line().as_bytes())),
            status,
            content_octets: None,
            referer: text("Referer"),
            user_agent: text("User-Agent"),
            duration: Duration::ZERO,
            error: None,
        }
    }

    /// Answers a peer that broke the protocol.
    pub(super) fn refuse(&mut self, error: &ProtocolError) {
        let now = (self.settings.clock)();
        let (time, request_line) = match mem::replace(&mut self.exchange, Exchange::None) {
            Exchange::Reading { head, begun, .. } | Exchange::Streaming(Pending { head, begun }) => {
                (begun, Bytes::copy_from_slice(head.request_line().as_bytes()))
            }
            _ => (now, Bytes::copy_from_slice(first_line(self.connection.refused()))),
        };
        let record = Record {
            peer: self.peer(),
            time,
            request_line: Some(request_line).filter(|line| !line.is_empty()),
            status: error.status(),
            content_octets: None,
            referer: None,
            user_agent: None,
            duration: Duration::ZERO,
            error: Some(*error),
        };
        self.send(Response::error(error.status()).explain(error.to_string()), record, None);
    }

    /// Sends a response: the one place where one leaves.
    fn send(&mut self, response: Response, mut record: Record, accept: Option<&Fields>) {
        if self.is_over() {
            // Nobody is left to be answered.
            return self.observe(record);
        }
        self.connection.set_date(self.date());
        let sent = self.start_response(response, accept).or_else(|_| {
            // The response broke a rule, so nothing of it was sent and another can take its place.
            record.status = StatusCode::INTERNAL_SERVER_ERROR;
            self.start_response(Response::error(StatusCode::INTERNAL_SERVER_ERROR), accept)
        });
        match sent {
            Ok(Sent::All(octets)) => {
                record.content_octets = Some(octets);
                self.observe(record);
            }
            Ok(Sent::Head(slice)) => self.exchange = Exchange::SendingFile(slice, Box::new(record)),
            Err(_) => {
                self.connection.abort();
                self.observe(record);
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
                self.connection.send_response(&head, BodyLength::Known(slice.len))?;
                self.connection.send_body_external(slice.len)?;
                if self.connection.external() > 0 {
                    return Ok(Sent::Head(slice));
                }
                self.connection.finish(&Fields::new())?;
                Ok(Sent::All(0))
            }
        }
    }

    pub(super) fn add_server(&self, head: &mut ResponseHead) -> Result<(), UsageError> {
        if !head.fields().contains("Server") {
            for (name, value) in &self.settings.server {
                head.fields_mut().append(name, value)?;
            }
        }
        Ok(())
    }

    /// What Date says now. A time before 1970 is a clock that was never set.
    pub(super) fn date(&self) -> HttpDate {
        let since = (self.settings.clock)().duration_since(UNIX_EPOCH);
        HttpDate::from_unix(since.map_or(0, |since| since.as_secs()))
    }

    fn start_full(&mut self, head: &ResponseHead, content: Bytes) -> Result<Sent, UsageError> {
        self.connection.respond(head, content)?;
        Ok(Sent::All(self.connection.content_sent()))
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
        let deadline = self.connection.poll_timeout(now);
        let Exchange::SendingFile(slice, _) = &self.exchange else { return None };
        if self.connection.external() > 0 {
            return Some(Step::SendFile(slice.clone(), deadline));
        }
        let is_whole = self.connection.finish(&Fields::new()).is_ok();
        if let Exchange::SendingFile(_, mut record) = mem::replace(&mut self.exchange, Exchange::None) {
            record.content_octets = Some(self.connection.content_sent()).filter(|_| is_whole);
            self.observe(*record);
        }
        None
    }

    /// The connection ended in the middle of a response: its record says that the content was not sent to its end.
    pub(super) fn cut_short(&mut self) {
        if let Exchange::SendingFile(_, record) | Exchange::Sending(record) =
            mem::replace(&mut self.exchange, Exchange::None)
        {
            self.is_cut_short = true;
            self.observe(*record);
        }
    }

    pub(super) fn observe(&self, mut record: Record) {
        record.duration = (self.settings.clock)().duration_since(record.time).unwrap_or_default();
        self.settings.observer.on_response(&record);
    }
}

/// How far a response got at once.
enum Sent {
    /// It is complete, with this many octets of content.
    All(u64),
    /// Its head is queued, and this is to follow.
    Head(FileSlice),
}

/// What a refused peer sent, up to the end of its first line.
fn first_line(octets: &[u8]) -> &[u8] {
    octets.split(|o| matches!(o, b'\r' | b'\n')).next().unwrap_or_default()
}
