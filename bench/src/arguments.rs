//! The command line, which the programs share.

use std::env;
use std::process;
use std::time::Duration;

use crate::measure::Effort;

const HELP: &str = "\
  --corpus NAME     measure this corpus alone
  --only NAME       run this contestant alone; what its name has in brackets can be left out
  --rounds N        rounds of each contestant, 61 unless said
  --iterations N    measure nothing: run what is selected N times, for a profiler";

/// What to measure, and how.
pub struct Arguments {
    corpus: Option<String>,
    only: Option<String>,
    /// Run this often instead of measuring.
    pub iterations: Option<u64>,
    pub effort: Effort,
}

impl Arguments {
    /// Reads them, or says which there are and ends.
    pub fn read() -> Self {
        let effort = Effort { rounds: 61, slice: Duration::from_millis(1) };
        let mut arguments = Self { corpus: None, only: None, iterations: None, effort };
        let mut words = env::args().skip(1);
        while let Some(word) = words.next() {
            let value = words.next();
            let number = value.as_deref().and_then(|text| text.parse::<u64>().ok()).filter(|number| *number > 0);
            match (word.as_str(), value, number) {
                ("--corpus", Some(name), _) => arguments.corpus = Some(name),
                ("--only", Some(name), _) => arguments.only = Some(name),
                ("--iterations", _, Some(number)) => arguments.iterations = Some(number),
                ("--rounds", _, Some(number)) => arguments.effort.rounds = number as usize,
                _ => {
                    eprintln!("{HELP}");
                    process::exit(2);
                }
            }
        }
        arguments
    }

    /// Whether a corpus is to be measured.
    pub fn wants_corpus(&self, name: &str) -> bool {
        self.corpus.as_deref().is_none_or(|wanted| wanted == name)
    }

    /// Whether a contestant is to run.
    pub fn wants(&self, name: &str) -> bool {
        let Some(wanted) = &self.only else { return true };
        name.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(" ("))
    }
}
