//! Which file names which, and how long files are.

use std::path::Path;

use super::{read, root, rust_files};

/// The layers of `proto`, from the lowest up. Each may name those before it, and `error`, which stands beside them.
const LAYERS: &[&str] = &["wire", "message", "framing", "connection", "server", "client", "parse"];

/// The faces stand side by side.
const FACES: &[&str] = &["server", "client", "parse"];

#[test]
fn imports_of_proto_go_down_only() {
    let mut found = Vec::new();
    for file in rust_files("proto/src") {
        let text = std::fs::read_to_string(&file).unwrap();
        let relative = file.strip_prefix(root().join("proto/src")).unwrap();
        let layer = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        for (line, number) in text.lines().zip(1..) {
            for named in names(line) {
                if !may_name(layer, named) {
                    found.push(format!("{}:{number}: {layer} names {named}", relative.display()));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// What a line of code names by `crate::`, comments aside.
fn names(line: &str) -> Vec<&str> {
    let code = line.split("//").next().unwrap_or_default();
    code.split("crate::")
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(""))
        .collect()
}

fn may_name(layer: &str, named: &str) -> bool {
    let place = |layer: &str| LAYERS.iter().position(|l| *l == layer);
    match (layer, named) {
        ("lib", _) => true,
        // Types of the crate root, named in documentation only, were taken away with the comments.
        ("error", _) => named == "message",
        (_, "error") => true,
        _ if layer != named && FACES.contains(&layer) && FACES.contains(&named) => false,
        _ => matches!((place(layer), place(named)), (Some(layer), Some(named)) if named <= layer),
    }
}

#[test]
fn the_test_of_imports_sees_what_it_should() {
    assert_eq!(names("use crate::wire::Fault; // crate::server"), ["wire"]);
    assert_eq!(names("    a(crate::message::Fields::new(), crate::error::X)"), ["message", "error"]);
    assert!(may_name("framing", "wire") && may_name("framing", "framing") && may_name("server", "connection"));
    assert!(!may_name("wire", "message") && !may_name("message", "framing") && !may_name("framing", "connection"));
    assert!(!may_name("connection", "server") && !may_name("server", "client") && !may_name("error", "wire"));
}

#[test]
fn no_file_is_longer_than_500_lines() {
    let folders = [
        "proto/src",
        "handler/src",
        "transport/src",
        "adapter-std/src",
        "adapter-tokio/src",
        "adapter-smol/src",
        "cli/src",
        "tests/src",
        "tests/tests",
    ];
    let long: Vec<String> = folders
        .iter()
        .flat_map(|folder| rust_files(folder))
        .filter_map(|file| {
            let lines = std::fs::read_to_string(&file).unwrap().lines().count();
            (lines > 500).then(|| format!("{}: {lines} lines", file.display()))
        })
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn no_file_of_the_library_is_about_nothing() {
    for folder in
        ["proto/src", "handler/src", "transport/src", "adapter-std/src", "adapter-tokio/src", "adapter-smol/src"]
    {
        for file in rust_files(folder) {
            let text = std::fs::read_to_string(&file).unwrap();
            let opens = text.starts_with("//!") || text.starts_with("#![");
            assert!(opens, "{} does not say what it is about", file.display());
        }
    }
}

/// Every path in backquotes that ends in `.rs`, and every folder named by a row of the table.
#[test]
fn every_file_that_the_architecture_names_is_there() {
    let text = read("ARCHITECTURE.md");
    let table = text.split("To change X, edit Y").nth(1).expect("the table").split("\n## ").next().unwrap();
    let paths: Vec<&str> = table.split('`').skip(1).step_by(2).filter(|path| path.contains('/')).collect();
    assert!(paths.len() > 20, "the table of what to edit");
    for path in paths {
        assert!(Path::exists(&root().join(path)), "ARCHITECTURE.md sends its reader to {path}, which is not there");
    }
}

/// The names that a crate shows, by what stands before them; what only others of the crate see does not count.
fn public_names(folder: &str) -> Vec<String> {
    let files = rust_files(folder);
    // What a feature adds for one runtime alone is not among them.
    let files = files.iter().filter(|file| !file.components().any(|part| part.as_os_str() == "service"));
    let mut names: Vec<String> = files.flat_map(|file| names_in(file)).collect();
    names.sort();
    names
}

/// Those that one file shows.
fn names_in(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let lines = text.lines().map(|line| line.trim().replace("pub async fn", "pub fn"));
    let names = lines.filter(|line| line.starts_with("pub "));
    names.map(|line| line.split(['(', '<', '{', '=', ';']).next().unwrap_or_default().trim().to_owned()).collect()
}

#[test]
fn the_adapters_have_the_same_names() {
    // Without tasks there is nothing that could wait without a thread. What runs the connections is each runtime's own, and
    // tokio's is not chosen here. A blocking stream is cloned where others are split.
    let own = [
        "pub fn serve_async",
        "pub trait AsyncHandler: Send + Sync",
        "pub fn max_threads",
        "pub fn executor",
        "pub fn try_clone",
    ];
    let is_shared = |name: &String| {
        let is_own = own.contains(&name.as_str()) || name.contains("async_handler") || name.contains("service::");
        // Where it is from is no part of its name.
        !is_own && !name.contains("tasks::ShutdownHandle")
    };
    let shared = |names: Vec<String>| names.into_iter().filter(is_shared).collect::<Vec<_>>();
    // Those whose connections are tasks have one.
    let of_tasks = |folder: &str| {
        let mut names = [public_names(folder), names_in(&root().join("transport/src/tasks/shutdown.rs"))].concat();
        names.sort();
        shared(names)
    };
    let names = shared(public_names("adapter-std/src"));
    assert!(names.iter().any(|name| name == "pub fn serve") && names.iter().any(|name| name == "pub struct Server"));
    assert_eq!(names, of_tasks("adapter-tokio/src"));
    assert_eq!(names, of_tasks("adapter-smol/src"));
}

#[test]
fn no_crate_has_unsafe_code() {
    assert!(read("Cargo.toml").contains("unsafe_code = \"forbid\""));
    for folder in ["proto", "handler", "transport", "adapter-std", "adapter-tokio", "adapter-smol", "cli", "tests"] {
        let manifest = root().join(folder).join("Cargo.toml");
        if manifest.exists() {
            let text = std::fs::read_to_string(&manifest).unwrap();
            assert!(text.contains("[lints]\nworkspace = true"), "{folder} does not take the lints of the workspace");
        }
    }
}
