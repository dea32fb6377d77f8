//! A bounded pool of threads: started when needed, kept for a while, named `conn-1`, `conn-2` and so on.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long a thread waits for work before it ends.
const KEEP: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

/// The threads of one server.
#[derive(Clone)]
pub(crate) struct Pool(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    work: Condvar,
    max: usize,
    /// Whether jobs wait although no further thread may be started.
    is_short: AtomicBool,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    waiting: usize,
    started: u64,
}

impl Pool {
    /// A pool of at most `max` threads, none of which is started yet.
    pub(crate) fn new(max: usize) -> Self {
        Self(Arc::new(Shared { state: Mutex::default(), work: Condvar::new(), max, is_short: AtomicBool::new(false) }))
    }

    /// Runs a job on a thread. It waits for one when all are busy; it is dropped when there is none and none can be
    /// started.
    pub(crate) fn run(&self, job: impl FnOnce() + Send + 'static) {
        let mut state = self.0.state();
        state.jobs.push_back(Box::new(job));
        if state.waiting >= state.jobs.len() {
            self.0.work.notify_one();
        } else if state.threads < self.0.max {
            self.start(&mut state);
        } else {
            self.0.is_short.store(true, Ordering::Relaxed);
        }
    }

    /// Whether jobs wait for a thread.
    pub(crate) fn is_short(&self) -> bool {
        self.0.is_short.load(Ordering::Relaxed)
    }

    fn start(&self, state: &mut State) {
        state.started = state.started.saturating_add(1);
        let shared = Arc::clone(&self.0);
        let thread = thread::Builder::new().name(format!("conn-{}", state.started));
        match thread.spawn(move || shared.work()) {
            Ok(_) => state.threads = state.threads.saturating_add(1),
            // Without any thread nobody would ever take it.
            Err(_) if state.threads == 0 => state.jobs.clear(),
            Err(_) => {}
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Jobs run outside the lock, so the state is whole whatever they do.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let _leave = Leave(self);
        while let Some(job) = self.next() {
            job();
        }
    }

    fn next(&self) -> Option<Job> {
        let mut state = self.state();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                self.is_short.store(!state.jobs.is_empty(), Ordering::Relaxed);
                return Some(job);
            }
            state.waiting = state.waiting.saturating_add(1);
            let (again, timeout) = self.work.wait_timeout(state, KEEP).unwrap_or_else(PoisonError::into_inner);
            state = again;
            state.waiting = state.waiting.saturating_sub(1);
            if timeout.timed_out() && state.jobs.is_empty() {
                return None;
            }
        }
    }
}

/// Counts a thread out however it ends, so that a panic does not make the pool smaller for good.
struct Leave<'a>(&'a Shared);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.threads = state.threads.saturating_sub(1);
    }
}
