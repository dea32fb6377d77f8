//! Exchanges of every kind, each with segments of several sizes.

use basehttp_proto::{CloseReason, Method};
use basehttp_tests::duplex::{Content, Exchange, Script, WINDOW, converse};

use super::{assert_told, chunked, hold, known};

#[test]
fn get_and_head_and_post() {
    let post =
        Exchange { method: Method::POST, request: known(&["a", "", "bc"]), response: known(&["d"]), ..Exchange::get() };
    let head = Exchange { method: Method::HEAD, response: known(&["not sent"]), ..Exchange::get() };
    let get = Exchange { response: known(&["hello"]), ..Exchange::get() };
    let exchanges = [get.clone(), head, post, get];
    hold(&exchanges, |seen| {
        assert_told(&exchanges, seen);
        assert!(seen.is_reusable && seen.is_waiting);
    });
}

#[test]
fn chunks_and_trailers_both_ways() {
    let exchange = Exchange {
        method: Method::POST,
        request: chunked(&["a", "bcd", "0\r\n\r\n"], Some("up")),
        response: chunked(&["x", "", "yz"], Some("down")),
        ..Exchange::get()
    };
    let exchanges = [exchange.clone(), exchange];
    hold(&exchanges, |seen| {
        assert_told(&exchanges, seen);
        assert!(seen.is_reusable && seen.is_waiting);
    });
}

#[test]
fn statuses_without_content() {
    let exchanges: Vec<Exchange> = [204, 205, 304].map(|status| Exchange { status, ..Exchange::get() }).into();
    hold(&exchanges, |seen| {
        assert_told(&exchanges, seen);
        assert!(seen.is_reusable && seen.is_waiting);
    });
}

#[test]
fn an_expectation_that_is_met_and_one_that_the_server_ignores() {
    for proceeds in [true, false] {
        let exchange = Exchange {
            method: Method::PUT,
            request: chunked(&["abc"], None),
            expect: Some(proceeds),
            response: known(&["ok"]),
            ..Exchange::get()
        };
        let exchanges = [exchange, Exchange::get()];
        hold(&exchanges, |seen| {
            assert_told(&exchanges, seen);
            assert!(seen.is_reusable && seen.is_waiting);
        });
    }
}

#[test]
fn an_expectation_that_is_refused() {
    let exchange = Exchange {
        method: Method::PUT,
        request: known(&["abc"]),
        expect: Some(false),
        is_early: true,
        status: 403,
        ..Exchange::get()
    };
    hold(&[exchange], |seen| {
        assert_eq!((seen.responses[0].start.as_str(), seen.responses[0].is_complete), ("403", true));
        assert!(seen.requests[0].content.is_empty() && !seen.requests[0].is_complete, "the content is held back");
        assert!(!seen.is_reusable && !seen.is_waiting);
        assert_eq!(seen.faults, (None, None));
    });
}

#[test]
fn informational_responses_come_before_the_final_one() {
    let exchanges: Vec<Exchange> = [0, 1, 8].map(|interim| Exchange { interim, ..Exchange::get() }).into();
    hold(&exchanges, |seen| {
        assert_told(&exchanges, seen);
        assert!(seen.is_reusable && seen.is_waiting);
    });
}

#[test]
fn upgrade_and_connect_hand_over_every_octet() {
    for (method, status, kind) in [(Method::GET, 101, "upgrade"), (Method::CONNECT, 200, "connect")] {
        for (up, down) in [("client hello", "HTTP/1.1 200 OK\r\n\r\n"), ("", "x"), ("x", ""), ("", "")] {
            let tunnel = Some((up.as_bytes().to_vec(), down.as_bytes().to_vec()));
            let exchanges = [Exchange::get(), Exchange { method, status, tunnel, ..Exchange::get() }];
            hold(&exchanges, |seen| {
                assert_told(&exchanges, seen);
                assert_eq!(seen.tunneled, (up.as_bytes().to_vec(), down.as_bytes().to_vec()), "{kind}");
                assert!(!seen.is_reusable && !seen.is_waiting);
            });
        }
    }
}

