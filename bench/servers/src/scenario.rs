//! What the servers are asked.

use std::fmt;

/// Requests in one write of `pipelined`.
pub(crate) const BATCH: usize = 16;

/// A way to ask.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Scenario {
    KeepAlive,
    Pipelined,
    Echo,
    Close,
}

/// What can be measured by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Load(Scenario),
    SystemCalls,
    Instructions,
    Idle,
}

impl Part {
    pub(crate) fn named(name: &str) -> Option<Self> {
        let scenario = Scenario::ALL.into_iter().find(|scenario| scenario.name() == name);
        match name {
            "system-calls" => Some(Self::SystemCalls),
            "instructions" => Some(Self::Instructions),
            "idle" => Some(Self::Idle),
            _ => scenario.map(Self::Load),
        }
    }
}

impl Scenario {
    pub(crate) const ALL: [Self; 4] = [Self::KeepAlive, Self::Pipelined, Self::Echo, Self::Close];

    /// As it is named on the command line, of this program and of the servers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::KeepAlive => "keep-alive",
            Self::Pipelined => "pipelined",
            Self::Echo => "echo",
            Self::Close => "close",
        }
    }

    pub(crate) fn path(self) -> &'static str {
        if self == Self::Echo { "/echo" } else { "/" }
    }

    /// Requests in one write.
    pub(crate) fn batch(self) -> usize {
        if self == Self::Pipelined { BATCH } else { 1 }
    }

    /// How many writes are made while something is counted: they stay below 1,000 requests, after which ours end a
    /// connection.
    pub(crate) fn counted_writes(self) -> usize {
        if self == Self::Pipelined { 50 } else { 250 }
    }

    /// What makes wrk ask so, beside the address.
    pub(crate) fn of_wrk(self) -> &'static [&'static str] {
        match self {
            Self::KeepAlive => &[],
            Self::Pipelined => &["-s", concat!(env!("CARGO_MANIFEST_DIR"), "/wrk/pipelined.lua")],
            Self::Echo => &["-s", concat!(env!("CARGO_MANIFEST_DIR"), "/wrk/echo.lua")],
            Self::Close => &["-H", "Connection: close"],
        }
    }

    /// The content of a request.
    pub(crate) fn content(self) -> String {
        "x".repeat(if self == Self::Echo { 1024 } else { 0 })
    }

    /// One write of a client.
    pub(crate) fn requests(self) -> String {
        let content = self.content();
        match self {
            Self::KeepAlive | Self::Pipelined => "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(self.batch()),
            Self::Echo => {
                let length = content.len();
                format!("POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {length}\r\n\r\n{content}")
            }
            Self::Close => "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".to_owned(),
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
