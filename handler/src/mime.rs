//! Content types by file name (RFC 9110 8.3). The content is never looked at, and neither is the system's registry: the
//! same tree is served the same way everywhere.

use std::borrow::Cow;

use basehttp_proto::{Fields, UsageError};

/// The type of what is not known.
const UNKNOWN: &str = "application/octet-stream";

/// Types that the table of `mime_guess` lacks, or gives in a way that browsers or readers are not served by. Source code
/// is plain text, so that a browser shows it.
#[rustfmt::skip]
const BETTER: &[(&str, &str)] = &[
    ("adoc", "text/plain"), ("br", UNKNOWN), ("bz2", "application/x-bzip2"), ("c", "text/plain"), ("cc", "text/plain"),
    ("cjs", "text/javascript"), ("conf", "text/plain"), ("cpp", "text/plain"), ("cts", "text/plain"),
    ("diff", "text/plain"), ("geojson", "application/geo+json"), ("go", "text/plain"), ("gz", "application/gzip"),
    ("hpp", "text/plain"), ("ipynb", "application/json"), ("java", "text/plain"), ("jl", "text/plain"),
    ("js", "text/javascript"), ("kt", "text/plain"), ("lock", "text/plain"), ("log", "text/plain"),
    ("lua", "text/plain"), ("m3u8", "application/vnd.apple.mpegurl"), ("m4a", "audio/mp4"),
    ("map", "application/json"), ("markdown", "text/markdown"), ("md", "text/markdown"), ("mjs", "text/javascript"),
    ("mts", "text/plain"), ("nix", "text/plain"), ("otf", "font/otf"), ("patch", "text/plain"), ("pl", "text/plain"),
    ("py", "text/plain"), ("rb", "text/plain"), ("rs", "text/plain"), ("rst", "text/plain"), ("sh", "text/plain"),
    ("sql", "text/plain"), ("svelte", "text/plain"), ("swift", "text/plain"), ("tgz", "application/gzip"),
    ("toml", "text/plain"), ("ts", "video/mp2t"), ("tsx", "text/plain"), ("vue", "text/plain"),
    ("wasm", "application/wasm"), ("webmanifest", "application/manifest+json"), ("woff", "font/woff"),
    ("xml", "application/xml"), ("xz", "application/x-xz"), ("yaml", "text/plain"), ("yml", "text/plain"),
    ("z", UNKNOWN), ("zig", "text/plain"), ("zst", "application/zstd"),
];

/// Files without an extension that are text by convention.
const TEXT_NAMES: &[&str] =
    &["AUTHORS", "CHANGELOG", "CONTRIBUTING", "COPYING", "LICENSE", "Makefile", "NOTICE", "README"];

/// Finds the content type for a file name.
///
/// Text, JavaScript, XML and SVG are labelled `charset=utf-8`. The extension is what stands after the last dot, so
/// `a.tar.gz` is `application/gzip`; a name that starts with its only dot has none.
///
/// `.ts` is the registered `video/mp2t`, which players need; TypeScript has no registered type.
///
/// ```
/// use basehttp_handler::mime::ContentTypes;
/// let types = ContentTypes::new().with("gmi", "text/gemini")?;
/// assert_eq!(types.of(b"index.html"), "text/html; charset=utf-8");
/// assert_eq!(types.of(b"page.gmi"), "text/gemini; charset=utf-8");
/// assert_eq!(types.of(b"data"), "application/octet-stream");
/// # Ok::<(), basehttp_proto::UsageError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ContentTypes {
    own: Vec<(String, String)>,
    unknown: Cow<'static, str>,
}

impl Default for ContentTypes {
    fn default() -> Self {
        Self::new()
    }
}

impl ContentTypes {
    /// The built-in types, and `application/octet-stream` for what is not among them.
    pub fn new() -> Self {
        Self { own: Vec::new(), unknown: Cow::Borrowed(UNKNOWN) }
    }

    /// Gives an extension, without its dot, another type. Extensions compare without regard to case.
    ///
    /// # Errors
    ///
    /// [`UsageError::FieldValue`] when `content_type` has no `/` or holds a control octet.
    pub fn with(mut self, extension: &str, content_type: &str) -> Result<Self, UsageError> {
        check(content_type)?;
        self.own.push((extension.to_owned(), content_type.to_owned()));
        Ok(self)
    }

    /// Sets the type of files whose name tells nothing.
    ///
    /// # Errors
    ///
    /// [`UsageError::FieldValue`] when `content_type` has no `/` or holds a control octet.
    pub fn unknown(mut self, content_type: &str) -> Result<Self, UsageError> {
        check(content_type)?;
        self.unknown = Cow::Owned(content_type.to_owned());
        Ok(self)
    }

    /// The type for the file `name`, the last segment of a path.
    pub fn of(&self, name: &[u8]) -> Cow<'_, str> {
        let Some(extension) = extension(name) else {
            let is_text = TEXT_NAMES.iter().any(|text| text.as_bytes() == name);
            return if is_text { labelled("text/plain") } else { labelled(&self.unknown) };
        };
        let same = |(own, _): &&(String, String)| own.eq_ignore_ascii_case(extension);
        if let Some((_, own)) = self.own.iter().rev().find(same) {
            return labelled(own);
        }
        let better = BETTER.iter().find(|(better, _)| better.eq_ignore_ascii_case(extension)).map(|(_, to)| *to);
        let found = better.or_else(|| mime_guess::from_ext(extension).first_raw());
        labelled(found.unwrap_or(&self.unknown))
    }
}

fn check(content_type: &str) -> Result<(), UsageError> {
    if !content_type.contains('/') {
        return Err(UsageError::FieldValue);
    }
    Fields::new().append("Content-Type", content_type)
}

fn extension(name: &[u8]) -> Option<&str> {
    let dot = name.iter().rposition(|&octet| octet == b'.').filter(|&at| at > 0)?;
    std::str::from_utf8(name.get(dot.saturating_add(1)..)?).ok().filter(|extension| !extension.is_empty())
}

/// The type with `charset=utf-8` where it is text and names no charset. JSON needs none: it is UTF-8 by definition.
fn labelled(content_type: &str) -> Cow<'_, str> {
    let lower = content_type.to_ascii_lowercase();
    let text = lower.starts_with("text/")
        || lower.ends_with("/javascript")
        || lower.ends_with("/xml")
        || lower.ends_with("+xml");
    if text && !lower.contains(';') {
        Cow::Owned(format!("{content_type}; charset=utf-8"))
    } else {
        Cow::Borrowed(content_type)
    }
}
