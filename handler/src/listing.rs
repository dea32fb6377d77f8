//! Directory listings: HTML for people, JSON and plain text for programs.
//!
//! Law: a page holds our elements only, whatever the files are called, and each link leads to exactly its file.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::fmt::Write as _;
use std::time::SystemTime;

use askama::Template as _;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::json;
use crate::path::{self, SafePath};

/// The most entries of a directory that are shown. A larger one is cut, in the order that the system lists it, and the
/// page says so.
pub const MAX_ENTRIES: usize = 10_000;

/// What an entry is, after links were followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
}

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The file name, octet by octet.
    pub name: Vec<u8>,
    /// What it is, or what it links to.
    pub kind: Kind,
    /// Whether it is a symbolic link.
    pub link: bool,
    /// The size in octets; meaningless for a directory.
    pub size: u64,
    /// When it was last changed.
    pub modified: Option<SystemTime>,
}

/// By what entries are ordered. Directories come first in any case, and names break ties; they compare without regard
/// to case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// By name.
    #[default]
    Name,
    /// By size; directories among themselves by name.
    Size,
    /// By the time of the last change.
    Time,
}

/// The form of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page.
    Html,
    /// An object: `path`, `truncated`, and `entries` with `name`, `href`, `kind`, `link`, `size` and `modified`.
    Json,
    /// One name a line, directories with a slash at the end; control characters are written as `\xHH`.
    Text,
}

impl Format {
    /// The Content-Type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Json => "application/json",
            Self::Text => "text/plain; charset=utf-8",
        }
    }
}

/// How a listing is to be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// By what it is ordered.
    pub sort: Sort,
    /// Whether the order is reversed.
    pub descending: bool,
    /// The form asked for, before any that Accept asks for.
    pub format: Option<Format>,
}

impl View {
    /// Reads `sort=name|size|time`, `order=asc|desc` and `format=html|json|text` from a query; anything else is passed
    /// over.
    pub fn from_query(query: Option<&str>) -> Self {
        let mut view = Self::default();
        for pair in query.unwrap_or_default().split('&') {
            match pair {
                "sort=name" => view.sort = Sort::Name,
                "sort=size" => view.sort = Sort::Size,
                "sort=time" => view.sort = Sort::Time,
                "order=asc" => view.descending = false,
                "order=desc" => view.descending = true,
                "format=html" => view.format = Some(Format::Html),
                "format=json" => view.format = Some(Format::Json),
                "format=text" => view.format = Some(Format::Text),
                _ => {}
            }
        }
        view
    }
}

/// The entries of one directory, in order.
#[derive(Clone, Debug)]
pub struct Listing<'a> {
    path: &'a SafePath,
    entries: Vec<Entry>,
    truncated: bool,
    view: View,
}

impl<'a> Listing<'a> {
    /// A listing of the directory at `path`. `truncated` says that the directory has more entries than these.
    pub fn new(path: &'a SafePath, mut entries: Vec<Entry>, truncated: bool, view: View) -> Self {
        sort(&mut entries, view);
        Self { path, entries, truncated, view }
    }

