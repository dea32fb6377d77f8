//! Directory listings: order, forms, and that no file name is anything but text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use basehttp_handler::listing::{Entry, Format, Kind, Listing, View};
use basehttp_handler::path::{Names, SafePath};

fn at(seconds: u64) -> Option<SystemTime> {
    Some(UNIX_EPOCH + Duration::from_secs(seconds))
}

fn file(name: impl AsRef<[u8]>, size: u64, seconds: u64) -> Entry {
    Entry { name: name.as_ref().to_vec(), kind: Kind::File, link: false, size, modified: at(seconds) }
}

fn directory(name: &str, seconds: u64) -> Entry {
    Entry { kind: Kind::Directory, size: 4096, ..file(name, 0, seconds) }
}

fn render(target: &str, entries: Vec<Entry>, format: Format) -> String {
    Listing::new(&SafePath::parse(target).unwrap(), entries, false, View::default()).render(format)
}

#[test]
fn order() {
    let entries = || {
        vec![
            file("b", 5, 30),
            file("A", 9, 10),
            directory("z", 5),
            file("a", 9, 20),
            directory("Y", 50),
            file("C", 1, 20),
        ]
    };
    let table = [
        (None, "Y z A a b C"),
        (Some("sort=name&order=asc"), "Y z A a b C"),
        (Some("order=desc"), "z Y C b a A"),
        (Some("sort=size"), "Y z C b A a"),
        (Some("sort=size&order=desc"), "Y z A a b C"),
        (Some("sort=time"), "z Y A a C b"),
        (Some("sort=time&order=desc"), "Y z b a C A"),
        (Some("sort=nonsense&order=up&x"), "Y z A a b C"),
    ];
    for (query, expected) in table {
        let path = SafePath::parse("/").unwrap();
        let listing = Listing::new(&path, entries(), false, View::from_query(query));
        let names: Vec<_> = listing.entries().iter().map(|e| String::from_utf8_lossy(&e.name)).collect();
        assert_eq!(names.join(" "), expected, "{query:?}");
    }
}

/// The elements of a page with the names of their attributes, and the values of the links.
fn elements(page: &str) -> (Vec<String>, Vec<String>) {
    let (mut elements, mut links) = (Vec::new(), Vec::new());
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        let (mut tag, mut end, mut quoted) = (String::new(), after.len(), false);
        let mut value = String::new();
        for (i, c) in after.char_indices() {
            match c {
                '"' if quoted => {
                    if tag.ends_with("href=") {
                        links.push(value.clone());
                    }
                    (quoted, value) = (false, String::new());
                }
                '"' => quoted = true,
                _ if quoted => value.push(c),
                '>' => {
                    end = i;
                    break;
                }
                c => tag.push(c),
            }
        }
        elements.push(tag);
        rest = &after[end..];
    }
    (elements, links)
}

fn unescape(text: &str) -> String {
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#34;", "\""),
        ("&#60;", "<"),
        ("&#62;", ">"),
    ];
    named
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
        .replace("&amp;", "&")
        .replace("&#38;", "&")
}

const HOSTILE: [&[u8]; 22] = [
    b"<img src=x onerror=alert(1)>.txt",
    b"</title><script>alert(1)</script>",
    b"\"onmouseover=\"alert(1)",
    b"' onclick='x",
    b"javascript:alert(1)",
    b"data:text/html,x",
    b"//evil.example",
    b"\\\\evil.example",
    b"?sort=name",
    b"#fragment",
    b"a%2fb",
    b"100%",
    b"&amp;&lt;b&gt;",
    b"a b  c",
    b"line\nfeed\r\n",
    b"\x1b[31mred\x07\x7f",
    b"\xff\xfe\x80.bin",
    b"+ADw-script+AD4-",
    b"{{ name }}{% raw %}",
    b"<!--",
    "caf\u{e9} \u{202e}txt.exe".as_bytes(),
    b"-->]]>",
];

