//! The table of what is accepted, line by line, at every division of the input.

use basehttp_tests::escape::unescape;
use basehttp_tests::script::Script;
use basehttp_tests::split;

use crate::{SECOND, Verdict, judge};

/// Threat, what is wrong, the status, the octets.
const REFUSED: &[(&str, &str, u16, &str)] = &[
    // Line ends.
    ("t07", "LF after the request line", 400, "GET / HTTP/1.1\\nHost: a\\r\\n\\r\\n"),
    ("t07", "LF after a field", 400, "GET / HTTP/1.1\\r\\nHost: a\\nX: y\\r\\n\\r\\n"),
    ("t07", "LF for the empty line", 400, "GET / HTTP/1.1\\r\\nHost: a\\r\\n\\n"),
    ("t08", "CR after the request line", 400, "GET / HTTP/1.1\\rHost: a\\r\\n\\r\\n"),
    ("t08", "CR after a field", 400, "GET / HTTP/1.1\\r\\nHost: a\\rX: y\\r\\n\\r\\n"),
    ("t08", "CR for the empty line", 400, "GET / HTTP/1.1\\r\\nHost: a\\r\\n\\rX: y\\r\\n\\r\\n"),
    ("t17", "LF after a chunk size", 400, "{chunked}5\\nhello\\r\\n0\\r\\n\\r\\n"),
    ("t17", "LF after chunk data", 400, "{chunked}5\\r\\nhello\\n0\\r\\n\\r\\n"),
    ("t17", "LF after the last chunk", 400, "{chunked}5\\r\\nhello\\r\\n0\\n\\r\\n"),
    ("t17", "LF after the trailers", 400, "{chunked}5\\r\\nhello\\r\\n0\\r\\n\\n"),
    // Empty lines before a request.
    ("t55", "five empty lines", 400, "\\r\\n\\r\\n\\r\\n\\r\\n\\r\\nGET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"),
    ("t55", "an empty line of LF", 400, "\\nGET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"),
    // The request line.
    ("t27", "two spaces after the method", 400, "GET  / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"),
    ("t27", "two spaces after the target", 400, "GET /  HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"),
    ("t27", "a tab", 400, "GET\\t/ HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"),
    ("t27", "a space at the start", 400, " GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"),
    ("t27", "a space at the end", 400, "GET / HTTP/1.1 \\r\\nHost: a\\r\\n\\r\\n"),
    ("t41", "more than 8,192 octets", 414, "GET /\\(a*9000) HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"),
    ("t34", "a fragment", 400, "GET /#a HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"),
    ("t34", "an asterisk", 400, "GET * HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"),
    ("t34", "no slash", 400, "GET a HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"),
    // The method.
    ("t14", "a method that is no token", 400, "G(T / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"),
    ("t41", "a method of 33 octets", 501, "\\(M*33) / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"),
    // The version.
    ("t26", "no version", 400, "GET /\\r\\nHost: a\\r\\n\\r\\n"),
    ("t26", "another major version", 505, "GET / HTTP/2.0\\r\\nHost: a\\r\\n\\r\\n"),
    ("t26", "two digits", 400, "GET / HTTP/1.10\\r\\nHost: a\\r\\n\\r\\n"),
    ("t26", "lower case", 400, "GET / http/1.1\\r\\nHost: a\\r\\n\\r\\n"),
    // Names and values.
    ("t14", "a name that is no token", 400, "GET / HTTP/1.1\\r\\nHost: a\\r\\nX@: y\\r\\n\\r\\n"),
    ("t09", "a NUL in a value", 400, "GET / HTTP/1.1\\r\\nHost: a\\r\\nX: y\\x00\\r\\n\\r\\n"),
    ("t10", "a vertical tab at the edge of a value", 400, "GET / HTTP/1.1\\r\\nHost: a\\r\\nX: \\x0by\\r\\n\\r\\n"),
    ("t11", "a space before the colon", 400, "GET / HTTP/1.1\\r\\nHost: a\\r\\nX : y\\r\\n\\r\\n"),
    ("t13", "no colon", 400, "GET / HTTP/1.1\\r\\nHost: a\\r\\nX\\r\\n\\r\\n"),
    ("t13", "no name", 400, "GET / HTTP/1.1\\r\\nHost: a\\r\\n: y\\r\\n\\r\\n"),
    ("t29", "a pseudo-header field", 400, "GET / HTTP/1.1\\r\\nHost: a\\r\\n:path: /\\r\\n\\r\\n"),
    ("t12", "a folded line", 400, "GET / HTTP/1.1\\r\\nHost: a\\r\\nX: y\\r\\n z\\r\\n\\r\\n"),
    ("t12", "white space before the first field", 400, "GET / HTTP/1.1\\r\\n Host: a\\r\\n\\r\\n"),
    ("t42", "more than 100 fields", 431, "GET / HTTP/1.1\\r\\n\\(Host: a\\r\\n*1)\\(X: y\\r\\n*100)\\r\\n"),
    ("t41", "more than 32 KiB of head", 431, "GET / HTTP/1.1\\r\\nHost: a\\r\\nX: \\(y*33000)\\r\\n\\r\\n"),
    // Host.
    ("t31", "no Host", 400, "GET / HTTP/1.1\\r\\n\\r\\n"),
    ("t31", "two Hosts", 400, "GET / HTTP/1.1\\r\\nHost: a\\r\\nHost: a\\r\\n\\r\\n"),
    ("t31", "two Hosts in HTTP/1.0", 400, "GET / HTTP/1.0\\r\\nHost: a\\r\\nHost: a\\r\\n\\r\\n"),
    ("t31", "a bad Host", 400, "GET / HTTP/1.1\\r\\nHost: a/b\\r\\n\\r\\n"),
    ("t31", "user information in the target", 400, "GET http://u@a/ HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n"),
    // Content-Length and Transfer-Encoding.
    (
        "t01",
        "both",
        400,
        "POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 5\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n",
    ),
    (
        "t02",
        "an obfuscated coding",
        400,
        "POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: ,chunked\\r\\n\\r\\n0\\r\\n\\r\\n",
    ),
    (
        "t02",
        "an unknown coding",
        501,
        "POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: gzip, chunked\\r\\n\\r\\n0\\r\\n\\r\\n",
    ),
    (
        "t03",
        "two codings",
        400,
        "POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked, chunked\\r\\n\\r\\n0\\r\\n\\r\\n",
    ),
    ("t04", "a sign", 400, "POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: +5\\r\\n\\r\\nhello"),
    (
        "t05",
        "two lengths",
        400,
        "POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 5\\r\\nContent-Length: 5\\r\\n\\r\\nhello",
    ),
    ("t06", "a coding in HTTP/1.0", 400, "POST / HTTP/1.0\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n"),
    // Chunk lines.
    ("t15", "no digit", 400, "{chunked}\\r\\nhello\\r\\n0\\r\\n\\r\\n"),
    ("t15", "17 digits", 400, "{chunked}00000000000000005\\r\\nhello\\r\\n0\\r\\n\\r\\n"),
    ("t16", "more than 64 bits", 400, "{chunked}10000000000000005\\r\\nhello\\r\\n0\\r\\n\\r\\n"),
    ("t18", "a space at the end", 400, "{chunked}5 \\r\\nhello\\r\\n0\\r\\n\\r\\n"),
    ("t18", "a semicolon at the end", 400, "{chunked}5;\\r\\nhello\\r\\n0\\r\\n\\r\\n"),
    ("t52", "more than 256 octets", 400, "{chunked}5;\\(x*300)\\r\\nhello\\r\\n0\\r\\n\\r\\n"),
    // Trailers.
    ("t19", "a framing field", 400, "{chunked}0\\r\\nContent-Length: 5\\r\\n\\r\\n"),
    ("t53", "more than 32 trailers", 431, "{chunked}0\\r\\n\\(X: y\\r\\n*33)\\r\\n"),
    ("t53", "more than 8 KiB of trailers", 431, "{chunked}0\\r\\nX: \\(y*8200)\\r\\n\\r\\n"),
    // Expect.
    (
        "t22",
        "another expectation",
        417,
        "POST / HTTP/1.1\\r\\nHost: a\\r\\nExpect: x\\r\\nContent-Length: 5\\r\\n\\r\\nhello",
    ),
];

#[test]
fn t24_every_refusal_closes_and_ends_parsing() {
    for (threat, what, status, text) in REFUSED {
        let text =
            text.replace("{chunked}", "POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n");
        let input = [unescape(&text).unwrap().0.as_slice(), SECOND].concat();
        let seen = split::check(&Script::default(), &input);
        assert_eq!(judge(&seen, &input), Verdict::Refused(*status), "{threat} {what}\n{seen}");
    }
}

#[test]
fn t24_what_comes_after_a_refusal_is_dropped_in_later_reads_too() {
    for (threat, what, _, text) in REFUSED {
        let text =
            text.replace("{chunked}", "POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n");
        let input = unescape(&text).unwrap().0;
        let pieces: Vec<&[u8]> = std::iter::once(&input[..]).chain(std::iter::repeat_n(SECOND, 5)).collect();
        let seen = split::run(&Script::default().eof(), pieces);
        let alone = split::run(&Script::default().eof(), [&[&input[..], SECOND].concat()[..]]);
        assert_eq!(seen, alone, "{threat} {what}");
    }
}
