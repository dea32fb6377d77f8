//! A reader of responses written from the grammar of RFC 9112, slowly and without a line of the library.
//!
//! It is strict where a sender has to be: whatever a careless reader could take in two ways is an error here.

/// What a reader of responses has to know about the request that each answers (RFC 9112 6.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its method.
    pub method: String,
    /// Whether it was HTTP/1.0, whose client knows no chunks.
    pub is_http10: bool,
}

/// A response as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The status code.
    pub status: u16,
    /// The reason phrase.
    pub reason: Vec<u8>,
    /// The field lines.
    pub fields: Vec<(Vec<u8>, Vec<u8>)>,
    /// How the end of the content was told.
    pub framing: Framing,
    /// The content without its transfer coding.
    pub content: Vec<u8>,
    /// The trailer lines.
    pub trailers: Vec<(Vec<u8>, Vec<u8>)>,
    /// Octets from the first to the last of the message.
    pub octets: usize,
}

/// How a reader knows where a response ends (RFC 9112 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// The status or the method says that there is no content (item 1).
    None,
    /// Transfer-Encoding: chunked (item 4).
    Chunked,
    /// Content-Length (item 6).
    Length(usize),
    /// The connection closes (item 8).
    UntilClose,
}

impl Message {
    /// The values of a field, by name in lower case.
    pub fn values(&self, name: &str) -> Vec<&[u8]> {
        self.fields
            .iter()
            .filter(|(n, _)| n.to_ascii_lowercase() == name.as_bytes())
            .map(|(_, v)| v.as_slice())
            .collect()
    }

    /// Whether Connection says `close`.
    pub fn closes(&self) -> bool {
        self.connection("close")
    }

    /// Whether Connection says `keep-alive`.
    pub fn keeps(&self) -> bool {
        self.connection("keep-alive")
    }

    fn connection(&self, option: &str) -> bool {
        let lines = self.values("connection").join(&b','); // one list over all lines (RFC 9110 5.3)
        lines.split(|&o| o == b',').any(|part| part.trim_ascii().to_ascii_lowercase() == option.as_bytes())
    }
}

/// Reads every response in `output`. `asked` are the requests in order, and `is_closed` says that nothing comes after
/// `output`.
///
/// # Errors
///
/// What is wrong, and at which octet.
pub fn read(output: &[u8], asked: &[Asked], is_closed: bool) -> Result<Vec<Message>, String> {
    let (mut at, mut answered, mut messages) = (0, 0, Vec::new());
    while at < output.len() {
        let request = asked.get(answered).ok_or(format!("a response too many at octet {at}"))?;
        let message = message(&output[at..], request, is_closed)
            .map_err(|why| format!("{why} (message at octet {at})"))?;
        at += message.octets;
        if message.status >= 200 {
            answered += 1;
        }
        messages.push(message);
    }
    Ok(messages)
}

fn message(octets: &[u8], request: &Asked, is_closed: bool) -> Result<Message, String> {
    let (line, mut at) = line(octets, 0)?;
    let (status, reason) = status_line(line)?;
    let (fields, end) = section(octets, at)?;
    at = end;
    let mut message = Message {
        status,
        reason,
        fields,
        framing: Framing::None,
        content: Vec::new(),
        trailers: Vec::new(),
        octets: at,
    };
    message.framing = framing(&message, request)?;
    let rest = &octets[at..];
    match message.framing {
        Framing::None => {}
        Framing::Length(len) => {
            message.content =
                rest.get(..len).ok_or(format!("{len} octets promised, {} there", rest.len()))?.to_vec();
            at += len;
        }
        Framing::Chunked => at = chunks(octets, at, &mut message)?,
        Framing::UntilClose if is_closed => {
            message.content = rest.to_vec();
            at += rest.len();
        }
        Framing::UntilClose => return Err(String::from("ends with a connection that stays open")),
    }
    message.octets = at;
    Ok(message)
}

fn framing(message: &Message, request: &Asked) -> Result<Framing, String> {
    let codings = message.values("transfer-encoding");
    let lengths = message.values("content-length");
    let bodiless = message.status < 200 || message.status == 204;
    if bodiless && (!codings.is_empty() || !lengths.is_empty()) {
        return Err(format!("{} with a framing field (RFC 9112 6.1, RFC 9110 8.6)", message.status));
    }
    if !codings.is_empty() && !lengths.is_empty() {
        return Err(String::from("both framing fields (RFC 9112 6.2)"));
    }
    if codings.len() > 1 || lengths.len() > 1 {
        return Err(String::from("a framing field twice"));
    }
    if let Some(coding) = codings.first() {
        if *coding != b"chunked" {
            return Err(String::from("a coding that is not chunked"));
        }
        if request.is_http10 {
            return Err(String::from("Transfer-Encoding for an HTTP/1.0 client (RFC 9112 6.1)"));
        }
    }
    let length = lengths.first().map(|value| decimal(value)).transpose()?;
    if bodiless || message.status == 304 || request.method == "HEAD" {
        return Ok(Framing::None);
    }
    if message.status == 205 && length != Some(0) {
        return Err(String::from("a 205 that does not say it is empty (RFC 9110 15.3.6)"));
    }
    Ok(match (codings.is_empty(), length) {
        (false, _) => Framing::Chunked,
        (true, Some(length)) => Framing::Length(length),
        (true, None) => Framing::UntilClose,
    })
}

