//! A client of one connection, which looks at every answer.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use basehttp_bench_servers::{HELLO, OCTETS, TEXT};

use crate::Error;
use crate::scenario::Scenario;

/// How long an answer may take: long for a server, and short enough that one which hangs does not hang the program.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection to a server.
pub(crate) struct Client {
    stream: TcpStream,
    scenario: Scenario,
    requests: String,
    received: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr, scenario: Scenario) -> Result<Self, Error> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, scenario, requests: scenario.requests(), received: Vec::new() })
    }

    /// Sends one write of requests and takes their answers, each as it has to be and none more.
    pub(crate) fn ask(&mut self) -> Result<(), Error> {
        self.stream.write_all(self.requests.as_bytes())?;
        for _ in 0..self.scenario.batch() {
            self.take_answer()?;
        }
        if !self.received.is_empty() {
            return Err("more answers than requests".into());
        }
        Ok(())
    }

    /// Asks so many times, and lets the server go to sleep before each.
    pub(crate) fn ask_slowly(&mut self, times: usize) -> Result<(), Error> {
        for _ in 0..times {
            thread::sleep(Duration::from_millis(2));
            self.ask()?;
        }
        Ok(())
    }

    /// Waits for the end of the connection.
    pub(crate) fn expect_end(&mut self) -> Result<(), Error> {
        match self.stream.read(&mut [0])? {
            0 => Ok(()),
            _ => Err("more than the answer".into()),
        }
    }

    fn take_answer(&mut self) -> Result<(), Error> {
        let end = loop {
            match self.received.windows(4).position(|four| four == b"\r\n\r\n") {
                Some(place) => break place + 4,
                None => self.receive()?,
            }
        };
        let head = String::from_utf8_lossy(&self.received[..end]).to_ascii_lowercase();
        let expected = if self.scenario == Scenario::Echo { self.scenario.content() } else { HELLO.to_owned() };
        while self.received.len() < end + expected.len() {
            self.receive()?;
        }
        let content: Vec<u8> = self.received.drain(..end + expected.len()).skip(end).collect();
        let media = if self.scenario == Scenario::Echo { OCTETS } else { TEXT };
        let has = |name: &str, value: &str| head.lines().any(|line| line.starts_with(&format!("{name}: {value}")));
        let is_right = head.starts_with("http/1.1 200 ")
            && has("content-length", &format!("{}", expected.len()))
            && has("content-type", media)
            && has("date", "")
            && has("server", "");
        match is_right && content == expected.as_bytes() {
            true => Ok(()),
            false => Err(format!("a wrong answer: {head}").into()),
        }
    }

    fn receive(&mut self) -> Result<(), Error> {
        let mut octets = [0; 4096];
        match self.stream.read(&mut octets)? {
            0 => Err("the connection ended before the answer".into()),
            read => {
                self.received.extend_from_slice(&octets[..read]);
                Ok(())
            }
        }
    }
}

/// Whether a server does what a scenario is about.
pub(crate) fn check(address: SocketAddr, scenario: Scenario) -> Result<(), Error> {
    let mut client = Client::connect(address, scenario)?;
    client.ask()?;
    match scenario {
        Scenario::Close => client.expect_end(),
        // Once more: it persists.
        _ => client.ask(),
    }
}
