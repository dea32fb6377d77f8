//! Error pages: in the form that the client likes, and never anything but text of ours.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use basehttp_handler::ErrorText;
use basehttp_handler::error_page::{DefaultPages, ErrorPage, ErrorPages, Template};
use basehttp_handler::explanation::explanation;
use basehttp_handler::page::vary_by_accept;
use basehttp_proto::StatusCode;
use support::fields;

fn render(pages: &impl ErrorPages, page: &ErrorPage<'_>, accept: Option<&str>) -> (String, String) {
    let fields = accept.map(|accept| fields(&[("Accept", accept)]));
    let (content_type, content) = pages.render(page, fields.as_ref());
    (content_type.into_owned(), String::from_utf8(content.to_vec()).unwrap())
}

#[test]
fn the_form_follows_accept() {
    let text = ErrorText::default();
    let page = ErrorPage::new(StatusCode::NOT_FOUND, &text);
    let (html, plain, json) = ("text/html; charset=utf-8", "text/plain; charset=utf-8", "application/json");
    for (accept, expected) in [
        (None, html),
        (Some("*/*"), html),
        (Some("text/html,application/xhtml+xml,*/*;q=0.8"), html),
        (Some("text/plain"), plain),
        (Some("application/json"), json),
        (Some("application/json;q=0.1, text/plain;q=0.2"), plain),
        (Some("image/png"), html),
    ] {
        let (content_type, content) = render(&DefaultPages, &page, accept);
        assert_eq!(content_type, expected, "{accept:?}");
        for part in ["404", "Not Found", explanation(StatusCode::NOT_FOUND)] {
            assert!(content.contains(part), "{accept:?}: {content}");
        }
    }
    assert_eq!(
        render(&DefaultPages, &page, Some("text/plain")).1,
        "404 Not Found\n\nThere is nothing at this address. It may be mistyped, or what was here has moved.\n"
    );
    assert_eq!(
        render(&DefaultPages, &page, Some("application/json")).1,
        "{\"status\":404,\"message\":\"Not Found\",\"explain\":\"There is nothing at this address. It may be mistyped, or what was here has moved.\"}\n"
    );
}

#[test]
fn a_page_has_no_script_and_loads_nothing() {
    let text = ErrorText::default();
    let (_, page) = render(&DefaultPages, &ErrorPage::new(StatusCode::NOT_FOUND, &text), None);
    for forbidden in ["<script", "<link", "<img", "src=", "url(", "@import", "http:", "https:", "onload"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("<a href=\"/\">Go to the start page</a>"), "a way on");
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<title>404 Not Found</title>"));
}

const HOSTILE: &str = "</p><script>alert('1')</script> & \"q\" {code}{explain}{{";

