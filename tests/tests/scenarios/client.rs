//! The client: it follows the steps of a scenario, over whatever it is connected by and on whatever clock.

use std::io;
use std::time::Duration;

use basehttp_tests::escape::escape;

use super::document::{End, Reading, Scenario, Step, UNIT};

/// The client's end of a connection.
pub(crate) trait Line {
    /// The time since the connection began, on the clock of the script.
    fn now(&self) -> Duration;
    /// Sends octets; how many were taken, none when there is no room now.
    fn send(&mut self, octets: &[u8]) -> io::Result<usize>;
    /// Receives at most so many octets.
    fn receive(&mut self, most: usize) -> Received;
    /// Ends the sending side.
    fn eof(&mut self);
    /// Ends the connection, so that the server sees it fail.
    fn reset(&mut self);
}

/// What has come.
pub(crate) enum Received {
    Nothing,
    Octets(Vec<u8>),
    Closed,
    Reset,
}

/// Octets received at once.
const AT_ONCE: usize = 64 << 10;

pub(crate) struct Client<'s> {
    steps: &'s [Step],
    /// Whether the clock is exact.
    is_exact: bool,
    /// When the step at hand began, and how much of it was sent.
    since: Duration,
    sent: usize,
    received: Vec<u8>,
    /// How much of that was expected so far.
    checked: usize,
    reading: Reading,
    /// Whether it was by a reset, and when.
    end: Option<(bool, Duration)>,
    failure: Option<String>,
    /// When it was last tried whether the server takes octets.
    probed: Duration,
}

/// How often that is tried.
const PROBE: Duration = Duration::from_millis(500);

impl<'s> Client<'s> {
    pub(crate) fn new(scenario: &'s Scenario, is_exact: bool) -> Self {
        Self {
            steps: &scenario.steps,
            is_exact,
            since: Duration::ZERO,
            sent: 0,
            received: Vec::new(),
            checked: 0,
            reading: Reading::All,
            end: None,
            failure: None,
            probed: Duration::ZERO,
        }
    }

    /// Whether it has nothing more to do.
    pub(crate) fn is_done(&self) -> bool {
        self.steps.is_empty() || self.failure.is_some()
    }

    /// How many steps there are still to be done.
    pub(crate) fn steps_left(&self) -> usize {
        self.steps.len()
    }

    /// Everything that came, or what was wrong with it.
    pub(crate) fn result(self) -> Result<Vec<u8>, String> {
        self.failure.map_or(Ok(self.received), Err)
    }

    /// Gives up, for a reason.
    pub(crate) fn fail(&mut self, why: impl AsRef<str>) {
        let paste = lines(self.unchecked());
        let step = match self.steps.first() {
            Some(Step::Expect(octets)) => format!("--- expected\n{}", lines(octets)),
            Some(Step::Send(octets) | Step::Try(octets)) => format!("--- while this was sent\n{}", lines(octets)),
            Some(step) => format!("--- expected\n{}\n", short(&format!("{step:?}"))),
            None => String::new(),
        };
        let end = self.end.map_or("", |(is_reset, _)| if is_reset { "= reset" } else { "= closed" });
        let why = format!("{}\n{step}--- what came\n{paste}{end}", why.as_ref());
        self.failure.get_or_insert(why);
    }

    /// When it goes on by itself, if it waits for time to pass.
    pub(crate) fn wakes(&self) -> Option<Duration> {
        let units = match self.steps.first()? {
            Step::Wait(units) | Step::Silent(units) => *units,
            Step::End(End::Open) => 1,
            Step::End(End::Dead(_)) if self.end.is_some() => return Some(self.probed + PROBE),
            _ => return None,
        };
        Some(self.since + UNIT * units)
    }

    /// Does what can be done now.
    pub(crate) fn advance(&mut self, line: &mut dyn Line) {
        while !self.is_done() && (self.receive(line) | self.step(line)) {}
    }

    fn unchecked(&self) -> &[u8] {
        &self.received[self.checked..]
    }

    fn receive(&mut self, line: &mut dyn Line) -> bool {
        let most = match self.reading {
            Reading::All => AT_ONCE,
            Reading::More(octets) => octets.min(AT_ONCE),
        };
        if self.end.is_some() || most == 0 {
            return false;
        }
        match line.receive(most) {
            Received::Nothing => return false,
            Received::Octets(octets) => {
                if let Reading::More(left) = &mut self.reading {
                    *left -= octets.len();
                }
                self.received.extend(octets);
            }
            Received::Closed => self.end = Some((false, line.now())),
            Received::Reset => self.end = Some((true, line.now())),
        }
        true
    }

