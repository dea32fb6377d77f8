//! What a connection has to send, taken at once.

use basehttp_proto::Transmit;

/// Takes everything that is queued.
pub fn drain(queue: &mut Transmit) -> Vec<u8> {
    let mut output = Vec::new();
    while !queue.is_empty() {
        let octets = queue.chunk();
        let len = octets.len();
        assert!(len > 0, "a queue that is not empty has a first part");
        output.extend_from_slice(octets);
        queue.consume(len);
    }
    output
}
