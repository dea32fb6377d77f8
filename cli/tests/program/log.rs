//! The log on standard error, read as a log analyser reads it.

use std::fs;

use super::common::http::{raw, request};
use super::common::{Program, Signal};

/// What was sent, in the order of [`send`]: the lines of the log stand in the same one.
const HOSTILE: &str = "/a\"b";

/// Starts the program with a form of log, sends it five requests one after the other, and returns the lines it logs.
fn lines(form: &str) -> Vec<String> {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.txt"), "12345").unwrap();
    let directory = root.path().to_str().unwrap();
    let program = Program::start([directory, "0", "--log", form]);
    let address = program.address();
    let agent = "evil\" 200 1 \"x \\ \u{e9}";
    request(address, "GET", "/a.txt?q=%22", &[("Referer", "http://localhost/"), ("User-Agent", agent)]);
    request(address, "HEAD", "/a.txt", &[]);
    request(address, "GET", "/none", &[]);
    raw(address, format!("GET {HOSTILE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes());
    raw(address, b"GET\x1b[31m\r\n\r\n");
    // The log is complete when the program has ended.
    program.signal(Signal::TERM);
    let ended = program.finish();
    assert!(ended.stderr.ends_with('\n') && ended.stderr.is_ascii(), "{ended:?}");
    assert!(!ended.stderr.contains(|c: char| c.is_control() && c != '\n'), "{ended:?}");
    let (start, rest) = ended.stderr.split_once('\n').unwrap();
    assert!(start.starts_with("Serving "), "{ended:?}");
    // The program's own last words may come before the last lines of the log, which a thread of its own writes.
    let (own, logged): (Vec<_>, Vec<_>) =
        rest.lines().map(str::to_owned).partition(|line| line.starts_with("Stopping"));
    assert_eq!(own.len(), 1, "{ended:?}");
    logged
}

/// Takes `parts` off the front of a line in turn; a part in which `9` stands for any digit and `A` for any letter.
fn take<'a>(line: &'a str, part: &str) -> &'a str {
    let fits = |(wanted, found): (char, char)| match wanted {
        '9' => found.is_ascii_digit(),
        'A' => found.is_ascii_alphabetic(),
        '±' => found == '+' || found == '-',
        other => found == other,
    };
    assert!(line.len() >= part.chars().count() && part.chars().zip(line.chars()).all(fits), "no {part:?} in {line:?}");
    &line[part.chars().count()..]
}

/// Takes a quoted value off the front of a line, and undoes its escapes.
fn take_quoted(line: &str) -> (Vec<u8>, &str) {
    let (mut rest, mut value) = (take(line, "\""), Vec::new());
    loop {
        let octet = *rest.as_bytes().first().unwrap_or_else(|| panic!("no end of a value in {line:?}"));
        match octet {
            b'"' => return (value, &rest[1..]),
            b'\\' => {
                value.push(u8::from_str_radix(&rest[2..4], 16).unwrap_or_else(|_| panic!("an escape in {line:?}")));
                rest = take(rest, "\\x");
                rest = &rest[2..];
            }
            octet => {
                value.push(octet);
                rest = &rest[1..];
            }
        }
    }
}

#[test]
fn combined() {
    let lines = lines("combined");
    let records: Vec<_> = lines
        .iter()
        .map(|line| {
            let rest = take(line, "127.0.0.1 - - [99/AAA/9999:99:99:99 ±9999] ");
            let (request_line, rest) = take_quoted(rest);
            let (status, rest) = take(rest, " ").split_once(' ').unwrap();
            let (size, rest) = rest.split_once(' ').unwrap();
            let (referer, rest) = take_quoted(rest);
            let (agent, rest) = take_quoted(take(rest, " "));
            assert_eq!(rest, "", "{line:?}");
            (request_line, status.parse::<u16>().unwrap(), size.to_owned(), referer, agent)
        })
        .collect();
    assert_eq!(records.len(), 5, "{lines:?}");
    let [first, head, none, hostile, broken] = records.try_into().unwrap();
    let expected: (&[u8], u16, &str, &[u8], &[u8]) =
        (b"GET /a.txt?q=%22 HTTP/1.1", 200, "5", b"http://localhost/", "evil\" 200 1 \"x \\ \u{e9}".as_bytes());
    assert_eq!((&first.0[..], first.1, first.2.as_str(), &first.3[..], &first.4[..]), expected);
    assert_eq!((&head.0[..], head.1, head.2.as_str()), (&b"HEAD /a.txt HTTP/1.1"[..], 200, "0"));
    assert_eq!(
        (&none.0[..], none.1, &none.3[..], &none.4[..]),
        (&b"GET /none HTTP/1.1"[..], 404, &b"-"[..], &b"-"[..])
    );
    assert_eq!(hostile.0, format!("GET {HOSTILE} HTTP/1.1").as_bytes());
    assert_eq!((&broken.0[..], broken.1), (&b"GET\x1b[31m"[..], 400));
}

#[test]
fn python() {
    let lines = lines("python");
    let bare: Vec<_> = lines.iter().map(|line| take(line, "127.0.0.1 - - [99/AAA/9999 99:99:99] ")).collect();
    assert_eq!(
        bare[..4],
        [
            "\"GET /a.txt?q=%22 HTTP/1.1\" 200 -",
            "\"HEAD /a.txt HTTP/1.1\" 200 -",
            "code 404, message Not Found",
            "\"GET /none HTTP/1.1\" 404 -",
        ]
    );
    let [.., error, broken] = bare[..] else { panic!("{lines:?}") };
    assert!(error.starts_with("code 400, message "), "{error:?}");
    assert_eq!(broken, "\"GET\\x1b[31m\" 400 -");
    // The default.
    let root = tempfile::tempdir().unwrap();
    let program = Program::serve(root.path());
    request(program.address(), "GET", "/none", &[]);
    program.wait_for_words("] code 404, message Not Found\n127.0.0.1 - - [");
    program.wait_for_words("\"GET /none HTTP/1.1\" 404 -\n");
}

#[test]
fn none() {
    assert_eq!(lines("none"), Vec::<String>::new());
}
