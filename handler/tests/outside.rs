//! Nothing outside the root is ever read, and nobody is led to another host.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use basehttp_handler::{Response, StaticFiles};
use basehttp_proto::StatusCode;
use support::{content, field, get};
use tempfile::TempDir;

const CANARY: &[u8] = b"this must never leave";
const INSIDE: &[u8] = b"inside";

/// `root` with a few files, and canaries above it, beside it and in a directory whose name starts like its own.
struct Tree {
    parent: TempDir,
    root: PathBuf,
}

impl Tree {
    fn new() -> Self {
        let parent = tempfile::tempdir().unwrap();
        let root = parent.path().join("root");
        for directory in ["root", "root/sub", "root/sub/deep", "root-secret", "beside"] {
            fs::create_dir(parent.path().join(directory)).unwrap();
        }
        for canary in ["canary.txt", "root-secret/canary.txt", "beside/canary.txt"] {
            fs::write(parent.path().join(canary), CANARY).unwrap();
        }
        for inside in ["root/file.txt", "root/sub/file.txt", "root/sub/deep/file.txt"] {
            fs::write(parent.path().join(inside), INSIDE).unwrap();
        }
        Self { parent, root }
    }

    fn open(&self) -> StaticFiles {
        StaticFiles::open(&self.root).unwrap().listing(true).hidden(true)
    }
}

fn assert_no_canary(response: &Response, target: &str) {
    let content = content(response);
    let shown = content.windows(CANARY.len()).any(|window| window == CANARY);
    let named = content.windows(6).any(|window| window == b"canary" || window == b"beside");
    assert!(!shown && !named, "{target}: {}", content.escape_ascii());
}

#[test]
fn traversal() {
    let tree = Tree::new();
    let site = tree.open();
    let ups = [
        "..",
        "%2e%2e",
        "%2E.",
        ".%2e",
        "%252e%252e",
        "..%00",
        "..%20",
        "...",
        "....",
        "..;",
        "..%09",
        "..%0a",
        "%c0%ae%c0%ae",
        "%e0%80%ae%e0%80%ae",
        "%ef%bc%8e%ef%bc%8e",
        "%u002e%u002e",
        ".%00.",
        "..?",
        "./..",
        ".",
    ];
    let slashes = ["/", "//", "%2f", "%2F", "%5c", "\\", "%252f", "%c0%af", "/./", "%00/", "/%2e/"];
    let starts = ["/", "//", "/sub/", "/sub/deep/", "/file.txt/", "/nothing/"];
    let ends = ["canary.txt", "beside/canary.txt", "root-secret/canary.txt", ""];
    let mut targets: Vec<String> = Vec::new();
    for up in ups {
        for slash in slashes {
            for start in starts {
                for end in ends {
                    for times in 1..4 {
                        targets.push(format!("{start}{}{end}", format!("{up}{slash}").repeat(times)));
                    }
                }
            }
        }
    }
    let absolute = tree.parent.path().join("canary.txt");
    let absolute = absolute.to_str().unwrap();
    targets.extend([
        absolute.to_owned(),
        format!("/{absolute}"),
        format!("/%2f{absolute}"),
        format!("/{}", absolute.replace('/', "%2f")),
        format!("/file://{absolute}"),
        "/../root-secret/canary.txt".to_owned(),
        "/-secret/canary.txt".to_owned(),
        "-secret/canary.txt".to_owned().replacen('-', "/..%2froot-", 1),
        "/etc/passwd".to_owned(),
        "/proc/self/root/etc/passwd".to_owned(),
        "/c:/canary.txt".to_owned(),
        "/sub/../../canary.txt".to_owned(),
        "/~/canary.txt".to_owned(),
        "http://example.com/../canary.txt".to_owned(),
        "http://example.com/%2e%2e/canary.txt".to_owned(),
    ]);
    assert!(targets.len() > 15_000, "{}", targets.len());
    let mut refused = 0;
    for target in &targets {
        let response = site.respond(&get(target));
        assert_no_canary(&response, target);
        match response.status().as_u16() {
            400 | 404 => refused += 1,
            // A query takes away what follows it, and then this is the root or a directory in it.
            200 | 301 => assert!(target.contains('?'), "{target}"),
            status => panic!("{status} for {target}"),
        }
    }
    assert!(refused > 14_000, "{refused}");
    // The same tree does answer who asks properly, and the canaries can be read by who is allowed.
    assert_eq!(content(&site.respond(&get("/sub/deep/file.txt"))), INSIDE);
    let outer = StaticFiles::open(tree.parent.path()).unwrap();
    assert_eq!(content(&outer.respond(&get("/beside/canary.txt"))), CANARY);
}

