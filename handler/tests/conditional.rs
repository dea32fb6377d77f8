//! RFC 9110 13: preconditions, against a model that knows facts and no syntax.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use basehttp_handler::conditional::{EntityTag, Outcome, Validators, evaluate};
use basehttp_proto::{HttpDate, Method};
use support::fields;

const NOW: u64 = 1_700_000_000;
const MODIFIED: u64 = NOW - 1000;

/// How a tag condition stands to the current representation.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Tag {
    Absent,
    Any,
    Same,
    SameWeak,
    Other,
    Invalid,
}

/// How a date condition stands to the date of the last change.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Date {
    Absent,
    Before,
    Equal,
    After,
    Invalid,
    Twice,
}

#[derive(Clone, Copy, Debug)]
struct Current {
    exists: bool,
    weak: bool,
    dated: bool,
}

const TAGS: [Tag; 6] = [Tag::Absent, Tag::Any, Tag::Same, Tag::SameWeak, Tag::Other, Tag::Invalid];
const DATES: [Date; 6] = [Date::Absent, Date::Before, Date::Equal, Date::After, Date::Invalid, Date::Twice];

/// The steps of RFC 9110 13.2.2, one by one.
fn model(get: bool, reads: bool, c: Current, m: Tag, us: Date, nm: Tag, ms: Date) -> Outcome {
    let newer_than = |date: Date| match date {
        Date::Before if c.exists && c.dated => Some(true),
        Date::Equal | Date::After if c.exists && c.dated => Some(false),
        _ => None,
    };
    // Steps 1 and 2.
    let holds = match m {
        Tag::Absent => newer_than(us) != Some(true),
        Tag::Any => c.exists,
        Tag::Same => c.exists && !c.weak,
        Tag::SameWeak | Tag::Other | Tag::Invalid => false,
    };
    if !holds {
        return Outcome::PreconditionFailed;
    }
    // Steps 3 and 4.
    let unseen = match nm {
        Tag::Absent => !reads || newer_than(ms) != Some(false),
        Tag::Any | Tag::Same | Tag::SameWeak => !c.exists,
        Tag::Other | Tag::Invalid => true,
    };
    if !unseen {
        return if reads { Outcome::NotModified } else { Outcome::PreconditionFailed };
    }
    Outcome::Proceed { range: get }
}

fn date(seconds: u64) -> String {
    HttpDate::from_unix(seconds).to_string()
}

fn tag_lines(name: &'static str, tag: Tag) -> Vec<(&'static str, String)> {
    let value = match tag {
        Tag::Absent => return Vec::new(),
        Tag::Any => "*",
        Tag::Same => "\"x\", \"current\"",
        Tag::SameWeak => "W/\"current\"",
        Tag::Other => "\"Current\", W/\"y\"",
        Tag::Invalid => "\"current\", current",
    };
    vec![(name, value.to_owned())]
}

fn date_lines(name: &'static str, when: Date) -> Vec<(&'static str, String)> {
    match when {
        Date::Absent => Vec::new(),
        Date::Before => vec![(name, date(MODIFIED - 1))],
        Date::Equal => vec![(name, date(MODIFIED))],
        Date::After => vec![(name, date(MODIFIED + 1))],
        Date::Invalid => vec![(name, "yesterday".to_owned())],
        Date::Twice => vec![(name, date(MODIFIED - 1)), (name, date(MODIFIED - 1))],
    }
}

fn validators(current: Current) -> Option<Validators> {
    let tag = if current.weak { EntityTag::weak("current") } else { EntityTag::strong("current") };
    let modified = current.dated.then(|| HttpDate::from_unix(MODIFIED));
    current.exists.then(|| Validators { tag: tag.ok(), modified })
}

#[test]
fn every_combination_follows_the_order_of_the_rfc() {
    let methods = [Method::GET, Method::HEAD, Method::PUT, Method::new("QUERY").unwrap()];
    let currents = [(true, false, true), (true, true, true), (true, false, false), (false, false, false)]
        .map(|(exists, weak, dated)| Current { exists, weak, dated });
    let mut rows = 0;
    for method in methods {
        for current in currents {
            for (m, us) in TAGS.into_iter().flat_map(|m| DATES.map(|us| (m, us))) {
                for (nm, ms) in TAGS.into_iter().flat_map(|nm| DATES.map(|ms| (nm, ms))) {
                    let lines = [
                        tag_lines("If-Match", m),
                        date_lines("If-Unmodified-Since", us),
                        tag_lines("If-None-Match", nm),
                        date_lines("If-Modified-Since", ms),
                    ]
                    .concat();
                    let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_str())).collect();
                    let reads = method == Method::GET || method == Method::HEAD;
                    assert_eq!(
                        evaluate(method, &fields(&lines), validators(current).as_ref(), HttpDate::from_unix(NOW)),
                        model(method == Method::GET, reads, current, m, us, nm, ms),
                        "{method} {current:?} If-Match {m:?}, unmodified {us:?}, If-None-Match {nm:?}, modified {ms:?}"
                    );
                    rows += 1;
                }
            }
        }
    }
    assert_eq!(rows, 4 * 4 * 36 * 36);
}

