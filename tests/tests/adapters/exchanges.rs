//! One handler of exchanges, once for each adapter: the source is the same but for what makes it async.

macro_rules! handler {
    ($module:ident, $adapter:ident, [$($async:ident)?], [$($wait:tt)*]) => {
        pub(crate) mod $module {
            use basehttp_handler::{ExchangeError, Response};
            use $adapter::{Done, Exchange};

            /// Sends the content back once it is complete.
            pub(crate) $($async)? fn answer(mut exchange: Exchange) -> Result<Done, ExchangeError> {
                let request = exchange.collect() $($wait)* ?;
                exchange.respond(Response::content("text/plain", request.content().clone())) $($wait)*
            }
        }
    };
}

handler!(on_std, basehttp_std, [], []);
handler!(on_tokio, basehttp_tokio, [async], [.await]);
handler!(on_smol, basehttp_smol, [async], [.await]);
