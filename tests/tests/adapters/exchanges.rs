//! One handler of exchanges, once for each adapter: the source is the same but for what makes it async.

macro_rules! handler {
    ($module:ident, $adapter:ident, [$($async:ident)?], [$($wait:tt)*]) => {
        pub(crate) mod $module {
            use basehttp_handler::{ExchangeError, Response};
            use basehttp_proto::{BodyLength, ResponseHead, StatusCode};
            use $adapter::{Done, Exchange};

            /// Sends the content back once it is complete; `/parts` sends it as it comes.
            pub(crate) $($async)? fn answer(mut exchange: Exchange) -> Result<Done, ExchangeError> {
                if exchange.head().path() == "/parts" {
                    let mut body = exchange.start(ResponseHead::new(StatusCode::OK), BodyLength::Unknown) $($wait)* ?;
                    while let Some(part) = body.content() $($wait)* ? {
                        body.write(part) $($wait)* ?;
                        body.flush() $($wait)* ?;
                    }
                    return body.finish() $($wait)*;
                }
                let request = exchange.collect() $($wait)* ?;
                exchange.respond(Response::content("text/plain", request.content().clone())) $($wait)*
            }
        }
    };
}

handler!(on_std, basehttp_std, [], []);
handler!(on_tokio, basehttp_tokio, [async], [.await]);
handler!(on_smol, basehttp_smol, [async], [.await]);