    /// The entries, in the order they are shown.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The listing in a form.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Html => self.html(),
            Format::Json => self.json(),
            Format::Text => self.text(),
        }
    }

    fn html(&self) -> String {
        let page = Html {
            title: shown_path(self.path),
            crumbs: crumbs(self.path),
            is_root: self.path.segments().is_empty(),
            summary: self.summary(),
            columns: self.columns(),
            rows: self.entries.iter().map(Row::new).collect(),
        };
        // A template that only shows text does not fail.
        page.render().unwrap_or_default()
    }

    /// How many entries there are; of a listing that was cut, that there are more.
    fn summary(&self) -> String {
        let all = self.entries.len();
        if self.truncated {
            let shown = grouped(all);
            return format!("The first {shown} entries are shown and sorted; this directory has more.");
        }
        if all == 0 {
            return "This directory is empty.".to_owned();
        }
        let directories = self.entries.iter().filter(|entry| entry.kind == Kind::Directory).count();
        let counted = [(directories, "folder"), (all.saturating_sub(directories), "file")];
        let counted = counted.iter().filter(|(count, _)| *count > 0).map(|(count, what)| {
            let plural = if *count == 1 { "" } else { "s" };
            format!("{} {what}{plural}", grouped(*count))
        });
        counted.collect::<Vec<_>>().join(", ")
    }

    fn columns(&self) -> [Column; 3] {
        let column = |label, value, sort| {
            let active = self.view.sort == sort;
            // The largest and the newest are what one looks for first.
            let descending = if active { !self.view.descending } else { sort != Sort::Name };
            let aria = match (active, self.view.descending) {
                (false, _) => "none",
                (true, false) => "ascending",
                (true, true) => "descending",
            };
            Column { label, value, order: if descending { "desc" } else { "asc" }, aria }
        };
        [
            column("Name", "name", Sort::Name),
            column("Size", "size", Sort::Size),
            column("Modified (UTC)", "time", Sort::Time),
        ]
    }

    fn json(&self) -> String {
        // Writing to a String does not fail.
        let mut out = String::from("{\"path\":");
        json::string(&mut out, &self.path.to_string());
        let _ = write!(out, ",\"truncated\":{},\"entries\":[", self.truncated);
        for (index, entry) in self.entries.iter().enumerate() {
            out.push_str(if index == 0 { "\n{\"name\":" } else { ",\n{\"name\":" });
            json::string(&mut out, &String::from_utf8_lossy(&entry.name));
            out.push_str(",\"href\":");
            json::string(&mut out, &href(entry));
            let kind = if entry.kind == Kind::Directory { "directory" } else { "file" };
            let _ = write!(out, ",\"kind\":\"{kind}\",\"link\":{},\"size\":", entry.link);
            let _ = match entry.kind {
                Kind::Directory => write!(out, "null"),
                Kind::File => write!(out, "{}", entry.size),
            };
            let _ = match entry.modified.and_then(utc) {
                Some(at) => write!(out, ",\"modified\":\"{}\"}}", at.strftime("%Y-%m-%dT%H:%M:%SZ")),
                None => write!(out, ",\"modified\":null}}"),
            };
        }
        out.push_str("]}\n");
        out
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for entry in &self.entries {
            for c in String::from_utf8_lossy(&entry.name).chars() {
                // Writing to a String does not fail.
                let _ = if c.is_control() { write!(out, "\\x{:02x}", u32::from(c)) } else { write!(out, "{c}") };
            }
            out.push_str(if entry.kind == Kind::Directory { "/\n" } else { "\n" });
        }
        if self.truncated {
            out.push_str("...\n");
        }
        out
    }
}

fn sort(entries: &mut [Entry], view: View) {
    let name = |entry: &Entry| (String::from_utf8_lossy(&entry.name).to_lowercase(), entry.name.clone());
    let size = |entry: &Entry| if entry.kind == Kind::File { entry.size } else { 0 };
    match (view.sort, view.descending) {
        (Sort::Name, false) => entries.sort_by_cached_key(|e| (e.kind, name(e))),
        (Sort::Name, true) => entries.sort_by_cached_key(|e| (e.kind, Reverse(name(e)))),
        (Sort::Size, false) => entries.sort_by_cached_key(|e| (e.kind, size(e), name(e))),
        (Sort::Size, true) => entries.sort_by_cached_key(|e| (e.kind, Reverse(size(e)), name(e))),
        (Sort::Time, false) => entries.sort_by_cached_key(|e| (e.kind, e.modified, name(e))),
        (Sort::Time, true) => entries.sort_by_cached_key(|e| (e.kind, Reverse(e.modified), name(e))),
    }
}

#[derive(askama::Template)]
#[template(path = "listing.html")]
struct Html {
    title: String,
    crumbs: Vec<Crumb>,
    is_root: bool,
    summary: String,
    columns: [Column; 3],
    rows: Vec<Row>,
}

/// A directory above, or the one shown, which is the last.
struct Crumb {
    name: Vec<Piece>,
    href: String,
    last: bool,
}

struct Column {
    label: &'static str,
    value: &'static str,
    order: &'static str,
    aria: &'static str,
}

struct Row {
    name: Vec<Piece>,
    href: String,
    directory: bool,
    link: bool,
    size: String,
    octets: u64,
    modified: String,
    iso: String,
}

impl Row {
    fn new(entry: &Entry) -> Self {
        let at = entry.modified.and_then(utc);
        Self {
            name: pieces(&entry.name),
            href: href(entry),
            directory: entry.kind == Kind::Directory,
            link: entry.link,
            size: human(entry.size),
            octets: entry.size,
            modified: at.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default(),
            iso: at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()).unwrap_or_default(),
        }
    }
}

