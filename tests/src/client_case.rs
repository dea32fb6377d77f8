//! The reader of golden cases of the client's role: what is asked, what a server sends, and what has to be told of it.
//!
//! ```text
//! == a status line without its reason
//! ask: HEAD /
//! > HTTP/1.1 200
//! >
//! = response 200
//! = deviates reason-missing
//! = end
//! ```
//!
//! Octets, marks, comments and `limits` are those of [`crate::case`]; `>` and `>>` are sent by the server after the
//! request above them. The other lines before `=` set the scene:
//!
//! | line                    | meaning                                                                       |
//! |-------------------------|-------------------------------------------------------------------------------|
//! | `ask: HEAD /a`          | a request, with the Host that the target has, or `a`; else `GET /`            |
//! | `version: 1.0`          | the version of the request above                                              |
//! | `with: Name: value`     | a field of it                                                                 |
//! | `content: abc`          | its content, of known length                                                  |
//! | `pieces: a | b`         | its content in pieces, of unknown length                                      |
//! | `open: a | b`           | the same, without its end                                                     |
//! | `policy: strict`        | `strict` or `compat`; else the default                                        |
//! | `allow: code`, `refuse: code` | one deviation more or less                                              |
//! | `eof`                   | the server ends its stream after its last octet                               |
//!
//! After `=` stands what is told, in order: `informational`, `response` and `tunnel` with a status, and a version unless
//! it is 1.1; `reason`, `field` and `sent` (a line of the requests), each only seen in a case that names one; `deviates`;
//! `body`, `end`, `trailer`, `closed`, `tunneled`, `refused to ask` and `error`. `refused` stands for the error at the
//! mark, or at the end of the octets, and the closed connection. `left` says where that is; it may be left out where
//! it is `left idle, reusable`.

use basehttp_proto::{Config, Deviation, Limits, Method, Policy, RequestHead, Version};

use crate::case;
use crate::client_split::{Content, Head, Heard, Seen, Talk};
use crate::escape::{escape, unescape};
use crate::observation::{left, line_text};

/// A golden case of a client.
#[derive(Clone, Debug)]
pub struct ClientCase {
    /// What it is about.
    pub title: String,
    /// Where it stands: file and line.
    pub place: String,
    /// What is said.
    pub talk: Talk,
    /// The same with more octets of the server at the end, where an error makes an end.
    pub more: Option<Talk>,
    /// What has to be seen.
    pub expected: String,
    show: Show,
}

/// Which details a case is about.
#[derive(Clone, Copy, Debug, Default)]
struct Show {
    reason: bool,
    fields: bool,
    sent: bool,
}

/// The cases of a document.
///
/// # Panics
///
/// When the document is not written as it should be; the text names the line.
#[must_use]
pub fn read(name: &str, document: &str) -> Vec<ClientCase> {
    let drafts = case::drafts(name, document, Draft::new, Draft::line);
    drafts.into_iter().map(Draft::finish).collect()
}

impl ClientCase {
    /// Runs the case, divided in every way.
    ///
    /// # Errors
    ///
    /// The expected and the observed text.
    pub fn run(&self) -> Result<Heard, String> {
        let heard = self.talk.check();
        let text = self.text(&heard);
        if text != self.expected {
            let paste: String = text.lines().map(|line| format!("= {line}\n")).collect();
            return Err(format!(
                "{}: {}\n--- expected\n{}\n--- seen\n{text}\n--- if that is right, the case has to say\n{paste}",
                self.place, self.title, self.expected
            ));
        }
        match &self.more {
            Some(more) if more.whole() != heard => {
                Err(format!("{}: something after the error was looked at", self.place))
            }
            _ => Ok(heard),
        }
    }

