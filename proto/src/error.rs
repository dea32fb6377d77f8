//! What can be wrong: [`ProtocolError`] is the peer's fault, [`UsageError`] the caller's.
//!
//! Every [`ErrorKind`] stands once, with the status that answers it, the clause it breaks, the rule in words and the
//! remedy, so that the message a person reads and the verdict the machine follows cannot drift apart.

use core::fmt;

use crate::message::StatusCode;

macro_rules! kinds {
    ($( $(#[$doc:meta])* $kind:ident $code:literal $status:literal $clause:literal $rule:literal $remedy:literal; )+) => {
        /// The rule that a peer broke, one kind per reason to refuse.
        #[doc = include_str!("../ERRORS.md")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $(
                $(#[$doc])*
                #[doc = concat!("\n\nAnswered with ", $status, "; ", $clause, ": ", $rule, ".")]
                $kind,
            )+
        }

        impl ErrorKind {
            /// Every kind, in the order of this documentation.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// A short name that stays the same between releases, for logs and metrics.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$kind => $code,)+ }
            }

            /// The status that answers this kind.
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$kind => StatusCode::literal($status),)+ }
            }

            /// The clause that the peer broke, or that permits the refusal.
            pub const fn clause(self) -> &'static str {
                match self { $(Self::$kind => $clause,)+ }
            }

            /// What was expected.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$kind => $rule,)+ }
            }

            /// What the peer has to change.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$kind => $remedy,)+ }
            }
        }
    };
}

