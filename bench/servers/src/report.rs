//! The tables.

use crate::median::{median, spread};
use crate::scenario::{BATCH, Part, Scenario};
use crate::strace::Calls;
use crate::suite::{Entry, Suite};

/// Something that is counted, and how it is shown.
struct Count {
    name: &'static str,
    part: Part,
    of: fn(&Entry) -> Option<f64>,
    digits: usize,
    /// Whether ours are divided by others in it.
    has_ratio: bool,
}

const COUNTS: [Count; 5] = [
    Count {
        name: "system calls a request",
        part: Part::SystemCalls,
        of: |entry| entry.calls.as_ref().map(Calls::all),
        digits: 2,
        has_ratio: false,
    },
    Count {
        name: "writes a batch of 16",
        part: Part::SystemCalls,
        of: |entry| entry.calls_pipelined.as_ref().map(Calls::writes),
        digits: 2,
        has_ratio: false,
    },
    Count {
        name: "instructions a request",
        part: Part::Instructions,
        of: |entry| entry.instructions,
        digits: 0,
        has_ratio: true,
    },
    Count {
        name: "the same, pipelined",
        part: Part::Instructions,
        of: |entry| entry.instructions_pipelined,
        digits: 0,
        has_ratio: true,
    },
    Count { name: "octets an idle connection", part: Part::Idle, of: |entry| entry.idle, digits: 0, has_ratio: true },
];

pub(crate) fn print(suite: &Suite<'_>) {
    if !suite.scenarios.is_empty() {
        print_load(suite);
    }
    let counts: Vec<Count> = COUNTS.into_iter().filter(|count| suite.arguments.wants_part(count.part)).collect();
    if !counts.is_empty() {
        print_counts(suite, &counts);
    }
    print_ratios(suite, &counts);
    if suite.entries.iter().any(|entry| entry.calls.is_some()) {
        print_calls(suite);
    }
    if !suite.notes.is_empty() {
        println!();
        suite.notes.iter().for_each(|note| println!("* {note}"));
    }
}

fn print_load(suite: &Suite<'_>) {
    println!("\nUnder load: requests a second, µs of processor time a request, and the spread of the latter\n");
    let mut columns: Vec<String> = vec!["server".to_owned()];
    for scenario in &suite.scenarios {
        columns.extend([format!("{scenario}, 1/s"), "µs".to_owned(), "spread".to_owned()]);
    }
    print_header(&columns);
    for entry in &suite.entries {
        print!("| {} |", entry.contestant.name);
        for at in 0..suite.scenarios.len() {
            let of_processor = || entry.turns(at).map(|turn| turn.processor);
            cell(median(entry.turns(at).map(|turn| turn.rate)), |rate| format!("{rate:.0}"));
            cell(median(of_processor()), |time| format!("{time:.2}"));
            cell(spread(of_processor()), |spread| format!("{:.0} %", spread * 100.0));
        }
        println!();
    }
}

fn print_counts(suite: &Suite<'_>, counts: &[Count]) {
    println!("\nCounted\n");
    let mut columns = vec!["server".to_owned()];
    columns.extend(counts.iter().map(|count| count.name.to_owned()));
    print_header(&columns);
    for entry in &suite.entries {
        print!("| {} |", entry.contestant.name);
        counts.iter().for_each(|count| cell((count.of)(entry), |figure| format!("{figure:.*}", count.digits)));
        println!();
    }
}

fn print_ratios(suite: &Suite<'_>, counts: &[Count]) {
    let ours = suite.entries.iter().flat_map(|entry| entry.contestant.over.iter().map(move |over| (entry, *over)));
    let pairs: Vec<(&Entry, &Entry)> = ours.filter_map(|(entry, over)| Some((entry, suite.entry(over)?))).collect();
    if pairs.is_empty() {
        return;
    }
    let counts: Vec<&Count> = counts.iter().filter(|count| count.has_ratio).collect();
    println!("\nOurs over the others: processor time a request, by scenario, and what is counted\n");
    let mut columns: Vec<String> = vec!["ratio".to_owned()];
    columns.extend(suite.scenarios.iter().map(Scenario::to_string));
    columns.extend(counts.iter().map(|count| count.name.to_owned()));
    print_header(&columns);
    for (ours, other) in pairs {
        print!("| {} / {} |", ours.contestant.name, other.contestant.name);
        for at in 0..suite.scenarios.len() {
            cell(ours.ratio(other, at), |ratio| format!("{ratio:.2}"));
        }
        for count in &counts {
            let ratio = (count.of)(ours).zip((count.of)(other)).map(|(ours, other)| ours / other);
            cell(ratio.filter(|ratio| ratio.is_finite()), |ratio| format!("{ratio:.2}"));
        }
        println!();
    }
}

fn print_calls(suite: &Suite<'_>) {
    println!("\nSystem calls, for a request of keep-alive and for a batch of {BATCH}\n");
    print_header(&["server".to_owned(), "keep-alive".to_owned(), "a batch".to_owned()]);
    for entry in &suite.entries {
        print!("| {} |", entry.contestant.name);
        for calls in [&entry.calls, &entry.calls_pipelined] {
            cell(calls.as_ref(), |calls| calls.frequent());
        }
        println!();
    }
}

fn print_header(columns: &[String]) {
    println!("| {} |\n|---|{}", columns.join(" | "), "---:|".repeat(columns.len() - 1));
}

/// A figure, or that there is none.
fn cell<T>(value: Option<T>, show: impl FnOnce(T) -> String) {
    print!(" {} |", value.map_or_else(|| "-".to_owned(), show));
}
