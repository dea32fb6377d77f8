//! thhp, with a vector of fields that is kept.

use std::hint::black_box;

use thhp::{HeaderField, Request, Response};

use super::{FIELDS, Found, HeadParser, digits};
use crate::corpora::Role;

pub(super) struct Thhp<'a>(Vec<HeaderField<'a>>);

impl Thhp<'_> {
    pub(super) fn new() -> Self {
        Self(Vec::with_capacity(FIELDS))
    }
}

impl<'a> HeadParser<'a> for Thhp<'a> {
    const NAME: &'static str = "thhp";

    #[inline]
    fn request(&mut self, input: &'a [u8]) -> usize {
        self.0.clear();
        let (head, len) = Request::parse(input, &mut self.0).expect("a valid head").unwrap();
        black_box(&head);
        len
    }

    #[inline]
    fn response(&mut self, input: &'a [u8]) -> usize {
        self.0.clear();
        let (head, len) = Response::parse(input, &mut self.0).expect("a valid head").unwrap();
        black_box(&head);
        len
    }

    fn found(&mut self, input: &'a [u8], role: Role) -> Found<'a> {
        self.0.clear();
        let (start, len) = match role {
            Role::Request => {
                let (head, len) = Request::parse(input, &mut self.0).expect("a valid head").unwrap();
                (head.target.as_bytes(), len)
            }
            Role::Response => {
                let (head, len) = Response::parse(input, &mut self.0).expect("a valid head").unwrap();
                (digits(input, head.status), len)
            }
        };
        let fields = self.0.iter().map(|field| (field.name.as_bytes(), field.value.as_bytes())).collect();
        Found { len, start, fields }
    }
}
