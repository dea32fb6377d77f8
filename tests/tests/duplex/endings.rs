//! How conversations end: by a stop of either side, and by deadlines.

use std::time::Duration;

use basehttp_proto::{
    BodyLength, CloseReason, Config, ErrorKind, Fields, ResponseHead, State, StatusCode, client, server,
};
use basehttp_tests::client_split::request;
use basehttp_tests::duplex::Pair;

fn pair(seed: u64) -> Pair {
    Pair::new(Config::client(), Config::default(), seed)
}

/// Lets octets travel until the server is told of something.
fn serve(pair: &mut Pair) -> server::Event {
    loop {
        if let Some(event) = pair.server.poll_event().expect("no fault") {
            return event;
        }
        let moves = pair.travel();
        assert!(pair.time(!moves) || moves, "nothing comes");
    }
}

/// Lets octets travel until the client is told of something.
fn hear(pair: &mut Pair) -> client::Event {
    loop {
        if let Some(event) = pair.client.poll_event().expect("no fault") {
            return event;
        }
        let moves = pair.travel();
        assert!(pair.time(!moves) || moves, "nothing comes");
    }
}

fn ok() -> ResponseHead {
    ResponseHead::new(StatusCode::OK)
}

#[test]
fn a_server_that_stops_answers_what_it_has_and_says_that_it_closes() {
    for seed in 0..16 {
        let mut pair = pair(seed);
        pair.client.request(&request("GET", "/"), "").unwrap();
        assert!(matches!(serve(&mut pair), server::Event::Request(_)));
        pair.server.shutdown();
        assert!(matches!(serve(&mut pair), server::Event::End(_)));
        pair.server.respond(&ok(), "bye").unwrap();
        let client::Event::Response(head) = hear(&mut pair) else { panic!() };
        assert_eq!(head.fields().get("connection"), Some(&b"close"[..]));
        let mut content = Vec::new();
        while let client::Event::Body(octets) = hear(&mut pair) {
            content.extend_from_slice(&octets);
        }
        assert_eq!(content, b"bye");
        assert!(matches!(hear(&mut pair), client::Event::Closed));
        assert_eq!(pair.server.close_reason(), Some(CloseReason::Shutdown));
        assert_eq!(pair.client.close_reason(), Some(CloseReason::PeerAsked));
        assert!(matches!(serve(&mut pair), server::Event::Shutdown));
    }
}

#[test]
fn a_server_that_stops_while_idle_closes_and_the_client_notices() {
    for seed in 0..16 {
        let mut pair = pair(seed);
        pair.server.shutdown();
        // The client has sent nothing, so that it need not be listened to.
        assert!(matches!(serve(&mut pair), server::Event::Closed));
        pair.server_ends(false);
        assert!(matches!(hear(&mut pair), client::Event::Closed));
        assert_eq!(pair.client.close_reason(), Some(CloseReason::PeerClosed));
    }
}

#[test]
fn a_client_that_stops_still_gets_its_answer() {
    for seed in 0..16 {
        let mut pair = pair(seed);
        pair.client.request(&request("GET", "/"), "").unwrap();
        pair.client.shutdown();
        assert!(matches!(serve(&mut pair), server::Event::Request(_)));
        assert!(matches!(serve(&mut pair), server::Event::End(_)));
        pair.server.respond(&ok(), "").unwrap();
        assert!(matches!(hear(&mut pair), client::Event::Response(_)));
        assert!(matches!(hear(&mut pair), client::Event::End(_)));
        assert!(matches!(hear(&mut pair), client::Event::Closed));
        assert_eq!(pair.client.close_reason(), Some(CloseReason::Shutdown));
    }
}

#[test]
fn a_server_that_does_not_answer_in_time_is_a_fault_of_the_client() {
    for seed in 0..16 {
        let mut pair = pair(seed);
        pair.client.request(&request("GET", "/"), "").unwrap();
        assert!(matches!(serve(&mut pair), server::Event::Request(_)));
        assert!(matches!(serve(&mut pair), server::Event::End(_)));
        let asked = pair.now;
        let error = loop {
            match pair.client.poll_event() {
                Ok(None) => {
                    let moves = pair.travel();
                    assert!(pair.time(!moves) || moves);
                }
                Ok(event) => panic!("{event:?}"),
                Err(error) => break error,
            }
        };
        assert_eq!((error.kind(), error.offset()), (ErrorKind::ResponseTimeout, 0));
        assert!(pair.now > asked + Duration::from_secs(29) && pair.now <= asked + Duration::from_secs(30));
        assert_eq!((pair.server.state(), pair.client.is_retriable()), (State::Waiting, true));
    }
}

/// The content stops; the server says 408 and closes, and the client hears it although it is still sending.
#[test]
fn a_client_that_stops_sending_is_told_so() {
    for seed in 0..16 {
        let mut pair = pair(seed);
        pair.client.send_request(&request("POST", "/"), BodyLength::Known(1000)).unwrap();
        pair.client.send_body("begun").unwrap();
        assert!(matches!(serve(&mut pair), server::Event::Request(_)));
        let error = loop {
            match pair.server.poll_event() {
                Ok(None) => {
                    let moves = pair.travel();
                    assert!(pair.time(!moves) || moves);
                }
                Ok(event) => assert!(matches!(event, Some(server::Event::Body(_))), "{event:?}"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::ContentTimeout);
        pair.server.send_error(&error).unwrap();
        let client::Event::Response(head) = hear(&mut pair) else { panic!() };
        assert_eq!(head.status().as_u16(), 408);
        while !matches!(hear(&mut pair), client::Event::Closed) {}
        assert_eq!(pair.client.close_reason(), Some(CloseReason::PeerAsked));
        assert!(pair.client.finish(&Fields::new()).is_err(), "there is nobody to send it to");
    }
}

/// The response stops in its middle: what has come is not taken for the whole.
#[test]
fn a_response_that_is_given_up_is_incomplete_for_the_client() {
    for (length, sends) in [(BodyLength::Known(10), "abc"), (BodyLength::Unknown, "abc")] {
        for seed in 0..16 {
            let mut pair = pair(seed);
            pair.client.request(&request("GET", "/"), "").unwrap();
            assert!(matches!(serve(&mut pair), server::Event::Request(_)));
            assert!(matches!(serve(&mut pair), server::Event::End(_)));
            pair.server.send_response(&ok(), length).unwrap();
            pair.server.send_body(sends).unwrap();
            assert!(matches!(hear(&mut pair), client::Event::Response(_)));
            while !pair.server.transmit().is_empty() {
                pair.travel();
            }
            pair.server.abort();
            pair.server_ends(true);
            let mut content = Vec::new();
            let error = loop {
                match pair.client.poll_event() {
                    Ok(None) => assert!(pair.travel(), "the end travels too"),
                    Ok(Some(client::Event::Body(octets))) => content.extend_from_slice(&octets),
                    Ok(event) => panic!("{event:?}"),
                    Err(error) => break error,
                }
            };
            assert_eq!((content.as_slice(), error.kind()), (sends.as_bytes(), ErrorKind::Incomplete));
            assert!(!pair.client.is_reusable() && !pair.client.is_retriable());
        }
    }
}
