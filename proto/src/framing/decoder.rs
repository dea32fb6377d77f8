//! Octets to content (RFC 9112 6 and 7.1).
//!
//! Law: the decoder never consumes an octet that lies beyond the message.

use bytes::Bytes;

use super::input::Input;
use super::length::Framing;
use crate::error::{ErrorKind, ProtocolError};
use crate::message::section::{Section, SectionLimits};
use crate::wire::chunk::ChunkLine;
use crate::wire::{Fault, steps};

/// The limits that content is held to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DecoderLimits {
    /// Octets of content.
    pub(crate) content: u64,
    /// Octets of one chunk line.
    pub(crate) chunk_line: u32,
    /// Octets of chunk framing beyond what content of a sensible chunk size needs.
    pub(crate) chunk_overhead: u32,
    pub(crate) trailers: SectionLimits,
}

/// A part of a message's content.
#[derive(Debug)]
pub(crate) enum Piece {
    Data(Bytes),
    /// The message is complete; this many octets of trailer section are still to be taken, its empty line included.
    End(usize),
}

/// The content of an incoming message in progress.
#[derive(Debug)]
pub(crate) enum Decoder {
    /// This many octets are still to come.
    Length(u64),
    Chunked(Chunked),
    /// The end of the connection ends the content, of which this much has come.
    UntilClose(u64),
    /// The end was handed out.
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

    /// Takes note that the peer ended its stream; whether that ends the content rather than cutting it short.
    pub(crate) fn end(&mut self) -> bool {
        let is_end = matches!(self, Self::UntilClose(_));
        if is_end {
            *self = Self::Length(0);
        }
        is_end
    }

    /// The next piece, `None` when it needs more input. `section` reads trailers, and is ready for the next section
    /// after them.
    pub(crate) fn next(
        &mut self,
        input: &mut Input,
        section: &mut Section,
        limits: impl FnOnce() -> DecoderLimits,
    ) -> Result<Option<Piece>, ProtocolError> {
        match self {
            Self::Done => Ok(None),
            Self::Length(0) => Ok(self.take_end()),
            Self::Length(_) if input.buffer.is_empty() => Ok(None),
            Self::Length(left) => {
                let len = usize::try_from(*left).unwrap_or(usize::MAX).min(input.buffer.len());
                *left = left.saturating_sub(len as u64);
                Ok(Some(Piece::Data(input.take(len))))
            }
            Self::UntilClose(_) if input.buffer.is_empty() => Ok(None),
            Self::UntilClose(octets) => {
                // What the limit allows is handed out first, so that no division of the input shows.
                let room = usize::try_from(limits().content.saturating_sub(*octets)).unwrap_or(usize::MAX);
                let len = room.min(input.buffer.len());
                if len == 0 {
                    return Err(input.error(Fault::new(ErrorKind::ContentTooLarge, 0)));
                }
                *octets = octets.saturating_add(len as u64);
                Ok(Some(Piece::Data(input.take(len))))
            }
            Self::Chunked(chunked) => {
                let piece = chunked.next(input, section, &limits())?;
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
        limits: &DecoderLimits,
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
                    return match section.read(&input.buffer, &limits.trailers) {
                        Ok(Some(len)) => Ok(Some(Piece::End(len))),
                        Ok(None) => Ok(None),
                        Err(fault) => Err(input.error(fault)),
                    };
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
        let taken = input.take_prefix(at, data);
        match outcome {
            Err(fault) if data == 0 => Err(fault),
            outcome => {
                self.fault = outcome.err();
                Ok((data > 0).then_some(Piece::Data(taken)))
            }
        }
    }

    /// Takes one octet that is not data.
    fn framing_octet(&mut self, octet: u8, limits: &DecoderLimits) -> Result<(), ErrorKind> {
        steps::count(1);
        match (&mut self.place, octet) {
            (Place::Line(line, len), _) => {
                *len = len.saturating_add(1);
                let (size, len) = (line.push(octet)?, *len);
                // CR LF are not counted, and a line that is complete is no longer too long.
                if size.is_none() && len > limits.chunk_line.saturating_add(1) {
                    return Err(ErrorKind::ChunkExtensionsTooLarge);
                }
                size.map_or(Ok(()), |size| self.chunk(size, len, limits))
            }
            (Place::End, b'\r') => {
                self.place = Place::EndLf;
                Ok(())
            }
            (Place::EndLf, b'\n') => {
                self.place = Place::default();
                Ok(())
            }
            _ => Err(ErrorKind::ChunkEnd),
        }
    }

    /// A chunk line of `len` octets announced `size` octets of data.
    fn chunk(&mut self, size: u64, len: u32, limits: &DecoderLimits) -> Result<(), ErrorKind> {
        self.overhead = self.overhead.saturating_add(u64::from(len)).saturating_add(2);
        self.overhead = self.overhead.saturating_sub(ALLOWANCE.saturating_add(size.saturating_mul(2)));
        if self.overhead > u64::from(limits.chunk_overhead) {
            return Err(ErrorKind::ChunkExtensionsTooLarge);
        }
        self.content = self.content.checked_add(size).ok_or(ErrorKind::ContentTooLarge)?;
        if self.content > limits.content {
            return Err(ErrorKind::ContentTooLarge);
        }
        self.place = if size == 0 { Place::Trailers } else { Place::Data(size) };
        Ok(())
    }
}
