//! A handler that sends requests back: the simplest way to see what a client really sends.

use basehttp_proto::{Method, UsageError};

use crate::credentials::is_credential;
use crate::{Handler, Request, Response};

/// Answers a request without content with its head exactly as received, as plain text, and one with content with that
/// content and its Content-Type.
#[derive(Clone, Copy, Debug, Default)]
pub struct Echo;

impl Handler for Echo {
    fn handle(&self, request: Request) -> Response {
        echo(&request).into()
    }

    fn blocks(&self) -> bool {
        false
    }
}

/// The head of a request without what may be secret: a script may read the answer that may not read the request
/// (RFC 9110 9.3.8).
fn traced(request: &Request) -> Vec<u8> {
    let mut head = [request.head().request_line().as_bytes(), b"\r\n"].concat();
    for (name, value) in request.fields() {
        if !is_credential(name) {
            head.extend_from_slice(&[name, b": ", value, b"\r\n"].concat());
        }
    }
    head.extend_from_slice(b"\r\n");
    head
}

fn echo(request: &Request) -> Result<Response, UsageError> {
    // What a client sends back to itself must not run as a page of this origin.
    let response = if request.method() == Method::TRACE {
        Response::content("message/http", traced(request))?
    } else if request.content().is_empty() {
        Response::content("text/plain", request.head().octets().clone())?
    } else {
        let content_type = request.fields().get("Content-Type").unwrap_or(b"application/octet-stream");
        Response::content(content_type, request.content().clone())?
    };
    response.field("X-Content-Type-Options", "nosniff")?.field("Content-Security-Policy", "sandbox")
}