#[test]
fn http_1_0_with_and_without_keep_alive() {
    let old = Exchange { is_http10: true, response: known(&["ok"]), ..Exchange::get() };
    let kept = Exchange { asks: Some("keep-alive"), ..old.clone() };
    let exchanges = [kept.clone(), kept, old];
    hold(&exchanges, |seen| {
        assert_told(&exchanges, seen);
        assert!(!seen.is_reusable && !seen.is_waiting);
        assert_eq!(seen.reasons, (Some(CloseReason::Http10), Some(CloseReason::PeerAsked)));
    });
}

#[test]
fn content_until_the_end_of_the_connection() {
    let exchanges = [Exchange {
        is_http10: true,
        asks: Some("keep-alive"),
        response: chunked(&["hel", "lo"], None),
        ..Exchange::get()
    }];
    hold(&exchanges, |seen| {
        assert_told(&exchanges, seen);
        assert!(!seen.is_reusable && !seen.is_waiting);
        assert_eq!(seen.reasons.0, Some(CloseReason::UntilClose));
    });
}

#[test]
fn pipelined_responses_come_in_order() {
    let exchanges: Vec<Exchange> = (0..10)
        .map(|n| Exchange {
            method: if n % 3 == 0 { Method::HEAD } else { Method::GET },
            interim: n % 2,
            response: if n % 2 == 0 { known(&[&n.to_string()]) } else { chunked(&[&n.to_string()], None) },
            ..Exchange::get()
        })
        .collect();
    for pipelined in [2, 3, 100] {
        for seed in 0..16 {
            let seen = converse(&Script { exchanges: exchanges.clone(), pipelined, seed });
            assert_told(&exchanges, &seen);
            assert!(seen.is_reusable && seen.is_waiting);
        }
    }
}

#[test]
fn an_early_answer_to_content_that_is_worth_draining_keeps_the_connection() {
    let exchange = Exchange {
        method: Method::POST,
        request: known(&[&"x".repeat(50_000), &"y".repeat(50_000)]),
        is_early: true,
        status: 422,
        response: known(&["no"]),
        ..Exchange::get()
    };
    let exchanges = [exchange, Exchange::get()];
    hold(&exchanges, |seen| {
        assert_eq!(seen.responses, exchanges.iter().map(super::response_of).collect::<Vec<_>>());
        assert!(seen.is_reusable && seen.is_waiting);
    });
}

#[test]
fn an_early_answer_to_content_that_is_not_worth_draining_closes_and_is_heard() {
    for request in [known(&[&"x".repeat(300_000)]), chunked(&["x"], None)] {
        let exchange = Exchange {
            method: Method::POST,
            request,
            is_early: true,
            status: 413,
            response: known(&["no"]),
            ..Exchange::get()
        };
        hold(std::slice::from_ref(&exchange), |seen| {
            assert_eq!(seen.responses, [super::response_of(&exchange)]);
            assert!(!seen.is_reusable && !seen.is_waiting);
            assert_eq!(seen.reasons, (Some(CloseReason::UnreadContent), Some(CloseReason::PeerAsked)));
        });
    }
}

/// P20: what waits to be sent is what the caller put there, and the server takes in no request meanwhile.
#[test]
fn p20_a_peer_that_reads_slowly_holds_the_sender_back() {
    let pieces = || Content { pieces: vec![vec![b'x'; 10_000]; 100], is_known: false, trailer: None };
    let exchange = Exchange { method: Method::PUT, request: pieces(), response: pieces(), ..Exchange::get() };
    let exchanges = [exchange, Exchange::get()];
    for seed in 0..4 {
        let seen = converse(&super::script(exchanges.to_vec(), seed));
        assert_told(&exchanges, &seen);
        assert!(seen.backlog <= WINDOW + 10_000 + 200, "{}", seen.backlog);
        assert!(seen.backlog >= WINDOW, "it was full at times: {}", seen.backlog);
    }
}