    /// Does what it can of the step at hand; whether that was anything.
    fn step(&mut self, line: &mut dyn Line) -> bool {
        let Some(step) = self.steps.first() else { return false };
        let now = line.now();
        let is_done = match step {
            Step::Send(octets) | Step::Try(octets) => match line.send(&octets[self.sent..]) {
                Ok(0) => return false,
                Ok(sent) if self.sent + sent < octets.len() => {
                    self.sent += sent;
                    return true;
                }
                Ok(_) => true,
                Err(_) if matches!(step, Step::Try(_)) => true,
                Err(error) => {
                    self.fail(format!("cannot send: {error}"));
                    false
                }
            },
            Step::Expect(octets) => self.expect(octets),
            Step::Wait(_) => self.wakes() <= Some(now),
            Step::Silent(_) | Step::End(End::Open) => {
                if !self.unchecked().is_empty() || self.end.is_some() {
                    self.fail("not silent");
                }
                self.wakes() <= Some(now)
            }
            Step::Read(reading) => {
                self.reading = *reading;
                true
            }
            Step::Eof => {
                line.eof();
                true
            }
            Step::End(End::Gone) => {
                if !self.unchecked().is_empty() {
                    self.fail("something came before the client went");
                }
                line.reset();
                true
            }
            Step::End(End::Dead(at)) if self.end.is_some_and(|(is_reset, _)| !is_reset) => {
                if now < self.probed + PROBE {
                    return false;
                }
                self.probed = now;
                if line.send(b"x").is_ok() {
                    return true;
                }
                let is_late = self.is_exact && now > UNIT * *at + PROBE;
                if now < UNIT * *at || is_late || !self.unchecked().is_empty() {
                    self.fail(format!("dead at {now:?}"));
                }
                true
            }
            Step::End(end) => self.ends(end),
        };
        if is_done && self.failure.is_none() {
            self.steps = &self.steps[1..];
            (self.since, self.sent) = (now, 0);
        }
        is_done
    }

    fn expect(&mut self, octets: &[u8]) -> bool {
        let has = self.unchecked();
        let common = has.len().min(octets.len());
        if has[..common] != octets[..common] {
            self.fail("not what was expected");
        } else if common == octets.len() {
            self.checked += common;
            return true;
        } else if self.end.is_some() {
            self.fail("ended before");
        }
        false
    }

    fn ends(&mut self, end: &End) -> bool {
        let Some((is_reset, time)) = self.end else {
            let is_cut = matches!(end, End::Cut(..));
            if !is_cut && !self.unchecked().is_empty() {
                self.fail("more than was expected");
            }
            return false;
        };
        let (wants_reset, at) = match end {
            End::Closed(at) => (false, at),
            End::Dead(_) => (false, &None),
            End::Reset(at) | End::Cut(at, _) => (true, at),
            End::Open | End::Gone => unreachable!("a step of its own"),
        };
        let is_as_expected = match end {
            End::Cut(_, octets) => octets.starts_with(self.unchecked()) && octets.len() > self.unchecked().len(),
            _ => self.unchecked().is_empty(),
        };
        if !is_as_expected {
            self.fail("more than was expected");
        } else if is_reset != wants_reset {
            self.fail(if is_reset { "a reset" } else { "an orderly end" });
        }
        let is_in_time = match (at, self.is_exact) {
            // At once, and not when some deadline has passed that nobody spoke of.
            (None, true) => time <= self.since,
            (None, false) => true,
            (Some(at), true) => time == UNIT * *at,
            // What came before may have taken its time, so that a real clock says no sooner, and not how late.
            (Some(at), false) => time >= (UNIT * *at).mul_f32(0.98),
        };
        if !is_in_time {
            self.fail(format!("ended at {time:?}"));
        }
        true
    }
}

/// Octets as the lines of a scenario that expect them.
fn lines(octets: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = octets;
    while let Some(at) = rest.windows(2).position(|end| end == b"\r\n") {
        text += &format!("< {}\n", escape(&rest[..at]));
        rest = &rest[at + 2..];
    }
    if !rest.is_empty() {
        text += &format!("<< {}\n", escape(rest));
    }
    short(&text)
}

/// The start of a text that may be long.
fn short(text: &str) -> String {
    text.char_indices().nth(4000).map_or_else(|| text.to_owned(), |(at, _)| format!("{}...", &text[..at]))
}
