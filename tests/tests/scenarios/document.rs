//! The reader of scenarios: documents that say what a client does, what the handler does, and what comes back.
//!
//! The form is that of [`basehttp_tests::case`]: text before the first `==` is for people, `==` begins a scenario, `#` a
//! comment, `>` is a line that is sent with CR LF and `>>` octets that are sent as they stand, with the escapes of
//! [`basehttp_tests::escape`]. What stands before the first step sets the scene:
//!
//! | line                          | meaning                                                                     |
//! |-------------------------------|-----------------------------------------------------------------------------|
//! | `handler: hello`              | orders ([`crate::orders`]) to a handler of complete requests                |
//! | `exchange: collect; hello`    | orders to a handler of exchanges; with both lines, the scenario runs on both |
//! | `both: hello`                 | the same orders to both                                                     |
//! | `both /a: panic`              | orders for requests of this path, to whom it may be                         |
//! | `limits: head=100 drain=0`    | fields of `Limits`                                                          |
//! | `timeouts: head=3 rate=10`    | fields of `Timeouts`, in units, `rate` in octets a unit; nothing may depend on others |
//! | `max content: 100`            | as `Settings::max_content`                                                  |
//! | `inline`                      | the handler says that it does not block                                     |
//! | `plain only`                  | there is no such thing over TLS                                             |
//!
//! Then come the steps of the client, each when the one before is done:
//!
//! | line                          | meaning                                                                     |
//! |-------------------------------|-----------------------------------------------------------------------------|
//! | `>`, `>>`                     | sends; those that follow each other leave together                          |
//! | `try >>`                      | sends as much as the server takes: it may have closed                       |
//! | `<`, `<<`                     | waits for this line, these octets, and nothing else                         |
//! | `answer 200 close: hello`     | the same for a whole response, as [`answer`] spells it out                  |
//! | `wait 2`                      | lets 2 units of time pass                                                   |
//! | `silent 2`                    | the same, and nothing may come meanwhile, neither octets nor an end         |
//! | `read none`, `read 10`, `read on` | from now on reads nothing, 10 octets more, everything (as at the start)  |
//! | `repeat 3: wait 1; >> x`      | these steps, three times                                                    |
//! | `eof`                         | ends its sending side                                                       |
//!
//! The last step is the end:
//!
//! | line                          | meaning                                                                     |
//! |-------------------------------|-----------------------------------------------------------------------------|
//! | `= closed`, `= reset`         | the server ends the connection, in this way and at once                     |
//! | `= closed at 5`               | or does it 5 units after the beginning, no sooner                           |
//! | `= cut <octets>`              | a part of these octets came, not all, and then a reset; or `= cut at 5 <octets>` |
//! | `= dead at 5`                 | as `closed`, and from 5 units on, no sooner, the server takes no octets       |
//! | `= open`                      | nothing more comes, and the client goes                                     |
//! | `= gone`                      | the client resets the connection                                            |
//!
//! A line `saw: ok, closed` after that says how the orders to exchanges ended, and `log: GET / HTTP/1.1 200 5` (`-` for
//! content that was not sent to its end) what the observer was told; without them, all ways still have to agree.

use std::collections::HashSet;
use std::time::Duration;

use basehttp_proto::{Config, Timeouts};
use basehttp_tests::case;
use basehttp_tests::escape::unescape;

use super::orders::{self, Order, Routes};

/// One unit of time on the clock of the script.
pub(crate) const UNIT: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    /// What it is about, starting with the threat ids it covers.
    pub(crate) title: String,
    /// Where it stands: file and line.
    pub(crate) place: String,
    pub(crate) handler: Routes,
    pub(crate) exchange: Routes,
    /// Limits, and timeouts in seconds, or in units where they are named.
    pub(crate) config: Config,
    /// The timeouts that were named.
    pub(crate) named: HashSet<String>,
    pub(crate) max_content: Option<u64>,
    pub(crate) is_inline: bool,
    pub(crate) plain_only: bool,
    pub(crate) steps: Vec<Step>,
    pub(crate) saw: Option<String>,
    pub(crate) log: Option<Vec<String>>,
}

