//! Octets to content (RFC 9112 6 and 7.1).
//!
//! Law: the decoder never consumes an octet that lies beyond the message.

use bytes::Bytes;

use super::input::Input;
use super::length::Framing;
use crate::error::{ErrorKind, ProtocolError};
use crate::message::section::Section;
use crate::message::{Limits, Policy};
use crate::wire::chunk::ChunkLine;
use crate::wire::{Fault, steps};

/// A part of a message's content.
#[derive(Debug)]
pub(crate) enum Piece {
    Data(Bytes),
    /// The message is complete; this many octets of trailer section are still to be taken, its empty line included.
    End(usize),
}

/// The content of an incoming message in progress.
#[derive(Debug, Default)]
pub(crate) enum Decoder {
    /// This many octets are still to come.
    Length(u64),
    Chunked(Chunked),
    /// The end of the connection ends the content, of which this much has come.
    UntilClose(u64),
    /// The end was handed out.
    #[default]
    Done,
}

impl Decoder {
    pub(crate) fn new(framing: Framing) -> Self {
        match framing {
            Framing::Length(octets) => Self::Length(octets),
            Framing::Chunked => Self::Chunked(Chunked::default()),
            Framing::UntilClose => Self::UntilClose(0),
        }
    }

    /// The octets still to come, if that is known.
    pub(crate) fn remaining(&self) -> Option<u64> {
        match self {
            Self::Length(left) => Some(*left),
            Self::Chunked(_) | Self::UntilClose(_) => None,
            Self::Done => Some(0),
        }
    }

    /// The end of content of which nothing is left.
    pub(crate) fn take_end(&mut self) -> Option<Piece> {
        let is_end = matches!(self, Self::Length(0));
        if is_end {
            *self = Self::Done;
        }
        is_end.then_some(Piece::End(0))
    }

    /// The next piece, `None` when it needs more input. `section` reads trailers by `policy`, and is ready for the next
    /// section after them. [`take_end`](Self::take_end) was asked before.
    pub(crate) fn next(
        &mut self,
        input: &mut Input,
        section: &mut Section,
        limits: &Limits,
        policy: Policy,
    ) -> Result<Option<Piece>, ProtocolError> {
        match self {
            Self::Done => Ok(None),
            Self::Length(_) | Self::UntilClose(_) if input.buffer.is_empty() => Ok(None),
            Self::Length(left) => {
                let len = usize::try_from(*left).unwrap_or(usize::MAX).min(input.buffer.len());
                *left = left.saturating_sub(len as u64);
                Ok(Some(Piece::Data(input.take(len))))
            }
            Self::UntilClose(octets) => {
                // What the limit allows is handed out first, so that no division of the input shows.
                let room = usize::try_from(limits.content.saturating_sub(*octets)).unwrap_or(usize::MAX);
                let len = room.min(input.buffer.len());
                if len == 0 {
                    return Err(input.error(Fault::new(ErrorKind::ContentTooLarge, 0)));
                }
                *octets = octets.saturating_add(len as u64);
                Ok(Some(Piece::Data(input.take(len))))
            }
            Self::Chunked(chunked) => {
                let piece = chunked.next(input, section, limits, policy)?;
                if let Some(Piece::End(_)) = piece {
                    *self = Self::Done;
                }
                Ok(piece)
            }
        }
    }
}

/// Chunked content in progress.
#[derive(Debug, Default)]
pub(crate) struct Chunked {
    place: Place,
    /// Octets of content so far, those announced by the current chunk included.
    content: u64,
    /// Framing octets beyond what is sensible: grows with each chunk line, shrinks with each octet of content.
    overhead: u64,
    /// A fault that stands behind content which was handed out first.
    fault: Option<ProtocolError>,
}

#[derive(Debug)]
enum Place {
    Line(ChunkLine, u32),
    Data(u64),
    /// After the data: CR, then LF.
    End,
    EndLf,
    Trailers,
}

impl Default for Place {
    fn default() -> Self {
        Self::Line(ChunkLine::default(), 0)
    }
}

/// From this size on, a further chunk becomes an event of its own instead of being moved behind the one before it.
const COALESCE: usize = 1024;
/// What the overhead shrinks by with each chunk, so that chunks of one octet pass: a chunk costs 5 framing octets or
/// more, and this allows for them and a short extension.
const ALLOWANCE: u64 = 16;

