//! Times that can be compared although other work comes and goes on the machine.
//!
//! All contestants run in one process, in many short rounds, each round in a different order. What is compared is always
//! the time within one round: the median over the rounds then does not move when some of them were disturbed.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Something that can be done many times.
pub struct Contestant<'a> {
    pub name: &'static str,
    /// Does it as often as it is told.
    pub run: Box<dyn FnMut(u64) + 'a>,
}

/// How long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    pub rounds: usize,
    /// What one contestant gets of a round: shorter than a scheduler's slice, and much longer than it takes the caches
    /// and predictors to learn it again.
    pub slice: Duration,
}

/// Nanoseconds, by contestant and round.
pub struct Times(Vec<Vec<f64>>);

impl Times {
    /// Runs the contestants against each other; each of their runs counts as `units`.
    pub fn measure(contestants: &mut [Contestant<'_>], units: usize, effort: Effort) -> Self {
        let repeats: Vec<u64> = contestants.iter_mut().map(|one| calibrate(one, effort.slice)).collect();
        let mut times = vec![Vec::with_capacity(effort.rounds); contestants.len()];
        for round in 0..effort.rounds {
            for step in 0..contestants.len() {
                // Nobody always follows the same neighbour.
                let step = if round % 2 == 0 { step } else { contestants.len() - 1 - step };
                let index = (round / 2 + step) % contestants.len();
                let elapsed = time(&mut contestants[index], repeats[index]);
                let count = repeats[index] as f64 * units as f64;
                times[index].push(elapsed.as_secs_f64() * 1e9 / count);
            }
        }
        Self(times)
    }

    /// The median time of a contestant.
    pub fn median(&self, contestant: usize) -> f64 {
        median(self.0[contestant].iter().copied())
    }

    /// The median, over the rounds, of what one contestant took against what the other took in the same round.
    pub fn ratio(&self, contestant: usize, other: usize) -> f64 {
        median(self.0[contestant].iter().zip(&self.0[other]).map(|(a, b)| a / b))
    }

    /// The distance between the quartiles of a contestant's times over their median: how much to trust it.
    pub fn spread(&self, contestant: usize) -> f64 {
        let sorted = sorted(self.0[contestant].iter().copied());
        let quarter = sorted.len() / 4;
        (sorted[sorted.len() - 1 - quarter] - sorted[quarter]) / sorted[sorted.len() / 2]
    }
}

/// How many repeats fill a slice.
fn calibrate(contestant: &mut Contestant<'_>, slice: Duration) -> u64 {
    let mut repeats = 1;
    loop {
        let elapsed = time(contestant, repeats);
        if elapsed * 2 >= slice {
            let fit = repeats as f64 * slice.as_secs_f64() / elapsed.as_secs_f64();
            return (fit as u64).max(1);
        }
        repeats *= 2;
    }
}

fn time(contestant: &mut Contestant<'_>, repeats: u64) -> Duration {
    let start = Instant::now();
    (contestant.run)(black_box(repeats));
    start.elapsed()
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let values = sorted(values);
    values[values.len() / 2]
}