/// What the client does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Send(Vec<u8>),
    /// As [`Self::Send`], and it may fail.
    Try(Vec<u8>),
    Expect(Vec<u8>),
    Wait(u32),
    Silent(u32),
    Read(Reading),
    Eof,
    End(End),
}

/// How much the client reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    All,
    More(usize),
}

/// How it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed(Option<u32>),
    Reset(Option<u32>),
    Cut(Option<u32>, Vec<u8>),
    Dead(u32),
    Open,
    Gone,
}

/// The scenarios of a document.
pub(crate) fn read(name: &str, document: &str) -> Vec<Scenario> {
    let scenarios = case::drafts(name, document, Scenario::new, Scenario::line);
    for scenario in &scenarios {
        let place = &scenario.place;
        assert!(matches!(scenario.steps.last(), Some(Step::End(_))), "{place}: it has no end");
        assert!(!scenario.handler.is_empty() || !scenario.exchange.is_empty(), "{place}: nobody answers");
    }
    scenarios
}

impl Scenario {
    fn new(title: &str, place: String) -> Self {
        Self {
            title: title.to_owned(),
            place,
            handler: Vec::new(),
            exchange: Vec::new(),
            config: Config::default(),
            named: HashSet::new(),
            max_content: None,
            is_inline: false,
            plain_only: false,
            steps: Vec::new(),
            saw: None,
            log: None,
        }
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.trim().is_empty() || line.starts_with('#') {
            return Ok(());
        }
        if matches!(self.steps.last(), Some(Step::End(_))) {
            return self.told(line);
        }
        if self.steps.is_empty() && self.scene(line)? {
            return Ok(());
        }
        for step in steps(line)? {
            self.add(step);
        }
        Ok(())
    }

    fn told(&mut self, line: &str) -> Result<(), String> {
        match line.split_once(": ") {
            Some(("log", "none")) => self.log = Some(Vec::new()),
            Some(("saw", saw)) if self.saw.is_none() => self.saw = Some(saw.to_owned()),
            Some(("log", entry)) => self.log.get_or_insert_default().push(entry.to_owned()),
            _ => return Err(String::from("only `saw` and `log` may follow the end")),
        }
        Ok(())
    }

    /// Takes a line that sets the scene; false for one that does not.
    fn scene(&mut self, line: &str) -> Result<bool, String> {
        match line {
            "inline" => self.is_inline = true,
            "plain only" => self.plain_only = true,
            _ => {
                let Some((key, value)) = line.split_once(": ") else { return Ok(false) };
                let (key, path) = with_path(key);
                match key {
                    "handler" => self.handler.push((path, orders::read(value, orders::Kind::Handler)?)),
                    "exchange" => self.exchange.push((path, orders::read(value, orders::Kind::Exchange)?)),
                    "both" => {
                        self.handler.push((path.clone(), orders::read(value, orders::Kind::Handler)?));
                        self.exchange.push((path, orders::read(value, orders::Kind::Exchange)?));
                    }
                    "limits" => value.split(' ').try_for_each(|l| case::set_limit(&mut self.config.limits, l))?,
                    "timeouts" => value.split(' ').try_for_each(|timeout| self.timeout(timeout))?,
                    "max content" => self.max_content = Some(number(value)?),
                    _ => return Ok(false),
                }
            }
        }
        Ok(true)
    }

    fn timeout(&mut self, text: &str) -> Result<(), String> {
        let (name, value) = text.split_once('=').ok_or("a timeout is name=number")?;
        let units = number(value)?;
        match name {
            "rate" => self.config.timeouts.rate = units,
            _ => *by_name(&mut self.config.timeouts, name)? = UNIT * units,
        }
        self.named.insert(name.to_owned());
        Ok(())
    }

    /// Joins what leaves together, and what is waited for together.
    fn add(&mut self, step: Step) {
        match (self.steps.last_mut(), step) {
            (Some(Step::Send(before)), Step::Send(octets)) | (Some(Step::Expect(before)), Step::Expect(octets)) => {
                before.extend(octets);
            }
            (_, step) => self.steps.push(step),
        }
    }

