//! Instructions in user space, counted by callgrind.

use nix::sys::signal::Signal;

use crate::Error;
use crate::client::Client;
use crate::contestants::Contestant;
use crate::process::Server;
use crate::scenario::Scenario;

const TOOL: &[&str] = &["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
/// Writes of the client in the shorter run.
const FEW: usize = 10;

/// Instructions for one request: what a longer run takes more than a shorter one, over what it does more.
pub(crate) fn instructions(contestant: &Contestant, scenario: Scenario, workers: usize) -> Result<f64, Error> {
    let writes = scenario.counted_writes();
    let more = run(contestant, scenario, workers, FEW + writes)? - run(contestant, scenario, workers, FEW)?;
    Ok(more / (writes * scenario.batch()) as f64)
}

fn run(contestant: &Contestant, scenario: Scenario, workers: usize, writes: usize) -> Result<f64, Error> {
    let server = Server::start(contestant, scenario, workers, Some(TOOL))?;
    let mut client = Client::connect(server.address, scenario)?;
    client.ask_slowly(writes)?;
    let said = server.process.end_by(Signal::SIGTERM)?;
    let counted = said.split("Collected :").nth(1).and_then(|after| after.split_whitespace().next());
    counted.and_then(|word| word.parse().ok()).ok_or_else(|| format!("callgrind: {said}").into())
}
