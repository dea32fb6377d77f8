//! Rest stops no clock.

use std::time::Duration;

use basehttp_proto::server::{Connection, Resting};
use basehttp_proto::{CloseReason, Config, State};

use super::{GET, after_one_exchange, assert_silent, connection, exchange, secs};

/// The connection after a rest, in another that has a past of its own.
fn rested(connection: &Connection) -> Connection {
    let mut resting = Resting::new(Config::default());
    assert!(resting.keep(connection));
    let mut other = after_one_exchange(secs(1));
    assert!(resting.wake_in(&mut other));
    other
}

#[test]
fn a_connection_at_rest_has_the_deadline_that_it_had() {
    let connection = after_one_exchange(secs(100));
    let mut resting = Resting::new(Config::default());
    assert!(resting.keep(&connection));
    assert_eq!(resting.deadline(), Some(secs(115)));
    let mut woken = rested(&connection);
    woken.handle_timeout(secs(114));
    assert_eq!(woken.state(), State::Idle);
    woken.handle_timeout(secs(115));
    assert_silent(&mut woken, CloseReason::Idle);
}

#[test]
fn t45_rest_gives_no_time_for_a_head() {
    let mut first = connection();
    assert_eq!(first.poll_timeout(Duration::ZERO), Some(secs(10)));
    let mut woken = rested(&first);
    woken.recv(b"G").unwrap();
    assert!(woken.poll_event().unwrap().is_none());
    assert_eq!(woken.poll_timeout(secs(9)), Some(secs(10)));
}

#[test]
fn a_connection_grows_old_at_rest() {
    let mut woken = rested(&after_one_exchange(secs(3595)));
    woken.recv(GET).unwrap();
    woken.handle_timeout(secs(3600));
    let output = String::from_utf8(exchange(&mut woken)).unwrap();
    assert!(output.contains("\r\nConnection: close\r\n"), "{output}");
    assert_eq!(woken.close_reason(), Some(CloseReason::Age));
}

#[test]
fn requests_are_counted_over_rests() {
    let mut config = Config::default();
    config.limits.requests = 2;
    let mut connection = Connection::new(config);
    connection.recv(GET).unwrap();
    exchange(&mut connection);
    let mut woken = rested(&connection);
    woken.recv(GET).unwrap();
    exchange(&mut woken);
    assert_eq!(woken.close_reason(), Some(CloseReason::RequestLimit));
}

#[test]
fn what_is_not_idle_cannot_rest() {
    let mut resting = Resting::new(Config::default());
    let mut started = connection();
    started.recv(b"G").unwrap();
    let mut ended = connection();
    ended.recv_eof();
    let mut stopping = after_one_exchange(secs(1));
    stopping.shutdown();
    for mut connection in [started, ended, stopping] {
        assert!(!resting.keep(&connection), "{connection:?}");
        assert!(!resting.wake_in(&mut connection), "{connection:?}");
    }
}
