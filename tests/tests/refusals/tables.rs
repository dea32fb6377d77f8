//! Host, Content-Length, Transfer-Encoding and the version: what is valid and what is not, value by value.

use basehttp_tests::escape::unescape;
use basehttp_tests::observation::Observation;

use crate::{Verdict, head, verdict};

/// Values of Host that are valid (RFC 9112 3.2, RFC 3986 3.2.2).
const HOSTS: &[&str] = &[
    "",
    "a",
    "A.Example",
    "a.example.",
    "localhost",
    "xn--bcher-kva.example",
    "my_host",
    "a-b",
    "a~b",
    "a!b",
    "a$&'()*+;=b",
    "a%2Db",
    "%41",
    "a:",
    "a:0",
    "a:80",
    "a:65535",
    "a:00080",
    "1.2.3.4",
    "1.2.3.4:80",
    "999.1.1.1",
    "1.2.3",
    "[::1]",
    "[::1]:80",
    "[::]",
    "[1:2:3:4:5:6:7:8]",
    "[::ffff:1.2.3.4]",
    "[2001:DB8::1]:443",
    "[::1]:",
];

/// Values of Host that are not: no name, no address, or something beside them. A comma, an IPvFuture, a zone and a port
/// alone are refused although a grammar somewhere allows them: nobody sends them but to confuse two readers.
const NO_HOSTS: &[&str] = &[
    "a,b",
    "a, b",
    "a b",
    "a\\tb",
    "a/b",
    "a/",
    "/",
    "a?b",
    "a#b",
    "u@a",
    "u:p@a",
    "@",
    "a\\\\b",
    "a\"b",
    "<a>",
    "a^b",
    "a`b",
    "{a}",
    "a|b",
    "a:b",
    "a:80:80",
    "a:+80",
    "a:-1",
    "a:8 0",
    "a:65536",
    "a:99999",
    "a:4294967376",
    "a:18446744073709551696",
    "a:0x50",
    ":",
    ":80",
    "::1",
    "::1:80",
    "1:2:3:4:5:6:7:8",
    "[::1",
    "::1]",
    "[]",
    "[a]",
    "[1.2.3.4]",
    "[::1]a",
    "[::1]:a",
    "[::1]:80:80",
    "[[::1]]",
    "[::1%25eth0]",
    "[fe80::1%eth0]",
    "[v1.a]",
    "[1:2:3:4:5:6:7]",
    "[::1::2]",
    "[::g]",
    "[00001::1]",
    "[::ffff:1.2.3.256]",
    "[ ::1]",
    "a%",
    "a%2",
    "a%zz",
    "%",
    "http://a",
    "http://a/",
    "\\xc3\\xa4",
    "a\\xff",
    "a\\x80",
    "a\\xa0",
    "a;b,c",
    "[::1],b",
];

#[test]
fn t31_hosts() {
    assert!(HOSTS.len() + NO_HOSTS.len() >= 80);
    for (values, expected) in [(HOSTS, Verdict::Accepted), (NO_HOSTS, Verdict::Refused(400))] {
        for value in values {
            let octets = unescape(value).unwrap().0;
            for version in ["1.1", "1.0"] {
                let keep = "Connection: keep-alive";
                let input = [&head(&format!("GET / HTTP/{version}|{keep}"))[..], b""].concat();
                let line = [b"Host: ", &octets[..], b"\r\n"].concat();
                let at = input.len() - 2;
                let input = [&input[..at], &line, b"\r\n"].concat();
                let (found, seen) = verdict(&input);
                assert_eq!(found, expected, "Host: {value} in HTTP/{version}");
                if found == Verdict::Accepted {
                    assert_eq!(host(&seen), Some(*value));
                }
            }
        }
    }
}

/// The same values in an absolute-form target: there an empty host is invalid (RFC 9110 4.2.1), and the octets of a
/// target are fewer.
#[test]
fn t32_hosts_in_the_target() {
    for value in HOSTS {
        let expected =
            if value.is_empty() || value.starts_with(':') { Verdict::Refused(400) } else { Verdict::Accepted };
        let (found, seen) = verdict(&head(&format!("GET http://{value}/x HTTP/1.1|Host: other")));
        assert_eq!(found, expected, "http://{value}/x");
        if found == Verdict::Accepted {
            assert_eq!(host(&seen), Some(*value), "the target overrides Host");
        }
    }
    // A slash or a question mark ends the host of a target; what stands before it may be one.
    let ends_host = |value: &&&str| !value.contains(['/', '?']);
    for value in NO_HOSTS.iter().filter(ends_host) {
        let target = [b"GET http://", &unescape(value).unwrap().0[..], b"/x HTTP/1.1\r\nHost: other\r\n\r\n"].concat();
        assert_eq!(verdict(&target).0, Verdict::Refused(400), "http://{value}/x");
    }
}

