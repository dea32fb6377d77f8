//! The command line.

use std::ffi::OsString;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Parser, ValueEnum};

use crate::problem::Problem;

/// Serve a directory over HTTP, on this machine only unless told otherwise.
#[derive(Debug, Parser)]
#[command(name = "basehttp", version, max_term_width = 100)]
#[command(after_help = "The URLs are printed on standard output, one a line, and the log on standard error.
Ctrl-C stops: open requests are answered first, for at most 10 s; a second Ctrl-C does not wait for them.")]
pub(crate) struct Args {
    /// The directory to serve [default: the current one]; a bare number is a port
    #[arg(value_name = "DIR")]
    first: Option<PathBuf>,

    /// The port [default: 8000]
    #[arg(value_name = "PORT")]
    second: Option<String>,

    /// An address to listen on, unix:PATH for a socket there, or systemd for the sockets it passes in; may be repeated
    /// [default: 127.0.0.1 and ::1]
    #[arg(short, long, value_name = "ADDRESS")]
    bind: Vec<String>,

    /// The port; 0 takes a free one, and the URLs tell which
    #[arg(short, long, value_name = "PORT")]
    port: Option<String>,

    /// Answer for this host name as well; '*' for any. On loopback, only loopback names are answered for
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,

    /// Send requests back instead of serving files
    #[arg(long)]
    echo: bool,

    /// What serves the connections; all three answer alike
    #[arg(long, value_name = "RUNTIME", value_enum, default_value_t = Runtime::Std)]
    runtime: Runtime,

    /// The most threads that serve; blocking handlers have more on tokio and smol [default: 256 on std, else one for each
    /// processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,

    /// Speak HTTPS, with this certificate (PEM, with those that lead to its authority). A changed file is taken within seconds
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The private key of the certificate (PEM, not encrypted)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// The form of the log
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Log::Python)]
    log: Log,
}

/// What a path to listen at starts with.
const UNIX: &str = "unix:";
/// What stands for the sockets that were passed in.
const SYSTEMD: &str = "systemd";

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Log {
    /// As Python's http.server writes it
    Python,
    /// The combined form that log analysers read
    Combined,
    /// None
    None,
}

/// What serves the connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Runtime {
    /// Threads and blocking sockets
    Std,
    /// Tasks of tokio
    Tokio,
    /// Tasks of smol
    Smol,
}

/// The command line, checked.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) directory: PathBuf,
    /// Empty, with `paths`, for the loopback addresses.
    pub(crate) bind: Vec<IpAddr>,
    pub(crate) paths: Vec<PathBuf>,
    /// Whether to take the sockets that were passed in.
    pub(crate) inherited: bool,
    pub(crate) port: u16,
    pub(crate) allow_host: Vec<String>,
    pub(crate) echo: bool,
    pub(crate) runtime: Runtime,
    pub(crate) workers: Option<NonZeroUsize>,
    /// Certificate and key.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    pub(crate) log: Log,
}

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Parsed {
    Run(Options),
    /// Help, or the version.
    Show(String),
}

/// Reads the command line.
pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Parsed, Problem> {
    match Args::try_parse_from(args) {
        Ok(args) => check(args).map(Parsed::Run),
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            Ok(Parsed::Show(error.to_string()))
        }
        Err(error) => Err(Problem::Usage(one_line(&error))),
    }
}

fn check(args: Args) -> Result<Options, Problem> {
    let (directory, positional) = match (args.first, args.second) {
        (Some(first), None) if is_number(&first) => (None, first.into_os_string().into_string().ok()),
        (first, second) => (first, second),
    };
    let port = match (args.port, positional) {
        (Some(_), Some(_)) => {
            return Err(Problem::Usage("the port is given twice; leave one away".to_owned()));
        }
        (port, positional) => port.or(positional),
    };
    let port = port.map_or(Ok(8000), |text| {
        text.parse().map_err(|_| Problem::Usage(format!("'{text}' is not a port (0-65535)")))
    })?;
    let (inherited, bind): (Vec<&String>, Vec<&String>) = args.bind.iter().partition(|text| *text == SYSTEMD);
    if !(cfg!(unix) || inherited.is_empty()) {
        return Err(Problem::Usage(format!("--bind '{SYSTEMD}': this system has no systemd")));
    }
    let (paths, addresses): (Vec<&String>, Vec<&String>) = bind.into_iter().partition(|text| text.starts_with(UNIX));
    Ok(Options {
        directory: directory.unwrap_or_else(|| PathBuf::from(".")),
        bind: distinct(addresses.iter().map(|text| address(text)).collect::<Result<_, _>>()?),
        paths: distinct(paths.iter().map(|text| path(text)).collect::<Result<_, _>>()?),
        port,
        allow_host: args.allow_host.iter().map(|name| host(name)).collect::<Result<_, _>>()?,
        echo: args.echo,
        inherited: !inherited.is_empty(),
        runtime: args.runtime,
        workers: args.workers.map(usize::from).and_then(NonZeroUsize::new),
        tls: args.tls_cert.zip(args.tls_key),
        log: args.log,
    })
}

