//! milo, told to note the events that carry spans in its own buffer, and to stop after the head.

#![expect(unsafe_code, reason = "the events are behind a raw pointer, and this program is not shipped")]

use std::hint::black_box;

use milo_parser::{
    EVENT_ACTIVE_ON_HEADER_NAME, EVENT_ACTIVE_ON_HEADER_VALUE, EVENT_ACTIVE_ON_STATUS, EVENT_ACTIVE_ON_URL, EVENT_END,
    EVENT_HEADER_NAME, EVENT_HEADER_VALUE, EVENT_STATUS, EVENT_URL, Parser,
};

use super::{Found, HeadParser};
use crate::corpora::Role;

pub(super) struct Milo(Parser);

impl Milo {
    pub(super) fn new() -> Self {
        let mut parser = Parser::new();
        parser.autodetect = false;
        parser.suspend_after_headers = true;
        parser.active_events =
            EVENT_ACTIVE_ON_URL | EVENT_ACTIVE_ON_STATUS | EVENT_ACTIVE_ON_HEADER_NAME | EVENT_ACTIVE_ON_HEADER_VALUE;
        Self(parser)
    }

    #[inline]
    fn parse(&mut self, input: &[u8], role: Role) -> usize {
        self.0.reset(false);
        self.0.is_request = role == Role::Request;
        let len = self.0.parse(input.as_ptr(), input.len());
        assert_eq!(self.0.error_code, 0);
        len
    }
}

impl<'a> HeadParser<'a> for Milo {
    const NAME: &'static str = "milo";

    #[inline]
    fn request(&mut self, input: &'a [u8]) -> usize {
        let len = self.parse(input, Role::Request);
        black_box(self);
        len
    }

    #[inline]
    fn response(&mut self, input: &'a [u8]) -> usize {
        let len = self.parse(input, Role::Response);
        black_box(self);
        len
    }

    fn found(&mut self, input: &'a [u8], role: Role) -> Found<'a> {
        let len = self.parse(input, role);
        let (mut start, mut names, mut values) = (&input[..0], Vec::new(), Vec::new());
        let mut event = self.0.events.cast_const();
        loop {
            // SAFETY: events of 9 octets, a kind and two numbers, follow each other until one of the kind that ends them.
            let (kind, span) = unsafe {
                match *event {
                    EVENT_END => break,
                    kind => (kind, [event.add(1), event.add(5)].map(|at| at.cast::<u32>().read_unaligned())),
                }
            };
            let [at, len] = span.map(|number| u32::from_le(number) as usize);
            let text = &input[at..at + len];
            match kind {
                EVENT_URL | EVENT_STATUS => start = text,
                EVENT_HEADER_NAME => names.push(text),
                EVENT_HEADER_VALUE => values.push(text),
                other => panic!("an event that was not asked for: {other}"),
            }
            event = event.wrapping_add(9);
        }
        Found { len, start, fields: names.into_iter().zip(values).collect() }
    }
}