fn host(seen: &Observation) -> Option<&str> {
    seen.requests().next().and_then(|request| request.host.as_deref())
}

#[test]
fn t31_the_number_of_hosts() {
    for (lines, expected) in [
        ("GET / HTTP/1.1", Verdict::Refused(400)),
        ("GET / HTTP/1.1|X-Host: a", Verdict::Refused(400)),
        ("GET / HTTP/1.1|Host: a", Verdict::Accepted),
        ("GET / HTTP/1.1|Host: a|Host: a", Verdict::Refused(400)),
        ("GET / HTTP/1.1|Host: a|hOST: b", Verdict::Refused(400)),
        ("GET / HTTP/1.1|Host:|Host: a", Verdict::Refused(400)),
        ("GET / HTTP/1.1|Host: a|X: y|Host:", Verdict::Refused(400)),
        ("GET / HTTP/1.1|Host: a|Host: a|Host: a", Verdict::Refused(400)),
        ("GET http://a/ HTTP/1.1", Verdict::Refused(400)),
        ("GET http://a/ HTTP/1.1|Host: a|Host: a", Verdict::Refused(400)),
        ("GET / HTTP/1.0|Connection: keep-alive", Verdict::Accepted),
        ("GET / HTTP/1.0|Connection: keep-alive|Host: a", Verdict::Accepted),
        ("GET / HTTP/1.0|Connection: keep-alive|Host: a|Host: a", Verdict::Refused(400)),
        ("CONNECT a:1 HTTP/1.1", Verdict::Refused(400)),
        ("OPTIONS * HTTP/1.1", Verdict::Refused(400)),
    ] {
        assert_eq!(verdict(&head(lines)).0, expected, "{lines}");
    }
}

/// Values of Content-Length that announce the 2 octets that follow.
const LENGTHS: &[&str] = &["2", "02", "002", "0000000000000000002", " 2", "2 ", "\\t2\\t", " \\t 2 \\t "];

/// Values of Content-Length that announce nothing.
const NO_LENGTHS: &[&str] = &[
    "",
    " ",
    "+2",
    "-2",
    "-0",
    "+",
    "-",
    "0x2",
    "0X2",
    "x2",
    "2x",
    "0o2",
    "0b10",
    "2_0",
    "_2",
    "2_",
    "2,2",
    "2, 2",
    "2,",
    ",2",
    "2,3",
    ",",
    "2;x",
    "2;",
    ";2",
    "\"2\"",
    "'2'",
    "(2)",
    "2.0",
    "2.",
    ".2",
    "2e0",
    "2E0",
    "2 0",
    "2\\t0",
    "0 2",
    "two",
    "NaN",
    "inf",
    "true",
    "null",
    "2h",
    "2%",
    "%32",
    "\\xd9\\xa2",
    "\\xef\\xbc\\x92",
    "\\xa02",
    "2\\xa0",
    "\\x852",
    "00000000000000000002",
    "99999999999999999999",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "18446744073709551618",
    "36893488147419103234",
    "4294967298,2",
    "2\\x00",
    "\\x002",
    "2\\x0b",
    "\\x0c2",
    "2\\r",
    "2\\n",
];

