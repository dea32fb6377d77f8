//! RFC 9110 15: status codes as a client reads them, and what a server has to say with some of them.

use basehttp_proto::{ErrorKind, StatusClass, StatusCode, UsageError};
use basehttp_tests::client_split::{Seen, Talk, request};

use crate::OK;

#[test]
fn c9110_15_1_a_status_that_nobody_knows_has_the_class_of_its_first_digit() {
    for (code, class) in [
        (199, StatusClass::Informational),
        (299, StatusClass::Successful),
        (399, StatusClass::Redirection),
        (499, StatusClass::ClientError),
        (599, StatusClass::ServerError),
    ] {
        assert_eq!(StatusCode::new(code).unwrap().class(), class);
        let answer = format!("HTTP/1.1 {code} X\r\n{}", if code < 200 { "\r\n" } else { "Content-Length: 0\r\n\r\n" });
        let heard = Talk::new("GET", "/", answer).check();
        assert_eq!(heard.statuses(), [code]);
        // An informational one is no answer, any other is a complete one.
        assert_eq!(heard.ends(), usize::from(code >= 200), "{code}");
    }
}

#[test]
fn c9110_15_2_an_invalid_status_is_a_server_error() {
    for code in [600, 999] {
        let heard = Talk::new("GET", "/", format!("HTTP/1.1 {code} X\r\nContent-Length: 0\r\n\r\n")).check();
        assert_eq!((heard.statuses(), heard.ends()), (vec![code], 1));
        let status = StatusCode::new(code).unwrap();
        assert!(status.is_error() && !status.is_informational());
        assert_eq!(status.class(), StatusClass::Unregistered);
    }
    for code in ["099", "000", "20", "2000", "2x0"] {
        let heard = Talk::new("GET", "/", format!("HTTP/1.1 {code} X\r\nContent-Length: 0\r\n\r\n")).check();
        assert_eq!(heard.error().map(|error| error.kind), Some(ErrorKind::StatusLine), "{code}");
    }
}

#[test]
fn c9110_15_2_2_informational_responses_come_before_the_final_one() {
    let early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 199 X\r\n\r\n";
    let heard = Talk::new("GET", "/1", format!("{early}{OK}")).then(request("GET", "/2"), OK).check();
    assert_eq!(heard.statuses(), [100, 103, 199, 200, 200]);
    assert_eq!((heard.ends(), heard.contents().len()), (2, 2));
    let many = "HTTP/1.1 102 X\r\n\r\n".repeat(8);
    assert_eq!(Talk::new("GET", "/", format!("{many}{OK}")).check().ends(), 1);
}

#[test]
fn c9110_15_2_2_1_a_101_names_its_protocol() {
    let upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    let mut connection = crate::asked(upgrade);
    let unnamed = basehttp_proto::ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(connection.send_switch(&unnamed), Err(UsageError::SwitchNotAsked));
    connection.send_switch(&unnamed.field("Upgrade", "x").unwrap()).unwrap();
    assert!(crate::answered(&mut connection).contains("\r\nUpgrade: x\r\n"));
}

#[test]
fn c9110_15_3_7_1_a_client_is_told_which_part_a_206_holds() {
    let fields = "Content-Range: bytes 1-2/4\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n";
    let heard = Talk::new("GET", "/", format!("HTTP/1.1 206 Partial Content\r\n{fields}\r\nhi")).check();
    let head = heard.responses().next().expect("a response");
    assert_eq!((head.status, head.value("content-range")), (206, Some(&b"bytes 1-2/4"[..])));
    assert_eq!(heard.events.iter().filter(|seen| matches!(seen, Seen::Body(_))).count(), 1);
}

#[test]
fn c9110_5_1_2_fields_that_nobody_knows_change_nothing() {
    let fields = "X-Odd: close\r\nConnection-X: close\r\nContent-Lengths: 9\r\nUpgrades: x\r\n";
    let heard = Talk::new("GET", "/", format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 2\r\n\r\nhi")).check();
    assert_eq!((heard.contents(), heard.is_reusable), (vec![&b"hi"[..]], true));
}
