//! Waiting after nobody could be taken.

use std::io;
use std::time::Duration;

use basehttp_transport::{AcceptPause, is_passing};

#[test]
fn pauses_grow_up_to_a_second_and_are_told_of_once() {
    let mut pause = AcceptPause::default();
    let mut next = || pause.begin();
    assert_eq!(next(), (Duration::from_millis(100), true));
    assert_eq!(next(), (Duration::from_millis(200), false));
    assert_eq!(next(), (Duration::from_millis(400), false));
    assert_eq!(next(), (Duration::from_millis(800), false));
    assert_eq!(next(), (Duration::from_secs(1), false));
    assert_eq!(next(), (Duration::from_secs(1), false));
    pause.end();
    assert_eq!(pause.begin(), (Duration::from_millis(100), true));
}

#[test]
fn what_is_wrong_with_one_connection_is_no_reason_to_wait() {
    assert!(is_passing(&io::ErrorKind::ConnectionAborted.into()));
    // EMFILE, which has no kind.
    assert!(!is_passing(&io::Error::from_raw_os_error(24)));
}
