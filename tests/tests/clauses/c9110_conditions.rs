//! RFC 9110 13 and 14: conditions and ranges, of files and of the pages that list them.

use std::fs;

use basehttp_handler::{Response, StaticFiles};
use tempfile::TempDir;

use crate::c9110_files::{content, respond, site, tag};

fn listed() -> (TempDir, StaticFiles) {
    let (root, site) = site();
    (root, site.listing(true))
}

fn status(response: &Response) -> u16 {
    response.status().as_u16()
}

#[test]
fn c9110_13_1_1_2_if_match_is_evaluated_for_a_listing() {
    let (_root, site) = listed();
    for (value, expected) in [("\"x\"", 412), ("*", 200)] {
        assert_eq!(status(&respond(&site, "GET", "/", &[("If-Match", value)])), expected, "{value}");
        assert_eq!(status(&respond(&site, "HEAD", "/", &[("If-Match", value)])), expected, "{value}");
    }
}

#[test]
fn c9110_13_1_2_4_if_none_match_is_evaluated_for_a_listing() {
    let (_root, site) = listed();
    assert_eq!(status(&respond(&site, "GET", "/", &[("If-None-Match", "\"x\"")])), 200);
    let unchanged = respond(&site, "GET", "/", &[("If-None-Match", "*")]);
    assert_eq!((status(&unchanged), content(&unchanged).len()), (304, 0));
    let whole = respond(&site, "GET", "/", &[]);
    for name in ["Cache-Control", "Vary"] {
        assert_eq!(unchanged.fields().get(name), whole.fields().get(name), "{name}");
    }
}

#[test]
fn c9110_13_1_3_3_dates_are_ignored_where_there_is_none() {
    let (_root, site) = listed();
    for (name, value) in [
        ("If-Modified-Since", "Fri, 31 Dec 9999 23:59:59 GMT"),
        ("If-Unmodified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ] {
        assert_eq!(status(&respond(&site, "GET", "/", &[(name, value)])), 200, "{name}");
    }
}

#[test]
fn c9110_13_1_5_2_if_range_without_range_is_ignored() {
    let (_root, site) = site();
    for value in ["\"x\"", &tag(&site), "Thu, 01 Jan 1970 00:00:00 GMT", "nonsense"] {
        let response = respond(&site, "GET", "/digits", &[("If-Range", value)]);
        assert_eq!((status(&response), content(&response)), (200, b"0123456789".to_vec()), "{value}");
    }
}

#[test]
fn c9110_13_1_5_3_if_range_is_ignored_where_ranges_are() {
    let (_root, site) = listed();
    let fields = [("Range", "bytes=0-0"), ("If-Range", "\"x\"")];
    let (ranged, whole) = (respond(&site, "GET", "/", &fields), respond(&site, "GET", "/", &[]));
    assert_eq!((status(&ranged), content(&ranged)), (200, content(&whole)));
}

#[test]
fn c9110_13_2_1_2_conditions_change_no_failure() {
    let (root, site) = site();
    fs::create_dir(root.path().join("folder")).unwrap();
    for (method, target, expected) in [
        ("GET", "/nothing", 404),
        ("GET", "/folder", 301),
        ("GET", "/folder/", 404),
        ("GET", "/%", 400),
        ("POST", "/digits", 405),
        ("SPAM", "/digits", 501),
    ] {
        for (name, value) in [("If-Match", "\"x\""), ("If-None-Match", "*"), ("If-Modified-Since", "x")] {
            let response = respond(&site, method, target, &[(name, value)]);
            assert_eq!(status(&response), expected, "{method} {target} {name}");
        }
    }
}

#[test]
fn c9110_13_2_1_4_options_ignores_conditions() {
    let (_root, site) = site();
    for (name, value) in [("If-Match", "\"x\""), ("If-None-Match", "*")] {
        assert_eq!(status(&respond(&site, "OPTIONS", "/digits", &[(name, value)])), 204, "{name}");
    }
}

#[test]
fn c9110_14_2_2_range_is_for_get_alone() {
    let (_root, site) = site();
    for (method, expected) in [("HEAD", 200), ("OPTIONS", 204), ("POST", 405), ("SPAM", 501)] {
        for range in ["bytes=0-0", "bytes=99-"] {
            let response = respond(&site, method, "/digits", &[("Range", range)]);
            assert_eq!(status(&response), expected, "{method} {range}");
            assert!(!response.fields().contains("Content-Range"), "{method} {range}");
        }
    }
}

#[test]
fn c9110_14_4_3_content_range_of_a_request_is_ignored() {
    let (_root, site) = site();
    for method in ["GET", "HEAD"] {
        let response = respond(&site, method, "/digits", &[("Content-Range", "bytes 0-0/10")]);
        assert_eq!((status(&response), content(&response).len()), (200, 10), "{method}");
    }
}

#[test]
fn c9110_15_3_7_2_a_part_has_the_fields_of_the_whole() {
    let (_root, site) = site();
    let whole = respond(&site, "GET", "/digits", &[]);
    let part = respond(&site, "GET", "/digits", &[("Range", "bytes=2-3")]);
    assert_eq!((status(&part), content(&part)), (206, b"23".to_vec()));
    for (name, value) in whole.fields() {
        assert_eq!(part.fields().get(name), Some(value), "{}", name.escape_ascii());
    }
    assert_eq!(part.fields().get_str("Content-Range"), Some("bytes 2-3/10"));
    assert_eq!(part.fields().len(), whole.fields().len() + 1);
}

#[test]
fn c9110_15_3_7_2_6_one_range_is_never_answered_in_several_parts() {
    let (_root, site) = site();
    for range in ["bytes=0-0", "bytes=-1", "bytes=1-", "bytes=0-1,1-2", "bytes=0-0,9-9"] {
        let response = respond(&site, "GET", "/digits", &[("Range", range)]);
        let kind = response.fields().get_str("Content-Type").unwrap_or_default();
        assert!(!kind.starts_with("multipart/"), "{range}: {kind}");
    }
}

#[test]
fn c9110_15_4_5_1_a_304_has_the_fields_that_a_cache_needs() {
    let (_root, site) = site();
    let whole = respond(&site, "GET", "/digits", &[]);
    let unchanged = respond(&site, "GET", "/digits", &[("If-None-Match", "*")]);
    assert_eq!(status(&unchanged), 304);
    for name in ["Content-Location", "ETag", "Vary", "Cache-Control", "Expires"] {
        assert_eq!(unchanged.fields().get(name), whole.fields().get(name), "{name}");
    }
    assert!(unchanged.fields().contains("ETag"));
    for name in ["Content-Type", "Content-Length", "Accept-Ranges"] {
        assert!(!unchanged.fields().contains(name), "{name}");
    }
}
