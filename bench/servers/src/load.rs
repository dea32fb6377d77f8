//! A server under wrk.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::Error;
use crate::process::{Guarded, Server, Side, with_processor};
use crate::scenario::Scenario;

/// Connections that wrk holds open.
pub(crate) const CONNECTIONS: usize = 32;

/// What one turn of a contestant came to.
#[derive(Clone, Copy)]
pub(crate) struct Turn {
    /// Requests a second.
    pub(crate) rate: f64,
    /// Processor time a request, in microseconds, the server's alone.
    pub(crate) processor: f64,
    /// wrk saw connections fail, as when one is closed without a word of it.
    pub(crate) has_errors: bool,
}

/// Lets wrk ask for so many seconds.
pub(crate) fn run(server: &Server, scenario: Scenario, seconds: u64) -> Result<Turn, Error> {
    let mut command = Command::new("wrk");
    command.args(["-t", "1", "-c", &CONNECTIONS.to_string(), "-d", &format!("{seconds}s")]).args(scenario.of_wrk());
    command.arg(format!("http://{}{}", server.address, scenario.path())).stdout(Stdio::piped());
    let before = server.processor_time()?;
    let mut wrk = with_processor(Side::Load, || Guarded::spawn(&mut command))?;
    wrk.wait(Duration::from_secs(seconds + 15))?;
    let used = server.processor_time()? - before;
    parse(&wrk.output()?, used)
}

fn parse(said: &str, used: Duration) -> Result<Turn, Error> {
    let word_before = |mark: &str| said.split(mark).next().and_then(|before| before.split_whitespace().last());
    if said.contains("Non-2xx") {
        return Err("answers that are no success".into());
    }
    let requests: f64 = word_before(" requests in ").and_then(|word| word.parse().ok()).ok_or("wrk said nothing")?;
    let rate = said.split("Requests/sec:").nth(1).and_then(|after| after.split_whitespace().next());
    let has_errors = said.contains("Socket errors:");
    match (requests > 0.0, rate.and_then(|word| word.parse().ok())) {
        (true, Some(rate)) => Ok(Turn { rate, processor: used.as_secs_f64() * 1e6 / requests, has_errors }),
        _ => Err("no request was answered".into()),
    }
}