kinds! {
    /// More empty lines before the request line than [`Limits::empty_lines`](crate::Limits::empty_lines).
    EmptyLines "empty-lines" 400 "RFC 9112 2.2"
        "only a few empty lines may precede a request line" "send the request line first";
    /// A line that ends in LF alone.
    LineEnding "line-ending" 400 "RFC 9112 2.2"
        "a line ends in CR LF" "put a CR before the LF";
    /// A CR that no LF follows.
    BareCr "bare-cr" 400 "RFC 9112 2.2"
        "a CR stands only before an LF" "remove the CR, or add the LF";
    /// An octet in the method that is not a token character.
    MethodOctet "method-octet" 400 "RFC 9112 3.1"
        "the method is a token" "send a method such as GET, then one space; is this perhaps TLS on a plain port?";
    /// A method longer than 32 octets.
    MethodTooLong "method-too-long" 501 "RFC 9112 3"
        "a method has at most 32 octets" "use a method that exists";
    /// The request line is not method, space, target, space, version.
    RequestLine "request-line" 400 "RFC 9112 3"
        "a request line is method, one space, target, one space, version" "put exactly one space between the parts and end in HTTP/1.1";
    /// A request line longer than [`Limits::request_line`](crate::Limits::request_line).
    RequestLineTooLong "request-line-too-long" 414 "RFC 9112 3"
        "the request line has a limit" "shorten the target, or send the data as content";
    /// An octet that a request target may not hold.
    TargetOctet "target-octet" 400 "RFC 9112 3.2"
        "a target holds visible ASCII without #" "percent-encode the octet, and leave the fragment away";
    /// A target whose form does not fit the method, or is none of the four.
    TargetForm "target-form" 400 "RFC 9112 3.2"
        "a target is a path, an http URI, a host and port for CONNECT, or * for OPTIONS" "start the target with /";
    /// The version is not `HTTP/` digit `.` digit.
    Version "version" 400 "RFC 9112 2.3"
        "the version is HTTP/1.0 or HTTP/1.1" "end the request line in HTTP/1.1";
    /// A major version other than 1.
    VersionUnsupported "version-unsupported" 505 "RFC 9110 15.6.6"
        "this end speaks HTTP/1.0 and HTTP/1.1" "use HTTP/1.1";
    /// The status line is not version, space, three digits, space, reason.
    StatusLine "status-line" 502 "RFC 9112 4"
        "a status line is HTTP/1.1, one space, three digits, one space and a reason" "send a status line, without control octets";
    /// White space before the first field line.
    LeadingWhitespace "leading-whitespace" 400 "RFC 9112 2.2"
        "a field line starts with its name" "remove the white space at the start of the line";
    /// A field line that continues the line before it.
    LineFolding "line-folding" 400 "RFC 9112 5.2"
        "a field value stands on one line" "join the continued lines into one";
    /// A field line without a colon.
    FieldColon "field-colon" 400 "RFC 9112 5"
        "a field line is name, colon, value" "add the colon";
    /// A field line that starts with a colon.
    FieldNameEmpty "field-name-empty" 400 "RFC 9112 5"
        "a field has a name" "add the name before the colon";
    /// White space between a field name and its colon.
    FieldNameSpace "field-name-space" 400 "RFC 9112 5.1"
        "no white space stands before the colon" "remove the white space before the colon";
    /// An octet in a field name that is not a token character.
    FieldNameOctet "field-name-octet" 400 "RFC 9110 5.6.2"
        "a field name is a token" "use letters, digits and hyphens";
    /// A control octet in a field value.
    FieldValueOctet "field-value-octet" 400 "RFC 9110 5.5"
        "a field value holds no control octets but HTAB" "remove or encode the octet";
    /// A head larger than [`Limits::head`](crate::Limits::head).
    HeadTooLarge "head-too-large" 431 "RFC 6585 5"
        "the head has a limit" "send fewer or shorter fields, cookies for one";
    /// More field lines than [`Limits::fields`](crate::Limits::fields).
    TooManyFields "too-many-fields" 431 "RFC 6585 5"
        "the number of field lines has a limit" "send fewer fields";
    /// An HTTP/1.1 request without Host.
    HostMissing "host-missing" 400 "RFC 9112 3.2"
        "an HTTP/1.1 request has one Host field" "add the Host field";
    /// A second Host field.
    HostRepeated "host-repeated" 400 "RFC 9112 3.2"
        "a request has one Host field" "send Host once";
    /// Host, or the authority of the target, is not a host with an optional port.
    HostInvalid "host-invalid" 400 "RFC 9112 3.2"
        "Host is a name or address with an optional port" "send the host as it stands in the URI, without user information or path";
    /// A target that names another host than Host does, where [`Deviation::HostOverridden`](crate::Deviation) is refused.
    HostMismatch "host-mismatch" 400 "RFC 9112 3.2.2"
        "Host and the target name one host" "send the host of the target in Host";
    /// Content-Length is not a decimal number below 2^63.
    ContentLength "content-length" 400 "RFC 9110 8.6"
        "Content-Length is one decimal number" "send 1 to 19 digits and nothing else";
    /// A second Content-Length field.
    ContentLengthRepeated "content-length-repeated" 400 "RFC 9112 6.3"
        "a message has one Content-Length" "send Content-Length once";
    /// Both Content-Length and Transfer-Encoding.
    LengthAndCoding "length-and-coding" 400 "RFC 9112 6.1"
        "a message has Content-Length or Transfer-Encoding, not both" "send one of the two";
    /// A Transfer-Encoding that is not exactly `chunked`.
    TransferEncoding "transfer-encoding" 400 "RFC 9112 6.1"
        "Transfer-Encoding is chunked, once" "send Transfer-Encoding: chunked";
    /// A transfer coding that is not known here.
    TransferCodingUnknown "transfer-coding-unknown" 501 "RFC 9112 6.1"
        "the only transfer coding understood is chunked" "send the content unencoded, or with a content coding";
    /// Transfer-Encoding in an HTTP/1.0 message.
    TransferEncodingVersion "transfer-encoding-version" 400 "RFC 9112 6.1"
        "HTTP/1.0 has no Transfer-Encoding" "send Content-Length, or use HTTP/1.1";
    /// Content larger than [`Limits::content`](crate::Limits::content).
    ContentTooLarge "content-too-large" 413 "RFC 9110 15.5.14"
        "the content has a limit" "send less";
    /// An expectation other than `100-continue`.
    ExpectUnknown "expect-unknown" 417 "RFC 9110 10.1.1"
        "the only expectation understood is 100-continue" "send Expect: 100-continue, once, or no Expect";
    /// A chunk size that is not 1 to 16 hexadecimal digits.
    ChunkSize "chunk-size" 400 "RFC 9112 7.1"
        "a chunk starts with 1 to 16 hexadecimal digits" "send the size in hexadecimal, without sign, space or prefix";
    /// A chunk extension outside its grammar.
    ChunkExtension "chunk-extension" 400 "RFC 9112 7.1.1"
        "a chunk extension is ;name or ;name=value" "leave chunk extensions away";
    /// Chunk extensions larger than their limits.
    ChunkExtensionsTooLarge "chunk-extensions-too-large" 400 "RFC 9112 7.1.1"
        "the size of chunk extensions has a limit" "leave chunk extensions away";
    /// A chunk whose data is not followed by CR LF.
    ChunkEnd "chunk-end" 400 "RFC 9112 7.1"
        "CR LF follows the data of a chunk" "make the chunk size agree with the data";
    /// A field in the trailer section that may not stand there.
    TrailerForbidden "trailer-forbidden" 400 "RFC 9110 6.5.1"
        "framing, routing, authentication and content fields do not stand in trailers" "send the field in the head";
    /// A trailer section larger than [`Limits::trailers`](crate::Limits::trailers).
    TrailersTooLarge "trailers-too-large" 431 "RFC 6585 5"
        "the trailer section has a limit" "send fewer or shorter trailers";
    /// More trailer lines than [`Limits::trailer_fields`](crate::Limits::trailer_fields).
    TooManyTrailers "too-many-trailers" 431 "RFC 6585 5"
        "the number of trailer lines has a limit" "send fewer trailers";
    /// The peer ended its stream inside a message.
    Incomplete "incomplete" 400 "RFC 9112 8"
        "a message is sent whole" "send the rest before closing";
    /// Octets of a response when no request is waiting for one.
    ResponseUnexpected "response-unexpected" 502 "RFC 9112 9.2"
        "a response follows a request" "send nothing before a request, and nothing after the end of its response";
    /// More informational responses than [`Limits::informational`](crate::Limits::informational).
    TooManyInformational "too-many-informational" 502 "RFC 9110 15.2"
        "the number of informational responses before a final one has a limit" "send the final response";
    /// 101 to a request that did not ask for another protocol.
    SwitchUnexpected "switch-unexpected" 502 "RFC 9110 15.2.2"
        "101 answers a request with Upgrade" "send a final response";
    /// The head of the response was not complete at its deadline.
    ResponseTimeout "response-timeout" 504 "RFC 9110 15.6.5"
        "the head of a response arrives within its deadline" "answer sooner";
    /// The head was not complete at its deadline.
    HeadTimeout "head-timeout" 408 "RFC 9110 15.5.9"
        "the head arrives within its deadline" "send the head at once";
    /// The content came too slowly, or stopped.
    ContentTimeout "content-timeout" 408 "RFC 9110 15.5.9"
        "the content keeps arriving at a minimum rate" "send the content without pauses";
}

