//! Servers as processes, each ended by its id whatever happens.

use std::env;
use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use basehttp_bench_servers::WORKERS;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::signal::{Signal, kill};
use nix::time::ClockId;
use nix::unistd::Pid;

use crate::Error;
use crate::contestants::Contestant;
use crate::scenario::Scenario;

/// How long a server may take until it listens, also under a tool that slows it down.
const STARTING: Duration = Duration::from_secs(30);

/// The processes that live, for a signal that ends this one.
static LIVING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Makes a signal that ends this process end those it started.
pub(crate) fn end_together() -> Result<(), Error> {
    ctrlc::set_handler(|| {
        // Held until the end: nothing can be started any more.
        let living = LIVING.lock().unwrap_or_else(PoisonError::into_inner);
        for pid in living.iter() {
            let _ = kill(*pid, Signal::SIGKILL);
        }
        process::exit(130);
    })?;
    Ok(())
}

/// A process that does not outlive its owner.
pub(crate) struct Guarded(Child);

impl Guarded {
    pub(crate) fn spawn(command: &mut Command) -> Result<Self, Error> {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut living = LIVING.lock().unwrap_or_else(PoisonError::into_inner);
        let child = command.stdin(Stdio::null()).spawn().map_err(|error| format!("{program}: {error}"))?;
        let guarded = Self(child);
        living.push(guarded.pid());
        Ok(guarded)
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.0.id().cast_signed())
    }

    /// Sends a signal, and waits for the end; what it wrote to a standard error that is a pipe.
    pub(crate) fn end_by(mut self, signal: Signal) -> Result<String, Error> {
        kill(self.pid(), signal)?;
        self.wait(Duration::from_secs(10))?;
        let mut said = String::new();
        if let Some(mut stderr) = self.0.stderr.take() {
            stderr.read_to_string(&mut said)?;
        }
        Ok(said)
    }

    /// Waits for the end, so long.
    pub(crate) fn wait(&mut self, patience: Duration) -> Result<(), Error> {
        let deadline = Instant::now() + patience;
        while !self.has_ended()? {
            if Instant::now() > deadline {
                return Err("a program did not end".into());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Its standard output, where that is a pipe, after its end.
    pub(crate) fn output(&mut self) -> Result<String, Error> {
        let mut said = String::new();
        if let Some(mut stdout) = self.0.stdout.take() {
            stdout.read_to_string(&mut said)?;
        }
        Ok(said)
    }

    fn has_ended(&mut self) -> Result<bool, Error> {
        // The lock comes first: once the end has been asked for, the id may belong to another.
        let mut living = LIVING.lock().unwrap_or_else(PoisonError::into_inner);
        let has_ended = self.0.try_wait()?.is_some();
        if has_ended {
            let pid = self.pid();
            living.retain(|one| *one != pid);
        }
        Ok(has_ended)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        // Where it has ended there is nobody to kill, and nothing else can be done about an error.
        let _ = self.0.kill();
        let _ = self.wait(Duration::from_secs(10));
    }
}

/// A server that listens.
pub(crate) struct Server {
    pub(crate) process: Guarded,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a contestant for a scenario, perhaps under a tool, which stands before its program.
    pub(crate) fn start(
        contestant: &Contestant,
        scenario: Scenario,
        workers: usize,
        under: Option<&[&str]>,
    ) -> Result<Self, Error> {
        let program = program(contestant)?;
        let mut command = match under {
            Some([tool, options @ ..]) => {
                let mut command = Command::new(tool);
                command.args(options).arg(program).stderr(Stdio::piped());
                command
            }
            _ => Command::new(program),
        };
        let address = free_address()?;
        command.arg(address.to_string()).arg(scenario.name()).stdout(Stdio::null());
        // smol has one thread unless it is told otherwise, and the executor under trillium-smol as many as processors.
        command.env(WORKERS, workers.to_string()).env("SMOL_THREADS", "1").env("ASYNC_GLOBAL_EXECUTOR_THREADS", "1");
        let mut server = Self { process: with_processor(Side::Server, || Guarded::spawn(&mut command))?, address };
        let deadline = Instant::now() + STARTING;
        while TcpStream::connect(address).is_err() {
            if server.process.has_ended()? || Instant::now() > deadline {
                return Err("it does not listen".into());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(server)
    }

    /// Processor time of all threads it has had.
    pub(crate) fn processor_time(&self) -> Result<Duration, Error> {
        Ok(ClockId::pid_cpu_clock_id(self.process.pid())?.now()?.into())
    }

    /// Octets of memory that it holds.
    pub(crate) fn resident(&self) -> Result<u64, Error> {
        let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.process.pid()))?;
        let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:")).ok_or("no Rss")?;
        Ok(line.trim_end_matches("kB").trim().parse::<u64>()? * 1024)
    }
}

/// The program of a contestant, which is built together with this one.
pub(crate) fn program(contestant: &Contestant) -> Result<PathBuf, Error> {
    let program = env::current_exe()?.with_file_name(contestant.program);
    match program.exists() {
        true => Ok(program),
        false => Err(format!("{} is missing: build the whole package", program.display()).into()),
    }
}

/// Each server has a port of its own, below those which the system gives to clients.
fn free_address() -> Result<SocketAddr, Error> {
    static NEXT: AtomicU16 = AtomicU16::new(18_000);
    for _ in 0..10_000 {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, NEXT.fetch_add(1, Ordering::Relaxed)));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    Err("no port is free".into())
}

/// Who works where.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    /// The first processor there is.
    Server,
    /// The last one.
    Load,
}

/// Starts a process on the processor of its side, for what is started has the processors of who starts it.
pub(crate) fn with_processor<T>(side: Side, start: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let this = Pid::from_raw(0);
    let all = sched_getaffinity(this)?;
    let mut there = (0..CpuSet::count()).filter(|processor| all.is_set(*processor).unwrap_or(false));
    let chosen = match side {
        Side::Server => there.next(),
        Side::Load => there.next_back(),
    };
    let mut one = CpuSet::new();
    one.set(chosen.ok_or("no processor")?)?;
    sched_setaffinity(this, &one)?;
    let started = start();
    sched_setaffinity(this, &all)?;
    started
}
