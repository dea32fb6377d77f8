//! RFC 9110 5, 12: lists, dates and weights.

use basehttp_handler::dispatch::with_allow;
use basehttp_handler::{Response, accept, date};
use basehttp_proto::{Fields, HttpDate, ListElements, Method, StatusCode};

use crate::{get, written};

fn unix(imf: &str) -> HttpDate {
    date::parse(imf.as_bytes(), HttpDate::from_unix(0)).expect("a date")
}

#[test]
fn c9110_5_6_7_4_a_date_more_than_50_years_ahead_is_of_the_past() {
    let now = unix("Fri, 20 Nov 2026 12:00:00 GMT");
    for (text, expected) in [
        ("Friday, 20-Nov-26 12:00:00 GMT", "Fri, 20 Nov 2026 12:00:00 GMT"),
        ("Friday, 20-Nov-76 12:00:00 GMT", "Fri, 20 Nov 2076 12:00:00 GMT"),
        ("Friday, 20-Nov-76 12:00:01 GMT", "Sat, 20 Nov 1976 12:00:01 GMT"),
        ("Thursday, 31-Dec-76 00:00:00 GMT", "Fri, 31 Dec 1976 00:00:00 GMT"),
        ("Thursday, 01-Jan-76 00:00:00 GMT", "Wed, 01 Jan 2076 00:00:00 GMT"),
        ("Saturday, 01-Jan-77 00:00:00 GMT", "Sat, 01 Jan 1977 00:00:00 GMT"),
        ("Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ] {
        let read = date::parse(text.as_bytes(), now).map(|date| date.to_string());
        assert_eq!(read.as_deref(), Some(expected), "{text}");
    }
    // 50 years after a 29th of February there is none.
    let now = unix("Thu, 29 Feb 2024 00:00:00 GMT");
    for (text, expected) in [
        ("Wednesday, 28-Feb-74 06:34:04 GMT", "Wed, 28 Feb 2074 06:34:04 GMT"),
        ("Friday, 01-Mar-74 00:00:00 GMT", "Fri, 01 Mar 1974 00:00:00 GMT"),
    ] {
        let read = date::parse(text.as_bytes(), now).map(|date| date.to_string());
        assert_eq!(read.as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn c9110_5_6_1_1_1_no_empty_element_is_written() {
    for methods in [&[][..], &[Method::GET], &[Method::GET, Method::GET], &[Method::OPTIONS, Method::POST]] {
        let response = with_allow(Response::new(StatusCode::NO_CONTENT), methods);
        let allow = response.fields().get_str("Allow").expect("Allow").to_owned();
        assert!(allow.split(',').all(|method| Method::new(method.trim()).is_ok()), "{allow}");
    }
}

#[test]
fn c9110_5_6_1_2_1_empty_elements_are_passed_over() {
    for (list, elements) in [
        ("", &[][..]),
        (",", &[]),
        (" , ,\t,", &[]),
        ("a,,b", &["a", "b"]),
        (",a , ,b,", &["a", "b"]),
        ("a,\"b,,c\",", &["a", "\"b,,c\""]),
    ] {
        let found: Vec<&[u8]> = ListElements::new(list.as_bytes()).collect();
        let expected: Vec<&[u8]> = elements.iter().map(|element| element.as_bytes()).collect();
        assert_eq!(found, expected, "{list:?}");
        let mut fields = Fields::new();
        fields.append("X", list).unwrap();
        fields.append("X", ",").unwrap();
        assert_eq!(fields.list("x").count(), elements.len(), "{list:?}");
    }
    let many = ",".repeat(10_000);
    assert_eq!(ListElements::new(many.as_bytes()).count(), 0);
}

#[test]
fn c9110_5_6_3_1_white_space_is_one_space_where_it_is_written_at_all() {
    let output = written(&get(&[("Accept", "  */* ")]), "").unwrap();
    assert_eq!(output, "GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n");
}

#[test]
fn c9110_5_6_4_1_a_quoted_pair_is_the_octet_after_the_backslash() {
    for (list, elements) in [
        (r#""a\"b,c",d"#, &[r#""a\"b,c""#, "d"][..]),
        (r#""a\\",b"#, &[r#""a\\""#, "b"]),
        (r#""\,",b"#, &[r#""\,""#, "b"]),
    ] {
        let found: Vec<&[u8]> = ListElements::new(list.as_bytes()).collect();
        let expected: Vec<&[u8]> = elements.iter().map(|element| element.as_bytes()).collect();
        assert_eq!(found, expected, "{list}");
    }
}

#[test]
fn c9110_12_5_1_2_q_is_the_weight_wherever_it_stands() {
    let prefers = |value: &str| {
        let mut fields = Fields::new();
        fields.append("Accept", value).unwrap();
        accept::preferred(&fields, &["text/html", "text/plain"])
    };
    assert_eq!(prefers("text/html;q=0.1;level=1, text/plain;q=0.2"), Some(1));
    assert_eq!(prefers("text/html;level=1;Q=0.1, text/plain;q=0.2"), Some(1));
    assert_eq!(prefers("text/html;q=0.3;level=1, text/plain;x=y;q=0.2"), Some(0));
}
