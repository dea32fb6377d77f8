//! Serving the files beneath a directory.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use basehttp_proto::{Fields, HttpDate, Method, StatusCode, UsageError};
use cap_std::fs::Dir;

use crate::accept;
use crate::conditional::{self, EntityTag, Validators};
use crate::dispatch::{self, Handler};
use crate::listing::{Format, Listing, View};
use crate::mime::ContentTypes;
use crate::page;
use crate::path::{PathError, SafePath, file_name};
use crate::range;
use crate::request::Request;
use crate::response::{FileSlice, Response};
use crate::root::{OpenFile, Opened, Root};

/// Octets up to which content is read into memory at once.
const SMALL: u64 = 16 << 10;
/// A file changed so recently may change again without a new time: its tag is weak.
const SETTLED: Duration = Duration::from_secs(2);

/// Serves the files beneath a directory: GET and HEAD, with conditions and ranges.
///
/// * The directory is opened once; renaming it later changes nothing. Links are followed as long as they stay beneath
///   it; a link by an absolute path counts as leaving.
/// * Only regular files and directories are there. Anything else, and whatever the path does not lead to, is 404.
///   What the system forbids to read is 403.
/// * Names that start with a dot are 404 and not listed, but for `/.well-known/`.
/// * A directory is redirected to its path with a slash, then answered with its index, then with a listing where that
///   is switched on, else 404. A file with a slash after it is 404.
/// * Every file has an ETag and Last-Modified. A Range of one part is answered with 206 or 416.
///
/// ```no_run
/// use basehttp_handler::files::StaticFiles;
/// let site = StaticFiles::open("site")?.listing(true).index(["index.html"]);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct StaticFiles {
    root: Root,
    index: Vec<String>,
    listing: bool,
    hidden: bool,
    cache_control: String,
    types: ContentTypes,
}

impl StaticFiles {
    /// Serves what lies beneath `root`: `index.html` or `index.htm` for a directory, no listings, no hidden files,
    /// `Cache-Control: no-cache`.
    ///
    /// # Errors
    ///
    /// The system's error when `root` cannot be opened or is no directory.
    pub fn open(root: impl AsRef<Path>) -> io::Result<Self> {
        Ok(Self {
            root: Root::open(root.as_ref())?,
            index: vec!["index.html".to_owned(), "index.htm".to_owned()],
            listing: false,
            hidden: false,
            cache_control: "no-cache".to_owned(),
            types: ContentTypes::new(),
        })
    }

