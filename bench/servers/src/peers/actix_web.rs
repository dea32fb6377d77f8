//! actix-web: a tokio runtime of one thread for each worker.

use std::io;

use actix_web::http::header::SERVER as SERVER_FIELD;
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};
use basehttp_bench_servers::{HELLO, OCTETS, SERVER, TEXT, address, workers};

#[actix_web::main]
async fn main() -> io::Result<()> {
    let routes = || App::new().route("/", web::get().to(hello)).route("/echo", web::post().to(echo));
    HttpServer::new(routes).workers(workers()).tcp_nodelay(true).disable_signals().bind(address())?.run().await
}

async fn hello() -> HttpResponse {
    HttpResponse::Ok().content_type(TEXT).insert_header((SERVER_FIELD, SERVER)).body(HELLO)
}

async fn echo(content: Bytes) -> HttpResponse {
    HttpResponse::Ok().content_type(OCTETS).insert_header((SERVER_FIELD, SERVER)).body(content)
}
