//! Target paths to file names and back (RFC 9110 4.2, 17.3; RFC 3986 2.4, 3.3).
//!
//! Law: what a [`SafePath`] names lies below the root, whatever the target was. It is decoded once and never again.

use std::error::Error;
use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;

use basehttp_proto::StatusCode;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// What stands in a written path as it is: the unreserved characters of RFC 3986 2.3. Everything else is encoded, so a
/// written path needs no further care in HTML, in JSON or in a field.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Names that open a device on Windows, with any extension. Its superscript digits count as digits too.
const DEVICES: [&str; 8] = ["con", "prn", "aux", "nul", "conin$", "conout$", "com", "lpt"];

/// A path below a root, segment by segment, as octets of file names.
///
/// Segments are never empty, never `.` or `..`, and hold no `/`, `\` or NUL. Other control octets are there when a file
/// name has them: a line feed in a name is odd and allowed. Repeated slashes in the target count as one.
///
/// Dot segments are refused and not resolved: clients resolve them before they send a target (RFC 3986 5.2.4), so who
/// sends them is probing.
///
/// ```
/// use basehttp_handler::path::SafePath;
/// let path = SafePath::parse("/caf%C3%A9//a%20b/")?;
/// assert_eq!(path.segments(), ["café".as_bytes(), b"a b"]);
/// assert!(path.ends_in_slash());
/// assert_eq!(path.to_string(), "/caf%C3%A9/a%20b/");
/// assert!(SafePath::parse("/a/%2e%2e/b").is_err());
/// # Ok::<(), basehttp_handler::path::PathError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafePath {
    segments: Vec<Vec<u8>>,
    slash: bool,
}

/// Which names a file system gives a meaning of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// None: a name is any octets but `/` and NUL.
    Unix,
    /// Drives, streams, devices, short names, and names that end in a dot or a space. Names are text.
    Windows,
}

impl Names {
    /// Those of the system that this is built for.
    pub const HERE: Self = if cfg!(windows) { Self::Windows } else { Self::Unix };
}

impl SafePath {
    /// Reads the path of a target, for the file names of this system.
    ///
    /// # Errors
    ///
    /// [`PathError`], which says what is wrong and where; its status is 400 or 404.
    pub fn parse(target: &str) -> Result<Self, PathError> {
        Self::parse_for(target, Names::HERE)
    }

    /// As [`parse`](Self::parse), for the file names of any system.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_for(target: &str, names: Names) -> Result<Self, PathError> {
        if !target.starts_with('/') {
            return Err(PathError { fault: PathFault::NotAPath, at: 0 });
        }
        let mut segments = Vec::new();
        let mut at = 0usize;
        for raw in target.as_bytes().split(|&octet| octet == b'/') {
            if !raw.is_empty() {
                let segment = decode(raw).map_err(|error| error.after(at))?;
                check(&segment, names).map_err(|fault| PathError { fault, at })?;
                segments.push(segment);
            }
            at = at.saturating_add(raw.len()).saturating_add(1);
        }
        Ok(Self { segments, slash: target.ends_with('/') })
    }

    /// The segments, decoded. None stand for the root.
    pub fn segments(&self) -> &[Vec<u8>] {
        &self.segments
    }

    /// The last segment; `None` for the root.
    pub fn name(&self) -> Option<&[u8]> {
        self.segments.last().map(Vec::as_slice)
    }

    /// Whether the target ended in a slash, as that of a directory does.
    pub fn ends_in_slash(&self) -> bool {
        self.slash
    }

    /// The same path with a slash at the end.
    #[must_use]
    pub fn with_slash(mut self) -> Self {
        self.slash = true;
        self
    }

    /// Whether a segment starts with a dot. The directory `/.well-known/` (RFC 8615) does not count.
    pub fn is_hidden(&self) -> bool {
        self.segments.iter().enumerate().any(|(depth, name)| is_hidden(name, depth))
    }

    /// The path of the file relative to the root, `.` for the root itself; `None` when the system cannot have such a
    /// name.
    pub fn to_file_path(&self) -> Option<PathBuf> {
        if self.segments.is_empty() {
            return Some(PathBuf::from("."));
        }
        self.segments.iter().map(|segment| file_name(segment)).collect()
    }
}

/// The path percent-encoded: it starts with exactly one slash, so it never leads to another host (RFC 3986 4.2).
impl fmt::Display for SafePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            write!(f, "/{}", encode(segment))?;
        }
        f.write_str(if self.slash || self.segments.is_empty() { "/" } else { "" })
    }
}

/// Whether a name `depth` directories below the root is hidden; `.well-known` in the root is not.
pub(crate) fn is_hidden(name: &[u8], depth: usize) -> bool {
    name.starts_with(b".") && !(depth == 0 && name == b".well-known")
}