#[test]
fn names_are_text_and_links_are_exact() {
    let hostile: Vec<Entry> = HOSTILE.iter().map(|name| file(name, 1, 1)).collect();
    let harmless: Vec<Entry> = (0..HOSTILE.len()).map(|n| file(format!("f{n}"), 1, 1)).collect();
    let (mut elements_found, links) = elements(&render("/", hostile, Format::Html));
    // What cannot be shown as it is stands in elements of ours.
    elements_found.retain(|element| element != "span class=" && element != "/span");
    assert_eq!(elements_found, elements(&render("/", harmless, Format::Html)).0);
    let mut named: Vec<Vec<u8>> = links
        .iter()
        .filter_map(|link| link.strip_prefix("./"))
        .filter(|link| !link.is_empty())
        .map(|link| SafePath::parse_for(&format!("/{}", link.replace("%2F", "%01").replace("%5C", "%02")), Names::Unix))
        .map(|path| path.unwrap().name().unwrap().to_vec())
        .collect();
    // No file has these octets in its name; the link still has to be one segment.
    let mut expected: Vec<Vec<u8>> = HOSTILE
        .iter()
        .map(|name| {
            name.iter()
                .map(|o| match o {
                    b'/' => 1,
                    b'\\' => 2,
                    o => *o,
                })
                .collect()
        })
        .collect();
    named.sort();
    expected.sort();
    assert_eq!(named, expected);
    for link in links.iter().filter(|link| !link.starts_with('?')) {
        assert!(link.starts_with("./") || link.starts_with("../"), "{link}");
    }
}

#[test]
fn names_are_shown() {
    let page = render("/", HOSTILE.iter().map(|name| file(name, 1, 1)).collect(), Format::Html);
    let text = unescape(&page);
    for shown in ["<img src=x onerror=alert(1)>.txt", "\"onmouseover=\"alert(1)", "&amp;&lt;b&gt;", "caf\u{e9}"] {
        assert!(text.contains(shown), "{shown}");
    }
}

/// What acts when it is shown is written out, and looks different from a name that has these letters.
#[test]
fn what_would_act_is_written_out() {
    let table: [(&[u8], &str); 12] = [
        (b"line\nfeed\r\n", "line{\\n}feed{\\r}{\\n}"),
        (b"\x1b[31mred\x07\x7f", "{\\x1b}[31mred{\\x07}{\\x7f}"),
        (b"tab\t", "tab{\\t}"),
        (b"\xff\xfe.b\xe2\x82in", "{\\xff}{\\xfe}.b{\\xe2}{\\x82}in"),
        ("next\u{85}line\u{2028}".as_bytes(), "next{\\u{85}}line{\\u{2028}}"),
        ("invoice\u{202e}txt.exe".as_bytes(), "invoice{[RLO]}txt.exe"),
        (b"[RLO]", "[RLO]"),
        ("\u{202a}\u{202b}\u{202c}\u{202d}".as_bytes(), "{[LRE]}{[RLE]}{[PDF]}{[LRO]}"),
        ("\u{2066}\u{2067}\u{2068}\u{2069}".as_bytes(), "{[LRI]}{[RLI]}{[FSI]}{[PDI]}"),
        ("\u{200e}\u{200f}\u{61c}".as_bytes(), "{[LRM]}{[RLM]}{[ALM]}"),
        ("a\u{200b}b\u{ad}c\u{feff}".as_bytes(), "a{\\u{200b}}b{\\u{ad}}c{\\u{feff}}"),
        ("\u{915}\u{200d}\u{1f469}\u{200d}\u{1f52c}".as_bytes(), "\u{915}\u{200d}\u{1f469}\u{200d}\u{1f52c}"),
    ];
    for (name, shown) in table {
        let page = render("/", vec![file(name, 1, 1)], Format::Html);
        let page = page.replace("<span class=\"escape\">", "{").replace("</span>", "}");
        assert!(page.contains(&format!("<bdi>{shown}</bdi>")), "{shown}\n{page}");
    }
    // A directory's own name too, in its title and its path.
    let page = render("/a%0Ab%E2%80%AEc/", Vec::new(), Format::Html);
    assert!(page.contains("<title>Index of /a\\nb[RLO]c/</title>"), "{page}");
    assert!(!page.contains('\u{202e}') && !page.contains("a\nb"));
}

