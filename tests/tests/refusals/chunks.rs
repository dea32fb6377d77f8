//! Chunk framing: terminators, sizes, extensions.

use basehttp_tests::chunks::size_line;
use basehttp_tests::escape::escape;
use basehttp_tests::random::Random;

use crate::{SECOND, Verdict, head, verdict, verdict_whole};

fn chunked(content: &[&[u8]]) -> Vec<u8> {
    let mut request = head("POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked");
    content.iter().for_each(|part| request.extend_from_slice(part));
    request
}

/// Tries every pair of octets as a terminator between `before` and `after`: CR LF alone may be one.
fn every_pair(before: &[u8], after: &[u8], waits: impl Fn([u8; 2]) -> bool) {
    for first in 0..=u8::MAX {
        for second in 0..=u8::MAX {
            let pair = [first, second];
            let expected = match &pair {
                b"\r\n" => Verdict::Accepted,
                _ if waits(pair) => Verdict::Waits,
                _ => Verdict::Refused(400),
            };
            let found = verdict_whole(&chunked(&[before, &pair, after]));
            assert_eq!(found, expected, "{}", escape(&pair));
        }
    }
}

/// Whether a line announces a chunk that is not complete after `rest` and [`SECOND`]: that is then all content.
fn is_cut(line: &[u8], rest: &[u8]) -> bool {
    let follows = [rest, SECOND].concat();
    size_line(line)
        .and_then(|size| usize::try_from(size).ok())
        .is_some_and(|size| size >= follows.len() || (size > 0 && follows[size..] == *b"\r\n"))
}

#[test]
fn t17_every_pair_of_octets_after_a_size() {
    let is_cut = |pair: [u8; 2]| is_cut(&[b"5", &pair[..], b"hello"].concat(), b"0\r\n\r\n");
    every_pair(b"5", b"hello\r\n0\r\n\r\n", is_cut);
}

#[test]
fn t17_every_pair_of_octets_after_data() {
    every_pair(b"5\r\nhello", b"0\r\n\r\n", |_| false);
}

#[test]
fn t17_every_pair_of_octets_after_the_last_size() {
    let is_cut = |pair: [u8; 2]| is_cut(&[b"0", &pair[..]].concat(), b"");
    every_pair(b"5\r\nhello\r\n0", b"\r\n", is_cut);
}

#[test]
fn t17_every_pair_of_octets_after_the_trailers() {
    every_pair(b"5\r\nhello\r\n0\r\nX: y\r\n", b"", |_| false);
}

#[test]
fn t17_data_that_spills_is_refused_at_every_length() {
    for more in 1..=8 {
        let data = [b"hello", &vec![b'Z'; more][..]].concat();
        let input = chunked(&[b"5\r\n", &data, b"\r\n0\r\n\r\n"]);
        assert_eq!(verdict(&input).0, Verdict::Refused(400), "{more} octets too many");
    }
    for fewer in 1..=4 {
        let input = chunked(&[b"5\r\n", &b"hello"[fewer..], b"\r\n0\r\n\r\n"]);
        assert_eq!(verdict(&input).0, Verdict::Refused(400), "{fewer} octets too few");
    }
}

/// Lines that announce 5 octets of data.
const SIZES: &[&str] = &[
    "5",
    "05",
    "005",
    "0000000000000005",
    "5;a",
    "5;a=b",
    "5;a=\"b\"",
    "5 ;a",
    "5\t;a",
    "5; a",
    "5;a =b",
    "5;a= b",
    "5;a=b;c",
    "5;a=b ;c",
    "5;a;b;c",
    "5;a=\"\"",
    "5;a=\";\"",
    "5;a=\"\\\"\"",
    "5;a=\"\\\\\"",
    "5;a=\"\t\"",
    "5;a=\"b c\" ; d",
    "5;!#$%&'*+-.^_`|~0aZ",
    "5;0=1",
    "5;a=\"\u{e4}\"",
];

