//! P8: whether the connection goes on is a truth table of what both sides said (RFC 9112 9.3), and both agree on it.

use basehttp_proto::Method;
use basehttp_tests::duplex::{Content, Exchange, Script, converse};

use super::assert_told;

/// Whether a connection goes on after an exchange, by RFC 9112 9.3 and 6.3.
pub(crate) fn persists(exchange: &Exchange) -> bool {
    let said = |option: &str| exchange.asks.is_some_and(|asks| asks.split(", ").any(|asked| asked == option));
    let is_delimited = exchange.response.is_known || !exchange.is_http10 || exchange.method == Method::HEAD;
    !exchange.closes && !said("close") && (!exchange.is_http10 || said("keep-alive")) && is_delimited
}

#[test]
fn p8_the_decision_to_keep_the_connection() {
    let asks = [None, Some("close"), Some("keep-alive"), Some("keep-alive, close"), Some("x-other")];
    let mut kept = 0;
    for (place, asks) in asks.into_iter().enumerate() {
        for bits in 0..32_u32 {
            let is = |bit: u32| bits & 1 << bit != 0;
            let exchange = Exchange {
                method: if is(0) { Method::HEAD } else { Method::GET },
                is_http10: is(1),
                asks,
                closes: is(2),
                response: Content { pieces: vec![b"ab".to_vec()], is_known: is(3), trailer: None },
                status: if is(4) { 404 } else { 200 },
                ..Exchange::get()
            };
            let expected = persists(&exchange);
            kept += usize::from(expected);
            let exchanges = vec![exchange];
            let seen =
                converse(&Script { exchanges: exchanges.clone(), pipelined: 1, seed: u64::from(bits) + place as u64 });
            assert_told(&exchanges, &seen);
            assert_eq!((seen.is_reusable, seen.is_waiting), (expected, expected), "{exchanges:?} {:?}", seen.reasons);
        }
    }
    // By hand: HTTP/1.1 without close, 8 each of three; HTTP/1.0 with keep-alive, 6 of 8.
    assert_eq!(kept, 3 * 8 + 6, "the table has both outcomes");
}