/// `HTTP/1.1 SP 3DIGIT SP [ reason-phrase ]` (RFC 9112 4).
fn status_line(line: &[u8]) -> Result<(u16, Vec<u8>), String> {
    let rest = line.strip_prefix(b"HTTP/1.1 ").ok_or("no HTTP/1.1 and SP")?;
    let (code, reason) = rest.split_at_checked(3).ok_or("no status code")?;
    let reason = reason.strip_prefix(b" ").ok_or("no SP after the status code")?;
    if code[0] == b'0' {
        return Err(String::from("a status code below 100"));
    }
    if !reason.iter().all(|&o| text(o)) {
        return Err(String::from("a control octet in the reason phrase"));
    }
    Ok((u16::try_from(decimal(code)?).map_err(|e| e.to_string())?, reason.to_vec()))
}

/// Field lines up to and with the empty line (RFC 9112 5); the place after it.
#[expect(clippy::type_complexity, reason = "lines and a place")]
fn section(octets: &[u8], mut at: usize) -> Result<(Vec<(Vec<u8>, Vec<u8>)>, usize), String> {
    let mut fields = Vec::new();
    loop {
        let (line, next) = line(octets, at)?;
        at = next;
        if line.is_empty() {
            return Ok((fields, at));
        }
        let colon = line.iter().position(|&o| o == b':').ok_or("a field line without a colon")?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if name.is_empty() || !name.iter().all(|o| tchar(*o)) {
            return Err(format!("a field name that is no token: {}", name.escape_ascii()));
        }
        if !value.iter().all(|&o| text(o)) {
            return Err(String::from("a control octet in a field value"));
        }
        let start = value.iter().position(|o| !b" \t".contains(o)).unwrap_or(value.len());
        let end = value.iter().rposition(|o| !b" \t".contains(o)).map_or(start, |last| last + 1);
        fields.push((name.to_vec(), value[start..end].to_vec()));
    }
}

/// `chunked-body` as a sender without extensions writes it (RFC 9112 7.1); the place after it.
fn chunks(octets: &[u8], mut at: usize, message: &mut Message) -> Result<usize, String> {
    loop {
        let (line, next) = line(octets, at)?;
        at = next;
        if line.is_empty() || line.len() > 16 || !line.iter().all(u8::is_ascii_hexdigit) {
            return Err(format!("a chunk size that is none: {}", line.escape_ascii()));
        }
        let digits = std::str::from_utf8(line).map_err(|e| e.to_string())?;
        let size = usize::from_str_radix(digits, 16).map_err(|e| e.to_string())?;
        if size == 0 {
            (message.trailers, at) = section(octets, at)?;
            return Ok(at);
        }
        message.content.extend_from_slice(octets.get(at..at + size).ok_or("a chunk that is cut off")?);
        at += size;
        if octets.get(at..at + 2) != Some(b"\r\n") {
            return Err(String::from("no CR LF after a chunk"));
        }
        at += 2;
    }
}

/// The line at `at` without its CR LF, and the place after it.
fn line(octets: &[u8], at: usize) -> Result<(&[u8], usize), String> {
    let rest = octets.get(at..).ok_or("nothing where a line was due")?;
    let end = rest.windows(2).position(|two| two == b"\r\n").ok_or("a line without CR LF")?;
    let line = &rest[..end];
    if line.iter().any(|o| b"\r\n".contains(o)) {
        return Err(String::from("a bare CR or LF"));
    }
    Ok((line, at + end + 2))
}

fn decimal(digits: &[u8]) -> Result<usize, String> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(format!("no number: {}", digits.escape_ascii()));
    }
    std::str::from_utf8(digits).map_err(|e| e.to_string())?.parse().map_err(|e| format!("no number: {e}"))
}

/// HTAB, SP, VCHAR and obs-text.
fn text(octet: u8) -> bool {
    octet == b'\t' || (octet >= b' ' && octet != 0x7f)
}

/// RFC 9110 5.6.2.
fn tchar(octet: u8) -> bool {
    b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".contains(&octet)
}