/// The peer broke the protocol: which rule, and at which octet of its stream.
///
/// The connection answers it with [`status`](Self::status) and `Connection: close`; no octet after the fault is
/// looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProtocolError {
    kind: ErrorKind,
    offset: u64,
    found: Option<u8>,
}

impl ProtocolError {
    pub(crate) const fn new(kind: ErrorKind, offset: u64, found: Option<u8>) -> Self {
        Self { kind, offset, found }
    }

    /// The rule that was broken.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where: the number of octets that the peer had sent on this connection before the one at fault.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The octet at fault, where it is one octet and not a thing that is missing, repeated or too large.
    pub const fn found(&self) -> Option<u8> {
        self.found
    }

    /// The status to answer with.
    pub const fn status(&self) -> StatusCode {
        self.kind.status()
    }

    /// The clause that was broken.
    pub const fn clause(&self) -> &'static str {
        self.kind.clause()
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};", self.kind.rule())?;
        match self.found {
            // The octet is named by number, and by letter only where it is harmless in a log.
            Some(octet) if octet.is_ascii_graphic() => write!(f, " found 0x{octet:02x} '{}'", char::from(octet))?,
            Some(octet) => write!(f, " found 0x{octet:02x}")?,
            None => {}
        }
        write!(f, " at octet {} ({}); {}", self.offset, self.kind.clause(), self.kind.remedy())
    }
}

impl core::error::Error for ProtocolError {}

macro_rules! usage {
    ($( $(#[$doc:meta])* $kind:ident $text:literal; )+) => {
        /// The caller broke a rule of this library. Nothing was queued and no state changed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum UsageError {
            $( $(#[$doc])* $kind, )+
        }

        impl UsageError {
            /// Every kind, in the order of this documentation.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];
        }

        impl fmt::Display for UsageError {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$kind => $text,)+ })
            }
        }

        impl core::error::Error for UsageError {}
    };
}

