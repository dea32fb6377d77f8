//! Deviations from the strict letter that a recipient may put up with, each with its name, clause and threat.
//!
//! Law: none of them touches how a request is framed.

use core::fmt;

macro_rules! deviations {
    ($( $(#[$doc:meta])* $name:ident $code:literal $clause:literal $threat:literal $default:literal; )+) => {
        /// Something a peer may do although a strict reading forbids it, or lets it be refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Deviation {
            $(
                $(#[$doc])*
                #[doc = concat!("\n\n", $clause, "; it opens the door to ", $threat, ".")]
                $name,
            )+
        }

        impl Deviation {
            /// All of them, in the order of this documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// A short name that stays the same between releases, for logs.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The clause that speaks of it.
            pub const fn clause(self) -> &'static str {
                match self { $(Self::$name => $clause,)+ }
            }

            /// What it could be used for.
            pub const fn threat(self) -> &'static str {
                match self { $(Self::$name => $threat,)+ }
            }

            const fn by_default(self) -> bool {
                match self { $(Self::$name => $default,)+ }
            }
        }
    };
}

deviations! {
    /// Empty lines before a request line, up to [`Limits::empty_lines`](crate::Limits::empty_lines).
    EmptyLine "empty-line" "RFC 9112 2.2" "free octets before a deadline starts" true;
    /// HTTP/1.2 to HTTP/1.9, read as HTTP/1.1.
    MinorVersion "minor-version" "RFC 9110 2.5" "two ends of different minds on persistence" true;
    /// A target that names another host than Host does; the target's counts.
    HostOverridden "host-overridden" "RFC 9112 3.2.2" "routing by one host and answering for the other" true;
    /// UTF-8 in a request target that should have been percent-encoded.
    RawTarget "raw-target" "RFC 9112 3.2" "path rules that look at encoded paths only" false;
    /// A status line without a reason phrase and the space before it.
    ReasonMissing "reason-missing" "RFC 9112 4" "nothing that is known" true;
    /// A field of a response on several lines; they are joined by spaces.
    FoldedLine "folded-line" "RFC 9112 5.2" "a field that one reader sees and another does not" true;
    /// White space between the name and the colon of a field of a response.
    SpaceBeforeColon "space-before-colon" "RFC 9112 5.1" "a field that one reader sees and another does not" false;
    /// Lines of the head of a response that end in LF alone.
    BareLf "bare-lf" "RFC 9112 2.2" "response splitting through a value that holds an LF" false;
    /// The same Content-Length several times in a response.
    EqualLengths "equal-lengths" "RFC 9112 6.3" "a second value that another reader takes" false;
}

/// A set of deviations: those that a message used.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Deviations(u16);

impl Deviations {
    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `deviation` is among them.
    pub const fn contains(self, deviation: Deviation) -> bool {
        self.0 & Self::bit(deviation) != 0
    }

    /// All of them, in the order of [`Deviation::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Deviation> {
        Deviation::ALL.iter().copied().filter(move |deviation| self.contains(*deviation))
    }

    #[must_use]
    pub(crate) const fn with(self, deviation: Deviation) -> Self {
        Self(self.0 | Self::bit(deviation))
    }

    #[must_use]
    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn bit(deviation: Deviation) -> u16 {
        1u16.wrapping_shl(deviation as u32)
    }
}

impl fmt::Debug for Deviations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Deviation::code)).finish()
    }
}

/// Which deviations are put up with. One that is not is refused as the [`ErrorKind`](crate::ErrorKind) it is.
///
/// ```
/// use basehttp_proto::{Deviation, Policy};
/// let policy = Policy::default().allow(Deviation::RawTarget).refuse(Deviation::HostOverridden);
/// assert!(policy.allows(Deviation::RawTarget));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Policy(Deviations);

impl Policy {
    /// None at all.
    pub const fn strict() -> Self {
        Self(Deviations(0))
    }

    /// All of them, for peers that cannot be mended. Requests are framed as strictly as ever.
    pub fn compat() -> Self {
        Deviation::ALL.iter().fold(Self::strict(), |policy, deviation| policy.allow(*deviation))
    }

    /// Puts up with one more.
    #[must_use]
    pub const fn allow(self, deviation: Deviation) -> Self {
        Self(self.0.with(deviation))
    }

    /// Puts up with one less.
    #[must_use]
    pub const fn refuse(self, deviation: Deviation) -> Self {
        Self(Deviations(self.0.0 & !Deviations::bit(deviation)))
    }

    /// What of it concerns the trailers of a response: the line ends of chunks are never a matter of taste.
    pub(crate) const fn of_trailers(self) -> Self {
        Self(Deviations(self.0.0 & Deviations::bit(Deviation::FoldedLine)))
    }

    /// Whether `deviation` is put up with.
    pub const fn allows(self, deviation: Deviation) -> bool {
        self.0.contains(deviation)
    }
}

/// Those that the RFCs ask a recipient to put up with, or that cannot be misread.
impl Default for Policy {
    fn default() -> Self {
        let usual = Deviation::ALL.iter().filter(|deviation| deviation.by_default());
        usual.fold(Self::strict(), |policy, deviation| policy.allow(*deviation))
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
