//! What a handler is ordered to do: one language for handlers of complete requests and for exchanges, on every adapter.
//!
//! Orders are divided by `; `. One for complete requests sleeps or panics, and ends in a response.
//!
//! | order                        | meaning                                                                        |
//! |------------------------------|--------------------------------------------------------------------------------|
//! | `hello`                      | responds `hello`                                                               |
//! | `text abc`, `status 204`     | responds this text, this status                                                |
//! | `error 403`                  | responds an error page                                                         |
//! | `path`, `echo`, `length`     | responds the path, the content of the request, how much there is of it         |
//! | `content 100`, `file 100`    | responds that many `x`, from memory or from a file                             |
//! | `short file 100`             | the same, but half of the file is not there any more                           |
//! | `contradiction`              | responds with a Content-Length that is not true                                |
//! | `field X-A: b`               | a field of the response, or of the informational one, that follows             |
//! | `sleep 3`                    | lets 3 units of time pass                                                      |
//! | `panic`                      | panics                                                                         |
//!
//! Exchanges alone can do the rest:
//!
//! | order                        | meaning                                                                        |
//! |------------------------------|--------------------------------------------------------------------------------|
//! | `collect`                    | takes all of the content, as a request                                         |
//! | `part`, `take`               | takes the next part of the content, or each to the end, and drops it           |
//! | `inform 103`                 | sends an informational response                                                |
//! | `start 10`, `start chunked`, `start same` | begins a response of this length, of none, of the length of the request |
//! | `write abc`, `flush`         | sends content                                                                  |
//! | `copy`, `answer each`        | sends back what comes, or each part in `<>`, flushed                           |
//! | `events`                     | an event for each octet that comes, flushed                                    |
//! | `finish`, `finish with X: y`, `finish with theirs` | ends the response; with a trailer, with those of the request |
//! | `shout`, `tunnel`            | switches protocols (by 101, or 200 to CONNECT) and sends back what comes in capitals |
//! | `give up`                    | returns without an answer                                                      |
//! | `try ...`                    | an order that may fail and be gone on after                                    |

use std::io::Write as _;
use std::sync::Arc;

use basehttp_handler::{FileSlice, Request, Response};
use basehttp_proto::{BodyLength, Fields, StatusCode};
use basehttp_tests::escape::unescape;

use super::document::number;

/// One thing that a handler is to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Order {
    Respond(Answer),
    Field(String, String),
    Sleep(u32),
    Panic,
    Collect,
    Part,
    Take,
    Inform(StatusCode),
    Start(Length),
    Write(Vec<u8>),
    Flush,
    Copy,
    AnswerEach,
    Events,
    Finish(Trailers),
    Shout(StatusCode),
    GiveUp,
    Try(Box<Self>),
}

/// A response in one piece.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    Text(String),
    Status(StatusCode),
    Error(StatusCode),
    Path,
    Echo,
    Length,
    Content(usize),
    File { promised: usize, there: usize },
    Contradiction,
}

/// How long the content of a response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    Known(u64),
    Chunked,
    Same,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trailers {
    Own(Vec<(String, String)>),
    Theirs,
}

/// Who is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A handler of complete requests.
    Handler,
    /// A handler of exchanges.
    Exchange,
}

/// The orders of a text.
pub(crate) fn read(text: &str, kind: Kind) -> Result<Vec<Order>, String> {
    let orders: Vec<Order> = text.split("; ").map(order).collect::<Result<_, _>>()?;
    let is_simple =
        |order: &Order| matches!(order, Order::Respond(_) | Order::Field(..) | Order::Sleep(_) | Order::Panic);
    if kind == Kind::Handler && !orders.iter().all(is_simple) {
        return Err(String::from("only an exchange can do that"));
    }
    Ok(orders)
}

