//! picohttpparser, in the version and with the instructions that its crate builds: SSE 4.2.

#![expect(unsafe_code, reason = "the parser is written in C, and this program is not shipped")]

use std::ffi::{c_char, c_int};
use std::hint::black_box;
use std::{ptr, slice};

use picohttpparser_sys::{phr_header, phr_parse_request, phr_parse_response};

use super::{FIELDS, Found, HeadParser, digits};
use crate::corpora::Role;

/// The results, where C writes them.
pub(super) struct Pico {
    method: (*const c_char, usize),
    /// The target, or the reason phrase.
    text: (*const c_char, usize),
    minor: c_int,
    status: c_int,
    fields: [phr_header; FIELDS],
    count: usize,
}

impl Pico {
    pub(super) fn new() -> Self {
        Self {
            method: (ptr::null(), 0),
            text: (ptr::null(), 0),
            minor: 0,
            status: 0,
            fields: [phr_header::default(); FIELDS],
            count: 0,
        }
    }

    #[inline]
    fn parse_request(&mut self, input: &[u8]) -> usize {
        self.count = FIELDS;
        // SAFETY: the input has the length given, and every pointer is to a place of the type that is written.
        let len = unsafe {
            phr_parse_request(
                input.as_ptr().cast(),
                input.len(),
                &mut self.method.0,
                &mut self.method.1,
                &mut self.text.0,
                &mut self.text.1,
                &mut self.minor,
                self.fields.as_mut_ptr(),
                &mut self.count,
                0,
            )
        };
        usize::try_from(len).expect("a valid head")
    }

    #[inline]
    fn parse_response(&mut self, input: &[u8]) -> usize {
        self.count = FIELDS;
        // SAFETY: as above.
        let len = unsafe {
            phr_parse_response(
                input.as_ptr().cast(),
                input.len(),
                &mut self.minor,
                &mut self.status,
                &mut self.text.0,
                &mut self.text.1,
                self.fields.as_mut_ptr(),
                &mut self.count,
                0,
            )
        };
        usize::try_from(len).expect("a valid head")
    }
}

impl<'a> HeadParser<'a> for Pico {
    const NAME: &'static str = "picohttpparser";

    #[inline]
    fn request(&mut self, input: &'a [u8]) -> usize {
        let len = self.parse_request(input);
        black_box(self);
        len
    }

    #[inline]
    fn response(&mut self, input: &'a [u8]) -> usize {
        let len = self.parse_response(input);
        black_box(self);
        len
    }

    fn found(&mut self, input: &'a [u8], role: Role) -> Found<'a> {
        // SAFETY: the parser was given this input and points into it.
        let text = |text: *const c_char, len| unsafe { slice::from_raw_parts(text.cast(), len) };
        let (len, start) = match role {
            Role::Request => (self.parse_request(input), text(self.text.0, self.text.1)),
            Role::Response => {
                (self.parse_response(input), digits(input, u16::try_from(self.status).expect("a status")))
            }
        };
        let fields = self.fields[..self.count].iter();
        let fields = fields.map(|field| (text(field.name, field.name_len), text(field.value, field.value_len)));
        Found { len, start, fields: fields.collect() }
    }
}