/// Lines that are no chunk size.
const NO_SIZES: &[&str] = &[
    "",
    " 5",
    "5 ",
    "\t5",
    "5\t",
    "+5",
    "-5",
    "0x5",
    "0X5",
    "x5",
    "#5",
    "$5",
    "5h",
    "5H",
    "5_",
    "1_0",
    "_5",
    "5.",
    "5.0",
    ".5",
    "5,",
    ",5",
    "5,5",
    "5 5",
    "0 5",
    "5;",
    "5; ",
    "5 ;",
    "5;;a",
    ";a",
    " ;a",
    "5;a;",
    "5;a;;b",
    "5;a=",
    "5;a= ",
    "5;=",
    "5;=b",
    "5;a==b",
    "5;a=b=c",
    "5;a b",
    "5;a=b c",
    "5;a,b",
    "5;a=b,c",
    "5;(a)",
    "5;a=(b)",
    "5;a\"b\"",
    "5;\"a\"",
    "5;a=\"",
    "5;a=\"b",
    "5;a=\"b\"c",
    "5;a=\"\\\"",
    "5;a=b\"",
    "5;a@b",
    "5=a",
    "5:a",
    "5\"",
    "\"5\"",
    "5%",
    "%35",
    "\u{665}",
    "5\u{a0}",
    "\u{feff}5",
    "00000000000000005",
    "10000000000000000",
    "10000000000000005",
    "fffffffffffffffff",
    "5\0",
    "\u{0}5",
    "5\u{b}",
    "5;\u{b}a",
    "G",
    "g",
    "z",
];

#[test]
fn t15_t18_lines_that_announce_a_chunk() {
    for line in SIZES {
        assert_eq!(size_line(line.as_bytes()), Some(5), "{line}");
        let input = chunked(&[line.as_bytes(), b"\r\nhello\r\n0\r\n\r\n"]);
        let (found, seen) = verdict(&input);
        assert_eq!((found, seen.content().as_slice()), (Verdict::Accepted, &b"hello"[..]), "{line}");
    }
}

#[test]
fn t15_t18_lines_that_announce_nothing() {
    for line in NO_SIZES {
        assert_eq!(size_line(line.as_bytes()), None, "{line}");
        let input = chunked(&[line.as_bytes(), b"\r\nhello\r\n0\r\n\r\n"]);
        assert_eq!(verdict(&input).0, Verdict::Refused(400), "{line:?}");
        let last = chunked(&[b"5\r\nhello\r\n", line.as_bytes(), b"\r\n0\r\n\r\n"]);
        assert_eq!(verdict(&last).0, Verdict::Refused(400), "{line:?} as a second chunk");
    }
}

#[test]
fn t16_sizes_beyond_32_and_64_bits_are_not_cut_off() {
    for size in ["100000005", "8000000000000000", "ffffffffffffffff", "0000000100000005", "7fffffffffffffff"] {
        let (found, seen) = verdict(&chunked(&[size.as_bytes(), b"\r\nhello"]));
        assert_eq!(found, Verdict::Waits, "{size}");
        assert!(seen.content().starts_with(b"hello"));
    }
    for size in ["10000000000000000", "10000000000000005", "ffffffffffffffff0"] {
        assert_eq!(verdict(&chunked(&[size.as_bytes(), b"\r\nhello\r\n0\r\n\r\n"])).0, Verdict::Refused(400), "{size}");
    }
}

/// Extensions made by the grammar, and the same with one octet changed.
#[test]
fn t18_extensions_by_the_grammar_and_one_octet_beside_it() {
    let mut random = Random::new(18);
    for _ in 0..400 {
        let line = extension_line(&mut random);
        assert_eq!(size_line(&line), Some(5), "{}", escape(&line));
        let (found, seen) = verdict(&chunked(&[&line, b"\r\nhello\r\n0\r\n\r\n"]));
        assert_eq!((found, seen.content()), (Verdict::Accepted, b"hello".to_vec()), "{}", escape(&line));

        let mut changed = line.clone();
        let at = random.below(changed.len());
        changed[at] = u8::try_from(random.below(256)).unwrap();
        // A line end in the line makes it two, which is another test.
        let expected = match size_line(&changed) {
            Some(5) => Verdict::Accepted,
            Some(_) => continue,
            None => Verdict::Refused(400),
        };
        let found = verdict(&chunked(&[&changed, b"\r\nhello\r\n0\r\n\r\n"])).0;
        assert_eq!(found, expected, "{}", escape(&changed));
    }
}

/// `5` and up to three extensions.
fn extension_line(random: &mut Random) -> Vec<u8> {
    let mut line = b"5".to_vec();
    let spaces: [&[u8]; 4] = [b"", b"", b" ", b"\t "];
    for _ in 0..=random.below(3) {
        let mut space = || spaces[random.below(4)];
        let (s1, s2, s3, s4) = (space(), space(), space(), space());
        line.extend([s1, b";", s2, b"name"].concat());
        match random.below(3) {
            0 => {}
            1 => line.extend([s3, b"=", s4, b"va1ue"].concat()),
            _ => line.extend([s3, b"=", s4, b"\"quoted \\\" \xff;=\""].concat()),
        }
    }
    line
}