    /// The file names that answer for a directory, the first that is there; none to switch this off.
    #[must_use]
    pub fn index<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.index = names.into_iter().map(Into::into).collect();
        self
    }

    /// Whether a directory without an index is listed.
    #[must_use]
    pub fn listing(mut self, on: bool) -> Self {
        self.listing = on;
        self
    }

    /// Whether names that start with a dot are served and listed.
    #[must_use]
    pub fn hidden(mut self, on: bool) -> Self {
        self.hidden = on;
        self
    }

    /// Sets Cache-Control for files and listings; an empty value leaves it away.
    ///
    /// # Errors
    ///
    /// [`UsageError::FieldValue`] when `value` holds a control octet.
    pub fn cache_control(mut self, value: &str) -> Result<Self, UsageError> {
        Fields::new().append("Cache-Control", value)?;
        value.clone_into(&mut self.cache_control);
        Ok(self)
    }

    /// Sets the content types, and with them that of unknown files.
    #[must_use]
    pub fn types(mut self, types: ContentTypes) -> Self {
        self.types = types;
        self
    }

    /// Answers a request. It may wait for the disk.
    pub fn respond(&self, request: &Request) -> Response {
        self.answer(request).unwrap_or_else(Into::into)
    }

    fn answer(&self, request: &Request) -> Result<Response, Refusal> {
        let method = request.method();
        if method == Method::OPTIONS {
            return Ok(dispatch::with_allow(Response::new(StatusCode::NO_CONTENT), &[Method::GET]));
        }
        if method != Method::GET && method != Method::HEAD {
            return Ok(dispatch::refuse(request, &[Method::GET]));
        }
        let path = SafePath::parse(request.path())?;
        if !self.hidden && path.is_hidden() {
            return Err(StatusCode::NOT_FOUND.into());
        }
        let file_path = path.to_file_path().ok_or(StatusCode::NOT_FOUND)?;
        match self.root.get(&file_path)? {
            Opened::File(_) if path.ends_in_slash() => Err(StatusCode::NOT_FOUND.into()),
            Opened::File(file) => self.file(request, path.name().unwrap_or_default(), file),
            Opened::Directory(_) if !path.ends_in_slash() => redirect(path, request.query()),
            Opened::Directory(directory) => self.directory(request, &path, &file_path, &directory),
        }
    }

    fn file(&self, request: &Request, name: &[u8], file: OpenFile) -> Result<Response, Refusal> {
        let now = SystemTime::now();
        let validators = validators(&file, now)?;
        let size = file.size;
        let fields = request.fields();
        let part = match conditional::evaluate(request.method(), fields, Some(&validators), date(now)) {
            conditional::Outcome::PreconditionFailed => return Err(StatusCode::PRECONDITION_FAILED.into()),
            conditional::Outcome::NotModified => {
                let mut response = Response::new(StatusCode::NOT_MODIFIED);
                self.add_cache_fields(response.head_mut().fields_mut(), &validators)?;
                return Ok(response);
            }
            conditional::Outcome::Proceed { range: true } => range::evaluate(fields, size),
            conditional::Outcome::Proceed { range: false } => range::Outcome::Whole,
        };
        let (status, range) = match part {
            range::Outcome::Whole => (StatusCode::OK, 0..size),
            range::Outcome::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
            range::Outcome::Unsatisfiable => {
                let response = Response::error(StatusCode::RANGE_NOT_SATISFIABLE);
                return Ok(response.field("Content-Range", range::unsatisfied_range(size))?);
            }
        };
        let len = range.end.saturating_sub(range.start);
        let slice = FileSlice { file: Arc::new(file.file), offset: range.start, len };
        // Content this small leaves with the head, in one write.
        let mut response = if len <= SMALL && request.method() == Method::GET {
            Response::full(status, slice.read().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?)
        } else {
            Response::file(status, slice)
        };
        let fields = response.head_mut().fields_mut();
        fields.append("Content-Type", self.types.of(name).as_bytes())?;
        if status == StatusCode::PARTIAL_CONTENT {
            fields.append("Content-Range", range::content_range(&range, size))?;
        }
        if let Some(modified) = validators.modified {
            fields.append("Last-Modified", modified.to_imf())?;
        }
        fields.append("Accept-Ranges", "bytes")?;
        fields.append("X-Content-Type-Options", "nosniff")?;
        self.add_cache_fields(fields, &validators)?;
        Ok(response)
    }

    /// What a 200 and a 304 have in common (RFC 9110 15.4.5).
    fn add_cache_fields(&self, fields: &mut Fields, validators: &Validators) -> Result<(), UsageError> {
        if let Some(tag) = &validators.tag {
            fields.append("ETag", tag.to_string())?;
        }
        self.add_cache_control(fields)
    }

    fn add_cache_control(&self, fields: &mut Fields) -> Result<(), UsageError> {
        if self.cache_control.is_empty() { Ok(()) } else { fields.append("Cache-Control", &self.cache_control) }
    }

    fn directory(
        &self,
        request: &Request,
        path: &SafePath,
        file_path: &Path,
        directory: &Dir,
    ) -> Result<Response, Refusal> {
        for name in &self.index {
            let Some(index) = file_name(name.as_bytes()) else { continue };
            // From the root, because an index may be a link to elsewhere beneath it.
            match self.root.get(&file_path.join(index)) {
                Ok(Opened::File(file)) => return self.file(request, name.as_bytes(), file),
                Ok(Opened::Directory(_)) | Err(StatusCode::NOT_FOUND) => {}
                Err(status) => return Err(status.into()),
            }
        }
        if !self.listing {
            return Err(StatusCode::NOT_FOUND.into());
        }
        // A listing has no validators, but it is there, and a condition may ask for no more.
        let none = Validators::default();
        let now = date(SystemTime::now());
        match conditional::evaluate(request.method(), request.fields(), Some(&none), now) {
            conditional::Outcome::PreconditionFailed => return Err(StatusCode::PRECONDITION_FAILED.into()),
            conditional::Outcome::NotModified => {
                let mut response = Response::new(StatusCode::NOT_MODIFIED).field("Vary", "Accept")?;
                self.add_cache_control(response.head_mut().fields_mut())?;
                return Ok(response);
            }
            conditional::Outcome::Proceed { .. } => {}
        }
        let (entries, truncated) = self.root.list(directory, file_path, path.segments().len(), self.hidden)?;
        let view = View::from_query(request.query());
        let format = view.format.unwrap_or_else(|| accepted_format(request.fields()));
        let content = Listing::new(path, entries, truncated, view).render(format);
        let mut response = Response::content(format.content_type(), content)?;
        let fields = response.head_mut().fields_mut();
        page::vary_by_accept(fields)?;
        page::protect(fields)?;
        self.add_cache_control(fields)?;
        Ok(response)
    }
}

