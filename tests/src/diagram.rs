//! The state diagram, drawn from the table that the library goes by.

use basehttp_proto::{State, TRANSITIONS};

/// The Mermaid block of all states and transitions, without the fences around it.
#[must_use]
pub fn state_diagram() -> String {
    let mut lines = vec![String::from("stateDiagram-v2"), format!("    [*] --> {:?}", State::Idle)];
    // Signals that lead from one state to the same other stand on one line.
    let mut drawn: Vec<(State, State)> = Vec::new();
    for &(from, _, to) in TRANSITIONS {
        if !drawn.contains(&(from, to)) {
            drawn.push((from, to));
            let signals: Vec<String> = TRANSITIONS
                .iter()
                .filter(|(f, _, t)| (*f, *t) == (from, to))
                .map(|(_, signal, _)| format!("{signal:?}"))
                .collect();
            lines.push(format!("    {from:?} --> {to:?}: {}", signals.join(", ")));
        }
    }
    lines.push(format!("    {:?} --> [*]", State::Closed));
    lines.join("\n")
}
