//! What browsers send.

use super::{Noise, head};

/// Few fields, two of them long: the shape that parsers are traditionally measured on.
pub(super) fn pico_style() -> String {
    head(
        "GET /articles/2024/11/24/a-very-short-history-of-the-line-endings.html HTTP/1.1",
        &[
            "Host: www.example.org",
            concat!(
                "User-Agent: Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 ",
                "(KHTML, like Gecko) Version/17.6 Safari/605.1.15",
            ),
            "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language: fi,en-us;q=0.7,en;q=0.3",
            "Accept-Encoding: gzip,deflate",
            "Accept-Charset: utf-8,iso-8859-1;q=0.7,*;q=0.7",
            "Keep-Alive: 115",
            "Connection: keep-alive",
            concat!(
                "Cookie: visits=123; last_visit=1731240117; session=7f2c9a0be41d4f6a; ",
                "__a=173066901.1126587430.1728412501.1731153217.1731240117.34; ",
                "__z=173066901.1731240117.34.5.src=(reader)|cmd=referral|path=/reader/view/",
            ),
        ],
    )
}

const CHROME: [&str; 14] = [
    "Host: www.example.com",
    "Connection: keep-alive",
    "sec-ch-ua: \"Chromium\";v=\"130\", \"Google Chrome\";v=\"130\", \"Not?A_Brand\";v=\"99\"",
    "sec-ch-ua-mobile: ?0",
    "sec-ch-ua-platform: \"Linux\"",
    "Upgrade-Insecure-Requests: 1",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    concat!(
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,",
        "*/*;q=0.8,application/signed-exchange;v=b3;q=0.7",
    ),
    "Sec-Fetch-Site: same-origin",
    "Sec-Fetch-Mode: navigate",
    "Sec-Fetch-User: ?1",
    "Sec-Fetch-Dest: document",
    "Accept-Encoding: gzip, deflate, br, zstd",
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8",
];

pub(super) fn chrome() -> String {
    let referer = "Referer: https://www.example.com/account/overview?from=menu&section=billing&return=profile";
    let fields: Vec<&str> = CHROME.into_iter().chain([referer]).collect();
    head("GET /account/settings?tab=profile HTTP/1.1", &fields)
}

/// The same browser with one very long Cookie.
pub(super) fn cookies_4k() -> String {
    let cookie = format!("Cookie: {}", Noise(4).cookies(3_257));
    let fields: Vec<&str> = CHROME.into_iter().chain([cookie.as_str()]).collect();
    head("GET /account/settings?tab=profile HTTP/1.1", &fields)
}

pub(super) fn firefox() -> String {
    head(
        "GET /news/latest?page=2 HTTP/1.1",
        &[
            "Host: news.example.net",
            "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
            concat!(
                "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,",
                "image/svg+xml,*/*;q=0.8",
            ),
            "Accept-Language: en-US,en;q=0.7,fr;q=0.3",
            "Accept-Encoding: gzip, deflate, br, zstd",
            "Referer: https://news.example.net/news/latest?page=1",
            "Connection: keep-alive",
            concat!(
                "Cookie: session=c1f0b7a86d2e4e0d9b53; theme=light; consent=necessary; ",
                "reader=aGFzLXJlYWQ6NDcxMSw0NzEyLDQ3MTUsNDcyMCw0NzIx; since=1994-11-06T08",
            ),
            "Upgrade-Insecure-Requests: 1",
            "Sec-Fetch-Dest: document",
            "Sec-Fetch-Mode: navigate",
            "Sec-Fetch-Site: same-origin",
            "Sec-Fetch-User: ?1",
            "Priority: u=0, i",
            "Pragma: no-cache",
        ],
    )
}