    fn text(&self, heard: &Heard) -> String {
        let mut lines = Vec::new();
        if self.show.sent {
            let lf = |octet: &u8| *octet == b'\n';
            lines.extend(heard.output.split_inclusive(lf).map(|line| format!("sent {}", escape(line))));
        }
        for seen in &heard.events {
            match seen {
                Seen::Informational(head) => self.head("informational", head, &mut lines),
                Seen::Response(head) => self.head("response", head, &mut lines),
                Seen::Tunnel(head) => self.head("tunnel", head, &mut lines),
                Seen::Body(octets) => lines.push(format!("body {}", escape(octets))),
                Seen::End(trailers) => {
                    lines.push(String::from("end"));
                    lines.extend(trailers.iter().map(|line| format!("trailer {}", line_text(line))));
                }
                Seen::Error(error) => lines.push(error.to_string()),
                Seen::Usage(error) => lines.push(format!("refused to ask: {error:?}")),
                Seen::Closed => lines.push(String::from("closed")),
            }
        }
        if !heard.tunnel.is_empty() {
            lines.push(format!("tunneled {}", escape(&heard.tunnel)));
        }
        let mut end = format!("left {}", left(heard.state, heard.reason));
        for (is_so, word) in [
            (heard.is_reusable, ", reusable"),
            (heard.is_retriable, ", retriable"),
            (heard.awaits_continue, ", awaiting 100"),
        ] {
            end.push_str(if is_so { word } else { "" });
        }
        lines.push(end);
        lines.join("\n")
    }

    fn head(&self, what: &str, head: &Head, lines: &mut Vec<String>) {
        let version = if head.version == Version::Http10 { " HTTP/1.0" } else { "" };
        lines.push(format!("{what} {}{version}", head.status));
        if self.show.reason {
            lines.push(format!("reason {}", escape(&head.reason)).trim_end().to_owned());
        }
        if self.show.fields {
            lines.extend(head.fields.iter().map(|line| format!("field {}", line_text(line))));
        }
        if !head.deviations.is_empty() {
            let codes: Vec<&str> = head.deviations.iter().map(Deviation::code).collect();
            lines.push(format!("deviates {}", codes.join(" ")));
        }
    }
}

/// A request of a case, and its answer.
struct Ask {
    method: String,
    target: String,
    version: Version,
    fields: Vec<(String, String)>,
    content: Content,
    answer: Vec<u8>,
}

impl Ask {
    fn new(text: &str) -> Result<Self, String> {
        let (method, target) = text.split_once(' ').ok_or("a request is method and target")?;
        Ok(Self {
            method: method.to_owned(),
            target: target.to_owned(),
            version: Version::Http11,
            fields: Vec::new(),
            content: Content::Whole(Vec::new()),
            answer: Vec::new(),
        })
    }

    fn head(&self) -> RequestHead {
        let method = Method::new(&self.method).expect("a method");
        let mut head = RequestHead::build(method, &self.target).expect("a target").with_version(self.version);
        if head.host().is_none() && !self.fields.iter().any(|(name, _)| name == "Host") {
            head.fields_mut().append("Host", "a").expect("a field");
        }
        for (name, value) in &self.fields {
            head.fields_mut().append(name, value).expect("a field");
        }
        head
    }
}

/// A case while it is read.
struct Draft {
    title: String,
    place: String,
    limits: Limits,
    policy: Policy,
    asks: Vec<Ask>,
    eof: bool,
    marks: Vec<usize>,
    expected: Vec<String>,
    show: Show,
}

impl Draft {
    fn new(title: &str, place: String) -> Self {
        Self {
            title: title.to_owned(),
            place,
            limits: Limits::client(),
            policy: Policy::default(),
            asks: Vec::new(),
            eof: false,
            marks: Vec::new(),
            expected: Vec::new(),
            show: Show::default(),
        }
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.trim().is_empty() || line.starts_with('#') {
            Ok(())
        } else if let Some(octets) = line.strip_prefix(">>") {
            self.octets(octets.strip_prefix(' ').unwrap_or(octets), b"")
        } else if let Some(octets) = line.strip_prefix('>') {
            self.octets(octets.strip_prefix(' ').unwrap_or(octets), b"\r\n")
        } else if let Some(expected) = line.strip_prefix("= ") {
            self.expect(expected)
        } else if line == "eof" {
            self.eof = true;
            Ok(())
        } else {
            let (key, value) = line.split_once(':').ok_or("not a line of a case")?;
            self.scene(key, value.trim())
        }
    }

    fn ask(&mut self) -> Result<&mut Ask, String> {
        if self.asks.is_empty() {
            self.asks.push(Ask::new("GET /")?);
        }
        self.asks.last_mut().ok_or_else(|| String::from("nothing was asked"))
    }

    fn sent(&self) -> usize {
        self.asks.iter().map(|ask| ask.answer.len()).sum()
    }

