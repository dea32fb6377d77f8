//! What all connections of a server have in common.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use basehttp_proto::{Config, Products, UsageError};

use crate::error_page::{DefaultPages, ErrorPages};
use crate::observer::{Both, Observer};
use crate::{ForwardedBy, ServerInfo, Trusted};

/// Octets of content that are collected for a handler unless [`Settings::max_content`] says otherwise; more are answered
/// 413: 1 MiB.
pub const MAX_CONTENT: u64 = 1 << 20;

/// Settings for every connection of a server; an adapter shares one between all of them.
#[derive(Clone)]
pub struct Settings {
    pub(crate) config: Arc<Config>,
    /// The same for connections whose content is collected.
    pub(crate) collecting: Arc<Config>,
    pub(crate) max_content: u64,
    pub(crate) server_name: Option<String>,
    pub(crate) error_pages: Arc<dyn ErrorPages>,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) clock: fn() -> SystemTime,
    pub(crate) secured: bool,
    pub(crate) forwarded: Option<Arc<(ForwardedBy, Trusted)>>,
}

impl Settings {
    /// Limits and timeouts; they replace the defaults as a whole. What [`server`](Self::server) said stays, unless this says
    /// something else.
    #[must_use]
    pub fn config(mut self, mut config: Config) -> Self {
        config.server = config.server.or_else(|| self.config.server.clone());
        self.config = Arc::new(config);
        self.with_collecting()
    }

    /// Octets of content that are collected for a handler, unless [`Limits::content`](basehttp_proto::Limits::content) allows
    /// fewer; more are answered 413. It does not hold for a handler that takes the content itself.
    #[must_use]
    pub fn max_content(mut self, octets: u64) -> Self {
        self.max_content = octets;
        self.with_collecting()
    }

    fn with_collecting(mut self) -> Self {
        let mut config = Config::clone(&self.config);
        config.limits.content = config.limits.content.min(self.max_content);
        self.collecting = Arc::new(config);
        self
    }

    /// What Server says, in products such as `example/1.0` (RFC 9110 10.2.4); empty for no such field.
    ///
    /// # Errors
    ///
    /// [`UsageError::FieldValue`] when `products` holds a control octet.
    pub fn server(mut self, products: &str) -> Result<Self, UsageError> {
        let server = if products.is_empty() { None } else { Some(Products::new(products)?) };
        Arc::make_mut(&mut self.config).server = server;
        Ok(self.with_collecting())
    }

    /// The name that [`ServerInfo::name`] tells handlers, instead of the address that the server listens on.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.server_name = Some(name.into());
        self
    }

    /// What handlers are told of a server with these settings that listens on `local`; `None` for one at a path.
    pub fn server_info(&self, local: Option<SocketAddr>) -> ServerInfo {
        let software = self.config.server.as_ref().map_or("", Products::as_str);
        ServerInfo::new(self.server_name.as_deref(), local, software)
    }

    /// The pages that explain errors.
    #[must_use]
    pub fn error_pages(mut self, pages: impl ErrorPages + 'static) -> Self {
        self.error_pages = Arc::new(pages);
        self
    }

    /// Who is told of every connection, every response and every refusal.
    #[must_use]
    pub fn observer(mut self, observer: impl Observer + 'static) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// The same settings, with one more who is told.
    #[must_use]
    pub fn and_observer(&self, observer: impl Observer + 'static) -> Self {
        match &self.observer {
            Some(first) => self.clone().observer(Both(Arc::clone(first), observer)),
            None => self.clone().observer(observer),
        }
    }

    /// The clock for Date and log lines, in the place of the system's.
    #[must_use]
    pub fn clock(mut self, clock: fn() -> SystemTime) -> Self {
        self.clock = clock;
        self
    }

    /// Whether all connections are secured, by somebody before this server for one; TLS of its own, and what trusted proxies
    /// tell, need no word of this. A request for an `https` URI is answered 421 on any other (RFC 9110 7.4).
    #[must_use]
    pub fn secured(mut self, secured: bool) -> Self {
        self.secured = secured;
        self
    }

    /// Whose word is taken for whom a request is from, and by which fields. Unless said nobody's: those fields are then as any
    /// other.
    #[must_use]
    pub fn forwarded(mut self, by: ForwardedBy, trusted: Trusted) -> Self {
        self.forwarded = Some(Arc::new((by, trusted)));
        self
    }

    /// Tells whoever is told, if anybody is.
    pub fn tell(&self, what: impl FnOnce(&dyn Observer)) {
        if let Some(observer) = &self.observer {
            what(&**observer);
        }
    }

    /// Limits and timeouts.
    pub fn current_config(&self) -> &Config {
        &self.config
    }
}

impl Default for Settings {
    /// The default limits and timeouts, [`MAX_CONTENT`], `Server: basehttp`, the default pages, and no observer.
    fn default() -> Self {
        let settings = Self {
            config: Arc::default(),
            collecting: Arc::default(),
            max_content: MAX_CONTENT,
            server_name: None,
            error_pages: Arc::new(DefaultPages),
            observer: None,
            clock: SystemTime::now,
            secured: false,
            forwarded: None,
        };
        settings.clone().server("basehttp").unwrap_or_else(|_| settings.with_collecting())
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("config", &self.config).finish_non_exhaustive()
    }
}
