//! Pages that explain an error, in a form that the client accepts.
//!
//! Law: nothing from a request stands on them but escaped.

use std::borrow::Cow;
use std::fmt::Write as _;

use askama::Template as _;
use basehttp_proto::{Fields, StatusCode};
use bytes::Bytes;

use crate::accept;
use crate::explanation::explanation;
use crate::json;
use crate::response::ErrorText;

const HTML: &str = "text/html; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// What an error page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorPage<'a> {
    /// The status.
    pub status: StatusCode,
    /// A short text, the reason phrase unless the handler gave another.
    pub message: Cow<'a, str>,
    /// A sentence that explains the status, unless the handler gave another. It starts with a capital letter and ends
    /// in a full stop, whatever was given.
    pub explain: Cow<'a, str>,
}

impl<'a> ErrorPage<'a> {
    /// What to say of `status`, with the handler's words in the place of the usual ones.
    pub fn new(status: StatusCode, text: &'a ErrorText) -> Self {
        let usual = match status.canonical_reason() {
            "" => "Error",
            reason => reason,
        };
        Self {
            status,
            message: Cow::Borrowed(text.message.as_deref().unwrap_or(usual)),
            explain: sentence(text.explain.as_deref().unwrap_or(explanation(status))),
        }
    }
}

/// Texts of errors are parts of sentences (`a % is not followed by two hexadecimal digits`); on a page they stand alone.
fn sentence(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let first = text.chars().next().filter(|first| first.is_lowercase());
    let is_ended =
        text.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']']).ends_with(['.', '!', '?', '…', '。', '！', '？']);
    if text.is_empty() || first.is_none() && is_ended {
        return Cow::Borrowed(text);
    }
    let rest = first.and_then(|first| text.strip_prefix(first)).unwrap_or(text);
    let mut out: String = first.into_iter().flat_map(char::to_uppercase).collect();
    out.push_str(rest);
    out.push_str(if is_ended { "" } else { "." });
    Cow::Owned(out)
}

/// Makes the pages that explain errors.
///
/// Whoever sends a page adds the fields of [`page::protect`](crate::page::protect), and where
/// [`negotiates`](Self::negotiates) says so that of [`page::vary_by_accept`](crate::page::vary_by_accept).
pub trait ErrorPages: Send + Sync {
    /// The Content-Type and the content of a page.
    ///
    /// `accept` are the fields of the request, `None` where it was refused before they could be read.
    fn render(&self, page: &ErrorPage<'_>, accept: Option<&Fields>) -> (Cow<'static, str>, Bytes);

    /// Whether Accept has a say in what [`render`](Self::render) makes, so that a cache has to tell requests apart by
    /// it (RFC 9110 12.5.5).
    fn negotiates(&self) -> bool {
        true
    }
}

/// Pages as HTML, plain text or JSON, whichever Accept prefers; HTML where it has no preference or accepts none.
#[derive(Clone, Copy, Debug, Default)]
pub struct DefaultPages;

impl ErrorPages for DefaultPages {
    fn render(&self, page: &ErrorPage<'_>, accept: Option<&Fields>) -> (Cow<'static, str>, Bytes) {
        let offers = ["text/html", "text/plain", "application/json"];
        let (content_type, content) = match accept.and_then(|fields| accept::preferred(fields, &offers)) {
            Some(1) => (TEXT, plain(page)),
            Some(2) => (JSON, as_json(page)),
            _ => html(page).map_or_else(|| (TEXT, plain(page)), |html| (HTML, html)),
        };
        (Cow::Borrowed(content_type), Bytes::from(content))
    }
}

#[derive(askama::Template)]
#[template(path = "error.html")]
struct Html<'a> {
    code: u16,
    message: &'a str,
    explain: &'a str,
}

/// `None` when the template fails, which one that only shows text does not.
fn html(page: &ErrorPage<'_>) -> Option<String> {
    Html { code: page.status.as_u16(), message: &page.message, explain: &page.explain }.render().ok()
}

fn plain(page: &ErrorPage<'_>) -> String {
    format!("{} {}\n\n{}\n", page.status, page.message, page.explain)
}

fn as_json(page: &ErrorPage<'_>) -> String {
    // Writing to a String does not fail.
    let mut out = String::new();
    let _ = write!(out, "{{\"status\":{},\"message\":", page.status);
    json::string(&mut out, &page.message);
    out.push_str(",\"explain\":");
    json::string(&mut out, &page.explain);
    out.push_str("}\n");
    out
}

/// A page of one's own: text in which `{code}`, `{message}` and `{explain}` stand for what is to be said.
///
/// They are escaped for HTML. Any other braces stay as they are, so a style sheet needs no care.
///
/// ```
/// use basehttp_handler::error_page::{ErrorPage, ErrorPages, Template};
/// use basehttp_handler::ErrorText;
/// use basehttp_proto::StatusCode;
/// let pages = Template::new("<h1>{code}: {message}</h1>");
/// let (_, content) = pages.render(&ErrorPage::new(StatusCode::NOT_FOUND, &ErrorText::default()), None);
/// assert_eq!(content, "<h1>404: Not Found</h1>");
/// ```
#[derive(Clone, Debug)]
pub struct Template {
    text: String,
    content_type: Cow<'static, str>,
}

impl Template {
    /// A template for `text/html; charset=utf-8`.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), content_type: Cow::Borrowed(HTML) }
    }

    /// Sets the Content-Type. A page whose type holds a control octet cannot be sent.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<Cow<'static, str>>) -> Self {
        self.content_type = content_type.into();
        self
    }
}

impl ErrorPages for Template {
    fn render(&self, page: &ErrorPage<'_>, _: Option<&Fields>) -> (Cow<'static, str>, Bytes) {
        let code = page.status.to_string();
        let values = [("{code}", code.as_str()), ("{message}", &page.message), ("{explain}", &page.explain)];
        let mut out = String::with_capacity(self.text.len());
        let mut rest = self.text.as_str();
        // One pass, so that a value which looks like a place to fill is not filled.
        while let Some((before, from_brace)) = rest.find('{').and_then(|at| rest.split_at_checked(at)) {
            out.push_str(before);
            let filled = values.iter().find_map(|(place, value)| Some((from_brace.strip_prefix(place)?, value)));
            rest = match filled {
                Some((after, value)) => {
                    escape(&mut out, value);
                    after
                }
                None => {
                    out.push('{');
                    from_brace.get(1..).unwrap_or_default()
                }
            };
        }
        out.push_str(rest);
        (self.content_type.clone(), Bytes::from(out))
    }

    fn negotiates(&self) -> bool {
        false
    }
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}
