//! One handler of exchanges, once for each adapter: the source is the same but for what makes it async.

use basehttp_proto::{Fields, ResponseHead, StatusCode};

fn ok() -> ResponseHead {
    ResponseHead::new(StatusCode::OK)
}

fn fields(name: &str, value: &str) -> Fields {
    let mut fields = Fields::new();
    fields.append(name, value).unwrap();
    fields
}

macro_rules! handler {
    ($module:ident, $adapter:ident, [$($async:ident)?], [$($wait:tt)*], $io:ident :: {$($trait:ident),*}) => {
        pub(crate) mod $module {
            use basehttp_handler::{ExchangeError, Response};
            use basehttp_proto::{BodyLength, ResponseHead, StatusCode};
            use $adapter::{Done, Exchange};
            use $io::io::{$($trait),*};

            use super::{fields, ok};

            pub(crate) $($async)? fn answer(mut exchange: Exchange) -> Result<Done, ExchangeError> {
                let path = exchange.head().path().to_owned();
                match path.as_str() {
                    "/collect" => {
                        let request = exchange.collect() $($wait)* ?;
                        exchange.respond(Response::content("text/plain", request.content().clone())) $($wait)*
                    }
                    "/refuse" => exchange.respond(Response::error(StatusCode::FORBIDDEN)) $($wait)*,
                    "/parts" => parts(exchange) $($wait)*,
                    "/echo" => echo(exchange) $($wait)*,
                    "/events" => events(exchange) $($wait)*,
                    "/trailers" => trailers(exchange) $($wait)*,
                    "/hints" => {
                        exchange.inform(StatusCode::EARLY_HINTS, &fields("Link", "</a.css>")) $($wait)* ?;
                        exchange.collect() $($wait)* ?;
                        exchange.respond("done") $($wait)*
                    }
                    "/forget" => Err(ExchangeError::Closed),
                    "/fail" => {
                        // Longer than it says that it is.
                        let body = exchange.start(ok().field("Content-Length", "3")?, BodyLength::Known(4)) $($wait)* ?;
                        body.finish() $($wait)*
                    }
                    "/panic" => panic!("as asked"),
                    "/half" | "/half-panic" | "/half-chunked" => half(exchange, &path) $($wait)*,
                    "/upgrade" => shout(exchange) $($wait)*,
                    _ => exchange.respond("hello") $($wait)*,
                }
            }

            /// Answers each part as it comes.
            $($async)? fn parts(exchange: Exchange) -> Result<Done, ExchangeError> {
                let mut body = exchange.start(ok(), BodyLength::Unknown) $($wait)* ?;
                while let Some(part) = body.content() $($wait)* ? {
                    let part = String::from_utf8(part.to_vec()).unwrap();
                    body.write(format!("<{part}>")) $($wait)* ?;
                    body.flush() $($wait)* ?;
                }
                body.finish() $($wait)*
            }

            /// Sends back what comes, as it comes.
            $($async)? fn echo(exchange: Exchange) -> Result<Done, ExchangeError> {
                let length = exchange.head().fields().get_str("Content-Length").and_then(|length| length.parse().ok());
                let length = length.map_or(BodyLength::Unknown, BodyLength::Known);
                let mut body = exchange.start(ok(), length) $($wait)* ?;
                while let Some(part) = body.content() $($wait)* ? {
                    body.write(part) $($wait)* ?;
                }
                body.finish() $($wait)*
            }

            /// Makes an event for each octet that asks for one.
            $($async)? fn events(exchange: Exchange) -> Result<Done, ExchangeError> {
                let head = ok().field("Content-Type", "text/event-stream")?;
                let mut body = exchange.start(head, BodyLength::Unknown) $($wait)* ?;
                let mut number = 0;
                while let Some(octets) = body.content() $($wait)* ? {
                    for _ in octets {
                        number += 1;
                        body.write(format!("data: {number}\n\n")) $($wait)* ?;
                        body.flush() $($wait)* ?;
                    }
                }
                body.finish() $($wait)*
            }

            /// Sends the trailers of the request back.
            $($async)? fn trailers(exchange: Exchange) -> Result<Done, ExchangeError> {
                let mut body = exchange.start(ok(), BodyLength::Unknown) $($wait)* ?;
                while let Some(part) = body.content() $($wait)* ? {
                    body.write(part) $($wait)* ?;
                }
                let trailers = body.request().trailers().cloned().unwrap_or_default();
                body.finish_with(&trailers) $($wait)*
            }

            /// Ends before what it has begun is complete.
            $($async)? fn half(exchange: Exchange, path: &str) -> Result<Done, ExchangeError> {
                let length = if path == "/half-chunked" { BodyLength::Unknown } else { BodyLength::Known(10) };
                let mut body = exchange.start(ok(), length) $($wait)* ?;
                body.write("half") $($wait)* ?;
                body.flush() $($wait)* ?;
                assert!(path != "/half-panic", "as asked");
                Err(ExchangeError::Closed)
            }

            /// Another protocol: what comes goes back in capitals.
            $($async)? fn shout(exchange: Exchange) -> Result<Done, ExchangeError> {
                let head = ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS).field("Upgrade", "shout")?;
                let (mut stream, done) = exchange.switch(head) $($wait)* ?;
                let mut buffer = [0; 16];
                loop {
                    let len = stream.read(&mut buffer) $($wait)* ?;
                    if len == 0 {
                        return Ok(done);
                    }
                    stream.write_all(&buffer[..len].to_ascii_uppercase()) $($wait)* ?;
                    stream.flush() $($wait)* ?;
                }
            }
        }
    };
}

handler!(on_std, basehttp_std, [], [], std::{Read, Write});
handler!(on_tokio, basehttp_tokio, [async], [.await], tokio::{AsyncReadExt, AsyncWriteExt});
handler!(on_smol, basehttp_smol, [async], [.await], smol::{AsyncReadExt, AsyncWriteExt});
