//! The command line.

use std::env;
use std::str::FromStr;

use crate::contestants;
use crate::scenario::Part;

const HELP: &str = "\
  --only NAME       this contestant alone, by its name in the table; can be said more than once
  --scenario NAME   this part alone: keep-alive, pipelined, echo, close, system-calls, instructions or idle;
                    can be said more than once
  --rounds N        rounds of each contestant under load, 3 unless said
  --seconds N       seconds under load in each round, 1 unless said
  --workers N       threads of the servers on tokio, and of tiny_http to answer, 2 unless said";

/// What to measure, and how.
pub(crate) struct Arguments {
    only: Vec<String>,
    parts: Vec<Part>,
    pub(crate) rounds: usize,
    /// Under load, for each contestant, scenario and round.
    pub(crate) seconds: u64,
    pub(crate) workers: usize,
}

impl Arguments {
    /// Reads them, or says which there are.
    pub(crate) fn read() -> Result<Self, String> {
        let mut arguments = Self { only: Vec::new(), parts: Vec::new(), rounds: 3, seconds: 1, workers: 2 };
        let mut words = env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next().unwrap_or_default();
            match word.as_str() {
                "--only" if contestants::ALL.iter().any(|one| one.name == value) => arguments.only.push(value),
                "--scenario" => arguments.parts.push(Part::named(&value).ok_or(HELP)?),
                "--rounds" => arguments.rounds = positive(&value)?,
                "--seconds" => arguments.seconds = positive(&value)?,
                "--workers" => arguments.workers = positive(&value)?,
                _ => return Err(HELP.to_owned()),
            }
        }
        Ok(arguments)
    }

    /// Whether a contestant is to run.
    pub(crate) fn wants(&self, contestant: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == contestant)
    }

    /// Whether a part is to be measured.
    pub(crate) fn wants_part(&self, part: Part) -> bool {
        self.parts.is_empty() || self.parts.contains(&part)
    }
}

fn positive<T: FromStr + PartialOrd + Default>(text: &str) -> Result<T, String> {
    text.parse().ok().filter(|number| *number > T::default()).ok_or_else(|| HELP.to_owned())
}
