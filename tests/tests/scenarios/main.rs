//! The scenarios of `scenarios/`: what a client does, and what comes back, on the driver in virtual time and on all adapters
//! over real sockets, plain and by TLS. The octets are the same.
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
mod outcome;
#[path = "../common/tls.rs"]
mod tls;
mod wire;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

use adapters::{Adapter, Calls};
use basehttp_handler::Settings;
use basehttp_handler::error_page::{ErrorPage, ErrorPages};
use basehttp_proto::{Config, Fields};
use bytes::Bytes;
use document::Scenario;
use exchange::Seen;
use orders::Kind;
use outcome::{Outcome, Told};

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

/// A table that cannot fail would show nothing.
#[test]
fn what_does_not_come_as_told_is_told() {
    let get = "> GET / HTTP/1.1\n> Host: a\n>\n";
    let wrong = [
        ("both: hello", "answer 200: hallo\n= open", "not what was expected"),
        ("both: hello", "answer 200: hello\n= closed", "ended at 15s"),
        ("both: hello", "answer 200: hello\n= dead at 0", "dead at 15s"),
        ("both: hello", "= open", "not silent"),
        ("both: hello", "answer 200: hello\nanswer 200: hello\n= open", "ended before"),
        ("both: sleep 2; hello", "silent 3\n= open", "not silent"),
        ("timeouts: idle=3\nboth: hello", "answer 200: hello\n= closed at 4", "ended at 3s"),
        ("timeouts: idle=3\nboth: hello", "answer 200: hello\n= reset", "an orderly end"),
        ("exchange: start 9; write a; flush; give up", "= cut HTTP/1.1 200\\x20", "more than was expected"),
        ("both: hello", "answer 200: hello\n= open\nlog: GET / HTTP/1.1 200 6", "log: GET / HTTP/1.1 200 5"),
        ("exchange: hello", "answer 200: hello\n= open\nsaw: closed", "saw: ok"),
    ];
    for (scene, end, why) in wrong {
        let document = format!("== a scenario\n{scene}\n{get}{end}\n");
        let scenario = &document::read("here", &document)[0];
        let kind = if scenario.handler.is_empty() { Kind::Exchange } else { Kind::Handler };
        let ran = in_memory(scenario, kind, usize::MAX).and_then(|outcome| outcome.matches(scenario));
        assert!(ran.as_ref().is_err_and(|text| text.contains(why)), "{end}: {ran:?}");
    }
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
    run_all("std", CLIENTS, |scenario| over_sockets(Way::plain(Adapter::Std), scenario));
}

#[test]
fn on_tokio() {
    run_all("tokio", CLIENTS, |scenario| over_sockets(Way::plain(Adapter::Tokio), scenario));
}

#[test]
fn on_smol() {
    run_all("smol", CLIENTS, |scenario| over_sockets(Way::plain(Adapter::Smol), scenario));
}

#[test]
fn on_std_secured() {
    run_all("std, secured", CLIENTS, |scenario| over_sockets(Way::secured(Adapter::Std), scenario));
}

#[test]
fn on_tokio_secured() {
    run_all("tokio, secured", CLIENTS, |scenario| over_sockets(Way::secured(Adapter::Tokio), scenario));
}

#[test]
fn on_smol_secured() {
    run_all("smol, secured", CLIENTS, |scenario| over_sockets(Way::secured(Adapter::Smol), scenario));
}

/// Scenarios that run at once: most of them wait most of the time.
const CLIENTS: usize = 32;
/// The same for those that are about many octets, which have the machine for themselves.
const LONG: usize = 8;

/// Runs every scenario, or those whose titles hold what `SCENARIO` says, several at once, and tells of all that fail.
fn run_all(way: &str, at_once: usize, run: impl Fn(&Arc<Scenario>) -> Result<(), String> + Sync) {
    let mut table = table();
    let only = std::env::var("SCENARIO").unwrap_or_default();
    table.retain(|scenario| scenario.title.contains(&only));
    let (failures, begun, count) = (Mutex::new(Vec::new()), Instant::now(), table.len());
    let (long, short): (Vec<_>, Vec<_>) = table.into_iter().partition(|scenario| scenario.is_long());
    for (table, at_once) in [(long, at_once.min(LONG)), (short, at_once)] {
        run_some(&table, at_once, &failures, &run);
    }
    let failures = failures.into_inner().unwrap();
    println!("{count} scenarios on {way} in {:?}", begun.elapsed());
    assert!(failures.is_empty(), "{} scenarios failed on {way}\n\n{}", failures.len(), failures.join("\n\n"));
}

fn run_some(
    table: &[Arc<Scenario>],
    at_once: usize,
    failures: &Mutex<Vec<String>>,
    run: &(impl Fn(&Arc<Scenario>) -> Result<(), String> + Sync),
) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(scenario) = table.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let ran = catch_unwind(AssertUnwindSafe(|| run(scenario)));
                    if let Err(why) = ran.unwrap_or_else(|_| Err(String::from("it panicked"))) {
                        let text = format!("{}: {}\n{why}", scenario.place, scenario.title);
                        failures.lock().unwrap().push(text);
                    }
                }
            });
        }
    });
}

fn in_memory(scenario: &Scenario, kind: Kind, at_once: usize) -> Result<Outcome, String> {
    let (told, seen) = (Told::default(), Seen::default());
    let settings = settings(scenario, scenario.config.clone(), &told);
    let octets = memory::run(scenario, kind, at_once, settings, &seen).map_err(|why| format!("{kind:?}: {why}"))?;
    Ok(told.outcome(octets, &seen))
}

/// A way over sockets.
#[derive(Clone, Copy)]
struct Way {
    adapter: Adapter,
    /// Whether by TLS.
    is_secured: bool,
}

impl Way {
    fn plain(adapter: Adapter) -> Self {
        Self { adapter, is_secured: false }
    }

    fn secured(adapter: Adapter) -> Self {
        Self { adapter, is_secured: true }
    }
}

fn over_sockets(way: Way, scenario: &Arc<Scenario>) -> Result<(), String> {
    if scenario.plain_only && way.is_secured {
        return Ok(());
    }
    let mut all = Vec::new();
    if !scenario.handler.is_empty() {
        all.push(Calls::Sync(Kind::Handler));
        if way.adapter != Adapter::Std {
            all.push(Calls::Async);
        }
    }
    if !scenario.exchange.is_empty() {
        all.push(Calls::Sync(Kind::Exchange));
    }
    for calls in all {
        let (told, seen) = (Told::default(), Seen::default());
        let settings = settings(scenario, scenario.config_in(loopback::UNIT), &told);
        let server = adapters::start(way.adapter, way.is_secured, calls, scenario, settings, &seen);
        let octets = loopback::run(scenario, server.address, way.is_secured);
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

fn settings(scenario: &Scenario, config: Config, told: &Told) -> Settings {
    let settings = Settings::default()
        .server("")
        .unwrap()
        .clock(|| UNIX_EPOCH + Duration::from_secs(784_111_777))
        .error_pages(Statuses)
        .observer(told.clone())
        .config(config);
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
