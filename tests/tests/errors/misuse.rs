//! What a caller is refused before anything is sent: names, phrases and sizes that cannot be.

use basehttp_proto::{Fields, Method, ResponseHead, StatusCode, UsageError};

#[test]
fn a_method_is_a_token_of_at_most_32_octets() {
    for method in ["", " ", "GE T", "G\r\nX", "G\u{e9}T", "a(b", &"M".repeat(33)] {
        assert_eq!(Method::new(method), Err(UsageError::Method), "{method:?}");
    }
    assert_eq!(Method::new("M".repeat(32)).map(|method| method.to_string()), Ok("M".repeat(32)));
}

#[test]
fn a_reason_holds_no_control_octets_but_htab() {
    for reason in ["a\rb", "a\nb", "a\r\nX: y", "\0", "\u{7f}", "\u{1b}"] {
        assert_eq!(ResponseHead::new(StatusCode::OK).reason(reason), Err(UsageError::Reason), "{reason:?}");
    }
    let head = ResponseHead::new(StatusCode::OK).reason("a\tb \u{e9}").unwrap();
    assert_eq!(head.reason_phrase(), "a\tb \u{e9}".as_bytes());
}

#[test]
fn fields_have_a_size_that_they_do_not_grow_beyond() {
    let mut fields = Fields::new();
    let value = vec![b'x'; 8 << 20];
    fields.append("A", &value).unwrap();
    assert_eq!(fields.append("B", &value), Err(UsageError::FieldsTooLarge));
    assert_eq!((fields.len(), fields.contains("B")), (1, false), "nothing was added");
    fields.append("C", "small").unwrap();
    assert_eq!(fields.len(), 2);
}
