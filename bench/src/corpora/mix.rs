//! Thirty-two different heads, so that a branch predictor cannot learn one.

use super::{Noise, head};

const AGENTS: [&str; 8] = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36 Edg/129.0.0.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Linux; Android 14; SM-A5) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
];
const ACCEPT: [&str; 5] = [
    "*/*",
    "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
    "text/css,*/*;q=0.1",
    "application/json, text/plain, */*",
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
];
const LANGUAGES: [&str; 4] = ["en-US,en;q=0.9", "de-DE,de;q=0.9,en;q=0.7", "fr,en-US;q=0.7,en;q=0.3", "ja"];
const HOSTS: [&str; 4] = ["www.example.com", "static.example.net", "shop.example.org:8443", "a.example"];
const PATHS: [&str; 6] = [
    "/",
    "/assets/js/app.4f1c9d2e.js",
    "/img/2024/11/header-large@2x.webp?w=1280&q=80",
    "/api/v3/users/918273/preferences?include=all&locale=de",
    "/search?q=how+long+is+a+piece+of+string&page=3&sort=recent",
    "/fonts/inter-v13-latin-600.woff2",
];
/// Fields of which each head has some.
const OPTIONAL: [&str; 14] = [
    "sec-ch-ua: \"Chromium\";v=\"130\", \"Google Chrome\";v=\"130\", \"Not?A_Brand\";v=\"99\"",
    "sec-ch-ua-mobile: ?1",
    "sec-ch-ua-platform: \"Android\"",
    "Upgrade-Insecure-Requests: 1",
    "Sec-Fetch-Site: cross-site",
    "Sec-Fetch-Mode: no-cors",
    "Sec-Fetch-Dest: image",
    "Sec-Fetch-User: ?1",
    "If-None-Match: \"62b0c4d9a8f31-gzip\"",
    "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT",
    "Priority: u=1, i",
    "X-Requested-With: XMLHttpRequest",
    "Cache-Control: max-age=0",
    "DNT: 1",
];

pub(super) fn heads() -> Vec<String> {
    let mut noise = Noise(32);
    (0..32).map(|number| one(&mut noise, number)).collect()
}

fn one(noise: &mut Noise, number: usize) -> String {
    let host = HOSTS[noise.below(HOSTS.len())];
    let referer_len = 8 + noise.below(60);
    let cookie_len = 121 + noise.below(380);
    let mut fields = vec![
        format!("Host: {host}"),
        "Connection: keep-alive".to_owned(),
        format!("User-Agent: {}", AGENTS[number % AGENTS.len()]),
        format!("Accept: {}", ACCEPT[noise.below(ACCEPT.len())]),
        format!("Referer: https://{host}/{}", noise.text(referer_len)),
        "Accept-Encoding: gzip, deflate, br, zstd".to_owned(),
        format!("Accept-Language: {}", LANGUAGES[noise.below(LANGUAGES.len())]),
        format!("Cookie: {}", noise.cookies(cookie_len)),
    ];
    for field in OPTIONAL {
        if noise.below(2) == 0 {
            let place = 1 + noise.below(fields.len());
            fields.insert(place, field.to_owned());
        }
    }
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    head(&format!("GET {} HTTP/1.1", PATHS[noise.below(PATHS.len())]), &fields)
}
