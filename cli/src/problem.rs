//! What keeps the program from serving: one line that says what, why, and what to do.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

/// A reason not to serve.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The command line makes no sense.
    Usage(String),
    /// The command line does, but not on this machine now.
    Environment(String),
}

impl Problem {
    /// 2 for usage, 1 for the environment.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) => ExitCode::from(2),
            Self::Environment(_) => ExitCode::from(1),
        }
    }

    /// An address that cannot be listened on.
    pub(crate) fn listen(address: SocketAddr, error: &io::Error) -> Self {
        let port = address.port();
        let text = match error.kind() {
            io::ErrorKind::AddrInUse => {
                let other = port.checked_add(1).unwrap_or(8000);
                format!("address in use; try --port {other} or --port 0")
            }
            io::ErrorKind::PermissionDenied if port < 1024 => {
                "permission denied; ports below 1024 need privileges, try --port 8080".to_owned()
            }
            io::ErrorKind::AddrNotAvailable => {
                "not an address of this machine; try --bind 127.0.0.1, or --bind 0.0.0.0 for all of them".to_owned()
            }
            _ => reason(error),
        };
        Self::Environment(format!("cannot listen on {address}: {text}"))
    }

    /// A path that cannot be listened at.
    pub(crate) fn path(path: &Path, error: &io::Error) -> Self {
        let shown = path.display();
        let text = match error.kind() {
            io::ErrorKind::AddrInUse => "something is there; remove it, or name another path".to_owned(),
            io::ErrorKind::NotFound => "no such folder".to_owned(),
            _ => reason(error),
        };
        Self::Environment(format!("cannot listen at '{shown}': {text}"))
    }

    /// A directory that cannot be served.
    pub(crate) fn directory(path: &Path, error: &io::Error) -> Self {
        let shown = path.display();
        let text = match error.kind() {
            io::ErrorKind::NotFound => match similar(path) {
                Some(name) => format!("no such directory; did you mean '{name}'?"),
                None => "no such directory".to_owned(),
            },
            io::ErrorKind::NotADirectory => "not a directory; name the directory that holds it".to_owned(),
            _ => reason(error),
        };
        Self::Environment(format!("cannot serve '{shown}': {text}"))
    }

    /// Anything else that the system refused.
    pub(crate) fn system(what: &str, error: &io::Error) -> Self {
        Self::Environment(format!("{what}: {}", reason(error)))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Environment(text) => f.write_str(&on_one_line(text)),
        }
    }
}

/// A text that may hold an argument or a name, and so anything, in a form that stays on its line and drives no terminal.
pub(crate) fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

/// An error of the system in small letters and without its number.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or_default();
            let mut letters = text.chars();
            letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
        }
    }
}

/// A directory beside the one that is missing whose name is much like it.
fn similar(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(parent).ok()?;
    let names =
        entries.flatten().filter(|entry| entry.path().is_dir()).filter_map(|e| e.file_name().into_string().ok());
    let best = names
        .map(|name| (strsim::jaro_winkler(wanted, &name), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    Some(path.with_file_name(best.1).display().to_string())
}