/// Whether a target can lead to a file of this name.
pub(crate) fn is_servable(name: &[u8]) -> bool {
    !name.contains(&b'\\') && check(name, Names::HERE).is_ok()
}

/// A file name as one segment of a path, percent-encoded.
pub fn encode(name: &[u8]) -> impl fmt::Display + '_ {
    percent_encode(name, ENCODED)
}

/// Octets as a file name of this system; `None` when it cannot have such a name.
#[cfg(unix)]
pub(crate) fn file_name(segment: &[u8]) -> Option<&OsStr> {
    Some(std::os::unix::ffi::OsStrExt::from_bytes(segment))
}

/// Octets as a file name of this system; `None` when it cannot have such a name.
#[cfg(not(unix))]
pub(crate) fn file_name(segment: &[u8]) -> Option<&OsStr> {
    std::str::from_utf8(segment).ok().map(OsStr::new)
}

/// Why a target path names no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathError {
    fault: PathFault,
    at: usize,
}

/// What is wrong with a target path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathFault {
    /// It does not start with a slash: `*`, or the target of CONNECT.
    NotAPath,
    /// A `%` without two hexadecimal digits after it.
    Escape,
    /// A NUL octet.
    Nul,
    /// A segment `.` or `..`.
    DotSegment,
    /// A slash or backslash within a segment.
    Separator,
    /// A name that the system gives a meaning of its own, or cannot have.
    ReservedName,
}

impl PathError {
    /// What is wrong.
    pub fn fault(&self) -> PathFault {
        self.fault
    }

    /// Where: the index of the octet in the path, that of the segment's first octet where the whole segment is wrong.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The status to answer with: 400 for what no URI may have, 404 for what names nothing here.
    pub fn status(&self) -> StatusCode {
        match self.fault {
            PathFault::NotAPath | PathFault::Escape | PathFault::Nul => StatusCode::BAD_REQUEST,
            PathFault::DotSegment | PathFault::Separator | PathFault::ReservedName => StatusCode::NOT_FOUND,
        }
    }

    fn after(self, by: usize) -> Self {
        Self { at: self.at.saturating_add(by), ..self }
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.fault {
            PathFault::NotAPath => "the target is not a path",
            PathFault::Escape => "a % is not followed by two hexadecimal digits",
            PathFault::Nul => "a path holds no NUL",
            PathFault::DotSegment => "dot segments are not resolved here",
            PathFault::Separator => "a segment holds no slash or backslash",
            PathFault::ReservedName => "the name is reserved on this system",
        };
        write!(f, "{what}; at octet {} of the path", self.at)
    }
}

impl Error for PathError {}

fn decode(raw: &[u8]) -> Result<Vec<u8>, PathError> {
    let mut segment = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&octet, after)) = rest.split_first() {
        let at = raw.len().saturating_sub(rest.len());
        let (octet, after) = match (octet, after) {
            (b'%', [high, low, after @ ..]) => {
                let value = hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low);
                (value.ok_or(PathError { fault: PathFault::Escape, at })?, after)
            }
            (b'%', _) => return Err(PathError { fault: PathFault::Escape, at }),
            (octet, after) => (octet, after),
        };
        match octet {
            0 => return Err(PathError { fault: PathFault::Nul, at }),
            b'/' | b'\\' => return Err(PathError { fault: PathFault::Separator, at }),
            _ => segment.push(octet),
        }
        rest = after;
    }
    Ok(segment)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn check(segment: &[u8], names: Names) -> Result<(), PathFault> {
    if matches!(segment, b"." | b"..") {
        return Err(PathFault::DotSegment);
    }
    let reserved = names == Names::Windows && std::str::from_utf8(segment).map_or(true, is_reserved_on_windows);
    if reserved { Err(PathFault::ReservedName) } else { Ok(()) }
}

fn is_reserved_on_windows(name: &str) -> bool {
    let odd = |c: char| c < ' ' || matches!(c, ':' | '"' | '<' | '>' | '|' | '?' | '*');
    // A short name such as GIT~1 is another way to a file whose long name may be hidden.
    let short = name.as_bytes().windows(2).any(|pair| matches!(pair, [b'~', b'0'..=b'9']));
    name.contains(odd) || name.ends_with(['.', ' ']) || short || is_device(name)
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ').to_ascii_lowercase();
    DEVICES.iter().any(|device| match stem.strip_prefix(device) {
        Some("") => !matches!(*device, "com" | "lpt"),
        Some(number) => {
            let mut characters = number.chars();
            let digit = characters.next().is_some_and(|c| c.is_ascii_digit() || matches!(c, '¹' | '²' | '³'));
            matches!(*device, "com" | "lpt") && digit && characters.next().is_none()
        }
        None => false,
    })
}