#[test]
fn the_handlers_words_are_escaped() {
    let text = ErrorText { message: Some(HOSTILE.into()), explain: Some(HOSTILE.into()) };
    let page = ErrorPage::new(StatusCode::BAD_REQUEST, &text);
    let (_, html) = render(&DefaultPages, &page, None);
    assert!(!html.contains("<script") && !html.contains("</p><"));
    assert_eq!(html.matches("alert(").count(), 3, "title, heading and sentence");
    let (_, json) = render(&DefaultPages, &page, Some("application/json"));
    assert!(!json.contains('<') && json.contains(r#"\"q\""#) && json.contains(r"\u003c/p"), "{json}");
    let (_, own) = render(&Template::new("[{message}]"), &page, None);
    assert!(!own.contains('<') && !own.contains('"') && !own.contains('\''), "{own}");
    assert!(own.ends_with("{code}{explain}{{]"), "values are not filled again: {own}");
}

#[test]
fn templates_of_ones_own() {
    let text = ErrorText { message: Some("M".into()), explain: Some("E".into()) };
    let page = ErrorPage::new(StatusCode::IM_USED, &text);
    for (template, expected) in [
        ("{code} {message} {explain}", "226 M E."),
        ("{message}{message}", "MM"),
        ("p { color: red } {code}", "p { color: red } 226"),
        ("{{code}}", "{226}"),
        ("{code", "{code"),
        ("{Code} {codes} %(code)d", "{Code} {codes} %(code)d"),
        ("é{code}é", "é226é"),
        ("", ""),
    ] {
        let (content_type, content) = render(&Template::new(template), &page, Some("application/json"));
        assert_eq!((content_type.as_str(), content.as_str()), ("text/html; charset=utf-8", expected));
    }
    let plain = Template::new("{code}").content_type("text/plain");
    assert_eq!(render(&plain, &page, None).0, "text/plain");
}

#[test]
fn every_status_is_explained_in_a_sentence_of_its_own() {
    let mut seen = Vec::new();
    // Of classes, because the registry has no such codes.
    for code in [199, 299, 399, 499, 599, 999] {
        seen.push(explanation(StatusCode::new(code).unwrap()));
    }
    seen.dedup();
    for &status in StatusCode::REGISTERED {
        let sentence = explanation(status);
        assert!(sentence.ends_with('.') && sentence.len() < 100, "{status}: {sentence}");
        assert!(!seen.contains(&sentence), "{status}: {sentence}");
        seen.push(sentence);
    }
    let text = ErrorText::default();
    let unregistered = ErrorPage::new(StatusCode::new(499).unwrap(), &text);
    assert_eq!((&*unregistered.message, &*unregistered.explain), ("Error", "The request cannot be answered as it is."));
}

#[test]
fn a_sentence_begins_and_ends_as_one() {
    for (given, shown) in [
        ("a % is not followed by two digits; at octet 1", "A % is not followed by two digits; at octet 1."),
        ("Said already.", "Said already."),
        ("really?", "Really?"),
        ("it said \"no.\"", "It said \"no.\""),
        ("(as RFC 9112 says)", "(as RFC 9112 says)."),
        ("\u{e9}t\u{e9}", "\u{c9}t\u{e9}."),
        ("100 is too much\n", "100 is too much."),
        (
            "\u{3053}\u{3053}\u{306b}\u{306f}\u{306a}\u{3044}\u{3002}",
            "\u{3053}\u{3053}\u{306b}\u{306f}\u{306a}\u{3044}\u{3002}",
        ),
        ("", ""),
    ] {
        let text = ErrorText { message: None, explain: Some(given.into()) };
        assert_eq!(ErrorPage::new(StatusCode::BAD_REQUEST, &text).explain, shown);
    }
}

/// A page that tells people nothing but its heading in other words does not help them.
#[test]
fn no_explanation_repeats_its_heading() {
    for &status in StatusCode::REGISTERED.iter().filter(|status| status.as_u16() >= 400) {
        let words = |text: &str| -> Vec<String> {
            let words = text.split(|c: char| !c.is_alphanumeric());
            words.filter(|word| word.len() > 2).map(str::to_lowercase).collect()
        };
        let (heading, sentence) = (words(status.canonical_reason()), words(explanation(status)));
        assert!(!heading.iter().all(|word| sentence.contains(word)), "{status}: {sentence:?}");
    }
}

#[test]
fn vary_is_said_where_accept_chose_and_once() {
    assert!(DefaultPages.negotiates() && !Template::new("").negotiates());
    for (before, after) in [
        (&[][..], vec!["Accept"]),
        (&["Origin"], vec!["Origin", "Accept"]),
        (&["accept, Origin"], vec!["accept", "Origin"]),
        (&["*"], vec!["*"]),
    ] {
        let given: Vec<_> = before.iter().map(|value| ("Vary", *value)).collect();
        let mut fields = fields(&given);
        vary_by_accept(&mut fields).unwrap();
        let said: Vec<_> = fields.list("Vary").map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        assert_eq!(said, after);
    }
}
