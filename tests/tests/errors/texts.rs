//! Every kind of error has a name, a clause, a rule, a remedy and a status; and a case or a test that shows it.

use std::collections::HashSet;

use basehttp_proto::{Deviation, ErrorKind, UsageError};

use super::{read, root};

/// Lower-case words with single hyphens between them.
fn is_kebab_case(name: &str) -> bool {
    name.split('-').all(|word| !word.is_empty() && word.bytes().all(|o| o.is_ascii_lowercase() || o.is_ascii_digit()))
}

/// `RFC nnnn n.n`, as many parts as there are, each a number.
fn is_clause(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|o| o.is_ascii_digit());
    let Some((rfc, section)) = text.strip_prefix("RFC ").and_then(|rest| rest.split_once(' ')) else {
        return false;
    };
    rfc.len() == 4 && is_number(rfc) && section.split('.').all(is_number)
}

/// One line of plain words, without the end of a sentence: it is put together with others.
fn is_phrase(text: &str) -> bool {
    text.len() >= 8 && !text.ends_with(['.', '!', ';', ' ']) && !text.starts_with(' ') && !text.contains(['\n', '\r'])
}

#[test]
fn the_checks_of_texts_see_what_they_should() {
    assert!(is_kebab_case("a-b2") && !is_kebab_case("a--b") && !is_kebab_case("A") && !is_kebab_case("a_b"));
    assert!(is_clause("RFC 9112 6.3") && is_clause("RFC 6585 5"));
    assert!(!is_clause("RFC 9112") && !is_clause("9112 6.3") && !is_clause("RFC 9112 6.") && !is_clause("RFC 912 6"));
    assert!(is_phrase("a line ends in CR LF") && !is_phrase("a sentence.") && !is_phrase("short"));
}

#[test]
fn every_kind_says_what_is_wrong_and_what_to_do() {
    let mut codes = HashSet::new();
    for kind in ErrorKind::ALL {
        let code = kind.code();
        assert!(is_kebab_case(code) && codes.insert(code), "{code}");
        assert!(is_clause(kind.clause()), "{code}: {}", kind.clause());
        assert!(is_phrase(kind.rule()) && is_phrase(kind.remedy()), "{code}: {}; {}", kind.rule(), kind.remedy());
        assert!(kind.status().is_error(), "{code}: {}", kind.status());
    }
    for deviation in Deviation::ALL {
        let code = deviation.code();
        assert!(is_kebab_case(code) && codes.insert(code), "{code}");
        assert!(is_clause(deviation.clause()) && is_phrase(deviation.threat()), "{code}");
    }
}

#[test]
fn every_kind_of_misuse_says_what_to_do() {
    let mut texts = HashSet::new();
    for error in UsageError::ALL {
        let text = error.to_string();
        assert!(text.len() > 30 && !text.ends_with('.') && texts.insert(text.clone()), "{error:?}: {text}");
    }
}

/// The lines of documentation above each variant of the table of kinds.
#[test]
fn every_kind_is_documented() {
    let source = read("proto/src/error.rs");
    let table = source.split("\nkinds! {").nth(1).and_then(|rest| rest.split("\n}\n").next()).expect("the table");
    for kind in ErrorKind::ALL {
        let row = format!("\n    {kind:?} \"{}\"", kind.code());
        let before = table.split(&row).next().filter(|before| before.len() < table.len());
        let documented = before.and_then(|before| before.lines().last()).unwrap_or_default().trim();
        assert!(documented.starts_with("/// ") && documented.ends_with('.'), "{kind:?}: {documented}");
    }
}

/// All golden cases, and all sources of tests but this one, which proves nothing by naming them all.
fn evidence() -> (String, String) {
    let (mut cases, mut tests) = (String::new(), String::new());
    let mut folders = vec![root().join("tests/cases"), root().join("tests/tests")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".txt") && name.contains("cases") {
                cases.push_str(&read(path));
            } else if name.ends_with(".rs") && !name.ends_with("errors/texts.rs") {
                tests.push_str(&read(path));
            }
        }
    }
    (cases, tests)
}

/// A golden case that ends in each kind. What octets cannot show has tests that name it: the deadlines, and what only
/// another policy refuses.
#[test]
fn every_kind_is_shown() {
    const NO_CASE: [ErrorKind; 4] =
        [ErrorKind::HeadTimeout, ErrorKind::ContentTimeout, ErrorKind::ResponseTimeout, ErrorKind::HostMismatch];
    let (cases, tests) = evidence();
    let shown: HashSet<&str> = cases
        .lines()
        .filter_map(|line| line.strip_prefix("= refused ").or(line.strip_prefix("= error ")))
        .filter_map(|rest| rest.split(' ').nth(1))
        .collect();
    let missing: Vec<&str> = ErrorKind::ALL
        .iter()
        .filter(|kind| {
            !(shown.contains(kind.code()) || NO_CASE.contains(kind) && tests.contains(&format!("ErrorKind::{kind:?}")))
        })
        .map(|kind| kind.code())
        .collect();
    assert!(missing.is_empty(), "no golden case ends in {missing:?}");
    for kind in NO_CASE {
        assert!(!shown.contains(kind.code()), "{} has a case now", kind.code());
    }
}

/// Every misuse stands in a test that provokes it.
#[test]
fn every_misuse_is_shown() {
    let (cases, tests) = evidence();
    let missing: Vec<String> = UsageError::ALL
        .iter()
        .map(|error| format!("{error:?}"))
        .filter(|name| !cases.contains(&format!(": {name}\n")) && !tests.contains(&format!("UsageError::{name}")))
        .collect();
    assert!(missing.is_empty(), "no test is refused by {missing:?}");
}
