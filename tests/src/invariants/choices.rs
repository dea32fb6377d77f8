//! Octets as decisions: what a fuzzer changes, changes what happens.

/// How many octets of an input are decisions, where an input has both these and a stream.
pub const SCRIPT: usize = 16;

/// Decisions taken from octets, again and again with a change at each round.
#[derive(Clone, Debug)]
pub struct Choices<'a> {
    octets: &'a [u8],
    taken: usize,
}

impl<'a> Choices<'a> {
    /// Decisions from these octets; none at all decide for 0 each time.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { octets, taken: 0 }
    }

    /// The decisions at the start of an input, and the stream after them.
    #[must_use]
    pub fn split(input: &'a [u8]) -> (Self, &'a [u8]) {
        let (script, stream) = input.split_at(SCRIPT.min(input.len()));
        (Self::new(script), stream)
    }

    /// The next octet.
    pub fn octet(&mut self) -> u8 {
        let len = self.octets.len();
        if len == 0 {
            return 0;
        }
        let octet = self.octets[self.taken % len];
        let round = self.taken / len;
        self.taken += 1;
        // An odd factor, so that every round differs from the one before it.
        octet.wrapping_add(u8::try_from(round % 256).unwrap_or(0).wrapping_mul(37))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::from(self.octet()) % bound.max(1)
    }

    /// True once in `many` times, if the octets are as they come.
    pub fn once_in(&mut self, many: usize) -> bool {
        self.below(many) == many - 1
    }

    /// One of these.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// How many octets come next, or leave: often few, at times all.
    pub fn length(&mut self) -> usize {
        self.pick(&[1, 2, 3, 5, 17, 64, 300, 5000, usize::MAX])
    }

    /// `input` in pieces.
    pub fn pieces<'i>(&mut self, input: &'i [u8]) -> Vec<&'i [u8]> {
        let (mut rest, mut pieces) = (input, Vec::new());
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(self.length().min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_whole() {
        for seed in 0..=u8::MAX {
            let script = [seed, 3, 200];
            assert_eq!(Choices::new(&script).pieces(b"some octets").concat(), b"some octets");
        }
        assert_eq!(Choices::new(&[]).below(7), 0);
    }
}
