//! What programs send.

use super::head;

/// The content that belongs to [`post_json`].
pub(super) const JSON: &str = "{\"article\":\"4711-b\",\"count\":3,\"note\":\"ring twice!\",\"gift\":false}";

pub(super) fn wrk() -> String {
    head("GET / HTTP/1.1", &["Host: 127.0.0.1:8080"])
}

pub(super) fn curl() -> String {
    head("GET / HTTP/1.1", &["Host: 127.0.0.1:8080", "User-Agent: curl/8.14.1", "Accept: */*"])
}

pub(super) fn post_json() -> String {
    head(
        "POST /api/v2/orders?draft=false HTTP/1.1",
        &[
            "Host: api.example.com",
            "User-Agent: orders-client/4.12.10 (linux; x86_64)",
            "Accept: application/json",
            "Accept-Encoding: gzip, deflate, br, zstd",
            "Authorization: Bearer b3JkZXJzLWNsaWVudDp0aGlzLWlzLW5vdC1hLXNlY3JldA",
            "Content-Type: application/json; charset=utf-8",
            "Content-Length: 64",
            "Connection: keep-alive",
            "X-Request-Id: 0d9f7c52-8a34-4e61-b7f0-5c1e2a9d4b38",
        ],
    )
}

pub(super) fn response() -> String {
    head(
        "HTTP/1.1 200 OK",
        &[
            "Date: Sun, 06 Nov 1994 08:49:37 GMT",
            "Server: example/2.4.1 (linux)",
            "Content-Type: text/html; charset=utf-8",
            "Content-Length: 482137",
            "Connection: keep-alive",
            "Last-Modified: Sat, 05 Nov 1994 17:20:05 GMT",
            "ETag: \"5e1f-62b0c4d9a8f31\"",
            "Cache-Control: public, max-age=600, stale-while-revalidate=60",
            "Vary: Accept-Encoding, Accept-Language",
            "X-Content-Type-Options: nosniff",
            "Strict-Transport-Security: max-age=31536000",
        ],
    )
}

/// A whole response with 13 octets of content.
pub(super) fn hello() -> String {
    let fields =
        ["Content-Type: text/plain", "Server: bench", "Date: Sun, 06 Nov 1994 08:49:37 GMT", "Content-Length: 13"];
    head("HTTP/1.1 200 OK", &fields) + "Hello, World!"
}
