//! The real program as a child process, a raw client, and trees of files to serve.
//!
//! Nothing here waits for a fixed time: what is to happen is looked for until it does, and its absence is a failure
//! after [`PATIENCE`], which is long enough for a machine with other things to do.
#![allow(dead_code, reason = "each test file uses a part")]

pub(crate) mod http;
pub(crate) mod tree;

use std::ffi::OsStr;
use std::io::{self, PipeReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use rustix::process::Signal;

/// How long anything may take before it counts as not happening.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The program with these arguments, not yet started.
pub(crate) fn command<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_basehttp"));
    // With traces asked for, a panic cannot pass for an error line.
    // All of these tests hold on every runtime; CI runs them on each.
    if let Ok(runtime) = std::env::var("BASEHTTP_TEST_RUNTIME") {
        command.args(["--runtime", &runtime]);
    }
    command.args(args).env("RUST_BACKTRACE", "1").stdin(Stdio::null());
    command
}

/// Runs the program with arguments that end it at once.
pub(crate) fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Ended {
    Program::spawn(&mut command(args)).finish()
}

/// What is left of a program that ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program while it runs. It is killed when this is dropped, so that none outlives its test.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    stdout: Capture,
    stderr: Capture,
}

impl Program {
    /// Serves a directory on a free port.
    pub(crate) fn serve(directory: &Path) -> Self {
        Self::start([directory.as_os_str(), "--port".as_ref(), "0".as_ref()])
    }

    /// Starts the program, and waits until it listens.
    pub(crate) fn start<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Self {
        let program = Self::spawn(&mut command(args));
        program.address();
        program
    }

    /// Starts the program with both its outputs read all the time.
    pub(crate) fn spawn(command: &mut Command) -> Self {
        Self::spawn_with(command, Stdio::piped(), Stdio::piped())
    }

    /// As [`spawn`](Self::spawn), with outputs of any kind; of those, only pipes made for the child are read.
    pub(crate) fn spawn_with(command: &mut Command, stdout: Stdio, stderr: Stdio) -> Self {
        let mut child = command.stdout(stdout).stderr(stderr).spawn().expect("the program starts");
        let (stdout, stderr) = (Capture::of(child.stdout.take()), Capture::of(child.stderr.take()));
        Self { child, stdout, stderr }
    }

    /// What is told first on standard output, as soon as it is.
    pub(crate) fn first_line(&self) -> String {
        self.stdout.wait_for("a URL", |text| text.split_once('\n').map(|(url, _)| url.to_owned()))
    }

    /// The address in the first URL, as soon as it is told.
    pub(crate) fn address(&self) -> SocketAddr {
        address(&self.first_line())
    }

    /// The addresses in all URLs, which are complete when the program logs its first request.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        http::get(self.address(), "/");
        self.wait_for_words(" HTTP/1.1\" ");
        self.stdout.text().lines().map(address).collect()
    }

    pub(crate) fn port(&self) -> u16 {
        self.address().port()
    }

    /// Standard error, as soon as `found` finds something in it.
    pub(crate) fn wait_for_stderr<T>(&self, what: &str, found: impl Fn(&str) -> Option<T>) -> T {
        self.stderr.wait_for(what, found)
    }

    /// Waits for words on standard error.
    pub(crate) fn wait_for_words(&self, words: &str) {
        self.wait_for_stderr(words, |text| text.contains(words).then_some(()));
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, signal).expect("the program still runs");
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child can be waited for").is_none()
    }

    /// The most memory it ever used, in KiB, where the system tells.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the program runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the system counts memory");
        Some(line.trim().trim_end_matches(" kB").parse().expect("a number"))
    }

    /// The processor time it used so far.
    #[cfg(target_os = "linux")]
    pub(crate) fn processor_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("the program runs");
        // After the name, which may hold anything: times in user space and in the system are the 12th and 13th from there.
        let (_, numbers) = stat.rsplit_once(')').expect("a name");
        let ticks: u64 = numbers.split_whitespace().skip(11).take(2).map(|time| time.parse::<u64>().unwrap()).sum();
        Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second())
    }

    /// Lets it open only so many descriptors more than it has.
    #[cfg(target_os = "linux")]
    pub(crate) fn allow_descriptors(&self, more: u64) {
        let folder = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("the program runs");
        let limit = Some(folder.count() as u64 + more);
        let limit = rustix::process::Rlimit { current: limit, maximum: limit };
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::prlimit(Some(id), rustix::process::Resource::Nofile, limit).expect("its own child");
    }

    /// Waits for its end.
    pub(crate) fn finish(mut self) -> Ended {
        let status = poll("the end of the program", || self.child.try_wait().expect("a child can be waited for"));
        Ended { status, stdout: self.stdout.whole(), stderr: self.stderr.whole() }
    }
}

/// The address in a URL.
fn address(url: &str) -> SocketAddr {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let authority = rest.and_then(|rest| rest.strip_suffix('/'));
    authority.and_then(|authority| authority.parse().ok()).unwrap_or_else(|| panic!("not a URL: {url:?}"))
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("standard error of the program:\n{}", self.stderr.text());
        }
    }
}

/// Everything a child writes, read by a thread so that it never waits for us.
#[derive(Clone, Debug, Default)]
pub(crate) struct Capture(Arc<(Mutex<Captured>, Condvar)>);

#[derive(Debug, Default)]
struct Captured {
    octets: Vec<u8>,
    ended: bool,
}

impl Capture {
    fn of(source: Option<impl Read + Send + 'static>) -> Self {
        let capture = Self::default();
        let Self(shared) = capture.clone();
        let Some(mut source) = source else {
            shared.0.lock().unwrap().ended = true;
            return capture;
        };
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let read = source.read(&mut buffer).unwrap_or(0);
                let mut captured = shared.0.lock().unwrap();
                captured.octets.extend_from_slice(&buffer[..read]);
                captured.ended = read == 0;
                shared.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        capture
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.0.lock().unwrap().octets).into_owned()
    }

    /// The whole text, once the child has closed its end.
    pub(crate) fn whole(&self) -> String {
        let (captured, changed) = &*self.0;
        let guard = captured.lock().unwrap();
        let (guard, timeout) = changed.wait_timeout_while(guard, PATIENCE, |captured| !captured.ended).unwrap();
        assert!(!timeout.timed_out(), "the output never ended");
        String::from_utf8_lossy(&guard.octets).into_owned()
    }

    /// What `found` finds in the text, as soon as it does.
    pub(crate) fn wait_for<T>(&self, what: &str, found: impl Fn(&str) -> Option<T>) -> T {
        let (captured, changed) = &*self.0;
        let deadline = Instant::now() + PATIENCE;
        let mut guard = captured.lock().unwrap();
        loop {
            let text = String::from_utf8_lossy(&guard.octets).into_owned();
            if let Some(found) = found(&text) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!guard.ended && !left.is_zero(), "no {what}, but: {text:?}");
            guard = changed.wait_timeout(guard, left).unwrap().0;
        }
    }
}

/// A pipe that nobody reads, to be given to a child: the end to keep, and the child's.
pub(crate) fn unread_pipe() -> (PipeReader, Stdio) {
    let (reader, writer) = io::pipe().unwrap();
    (reader, writer.into())
}

/// Asks again and again until there is an answer.
pub(crate) fn poll<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "{what} did not come about");
        thread::sleep(Duration::from_millis(5));
    }
}
