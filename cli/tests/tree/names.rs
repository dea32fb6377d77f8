//! Whatever a file is called, its target leads to it, and so does its link in the listing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;

use super::common::Program;
use super::common::http::{Client, get};
use super::common::tree::{content_of, odd_names, target, write_names};

#[test]
fn every_name_is_reached_by_its_target() {
    let root = tempfile::tempdir().unwrap();
    let names = odd_names();
    write_names(root.path(), &names);
    let program = Program::serve(root.path());
    let mut client = Client::connect(program.address());
    for name in &names {
        let target = target(name);
        client.request("GET", &target, &[]);
        let answer = client.answer("GET");
        assert_eq!((answer.status, answer.content), (200, content_of(name)), "{target}");
    }
    // Without a name in full: what looks like the name of another file is its own.
    for target in ["/a%20", "/100", "/%2541x", "/plain.txt/", "/PLAIN.TXT?", "/nn"] {
        client.request("GET", target, &[]);
        assert_eq!(client.answer("GET").status, 404, "{target}");
    }
}

#[test]
fn the_links_lead_to_every_file_and_nowhere_else() {
    let root = tempfile::tempdir().unwrap();
    let names = odd_names();
    write_names(root.path(), &names);
    fs::create_dir(root.path().join("empty")).unwrap();
    let program = Program::serve(root.path());
    let found = follow(program.address());
    let expected: BTreeSet<_> = names.iter().map(|name| content_of(name)).collect();
    let reached: BTreeSet<_> = found.values().cloned().collect();
    let missing: Vec<_> = expected.difference(&reached).map(|c| c.escape_ascii().to_string()).collect();
    let strange: Vec<_> = reached.difference(&expected).map(|c| c.escape_ascii().to_string()).collect();
    assert!(missing.is_empty() && strange.is_empty(), "not reached: {missing:#?}, not known: {strange:#?}");
    assert_eq!(found.len(), names.len(), "a file has one target: {:#?}", found.keys());
}

/// A name with a backslash, which some systems take for a slash, is not served; then it is not listed either.
#[test]
fn what_is_listed_can_be_fetched() {
    let root = tempfile::tempdir().unwrap();
    for name in ["back\\slash", "plain.txt", "\\", "a\\..\\b"] {
        fs::write(root.path().join(name), content_of(name.as_bytes())).unwrap();
    }
    fs::create_dir(root.path().join("dir\\ectory")).unwrap();
    let program = Program::serve(root.path());
    let found = follow(program.address());
    assert!(found.contains_key("/plain.txt"), "{:?}", found.keys());
}

#[test]
fn hidden_files_are_neither_served_nor_listed() {
    let root = tempfile::tempdir().unwrap();
    let hidden: [&[u8]; 6] = [b".env", b".git/config", b"...", b"..a", b"sub/.hidden", b"sub/.well-known/no.txt"];
    let open: [&[u8]; 2] = [b"sub/open.txt", b".well-known/security.txt"];
    write_names(root.path(), &[&hidden[..], &open].concat().iter().map(|name| name.to_vec()).collect::<Vec<_>>());
    let program = Program::serve(root.path());
    for name in hidden {
        assert_eq!(get(program.address(), &target(name)).status, 404, "{}", name.escape_ascii());
    }
    let reached: BTreeSet<_> = follow(program.address()).into_values().collect();
    assert_eq!(reached, open.iter().map(|name| content_of(name)).collect());
}

/// Follows every link from the root on, and returns the files that were reached, by target. Each link has to lead
/// somewhere, and stay within the tree.
fn follow(address: SocketAddr) -> BTreeMap<String, Vec<u8>> {
    let mut client = Client::connect(address);
    let (mut seen, mut waiting) = (BTreeSet::new(), vec!["/".to_owned()]);
    let mut files = BTreeMap::new();
    while let Some(target) = waiting.pop() {
        if !seen.insert(target.clone()) {
            continue;
        }
        client.request("GET", &target, &[]);
        let answer = client.answer("GET");
        assert_eq!(answer.status, 200, "a link leads to {target}: {answer:?}");
        let path = target.split('?').next().unwrap();
        if path.ends_with('/') {
            let page = answer.text();
            assert!(page.contains("<title>Index of /"), "{target}: {page}");
            waiting.extend(links(&page).map(|href| resolve(path, href)));
        } else {
            assert_eq!(path, target, "only listings are linked to with a query");
            files.insert(target, answer.content);
        }
    }
    files
}

/// The references on a page. In ours, they stand in double quotes and nothing else looks like one.
fn links(page: &str) -> impl Iterator<Item = &str> {
    let all = page.split(" href=").skip(1);
    all.map(|rest| rest.strip_prefix('"').and_then(|rest| rest.split('"').next()).expect("a quoted reference"))
}

/// Resolves a relative reference against the path of a directory (RFC 3986 5.2), as far as a listing may use it.
fn resolve(path: &str, href: &str) -> String {
    assert!(path.starts_with('/') && path.ends_with('/'), "{path:?}");
    let allowed = |o: u8| o.is_ascii_alphanumeric() || b"-._~%/?=&;".contains(&o);
    assert!(href.bytes().all(allowed), "not a plain reference: {href:?}");
    if href.starts_with('?') {
        return format!("{path}{}", href.replace("&amp;", "&"));
    }
    if let Some(name) = href.strip_prefix("./") {
        return format!("{path}{name}");
    }
    let levels = href.matches("../").count();
    assert!(levels > 0 && href == "../".repeat(levels), "neither ./ nor ../ nor ?: {href:?}");
    let mut segments: Vec<_> = path.split_inclusive('/').collect();
    assert!(levels < segments.len(), "{href:?} leads above the root from {path:?}");
    segments.truncate(segments.len() - levels);
    segments.concat()
}
