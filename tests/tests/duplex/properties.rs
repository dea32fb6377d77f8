//! Properties over conversations: what is sent is what is told, however it travels.

use basehttp_proto::{ErrorKind, Method};
use basehttp_tests::duplex::{Content, Exchange, Outcome, Script, Told, converse};
use proptest::prelude::*;

use super::persistence::persists;
use super::{request_of, response_of};

fn content(may_be_chunked: bool) -> impl Strategy<Value = Content> {
    // What is in it is of no account to the library, but where one piece ends and the next begins has to show.
    let len = prop_oneof![6 => 0..20_usize, 2 => 1000..1100_usize, 1 => 4090..9000_usize];
    let piece = (any::<u8>(), len).prop_map(|(octet, len)| vec![octet; len]);
    let trailer = prop::option::of("[!-~]{1,10}");
    (prop::collection::vec(piece, 0..5), any::<bool>(), trailer).prop_map(move |(pieces, is_known, trailer)| {
        let is_known = is_known || !may_be_chunked;
        Content { pieces, is_known, trailer: trailer.filter(|_| !is_known) }
    })
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let method = prop::sample::select(vec![Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE]);
    let asks = prop_oneof![4 => Just(None), 1 => Just(Some("keep-alive")), 1 => Just(Some("close"))];
    let flags = (prop::bool::weighted(0.1), prop::bool::weighted(0.2), prop::bool::weighted(0.1));
    let expect = prop::option::weighted(0.3, any::<bool>());
    let status = prop::sample::select(vec![200_u16, 201, 204, 205, 304, 404, 500]);
    (method, flags, asks, content(true), expect, 0_u8..4, status, content(true)).prop_map(
        |(method, (is_http10, is_early, closes), asks, mut request, expect, interim, status, mut response)| {
            if is_http10 {
                request = Content { is_known: true, trailer: None, ..request };
                response.trailer = None;
            }
            if [204, 205].contains(&status) {
                response = Content { is_known: true, ..Content::default() };
            }
            let has_content = !request.is_known || request.pieces.iter().any(|piece| !piece.is_empty());
            let interim = if is_http10 { 0 } else { interim };
            let expect = expect.filter(|_| has_content);
            let tunnel = None;
            Exchange { method, is_http10, asks, request, expect, interim, is_early, status, closes, response, tunnel }
        },
    )
}

fn scripts() -> impl Strategy<Value = Script> {
    (prop::collection::vec(exchange(), 1..6), prop::sample::select(vec![1_u32, 1, 2, 5]), any::<u64>())
        .prop_map(|(exchanges, pipelined, seed)| Script { exchanges, pipelined, seed })
}

/// Whether the connection goes on after an exchange; an early answer leaves content that has to be worth draining.
fn goes_on(exchange: &Exchange) -> bool {
    let has_content = exchange.request.pieces.iter().any(|piece| !piece.is_empty());
    let waits = exchange.expect.is_some() && !exchange.is_http10 && has_content;
    let is_left = exchange.is_early && (!exchange.request.is_known || waits);
    let bodiless = exchange.status == 304;
    let as_delimited = Exchange {
        response: Content { is_known: exchange.response.is_known || bodiless, ..exchange.response.clone() },
        ..exchange.clone()
    };
    persists(&as_delimited) && !is_left
}

fn check(script: &Script, seen: &Outcome) {
    let last = script.exchanges.iter().position(|exchange| !goes_on(exchange));
    let answered = last.map_or(script.exchanges.len(), |last| last + 1);

    // A client that has its answer may leave its content unsent, and a server that still writes that answer is told.
    let is_left = last.is_some_and(|last| script.exchanges[last].is_early && seen.requests.len() > last);
    match seen.faults {
        (Some(ErrorKind::Incomplete), None) if is_left => {
            assert!(seen.requests.last().is_some_and(|told| !told.is_complete), "{script:?}");
        }
        faults => assert_eq!(faults, (None, None), "{script:?}"),
    }

    // P6: as many responses as requests that could be answered, in their order.
    let responses: Vec<Told> = script.exchanges[..answered].iter().map(response_of).collect();
    assert_eq!(seen.responses, responses, "{script:?}");
    assert!(seen.asked >= answered && seen.requests.len() == answered, "{script:?}");

    // P7: content delivered is content sent.
    for ((number, exchange), told) in script.exchanges.iter().enumerate().zip(&seen.requests) {
        let sent = request_of(exchange, number);
        if exchange.is_early && !told.is_complete {
            // What comes after the answer is drained, or never sent.
            assert_eq!((&told.start, &told.number), (&sent.start, &sent.number), "{script:?}");
            assert!(sent.content.starts_with(&told.content), "{script:?}");
        } else {
            assert_eq!(told, &sent, "{script:?}");
        }
    }

    // P8: both sides agree on whether the connection goes on, and with the table.
    let expected = last.is_none();
    assert_eq!((seen.is_reusable, seen.is_waiting), (expected, expected), "{script:?}\n{:?}", seen.reasons);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn p6_p7_p8_both_sides_agree(script in scripts()) {
        check(&script, &converse(&script));
    }

    #[test]
    fn the_sizes_of_segments_change_nothing(script in scripts(), other in any::<u64>()) {
        let mut script = script;
        // What of an early answer's request arrives before it is a matter of time.
        script.exchanges.iter_mut().for_each(|exchange| exchange.is_early = false);
        let one = converse(&script);
        script.seed = other;
        let two = converse(&script);
        assert_eq!((one.requests, one.responses), (two.requests, two.responses));
        assert_eq!((one.is_reusable, one.is_waiting), (two.is_reusable, two.is_waiting));
    }
}

/// The client has the whole of a 304 when its head has come, and closes; the server's caller is not done with it yet.
#[test]
fn a_server_that_still_answers_is_told_that_the_content_is_incomplete() {
    let exchange = Exchange {
        request: Content { is_known: false, pieces: vec![Vec::new(), vec![0; 1000]], trailer: None },
        expect: Some(false),
        is_early: true,
        status: 304,
        response: Content { is_known: false, pieces: vec![Vec::new(); 4], trailer: None },
        ..Exchange::get()
    };
    let script = Script { exchanges: vec![exchange], pipelined: 1, seed: 4_443_077_839_091_082_261 };
    let seen = converse(&script);
    assert_eq!(seen.faults, (Some(ErrorKind::Incomplete), None));
    check(&script, &seen);
}
