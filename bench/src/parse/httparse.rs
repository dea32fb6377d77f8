//! httparse, with the fields on the stack and not initialised: its fastest way.

use std::hint::black_box;
use std::mem::MaybeUninit;

use httparse::{Request, Response};

use super::{FIELDS, Found, HeadParser, digits};
use crate::corpora::Role;

pub(super) struct Httparse;

impl<'a> HeadParser<'a> for Httparse {
    const NAME: &'static str = "httparse";

    #[inline]
    fn request(&mut self, input: &'a [u8]) -> usize {
        let mut fields = [const { MaybeUninit::uninit() }; FIELDS];
        let mut head = Request::new(&mut []);
        let len = head.parse_with_uninit_headers(input, &mut fields).expect("a valid head").unwrap();
        black_box(&head);
        len
    }

    #[inline]
    fn response(&mut self, input: &'a [u8]) -> usize {
        let mut fields = [const { MaybeUninit::uninit() }; FIELDS];
        let mut head = Response::new(&mut []);
        let config = httparse::ParserConfig::default();
        let len = config.parse_response_with_uninit_headers(&mut head, input, &mut fields);
        black_box(&head);
        len.expect("a valid head").unwrap()
    }

    fn found(&mut self, input: &'a [u8], role: Role) -> Found<'a> {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS];
        let (len, start, fields) = match role {
            Role::Request => {
                let mut head = Request::new(&mut fields);
                let len = head.parse(input).expect("a valid head").unwrap();
                (len, head.path.expect("a complete head").as_bytes(), head.headers)
            }
            Role::Response => {
                let mut head = Response::new(&mut fields);
                let len = head.parse(input).expect("a valid head").unwrap();
                (len, digits(input, head.code.expect("a complete head")), head.headers)
            }
        };
        Found { len, start, fields: fields.iter().map(|field| (field.name.as_bytes(), field.value)).collect() }
    }
}
