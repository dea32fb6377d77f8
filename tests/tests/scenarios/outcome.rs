//! What came of a scenario: what the client got, what the handler was told, and what the observer was.

use std::sync::{Arc, Mutex};

use basehttp_handler::{Closed, Observer, Record};
use basehttp_tests::escape::escape;
use bytes::Bytes;

use super::document::Scenario;
use super::exchange::Seen;

/// What came of a scenario, but for the octets that the scenario itself tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    octets: Bytes,
    /// How the orders to exchanges ended.
    saw: String,
    /// What the observer was told of each response, and of the connection.
    log: Vec<String>,
    pub(crate) closed: Vec<String>,
}

impl Outcome {
    /// Holds it against what the scenario tells.
    pub(crate) fn matches(&self, scenario: &Scenario) -> Result<(), String> {
        if let Some(saw) = &scenario.saw
            && *saw != self.saw
            && !self.saw.is_empty()
        {
            return Err(format!("saw: {}", self.saw));
        }
        match &scenario.log {
            Some(log) if *log != self.log => Err(format!("log: {}", self.log.join("\nlog: "))),
            _ => Ok(()),
        }
    }

    /// Holds it against the same on the driver. Where the response was cut off, the octets need not be the same.
    pub(crate) fn agrees(&self, other: &Self) -> Result<(), String> {
        let is_same = (&self.saw, &self.log, &self.closed) == (&other.saw, &other.log, &other.closed);
        let shorter = self.octets.len().min(other.octets.len());
        if is_same && self.octets[..shorter] == other.octets[..shorter] {
            return Ok(());
        }
        let text =
            |outcome: &Self| format!("saw: {}\nlog: {:?}\nclosed: {:?}", outcome.saw, outcome.log, outcome.closed);
        Err(format!("it is not as on the driver\n--- driver\n{}\n--- here\n{}", text(other), text(self)))
    }
}

/// What an observer was told.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<(Vec<String>, Vec<String>)>>);

impl Told {
    pub(crate) fn outcome(&self, octets: Vec<u8>, seen: &Seen) -> Outcome {
        let (log, closed) = self.0.lock().unwrap().clone();
        Outcome { octets: octets.into(), saw: seen.text(), log, closed }
    }
}

impl Observer for Told {
    fn on_response(&self, record: &Record) {
        let line = record.request_line.as_deref().map_or_else(|| String::from("-"), escape);
        let octets = record.content_octets.map_or_else(|| String::from("-"), |octets| octets.to_string());
        self.0.lock().unwrap().0.push(format!("{line} {} {octets}", record.status));
    }

    fn on_close(&self, closed: &Closed) {
        self.0.lock().unwrap().1.push(format!("{:?} after {}", closed.reason, closed.requests));
    }
}