usage! {
    /// Octets were handed in while the connection wants none.
    NotReading "no octets are wanted now; call wants_read() before each read and answer the request first";
    /// A response was started where none can be.
    NoResponseDue "no response can start now; wait for the next Request event, and send one response to it";
    /// A request was started where none can be.
    NoRequestDue "no request can be sent now; wait for the end of the response, or for another connection";
    /// A request without Host.
    HostMissing "a request has a Host field; add it with the host of the URI (RFC 9112 3.2)";
    /// A Host that is repeated, not valid, or not the host of the target.
    HostInvalid "a request has one Host field: the host and port of the URI, without user information (RFC 9112 3.2)";
    /// A request whose content has no length, in HTTP/1.0 or to a server that answered in it.
    LengthRequired "to a server of HTTP/1.0 nothing can be chunked; use BodyLength::Known";
    /// An expectation of 100-continue on a request without content.
    ExpectWithoutContent "without content there is nothing to wait for; leave Expect away (RFC 9110 10.1.1)";
    /// Content of an OPTIONS request without Content-Type.
    ContentTypeMissing "content of OPTIONS needs a Content-Type (RFC 9110 9.3.7)";
    /// `chunked` among the codings of TE.
    TeChunked "chunked is always accepted and not named in TE (RFC 9112 7.4)";
    /// If-Range without Range, or with a weak entity tag.
    IfRange "If-Range needs a Range beside it, and a strong entity tag or a date (RFC 9110 13.1.5)";
    /// A request target that is none, or not one for the method.
    Target "a target is a path, an http URI, host:port for CONNECT, or * for OPTIONS, in visible ASCII (RFC 9112 3.2)";
    /// A switch of protocols that the client did not ask for, or that names none.
    SwitchNotAsked "101 needs an HTTP/1.1 request with Upgrade, and an Upgrade field of its own (RFC 9110 7.8)";
    /// Content or its end was sent outside a message.
    NoContentDue "no message is open; call send_response() or send_request() before send_body() and finish()";
    /// The method is not a token of at most 32 octets.
    Method "a method is a token of 1 to 32 octets (RFC 9110 9.1)";
    /// The status code is not in 100 to 999.
    Status "a status code is a number from 100 to 999 (RFC 9110 15)";
    /// An informational status where a final one is needed, or the other way round.
    StatusClass "send_informational() takes 100 to 199 without 101, send_response() 200 to 999";
    /// The status changes the protocol.
    ProtocolSwitch "101, and a 2xx answer to CONNECT, hand the connection over; use send_switch()";
    /// A reason phrase with a control octet.
    Reason "a reason phrase holds no control octets but HTAB (RFC 9112 4)";
    /// A field name that is not a token.
    FieldName "a field name is a token: no spaces, no control octets, no separators (RFC 9110 5.6.2)";
    /// A field value with CR, LF, NUL or another control octet.
    FieldValue "a field value holds no control octets but HTAB (RFC 9110 5.5)";
    /// Fields larger than 16 MiB.
    FieldsTooLarge "the fields of one message hold at most 16 MiB";
    /// Transfer-Encoding among the fields, or Content-Length among those of a message that has no content.
    FramingField "Transfer-Encoding is set by the library, and a message without content has no framing fields; give a BodyLength instead (RFC 9112 6.1)";
    /// Content-Length among the fields differs from the length given.
    ContentLengthMismatch "Content-Length must agree with the BodyLength given; leave the field away";
    /// Content for a status or a method that has none.
    ContentForbidden "a 204 or 205 response, and a TRACE request, has no content; use BodyLength::Known(0) (RFC 9110 15.3.5 and 9.3.8)";
    /// Content announced as external has not been sent yet.
    ExternalContentDue "external content is due; send it and call external_sent() first";
    /// More content than the length given.
    ContentOverrun "more content than the length given; the octets were not sent";
    /// The end before the length given was reached.
    ContentShort "less content than the length given; send the rest, or abort() the connection";
    /// Trailers on a message that is not chunked.
    TrailersNotChunked "only a chunked response has trailers; use BodyLength::Unknown, and HTTP/1.1";
    /// A field that may not be a trailer.
    TrailerForbidden "framing, routing, authentication and content fields cannot be trailers (RFC 9110 6.5.1)";
    /// An informational response to an HTTP/1.0 client.
    InformationalVersion "an HTTP/1.0 client takes no 1xx response (RFC 9110 15.2)";
}