    /// Whether it is about more octets than are looked at one by one.
    pub(crate) fn is_long(&self) -> bool {
        let octets = |step: &Step| match step {
            Step::Send(octets) | Step::Try(octets) | Step::Expect(octets) => octets.len(),
            Step::End(End::Cut(_, octets)) => octets.len(),
            _ => 0,
        };
        let routes = self.handler.iter().chain(&self.exchange).flat_map(|(_, orders)| orders);
        self.steps.iter().map(octets).chain(routes.map(Order::octets)).sum::<usize>() > 200_000
    }

    /// The configuration over sockets, where a unit takes this long. What was not named is put out of the way: nothing depends
    /// on it, and a machine may be busy with other things for a while.
    pub(crate) fn config_in(&self, unit: Duration) -> Config {
        let mut config = self.config.clone();
        for name in TIMEOUTS {
            let is_named = self.named.contains(name);
            if let Ok(timeout) = by_name(&mut config.timeouts, name) {
                *timeout = timeout.mul_f64(if is_named { unit.as_secs_f64() } else { 10.0 });
            }
        }
        let rate = f64::from(config.timeouts.rate);
        config.timeouts.rate = (rate / if self.named.contains("rate") { unit.as_secs_f64() } else { 10.0 }) as u32;
        config
    }
}

/// The timeouts that can be named, but for the rate.
const TIMEOUTS: [&str; 8] = ["head", "idle", "content", "send", "rate_grace", "linger_idle", "linger", "age"];

/// A key, and the path that may stand after it.
fn with_path(key: &str) -> (&str, Option<String>) {
    match key.split_once(' ') {
        Some((key, path)) if path.starts_with('/') => (key, Some(path.to_owned())),
        _ => (key, None),
    }
}

fn by_name<'t>(timeouts: &'t mut Timeouts, name: &str) -> Result<&'t mut Duration, String> {
    Ok(match name {
        "head" => &mut timeouts.head,
        "idle" => &mut timeouts.idle,
        "content" => &mut timeouts.content,
        "send" => &mut timeouts.send,
        "rate_grace" => &mut timeouts.rate_grace,
        "linger_idle" => &mut timeouts.linger_idle,
        "linger" => &mut timeouts.linger,
        "age" => &mut timeouts.age,
        _ => return Err(format!("no timeout is called {name}")),
    })
}

pub(crate) fn number<N: std::str::FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| format!("{text:?} is not such a number"))
}

/// The steps of a line.
fn steps(line: &str) -> Result<Vec<Step>, String> {
    if let Some((times, body)) = line.strip_prefix("repeat ").and_then(|rest| rest.split_once(": ")) {
        let parts: Result<Vec<_>, _> = body.split("; ").map(steps).collect();
        return Ok(vec![parts?.concat(); number(times)?].concat());
    }
    let octets = |text: &str| unescape(text.strip_prefix(' ').unwrap_or(text)).map(|(octets, _)| octets);
    let with_end = |text: &str| octets(text).map(|octets| [octets, b"\r\n".to_vec()].concat());
    let words: Vec<&str> = line.splitn(3, ' ').collect();
    let step = match (line, &words[..]) {
        (_, ["answer", ..]) => Step::Expect(answer(line)?),
        (_, ["wait", units]) => Step::Wait(number(units)?),
        (_, ["silent", units]) => Step::Silent(number(units)?),
        ("read none", _) => Step::Read(Reading::More(0)),
        ("read on", _) => Step::Read(Reading::All),
        (_, ["read", octets]) => Step::Read(Reading::More(number(octets)?)),
        ("eof", _) => Step::Eof,
        (_, ["=", ..]) => Step::End(end(line)?),
        (_, _) => match line.get(..2) {
            Some(">>") => Step::Send(octets(&line[2..])?),
            Some("<<") => Step::Expect(octets(&line[2..])?),
            _ if line.starts_with("try >>") => Step::Try(octets(&line[6..])?),
            _ if line.starts_with('>') => Step::Send(with_end(&line[1..])?),
            _ if line.starts_with('<') => Step::Expect(with_end(&line[1..])?),
            _ => return Err(String::from("not a line of a scenario")),
        },
    };
    Ok(vec![step])
}

