//! Heads, idle connections and content.

use std::time::Duration;

use basehttp_proto::server::Event;
use basehttp_proto::{BodyLength, CloseReason, ErrorKind, Fields, State};
use basehttp_tests::random::Random;

use super::{
    GET, after_one_exchange, assert_408, assert_silent, connection, event, exchange, ms, ok, receiving, secs, write,
};

// The head.

/// P9: no schedule of arrivals moves the deadline of a head.
#[test]
fn t45_the_deadline_of_a_head_is_absolute_for_every_schedule() {
    let mut random = Random::new(45);
    for schedule in 0..200 {
        let mut connection = connection();
        assert_eq!(connection.poll_timeout(Duration::ZERO), Some(secs(10)));
        let mut now = Duration::ZERO;
        let mut input = b"GET / HTTP/1.1\r\nHost: a\r\nX: ".iter().chain(std::iter::repeat(&b'x')).copied();
        loop {
            // Schedule 0 is one octet a second.
            let (wait, octets) =
                if schedule == 0 { (1000, 1) } else { (random.below(3000) as u64, 1 + random.below(40)) };
            now += ms(wait);
            if now >= secs(10) {
                break;
            }
            let octets: Vec<u8> = input.by_ref().take(octets).collect();
            connection.recv(&octets).unwrap();
            connection.handle_timeout(now);
            assert!(event(&mut connection).is_none());
            assert_eq!(connection.poll_timeout(now), Some(secs(10)), "schedule {schedule} at {now:?}");
        }
        connection.handle_timeout(ms(9_999));
        assert_eq!(connection.state(), State::Idle);
        connection.handle_timeout(secs(10));
        if connection.state() == State::Failed {
            assert_408(&mut connection, ErrorKind::HeadTimeout);
        } else {
            assert_silent(&mut connection, CloseReason::Idle);
        }
    }
}

#[test]
fn t45_a_first_head_of_which_nothing_came_ends_in_silence() {
    let mut connection = connection();
    assert_eq!(connection.poll_timeout(Duration::ZERO), Some(secs(10)));
    connection.handle_timeout(ms(9_999));
    assert_eq!(connection.state(), State::Idle);
    connection.handle_timeout(secs(10));
    assert_silent(&mut connection, CloseReason::Idle);
}

#[test]
fn t45_a_head_of_which_one_octet_came_is_answered() {
    let mut connection = connection();
    connection.poll_timeout(Duration::ZERO);
    connection.recv(b"G").unwrap();
    assert!(event(&mut connection).is_none());
    connection.poll_timeout(secs(9));
    connection.handle_timeout(secs(10));
    assert_408(&mut connection, ErrorKind::HeadTimeout);
    assert!(matches!(connection.poll_event(), Ok(Some(Event::Shutdown))));
}

#[test]
fn t55_empty_lines_start_the_deadline_of_a_head_but_are_no_request_to_answer() {
    let mut connection = after_one_exchange(secs(1));
    connection.recv(b"\r\n").unwrap();
    assert!(event(&mut connection).is_none());
    assert_eq!(connection.poll_timeout(secs(2)), Some(secs(12)));
    connection.recv(b"\r\n").unwrap();
    assert!(event(&mut connection).is_none());
    assert_eq!(connection.poll_timeout(secs(9)), Some(secs(12)));
    connection.handle_timeout(secs(12));
    assert_silent(&mut connection, CloseReason::Idle);
}

#[test]
fn t45_the_head_of_a_later_request_has_its_time_from_its_first_octet() {
    let mut connection = after_one_exchange(secs(1));
    assert_eq!(connection.poll_timeout(secs(1)), Some(secs(16)), "idle");
    connection.recv(b"G").unwrap();
    assert!(event(&mut connection).is_none());
    assert_eq!(connection.poll_timeout(secs(15)), Some(secs(25)));
    connection.recv(b"E").unwrap();
    assert!(event(&mut connection).is_none());
    assert_eq!(connection.poll_timeout(secs(24)), Some(secs(25)));
    connection.handle_timeout(secs(25));
    assert_408(&mut connection, ErrorKind::HeadTimeout);
}

