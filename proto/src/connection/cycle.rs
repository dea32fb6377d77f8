//! The legal order of an exchange: one table, for both roles (RFC 9112 9).
//!
//! The diagram in ARCHITECTURE.md is drawn from [`TABLE`], and a test holds it to that. A pair that is not in the table
//! cannot happen.

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $( $(#[$variant_doc:meta])* $variant:ident, )+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $( $(#[$variant_doc])* $variant, )+ }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }
    };
}

names! {
    /// Where an exchange stands.
    State {
        /// No request has begun; a part of its head may have come.
        Idle,
        /// A request has begun, and no final response.
        Requesting,
        /// The request is complete, and no final response has begun.
        Waiting,
        /// The response has begun while the request goes on.
        Duplex,
        /// The request is complete, and the response has begun.
        Responding,
        /// The response is complete while the request goes on. A server drops the rest of it.
        Answered,
        /// Both messages are complete.
        Complete,
        /// The client broke the protocol; one response may tell it so.
        Failed,
        /// No further exchange; what is queued is still being sent.
        Closing,
        /// Everything is sent and the client told; what it still sends is dropped, so that it can read the response.
        Lingering,
        /// The connection belongs to another protocol.
        Tunnel,
        /// It is over.
        Closed,
    }
}

names! {
    /// What moves an exchange on.
    Signal {
        /// The head of a request.
        RequestHead,
        /// The end of a request.
        RequestEnd,
        /// An informational response.
        Interim,
        /// The head of a final response.
        ResponseHead,
        /// The end of a response.
        ResponseEnd,
        /// The hand-over to another protocol.
        Switch,
        /// The connection persists.
        Persist,
        /// The connection will not persist.
        Close,
        /// The protocol was broken.
        Fault,
        /// Everything queued is sent, and the peer may still be sending.
        Flushed,
        /// The peer ended its stream, the time for it is over, or nothing is left to wait for.
        Over,
        /// One side gives up at once.
        Abort,
    }
}

/// Every legal transition.
pub const TABLE: &[(State, Signal, State)] = {
    use Signal as On;
    use State::{
        Answered, Closed, Closing, Complete, Duplex, Failed, Idle, Lingering, Requesting, Responding, Tunnel, Waiting,
    };
    &[
        (Idle, On::RequestHead, Requesting),
        (Idle, On::Close, Closing),
        (Idle, On::Fault, Failed),
        (Idle, On::Abort, Closed),
        (Requesting, On::RequestEnd, Waiting),
        (Requesting, On::Interim, Requesting),
        (Requesting, On::ResponseHead, Duplex),
        (Requesting, On::Fault, Failed),
        (Requesting, On::Abort, Closed),
        (Waiting, On::Interim, Waiting),
        (Waiting, On::ResponseHead, Responding),
        (Waiting, On::Switch, Tunnel),
        (Waiting, On::Abort, Closed),
        (Duplex, On::RequestEnd, Responding),
        (Duplex, On::ResponseEnd, Answered),
        // The response that has begun is all the answer there can be.
        (Duplex, On::Fault, Responding),
        (Duplex, On::Abort, Closed),
        (Responding, On::ResponseEnd, Complete),
        (Responding, On::Abort, Closed),
        (Answered, On::RequestEnd, Complete),
        (Answered, On::Fault, Closing),
        (Answered, On::Close, Closing),
        (Answered, On::Abort, Closed),
        (Complete, On::Persist, Idle),
        (Complete, On::Close, Closing),
        (Complete, On::Abort, Closed),
        (Failed, On::ResponseHead, Responding),
        (Failed, On::Abort, Closed),
        (Closing, On::Flushed, Lingering),
        (Closing, On::Over, Closed),
        (Closing, On::Abort, Closed),
        (Lingering, On::Over, Closed),
        (Lingering, On::Abort, Closed),
        (Tunnel, On::Abort, Closed),
    ]
};

const STATES: usize = State::ALL.len();
const SIGNALS: usize = Signal::ALL.len();

/// The table as an array, so that a step costs one look-up.
static NEXT: [[Option<State>; SIGNALS]; STATES] = {
    let mut next = [[None; SIGNALS]; STATES];
    let mut row = 0;
    #[expect(clippy::indexing_slicing, reason = "evaluated at compile time")]
    while row < TABLE.len() {
        let (from, on, to) = TABLE[row];
        next[from as usize][on as usize] = Some(to);
        row += 1;
    }
    next
};

impl State {
    /// The state after `signal`, `None` when it is not legal now.
    #[expect(clippy::indexing_slicing, reason = "the array has a place for every pair")]
    pub const fn after(self, signal: Signal) -> Option<Self> {
        NEXT[self as usize][signal as usize]
    }
}