fn end(line: &str) -> Result<End, String> {
    let (word, rest) = line[2..].split_once(' ').unwrap_or((&line[2..], ""));
    let (at, rest) = match rest.strip_prefix("at ").map(|rest| rest.split_once(' ').unwrap_or((rest, ""))) {
        Some((at, rest)) => (Some(number(at)?), rest),
        None => (None, rest),
    };
    match (word, at, rest) {
        ("closed", at, "") => Ok(End::Closed(at)),
        ("reset", at, "") => Ok(End::Reset(at)),
        ("cut", at, octets) if !octets.is_empty() => Ok(End::Cut(at, unescape(octets)?.0)),
        ("dead", Some(at), "") => Ok(End::Dead(at)),
        ("open", None, "") => Ok(End::Open),
        ("gone", None, "") => Ok(End::Gone),
        _ => Err(String::from("not an end")),
    }
}

/// What a fixed clock says, and what is asserted of it.
const DATE: &str = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

/// The octets of a response of the handlers here: `answer 200 close: hello`.
///
/// The words after the status are `close` and `keep-alive`, which Connection says, and `head`, for a response whose content
/// is left away. An error has its status as its content.
fn answer(line: &str) -> Result<Vec<u8>, String> {
    let (words, content) = line.split_once(": ").unwrap_or((line, ""));
    let mut words = words.split(' ').skip(1);
    let status = words.next().ok_or("an answer needs a status")?;
    let reason = match status {
        "100" => return Ok(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
        "200" => "OK",
        "204" => "No Content",
        "400" => "Bad Request",
        "403" => "Forbidden",
        "404" => "Not Found",
        "405" => "Method Not Allowed",
        "408" => "Request Timeout",
        "413" => "Content Too Large",
        "414" => "URI Too Long",
        "417" => "Expectation Failed",
        "421" => "Misdirected Request",
        "431" => "Request Header Fields Too Large",
        "500" => "Internal Server Error",
        "501" => "Not Implemented",
        "505" => "HTTP Version Not Supported",
        _ => return Err(format!("no reason is known for {status}")),
    };
    let is_error = status.starts_with(['4', '5']);
    let content = if is_error { status.as_bytes().to_vec() } else { unescape(content)?.0 };
    let mut head = format!("HTTP/1.1 {status} {reason}\r\n{DATE}");
    if status != "204" {
        head += "Content-Type: text/plain; charset=utf-8\r\n";
        if is_error {
            head += "X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; style-src \
                     'unsafe-inline'; base-uri 'none'; form-action 'none'\r\n";
        }
        head += &format!("Content-Length: {}\r\n", content.len());
    }
    let mut is_head = false;
    for word in words {
        match word {
            "close" | "keep-alive" => head += &format!("Connection: {word}\r\n"),
            "head" => is_head = true,
            _ => return Err(format!("what is {word}?")),
        }
    }
    let content = if is_head { Vec::new() } else { content };
    Ok([head.as_bytes(), b"\r\n", &content].concat())
}

#[test]
fn a_document_that_is_not_written_as_it_should_be_is_refused() {
    let wrong = [
        "both: hello\n> GET / HTTP/1.1",
        "> GET / HTTP/1.1\n= open",
        "both: hello\n= open\n> GET / HTTP/1.1",
        "both: collect; hello\n= open",
        "both: help\n= open",
        "both: hello\ntimeouts: heads=3\n= open",
        "both: hello\nlimits: heads=3\n= open",
        "both: hello\nwait long\n= open",
        "both: hello\n>> \\q\n= open",
        "both: hello\nGET / HTTP/1.1\n= open",
        "both: hello\nwait 1\ntimeouts: head=3\n= open",
        "both: hello\nanswer 299\n= open",
        "both: hello\n= open at 3",
        "both: hello\n= over",
    ];
    for lines in wrong {
        let read = std::panic::catch_unwind(|| read("here", &format!("== a scenario\n{lines}\n")));
        assert!(read.is_err(), "{lines}");
    }
    assert_eq!(read("here", "== a scenario\nboth: hello\n= open\n").len(), 1);
}