#[test]
fn t45_each_head_has_its_own_time() {
    let mut connection = connection();
    for request in 0..20 {
        let start = secs(request * 9);
        connection.recv(b"GET / ").unwrap();
        assert!(event(&mut connection).is_none());
        assert_eq!(connection.poll_timeout(start), Some(start + secs(10)));
        connection.handle_timeout(start + secs(8));
        connection.recv(b"HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        exchange(&mut connection);
        assert_eq!(connection.state(), State::Idle);
    }
}

#[test]
fn t45_the_caller_being_away_does_not_give_a_head_more_time() {
    let mut connection = connection();
    connection.poll_timeout(Duration::ZERO);
    connection.recv(b"GET").unwrap();
    assert!(event(&mut connection).is_none());
    assert_eq!(connection.poll_timeout(secs(60)), Some(secs(10)));
    connection.handle_timeout(secs(60));
    assert_408(&mut connection, ErrorKind::HeadTimeout);
}

// Idle.

#[test]
fn t48_an_idle_connection_closes_in_silence() {
    let mut connection = after_one_exchange(secs(1));
    assert_eq!(connection.poll_timeout(secs(5)), Some(secs(16)), "asking again changes nothing");
    connection.handle_timeout(ms(15_999));
    assert_eq!(connection.state(), State::Idle);
    connection.handle_timeout(secs(16));
    assert_silent(&mut connection, CloseReason::Idle);
}

#[test]
fn t48_the_idle_time_starts_anew_after_each_exchange() {
    let mut connection = after_one_exchange(secs(1));
    connection.recv(GET).unwrap();
    exchange(&mut connection);
    assert_eq!(connection.poll_timeout(secs(14)), Some(secs(29)));
}

// Content.

#[test]
fn t46_content_of_which_nothing_comes() {
    let mut connection = receiving(100);
    assert_eq!(connection.poll_timeout(Duration::ZERO), Some(secs(10)), "the rate is asked for after 10 s");
    connection.handle_timeout(secs(10));
    assert_408(&mut connection, ErrorKind::ContentTimeout);
}

#[test]
fn t46_one_octet_a_second_is_cut_soon_after_the_grace() {
    let mut connection = receiving(10_000_000);
    let mut now = Duration::ZERO;
    while connection.state() == State::Requesting {
        now += secs(1);
        assert!(now <= secs(11), "still there");
        connection.recv(b"x").unwrap();
        assert!(event(&mut connection).is_none());
        connection.handle_timeout(now);
        connection.poll_timeout(now);
    }
    assert_408(&mut connection, ErrorKind::ContentTimeout);
}

#[test]
fn t46_six_hundred_octets_a_second_pass() {
    let mut connection = receiving(10_000_000);
    for second in 1..=1200 {
        connection.recv(&[b'x'; 600]).unwrap();
        assert!(event(&mut connection).is_none());
        connection.handle_timeout(secs(second));
        connection.poll_timeout(secs(second));
        assert_eq!(connection.state(), State::Requesting, "at {second} s");
    }
}

#[test]
fn t46_four_hundred_octets_a_second_are_cut_in_the_end() {
    let mut connection = receiving(10_000_000);
    let cut = (1..=600).find(|&second| {
        connection.recv(&[b'x'; 400]).unwrap();
        assert!(event(&mut connection).is_none());
        connection.handle_timeout(secs(second));
        connection.poll_timeout(secs(second));
        connection.state() != State::Requesting
    });
    // They fall behind 500 a second by 100 a second, which uses up the 10 s in 50 s at most.
    assert!(cut.is_some_and(|cut| (45..=50).contains(&cut)), "{cut:?}");
}

#[test]
fn t46_fast_content_that_stops() {
    let mut connection = receiving(10_000_000);
    connection.recv(&[b'x'; 1_000_000]).unwrap();
    assert!(event(&mut connection).is_none());
    assert_eq!(connection.poll_timeout(secs(1)), Some(secs(31)), "30 s without any");
    connection.handle_timeout(secs(31));
    assert_408(&mut connection, ErrorKind::ContentTimeout);
}

#[test]
fn t46_the_caller_being_away_is_not_the_fault_of_the_peer() {
    let mut connection = receiving(100);
    // The caller was busy for a minute: what the peer sent meanwhile has not been read yet.
    assert_eq!(connection.poll_timeout(secs(60)), Some(secs(70)));
    connection.handle_timeout(secs(60));
    assert_eq!(connection.state(), State::Requesting);
    connection.recv(&[b'x'; 100]).unwrap();
    assert!(matches!(event(&mut connection), Some(Event::End(_))));
    assert_eq!(connection.poll_timeout(secs(61)), None, "nothing of the peer is waited for");
}

#[test]
fn t46_time_that_the_caller_needed_puts_the_deadline_off() {
    let mut connection = receiving(100);
    // The deadline is at 10 s, of which the caller was away for 6.
    connection.put_off(secs(2), secs(8));
    connection.handle_timeout(secs(10));
    assert_eq!(connection.poll_timeout(secs(10)), Some(secs(16)));
    connection.handle_timeout(secs(16));
    assert_408(&mut connection, ErrorKind::ContentTimeout);
}

#[test]
fn t45_no_time_that_the_caller_needed_puts_the_deadline_of_a_head_off() {
    let mut connection = connection();
    connection.recv(b"G").unwrap();
    assert_eq!(connection.poll_timeout(Duration::ZERO), Some(secs(10)));
    connection.put_off(secs(2), secs(8));
    assert_eq!(connection.poll_timeout(secs(8)), Some(secs(10)));
}

#[test]
fn t46_a_timeout_after_the_response_began_is_told_once() {
    let mut connection = receiving(100);
    connection.send_response(&ok(), BodyLength::Unknown).unwrap();
    write(&mut connection);
    assert_eq!(connection.state(), State::Duplex);
    connection.handle_timeout(secs(10));
    let error = connection.poll_event().expect_err("whoever waits for the content has to learn that none will come");
    assert_eq!(error.kind(), ErrorKind::ContentTimeout);
    assert!(matches!(connection.poll_event(), Ok(None)), "and once is enough");
    connection.finish(&Fields::new()).unwrap();
    write(&mut connection);
    assert!(matches!(connection.poll_event(), Ok(Some(Event::Shutdown))));
}

#[test]
fn t46_content_that_is_drained_has_the_same_deadline() {
    let mut connection = receiving(100);
    connection.respond(&ok(), "x").unwrap();
    write(&mut connection);
    assert!(event(&mut connection).is_none());
    assert_eq!(connection.state(), State::Answered);
    assert_eq!(connection.poll_timeout(secs(1)), Some(secs(10)));
    connection.handle_timeout(secs(10));
    assert!(matches!(connection.poll_event(), Ok(Some(Event::Shutdown))));
    assert_eq!(connection.close_reason(), Some(CloseReason::Fault(ErrorKind::ContentTimeout)));
}
