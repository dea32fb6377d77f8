//! A certificate for `localhost`, as a server has it and as a client trusts it.

use std::net::TcpStream;
use std::sync::{Arc, LazyLock};

use basehttp_transport::{Listener, Tls};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

static CERTIFICATE: LazyLock<(Tls, Arc<ClientConfig>)> = LazyLock::new(|| {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let tls = Tls::from_pem(cert.pem().as_bytes(), signing_key.serialize_pem().as_bytes()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    (tls, Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
});

/// A client that speaks TLS.
pub(crate) type Secured = StreamOwned<ClientConnection, TcpStream>;

/// The same listener, which speaks TLS.
pub(crate) fn secured(listener: Listener) -> Listener {
    listener.tls(CERTIFICATE.0.clone())
}

/// A client of one, on a socket that is connected.
pub(crate) fn secure(stream: TcpStream) -> Secured {
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(ClientConnection::new(Arc::clone(&CERTIFICATE.1), name).unwrap(), stream)
}
