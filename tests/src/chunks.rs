//! A reader of chunked content written from the grammar (RFC 9112 7.1), slow and without a line of the library.

use crate::grammar::{OWS, TCHAR, is_field_value};

/// Whether `line`, without its CR LF, is `chunk-size [ chunk-ext ]`; the size if it is.
///
/// `chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )`
#[must_use]
pub fn size_line(line: &[u8]) -> Option<u64> {
    let digits = line.iter().take_while(|o| o.is_ascii_hexdigit()).count();
    if !(1..=16).contains(&digits) {
        return None;
    }
    let size = u64::from_str_radix(std::str::from_utf8(&line[..digits]).ok()?, 16).ok()?;
    let mut rest = &line[digits..];
    while !rest.is_empty() {
        rest = bws(rest).strip_prefix(b";")?;
        rest = token(bws(rest))?;
        if let Some(value) = bws(rest).strip_prefix(b"=") {
            let value = bws(value);
            rest = if value.starts_with(b"\"") { quoted(value)? } else { token(value)? };
        }
    }
    Some(size)
}

/// `rest` without the white space it starts with.
fn bws(rest: &[u8]) -> &[u8] {
    &rest[rest.iter().take_while(|o| OWS.contains(o)).count()..]
}

/// What follows a token.
fn token(rest: &[u8]) -> Option<&[u8]> {
    let len = rest.iter().take_while(|o| TCHAR.contains(o)).count();
    (len > 0).then(|| &rest[len..])
}

/// What follows a quoted string (RFC 9110 5.6.4).
fn quoted(rest: &[u8]) -> Option<&[u8]> {
    let mut at = 1;
    loop {
        match *rest.get(at)? {
            b'"' => return Some(&rest[at + 1..]),
            b'\\' if is_field_value(*rest.get(at + 1)?) => at += 2,
            b'\\' => return None,
            octet if is_field_value(octet) => at += 1,
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::size_line;

    #[test]
    fn lines_of_the_rfc() {
        for (line, size) in [("5", 5), ("00fF", 255), ("1;a", 1), ("2 ; a = b ;c", 2), ("3;a=\"b\\\"; \"", 3)] {
            assert_eq!(size_line(line.as_bytes()), Some(size), "{line}");
        }
        for line in ["", " 5", "5 ", "5;", "5;;a", "5;a=", "5;=b", "5;a b", "5;a=\"", "g", "0x5", "11111111111111111"] {
            assert_eq!(size_line(line.as_bytes()), None, "{line}");
        }
    }
}