impl Handler for StaticFiles {
    fn handle(&self, request: Request) -> Response {
        self.respond(&request)
    }
}

impl fmt::Debug for StaticFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticFiles")
            .field("index", &self.index)
            .field("listing", &self.listing)
            .field("hidden", &self.hidden)
            .field("cache_control", &self.cache_control)
            .finish_non_exhaustive()
    }
}

/// To the same directory with a slash. The location is built from what was opened and not from the target, so it never
/// leads to another host.
fn redirect(path: SafePath, query: Option<&str>) -> Result<Response, Refusal> {
    let mut location = path.with_slash().to_string();
    if let Some(query) = query {
        location.push('?');
        location.push_str(query);
    }
    Ok(Response::redirect(StatusCode::MOVED_PERMANENTLY, location)?)
}

fn accepted_format(fields: &Fields) -> Format {
    match accept::preferred(fields, &["text/html", "application/json", "text/plain"]) {
        Some(1) => Format::Json,
        Some(2) => Format::Text,
        _ => Format::Html,
    }
}

/// The tag tells apart what differs in size, time of change or inode.
fn validators(file: &OpenFile, now: SystemTime) -> Result<Validators, UsageError> {
    let Some(modified) = file.modified else { return Ok(Validators::default()) };
    let settled = now.duration_since(modified).is_ok_and(|age| age > SETTLED);
    let nanoseconds = modified.duration_since(UNIX_EPOCH).map_or_else(
        |before| format!("-{:x}", before.duration().as_nanos()),
        |after| format!("{:x}", after.as_nanos()),
    );
    let opaque = format!("{:x}-{nanoseconds}-{:x}", file.size, file.inode);
    let tag = if settled { EntityTag::strong(opaque)? } else { EntityTag::weak(opaque)? };
    // A date in the future would be no validator at all (RFC 9110 8.8.2.1).
    Ok(Validators { tag: Some(tag), modified: Some(date(modified).min(date(now))) })
}

/// A time before 1970 is taken as its start, which HTTP dates cannot go before.
fn date(time: SystemTime) -> HttpDate {
    HttpDate::from_unix(time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// Why a request is answered with an error.
enum Refusal {
    Status(StatusCode),
    Path(PathError),
    Usage(UsageError),
}

impl From<StatusCode> for Refusal {
    fn from(status: StatusCode) -> Self {
        Self::Status(status)
    }
}

impl From<PathError> for Refusal {
    fn from(error: PathError) -> Self {
        Self::Path(error)
    }
}

impl From<UsageError> for Refusal {
    fn from(error: UsageError) -> Self {
        Self::Usage(error)
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Status(status) => Self::error(status),
            Refusal::Path(error) => Self::error(error.status()).explain(format!("{error}.")),
            Refusal::Usage(error) => error.into(),
        }
    }
}
