//! The reader of golden cases: documents that say what is sent and what has to be seen.
//!
//! ```text
//! Text before the first case is for people.
//!
//! == t27 two spaces after the method
//! # A comment.
//! > GET \! / HTTP/1.1
//! > Host: a
//! >
//! = refused 400 request-line found \x20
//! ```
//!
//! `>` is a line that is sent with CR LF, `>>` octets that are sent as they stand; both hold the escapes of
//! [`crate::escape`], and `\!` marks the octet at fault. The other lines before `=` set the scene:
//!
//! | line                      | meaning                                                                    |
//! |---------------------------|----------------------------------------------------------------------------|
//! | `eof`                     | the peer ends its stream after its last octet                              |
//! | `limits: head=100 drain=0`| fields of `Limits`                                                         |
//! | `status: 204`             | the status that the server answers with; else 200                          |
//! | `content: abc`            | its content, of known length; else the target of the request               |
//! | `pieces: a | b`           | its content in pieces, of unknown length                                   |
//! | `with: Name: value`       | a field of the response                                                    |
//! | `after: Name: value`      | a trailer of the response                                                  |
//! | `when: request`           | when it is sent: `request`, `end` (else), or `both`: head first, rest last |
//! | `interim: 103`            | an informational response before it                                        |
//! | `proceeds: no`            | no `100 Continue` is sent                                                  |
//! | `on error: abort`         | the connection is given up at a fault; else the fault is answered          |
//!
//! What follows `=` is the text of an [`Observation`]. Lines that it may leave out: details of which no line is given
//! (`host`, `field`, `path`, `with`, `content` ...), `answer 200` for each request, and `left idle`. `refused` stands
//! for the fault at the mark (or at the end of the octets), its answer with `close`, and the connection lingering; in
//! an `error` line, `at \!` is the place of the mark.

use basehttp_proto::{Config, Limits};

use crate::escape::unescape;
use crate::observation::{Observation, Show};
use crate::script::{Content, OnError, Script, When};
use crate::split;

/// A golden case.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is about, starting with the threat ids it covers.
    pub title: String,
    /// Where it stands: file and line.
    pub place: String,
    /// The octets that are sent.
    pub input: Vec<u8>,
    /// How the server behaves.
    pub script: Script,
    /// What has to be seen.
    pub expected: String,
    /// Whether the case ends in a refusal.
    pub is_refused: bool,
    show: Show,
}

/// The cases of a document.
///
/// # Panics
///
/// When the document is not written as it should be; the text names the line.
#[must_use]
pub fn read(name: &str, document: &str) -> Vec<Case> {
    let drafts = drafts(name, document, Draft::new, Draft::line);
    drafts.into_iter().map(Draft::finish).collect()
}

/// What the lines of each case of a document make, whatever the cases are about.
///
/// # Panics
///
/// When `line` refuses a line; the text names it.
pub fn drafts<D>(
    name: &str,
    document: &str,
    new: impl Fn(&str, String) -> D,
    line: impl Fn(&mut D, &str) -> Result<(), String>,
) -> Vec<D> {
    let mut drafts: Vec<D> = Vec::new();
    for (text, number) in document.lines().zip(1..) {
        let place = format!("{name}:{number}");
        if let Some(title) = text.strip_prefix("== ") {
            drafts.push(new(title, place));
        } else if let Some(draft) = drafts.last_mut() {
            line(draft, text).unwrap_or_else(|why| panic!("{place}: {why}: {text}"));
        }
    }
    drafts
}

/// Sets the limit that `text` names: `head=100`.
///
/// # Errors
///
/// What is wrong with the text.
pub fn set_limit(limits: &mut Limits, text: &str) -> Result<(), String> {
    let (name, number) = text.split_once('=').ok_or("a limit is name=number")?;
    let number: u64 = number.parse().map_err(|e| format!("{e}"))?;
    let short = u32::try_from(number).map_err(|e| e.to_string());
    match name {
        "empty_lines" => limits.empty_lines = short?,
        "request_line" => limits.request_line = short?,
        "head" => limits.head = short?,
        "fields" => limits.fields = short?,
        "content" => limits.content = number,
        "chunk_line" => limits.chunk_line = short?,
        "chunk_overhead" => limits.chunk_overhead = short?,
        "trailers" => limits.trailers = short?,
        "trailer_fields" => limits.trailer_fields = short?,
        "informational" => limits.informational = short?,
        "pipelined" => limits.pipelined = short?,
        "drain" => limits.drain = number,
        "requests" => limits.requests = short?,
        _ => return Err(format!("no limit is called {name}")),
    }
    Ok(())
}

impl Case {
    /// Runs the case, divided in every way; `Err` is what to print.
    ///
    /// # Errors
    ///
    /// The expected and the observed text.
    pub fn run(&self) -> Result<Observation, String> {
        let seen = split::check(&self.script, &self.input);
        let text = seen.text(self.show);
        if text == self.expected {
            return Ok(seen);
        }
        let paste: String = text.lines().map(|line| format!("= {line}\n")).collect();
        Err(format!(
            "{}: {}\n--- expected\n{}\n--- seen\n{text}\n--- if that is right, the case has to say\n{paste}",
            self.place, self.title, self.expected
        ))
    }
}