/// A relative reference to an entry. It starts with `./`, so that a colon in a name does not make it a scheme
/// (RFC 3986 4.2).
fn href(entry: &Entry) -> String {
    let slash = if entry.kind == Kind::Directory { "/" } else { "" };
    format!("./{}{slash}", path::encode(&entry.name))
}

/// The way from the root. Links are relative, so that they hold below any prefix that a proxy puts before them.
fn crumbs(path: &SafePath) -> Vec<Crumb> {
    let depth = path.segments().len();
    let names = std::iter::once(pieces(b"Home")).chain(path.segments().iter().map(|segment| pieces(segment)));
    names
        .enumerate()
        .map(|(at, name)| {
            let up = depth.saturating_sub(at);
            Crumb { name, href: if up == 0 { "./".to_owned() } else { "../".repeat(up) }, last: up == 0 }
        })
        .collect()
}

fn shown_path(path: &SafePath) -> String {
    let names = path.segments().iter().map(|segment| {
        let texts = pieces(segment).into_iter().map(|piece| piece.text);
        texts.chain(std::iter::once("/".to_owned())).collect::<String>()
    });
    std::iter::once("/".to_owned()).chain(names).collect()
}

/// A part of a name as people see it.
struct Piece {
    text: String,
    /// Whether it stands for something that is not seen, and is set apart so that nobody takes it for the name.
    escape: bool,
}

/// A name in parts. What is not text, what controls a terminal or breaks a line, and what turns the direction of writing
/// (so that `gpj.exe` looks like `exe.jpg`) is written out.
fn pieces(name: &[u8]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut push = |text: &str, escape| match pieces.last_mut() {
        Some(last) if last.escape == escape && !escape => last.text.push_str(text),
        _ => pieces.push(Piece { text: text.to_owned(), escape }),
    };
    for chunk in name.utf8_chunks() {
        let mut plain = chunk.valid();
        while let Some((at, c, text)) = plain.char_indices().find_map(|(at, c)| Some((at, c, written(c)?))) {
            let (before, from) = plain.split_at_checked(at).unwrap_or_default();
            if !before.is_empty() {
                push(before, false);
            }
            push(&text, true);
            plain = from.strip_prefix(c).unwrap_or_default();
        }
        if !plain.is_empty() {
            push(plain, false);
        }
        for octet in chunk.invalid() {
            push(&format!("\\x{octet:02x}"), true);
        }
    }
    pieces
}

/// What is written in the place of a character that is not to act; `None` for any other character.
fn written(c: char) -> Option<Cow<'static, str>> {
    let name = match c {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        // The characters that direct writing (Unicode Standard Annex 9, 2.1 to 2.6), by the names they have there.
        '\u{61c}' => "[ALM]",
        '\u{200e}' => "[LRM]",
        '\u{200f}' => "[RLM]",
        '\u{202a}' => "[LRE]",
        '\u{202b}' => "[RLE]",
        '\u{202c}' => "[PDF]",
        '\u{202d}' => "[LRO]",
        '\u{202e}' => "[RLO]",
        '\u{2066}' => "[LRI]",
        '\u{2067}' => "[RLI]",
        '\u{2068}' => "[FSI]",
        '\u{2069}' => "[PDI]",
        c if c.is_ascii_control() => return Some(Cow::Owned(format!("\\x{:02x}", u32::from(c)))),
        // The soft hyphen, spaces and operators without width, separators of lines and paragraphs. Not the joiners, which
        // some scripts need.
        c if c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{feff}') =>
        {
            return Some(Cow::Owned(format!("\\u{{{:x}}}", u32::from(c))));
        }
        _ => return None,
    };
    Some(Cow::Borrowed(name))
}

/// A number with a comma before each three digits.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A size in at most four digits and a binary unit, rounded down.
fn human(octets: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if octets < 1024 {
        return format!("{octets} B");
    }
    let mut tenths = u128::from(octets).saturating_mul(10) / 1024;
    let mut units = UNITS.iter();
    let mut unit = units.next();
    while tenths >= 10_240 {
        tenths /= 1024;
        unit = units.next();
    }
    let unit = unit.copied().unwrap_or_default();
    if tenths < 100 { format!("{}.{} {unit}", tenths / 10, tenths % 10) } else { format!("{} {unit}", tenths / 10) }
}

fn utc(time: SystemTime) -> Option<DateTime> {
    Timestamp::try_from(time).ok().map(|at| Offset::UTC.to_datetime(at))
}
