//! What a handler does that takes content as it comes and sends content as it is made: the adapter's exchange does each of
//! these for it, and what it is told to do in between.

use std::error::Error;
use std::fmt;
use std::io;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use basehttp_proto::server::Event;
use basehttp_proto::{BodyLength, Fields, ProtocolError, ResponseHead, StatusCode, UsageError};
use bytes::Bytes;

use super::sleeper::Sleeper;
use super::{Away, Driver, Exchange, HIGH_WATER, Note, Step};
use crate::Response;

/// What comes next of a request's content.
#[derive(Debug)]
pub enum Inflow {
    /// A part of it; never empty.
    Content(Bytes),
    /// Its end, and its trailers.
    End(Fields),
    /// Nothing yet: do this first, which is [`Step::Read`] or [`Step::Write`], and ask again.
    Wait(Step),
}

/// That a handler asks for something: [`Driver::ask`] makes it, once, and [`Driver::content`] and [`Driver::outflow`] are
/// called with it until the handler has what it asked for.
#[derive(Debug)]
#[must_use = "nothing is done for the handler yet"]
pub struct Ask(());

/// Why an exchange cannot go on.
#[derive(Debug)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The peer broke the protocol, or was too slow. It is answered if no response has begun.
    Protocol(ProtocolError),
    /// The handler asked for what cannot be sent; nothing of it was.
    Usage(UsageError),
    /// There is more content than may be collected. It is answered if no response has begun.
    ContentTooLarge,
    /// The transport failed.
    Io(io::Error),
    /// The connection is over: the peer is gone, or the server cut it off.
    Closed,
}

impl Driver {
    /// Hands each request out when its head is there, by [`Step::Begin`], instead of collecting its content.
    #[must_use]
    pub fn streaming(mut self) -> Self {
        self.connection = Sleeper::new(Arc::clone(&self.settings.config));
        self.collects = false;
        self
    }

    /// Takes note that the handler asks for something: the time that it took until now is not the client's.
    pub fn ask(&mut self, now: Duration) -> Ask {
        let away = match mem::take(&mut self.away) {
            // It let go of what it asked for before: a future may be dropped.
            Away::No => Away::Unknown,
            away => away,
        };
        self.come_back(away, now);
        Ask(())
    }

    /// The content of the request that [`Step::Begin`] was about. The first call tells a client that waits for it to go on
    /// (RFC 9110 10.1.1).
    ///
    /// # Errors
    ///
    /// [`ExchangeError::Protocol`] for a fault of the peer; [`ExchangeError::Closed`] when there is no such request, or no
    /// more.
    pub fn content(&mut self, _: &Ask, now: Duration) -> Result<Inflow, ExchangeError> {
        let inflow = self.inflow(now);
        if !matches!(inflow, Ok(Inflow::Wait(_))) {
            self.away = Away::Since(now);
        }
        inflow
    }

    fn inflow(&mut self, now: Duration) -> Result<Inflow, ExchangeError> {
        self.pass_time(now);
        if !matches!(self.connection.exchange(), Exchange::Streaming(..) | Exchange::Sending(_)) {
            return Err(ExchangeError::Closed);
        }
        self.connection.awake().send_continue();
        match self.connection.awake().poll_event() {
            Ok(Some(Event::Body(octets))) => Ok(Inflow::Content(octets)),
            Ok(Some(Event::End(trailers))) => Ok(Inflow::End(trailers)),
            Ok(None) if !self.connection.awake().transmit().is_empty() => {
                Ok(Inflow::Wait(Step::Write(self.connection.awake().poll_timeout(now))))
            }
            Ok(None) if self.connection.awake().wants_read() => {
                Ok(Inflow::Wait(Step::Read(self.connection.awake().poll_timeout(now))))
            }
            Ok(_) => Err(ExchangeError::Closed),
            Err(error) => {
                self.take_note(&error);
                Err(error.into())
            }
        }
    }

    /// Whether content of `octets` may be collected, by [`Settings::max_content`](crate::Settings::max_content).
    ///
    /// # Errors
    ///
    /// [`ExchangeError::ContentTooLarge`] if not; unless the handler answers, 413 does.
    pub fn allows_collected(&mut self, octets: usize) -> Result<(), ExchangeError> {
        self.is_too_much = octets as u64 > self.settings.max_content;
        if self.is_too_much { Err(ExchangeError::ContentTooLarge) } else { Ok(()) }
    }

    /// Sends an informational response; any number may precede the final one.
    ///
    /// # Errors
    ///
    /// As [`Connection::send_informational`](basehttp_proto::server::Connection::send_informational).
    pub fn inform(&mut self, status: StatusCode, fields: &Fields) -> Result<(), UsageError> {
        self.connection.awake().send_informational(status, fields)
    }

    /// Takes note that nobody takes content of the request any more: a client that waits to be told to go on is not, whatever
    /// the response.
    pub fn decline_content(&mut self) {
        self.is_declined = true;
    }

