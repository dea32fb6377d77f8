//! What the library shows of other crates: types of `bytes`, and of nothing else but the language's own.
//!
//! The signatures are read from the sources, because what rustdoc writes for machines is not stable.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

/// The crates that the public interface may name.
const SHOWN: [&str; 1] = ["bytes"];

fn proto() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder above tests").join("proto")
}

fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![proto().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found
}

/// The crates that the library depends on.
fn dependencies() -> Vec<String> {
    let manifest: toml::Table = std::fs::read_to_string(proto().join("Cargo.toml")).unwrap().parse().unwrap();
    manifest["dependencies"].as_table().unwrap().keys().map(|name| name.replace('-', "_")).collect()
}

/// The source without its comments.
fn code(source: &str) -> String {
    // The line end before the first line makes it a line like any other.
    let lines = source.lines().map(|line| line.split("//").next().unwrap_or_default());
    std::iter::once("").chain(lines).flat_map(|line| [line, "\n"]).collect()
}

/// The words of a text, as identifiers are written.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The names by which a file knows what is of other crates, those crates themselves among them.
fn foreign(code: &str, crates: &[String]) -> Vec<String> {
    let mut names = crates.to_vec();
    for import in code.split("\nuse ").skip(1) {
        let import = import.split(';').next().unwrap_or_default();
        if crates.iter().any(|name| import.starts_with(&format!("{name}::"))) {
            names.extend(words(import).filter(|word| *word != "as").map(str::to_owned));
        }
    }
    names
}

/// What is public in a file: each signature up to its body, each type with its public fields, each implemented trait.
fn public(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("pub ") {
        let rest = &code[at..];
        // A field is shown with its type.
        let is_field = rest.split(['(', '{', ';', '=', '<']).next().unwrap_or_default().contains(": ");
        if is_field && !rest.starts_with("pub const ") && !rest.starts_with("pub static ") {
            continue;
        }
        let is_type = ["pub struct ", "pub enum ", "pub trait "].iter().any(|start| rest.starts_with(start));
        let end = if is_type {
            [rest.find("\n}\n"), rest.find(";\n")].into_iter().flatten().min()
        } else {
            rest.find(['{', ';'])
        };
        // Of a type, only what is public in it is shown; its private fields are not.
        let item = &rest[..end.unwrap_or(rest.len())];
        let is_shown = |line: &&str| !is_type || line.trim_start().starts_with("pub ") || rest.starts_with("pub enum ");
        found.push(item.lines().filter(is_shown).collect::<Vec<_>>().join("\n"));
    }
    for (at, _) in code.match_indices("\nimpl") {
        let header = code[at..].split('{').next().unwrap_or_default();
        found.extend(header.contains(" for ").then(|| header.to_owned()));
    }
    found
}

/// What of `item` is of another crate.
fn named<'i>(item: &'i str, foreign: &[String]) -> Vec<&'i str> {
    words(item).filter(|word| foreign.iter().any(|name| name == word)).collect()
}

#[test]
fn the_reader_of_signatures_sees_what_it_should() {
    let source = code(
        "use wide::{u8x16, i8x16 as Wide};\nuse core::fmt;\n\n// pub fn no(a: u8x16)\npub fn f(\n    a: u8x16,\n) -> u8 {\n\
         pub(crate) fn g(a: Wide) {}\npub struct S {\n    hidden: u8x16,\n    pub shown: Wide,\n}\n\nimpl wide::T for S {\n",
    );
    let foreign = foreign(&source, &[String::from("wide")]);
    assert_eq!(foreign, ["wide", "wide", "u8x16", "i8x16", "Wide"]);
    let seen: Vec<_> = public(&source).iter().map(|item| named(item, &foreign).join(" ")).collect();
    assert_eq!(seen, ["u8x16", "Wide", "wide"], "a function, a type, a trait");
}

#[test]
fn the_public_interface_names_no_crate_but_bytes() {
    let crates: Vec<String> = dependencies().into_iter().filter(|name| !SHOWN.contains(&name.as_str())).collect();
    assert!(crates.iter().any(|name| name == "memchr"), "there is something to look for: {crates:?}");
    let (mut items, mut found) = (0, Vec::new());
    for (path, source) in sources() {
        let code = code(&source);
        let foreign = foreign(&code, &crates);
        for item in public(&code) {
            items += 1;
            let names = named(&item, &foreign);
            if !names.is_empty() {
                found.push(format!("{path}: {names:?} in {item}"));
            }
        }
    }
    assert!(items > 200, "{items} public items");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A crate that is not listed cannot hide behind a name that nobody looks for.
#[test]
fn every_crate_that_is_imported_is_known() {
    let known: Vec<String> = dependencies()
        .into_iter()
        .chain(["core", "alloc", "std", "crate", "super", "self"].map(str::to_owned))
        .collect();
    for (path, source) in sources() {
        let code = code(&source);
        for import in code.split("\nuse ").skip(1).chain(code.split("\npub use ").skip(1)) {
            let first = words(import).next().unwrap_or_default();
            let is_module =
                path.ends_with("lib.rs") || path.ends_with("mod.rs") || first == "Signal" || first == "State";
            assert!(is_module || known.iter().any(|name| name == first), "{path}: {first}");
        }
    }
}
