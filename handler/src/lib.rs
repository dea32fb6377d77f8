#![doc = include_str!("../README.md")]

pub mod accept;
pub mod access_log;
pub mod allowed_hosts;
pub mod conditional;
mod content_type;
mod counters;
mod credentials;
pub mod date;
pub mod dispatch;
mod driver;
mod echo;
pub mod error_page;
pub mod explanation;
pub mod files;
pub mod forwarded;
#[cfg(feature = "http")]
pub mod interop;
mod json;
pub mod listing;
pub mod mime;
pub mod observer;
pub mod page;
pub mod path;
pub mod range;
mod request;
mod response;
mod root;
mod server_info;
mod settings;
#[cfg(feature = "tracing")]
mod trace;
mod trusted;
pub mod zone;

pub use access_log::{LogFormat, Record};
pub use allowed_hosts::AllowedHosts;
pub use counters::{Counters, Counts};
pub use dispatch::{Handler, Methods, by_method, inline};
pub use driver::{Ask, Content, Driver, ExchangeError, Inflow, Step, Waits};
pub use echo::Echo;
pub use files::StaticFiles;
pub use forwarded::{Client, ForwardedBy};
pub use observer::{Closed, LastRecord, LogObserver, Observer, Refusal};
pub use request::{Peer, Request};
pub use response::{Body, ErrorText, FileSlice, Response};
pub use server_info::ServerInfo;
pub use settings::{MAX_CONTENT, Settings};
#[cfg(feature = "tracing")]
pub use trace::TracingObserver;
pub use trusted::{Trusted, TrustedError};
