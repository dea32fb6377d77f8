//! Comma-separated lists in field values (RFC 9110 5.6.1).

use super::octet::trim_ows;

/// The elements of a list, without the white space around them; empty elements are passed over, as RFC 9110 5.6.1.2
/// asks of a recipient. Commas inside quoted strings do not separate.
#[derive(Clone, Debug)]
pub struct ListElements<'a> {
    rest: &'a [u8],
}

impl<'a> ListElements<'a> {
    /// The elements of the list `value`.
    pub fn new(value: &'a [u8]) -> Self {
        Self { rest: value }
    }
}

impl<'a> Iterator for ListElements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let end = element_end(self.rest);
            let element = trim_ows(self.rest.get(..end).unwrap_or_default());
            self.rest = self.rest.get(end.saturating_add(1)..).unwrap_or_default();
            if !element.is_empty() {
                return Some(element);
            }
        }
        None
    }
}

/// Index of the comma that ends the first element, or the length.
fn element_end(list: &[u8]) -> usize {
    let mut quoted = false;
    let mut escaped = false;
    for (i, &o) in list.iter().enumerate() {
        match o {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => return i,
            _ => {}
        }
    }
    list.len()
}
