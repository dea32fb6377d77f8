//! From options to a running server, and to its end.

use std::io::{self, Write};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use basehttp_handler::zone::Zone;
use basehttp_handler::{AllowedHosts, Echo, Handler, LogFormat, LogObserver, Settings, StaticFiles};
use basehttp_std::{Server, ShutdownHandle};

use crate::args::{Log, Options};
use crate::listeners;
use crate::problem::Problem;

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
    let server = listeners::open(options)?.settings(settings(options)?);
    let addresses =
        server.local_addrs().map_err(|error| Problem::system("cannot tell the addresses", &error))?;
    stop_on_signal(server.shutdown_handle())?;
    announce(&what, &listeners::urls(&addresses), listeners::is_loopback(&addresses))?;
    let outcome = match hosts(options, &addresses) {
        Some(hosts) => serve(server, hosts.guard(handler)),
        None => serve(server, handler),
    };
    outcome.map_err(|error| Problem::system("cannot go on serving", &error))
}

fn serve(server: Server, handler: impl Handler + 'static) -> io::Result<()> {
    server.serve(handler)
}

fn settings(options: &Options) -> Result<Settings, Problem> {
    let settings = Settings::default();
    let products = concat!("basehttp/", env!("CARGO_PKG_VERSION"));
    let settings = settings.clone().server(products).unwrap_or(settings);
    let form = match options.log {
        Log::Python => LogFormat::Python,
        Log::Combined => LogFormat::Combined,
        Log::None => return Ok(settings),
    };
    let log = LogObserver::new(form, Zone::system(), io::stderr())
        .map_err(|error| Problem::system("cannot start the log", &error))?;
    Ok(settings.observer(log))
}

/// The hosts to answer for; `None` for any.
///
/// A server on loopback is there for this machine, so it answers for this machine's names alone. One that others can
/// reach has names that it cannot know, and guards them only when it is told some.
fn hosts(options: &Options, addresses: &[std::net::SocketAddr]) -> Option<AllowedHosts> {
    let any = options.allow_host.iter().any(|name| name == "*");
    let open = !listeners::is_loopback(addresses) && options.allow_host.is_empty();
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
    eprintln!("{what}. {reach}Ctrl-C to stop.");
    let mut out = io::stdout().lock();
    let printed = urls.iter().try_for_each(|url| writeln!(out, "{url}")).and_then(|()| out.flush());
    match printed {
        // Whoever started this does not want to know.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed.map_err(|error| Problem::system("cannot print the URLs", &error)),
    }
}

fn stop_on_signal(handle: ShutdownHandle) -> Result<(), Problem> {
    let stopping = AtomicBool::new(false);
    let told = ctrlc::set_handler(move || {
        if stopping.swap(true, Ordering::AcqRel) {
            handle.now();
            process::exit(INTERRUPTED);
        }
        let seconds = PATIENCE.as_secs();
        match handle.connections() {
            0 => eprintln!("Stopping."),
            open => eprintln!("Stopping: {open} open, waiting up to {seconds} s (Ctrl-C again to stop now)."),
        }
        handle.graceful(PATIENCE);
    });
    told.map_err(|error| Problem::Environment(format!("cannot listen for Ctrl-C: {error}")))
}