    /// Begins the response, whose content follows by [`send_content`](Self::send_content) and ends by
    /// [`finish`](Self::finish). Server and Date are added. A client that waits for it is told to go on, unless the content was
    /// [declined](Self::decline_content).
    ///
    /// # Errors
    ///
    /// As [`Connection::send_response`](basehttp_proto::server::Connection::send_response); the handler can try another
    /// one then.
    pub fn start(&mut self, head: ResponseHead, length: BodyLength) -> Result<(), UsageError> {
        let Exchange::Streaming(..) = self.connection.exchange() else { return Err(UsageError::NoResponseDue) };
        self.set_date();
        if !self.is_declined {
            // After the head it would be too late, and the handler may take content while it answers.
            self.connection.awake().send_continue();
        }
        self.connection.awake().send_response(&head, length)?;
        let note = self.answered_with(head.status());
        self.connection.set_exchange(Exchange::Sending(note));
        Ok(())
    }

    /// Queues content of the response that was begun.
    ///
    /// # Errors
    ///
    /// As [`Connection::send_body`](basehttp_proto::server::Connection::send_body).
    pub fn send_content(&mut self, octets: impl Into<Bytes>) -> Result<(), UsageError> {
        self.connection.awake().send_body(octets)
    }

    /// Ends the response that was begun.
    ///
    /// # Errors
    ///
    /// As [`Connection::finish`](basehttp_proto::server::Connection::finish).
    pub fn finish(&mut self, trailers: &Fields) -> Result<(), UsageError> {
        self.connection.awake().finish(trailers)?;
        if let Exchange::Sending(note) = self.connection.take_exchange() {
            let sent = self.connection.awake().content_sent();
            self.observe(note, Some(sent));
        }
        Ok(())
    }

    /// Hands the connection over to another protocol: see
    /// [`Connection::send_switch`](basehttp_proto::server::Connection::send_switch). Write what
    /// [`transmit`](Self::transmit) holds, and the transport is the handler's, with what [`take_tunnel`](Self::take_tunnel)
    /// gives first.
    ///
    /// # Errors
    ///
    /// As there; [`UsageError::NoResponseDue`] also without a request.
    pub fn switch(&mut self, head: ResponseHead) -> Result<(), UsageError> {
        let Exchange::Streaming(..) = self.connection.exchange() else { return Err(UsageError::NoResponseDue) };
        self.set_date();
        self.connection.awake().send_switch(&head)?;
        // Nothing of the response is left to be sent.
        let note = self.answered_with(head.status());
        self.observe(note, Some(0));
        Ok(())
    }

    /// Takes the exchange out, which is answered with this status: what an observer will be told of that.
    fn answered_with(&mut self, status: StatusCode) -> Note {
        let Exchange::Streaming(_, mut note) = self.connection.take_exchange() else { return None };
        if let Some(record) = &mut note {
            record.status = status;
        }
        note
    }

    /// What has come already of the protocol that was switched to.
    pub fn take_tunnel(&mut self) -> Bytes {
        self.connection.awake().take_tunnel()
    }

    /// What has to be written before more is queued: everything for `all`, and else what is too much to keep.
    pub fn outflow(&mut self, _: &Ask, now: Duration, all: bool) -> Option<Step> {
        self.pass_time(now);
        let most = if all { 1 } else { HIGH_WATER };
        if self.connection.awake().transmit().len() >= most {
            return Some(Step::Write(self.connection.awake().poll_timeout(now)));
        }
        self.away = Away::Since(now);
        None
    }

    /// Takes note that the handler is done with the request of [`Step::Begin`]. One that has not answered is answered for,
    /// with 500 or as the fault of the peer demands; a response that is not complete is given up.
    pub fn handled(&mut self) {
        if let Away::No = self.away {
            self.away = Away::Unknown;
        }
        match self.connection.take_exchange() {
            // Too much is too much, whatever comes after it.
            Exchange::Streaming(fields, note) if self.is_too_much && !self.is_over() => {
                self.connection.set_exchange(Exchange::Calling(fields, note));
                self.respond(Response::error(StatusCode::CONTENT_TOO_LARGE));
            }
            Exchange::Streaming(fields, note) => match self.connection.awake().poll_event() {
                Err(error) => {
                    self.connection.set_exchange(Exchange::Streaming(fields, note));
                    self.refuse(&error);
                }
                Ok(event) => {
                    let is_over = matches!(event, Some(Event::Closed));
                    self.connection.set_exchange(Exchange::Calling(fields, note));
                    if !is_over {
                        self.respond(Response::error(StatusCode::INTERNAL_SERVER_ERROR));
                    }
                }
            },
            Exchange::Sending(note) => {
                self.abort();
                self.observe(note, None);
            }
            other => self.connection.set_exchange(other),
        }
    }
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(error) => error.fmt(f),
            Self::Usage(error) => error.fmt(f),
            Self::Io(error) => error.fmt(f),
            Self::ContentTooLarge => f.write_str("more content than may be collected"),
            Self::Closed => f.write_str("the connection is over"),
        }
    }
}

impl Error for ExchangeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Protocol(error) => Some(error),
            Self::Usage(error) => Some(error),
            Self::Io(error) => Some(error),
            Self::ContentTooLarge | Self::Closed => None,
        }
    }
}

macro_rules! from {
    ($($source:ty => $variant:ident;)+) => {
        $(
            impl From<$source> for ExchangeError {
                fn from(error: $source) -> Self {
                    Self::$variant(error)
                }
            }
        )+
    };
}

from! {
    ProtocolError => Protocol;
    UsageError => Usage;
    io::Error => Io;
}
