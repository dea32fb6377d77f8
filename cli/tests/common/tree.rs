//! Trees of files to serve.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

/// Octets of the large file: many times the memory that the program may use.
pub(crate) const LARGE: usize = 100 << 20;

/// The content of the large file: no two 4 KiB pages are alike, so that none can be lost, repeated or swapped unseen.
pub(crate) static LARGE_CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    const PAGE: usize = 4096;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut page = Vec::with_capacity(PAGE);
    while page.len() < PAGE {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        page.extend_from_slice(&state.to_le_bytes());
    }
    let mut content = Vec::with_capacity(LARGE);
    for number in 0..(LARGE / PAGE) as u64 {
        page[..8].copy_from_slice(&number.to_be_bytes());
        content.extend_from_slice(&page);
    }
    content
});

/// Writes the large file as `large.bin`.
pub(crate) fn write_large(directory: &Path) {
    fs::write(directory.join("large.bin"), &*LARGE_CONTENT).unwrap();
}

/// A file name and a target that leads to it, percent-encoded.
pub(crate) fn target(name: &[u8]) -> String {
    let mut target = String::from("/");
    for &octet in name {
        if octet.is_ascii_alphanumeric() || b"-._~/".contains(&octet) {
            target.push(char::from(octet));
        } else {
            write!(target, "%{octet:02X}").unwrap();
        }
    }
    target
}

/// What stands in the file of this name, and in no other.
pub(crate) fn content_of(name: &[u8]) -> Vec<u8> {
    [b"[content of ", name, b"]"].concat()
}

/// Names that something on the way could take for something else, in the root and in directories of such names.
pub(crate) fn odd_names() -> Vec<Vec<u8>> {
    let mut names: Vec<Vec<u8>> = ODD.iter().map(|name| name.as_bytes().to_vec()).collect();
    names.push([b'n'; 255].to_vec());
    // Other systems take only text for a name.
    if cfg!(target_os = "linux") {
        names.extend([&b"latin-\xe9"[..], b"\xff\xfe\x80", b"\xc0\xaf", b"dir-\xff/in-\xfe"].map(<[u8]>::to_vec));
    }
    names
}

const ODD: [&str; 58] = [
    "plain.txt",
    "no-extension",
    "with space.txt",
    " leading",
    "trailing ",
    "hash#tag.txt",
    "100%",
    "%41",
    "%2e%2e",
    "%2F",
    "%",
    "%zz",
    "question?mark=1&x=2",
    "?",
    "#",
    "semi;colon",
    "a:b",
    "C:",
    "http:",
    "javascript:alert(1)",
    "na\u{ef}ve caf\u{e9}.txt",
    "cafe\u{301}",
    "\u{65e5}\u{672c}\u{8a9e}.html",
    "\u{1f642}",
    "\u{202e}right-to-left",
    "\u{feff}mark",
    "line\nfeed",
    "carriage\rreturn",
    "tab\there",
    "escape\u{1b}[31m",
    "delete\u{7f}",
    "quote\"double",
    "it's",
    "back`tick",
    "<b>bold",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)",
    "&amp;",
    "&lt;b&gt;",
    "~tilde",
    "-dash",
    "--help",
    "plus+plus",
    "[bracket]",
    "{brace}",
    "a@b",
    "$HOME",
    "*",
    "a|b",
    "dot.",
    "index.html.txt",
    "dir with space/in side.txt",
    "dir#?%/in#?%.txt",
    "dir\u{e9}/deep \"er\"/in\u{e9}",
    "<i>dir/in&",
    "C:dir/in:side",
    "line\ndir/in\nside",
    "404",
];

/// Writes a file for each name, with the directories on the way to it.
pub(crate) fn write_names(root: &Path, names: &[Vec<u8>]) {
    for name in names {
        let path = root.join(std::ffi::OsStr::from_bytes(name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content_of(name)).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    }
}

/// Writes a file that was last changed long ago, so that its tag is a strong one.
pub(crate) fn write_old(path: &Path, content: impl AsRef<[u8]>) {
    fs::write(path, content).unwrap();
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    File::options().write(true).open(path).unwrap().set_modified(long_ago).unwrap();
}
