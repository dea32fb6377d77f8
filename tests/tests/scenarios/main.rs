//! The scenarios of `scenarios/`: what a client does, and what comes back, on the driver in virtual time and on all adapters
//! over real sockets. The octets are the same.
//!
//! The form of the documents is told in [`document`], what handlers can be ordered to do in [`orders`]. A new scenario needs
//! no code. What depends on time names its `timeouts:`, and leaves a factor of three between what comes first and what comes
//! later: a unit is a second in virtual time, and a quarter of one over sockets.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod adapters;
mod client;
mod document;
mod exchange;
mod loopback;
mod memory;
mod orders;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

use adapters::{Adapter, Calls};
use basehttp_handler::error_page::{ErrorPage, ErrorPages};
use basehttp_handler::{Closed, Observer, Record, Settings};
use basehttp_proto::Fields;
use basehttp_tests::escape::escape;
use bytes::Bytes;
use document::Scenario;
use exchange::Seen;
use orders::Kind;

/// The threats that have to have a scenario.
const THREATS: [&str; 16] =
    ["t20", "t21", "t22", "t23", "t24", "t45", "t46", "t47", "t48", "t49", "t50", "t51", "t57", "t58", "t59", "t60"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// All scenarios.
fn table() -> Vec<Arc<Scenario>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &PathBuf| {
        let name = file.file_name().unwrap().to_str().unwrap();
        let scenarios = document::read(name, &std::fs::read_to_string(file).unwrap());
        assert!(!scenarios.is_empty(), "{name} has no scenario");
        scenarios
    };
    files.iter().flat_map(read).map(Arc::new).collect()
}

#[test]
fn there_are_scenarios_of_every_threat() {
    let table = table();
    let mut titles = HashSet::new();
    let mut threats: BTreeMap<&str, usize> = BTreeMap::new();
    for scenario in &table {
        assert!(titles.insert(&scenario.title), "{}: a second one called {}", scenario.place, scenario.title);
        for word in scenario.title.split(' ') {
            let is_id = word.strip_prefix('t').is_some_and(|n| !n.is_empty() && n.bytes().all(|o| o.is_ascii_digit()));
            if is_id {
                *threats.entry(word).or_default() += 1;
            }
        }
    }
    println!("{} scenarios; by threat: {threats:?}", table.len());
    assert!(table.len() >= 120, "{} scenarios", table.len());
    let missing: BTreeSet<_> = THREATS.iter().filter(|id| !threats.contains_key(**id)).collect();
    assert!(missing.is_empty(), "no scenario of {missing:?}");
}

#[test]
fn on_the_driver_in_virtual_time() {
    run_all("the driver", 2, |scenario| {
        for (kind, routes) in [(Kind::Handler, &scenario.handler), (Kind::Exchange, &scenario.exchange)] {
            if !routes.is_empty() {
                in_memory(scenario, kind, usize::MAX)?.matches(scenario)?;
            }
        }
        Ok(())
    });
}

/// However the octets are divided, the same comes back, unless a handler answers each part that it sees.
#[test]
fn on_the_driver_octet_by_octet() {
    run_all("the driver, octet by octet", 2, |scenario| {
        let sees_parts = scenario.exchange.iter().any(|(_, orders)| orders::see_parts(orders));
        if !scenario.handler.is_empty() && !scenario.is_long() {
            in_memory(scenario, Kind::Handler, 1)?.matches(scenario)?;
        }
        if !scenario.exchange.is_empty() && !scenario.is_long() && !sees_parts {
            in_memory(scenario, Kind::Exchange, 1)?.matches(scenario)?;
        }
        Ok(())
    });
}

#[test]
fn on_std() {
    run_all("std", CLIENTS, |scenario| over_sockets(Adapter::Std, scenario));
}

#[test]
fn on_tokio() {
    run_all("tokio", CLIENTS, |scenario| over_sockets(Adapter::Tokio, scenario));
}

#[test]
fn on_smol() {
    run_all("smol", CLIENTS, |scenario| over_sockets(Adapter::Smol, scenario));
}

/// Scenarios that run at once: most of them wait most of the time.
const CLIENTS: usize = 48;

