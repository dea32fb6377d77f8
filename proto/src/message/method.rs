//! The method of a request (RFC 9110 9).

use core::fmt;

use crate::error::UsageError;
use crate::wire::{octet, request_line};

/// A method: one of those in common use, or any other token. Methods are case-sensitive (RFC 9110 9.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Method(Token);

/// What of a method decides how a response to it is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MethodClass {
    /// HEAD: no content.
    Head,
    /// CONNECT: a tunnel.
    Connect,
    /// Any other.
    Other,
}

impl MethodClass {
    pub(crate) fn of(token: &[u8]) -> Self {
        match token {
            b"HEAD" => Self::Head,
            b"CONNECT" => Self::Connect,
            _ => Self::Other,
        }
    }
}

macro_rules! methods {
    ($( $(#[$doc:meta])* $name:ident; )+) => {
        /// The token of a method. Those in common use are known by their number, so that comparing them compares one octet.
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(clippy::upper_case_acronyms, reason = "methods are case-sensitive")]
        enum Token {
            $( $name, )+
            /// From the start; the rest is zero, so that comparing all of it compares tokens.
            Other { octets: [u8; Method::MAX], len: u8 },
        }

        impl Method {
            $(
                $(#[$doc])*
                pub const $name: Self = Self(Token::$name);
            )+

            /// A method from octets known to be a token; `None` when there are too many.
            pub(crate) fn from_token(token: &[u8]) -> Option<Self> {
                $(
                    if token == stringify!($name).as_bytes() {
                        return Some(Self::$name);
                    }
                )+
                let mut octets = [0; Self::MAX];
                octets.get_mut(..token.len())?.copy_from_slice(token);
                Some(Self(Token::Other { octets, len: u8::try_from(token.len()).ok()? }))
            }

            /// The token.
            pub fn as_bytes(&self) -> &[u8] {
                match &self.0 {
                    $( Token::$name => stringify!($name).as_bytes(), )+
                    Token::Other { octets, len } => octets.get(..usize::from(*len)).unwrap_or_default(),
                }
            }
        }
    };
}

methods! {
    /// Transfer the current representation (RFC 9110 9.3.1).
    GET;
    /// As GET, without the content (RFC 9110 9.3.2).
    HEAD;
    /// Process the content (RFC 9110 9.3.3).
    POST;
    /// Replace the representation (RFC 9110 9.3.4).
    PUT;
    /// Remove the resource (RFC 9110 9.3.5).
    DELETE;
    /// Open a tunnel (RFC 9110 9.3.6).
    CONNECT;
    /// Tell what can be done (RFC 9110 9.3.7).
    OPTIONS;
    /// Send the request back (RFC 9110 9.3.8).
    TRACE;
    /// Change a part (RFC 5789).
    PATCH;
}

impl Method {
    /// The most octets a method may have; a longer one is answered 501 (RFC 9112 3).
    pub const MAX: usize = request_line::METHOD_MAX;

    /// A method from its token.
    ///
    /// # Errors
    ///
    /// [`UsageError::Method`] when `token` is empty, longer than [`Method::MAX`], or not a token.
    ///
    /// ```
    /// use basehttp_proto::Method;
    /// assert_eq!(Method::new("GET"), Ok(Method::GET));
    /// assert!(Method::new("get").is_ok_and(|m| m != Method::GET));
    /// assert!(Method::new("G(T").is_err());
    /// ```
    pub fn new(token: impl AsRef<[u8]>) -> Result<Self, UsageError> {
        let token = Some(token.as_ref()).filter(|token| octet::is_token_text(token));
        token.and_then(Self::from_token).ok_or(UsageError::Method)
    }

    /// The token as text: tokens are ASCII.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// Whether the method only reads (RFC 9110 9.2.1).
    pub fn is_safe(&self) -> bool {
        matches!(*self, Self::GET | Self::HEAD | Self::OPTIONS | Self::TRACE)
    }

    /// Whether repeating the request has no further effect (RFC 9110 9.2.2).
    pub fn is_idempotent(&self) -> bool {
        self.is_safe() || matches!(*self, Self::PUT | Self::DELETE)
    }
}

impl PartialEq<str> for Method {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl PartialEq<&str> for Method {
    fn eq(&self, other: &&str) -> bool {
        *self == **other
    }
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