#[test]
fn links() {
    let tree = Tree::new();
    let root = &tree.root;
    let link = |target: &dyn AsRef<Path>, name: &str| symlink(target.as_ref(), root.join(name)).unwrap();
    link(&"../canary.txt", "out-file");
    link(&"../beside", "out-directory");
    link(&"..", "up");
    link(&tree.parent.path().join("canary.txt"), "out-absolute");
    link(&root.join("file.txt"), "in-absolute");
    link(&"/proc/self/root", "proc");
    link(&"out-file", "chain");
    link(&"loop", "loop");
    link(&"nothing", "dangling");
    link(&"sub/../../root/file.txt", "out-and-in");
    link(&"file.txt", "in-file");
    link(&"sub", "in-directory");
    link(&"sub/../file.txt", "in-roundabout");
    link(&"../../beside", "sub/out");
    link(&"../file.txt", "sub/in");
    let site = tree.open();
    let refused = [
        "/out-file",
        "/out-file/",
        "/out-directory",
        "/out-directory/",
        "/out-directory/canary.txt",
        "/up",
        "/up/",
        "/up/canary.txt",
        "/up/root/file.txt",
        "/out-absolute",
        "/in-absolute",
        "/proc",
        "/proc/etc/passwd",
        "/chain",
        "/loop",
        "/loop/",
        "/loop/x",
        "/dangling",
        "/out-and-in",
        "/sub/out/",
        "/sub/out/canary.txt",
        "/in-directory/out/canary.txt",
    ];
    for target in refused {
        let response = site.respond(&get(target));
        assert_eq!(response.status().as_u16(), 404, "{target}");
        assert_no_canary(&response, target);
    }
    for target in ["/in-file", "/in-directory/file.txt", "/in-roundabout", "/sub/in", "/in-directory/in"] {
        assert_eq!(content(&site.respond(&get(target))), INSIDE, "{target}");
    }
    assert_eq!(site.respond(&get("/in-directory")).status().as_u16(), 301);
    // What cannot be fetched is not listed.
    let listed = String::from_utf8(content(&site.respond(&get("/?format=text")))).unwrap();
    assert_eq!(listed, "in-directory/\nsub/\nfile.txt\nin-file\nin-roundabout\n");
}

#[test]
fn a_file_swapped_for_a_link_never_leads_out() {
    const ROUNDS: usize = 20_000;
    let tree = Tree::new();
    let (name, file, link) = (tree.root.join("x"), tree.root.join(".file"), tree.root.join(".link"));
    fs::write(&file, INSIDE).unwrap();
    fs::hard_link(&file, &name).unwrap();
    let directory = tree.root.join("d");
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("canary.txt"), INSIDE).unwrap();
    let site = tree.open();
    let done = AtomicBool::new(false);
    let (mut whole, mut gone) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                symlink("../canary.txt", &link).unwrap();
                fs::rename(&link, &name).unwrap();
                fs::rename(&directory, tree.root.join("d-away")).unwrap();
                symlink("../beside", &directory).unwrap();
                let again = tree.root.join(".again");
                fs::hard_link(&file, &again).unwrap();
                fs::rename(&again, &name).unwrap();
                fs::remove_file(&directory).unwrap();
                fs::rename(tree.root.join("d-away"), &directory).unwrap();
            }
        });
        let patience = Instant::now() + Duration::from_secs(30);
        let mut round = 0;
        // On a busy machine the other thread may take its time to start.
        while round < ROUNDS || ((whole == 0 || gone == 0) && Instant::now() < patience) {
            round += 1;
            let response = site.respond(&get(if round % 2 == 0 { "/x" } else { "/d/canary.txt" }));
            if response.status() == StatusCode::OK {
                assert_eq!(content(&response), INSIDE);
                whole += 1;
            } else {
                gone += 1;
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    // The race was one: both sides were seen.
    assert!(whole > 0 && gone > 0, "{whole} and {gone}");
}

#[test]
fn redirections_stay_on_this_host() {
    let tree = Tree::new();
    for directory in
        ["evil.example", "evil.example/sub", "\t", "\r\nX: y", " ", "http:", "http:/evil.example", "@evil", "%2f"]
    {
        fs::create_dir_all(tree.root.join(directory)).unwrap();
    }
    let site = tree.open();
    let mut redirected = 0;
    let names = [
        "evil.example",
        "evil.example/sub",
        "%09",
        "%0d%0aX:%20y",
        "%20",
        "http:",
        "http:/evil.example",
        "@evil",
        "%252f",
    ];
    let starts = [
        "/", "//", "///", "/////", "/\\", "/%5c", "/%2f", "/.//", "/%09/", "/\\/", "/%0d%0a/", "/%20//", "//%2f",
        "/..//",
    ];
    let ends = ["", "?", "?//evil.example", "?x=/%0d%0a", "/..%2f", "/%2e%2e", "//", "/%2f.."];
    for start in starts {
        for name in names {
            for end in ends {
                let target = format!("{start}{name}{end}");
                let response = site.respond(&get(&target));
                let Some(location) = field(&response, "Location") else { continue };
                redirected += 1;
                assert_eq!(response.status().as_u16(), 301);
                assert!(location.bytes().all(|o| o.is_ascii_graphic()), "{target}: {location}");
                let path = location.split('?').next().unwrap();
                assert!(!location.contains('\\') && !path.contains("//"), "{target}: {location}");
                assert!(path.starts_with('/') && path.ends_with('/'), "{target}: {location}");
            }
        }
    }
    assert!(redirected > 100, "{redirected}");
    assert_eq!(field(&site.respond(&get("//evil.example")), "Location").as_deref(), Some("/evil.example/"));
}