impl Chunked {
    /// The data of all chunks that have arrived, as one piece: chunks of one octet each shall not cost an event each.
    fn next(
        &mut self,
        input: &mut Input,
        section: &mut Section,
        limits: &Limits,
        policy: Policy,
    ) -> Result<Option<Piece>, ProtocolError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        // The data gathered is buffer[..data], and buffer[..at] is consumed.
        let (mut data, mut at) = (0usize, 0usize);
        let outcome = loop {
            match &mut self.place {
                Place::Data(left) => {
                    let arrived = input.buffer.len().saturating_sub(at);
                    let len = usize::try_from(*left).unwrap_or(usize::MAX).min(arrived);
                    if len == 0 || (data > 0 && len >= COALESCE) {
                        break Ok(());
                    }
                    if data == 0 {
                        // Dropping what stands before the first data saves moving it.
                        input.skip(at);
                        at = 0;
                    } else {
                        input.buffer.copy_within(at..at.saturating_add(len), data);
                        steps::count(len);
                    }
                    data = data.saturating_add(len);
                    at = at.saturating_add(len);
                    *left = left.saturating_sub(len as u64);
                    if *left == 0 {
                        self.place = Place::End;
                    }
                }
                Place::Trailers if data > 0 => break Ok(()),
                Place::Trailers => {
                    input.skip(at);
                    let is_complete = section.read(&input.buffer, &limits.trailer_section(policy));
                    let is_complete = is_complete.map_err(|fault| input.error(fault))?;
                    return Ok(is_complete.then(|| Piece::End(section.len())));
                }
                Place::Line(..) | Place::End | Place::EndLf => {
                    let Some(&octet) = input.buffer.get(at) else { break Ok(()) };
                    if let Err(kind) = self.framing_octet(octet, limits) {
                        // A limit is broken by the whole, not by the octet that shows it.
                        let is_limit = matches!(kind, ErrorKind::ContentTooLarge | ErrorKind::ChunkExtensionsTooLarge);
                        let octet = if is_limit { None } else { Some(octet) };
                        break Err(input.error(Fault { kind, at, octet }));
                    }
                    at = at.saturating_add(1);
                }
            }
        };
        let mut taken = input.take(at);
        taken.truncate(data);
        match outcome {
            Err(fault) if data == 0 => Err(fault),
            outcome => {
                self.fault = outcome.err();
                Ok((data > 0).then_some(Piece::Data(taken)))
            }
        }
    }

    /// Takes one octet that is not data.
    fn framing_octet(&mut self, octet: u8, limits: &Limits) -> Result<(), ErrorKind> {
        steps::count(1);
        self.place = match (&mut self.place, octet) {
            (Place::Line(line, len), _) => {
                *len = len.saturating_add(1);
                match (line.push(octet)?, *len) {
                    (Some(size), len) => self.chunk(size, len, limits)?,
                    // CR LF are not counted, and a line that is complete is no longer too long.
                    (None, len) if len > limits.chunk_line.saturating_add(1) => {
                        return Err(ErrorKind::ChunkExtensionsTooLarge);
                    }
                    _ => return Ok(()),
                }
            }
            (Place::End, b'\r') => Place::EndLf,
            (Place::EndLf, b'\n') => Place::default(),
            _ => return Err(ErrorKind::ChunkEnd),
        };
        Ok(())
    }

    /// A chunk line of `len` octets announced `size` octets of data; what comes next.
    fn chunk(&mut self, size: u64, len: u32, limits: &Limits) -> Result<Place, ErrorKind> {
        self.overhead = self.overhead.saturating_add(u64::from(len)).saturating_add(2);
        self.overhead = self.overhead.saturating_sub(ALLOWANCE.saturating_add(size.saturating_mul(2)));
        if self.overhead > u64::from(limits.chunk_overhead) {
            return Err(ErrorKind::ChunkExtensionsTooLarge);
        }
        self.content = self.content.checked_add(size).ok_or(ErrorKind::ContentTooLarge)?;
        if self.content > limits.content {
            return Err(ErrorKind::ContentTooLarge);
        }
        Ok(if size == 0 { Place::Trailers } else { Place::Data(size) })
    }
}