fn is_number(path: &std::path::Path) -> bool {
    path.to_str().is_some_and(|text| !text.is_empty() && text.bytes().all(|o| o.is_ascii_digit()))
}

fn address(text: &str) -> Result<IpAddr, Problem> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address: IpAddr = bare.parse().map_err(|_| {
        Problem::Usage(format!("--bind '{text}': not an IP address; 127.0.0.1 is this machine, 0.0.0.0 every network"))
    })?;
    let wrong = match address {
        address if address.is_multicast() => "a group of machines cannot be connected to",
        IpAddr::V6(v6) if v6.is_unicast_link_local() => {
            "a link-local address needs a zone, which no URL can have; take another address of this machine"
        }
        address => return Ok(address),
    };
    Err(Problem::Usage(format!("--bind '{text}': {wrong}")))
}

fn path(text: &str) -> Result<PathBuf, Problem> {
    match text.strip_prefix(UNIX) {
        _ if !cfg!(unix) => Err(Problem::Usage(format!("--bind '{text}': this system has no Unix sockets"))),
        Some("") | None => Err(Problem::Usage(format!("--bind '{text}': a path comes after unix:"))),
        Some(path) => Ok(PathBuf::from(path)),
    }
}

/// The same places, each once: a second socket at one would collide with the first.
fn distinct<T: PartialEq>(addresses: Vec<T>) -> Vec<T> {
    let mut distinct = Vec::new();
    for address in addresses {
        if !distinct.contains(&address) {
            distinct.push(address);
        }
    }
    distinct
}

fn host(name: &str) -> Result<String, Problem> {
    let valid = !name.is_empty() && name.bytes().all(|o| o.is_ascii_alphanumeric() || b"-._*:[]".contains(&o));
    if valid {
        Ok(name.to_owned())
    } else {
        Err(Problem::Usage(format!("--allow-host '{name}': not a host name; give it as it stands in the URL, or '*'")))
    }
}

/// What other servers call things.
const FOREIGN: [(&[&str], &str); 6] = [
    (&["-d", "--directory", "--dir", "--root"], "the directory as first argument"),
    (&["-a", "--address", "--host", "--interfaces", "-i", "--ip"], "--bind ADDRESS"),
    (&["-l", "--listen"], "--bind ADDRESS and --port PORT"),
    (&["--log-format", "-g"], "--log FORM"),
    (&["-s", "--silent", "-q", "--quiet"], "--log none"),
    (&["-v", "-V"], "--version"),
];

/// An error of the command line on one line, with what to do.
fn one_line(error: &clap::Error) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        Some(ContextValue::Strings(texts)) => texts.first().map(String::as_str),
        _ => None,
    };
    let invalid = context(ContextKind::InvalidArg).unwrap_or_default();
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    let text = match error.kind() {
        ErrorKind::UnknownArgument if invalid.starts_with('-') => {
            let foreign = FOREIGN.iter().find(|(names, _)| names.contains(&invalid)).map(|(_, ours)| *ours);
            match foreign.or_else(|| context(ContextKind::SuggestedArg)) {
                Some(ours) => format!("unknown option '{invalid}'; did you mean '{ours}'?"),
                None => format!("unknown option '{invalid}'"),
            }
        }
        ErrorKind::UnknownArgument => format!("'{invalid}' is one argument too many"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{invalid} needs a value"),
        ErrorKind::InvalidValue => {
            let valid = match error.get(ContextKind::ValidValue) {
                Some(ContextValue::Strings(values)) => values.join(", "),
                _ => String::new(),
            };
            format!("{invalid}: '{value}' is none of {valid}")
        }
        ErrorKind::ValueValidation => format!("{invalid}: '{value}' is not a number from 1 to 1024"),
        ErrorKind::MissingRequiredArgument => format!("{invalid} is needed too"),
        ErrorKind::ArgumentConflict => format!("{invalid} is given twice"),
        _ => error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    };
    let gap = if text.ends_with('?') { " " } else { "; " };
    format!("{text}{gap}see --help")
}