/// Runs every scenario, several at once, and tells of all that fail.
fn run_all(way: &str, at_once: usize, run: impl Fn(&Arc<Scenario>) -> Result<(), String> + Sync) {
    let table = table();
    let only = std::env::var("SCENARIO").unwrap_or_default();
    let (next, failures, begun) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Instant::now());
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(scenario) = table.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if !scenario.title.contains(&only) {
                        continue;
                    }
                    let ran = catch_unwind(AssertUnwindSafe(|| run(scenario)));
                    if let Err(why) = ran.unwrap_or_else(|_| Err(String::from("it panicked"))) {
                        let text = format!("{}: {}\n{why}", scenario.place, scenario.title);
                        failures.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    println!("{} scenarios on {way} in {:?}", table.len(), begun.elapsed());
    assert!(failures.is_empty(), "{} scenarios failed on {way}\n\n{}", failures.len(), failures.join("\n\n"));
}

/// What came of a scenario, but for the octets that the scenario itself tells.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    octets: Bytes,
    /// How the orders to exchanges ended.
    saw: String,
    /// What the observer was told of each response, and of the connection.
    log: Vec<String>,
    closed: Vec<String>,
}

impl Outcome {
    /// Holds it against what the scenario tells.
    fn matches(&self, scenario: &Scenario) -> Result<(), String> {
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
    fn agrees(&self, other: &Self) -> Result<(), String> {
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

fn in_memory(scenario: &Scenario, kind: Kind, at_once: usize) -> Result<Outcome, String> {
    let (told, seen) = (Told::default(), Seen::default());
    let settings = settings(scenario, document::UNIT, &told);
    let octets = memory::run(scenario, kind, at_once, settings, &seen).map_err(|why| format!("{kind:?}: {why}"))?;
    Ok(told.outcome(octets, &seen))
}

fn over_sockets(adapter: Adapter, scenario: &Arc<Scenario>) -> Result<(), String> {
    let mut ways = Vec::new();
    if !scenario.handler.is_empty() {
        ways.push(Calls::Sync(Kind::Handler));
        if adapter != Adapter::Std {
            ways.push(Calls::Async);
        }
    }
    if !scenario.exchange.is_empty() {
        ways.push(Calls::Sync(Kind::Exchange));
    }
    for calls in ways {
        let (told, seen) = (Told::default(), Seen::default());
        let settings = settings(scenario, loopback::UNIT, &told);
        let server = adapters::start(adapter, calls, scenario, settings, &seen);
        let octets = loopback::run(scenario, server.address, loopback::plain);
        let stopped = server.stop();
        let octets = octets.map_err(|why| format!("{calls:?}: {why}"))?;
        stopped.map_err(|why| format!("{calls:?}: {why}"))?;
        let kind = if let Calls::Sync(kind) = calls { kind } else { Kind::Handler };
        let mut outcome = told.outcome(octets, &seen);
        let on_driver = in_memory(scenario, kind, usize::MAX)?;
        if calls == Calls::Async {
            // What is not collected for it is refused by another name.
            outcome.closed.clone_from(&on_driver.closed);
        }
        outcome
            .matches(scenario)
            .and_then(|()| outcome.agrees(&on_driver))
            .map_err(|why| format!("{calls:?}: {why}"))?;
    }
    Ok(())
}

fn settings(scenario: &Scenario, unit: Duration, told: &Told) -> Settings {
    let settings = Settings::default()
        .server("")
        .unwrap()
        .clock(|| UNIX_EPOCH + Duration::from_secs(784_111_777))
        .error_pages(Statuses)
        .observer(told.clone())
        .config(scenario.config_in(unit));
    match scenario.max_content {
        Some(octets) => settings.max_content(octets),
        None => settings,
    }
}

/// Pages that are as short as they can be.
struct Statuses;

impl ErrorPages for Statuses {
    fn render(&self, page: &ErrorPage<'_>, _: Option<&Fields>) -> (std::borrow::Cow<'static, str>, Bytes) {
        ("text/plain; charset=utf-8".into(), page.status.to_string().into())
    }

    fn negotiates(&self) -> bool {
        false
    }
}

/// What an observer was told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<(Vec<String>, Vec<String>)>>);

impl Told {
    fn outcome(&self, octets: Vec<u8>, seen: &Seen) -> Outcome {
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