    fn octets(&mut self, text: &str, end: &[u8]) -> Result<(), String> {
        let (octets, marks) = unescape(text)?;
        let before = self.sent();
        self.marks.extend(marks.into_iter().map(|mark| before + mark));
        let answer = &mut self.ask()?.answer;
        answer.extend(octets);
        answer.extend_from_slice(end);
        Ok(())
    }

    fn scene(&mut self, key: &str, value: &str) -> Result<(), String> {
        let pieces = || -> Result<Vec<Vec<u8>>, String> {
            value.split('|').map(|piece| Ok(unescape(piece.trim())?.0)).collect()
        };
        match (key, value) {
            ("ask", _) => self.asks.push(Ask::new(value)?),
            ("version", "1.0") => self.ask()?.version = Version::Http10,
            ("with", _) => {
                let (name, value) = value.split_once(':').ok_or("no colon")?;
                self.ask()?.fields.push((name.to_owned(), value.trim().to_owned()));
            }
            ("content", _) => self.ask()?.content = Content::Whole(unescape(value)?.0),
            ("pieces", _) => self.ask()?.content = Content::Pieces(pieces()?),
            ("open", _) => self.ask()?.content = Content::Open(pieces()?),
            ("limits", _) => {
                return value.split(' ').try_for_each(|limit| case::set_limit(&mut self.limits, limit));
            }
            ("policy", "strict") => self.policy = Policy::strict(),
            ("policy", "compat") => self.policy = Policy::compat(),
            ("allow", _) => self.policy = self.policy.allow(deviation(value)?),
            ("refuse", _) => self.policy = self.policy.refuse(deviation(value)?),
            _ => return Err(String::from("not a line of a case")),
        }
        Ok(())
    }

    fn expect(&mut self, line: &str) -> Result<(), String> {
        let word = line.split(' ').next().unwrap_or_default();
        self.show.reason |= word == "reason";
        self.show.fields |= word == "field";
        self.show.sent |= word == "sent";
        let words = [
            "informational",
            "response",
            "tunnel",
            "reason",
            "field",
            "sent",
            "deviates",
            "body",
            "end",
            "trailer",
            "closed",
            "tunneled",
            "refused",
            "error",
            "left",
        ];
        if !words.contains(&word) {
            return Err(String::from("no such line of what is told"));
        }
        self.expected.push(line.to_owned());
        Ok(())
    }

    fn finish(mut self) -> ClientCase {
        let at = match self.marks.as_slice() {
            [] => self.sent(),
            [mark] => *mark,
            _ => panic!("{}: more than one mark", self.place),
        };
        let mut lines = Vec::new();
        let mut is_over = false;
        for line in &self.expected {
            let words: Vec<&str> = line.splitn(4, ' ').collect();
            match words[..] {
                ["refused", status, code, ref found @ ..] if status != "to" => {
                    is_over = true;
                    lines.push(format!("error {status} {code} at {at} {}", found.concat()).trim_end().to_owned());
                    lines.push(format!("left closed: fault {code}"));
                }
                _ => lines.push(line.replace("at \\!", &format!("at {at}"))),
            }
        }
        // More may be said of where a refused connection was left.
        let is_left = |line: &String| line.starts_with("left ");
        let left = lines.iter().rfind(|line| is_left(line)).cloned();
        lines.retain(|line| !is_left(line));
        lines.push(left.unwrap_or_else(|| String::from("left idle, reusable")));
        let talk = self.talk();
        let mut more = None;
        if is_over && !self.eof {
            self.octets("\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"").expect("octets");
            more = Some(self.talk());
        }
        let Self { title, place, show, .. } = self;
        ClientCase { title, place, talk, more, expected: lines.join("\n"), show }
    }

    fn talk(&self) -> Talk {
        let config = Config { limits: self.limits.clone(), policy: self.policy, ..Config::client() };
        let mut talk = Talk::silent(config);
        for ask in &self.asks {
            talk = talk.send(ask.head(), ask.content.clone(), &ask.answer);
        }
        if self.eof { talk.eof() } else { talk }
    }
}

fn deviation(code: &str) -> Result<Deviation, String> {
    let found = Deviation::ALL.iter().copied().find(|deviation| deviation.code() == code);
    found.ok_or_else(|| format!("no deviation is called {code}"))
}
