//! Who answers a request: handlers, and one function per method.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use basehttp_proto::{Method, StatusCode};

use crate::{Request, Response};

/// Answers requests. The same handler runs on every adapter, from several threads at once.
///
/// Functions and closures are handlers; they may return anything that becomes a [`Response`]: a response, text, a
/// status, or a `Result` of those.
///
/// ```
/// use basehttp_handler::{Handler, Request, Response};
/// let hello = |request: Request| format!("Hello, {}!\n", request.peer());
/// let fallible = |_: Request| Response::text("made").field("X-Made", "yes");
/// fn takes(_: impl Handler) {}
/// takes(hello);
/// takes(fallible);
/// ```
pub trait Handler: Send + Sync {
    /// Answers one request. A panic is answered with 500 and harms no other request.
    fn handle(&self, request: Request) -> Response;

    /// Whether answering may take a while: reading a file, waiting for a lock, computing for long. An asynchronous adapter
    /// calls such a handler on a thread where it delays nobody, which costs some microseconds; [`inline`] says that
    /// it need not.
    fn blocks(&self) -> bool {
        true
    }
}

impl<F, R> Handler for F
where
    F: Fn(Request) -> R + Send + Sync,
    R: Into<Response>,
{
    fn handle(&self, request: Request) -> Response {
        self(request).into()
    }
}

impl<H: Handler + ?Sized> Handler for Arc<H> {
    fn handle(&self, request: Request) -> Response {
        (**self).handle(request)
    }

    fn blocks(&self) -> bool {
        (**self).blocks()
    }
}

/// The same handler, which answers at once: an asynchronous adapter calls it where it is, between the requests of others,
/// which all have to wait until it is done.
///
/// ```
/// use basehttp_handler::{Handler, Request, inline};
/// let hello = inline(|_: Request| "Hello, World!");
/// assert!(!hello.blocks());
/// ```
pub fn inline(handler: impl Handler) -> impl Handler {
    Inline(handler)
}

struct Inline<H>(H);

impl<H: Handler> Handler for Inline<H> {
    fn handle(&self, request: Request) -> Response {
        self.0.handle(request)
    }

    fn blocks(&self) -> bool {
        false
    }
}

/// Calls a handler; a panic becomes a 500.
pub fn handle_caught(handler: &(impl Handler + ?Sized), request: Request) -> Response {
    // Nothing of the request outlives the call, so no broken state can be seen; what the handler shares with other
    // calls, it guards itself (a poisoned lock, for one).
    catch_unwind(AssertUnwindSafe(|| handler.handle(request)))
        .unwrap_or_else(|_| Response::error(StatusCode::INTERNAL_SERVER_ERROR))
}

/// One function per method, as BaseHTTPServer's `do_GET` and its kin; make it a [`Handler`] with [`by_method`].
///
/// HEAD is answered by `get`, whose content is then left away, and OPTIONS by what [`allow`](Self::allow) says. A
/// method that is registered but not allowed is answered 405 with Allow, any other 501 (RFC 9110 9.1).
///
/// ```
/// use basehttp_handler::{Methods, Request, Response, by_method};
/// use basehttp_proto::Method;
///
/// struct Counter;
/// impl Methods for Counter {
///     fn allow(&self) -> &[Method] {
///         &[Method::GET, Method::POST]
///     }
///     fn get(&self, _: Request) -> Response {
///         Response::text("0")
///     }
///     fn post(&self, request: Request) -> Response {
///         Response::text(request.content().len().to_string())
///     }
/// }
/// let handler = by_method(Counter);
/// ```
pub trait Methods: Send + Sync {
    /// The methods that have a function here; GET brings HEAD with it, and OPTIONS is always there.
    fn allow(&self) -> &[Method];

    /// Answers GET, and HEAD.
    fn get(&self, request: Request) -> Response {
        self.other(request)
    }

    /// Answers POST.
    fn post(&self, request: Request) -> Response {
        self.other(request)
    }

    /// Answers PUT.
    fn put(&self, request: Request) -> Response {
        self.other(request)
    }

    /// Answers DELETE.
    fn delete(&self, request: Request) -> Response {
        self.other(request)
    }

    /// Answers PATCH.
    fn patch(&self, request: Request) -> Response {
        self.other(request)
    }

    /// Answers OPTIONS: 204 with Allow.
    fn options(&self, _: Request) -> Response {
        with_allow(Response::new(StatusCode::NO_CONTENT), self.allow())
    }

    /// Answers any other method that [`allow`](Self::allow) names, and those above that have no function.
    fn other(&self, request: Request) -> Response {
        Response::error(StatusCode::NOT_IMPLEMENTED).message(format!("Unsupported method ('{}')", request.method()))
    }
}

/// The handler that calls one function per method.
pub fn by_method(methods: impl Methods) -> impl Handler {
    move |request: Request| dispatch(&methods, request)
}

fn dispatch(methods: &impl Methods, request: Request) -> Response {
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method() };
    if method != Method::OPTIONS && !methods.allow().contains(&method) {
        return refuse(&request, methods.allow());
    }
    match method {
        Method::GET => methods.get(request),
        Method::POST => methods.post(request),
        Method::PUT => methods.put(request),
        Method::DELETE => methods.delete(request),
        Method::PATCH => methods.patch(request),
        Method::OPTIONS => methods.options(request),
        _ => methods.other(request),
    }
}

/// The answer to a method that is not among `allowed`: 405 with Allow where it is a registered one, else 501.
pub fn refuse(request: &Request, allowed: &[Method]) -> Response {
    const REGISTERED: [Method; 9] = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::CONNECT,
        Method::OPTIONS,
        Method::TRACE,
        Method::PATCH,
    ];
    if REGISTERED.contains(&request.method()) {
        with_allow(Response::error(StatusCode::METHOD_NOT_ALLOWED), allowed)
    } else {
        Response::error(StatusCode::NOT_IMPLEMENTED).message(format!("Unsupported method ('{}')", request.method()))
    }
}

/// Adds Allow: the methods given, HEAD with GET, and OPTIONS.
pub fn with_allow(response: Response, allowed: &[Method]) -> Response {
    let mut names: Vec<&str> = Vec::new();
    let implied = |method: &Method| if *method == Method::GET { Some(Method::HEAD) } else { None };
    let all: Vec<Method> =
        allowed.iter().flat_map(|method| [Some(*method), implied(method)]).flatten().chain([Method::OPTIONS]).collect();
    for method in &all {
        if !names.contains(&method.as_str()) {
            names.push(method.as_str());
        }
    }
    Response::from(response.field("Allow", names.join(", ")))
}
