//! What lies outside the served directory stays there, whatever is asked for.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::common::Program;
use super::common::http::{Client, get, raw};

/// Stands in every file and every directory name outside the root, and nowhere inside.
const CANARY: &str = "canary-5d41402abc4b";

struct Site {
    outer: tempfile::TempDir,
    program: Program,
}

impl Site {
    /// `outer/root` is served; beside it lie a file, a directory with a file, and another site whose name begins alike.
    fn new() -> Self {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path();
        for directory in ["root/dir/deep", "outside", "root-2"] {
            fs::create_dir_all(path.join(directory)).unwrap();
        }
        for file in ["canary.txt", "outside/canary.txt", "root-2/canary.txt"] {
            fs::write(path.join(file), CANARY).unwrap();
        }
        fs::write(path.join(format!("outside/{CANARY}.txt")), CANARY).unwrap();
        fs::write(path.join("root/inside.txt"), "inside").unwrap();
        fs::write(path.join("root/dir/deep/file.txt"), "deep").unwrap();
        let program = Program::serve(&path.join("root"));
        Self { outer, program }
    }

    fn root(&self) -> PathBuf {
        self.outer.path().join("root")
    }
}

/// Every way to write a way up that some server once fell for.
fn attempts(outer: &Path) -> Vec<String> {
    let outer = outer.to_str().unwrap();
    let mut attempts = Vec::new();
    let ups = [
        "..",
        "%2e%2e",
        "%2E.",
        ".%2e",
        "..%00",
        "..%20",
        "%20..",
        "..;",
        "..;x=y",
        "...",
        "....",
        "%252e%252e",
        "..%c0%af",
        "%c0%ae%c0%ae",
        "%e0%80%ae%e0%80%ae",
        "\u{ff0e}\u{ff0e}",
        "%u002e%u002e",
        "..\\",
        "..%5c",
        "..%255c",
        "..%09",
        "..%0d%0a",
        ".",
        "%2e",
    ];
    for up in ups {
        for between in ["/", "//", "%2f", "%5c", "\\", "%252f", "/./"] {
            for depth in 1..=3 {
                let way = vec![up; depth].join(between);
                for (before, file) in [
                    ("/", "canary.txt"),
                    ("/dir/", "canary.txt"),
                    ("/dir/deep/", "root-2/canary.txt"),
                    ("/inside.txt/", "outside/canary.txt"),
                ] {
                    attempts.push(format!("{before}{way}{between}{file}"));
                }
            }
        }
    }
    let far = "../".repeat(40);
    attempts.extend([
        format!("{outer}/canary.txt"),
        format!("/{outer}/canary.txt"),
        format!("//{outer}/canary.txt"),
        format!("/%2f{outer}/canary.txt"),
        format!("/{}", outer.replace('/', "%2f")) + "%2fcanary.txt",
        format!("/{far}{outer}/canary.txt"),
        format!("/dir/{far}etc/passwd"),
        format!("http://localhost/{outer}/canary.txt"),
        format!("file://{outer}/canary.txt"),
        format!("file:{outer}/canary.txt"),
        format!("..{outer}/canary.txt"),
    ]);
    attempts.extend(
        [
            "../canary.txt",
            "http://localhost/../canary.txt",
            "http://localhost/..%2fcanary.txt",
            "canary.txt",
            "//localhost/../canary.txt",
            "/-2/canary.txt",
            "/../root-2/canary.txt",
            "/..",
            "/../",
            "/dir/..",
            "/dir/../..",
            "/dir/../../",
            "/../outside/",
            "/%2e%2e/outside/",
            "/..%2foutside/",
            "/dir/deep/../../../outside/",
            "/inside.txt/../../canary.txt",
            "/?/../../canary.txt",
            "/?../canary.txt",
            "/#/../../canary.txt",
            "/~/canary.txt",
            "/~root/",
            "/C:/canary.txt",
            "/proc/self/root/etc/passwd",
            "/proc/self/cwd/",
            "/dev/fd/3",
            "/.%00./canary.txt",
        ]
        .map(str::to_owned),
    );
    attempts
}

fn assert_nothing_leaks(attempt: &str, answer: &[u8]) {
    let has = |needle: &str| answer.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(!has(CANARY) && !has("root:x:0"), "{attempt:?} leaks: {}", answer.escape_ascii());
}