fn given(lines: &[(&str, &str)]) -> Outcome {
    let current = Validators { tag: EntityTag::strong(r"a,b\").ok(), modified: Some(HttpDate::from_unix(784_111_777)) };
    evaluate(Method::GET, &fields(lines), Some(&current), HttpDate::from_unix(NOW))
}

#[test]
fn lists_of_tags() {
    let same: &[&[&str]] = &[
        &[r#""a,b\""#],
        &[r#" "a,b\" "#],
        &[r#""x","a,b\""#],
        &[r#""x" , W/"a,b\" ,"#],
        &[r#",,"a,b\",,"#],
        &[r#""x""#, r#""a,b\""#],
        &[r#""a,b\""#, r#""x", "y""#],
        &["*"],
    ];
    for values in same {
        let lines: Vec<_> = values.iter().map(|value| ("If-None-Match", *value)).collect();
        assert_eq!(given(&lines), Outcome::NotModified, "{values:?}");
    }
    let other: &[&[&str]] = &[
        &[""],
        &[r#""a""#],
        &[r#""b\""#],
        &[r"a,b\"],
        &[r#"w/"a,b\""#],
        &[r#""a,b\" "x""#],
        &[r#""a,b\"x"#],
        &[r#""a,b\", "#, r#""x"#],
        &[r#"*, "a,b\""#],
        &["*", "*"],
        &["*", r#""a,b\""#],
    ];
    for values in other {
        let lines: Vec<_> = values.iter().map(|value| ("If-None-Match", *value)).collect();
        assert_eq!(given(&lines), Outcome::Proceed { range: true }, "{values:?}");
        let lines: Vec<_> = values.iter().map(|value| ("If-Match", *value)).collect();
        assert_eq!(given(&lines), Outcome::PreconditionFailed, "{values:?}");
    }
}

#[test]
fn dates_in_all_three_forms() {
    for same in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
        assert_eq!(given(&[("If-Modified-Since", same)]), Outcome::NotModified, "{same}");
    }
    for ignored in
        ["Sun, 06 Nov 2094 08:49:37", "1994-11-06T08:49:37Z", "784111777", "", "Sun, 32 Nov 2094 08:49:37 GMT"]
    {
        assert_eq!(given(&[("If-Modified-Since", ignored)]), Outcome::Proceed { range: true }, "{ignored}");
    }
}

#[test]
fn methods_without_a_representation_ignore_conditions() {
    for method in [Method::OPTIONS, Method::TRACE, Method::CONNECT] {
        let fields = fields(&[("If-Match", "\"x\"")]);
        assert_eq!(
            evaluate(method, &fields, Some(&Validators::default()), HttpDate::from_unix(NOW)),
            Outcome::Proceed { range: false }
        );
    }
}

#[test]
fn if_range() {
    let strong = Current { exists: true, weak: false, dated: true };
    let weak = Current { weak: true, ..strong };
    let (same, before, after) = (date(MODIFIED), date(MODIFIED - 1), date(MODIFIED + 1));
    let table: &[(Current, &[&str], u64, bool)] = &[
        (strong, &[], NOW, true),
        (strong, &["\"current\""], NOW, true),
        (strong, &["\"other\""], NOW, false),
        (strong, &["W/\"current\""], NOW, false),
        (weak, &["W/\"current\""], NOW, false),
        (weak, &["\"current\""], NOW, false),
        (strong, &["\"current\", \"other\""], NOW, false),
        (strong, &["\"current\"", "\"current\""], NOW, false),
        (strong, &["*"], NOW, false),
        (strong, &["current"], NOW, false),
        (strong, &[""], NOW, false),
        (strong, &[&same], NOW, true),
        (strong, &[&before], NOW, false),
        (strong, &[&after], NOW, false),
        (strong, &[&same], MODIFIED, false),
        (strong, &[&same], MODIFIED + 1, true),
        (Current { dated: false, ..strong }, &[&same], NOW, false),
    ];
    for (current, values, now, range) in table {
        let mut lines = vec![("Range", "bytes=0-1")];
        lines.extend(values.iter().map(|value| ("If-Range", *value)));
        let outcome = evaluate(Method::GET, &fields(&lines), validators(*current).as_ref(), HttpDate::from_unix(*now));
        assert_eq!(outcome, Outcome::Proceed { range: *range }, "{current:?} {values:?} at {now}");
    }
}

#[test]
fn entity_tags() {
    assert_eq!(EntityTag::strong("a").unwrap().to_string(), "\"a\"");
    assert_eq!(EntityTag::weak("").unwrap().to_string(), "W/\"\"");
    for bad in ["a\"b", "a b", "a\r\nb", "\u{7f}"] {
        assert!(EntityTag::strong(bad).is_err(), "{bad:?}");
    }
    for bad in ["", "\"", "a", "\"a", "a\"", "\"a\" ", "\"a\"b", "W\"a\"", "W/ \"a\"", "\"a b\""] {
        assert_eq!(EntityTag::parse(bad.as_bytes()), None, "{bad:?}");
    }
    let (strong, weak) = (EntityTag::parse(b"\"a\"").unwrap(), EntityTag::parse(b"W/\"a\"").unwrap());
    assert!(strong.strong_eq(&strong) && strong.weak_eq(&weak) && weak.weak_eq(&weak));
    assert!(!strong.strong_eq(&weak) && !weak.strong_eq(&weak));
}
