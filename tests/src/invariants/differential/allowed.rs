//! The closed list of what we refuse and other readers accept. Anything else is a failure.

use basehttp_proto::ErrorKind;

/// A difference that is meant, and why.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "a name, the kinds that show it, and the reason")]
pub struct Difference {
    pub name: &'static str,
    pub kinds: &'static [ErrorKind],
    pub reason: &'static str,
}

/// All of them.
pub const ALLOWED: &[Difference] = &[
    Difference {
        name: "bare LF",
        kinds: &[ErrorKind::LineEnding],
        reason: "RFC 9112 2.2 lets a recipient accept it; two readers then find the ends of lines in different places",
    },
    Difference {
        name: "Content-Length twice, or a list",
        kinds: &[ErrorKind::ContentLengthRepeated, ErrorKind::ContentLength],
        reason: "RFC 9110 8.6 lets a recipient refuse even equal ones; readers that take the first or the last differ, and \
                 a reader of heads alone leaves the number to its caller",
    },
    Difference {
        name: "more than one space in the request line",
        kinds: &[ErrorKind::RequestLine],
        reason: "RFC 9112 3 wants single spaces; where the target ends must not depend on the reader",
    },
    Difference {
        name: "obs-fold",
        kinds: &[ErrorKind::LineFolding],
        reason: "RFC 9112 5.2 tells a server to refuse it",
    },
    Difference {
        name: "limits",
        kinds: &[
            ErrorKind::EmptyLines,
            ErrorKind::MethodTooLong,
            ErrorKind::RequestLineTooLong,
            ErrorKind::HeadTooLarge,
            ErrorKind::TooManyFields,
            ErrorKind::ContentTooLarge,
            ErrorKind::ChunkExtensionsTooLarge,
            ErrorKind::TrailersTooLarge,
            ErrorKind::TooManyTrailers,
            ErrorKind::TooManyInformational,
        ],
        reason: "sizes and numbers are each reader's own; more than 4 empty lines are among them",
    },
    Difference {
        name: "Transfer-Encoding in HTTP/1.0",
        kinds: &[ErrorKind::TransferEncodingVersion],
        reason: "RFC 9112 6.1: its framing is faulty; a reader of heads alone leaves it to its caller",
    },
    Difference {
        name: "space after a chunk size, an empty extension",
        kinds: &[ErrorKind::ChunkSize, ErrorKind::ChunkExtension],
        reason: "not in the grammar of RFC 9112 7.1; readers skip extensions in different ways",
    },
    Difference {
        name: "control octets in values",
        kinds: &[ErrorKind::FieldValueOctet, ErrorKind::StatusLine],
        reason: "RFC 9110 5.5 lets a recipient refuse them; what follows may read them as line ends",
    },
    Difference {
        name: "octets of a target",
        kinds: &[ErrorKind::TargetOctet, ErrorKind::TargetForm],
        reason: "RFC 9112 3.2: a target is visible ASCII without a fragment, in one of four forms; a reader of heads \
                 alone does not look at its form",
    },
    Difference {
        name: "Host",
        kinds: &[ErrorKind::HostMissing, ErrorKind::HostRepeated, ErrorKind::HostInvalid],
        reason: "RFC 9112 3.2 has a server refuse it; a reader of heads alone does not look at it",
    },
    Difference {
        name: "Content-Length with Transfer-Encoding",
        kinds: &[ErrorKind::LengthAndCoding],
        reason: "RFC 9112 6.1 lets a server refuse it: it is how smuggling is done",
    },
    Difference {
        name: "Transfer-Encoding other than chunked",
        kinds: &[ErrorKind::TransferEncoding, ErrorKind::TransferCodingUnknown],
        reason: "RFC 9112 6.1: no other coding is understood, and none twice; a reader of heads alone does not look at it",
    },
    Difference {
        name: "trailers",
        kinds: &[ErrorKind::TrailerForbidden],
        reason: "RFC 9110 6.5.1 forbids these to senders; merged into the head they would change the message",
    },
    Difference {
        name: "Expect",
        kinds: &[ErrorKind::ExpectUnknown],
        reason: "RFC 9110 10.1.1 lets a server answer 417; a reader of heads alone does not look at it",
    },
    Difference {
        name: "exchange",
        kinds: &[ErrorKind::ResponseUnexpected, ErrorKind::SwitchUnexpected],
        reason: "a response is refused here for what was asked, which a reader of heads alone does not know",
    },
];

/// The difference that shows in a refusal of this kind, if it is in the list.
#[must_use]
pub fn difference(kind: ErrorKind) -> Option<&'static Difference> {
    ALLOWED.iter().find(|difference| difference.kinds.contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_two_things_is_not_in_the_list() {
        for kind in [
            ErrorKind::BareCr,
            ErrorKind::MethodOctet,
            ErrorKind::Version,
            ErrorKind::VersionUnsupported,
            ErrorKind::LeadingWhitespace,
            ErrorKind::FieldColon,
            ErrorKind::FieldNameEmpty,
            ErrorKind::FieldNameSpace,
            ErrorKind::FieldNameOctet,
            ErrorKind::ChunkEnd,
            ErrorKind::Incomplete,
        ] {
            assert!(difference(kind).is_none(), "{kind:?}");
        }
    }

    #[test]
    fn no_kind_stands_for_two_differences() {
        for kind in ErrorKind::ALL {
            assert!(ALLOWED.iter().filter(|difference| difference.kinds.contains(kind)).count() <= 1, "{kind:?}");
        }
    }
}
