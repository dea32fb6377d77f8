//! A response, as a handler gives it back.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io;
use std::sync::Arc;

use basehttp_proto::{Fields, ResponseHead, StatusCode, UsageError};
use bytes::Bytes;

use crate::content_type;

/// A response: a head, and a body that says where the content comes from.
///
/// Content-Length, Transfer-Encoding, Connection and Date are added when it is sent; to a HEAD request the content is
/// left away.
///
/// ```
/// use basehttp_handler::Response;
/// use basehttp_proto::StatusCode;
/// let response = Response::text("made").with_status(StatusCode::CREATED).field("Location", "/it")?;
/// # Ok::<(), basehttp_proto::UsageError>(())
/// ```
#[derive(Debug)]
pub struct Response {
    head: ResponseHead,
    body: Body,
}

/// Where the content of a response comes from.
#[derive(Debug)]
pub enum Body {
    /// Octets in memory; none for a response without content.
    Full(Bytes),
    /// A part of an open file, which the adapter sends in the cheapest way it knows.
    File(FileSlice),
    /// A page that explains an error; it is rendered when the response is sent, in a form that the client accepts.
    Error(Box<ErrorText>),
}

/// A part of an open file.
#[derive(Clone)]
pub struct FileSlice {
    /// The file; its own position does not matter.
    pub file: Arc<File>,
    /// Where the part starts, in octets.
    pub offset: u64,
    /// How many octets it has.
    pub len: u64,
}

impl FileSlice {
    /// Reads it into memory.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::UnexpectedEof`] when the file has become shorter; whatever the system says.
    pub fn read(&self) -> io::Result<Bytes> {
        let len = usize::try_from(self.len).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let mut content = vec![0; len];
        let mut filled = 0;
        while let Some(rest @ [_, ..]) = content.get_mut(filled..) {
            match read_at(&self.file, rest, self.offset.saturating_add(filled as u64)) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => filled = filled.saturating_add(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(content.into())
    }

    /// Reads octets from its start on, at most `most` and no more than one read gives; none at the end of the file.
    ///
    /// # Errors
    ///
    /// Whatever the system says.
    pub fn read_part(&self, most: u64) -> io::Result<Vec<u8>> {
        let mut octets = vec![0; usize::try_from(self.len.min(most)).unwrap_or(usize::MAX)];
        let read = read_at(&self.file, &mut octets, self.offset)?;
        octets.truncate(read);
        Ok(octets)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

impl fmt::Debug for FileSlice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileSlice({}..+{})", self.offset, self.len)
    }
}

/// What an error page says beyond its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorText {
    /// A short text in the place of the reason phrase.
    pub message: Option<Cow<'static, str>>,
    /// A sentence in the place of the one that explains the status.
    pub explain: Option<Cow<'static, str>>,
}

impl Response {
    /// A response without content.
    pub fn new(status: StatusCode) -> Self {
        Self::full(status, Bytes::new())
    }

    /// 200 with this content and Content-Type.
    ///
    /// # Errors
    ///
    /// [`UsageError::FieldValue`] when `content_type` holds a control octet.
    pub fn content(content_type: impl AsRef<[u8]>, content: impl Into<Bytes>) -> Result<Self, UsageError> {
        let response = Self::full(StatusCode::OK, content);
        match content_type::common(content_type.as_ref()) {
            Some(fields) => Ok(response.with_fields(fields)),
            None => response.field("Content-Type", content_type),
        }
    }

    /// 200 with plain text in UTF-8.
    pub fn text(text: impl Into<String>) -> Self {
        Self::generated("text/plain; charset=utf-8", text.into())
    }

    /// 200 with an HTML page in UTF-8.
    pub fn html(page: impl Into<String>) -> Self {
        Self::generated("text/html; charset=utf-8", page.into())
    }

