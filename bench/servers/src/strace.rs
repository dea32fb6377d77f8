//! System calls, counted by strace.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use crate::Error;
use crate::client::Client;
use crate::contestants::Contestant;
use crate::process::{Guarded, Server};
use crate::scenario::Scenario;

/// Writes of the client before those that are counted.
const BEFORE: usize = 10;

/// How often each call was made, for one write of the client.
pub(crate) struct Calls(BTreeMap<String, f64>);

impl Calls {
    pub(crate) fn count(contestant: &Contestant, scenario: Scenario, workers: usize) -> Result<Self, Error> {
        let server = Server::start(contestant, scenario, workers, None)?;
        let mut client = Client::connect(server.address, scenario)?;
        client.ask_slowly(BEFORE)?;

        let mut command = Command::new("strace");
        command.args(["-f", "-c", "-U", "name,calls", "-p", &server.process.pid().to_string()]).stderr(Stdio::piped());
        let strace = Guarded::spawn(&mut command)?;
        wait_until_traced(&server)?;
        let writes = scenario.counted_writes();
        client.ask_slowly(writes)?;
        let said = strace.end_by(Signal::SIGINT)?;

        let rows = said.lines().filter_map(|line| {
            let (name, calls) = line.trim().split_once(char::is_whitespace)?;
            Some((name.to_owned(), calls.trim().parse::<f64>().ok()? / writes as f64))
        });
        let calls: BTreeMap<String, f64> = rows.filter(|(name, _)| name != "total").collect();
        if calls.is_empty() { Err(format!("strace: {said}").into()) } else { Ok(Self(calls)) }
    }

    pub(crate) fn all(&self) -> f64 {
        self.0.values().sum()
    }

    pub(crate) fn writes(&self) -> f64 {
        ["write", "writev", "sendto", "sendmsg"].iter().filter_map(|name| self.0.get(*name)).sum()
    }

    /// Those that are made in at least one of ten writes of the client, the most frequent first.
    pub(crate) fn frequent(&self) -> String {
        let mut calls: Vec<(&String, &f64)> = self.0.iter().filter(|(_, times)| **times >= 0.1).collect();
        calls.sort_by(|a, b| b.1.total_cmp(a.1));
        calls.iter().map(|(name, times)| format!("{name} {times:.1}")).collect::<Vec<String>>().join(", ")
    }
}

/// Waits until every thread is traced: until then calls are missed.
fn wait_until_traced(server: &Server) -> Result<(), Error> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let mut is_traced = true;
        for task in fs::read_dir(format!("/proc/{}/task", server.process.pid()))? {
            let status = fs::read_to_string(task?.path().join("status"))?;
            is_traced &= !status.contains("TracerPid:\t0\n");
        }
        match is_traced {
            true => return Ok(()),
            false if Instant::now() > deadline => return Err("strace may not trace".into()),
            false => thread::sleep(Duration::from_millis(5)),
        }
    }
}
