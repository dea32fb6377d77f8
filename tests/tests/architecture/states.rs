//! The state table and the diagram drawn from it.

use std::collections::HashSet;

use basehttp_proto::{Signal, State, TRANSITIONS};
use basehttp_tests::diagram::state_diagram;

use super::read;

#[test]
fn the_diagram_in_the_architecture_is_the_table() {
    let text = read("ARCHITECTURE.md");
    let drawn = text
        .split("```mermaid\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .find(|block| block.starts_with("stateDiagram-v2"))
        .unwrap_or("");
    let expected = state_diagram();
    assert_eq!(drawn, expected, "ARCHITECTURE.md has to show:\n\n```mermaid\n{expected}\n```\n");
}

/// The states that can be reached from `from`.
fn reachable(from: State) -> HashSet<State> {
    let mut found = HashSet::from([from]);
    while let Some((_, _, to)) = TRANSITIONS.iter().find(|(a, _, b)| found.contains(a) && !found.contains(b)) {
        found.insert(*to);
    }
    found
}

#[test]
fn every_state_can_be_reached_and_can_end() {
    let from_idle = reachable(State::Idle);
    for state in State::ALL {
        assert!(from_idle.contains(state), "{state:?} cannot be reached");
        assert!(reachable(*state).contains(&State::Closed), "{state:?} does not lead to Closed");
    }
}

#[test]
fn every_transition_stands_once_and_every_signal_means_something() {
    let mut pairs = HashSet::new();
    for (from, signal, to) in TRANSITIONS {
        assert!(pairs.insert((from, signal)), "{from:?} on {signal:?} stands twice");
        assert_eq!(from.after(*signal), Some(*to));
    }
    for from in State::ALL {
        for signal in Signal::ALL {
            assert_eq!(from.after(*signal).is_some(), pairs.contains(&(from, signal)), "{from:?} on {signal:?}");
        }
    }
    for signal in Signal::ALL {
        assert!(TRANSITIONS.iter().any(|(_, on, _)| on == signal), "{signal:?} is never legal");
    }
}

#[test]
fn the_end_is_the_end_and_giving_up_is_always_possible() {
    assert!(!TRANSITIONS.iter().any(|(from, _, _)| *from == State::Closed));
    for state in State::ALL.iter().filter(|state| **state != State::Closed) {
        assert_eq!(state.after(Signal::Abort), Some(State::Closed), "{state:?} cannot be given up");
    }
}

/// A head is read only where both messages before it are complete (T21).
#[test]
fn t21_no_head_is_read_while_content_is_pending() {
    for (from, signal, _) in TRANSITIONS {
        assert!(*signal != Signal::RequestHead || *from == State::Idle, "{from:?} takes a head");
    }
    let into_idle: Vec<_> = TRANSITIONS.iter().filter(|(_, _, to)| *to == State::Idle).collect();
    assert_eq!(into_idle, [&(State::Complete, Signal::Persist, State::Idle)]);
    for (from, signal, to) in TRANSITIONS {
        if *to == State::Complete {
            assert!(matches!(signal, Signal::RequestEnd | Signal::ResponseEnd), "{from:?} on {signal:?}");
        }
    }
}
