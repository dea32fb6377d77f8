//! RFC 9110 12.5.1: which form a client likes best.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use basehttp_handler::accept::preferred;
use support::fields;

#[test]
fn table() {
    const OFFERS: [&str; 3] = ["text/html", "text/plain", "application/json"];
    let (html, text, json) = (Some(0), Some(1), Some(2));
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
    let table: &[(&[&str], Option<usize>)] = &[
        (&[], html),
        (&[""], html),
        (&["*/*"], html),
        (&[browser], html),
        (&["application/json"], json),
        (&["application/json, text/plain, */*"], json),
        (&["text/plain, text/html"], text),
        (&["image/png, */*"], html),
        (&["APPLICATION/JSON"], json),
        (&["text/plain"], text),
        (&["text/*"], html),
        (&["text/*, text/html;q=0.5"], text),
        (&["text/html;q=0.5", "application/json;q=0.6"], json),
        (&["text/html;q=0.001, */*;q=0"], html),
        (&["*/*;q=0.1, text/html;q=0"], text),
        (&["text/html;q=0, text/plain;q=0.0, application/json;q=0.000"], None),
        (&["image/png"], None),
        (&["application/json;q=1.000, text/html;q=0.999"], json),
        (&["application/json; charset=utf-8"], json),
        (&["application/json ; Q=0.9 , text/html;q=0.8"], json),
        (&["application/json;q=0.5;ext=1"], json),
        // Not valid, so passed over.
        (&["application/json;q=2"], html),
        (&["application/json;q=1.001"], html),
        (&["application/json;q=0.1234"], html),
        (&["application/json;q="], html),
        (&["application/json;q=-1"], html),
        (&["*/json"], html),
        (&["/"], html),
        (&["json, text/plain"], text),
    ];
    for (values, expected) in table {
        let lines: Vec<_> = values.iter().map(|value| ("Accept", *value)).collect();
        assert_eq!(preferred(&fields(&lines), &OFFERS), *expected, "{values:?}");
    }
    assert_eq!(preferred(&fields(&[]), &[]), None);
}
