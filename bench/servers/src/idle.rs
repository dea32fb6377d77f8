//! Memory of connections that wait.

use std::thread;
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::Error;
use crate::client::Client;
use crate::contestants::Contestant;
use crate::process::Server;
use crate::scenario::Scenario;

/// How many connections wait, where the limit on descriptors allows it.
const CONNECTIONS: u64 = 5000;
/// How long they have waited when it is measured: longer than a second, after which ours give their memory back.
const WAIT: Duration = Duration::from_secs(3);

/// Raises the limit on descriptors as far as it goes, for this process and those it starts; how many connections it
/// allows, of a server that has two descriptors for each.
pub(crate) fn connections() -> Result<u64, Error> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    Ok((most.saturating_sub(100) / 2).clamp(1, CONNECTIONS))
}

/// Octets that a server holds for each of so many connections that have made a request and wait.
pub(crate) fn octets(contestant: &Contestant, connections: u64, workers: usize) -> Result<f64, Error> {
    let server = Server::start(contestant, Scenario::KeepAlive, workers, None)?;
    let connect = || {
        let mut client = Client::connect(server.address, Scenario::KeepAlive)?;
        client.ask()?;
        Ok::<Client, Error>(client)
    };
    let mut first = connect()?;
    let before = server.resident()?;
    let waiting = (0..connections).map(|_| connect()).collect::<Result<Vec<Client>, Error>>()?;
    thread::sleep(WAIT);
    let after = server.resident()?;
    // They have not been closed meanwhile.
    first.ask()?;
    for mut client in waiting.into_iter().step_by(100) {
        client.ask()?;
    }
    Ok(after.saturating_sub(before) as f64 / connections as f64)
}