    /// A redirection to `location`, a URI reference.
    ///
    /// A location that starts with two slashes, or a slash and a backslash, would lead to another host and is refused:
    /// redirect there with its scheme.
    ///
    /// # Errors
    ///
    /// [`UsageError::FieldValue`] when `location` holds a control octet or leads to another host without a scheme.
    pub fn redirect(status: StatusCode, location: impl AsRef<[u8]>) -> Result<Self, UsageError> {
        let location = location.as_ref();
        if matches!(location, [b'/' | b'\\', b'/' | b'\\', ..]) {
            return Err(UsageError::FieldValue);
        }
        Self::new(status).field("Location", location)
    }

    /// An error page for `status`, with the registered phrase and a sentence that explains it.
    pub fn error(status: StatusCode) -> Self {
        Self { head: ResponseHead::new(status), body: Body::Error(Box::default()) }
    }

    /// Octets in memory as content, with this status and no Content-Type.
    pub fn full(status: StatusCode, content: impl Into<Bytes>) -> Self {
        Self { head: ResponseHead::new(status), body: Body::Full(content.into()) }
    }

    /// A part of a file as content, with this status.
    pub fn file(status: StatusCode, slice: FileSlice) -> Self {
        Self { head: ResponseHead::new(status), body: Body::File(slice) }
    }

    fn generated(content_type: &'static str, content: String) -> Self {
        // The content type is one of ours and valid.
        Self::content(content_type, content).unwrap_or_else(|_| Self::error(StatusCode::INTERNAL_SERVER_ERROR))
    }

    /// The same response with another status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.head.set_status(status);
        self
    }

    fn with_fields(mut self, fields: Fields) -> Self {
        *self.head.fields_mut() = fields;
        self
    }

    /// Adds a field.
    ///
    /// # Errors
    ///
    /// As [`Fields::append`]: names are tokens, values hold no CR, LF, NUL or other control octets.
    pub fn field(mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<Self, UsageError> {
        self.head.fields_mut().append(name, value)?;
        Ok(self)
    }

    /// Sets the short text of an error page; without effect on other responses.
    #[must_use]
    pub fn message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        if let Body::Error(text) = &mut self.body {
            text.message = Some(message.into());
        }
        self
    }

    /// Sets the explaining sentence of an error page; without effect on other responses.
    #[must_use]
    pub fn explain(mut self, explain: impl Into<Cow<'static, str>>) -> Self {
        if let Body::Error(text) = &mut self.body {
            text.explain = Some(explain.into());
        }
        self
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.head.status()
    }

    /// The head.
    pub fn head(&self) -> &ResponseHead {
        &self.head
    }

    /// The head, to be changed.
    pub fn head_mut(&mut self) -> &mut ResponseHead {
        &mut self.head
    }

    /// The fields.
    pub fn fields(&self) -> &Fields {
        self.head.fields()
    }

    /// The body.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Head and body, to be changed.
    pub(crate) fn parts_mut(&mut self) -> (&mut ResponseHead, &mut Body) {
        (&mut self.head, &mut self.body)
    }

    /// A response from its parts.
    pub fn from_parts(head: ResponseHead, body: Body) -> Self {
        Self { head, body }
    }

    /// Head and body apart.
    pub fn into_parts(self) -> (ResponseHead, Body) {
        (self.head, self.body)
    }
}

/// A rule of the library broken by a handler is the server's fault.
impl From<UsageError> for Response {
    fn from(_: UsageError) -> Self {
        Self::error(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// The bare status, with an error page where it is an error.
impl From<StatusCode> for Response {
    fn from(status: StatusCode) -> Self {
        if status.is_error() { Self::error(status) } else { Self::new(status) }
    }
}

impl From<&'static str> for Response {
    fn from(text: &'static str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Response {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl<T: Into<Response>, E: Into<Response>> From<Result<T, E>> for Response {
    fn from(result: Result<T, E>) -> Self {
        result.map_or_else(Into::into, Into::into)
    }
}
