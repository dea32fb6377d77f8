//! The tables.

use crate::median::{median, spread};
use crate::scenario::{BATCH, Scenario};
use crate::suite::{Entry, Suite};

pub(crate) fn print(suite: &Suite<'_>) {
    print_figures(suite);
    print_ratios(suite);
    print_calls(suite);
    if !suite.notes.is_empty() {
        println!();
        suite.notes.iter().for_each(|note| println!("* {note}"));
    }
}

fn print_figures(suite: &Suite<'_>) {
    println!(
        "\nRequests a second and µs of processor time a request, with the spread of the latter; the rest is counted.\n"
    );
    let mut columns: Vec<String> = vec!["server".to_owned()];
    for scenario in &suite.scenarios {
        columns.extend([format!("{scenario}, 1/s"), "µs".to_owned(), "spread".to_owned()]);
    }
    columns.extend(
        [
            "system calls a request",
            "writes a batch of 16",
            "instructions a request",
            "the same, pipelined",
            "octets an idle connection",
        ]
        .map(str::to_owned),
    );
    print_header(&columns);
    for entry in &suite.entries {
        print!("| {} |", entry.contestant.name);
        for at in 0..suite.scenarios.len() {
            let of_processor = || entry.turns(at).map(|turn| turn.processor);
            cell(median(entry.turns(at).map(|turn| turn.rate)), |rate| format!("{rate:.0}"));
            cell(median(of_processor()), |time| format!("{time:.2}"));
            cell(spread(of_processor()), |spread| format!("{:.0} %", spread * 100.0));
        }
        cell(entry.calls.as_ref(), |calls| format!("{:.2}", calls.all()));
        cell(entry.calls_pipelined.as_ref(), |calls| format!("{:.2}", calls.writes()));
        cell(entry.instructions, |count| format!("{count:.0}"));
        cell(entry.instructions_pipelined, |count| format!("{count:.0}"));
        cell(entry.idle, |octets| format!("{octets:.0}"));
        println!();
    }
}

fn print_ratios(suite: &Suite<'_>) {
    let ours = suite.entries.iter().flat_map(|entry| entry.contestant.over.iter().map(move |over| (entry, *over)));
    let pairs: Vec<(&Entry, &Entry)> = ours.filter_map(|(entry, over)| Some((entry, suite.entry(over)?))).collect();
    if pairs.is_empty() {
        return;
    }
    println!("\nOurs over the others: processor time a request, and what is counted.\n");
    let mut columns: Vec<String> = vec!["ratio".to_owned()];
    columns.extend(suite.scenarios.iter().map(Scenario::to_string));
    columns.extend(["instructions", "the same, pipelined", "idle connection"].map(str::to_owned));
    print_header(&columns);
    for (ours, other) in pairs {
        print!("| {} / {} |", ours.contestant.name, other.contestant.name);
        for at in 0..suite.scenarios.len() {
            cell(ours.ratio(other, at), |ratio| format!("{ratio:.2}"));
        }
        let figures: [fn(&Entry) -> Option<f64>; 3] =
            [|entry| entry.instructions, |entry| entry.instructions_pipelined, |entry| entry.idle];
        for figure in figures {
            let ratio = figure(ours).zip(figure(other)).map(|(ours, other)| ours / other);
            cell(ratio.filter(|ratio| ratio.is_finite()), |ratio| format!("{ratio:.2}"));
        }
        println!();
    }
}

fn print_calls(suite: &Suite<'_>) {
    if suite.entries.iter().all(|entry| entry.calls.is_none()) {
        return;
    }
    println!("\nSystem calls, for a request of keep-alive and for a batch of {BATCH}.\n");
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
