//! Waiting after nobody could be taken.

use std::io;
use std::time::{Duration, Instant};

use basehttp_transport::{AcceptPause, is_passing};

#[test]
fn pauses_grow_up_to_a_second_and_are_told_of_once() {
    let mut pause = AcceptPause::default();
    let start = Instant::now();
    let mut next = || pause.begin(start);
    assert_eq!(next(), (Duration::from_millis(100), true));
    assert_eq!(next(), (Duration::from_millis(200), false));
    assert_eq!(next(), (Duration::from_millis(400), false));
    assert_eq!(next(), (Duration::from_millis(800), false));
    assert_eq!(next(), (Duration::from_secs(1), false));
    assert_eq!(next(), (Duration::from_secs(1), false));
    // Those who come and go end many pauses, and are told of seldom.
    for (seconds, is_told) in [(0, false), (9, false), (10, true), (19, false), (20, true)] {
        pause.end();
        let pause = pause.begin(start + Duration::from_secs(seconds));
        assert_eq!(pause, (Duration::from_millis(100), is_told), "after {seconds} s");
    }
}

#[test]
fn what_is_wrong_with_one_connection_is_no_reason_to_wait() {
    assert!(is_passing(&io::ErrorKind::ConnectionAborted.into()));
    // EMFILE, which has no kind.
    assert!(!is_passing(&io::Error::from_raw_os_error(24)));
}
