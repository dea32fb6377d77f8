//! Everything that is measured, in its order.

use std::process::{Command, Stdio};

use crate::Error;
use crate::arguments::Arguments;
use crate::callgrind;
use crate::client;
use crate::contestants::{self, Contestant};
use crate::idle;
use crate::load::{self, Turn};
use crate::median::median;
use crate::process::{self, Server};
use crate::scenario::{Part, Scenario};
use crate::strace::Calls;

/// One contestant, and what came of it.
pub(crate) struct Entry {
    pub(crate) contestant: &'static Contestant,
    /// By scenario and round; none where it could not take part.
    turns: Vec<Vec<Option<Turn>>>,
    pub(crate) calls: Option<Calls>,
    pub(crate) calls_pipelined: Option<Calls>,
    pub(crate) instructions: Option<f64>,
    pub(crate) instructions_pipelined: Option<f64>,
    pub(crate) idle: Option<f64>,
}

/// What is measured, and what of it there is.
pub(crate) struct Suite<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) entries: Vec<Entry>,
    /// Connections that wait in `idle`.
    pub(crate) connections: u64,
    /// Why figures are missing or doubtful.
    pub(crate) notes: Vec<String>,
    has_wrk: bool,
    has_strace: bool,
    has_valgrind: bool,
}

impl<'a> Suite<'a> {
    /// Looks what there is.
    pub(crate) fn prepare(arguments: &'a Arguments) -> Result<Self, Error> {
        process::end_together()?;
        let wanted = contestants::ALL.iter().filter(|one| arguments.wants(one.name));
        let scenarios: Vec<Scenario> =
            Scenario::ALL.into_iter().filter(|scenario| arguments.wants_part(Part::Load(*scenario))).collect();
        let entries: Vec<Entry> = wanted.map(|contestant| Entry::new(contestant, scenarios.len())).collect();
        for entry in &entries {
            process::program(entry.contestant)?;
        }
        let (connections, notes) = (idle::connections()?, Vec::new());
        let [has_wrk, has_strace, has_valgrind] = [false; 3];
        let mut suite = Self { arguments, scenarios, entries, connections, notes, has_wrk, has_strace, has_valgrind };
        suite.has_wrk = !suite.scenarios.is_empty() && suite.has("wrk", "load");
        suite.has_strace = arguments.wants_part(Part::SystemCalls) && suite.has("strace", "system calls");
        suite.has_valgrind = arguments.wants_part(Part::Instructions) && suite.has("valgrind", "instructions");
        Ok(suite)
    }

    /// Whether a tool is there.
    fn has(&mut self, tool: &str, what: &str) -> bool {
        let command = Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if command.is_err() {
            self.notes.push(format!("no {what}: {tool} is not installed"));
        }
        command.is_ok()
    }

    pub(crate) fn run(&mut self) {
        if self.has_wrk {
            self.load();
        }
        for index in 0..self.entries.len() {
            self.count(index);
        }
    }

    /// Rounds in which each takes its turn, every round in another order.
    fn load(&mut self) {
        let count = self.entries.len();
        for at in 0..self.scenarios.len() {
            let scenario = self.scenarios[at];
            for round in 0..self.arguments.rounds {
                eprintln!("{scenario}, round {} of {}", round + 1, self.arguments.rounds);
                for step in 0..count {
                    // Nobody always follows the same neighbour.
                    let step = if round % 2 == 0 { step } else { count - 1 - step };
                    let index = (round / 2 + step) % count;
                    let turn = self.turn(index, scenario);
                    let name = self.entries[index].contestant.name;
                    let turn = self.or_note(turn, &format!("{name}, {scenario}"));
                    if turn.is_some_and(|turn| turn.has_errors) {
                        self.note(format!("{name}, {scenario}: wrk saw connections fail"));
                    }
                    self.entries[index].turns[at].push(turn);
                }
            }
        }
    }

    /// A turn under load, of a server that has just answered right.
    fn turn(&self, index: usize, scenario: Scenario) -> Result<Turn, Error> {
        let server = Server::start(self.entries[index].contestant, scenario, self.arguments.workers, None)?;
        client::check(server.address, scenario)?;
        load::run(&server, scenario, self.arguments.seconds)
    }

    /// What is not a matter of time.
    fn count(&mut self, index: usize) {
        let (contestant, workers) = (self.entries[index].contestant, self.arguments.workers);
        let name = contestant.name;
        eprintln!("counting: {name}");
        if self.has_strace {
            let calls = Calls::count(contestant, Scenario::KeepAlive, workers);
            self.entries[index].calls = self.or_note(calls, name);
            let calls = Calls::count(contestant, Scenario::Pipelined, workers);
            self.entries[index].calls_pipelined = self.or_note(calls, name);
        }
        if self.has_valgrind {
            let instructions = callgrind::instructions(contestant, Scenario::KeepAlive, workers);
            self.entries[index].instructions = self.or_note(instructions, name);
            let instructions = callgrind::instructions(contestant, Scenario::Pipelined, workers);
            self.entries[index].instructions_pipelined = self.or_note(instructions, name);
        }
        if self.arguments.wants_part(Part::Idle) {
            let octets = idle::octets(contestant, self.connections, workers);
            self.entries[index].idle = self.or_note(octets, name);
        }
    }

    /// What there is, or nothing and a note why.
    fn or_note<T>(&mut self, result: Result<T, Error>, what: &str) -> Option<T> {
        match result {
            Ok(there) => Some(there),
            Err(error) => {
                self.note(format!("{what}: {error}"));
                None
            }
        }
    }

    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// A contestant that took part.
    pub(crate) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.contestant.name == name)
    }
}

impl Entry {
    fn new(contestant: &'static Contestant, scenarios: usize) -> Self {
        let turns = vec![Vec::new(); scenarios];
        let (calls, calls_pipelined, idle) = (None, None, None);
        Self { contestant, turns, calls, calls_pipelined, instructions: None, instructions_pipelined: None, idle }
    }

    /// The turns of a scenario, by its place among those that are measured.
    pub(crate) fn turns(&self, scenario: usize) -> impl Iterator<Item = &Turn> {
        self.turns[scenario].iter().flatten()
    }

    /// The median, over the rounds, of what this took of processor time against what another took in the same round.
    pub(crate) fn ratio(&self, other: &Self, scenario: usize) -> Option<f64> {
        let rounds = self.turns[scenario].iter().zip(&other.turns[scenario]);
        median(rounds.filter_map(|(this, other)| Some(this.as_ref()?.processor / other.as_ref()?.processor)))
    }
}
