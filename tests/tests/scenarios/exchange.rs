//! What an exchange does when it is ordered to: written once, for the exchanges of every adapter.

use std::sync::{Arc, Mutex};

use basehttp_handler::{ExchangeError, Peer, Request, Response};
use basehttp_proto::{BodyLength, Fields, RequestHead, ResponseHead, StatusCode};
use bytes::Bytes;

use super::document::Scenario;
use super::orders::{self, Order, Trailers};

/// A request and the right to answer it, of any adapter.
pub(crate) trait Exchange: Sized + Send {
    type Body: Body<Done = Self::Done>;
    type Tunnel: Tunnel;
    type Done: Send;

    fn head(&self) -> &RequestHead;
    fn sleep(&self, units: u32) -> impl Future<Output = ()> + Send;
    fn content(&mut self) -> impl Future<Output = Result<Option<Bytes>, ExchangeError>> + Send;
    fn collect(&mut self) -> impl Future<Output = Result<Request, ExchangeError>> + Send;
    fn inform(&mut self, status: StatusCode, fields: &Fields)
    -> impl Future<Output = Result<(), ExchangeError>> + Send;
    fn respond(self, response: Response) -> impl Future<Output = Result<Self::Done, ExchangeError>> + Send;
    fn start(
        self,
        head: ResponseHead,
        length: BodyLength,
    ) -> impl Future<Output = Result<Self::Body, ExchangeError>> + Send;
    fn switch(
        self,
        head: ResponseHead,
    ) -> impl Future<Output = Result<(Self::Tunnel, Self::Done), ExchangeError>> + Send;
}

/// The content of a response that has begun.
pub(crate) trait Body: Sized + Send {
    type Done: Send;

    fn sleep(&self, units: u32) -> impl Future<Output = ()> + Send;
    fn content(&mut self) -> impl Future<Output = Result<Option<Bytes>, ExchangeError>> + Send;
    fn trailers(&self) -> Fields;
    fn write(&mut self, octets: Bytes) -> impl Future<Output = Result<(), ExchangeError>> + Send;
    fn flush(&mut self) -> impl Future<Output = Result<(), ExchangeError>> + Send;
    fn finish(self, trailers: &Fields) -> impl Future<Output = Result<Self::Done, ExchangeError>> + Send;
}

/// A connection that speaks another protocol.
pub(crate) trait Tunnel: Send {
    /// What comes next, nothing at the end.
    fn receive(&mut self) -> impl Future<Output = std::io::Result<Vec<u8>>> + Send;
    fn send(&mut self, octets: &[u8]) -> impl Future<Output = std::io::Result<()>> + Send;
}

/// How the orders of each request ended, and how those that were tried failed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap().join(", ")
    }

    fn note<T>(&self, result: &Result<T, ExchangeError>) {
        let text = match result {
            Ok(_) => String::from("ok"),
            Err(ExchangeError::Protocol(error)) => format!("fault {}", error.status().as_u16()),
            Err(ExchangeError::Usage(error)) => format!("{error:?}"),
            Err(ExchangeError::ContentTooLarge) => String::from("too large"),
            Err(ExchangeError::Io(_)) => String::from("io"),
            Err(ExchangeError::Closed) => String::from("closed"),
            Err(_) => String::from("something else"),
        };
        self.0.lock().unwrap().push(text);
    }
}

/// Follows the orders for a request, and takes note of what came of it.
pub(crate) async fn answer<E: Exchange>(
    exchange: E,
    scenario: &Scenario,
    seen: &Seen,
) -> Result<E::Done, ExchangeError> {
    let orders = orders::of(&scenario.exchange, exchange.head().path());
    let result = begin(exchange, orders, seen).await;
    seen.note(&result);
    result
}

