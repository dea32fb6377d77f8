//! What is parsed and answered: heads of the sizes and shapes that are met in practice, written for this purpose.
//!
//! Everything is leaked: a corpus lives as long as the program, and some parsers borrow from it for as long.

mod browser;
mod mix;
mod plain;

#[cfg(test)]
mod tests;

/// Whether heads are those of requests or of responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Request,
    Response,
}

/// A named set of inputs, each read from its start to its end.
#[derive(Clone, Debug)]
pub struct Corpus {
    pub name: &'static str,
    pub role: Role,
    /// What one read brings: one or more heads, each with its content, if any.
    pub inputs: Vec<&'static [u8]>,
    /// How many messages one input holds.
    pub pipelined: usize,
}

impl Corpus {
    fn new(name: &'static str, role: Role, inputs: impl IntoIterator<Item = String>) -> Self {
        let inputs = inputs.into_iter().map(|input| &*input.into_bytes().leak()).collect();
        Self { name, role, inputs, pipelined: 1 }
    }

    fn request(name: &'static str, input: String) -> Self {
        Self::new(name, Role::Request, [input])
    }

    /// How many messages a pass over all inputs meets.
    pub fn messages(&self) -> usize {
        self.inputs.len() * self.pipelined
    }

    /// The average octets of a message.
    pub fn octets(&self) -> usize {
        let total: usize = self.inputs.iter().map(|input| input.len()).sum();
        (total + self.messages() / 2) / self.messages()
    }
}

/// Heads without content.
pub fn heads() -> Vec<Corpus> {
    let curl = plain::curl();
    vec![
        Corpus::request("wrk", plain::wrk()),
        Corpus::request("curl", curl.clone()),
        Corpus::request("post-json", plain::post_json()),
        Corpus::request("pico-style", browser::pico_style()),
        Corpus::request("chrome", browser::chrome()),
        Corpus::request("cookies-4k", browser::cookies_4k()),
        Corpus::new("mix-32", Role::Request, mix::heads()),
        Corpus::new("response", Role::Response, [plain::response()]),
        Corpus { pipelined: 16, ..Corpus::request("curl-x16", curl.repeat(16)) },
    ]
}

/// Whole requests, with their content.
pub fn requests() -> Vec<Corpus> {
    let curl = plain::curl();
    vec![
        Corpus::request("wrk", plain::wrk()),
        Corpus::request("curl", curl.clone()),
        Corpus::request("post-json", plain::post_json() + plain::JSON),
        Corpus::request("browser", browser::firefox()),
        Corpus::request("chrome", browser::chrome()),
        Corpus { pipelined: 16, ..Corpus::request("curl-x16", curl.repeat(16)) },
    ]
}

/// The response that clients receive, with its content.
pub fn response() -> Corpus {
    Corpus::new("hello", Role::Response, [plain::hello()])
}

/// A head from its start line and its field lines.
fn head(start_line: &str, fields: &[&str]) -> String {
    let mut head = format!("{start_line}\r\n");
    for field in fields {
        head.push_str(field);
        head.push_str("\r\n");
    }
    head + "\r\n"
}

/// Numbers that look random and are the same in each run.
struct Noise(u64);

impl Noise {
    /// The next number, below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    /// `len` characters as they stand in session identifiers.
    fn text(&mut self, len: usize) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
        (0..len).map(|_| char::from(ALPHABET[self.below(ALPHABET.len())])).collect()
    }

    /// A Cookie value of exactly `len` octets, in cookies of 20 to 90.
    fn cookies(&mut self, len: usize) -> String {
        let mut cookies = String::new();
        while cookies.len() < len {
            let (name, value) = (2 + self.below(10), 16 + self.below(70));
            cookies += &format!("{}={}; ", self.text(name), self.text(value));
        }
        cookies.truncate(len - 1);
        cookies + "x"
    }
}
