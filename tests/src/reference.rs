//! Responses as the library has to write them, read by the reference reader: it is strict where a sender has to be, and
//! whatever a careless reader could take in two ways is an error here.

use crate::reference_parser::{Bounds, Read, Stop, Writer, responses};
pub use crate::reference_parser::{Framing, Message, Question, Start, values};

/// Reads every response in `output`. `asked` are the requests in order, and `is_closed` says that nothing comes after
/// `output`.
///
/// # Errors
///
/// What is wrong, and behind which message.
pub fn read(output: &[u8], asked: &[Question], is_closed: bool) -> Result<Vec<Message>, String> {
    let Read { messages, stop } = responses(output, asked, is_closed, Writer::Library, &Bounds::NONE);
    let end = messages.iter().filter_map(|message| message.end).next_back().unwrap_or(0);
    let why = match stop {
        Stop::Fault(why) => why,
        Stop::Cut => "cut off, or ended by a connection that stays open",
        Stop::Closed | Stop::Tunnel if end < output.len() => "octets after the last response",
        Stop::End | Stop::Closed | Stop::Tunnel => return Ok(messages),
    };
    Err(format!("{why} (after octet {end})"))
}
