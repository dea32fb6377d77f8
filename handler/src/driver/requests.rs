//! Requests: how they come from the connection to a handler.

use std::time::Duration;

use basehttp_proto::server::Event;
use basehttp_proto::{RequestHead, StatusCode, TargetForm};
use bytes::Bytes;

use super::{Content, Driver, Exchange, HIGH_WATER, Note, Pending, Step};
use crate::{Client, Request, Response};

impl Driver {
    /// What to do next, at a time that was taken account of.
    pub(super) fn next_step(&mut self, now: Duration) -> Step {
        loop {
            if let Some(ready) = self.ready.take()
                && !self.is_over()
            {
                if self.connection.awake().transmit().is_empty() {
                    return *ready;
                }
                self.ready = Some(ready);
                return Step::Write(self.connection.awake().poll_timeout(now));
            }
            if let Exchange::SendingFile(..) = self.connection.exchange()
                && self.connection.awake().transmit().is_empty()
            {
                match self.next_of_file(now) {
                    Some(step) => return step,
                    None => continue,
                }
            }
            if self.connection.awake().transmit().len() >= HIGH_WATER {
                return Step::Write(self.connection.awake().poll_timeout(now));
            }
            match self.connection.awake().poll_event() {
                Ok(Some(Event::Request(head))) => {
                    let note = self.begin(&head);
                    if !self.collects {
                        self.ready = self.stream(head, note);
                        continue;
                    }
                    // The content is wanted whatever it is: what is too large was refused with the head.
                    self.connection.awake().send_continue();
                    if self.connection.awake().content_remaining() != Some(0) {
                        let content = Content::default();
                        self.connection.set_exchange(Exchange::Reading(Box::new(Pending { head, note, content })));
                    } else if let Ok(Some(Event::End(trailers))) = self.connection.awake().poll_event() {
                        let request = self.make_request(head, Bytes::new(), trailers);
                        if self.may_call(&request, note) {
                            if !self.has_to_wait() {
                                return Step::Call(request);
                            }
                            self.ready = Some(Box::new(Step::Call(request)));
                        }
                    }
                }
                Ok(Some(Event::Body(octets))) => {
                    if let Exchange::Reading(pending) = self.connection.exchange_mut() {
                        pending.content.push(octets);
                    }
                }
                Ok(Some(Event::End(trailers))) => match self.connection.take_exchange() {
                    Exchange::Reading(pending) => {
                        let Pending { head, note, content } = *pending;
                        let request = self.make_request(head, content.into_bytes(), trailers);
                        if self.may_call(&request, note) {
                            if !self.has_to_wait() {
                                return Step::Call(request);
                            }
                            self.ready = Some(Box::new(Step::Call(request)));
                        }
                    }
                    other => self.connection.set_exchange(other),
                },
                Ok(Some(Event::Shutdown)) => return Step::Shutdown,
                Ok(Some(Event::Closed)) => {
                    self.cut_short();
                    self.closed.reason = self.connection.awake().close_reason();
                    return Step::Close;
                }
                Ok(None) if !self.connection.awake().transmit().is_empty() => {
                    return Step::Write(self.connection.awake().poll_timeout(now));
                }
                Ok(None) if self.connection.awake().wants_read() => {
                    return Step::Read(self.connection.awake().poll_timeout(now));
                }
                Ok(None) => self.respond(Response::error(StatusCode::INTERNAL_SERVER_ERROR)),
                Err(error) => self.refuse(&error),
            }
        }
    }

    /// Takes note of a request, and makes the note of its response.
    fn begin(&mut self, head: &RequestHead) -> Note {
        self.closed.requests = self.connection.awake().requests();
        self.client = self
            .settings
            .forwarded
            .as_deref()
            .map(|(by, trusted)| Box::new(Client::new(self.closed.peer, head.fields(), *by, trusted)));
        let observer = self.settings.observer.as_ref()?;
        let note = self.note(head);
        observer.on_request(self.peer(), head);
        Some(note)
    }

    /// A request whose content the handler is to take itself; `None` if it is answered instead.
    fn stream(&mut self, head: RequestHead, note: Note) -> Option<Box<Step>> {
        let fields = head.fields().clone();
        if let Some(status) = self.unservable(&head) {
            // Nobody takes the content, so that it is not kept either.
            self.connection.set_exchange(Exchange::Calling(fields, note));
            self.respond(Response::error(status));
            return None;
        }
        (self.is_too_much, self.is_declined) = (false, false);
        self.connection.set_exchange(Exchange::Streaming(fields, note));
        Some(Box::new(Step::Begin(head)))
    }

    /// Whether a request that is complete is for the handler; it is answered if not.
    #[inline(always)]
    fn may_call(&mut self, request: &Request, note: Note) -> bool {
        self.connection.set_exchange(Exchange::Calling(request.fields().clone(), note));
        let unservable = self.unservable(request.head());
        if let Some(status) = unservable {
            self.respond(Response::error(status));
        }
        unservable.is_none()
    }

    /// Whether a request is handed out only when the answers before it have left.
    fn has_to_wait(&mut self) -> bool {
        self.is_prompt && !self.connection.awake().transmit().is_empty()
    }

    /// The status of a request that no handler can serve: one for `https` on a connection that is not secured, and
    /// CONNECT, which needs a tunnel instead of a response.
    fn unservable(&self, head: &RequestHead) -> Option<StatusCode> {
        match head.target_form() {
            // A handler that does everything itself may know how to open one.
            TargetForm::Authority if self.collects => Some(StatusCode::NOT_IMPLEMENTED),
            TargetForm::Absolute if is_for_https(head) && !self.is_secured() => Some(StatusCode::MISDIRECTED_REQUEST),
            _ => None,
        }
    }
}

/// Whether the target is an `https` URI: origin-form takes its scheme from the connection.
fn is_for_https(head: &RequestHead) -> bool {
    head.target().get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
}
