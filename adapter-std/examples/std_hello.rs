//! `std_hello ADDRESS` says hello, and sends back what is posted to /echo.

use std::env;
use std::io;

use basehttp_handler::{Request, Response, inline};
use basehttp_proto::{Method, StatusCode, UsageError};
use basehttp_std::Server;

fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let server = Server::bind(address)?;
    eprintln!("http://{}/", server.local_addr()?);
    server.serve(inline(answer))
}

fn answer(request: Request) -> Result<Response, UsageError> {
    match (request.method(), request.path()) {
        (Method::POST, "/echo") => Response::content("application/octet-stream", request.content().clone()),
        (Method::GET | Method::HEAD, "/") => Response::content("text/plain", "Hello, World!"),
        _ => Ok(Response::error(StatusCode::NOT_FOUND)),
    }
}