#[test]
fn crumbs_sizes_and_times() {
    let entries = vec![
        directory("sub", 0),
        file("empty", 0, 784_111_777),
        file("k", 1023, 0),
        file("l", 1024, 0),
        file("m", 1536, 0),
        file("n", 10 * 1024 - 1, 0),
        file("o", 10 * 1024, 0),
        file("p", 1024 * 1024 - 1, 0),
        file("q", u64::MAX, 0),
    ];
    let page = render("/a%20b/c/", entries, Format::Html);
    for part in [
        "<title>Index of /a b/c/</title>",
        "<a href=\"../../\"><bdi>Home</bdi></a>",
        "<a href=\"../\"><bdi>a b</bdi></a>",
        "<bdi aria-current=\"page\">c</bdi>",
        "<a href=\"./sub/\"><bdi>sub</bdi>/</a>",
        "1 folder, 8 files",
        "title=\"0 octets\">0 B<",
        ">1023 B<",
        ">1.0 KiB<",
        ">1.5 KiB<",
        ">9.9 KiB<",
        ">10 KiB<",
        ">1023 KiB<",
        "title=\"18446744073709551615 octets\">15 EiB<",
        "<time datetime=\"1994-11-06T08:49:37Z\">1994-11-06 08:49</time>",
        "<td class=\"name\" colspan=\"3\"><a href=\"../\">Parent directory</a></td>",
        "href=\"?sort=name&amp;order=desc\"",
        "href=\"?sort=size&amp;order=desc\"",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
}

#[test]
fn what_is_there_is_said_once() {
    for (target, entries, summary) in [
        ("/", vec![], "This directory is empty."),
        ("/a/", vec![], "This directory is empty."),
        ("/", vec![file("f", 1, 1)], "1 file"),
        ("/", vec![directory("d", 1), directory("e", 1)], "2 folders"),
        ("/", vec![directory("d", 1), file("f", 1, 1), file("g", 1, 1)], "1 folder, 2 files"),
        ("/", (0..1234).map(|n| file(n.to_string(), 1, 1)).collect(), "1,234 files"),
    ] {
        let is_empty = entries.is_empty();
        let page = render(target, entries, Format::Html);
        assert!(page.contains(&format!("<p class=\"summary\">{summary}</p>")), "{summary}\n{page}");
        // Nothing to sort, and nowhere to go above the root.
        assert_eq!(page.contains("?sort="), !is_empty, "{target} {summary}");
        assert_eq!(page.contains("href=\"../\""), target != "/", "{target} {summary}");
    }
}

#[test]
fn json() {
    let entries = vec![directory("d", 0), Entry { link: true, modified: None, ..file(b"a\"\\\n<\xff", 7, 0) }];
    assert_eq!(
        render("/x%20y/", entries, Format::Json),
        "{\"path\":\"/x%20y/\",\"truncated\":false,\"entries\":[\n\
         {\"name\":\"d\",\"href\":\"./d/\",\"kind\":\"directory\",\"link\":false,\"size\":null,\"modified\":\"1970-01-01T00:00:00Z\"},\n\
         {\"name\":\"a\\\"\\\\\\n\\u003c\u{fffd}\",\"href\":\"./a%22%5C%0A%3C%FF\",\"kind\":\"file\",\"link\":true,\"size\":7,\"modified\":null}]}\n"
    );
}

#[test]
fn plain_text_is_a_name_a_line() {
    let entries = vec![file("b\nc", 1, 1), directory("d", 1), file("é", 1, 1), file("a\x1b", 1, 1)];
    assert_eq!(render("/", entries, Format::Text), "d/\na\\x1b\nb\\x0ac\né\n");
    // For programs, a name is what it is.
    let turned = || vec![file("a\u{202e}b", 1, 1)];
    assert_eq!(render("/", turned(), Format::Text), "a\u{202e}b\n");
    assert!(render("/", turned(), Format::Json).contains("\"name\":\"a\u{202e}b\""));
}

#[test]
fn a_cut_listing_says_so() {
    let path = SafePath::parse("/").unwrap();
    let many = (0..10_000).map(|n| file(n.to_string(), 1, 1)).collect();
    let page = Listing::new(&path, many, true, View::default()).render(Format::Html);
    assert!(page.contains(">The first 10,000 entries are shown and sorted; this directory has more.</p>"));
    assert!(!page.contains("10,000 files"));
    let cut = Listing::new(&path, vec![file("a", 1, 1)], true, View::default());
    assert!(cut.render(Format::Json).contains("\"truncated\":true"));
    assert_eq!(cut.render(Format::Text), "a\n...\n");
    assert!(!render("/", vec![file("a", 1, 1)], Format::Html).contains("has more"));
}