async fn begin<E: Exchange>(mut exchange: E, orders: &[Order], seen: &Seen) -> Result<E::Done, ExchangeError> {
    let mut fields = Fields::new();
    let mut rest = orders.iter();
    while let Some(order) = rest.next() {
        match order {
            Order::Field(name, value) => fields.append(name, value)?,
            Order::Respond(answer) => {
                let request = match answer.is_about_content() {
                    true => exchange.collect().await?,
                    false => Request::new(exchange.head().clone(), Bytes::new(), Fields::new(), Peer::Unknown),
                };
                return exchange.respond(answer.response(&request, &fields)).await;
            }
            Order::Start(length) => {
                let mut head = ResponseHead::new(StatusCode::OK);
                *head.fields_mut() = fields;
                let length = length.of(exchange.head().fields());
                return go_on(exchange.start(head, length).await?, rest.as_slice(), seen).await;
            }
            Order::Shout(status) => {
                let mut head = ResponseHead::new(*status);
                *head.fields_mut() = fields;
                let (tunnel, done) = exchange.switch(head).await?;
                shout(tunnel).await?;
                return Ok(done);
            }
            Order::Try(order) => {
                let result = ask(&mut exchange, order, &mut fields).await;
                seen.note(&result);
            }
            order => ask(&mut exchange, order, &mut fields).await?,
        }
    }
    Err(ExchangeError::Closed)
}

/// What leaves the exchange there.
async fn ask<E: Exchange>(exchange: &mut E, order: &Order, fields: &mut Fields) -> Result<(), ExchangeError> {
    match order {
        Order::Sleep(units) => exchange.sleep(*units).await,
        Order::Panic => panic!("as ordered"),
        Order::Collect => drop(exchange.collect().await?),
        Order::Part => drop(exchange.content().await?),
        Order::Take => while exchange.content().await?.is_some() {},
        Order::Inform(status) => exchange.inform(*status, &std::mem::take(fields)).await?,
        Order::GiveUp => return Err(ExchangeError::Closed),
        order => unreachable!("{order:?} is for a response that has begun"),
    }
    Ok(())
}

/// The orders after the head of the response.
async fn go_on<B: Body>(mut body: B, orders: &[Order], seen: &Seen) -> Result<B::Done, ExchangeError> {
    for order in orders {
        match order {
            Order::Finish(trailers) => {
                let mut fields = Fields::new();
                match trailers {
                    Trailers::Theirs => fields = body.trailers(),
                    Trailers::Own(lines) => lines.iter().try_for_each(|(name, value)| fields.append(name, value))?,
                }
                return body.finish(&fields).await;
            }
            Order::Try(order) => {
                let result = send(&mut body, order).await;
                seen.note(&result);
            }
            order => send(&mut body, order).await?,
        }
    }
    Err(ExchangeError::Closed)
}

async fn send<B: Body>(body: &mut B, order: &Order) -> Result<(), ExchangeError> {
    match order {
        Order::Sleep(units) => body.sleep(*units).await,
        Order::Panic => panic!("as ordered"),
        Order::Part => drop(body.content().await?),
        Order::Take => while body.content().await?.is_some() {},
        Order::Write(octets) => body.write(octets.clone().into()).await?,
        Order::Flush => body.flush().await?,
        Order::Copy => {
            while let Some(part) = body.content().await? {
                body.write(part).await?;
            }
        }
        Order::AnswerEach => {
            while let Some(part) = body.content().await? {
                body.write([b"<", &part[..], b">"].concat().into()).await?;
                body.flush().await?;
            }
        }
        Order::Events => {
            let mut number = 0;
            while let Some(octets) = body.content().await? {
                for _ in octets {
                    number += 1;
                    body.write(format!("data: {number}\n\n").into()).await?;
                    body.flush().await?;
                }
            }
        }
        Order::GiveUp => return Err(ExchangeError::Closed),
        order => unreachable!("{order:?} is for a response that has not begun"),
    }
    Ok(())
}

/// Another protocol: what comes goes back in capitals.
async fn shout(mut tunnel: impl Tunnel) -> std::io::Result<()> {
    loop {
        let octets = tunnel.receive().await?;
        if octets.is_empty() {
            return Ok(());
        }
        tunnel.send(&octets.to_ascii_uppercase()).await?;
    }
}
