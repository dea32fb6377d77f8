//! From options to a running server, and to its end.

use std::io::{self, Write};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use crate::args::{Log, Options};
use crate::listeners;
use crate::problem::{Problem, on_one_line};
use crate::server::Handle;
use basehttp_handler::zone::Zone;
use basehttp_handler::{AllowedHosts, Echo, Handler, LogFormat, LogObserver, Observer, Settings, StaticFiles};

/// How long open requests are waited for when the program is told to stop.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a shell reports of a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// Serves until it is told to stop.
pub(crate) fn run(options: &Options) -> Result<(), Problem> {
    // Before the port is taken: a name that was typed wrong is told at once, and harms nobody.
    let (what, handler): (String, Arc<dyn Handler>) = if options.echo {
        ("Sending requests back".to_owned(), Arc::new(Echo))
    } else {
        let directory = &options.directory;
        let files = StaticFiles::open(directory).map_err(|error| Problem::directory(directory, &error))?;
        (format!("Serving {}", directory.display()), Arc::new(files.listing(true)))
    };
    let (server, paths) = listeners::open(options)?;
    let server = server.settings(settings(options)?);
    let addresses = server.local_addrs().map_err(|error| Problem::system("cannot tell the addresses", &error))?;
    stop_on_signal(server.shutdown_handle())?;
    let paths = paths.iter().map(|path| format!("unix:{}", path.display()));
    let places: Vec<String> = listeners::urls(&addresses, options.tls.is_some()).into_iter().chain(paths).collect();
    announce(&what, &places, listeners::is_loopback(&addresses))?;
    let outcome = match hosts(options, &addresses) {
        Some(hosts) => server.serve(options.workers, hosts.guard(handler)),
        None => server.serve(options.workers, handler),
    };
    outcome.map_err(|error| Problem::system("cannot go on serving", &error))
}

fn settings(options: &Options) -> Result<Settings, Problem> {
    let settings = Settings::default();
    let products = concat!("basehttp/", env!("CARGO_PKG_VERSION"));
    let settings = settings.clone().server(products).unwrap_or(settings);
    let form = match options.log {
        Log::Python => LogFormat::Python,
        Log::Combined => LogFormat::Combined,
        Log::None => return Ok(settings.observer(Pauses)),
    };
    let log = LogObserver::new(form, Zone::system(), io::stderr())
        .map_err(|error| Problem::system("cannot start the log", &error))?;
    Ok(settings.observer(log).and_observer(Pauses))
}

/// Says when nobody can be taken.
struct Pauses;

impl Observer for Pauses {
    fn on_pause(&self, error: &io::Error) {
        say(format!("No connection can be taken for now: {error}"));
    }
}

/// The hosts to answer for; `None` for any.
///
/// A server on loopback is there for this machine, so it answers for this machine's names alone. One that others can
/// reach has names that it cannot know, and guards them only when it is told some; so does one that listens at paths alone,
/// where a web page cannot reach it.
fn hosts(options: &Options, addresses: &[std::net::SocketAddr]) -> Option<AllowedHosts> {
    let any = options.allow_host.iter().any(|name| name == "*");
    let is_guarded = listeners::is_loopback(addresses);
    let open = !is_guarded && options.allow_host.is_empty();
    if any || open {
        return None;
    }
    let own = addresses.iter().map(|address| address.ip().to_string());
    let names = options.allow_host.iter().cloned().chain(own);
    Some(names.fold(AllowedHosts::loopback(), AllowedHosts::with))
}

/// URLs go to standard output and nothing else does, so that a script can read them.
fn announce(what: &str, urls: &[String], is_loopback: bool) -> Result<(), Problem> {
    let reach = if is_loopback { "This machine only; --bind 0.0.0.0 shares it. " } else { "" };
    say(format!("{}. {reach}Ctrl-C to stop.", on_one_line(what)));
    print(&urls.iter().map(|url| format!("{url}\n")).collect::<String>())
}

/// Prints on standard output.
pub(crate) fn print(text: &str) -> Result<(), Problem> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever started this does not want to know.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed.map_err(|error| Problem::system("cannot write to standard output", &error)),
    }
}

/// Says something on standard error, unless nobody reads it: that neither fails nor waits for long.
pub(crate) fn say(text: String) {
    let (done, said) = mpsc::channel();
    let speaker = thread::Builder::new().spawn(move || {
        let _ = writeln!(io::stderr(), "{text}");
        let _ = done.send(());
    });
    if speaker.is_ok() {
        let _ = said.recv_timeout(Duration::from_millis(200));
    }
}

fn stop_on_signal(handle: Handle) -> Result<(), Problem> {
    let stopping = AtomicBool::new(false);
    let told = ctrlc::set_handler(move || {
        if stopping.swap(true, Ordering::AcqRel) {
            // The system cuts the connections off. Doing it here would let the server end first, as if in good order.
            process::exit(INTERRUPTED);
        }
        let seconds = PATIENCE.as_secs();
        match handle.connections() {
            0 => say("Stopping.".to_owned()),
            open => say(format!("Stopping: {open} open, waiting up to {seconds} s (Ctrl-C again to stop now).")),
        }
        handle.graceful(PATIENCE);
    });
    told.map_err(|error| Problem::Environment(format!("cannot listen for Ctrl-C: {error}")))
}