fn order(text: &str) -> Result<Order, String> {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    let status = || StatusCode::new(number(rest)?).map_err(|e| e.to_string());
    let field = |text: &str| {
        let (name, value) = text.split_once(": ").ok_or("no colon")?;
        Ok::<_, String>((name.to_owned(), value.to_owned()))
    };
    Ok(match (word, rest) {
        ("hello", "") => Order::Respond(Answer::Text(String::from("hello"))),
        ("text", text) => Order::Respond(Answer::Text(text.to_owned())),
        ("status", _) => Order::Respond(Answer::Status(status()?)),
        ("error", _) => Order::Respond(Answer::Error(status()?)),
        ("path", "") => Order::Respond(Answer::Path),
        ("echo", "") => Order::Respond(Answer::Echo),
        ("length", "") => Order::Respond(Answer::Length),
        ("content", octets) => Order::Respond(Answer::Content(number(octets)?)),
        ("file", octets) => {
            let promised = number(octets)?;
            Order::Respond(Answer::File { promised, there: promised })
        }
        ("short", rest) => {
            let promised: usize = number(rest.strip_prefix("file ").ok_or("what is short?")?)?;
            Order::Respond(Answer::File { promised, there: promised / 2 })
        }
        ("contradiction", "") => Order::Respond(Answer::Contradiction),
        ("field", rest) => {
            let (name, value) = field(rest)?;
            Order::Field(name, value)
        }
        ("sleep", units) => Order::Sleep(number(units)?),
        ("panic", "") => Order::Panic,
        ("collect", "") => Order::Collect,
        ("part", "") => Order::Part,
        ("take", "") => Order::Take,
        ("inform", _) => Order::Inform(status()?),
        ("start", "chunked") => Order::Start(Length::Chunked),
        ("start", "same") => Order::Start(Length::Same),
        ("start", octets) => Order::Start(Length::Known(number(octets)?)),
        ("write", octets) => Order::Write(unescape(octets)?.0),
        ("flush", "") => Order::Flush,
        ("copy", "") => Order::Copy,
        ("answer", "each") => Order::AnswerEach,
        ("events", "") => Order::Events,
        ("finish", "") => Order::Finish(Trailers::Own(Vec::new())),
        ("finish", "with theirs") => Order::Finish(Trailers::Theirs),
        ("finish", rest) => Order::Finish(Trailers::Own(vec![field(rest.strip_prefix("with ").ok_or("with what?")?)?])),
        ("shout", "") => Order::Shout(StatusCode::SWITCHING_PROTOCOLS),
        ("tunnel", "") => Order::Shout(StatusCode::OK),
        ("give", "up") => Order::GiveUp,
        ("try", rest) => Order::Try(Box::new(order(rest)?)),
        _ => return Err(format!("no order is called {text:?}")),
    })
}

/// Orders by path; those without one are for all others.
pub(crate) type Routes = Vec<(Option<String>, Vec<Order>)>;

/// The orders that a request of this path is answered by.
pub(crate) fn of<'r>(routes: &'r Routes, path: &str) -> &'r [Order] {
    let own = routes.iter().find(|(route, _)| route.as_deref() == Some(path));
    let route = own.or_else(|| routes.iter().find(|(route, _)| route.is_none()));
    route.map_or(&[], |(_, orders)| orders)
}

/// Whether what is sent back depends on the parts that content comes in.
pub(crate) fn see_parts(orders: &[Order]) -> bool {
    let is_chunked = orders.contains(&Order::Start(Length::Chunked));
    orders.iter().any(|order| match order {
        Order::Part | Order::AnswerEach => true,
        Order::Copy => is_chunked,
        _ => false,
    })
}

/// Follows the orders to a handler of complete requests.
pub(crate) fn simple(orders: &[Order], request: &Request, sleep: &(impl Fn(u32) + ?Sized)) -> Response {
    // Nothing here waits for anything but for the time.
    smol::block_on(slowly(orders, request, async |units| sleep(units)))
}

/// The same for a handler that sleeps without a thread.
pub(crate) async fn slowly(orders: &[Order], request: &Request, sleep: impl AsyncFn(u32)) -> Response {
    let mut fields = Fields::new();
    for order in orders {
        match order {
            Order::Sleep(units) => sleep(*units).await,
            Order::Panic => panic!("as ordered"),
            Order::Field(name, value) => fields.append(name, value).unwrap(),
            Order::Respond(answer) => return answer.response(request, &fields),
            _ => unreachable!("only an exchange can do that"),
        }
    }
    unreachable!("orders end in a response")
}

impl Order {
    /// How many octets of content it is about.
    pub(crate) fn octets(&self) -> usize {
        match self {
            Self::Respond(Answer::Content(octets) | Answer::File { there: octets, .. }) => *octets,
            Self::Write(octets) => octets.len(),
            _ => 0,
        }
    }
}

impl Answer {
    /// Whether it needs the content of the request.
    pub(crate) fn is_about_content(&self) -> bool {
        matches!(self, Self::Echo | Self::Length)
    }

    pub(crate) fn response(&self, request: &Request, fields: &Fields) -> Response {
        let mut response = match self {
            Self::Text(text) => Response::text(text.clone()),
            Self::Status(status) => Response::new(*status),
            Self::Error(status) => Response::error(*status),
            Self::Path => Response::text(request.path()),
            Self::Echo => Response::text(String::from_utf8(request.content().to_vec()).unwrap()),
            Self::Length => Response::text(request.content().len().to_string()),
            Self::Content(octets) => Response::text("x".repeat(*octets)),
            Self::File { promised, there } => Response::file(StatusCode::OK, file(*promised as u64, *there)),
            Self::Contradiction => Response::text("hello").field("Content-Length", "4").unwrap(),
        };
        for (name, value) in fields {
            response = response.field(name, value).unwrap();
        }
        response
    }
}

/// A file with fewer octets than promised, or as many.
fn file(len: u64, there: usize) -> FileSlice {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&vec![b'x'; there]).unwrap();
    FileSlice { file: Arc::new(file), offset: 0, len }
}

impl Length {
    /// For a request whose fields are these.
    pub(crate) fn of(self, request: &Fields) -> BodyLength {
        match self {
            Self::Known(octets) => BodyLength::Known(octets),
            Self::Chunked => BodyLength::Unknown,
            Self::Same => {
                let length = request.get_str("Content-Length").and_then(|length| length.parse().ok());
                length.map_or(BodyLength::Unknown, BodyLength::Known)
            }
        }
    }
}