#[test]
fn no_target_leads_out() {
    let site = Site::new();
    let address = site.program.address();
    let attempts = attempts(site.outer.path());
    for attempt in &attempts {
        let head = format!("GET {attempt} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let answer = raw(address, head.as_bytes());
        assert_nothing_leaks(attempt, &answer);
        // A query or fragment is none of the path; without them, nothing is there.
        let path = attempt.split(['?', '#']).next().unwrap();
        let expected: &[&str] = if path.len() < attempt.len() { &["200", "400"] } else { &["400", "404", "421"] };
        let status = String::from_utf8_lossy(answer.get(9..12).unwrap_or_default()).into_owned();
        assert!(expected.contains(&status.as_str()), "{attempt:?}: {}", answer.escape_ascii());
    }
    assert!(attempts.len() > 2000);
    assert_eq!(get(address, "/inside.txt").text(), "inside");
    assert_eq!(get(address, "/dir/deep/file.txt").text(), "deep");
}

#[test]
fn no_link_leads_out() {
    let site = Site::new();
    let (root, outer) = (site.root(), site.outer.path());
    let out = [
        ("absolute.txt", outer.join("canary.txt")),
        ("relative.txt", PathBuf::from("../canary.txt")),
        ("around.txt", PathBuf::from("dir/deep/../../../canary.txt")),
        ("back.txt", PathBuf::from("../root-2/../root/../canary.txt")),
        ("absolute-dir", outer.join("outside")),
        ("relative-dir", PathBuf::from("../outside")),
        ("parent", PathBuf::from("..")),
        ("top", PathBuf::from("/")),
        ("passwd", PathBuf::from("/etc/passwd")),
        ("zero", PathBuf::from("/dev/zero")),
        ("chain.txt", PathBuf::from("relative.txt")),
        ("chain-dir", PathBuf::from("dir/up")),
        ("loop", PathBuf::from("loop")),
        ("nowhere", PathBuf::from("missing")),
    ];
    for (name, to) in &out {
        symlink(to, root.join(name)).unwrap();
    }
    symlink("../../outside", root.join("dir/up")).unwrap();
    let within = [("to-file", "inside.txt"), ("to-deep", "dir/deep/file.txt"), ("to-dir", "dir/deep")];
    for (name, to) in within {
        symlink(to, root.join(name)).unwrap();
    }
    let address = site.program.address();
    for (name, _) in &out {
        for rest in ["", "/", "/canary.txt", "/outside/canary.txt", "/etc/passwd"] {
            let answer = get(address, &format!("/{name}{rest}"));
            assert_eq!(answer.status, 404, "/{name}{rest}");
            assert_nothing_leaks(name, &answer.content);
        }
    }
    assert_eq!(get(address, "/to-file").text(), "inside");
    assert_eq!(get(address, "/to-deep").text(), "deep");
    assert_eq!(get(address, "/to-dir/file.txt").text(), "deep");
    let listing = get(address, "/").text();
    for (name, _) in &out {
        assert!(!listing.contains(&format!("./{name}")), "{name} is listed");
    }
    for (name, _) in within {
        assert!(listing.contains(&format!("\"./{name}")), "{name} is not listed");
    }
    assert!(!get(address, "/dir/").text().contains("./up"));
}

/// A link that is changed between looking and opening gains nothing: there is no looking.
#[test]
fn a_link_that_changes_all_the_time_does_not_lead_out() {
    let site = Site::new();
    let root = site.root();
    symlink("dir/deep", root.join("door")).unwrap();
    fs::write(root.join("dir/deep/canary.txt"), "the one inside").unwrap();
    let stop = AtomicBool::new(false);
    let mut inside = 0;
    thread::scope(|scope| {
        scope.spawn(|| {
            let (new, door) = (root.join("new-door"), root.join("door"));
            while !stop.load(Ordering::Relaxed) {
                for to in ["../outside", "dir/deep"] {
                    symlink(to, &new).unwrap();
                    fs::rename(&new, &door).unwrap();
                }
            }
        });
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let mut client = Client::connect(site.program.address());
            for _ in 0..900 {
                client.request("GET", "/door/canary.txt", &[]);
                let answer = client.answer("GET");
                assert_nothing_leaks("a changing link", &answer.content);
                assert!(matches!(answer.status, 200 | 404), "{answer:?}");
                inside += usize::from(answer.status == 200);
            }
        }));
        stop.store(true, Ordering::Relaxed);
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
    println!("{inside} of 900 were answered from inside");
}
