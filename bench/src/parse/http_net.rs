//! http-net's stateless parsers. They also work out framing, Host and Expect, as a connection does.

use std::hint::black_box;

use http_net::{Asked, FieldSpan, Limits, Parsed, parse_request_head, parse_response_head};

use super::{FIELDS, Found, HeadParser};
use crate::corpora::Role;

const ASKED: Asked = Asked { head: false, connect: false };

pub(super) struct HttpNet {
    limits: Limits,
    fields: [FieldSpan; FIELDS],
}

impl HttpNet {
    pub(super) fn new() -> Self {
        Self { limits: Limits::new(), fields: [FieldSpan::default(); FIELDS] }
    }
}

impl<'a> HeadParser<'a> for HttpNet {
    const NAME: &'static str = "http-net";

    #[inline]
    fn request(&mut self, input: &'a [u8]) -> usize {
        match black_box(&parse_request_head(input, &self.limits, &mut self.fields)) {
            Ok(Parsed::Complete { len, .. }) => *len,
            other => panic!("a head was expected, not {other:?}"),
        }
    }

    #[inline]
    fn response(&mut self, input: &'a [u8]) -> usize {
        match black_box(&parse_response_head(input, &self.limits, ASKED, &mut self.fields)) {
            Ok(Parsed::Complete { len, .. }) => *len,
            other => panic!("a head was expected, not {other:?}"),
        }
    }

    fn found(&mut self, input: &'a [u8], role: Role) -> Found<'a> {
        let (len, start, fields) = match role {
            Role::Request => match parse_request_head(input, &self.limits, &mut self.fields) {
                Ok(Parsed::Complete { head, len }) => {
                    let view = head.view();
                    (len, view.raw().target(), view.raw().fields().to_vec())
                }
                other => panic!("a head was expected, not {other:?}"),
            },
            Role::Response => match parse_response_head(input, &self.limits, ASKED, &mut self.fields) {
                Ok(Parsed::Complete { head, len }) => {
                    let view = head.view();
                    (len, view.raw().status(), view.raw().fields().to_vec())
                }
                other => panic!("a head was expected, not {other:?}"),
            },
        };
        let fields = fields.iter().map(|field| (field.name.get(input), field.value.get(input)));
        Found { len, start: start.get(input), fields: fields.collect() }
    }
}
