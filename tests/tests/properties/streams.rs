//! Properties of whole streams (the numbers are those of the test plan: P1, P2, P5 to P8).

use basehttp_proto::State;
use basehttp_tests::observation::{Observation, Seen};
use basehttp_tests::script::{Content, Reply, Script, When};
use basehttp_tests::split;
use proptest::collection::vec;
use proptest::prelude::*;

use super::config;
use super::strategies::{Request, requests, stream};

fn script() -> impl Strategy<Value = Script> {
    let when = prop_oneof![3 => Just(When::End), 1 => Just(When::Request), 1 => Just(When::Both)];
    let content = prop_oneof![
        3 => Just(Content::Target),
        1 => Just(Content::Whole(vec![b'x'; 5000])),
        1 => Just(Content::Pieces(vec![b"a".to_vec(), Vec::new(), vec![b'b'; 4096]])),
    ];
    let status = prop_oneof![4 => Just(200u16), 1 => Just(404), 1 => Just(304)];
    (when, content, status, any::<bool>(), any::<bool>()).prop_map(|(when, content, status, eof, proceeds)| Script {
        when,
        reply: Reply::new(status, content),
        eof,
        proceeds,
        ..Script::default()
    })
}

/// `input` in pieces whose lengths are taken from `lengths`, again and again.
fn pieces<'a>(input: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut rest = input;
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at((*length).clamp(1, rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// What was told before the peer was told to stop, and what was sent.
fn told(seen: &Observation) -> (Vec<Seen>, &[u8]) {
    let events = seen.events.iter().filter(|seen| !matches!(seen, Seen::Shutdown | Seen::Closed)).cloned().collect();
    (events, &seen.output)
}

proptest! {
    #![proptest_config(config())]

    /// P1, law 2: no division of the input changes what is seen.
    #[test]
    fn splitting_never_matters(input in stream(), script in script(), lengths in vec(1usize..40, 1..6)) {
        let whole = split::run(&script, [&input[..]]);
        prop_assert_eq!(&split::run(&script, input.chunks(1)), &whole, "octet by octet");
        prop_assert_eq!(&split::run(&script, pieces(&input, &lengths)), &whole, "in pieces of {:?}", lengths);
    }

    /// P2: what was seen of the beginning of a stream stays seen when more of it comes.
    #[test]
    fn more_input_changes_nothing_that_was_seen(input in stream(), more in stream()) {
        let script = Script::default();
        let first = split::run(&script, [&input[..]]);
        let both = split::run(&script, [&[&input[..], &more[..]].concat()[..]]);
        let ((first_events, first_output), (events, output)) = (told(&first), told(&both));
        prop_assert!(output.starts_with(first_output));
        // Content that goes on is one event in the longer stream.
        let known = first_events.len().saturating_sub(1);
        prop_assert_eq!(&events[..known], &first_events[..known]);
        match (first_events.last(), events.get(known)) {
            (None, _) => {}
            (Some(Seen::Body(short)), Some(Seen::Body(long))) => prop_assert!(long.starts_with(short)),
            (last, same) => prop_assert_eq!(last, same),
        }
    }

    /// P5, T24: an error is the last thing that is told, and one answer with `close` is the last that is sent.
    #[test]
    fn an_error_is_the_end(input in stream(), more in stream()) {
        let script = Script::default();
        let seen = split::run(&script, [&input[..]]);
        if seen.error().is_some() {
            let (events, _) = told(&seen);
            prop_assert!(matches!(events.last(), Some(Seen::Error(_))));
            prop_assert_eq!(events.iter().filter(|seen| matches!(seen, Seen::Error(_))).count(), 1);
            prop_assert_eq!(seen.state, State::Lingering);
            let longer = [&input[..], &more[..]].concat();
            prop_assert_eq!(&split::run(&script, [&longer[..]]), &seen, "whole");
            prop_assert_eq!(&split::run(&script, [&input[..], &more[..]]), &seen, "in a later read");
        }
    }

    /// P6 and P7: each request is answered once and in order, and all of it comes as it was sent.
    #[test]
    fn valid_requests_come_whole_and_are_answered_in_order(
        requests in requests(5),
        lengths in vec(1usize..3000, 1..6),
        eof in any::<bool>(),
    ) {
        let input: Vec<u8> = requests.iter().flat_map(Request::octets).collect();
        let seen = split::run(&Script { eof, ..Script::default() }, pieces(&input, &lengths));
        prop_assert_eq!(seen.error(), None);
        prop_assert_eq!(seen.ends(), requests.len());
        let content: Vec<u8> = requests.iter().flat_map(Request::content).collect();
        prop_assert_eq!(seen.content(), content);
        for (found, sent) in seen.requests().zip(&requests) {
            prop_assert_eq!((&*found.method, &found.target), (sent.method, &sent.target));
            let fields = &found.fields[1..=sent.fields.len()];
            prop_assert!(same(fields, &sent.fields), "{:?}", fields);
            prop_assert!(sent.octets().starts_with(&found.octets));
        }
        let trailers: Vec<(String, String)> = requests.iter().flat_map(|sent| sent.trailers().to_vec()).collect();
        prop_assert!(same(&seen.trailers(), &trailers));
        let answers = seen.answers().map_err(TestCaseError::fail)?;
        prop_assert_eq!(answers.len(), requests.len());
        for (answer, sent) in answers.iter().zip(&requests) {
            let expected: &[u8] = if sent.method == "HEAD" { b"" } else { sent.target.as_bytes() };
            prop_assert_eq!(answer.content.as_slice(), expected);
        }
        prop_assert_eq!(seen.state, if eof { State::Closed } else { State::Idle });
    }

    /// P8: the connection goes on by version and options alone (RFC 9112 9.3).
    #[test]
    fn persistence_is_the_truth_table(
        minor in 0..=9u8,
        lines in vec(vec(prop::sample::select(vec!["close", "keep-alive", "Close", "KEEP-ALIVE", "te", "closed", "", "upgrade"]), 0..4), 0..3),
    ) {
        let options: Vec<String> = lines.concat().iter().map(|option| option.to_ascii_lowercase()).collect();
        let has = |option: &str| options.iter().any(|o| o == option);
        let fields: String = lines.iter().map(|line| format!("Connection: {}\r\n", line.join(" , "))).collect();
        let input = format!("GET / HTTP/1.{minor}\r\nHost: a\r\n{fields}\r\n");
        let seen = split::run(&Script::default(), [input.as_bytes()]);
        let persists = !has("close") && (minor > 0 || has("keep-alive"));
        prop_assert_eq!(seen.state, if persists { State::Idle } else { State::Closed });
        let answers = seen.answers().map_err(TestCaseError::fail)?;
        prop_assert_eq!(answers[0].says("close"), !persists);
        prop_assert_eq!(answers[0].says("keep-alive"), persists && minor == 0);
    }
}

fn same(found: &[(Vec<u8>, Vec<u8>)], sent: &[(String, String)]) -> bool {
    found.len() == sent.len()
        && found.iter().zip(sent).all(|((n1, v1), (n2, v2))| n1 == n2.as_bytes() && v1 == v2.as_bytes())
}
