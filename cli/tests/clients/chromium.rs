//! A browser: what it makes of our pages, and where it goes from them.

use std::collections::BTreeSet;
use std::fs;

use super::common::Program;
use super::common::tree::{content_of, odd_names, write_names};
use super::{find, run};

/// The document at a URL after it was loaded, as the browser writes it down; `None` without a browser.
fn load(program: &Program, target: &str) -> Option<String> {
    let chromium = find(&["chromium", "chromium-browser", "google-chrome"])?;
    let profile = tempfile::tempdir().unwrap();
    let own = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--no-proxy-server",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--dump-dom",
    ];
    let profile = format!("--user-data-dir={}", profile.path().display());
    let url = format!("http://{}{target}", program.address());
    Some(run(&chromium, own.iter().copied().chain([profile.as_str(), url.as_str()])).stdout)
}

#[test]
fn pages() {
    let root = tempfile::tempdir().unwrap();
    let names = odd_names();
    write_names(root.path(), &names);
    let index = "<!DOCTYPE html><title>Mine</title><p id=p>not yet</p><script src=run.js></script>";
    write_names(root.path(), &[b"site/x".to_vec()]);
    fs::write(root.path().join("site/index.html"), index).unwrap();
    fs::write(root.path().join("site/run.js"), "document.getElementById('p').textContent = 'script has run'").unwrap();
    let program = Program::serve(root.path());

    let Some(listing) = load(&program, "/") else { return };
    assert!(listing.contains("<title>Index of /</title>"), "{listing}");
    // Names are text. A browser that took one for markup would write down an element.
    for name in [
        "&lt;img src=x onerror=alert(1)&gt;",
        "&lt;script&gt;alert(1)",
        "&lt;b&gt;bold",
        "&amp;amp;",
        "&amp;lt;b&amp;gt;",
    ] {
        assert!(listing.contains(&format!("<bdi>{name}</bdi>")), "no {name} in {listing}");
    }
    for element in ["<img", "<script", "<b>", "<i>", "onerror=\"", "href=\"javascript"] {
        assert!(!listing.contains(element), "{element} in {listing}");
    }
    let below = load(&program, "/%3Ci%3Edir/").unwrap();
    assert!(below.contains("<title>Index of /&lt;i&gt;dir/</title>") && !below.contains("<i>"), "{below}");

    // By way of the redirect to the slash, without which the script would not be found.
    let index = load(&program, "/site").unwrap();
    assert!(index.contains("<title>Mine</title>") && index.contains("script has run"), "{index}");

    let missing = load(&program, "/none/%3Cb%3E?%3Cb%3E").unwrap();
    assert!(missing.contains("404") && missing.contains("Not Found"), "{missing}");
    assert!(!missing.contains("<b>"), "{missing}");
}

/// A page that follows every link of every listing, as the browser resolves them, and writes down what it found.
const FOLLOW: &str = "<!DOCTYPE html><title>Follow</title><pre id=out></pre><script>
const get = url => {
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.overrideMimeType('text/plain; charset=x-user-defined');
  request.send();
  if (request.status !== 200) throw new Error(request.status + ' ' + url);
  return request.responseText;
};
const hex = text => Array.from(text, c => (c.charCodeAt(0) & 255).toString(16).padStart(2, '0')).join('');
const seen = new Set(), waiting = [new URL('/', location).href], lines = [];
try {
  while (waiting.length > 0) {
    const url = waiting.pop();
    if (seen.has(url)) continue;
    seen.add(url);
    const content = get(url);
    if (!url.endsWith('/')) { lines.push(hex(content)); continue; }
    const page = new DOMParser().parseFromString(content, 'text/html');
    for (const link of page.querySelectorAll('tbody a')) waiting.push(new URL(link.getAttribute('href'), url).href);
  }
  lines.push('done');
} catch (error) { lines.push(error); }
document.getElementById('out').textContent = lines.join('\\n');
</script>";

#[test]
fn every_link_leads_to_its_file() {
    let root = tempfile::tempdir().unwrap();
    let names = odd_names();
    write_names(root.path(), &names);
    fs::write(root.path().join("follow.html"), FOLLOW).unwrap();
    let program = Program::serve(root.path());
    let Some(page) = load(&program, "/follow.html") else { return };
    let out = page.split("<pre id=\"out\">").nth(1).and_then(|rest| rest.split("</pre>").next()).expect("a result");
    let mut lines: Vec<_> = out.lines().collect();
    assert_eq!(lines.pop(), Some("done"), "{out}");
    let hex = |content: &[u8]| content.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
    let expected: BTreeSet<_> =
        names.iter().map(|name| hex(&content_of(name))).chain([hex(FOLLOW.as_bytes())]).collect();
    assert_eq!(lines.len(), expected.len(), "{out}");
    assert_eq!(lines.iter().map(|line| (*line).to_owned()).collect::<BTreeSet<_>>(), expected);
}