#[test]
fn t04_lengths() {
    assert!(LENGTHS.len() + NO_LENGTHS.len() >= 60);
    let input = |value: &str| {
        let value = unescape(value).unwrap().0;
        [b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length:", &value[..], b"\r\n\r\nab"].concat()
    };
    for value in LENGTHS {
        let (found, seen) = verdict(&input(value));
        assert_eq!((found, seen.content().as_slice()), (Verdict::Accepted, &b"ab"[..]), "{value}");
    }
    for value in NO_LENGTHS {
        assert_eq!(verdict(&input(value)).0, Verdict::Refused(400), "{value}");
    }
    for value in ["4294967298", "9223372036854775807", "1000000000000000000"] {
        assert_eq!(verdict(&input(value)).0, Verdict::Waits, "{value}");
    }
}

#[test]
fn t05_every_pair_of_lengths_is_refused() {
    for first in ["2", "3", "", "0", "x"] {
        for second in ["2", "3", "", "0", "x"] {
            for between in ["", "X: y|"] {
                let lines =
                    format!("POST / HTTP/1.1|Host: a|Content-Length: {first}|{between}content-LENGTH: {second}");
                let input = [&head(&lines)[..], b"ab"].concat();
                assert_eq!(verdict(&input).0, Verdict::Refused(400), "{lines}");
            }
        }
    }
}

/// Field lines about the framing, and what becomes of a request with them in HTTP/1.1.
const CODINGS: &[(&str, Verdict)] = &[
    ("Transfer-Encoding: chunked", Verdict::Accepted),
    ("Transfer-Encoding:chunked", Verdict::Accepted),
    ("Transfer-Encoding:\tchunked \t", Verdict::Accepted),
    ("TRANSFER-ENCODING: CHUNKED", Verdict::Accepted),
    ("transfer-encoding: Chunked", Verdict::Accepted),
    ("Transfer-Encoding: chunked, chunked", Verdict::Refused(400)),
    ("Transfer-Encoding: chunked,", Verdict::Refused(400)),
    ("Transfer-Encoding: ,chunked", Verdict::Refused(400)),
    ("Transfer-Encoding: , chunked ,", Verdict::Refused(400)),
    ("Transfer-Encoding:", Verdict::Refused(400)),
    ("Transfer-Encoding: ,", Verdict::Refused(400)),
    ("Transfer-Encoding: \"chunked\"", Verdict::Refused(400)),
    ("Transfer-Encoding: chunked;", Verdict::Refused(400)),
    ("Transfer-Encoding: chunked;a=b", Verdict::Refused(400)),
    ("Transfer-Encoding: chun ked", Verdict::Refused(400)),
    ("Transfer-Encoding: gzip chunked", Verdict::Refused(400)),
    ("Transfer-Encoding: gzip, chunked", Verdict::Refused(501)),
    ("Transfer-Encoding: identity, chunked", Verdict::Refused(501)),
    ("Transfer-Encoding: gzip;q=1, chunked", Verdict::Refused(400)),
    ("Transfer-Encoding: gzip;a=\"b, chunked\"", Verdict::Refused(400)),
    ("Transfer-Encoding: \"gzip, chunked", Verdict::Refused(400)),
    ("Transfer-Encoding: xchunked", Verdict::Refused(400)),
    ("Transfer-Encoding: chunkedx", Verdict::Refused(400)),
    ("Transfer-Encoding: 'chunked'", Verdict::Refused(400)),
    ("Transfer-Encoding: chunked-chunked", Verdict::Refused(400)),
    ("Transfer-Encoding: identity", Verdict::Refused(400)),
    ("Transfer-Encoding: gzip", Verdict::Refused(400)),
    ("Transfer-Encoding: deflate, gzip", Verdict::Refused(400)),
    ("Transfer-Encoding: chunked, identity", Verdict::Refused(400)),
    ("Transfer-Encoding: chunked, gzip,", Verdict::Refused(400)),
    ("Transfer-Encoding: chunked|Transfer-Encoding: chunked", Verdict::Refused(400)),
    ("Transfer-Encoding: chunked|Transfer-Encoding: identity", Verdict::Refused(400)),
    ("Transfer-Encoding: identity|Transfer-Encoding: chunked", Verdict::Refused(400)),
    ("Transfer-Encoding: chunked|X: y|transfer-encoding:", Verdict::Refused(400)),
    ("Transfer-Encoding:|Transfer-Encoding: chunked", Verdict::Refused(400)),
    ("Transfer-Encoding : chunked", Verdict::Refused(400)),
    ("Transfer-Encoding\t: chunked", Verdict::Refused(400)),
    (" Transfer-Encoding: chunked", Verdict::Refused(400)),
    ("Transfer-Encoding:| chunked", Verdict::Refused(400)),
    ("Transfer-Encoding: chunked|\tx", Verdict::Refused(400)),
    ("Transfer Encoding: chunked", Verdict::Refused(400)),
    ("Content-Length: 13|Transfer-Encoding: chunked", Verdict::Refused(400)),
    ("Transfer-Encoding: chunked|Content-Length: 13", Verdict::Refused(400)),
    ("Transfer-Encoding: chunked|Content-Length: 0", Verdict::Refused(400)),
    ("Transfer-Encoding: identity|Content-Length: 13", Verdict::Refused(400)),
    ("Transfer-Encoding:|Content-Length: 13", Verdict::Refused(400)),
    ("Content-Length: x|Transfer-Encoding: chunked", Verdict::Refused(400)),
    ("Content-Length: 13|Content-Length: 13|Transfer-Encoding: chunked", Verdict::Refused(400)),
];

#[test]
fn t01_t02_t03_codings() {
    for (lines, expected) in CODINGS {
        let input = [&head(&format!("POST / HTTP/1.1|Host: a|{lines}"))[..], b"3\r\nabc\r\n0\r\n\r\n"].concat();
        let (found, seen) = verdict(&input);
        assert_eq!(found, *expected, "{lines}");
        if found == Verdict::Accepted {
            assert_eq!(seen.content(), b"abc");
        }
    }
}

#[test]
fn t06_no_coding_in_http10() {
    for connection in ["", "|Connection: keep-alive", "|Connection: close", "|Keep-Alive: timeout=5"] {
        for (lines, _) in CODINGS {
            let head = head(&format!("POST / HTTP/1.0|Host: a{connection}|{lines}"));
            let input = [&head[..], b"3\r\nabc\r\n0\r\n\r\n"].concat();
            assert_eq!(verdict(&input).0, Verdict::Refused(400), "{lines}{connection}");
        }
    }
}

/// Versions: whether they are read as HTTP/1.1 or HTTP/1.0, or what they are answered with.
const VERSIONS: &[(&str, Result<&str, u16>)] = &[
    ("HTTP/1.0", Ok("HTTP/1.0")),
    ("HTTP/1.1", Ok("HTTP/1.1")),
    ("HTTP/1.2", Ok("HTTP/1.1")),
    ("HTTP/1.5", Ok("HTTP/1.1")),
    ("HTTP/1.9", Ok("HTTP/1.1")),
    ("HTTP/0.9", Err(505)),
    ("HTTP/0.0", Err(505)),
    ("HTTP/2.0", Err(505)),
    ("HTTP/3.0", Err(505)),
    ("HTTP/9.9", Err(505)),
    ("", Err(400)),
    ("H", Err(400)),
    ("HTTP", Err(400)),
    ("HTTP/", Err(400)),
    ("HTTP/1", Err(400)),
    ("HTTP/1.", Err(400)),
    ("HTTP/2", Err(400)),
    ("HTTP/.1", Err(400)),
    ("HTTP/11", Err(400)),
    ("HTTP/1.10", Err(400)),
    ("HTTP/1.01", Err(400)),
    ("HTTP/01.1", Err(400)),
    ("HTTP/10.1", Err(400)),
    ("HTTP/1.1.1", Err(400)),
    ("HTTP/1,1", Err(400)),
    ("HTTP/1-1", Err(400)),
    ("HTTP/A.1", Err(400)),
    ("HTTP/1.A", Err(400)),
    ("HTTP/-1.1", Err(400)),
    ("HTTP/+1.1", Err(400)),
    ("HTTP/1.1x", Err(400)),
    ("HTTP/1.1/", Err(400)),
    ("HTTP/1.1;", Err(400)),
    ("HTTP/1.1\\x00", Err(400)),
    ("HTTP/1.1\\t", Err(400)),
    ("HTTP/1.1 ", Err(400)),
    (" HTTP/1.1", Err(400)),
    ("\\tHTTP/1.1", Err(400)),
    ("HTTP /1.1", Err(400)),
    ("HTTP/ 1.1", Err(400)),
    ("HTTP/1. 1", Err(400)),
    ("HTTP\\\\1.1", Err(400)),
    ("HTTP//1.1", Err(400)),
    ("http/1.1", Err(400)),
    ("Http/1.1", Err(400)),
    ("HTTp/1.1", Err(400)),
    ("HTTPS/1.1", Err(400)),
    ("XHTTP/1.1", Err(400)),
    ("RTSP/1.0", Err(400)),
    ("ICAP/1.0", Err(400)),
    ("HTTP/\\xb9.\\xb9", Err(400)),
    ("HTTP/\\xd9\\xa1.1", Err(400)),
];

#[test]
fn t26_versions() {
    for (version, expected) in VERSIONS {
        let octets = unescape(version).unwrap().0;
        let rest = b"\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
        let (found, seen) = verdict(&[b"GET / ", &octets[..], rest].concat());
        match expected {
            Ok(read_as) => {
                assert_eq!(found, Verdict::Accepted, "{version}");
                assert_eq!(seen.requests().next().unwrap().version.as_str(), *read_as);
            }
            Err(status) => assert_eq!(found, Verdict::Refused(*status), "{version}"),
        }
    }
}

/// Forms of the target with each method (RFC 9112 3.2).
#[test]
fn t34_forms_and_methods() {
    let targets =
        ["/", "/a?b", "http://a", "http://a/b", "https://a:1/", "*", "a:1", "[::1]:1", "a", "//", "?a", "", "ftp://a/"];
    for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "CONNECT", "TRACE", "PATCH", "BREW"] {
        for target in targets {
            let fits = match target {
                "*" => method == "OPTIONS",
                "a:1" | "[::1]:1" => method == "CONNECT",
                "/" | "/a?b" | "//" | "http://a" | "http://a/b" | "https://a:1/" => method != "CONNECT",
                _ => false,
            };
            let input = head(&format!("{method} {target} HTTP/1.1|Host: a"));
            let mut script = basehttp_tests::script::Script::default();
            script.reply.status = 404;
            let input = [&input[..], crate::SECOND].concat();
            let seen = basehttp_tests::split::check(&script, &input);
            let expected = if fits { Verdict::Accepted } else { Verdict::Refused(400) };
            assert_eq!(crate::judge(&seen, &input), expected, "{method} {target}");
        }
    }
}
