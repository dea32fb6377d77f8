//! This project's ways to a parsed head.

use std::hint::black_box;
use std::mem::MaybeUninit;
use std::sync::Arc;

use basehttp_proto::parse::{HeadParser as Reader, RequestParts, ResponseParts};
use basehttp_proto::server::{Connection, Event};
use basehttp_proto::{Config, RequestHead};

use super::{FIELDS, Found, HeadParser};
use crate::corpora::Role;

/// The grammar alone, and then the fields once more as slices, in an array like the peers'.
pub(super) struct Slices(Reader);

impl Slices {
    pub(super) fn new() -> Self {
        Self(Reader::default())
    }
}

impl<'a> HeadParser<'a> for Slices {
    const NAME: &'static str = "proto, slices";

    #[inline]
    fn request(&mut self, input: &'a [u8]) -> usize {
        let head = request(&mut self.0, input);
        let mut fields = [const { MaybeUninit::uninit() }; FIELDS];
        let count = write(head.fields(), &mut fields);
        black_box((head.target(), &fields, count));
        head.len()
    }

    #[inline]
    fn response(&mut self, input: &'a [u8]) -> usize {
        let head = response(&mut self.0, input);
        let mut fields = [const { MaybeUninit::uninit() }; FIELDS];
        let count = write(head.fields(), &mut fields);
        black_box((head.status(), &fields, count));
        head.len()
    }

    fn found(&mut self, input: &'a [u8], role: Role) -> Found<'a> {
        found(&mut self.0, input, role)
    }
}

type Field<'a> = (&'a [u8], &'a [u8]);

/// Writes the fields down; how many there are.
#[inline]
fn write<'a>(fields: impl Iterator<Item = Field<'a>>, places: &mut [MaybeUninit<Field<'a>>]) -> usize {
    let mut count = 0;
    for (field, place) in fields.zip(places) {
        place.write(field);
        count += 1;
    }
    count
}

/// The grammar alone: the parser itself keeps the places of the target, and of each name and value without the white space
/// around it, as numbers where peers keep pointers.
pub(super) struct Places(Reader);

impl Places {
    pub(super) fn new() -> Self {
        Self(Reader::default())
    }
}

impl<'a> HeadParser<'a> for Places {
    const NAME: &'static str = "proto";

    #[inline]
    fn request(&mut self, input: &'a [u8]) -> usize {
        let head = request(&mut self.0, input);
        let len = head.len();
        black_box(&head);
        len
    }

    #[inline]
    fn response(&mut self, input: &'a [u8]) -> usize {
        let head = response(&mut self.0, input);
        let len = head.len();
        black_box(&head);
        len
    }

    fn found(&mut self, input: &'a [u8], role: Role) -> Found<'a> {
        found(&mut self.0, input, role)
    }
}

#[inline]
fn request<'p, 'b>(reader: &'p mut Reader, input: &'b [u8]) -> RequestParts<'p, 'b> {
    reader.request(input).expect("a valid head").expect("a complete head")
}

#[inline]
fn response<'p, 'b>(reader: &'p mut Reader, input: &'b [u8]) -> ResponseParts<'p, 'b> {
    reader.response(input).expect("a valid head").expect("a complete head")
}

fn found<'a>(reader: &mut Reader, input: &'a [u8], role: Role) -> Found<'a> {
    let place = |part: &[u8]| same_place(input, input, part);
    match role {
        Role::Request => {
            let head = request(reader, input);
            let fields = head.fields().map(|(name, value)| (place(name), place(value))).collect();
            Found { len: head.len(), start: place(head.target()), fields }
        }
        Role::Response => {
            let head = response(reader, input);
            let fields = head.fields().map(|(name, value)| (place(name), place(value))).collect();
            Found { len: head.len(), start: super::digits(input, head.status().as_u16()), fields }
        }
    }
}

/// The part of `input` that corresponds to a part of `whole`, which is the input or a copy of its start.
fn same_place<'a>(input: &'a [u8], whole: &[u8], part: &[u8]) -> &'a [u8] {
    let start = part.as_ptr() as usize - whole.as_ptr() as usize;
    &input[start..start + part.len()]
}

/// A whole connection per head: octets in, and the first event. So it takes in its buffer's memory, a copy, and all
/// that makes a well-formed head a valid request; the peers' columns have none of these.
pub(super) struct Connected(Arc<Config>);

impl Connected {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }
}

/// The head at the start of `input`.
#[inline]
fn first_event(config: &Arc<Config>, input: &[u8]) -> RequestHead {
    let mut connection = Connection::new(Arc::clone(config));
    connection.recv(input).expect("a new connection reads");
    match connection.poll_event() {
        Ok(Some(Event::Request(head))) => head,
        other => panic!("a request was expected, not {other:?}"),
    }
}

impl<'a> HeadParser<'a> for Connected {
    const NAME: &'static str = "proto, connection";

    #[inline]
    fn request(&mut self, input: &'a [u8]) -> usize {
        black_box(first_event(&self.0, input)).octets().len()
    }

    fn response(&mut self, _input: &'a [u8]) -> usize {
        unreachable!("a server's connection reads requests")
    }

    fn found(&mut self, input: &'a [u8], _role: Role) -> Found<'a> {
        let head = first_event(&self.0, input);
        let place = |part: &[u8]| same_place(input, head.octets(), part);
        Found {
            len: head.octets().len(),
            start: place(head.target().as_bytes()),
            fields: head.fields().iter().map(|(name, value)| (place(name), place(value))).collect(),
        }
    }
}