/// A case while it is read.
struct Draft {
    case: Case,
    config: Config,
    marks: Vec<usize>,
    events: Vec<String>,
    answers: Vec<String>,
    left: Option<String>,
    refused: Option<String>,
}

impl Draft {
    fn new(title: &str, place: String) -> Self {
        let case = Case {
            title: title.to_owned(),
            place,
            input: Vec::new(),
            script: Script::default(),
            expected: String::new(),
            is_refused: false,
            show: Show::default(),
        };
        Self {
            case,
            config: Config::default(),
            marks: Vec::new(),
            events: Vec::new(),
            answers: Vec::new(),
            left: None,
            refused: None,
        }
    }

    fn line(&mut self, line: &str) -> Result<(), String> {
        if line.trim().is_empty() || line.starts_with('#') {
            Ok(())
        } else if let Some(octets) = line.strip_prefix(">>") {
            self.octets(octets.strip_prefix(' ').unwrap_or(octets))
        } else if let Some(octets) = line.strip_prefix('>') {
            self.octets(octets.strip_prefix(' ').unwrap_or(octets))?;
            self.case.input.extend_from_slice(b"\r\n");
            Ok(())
        } else if let Some(expected) = line.strip_prefix("= ") {
            self.expect(expected)
        } else if line == "eof" {
            self.case.script.eof = true;
            Ok(())
        } else {
            let (key, value) = line.split_once(':').ok_or("not a line of a case")?;
            self.scene(key, value.trim())
        }
    }

    fn octets(&mut self, text: &str) -> Result<(), String> {
        let (octets, marks) = unescape(text)?;
        self.marks.extend(marks.into_iter().map(|mark| self.case.input.len() + mark));
        self.case.input.extend(octets);
        Ok(())
    }

    fn scene(&mut self, key: &str, value: &str) -> Result<(), String> {
        let script = &mut self.case.script;
        let field = || value.split_once(':').map(|(n, v)| (n.to_owned(), v.trim().to_owned())).ok_or("no colon");
        let status = || value.parse::<u16>().map_err(|e| e.to_string());
        match (key, value) {
            ("limits", _) => {
                return value.split(' ').try_for_each(|limit| set_limit(&mut self.config.limits, limit));
            }
            ("status", _) => script.reply.status = status()?,
            ("content", _) => script.reply.content = Content::Whole(unescape(value)?.0),
            ("pieces", _) => {
                let pieces: Result<_, String> = value.split('|').map(|p| Ok(unescape(p.trim())?.0)).collect();
                script.reply.content = Content::Pieces(pieces?);
            }
            ("with", _) => script.reply.fields.push(field()?),
            ("after", _) => script.reply.trailers.push(field()?),
            ("when", "request") => script.when = When::Request,
            ("when", "end") => script.when = When::End,
            ("when", "both") => script.when = When::Both,
            ("interim", _) => script.interim = Some(status()?),
            ("proceeds", "no") => script.proceeds = false,
            ("on error", "abort") => script.on_error = OnError::Abort,
            _ => return Err(String::from("not a line of a case")),
        }
        Ok(())
    }

    fn expect(&mut self, line: &str) -> Result<(), String> {
        let show = &mut self.case.show;
        match line.split(' ').next().unwrap_or_default() {
            "refused" => self.refused = Some(line.to_owned()),
            "left" => self.left = Some(line.to_owned()),
            "answer" => self.answers.push(line.to_owned()),
            "with" | "content" | "after" => {
                show.answer_fields |= !line.starts_with("content");
                show.answer_content |= line.starts_with("content");
                self.answers.push(line.to_owned());
            }
            word @ ("host" | "field" | "form" | "path" | "query") => {
                show.host |= word == "host";
                show.fields |= word == "field";
                show.path |= matches!(word, "form" | "path" | "query");
                self.events.push(line.to_owned());
            }
            "request" | "body" | "end" | "trailer" | "error" | "call" => self.events.push(line.to_owned()),
            _ => return Err(String::from("no such line in an observation")),
        }
        Ok(())
    }

    fn finish(mut self) -> Case {
        let mut left = self.left.unwrap_or_else(|| String::from("left idle"));
        let at = match self.marks.as_slice() {
            [] => self.case.input.len(),
            [mark] => *mark,
            _ => panic!("{}: more than one mark", self.case.place),
        };
        for event in &mut self.events {
            *event = event.replace("at \\!", &format!("at {at}"));
        }
        let ends = self.events.iter().filter(|line| *line == "end").count();
        if self.answers.is_empty() && !self.events.iter().any(|line| line.starts_with("call refused")) {
            self.answers = vec![String::from("answer 200"); ends];
        }
        if let Some(refused) = &self.refused {
            let words: Vec<&str> = refused.splitn(4, ' ').collect();
            let [_, status, code, ref found @ ..] = words[..] else { panic!("{}: {refused}", self.case.place) };
            self.events.push(format!("error {status} {code} at {at} {}", found.concat()).trim_end().to_owned());
            self.answers.push(format!("answer {status} close"));
            left = format!("left {}: fault {code}", if self.case.script.eof { "closed" } else { "lingering" });
        }
        let lines = self.events.into_iter().chain(self.answers).chain([left]);
        self.case.expected = lines.collect::<Vec<_>>().join("\n");
        self.case.is_refused = self.refused.is_some();
        self.case.script = self.case.script.config(self.config);
        self.case
    }
}
