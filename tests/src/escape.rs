//! Octets as text that a person can read and a diff can show, and back.
//!
//! | text        | octets                                                          |
//! |-------------|-----------------------------------------------------------------|
//! | `\r \n \t`  | CR, LF, HTAB                                                    |
//! | `\\`        | a backslash                                                     |
//! | `\xHH`      | the octet HH                                                    |
//! | `\(t*n)`    | `t` n times; `t` holds escapes, but neither `)` nor another run |
//! | `\!`        | nothing: a mark, the place of a fault                           |
//!
//! Everything else stands for itself.

use std::fmt::Write as _;

/// From this length on, a run of one octet is written as a repetition.
const RUN: usize = 24;

/// Octets as text. White space at the ends is escaped, so that no editor loses it.
pub fn escape(octets: &[u8]) -> String {
    let mut text = String::new();
    let mut at = 0;
    while let Some(&octet) = octets.get(at) {
        let run = octets[at..].iter().take_while(|&&o| o == octet).count();
        let edge = at == 0 || at + 1 == octets.len();
        let one = match octet {
            b'\r' => String::from("\\r"),
            b'\n' => String::from("\\n"),
            b'\t' => String::from("\\t"),
            b'\\' => String::from("\\\\"),
            b' ' if edge || run >= RUN => String::from("\\x20"),
            b')' | b'*' if run >= RUN => format!("\\x{octet:02x}"),
            0x20..=0x7e => char::from(octet).to_string(),
            _ => format!("\\x{octet:02x}"),
        };
        if run >= RUN {
            write!(text, "\\({one}*{run})").expect("a String takes everything");
            at += run;
        } else {
            text.push_str(&one);
            at += 1;
        }
    }
    text
}

/// The octets that a text stands for, and the places of its marks.
///
/// # Errors
///
/// What is wrong with the text.
pub fn unescape(text: &str) -> Result<(Vec<u8>, Vec<usize>), String> {
    let (mut octets, mut marks) = (Vec::new(), Vec::new());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        octets.extend_from_slice(&rest.as_bytes()[..at]);
        let escaped = &rest[at + 1..];
        let mut length = 1;
        match escaped.bytes().next() {
            Some(b'r') => octets.push(b'\r'),
            Some(b'n') => octets.push(b'\n'),
            Some(b't') => octets.push(b'\t'),
            Some(b'\\') => octets.push(b'\\'),
            Some(b'!') => marks.push(octets.len()),
            Some(b'x') => {
                let digits = escaped.get(1..3).ok_or("\\x needs two digits")?;
                octets.push(u8::from_str_radix(digits, 16).map_err(|e| format!("\\x{digits}: {e}"))?);
                length = 3;
            }
            Some(b'(') => {
                let end = escaped.find(')').ok_or("\\( without )")?;
                let (part, count) = escaped[1..end].rsplit_once('*').ok_or("\\( without *")?;
                let count: usize = count.trim().parse().map_err(|e| format!("\\(...*{count}): {e}"))?;
                octets.extend(unescape(part)?.0.repeat(count));
                length = end + 1;
            }
            other => return Err(format!("unknown escape \\{:?}", other.map(char::from))),
        }
        rest = &escaped[length..];
    }
    octets.extend_from_slice(rest.as_bytes());
    Ok((octets, marks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_comes_back() {
        for octet in 0..=u8::MAX {
            for octets in [vec![octet], vec![octet; 100], vec![b'a', octet, b'b'], vec![octet, b' ', octet]] {
                let text = escape(&octets);
                assert!(text.bytes().all(|o| o.is_ascii_graphic() || o == b' '), "{text:?}");
                assert_eq!(text.trim(), text);
                assert_eq!(unescape(&text), Ok((octets, Vec::new())), "{text}");
            }
        }
    }

    #[test]
    fn marks_are_places() {
        assert_eq!(unescape("ab\\!\\r\\(xy*3)\\!"), Ok((b"ab\rxyxyxy".to_vec(), vec![2, 9])));
        for wrong in ["\\", "\\q", "\\x1", "\\xzz", "\\(a*", "\\(a)", "\\(a*b)"] {
            assert!(unescape(wrong).is_err(), "{wrong}");
        }
    }
}
