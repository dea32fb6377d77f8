//! Who takes part.

/// A server that is measured.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    /// Its program, which stands beside this one.
    pub(crate) program: &'static str,
    /// Whom it is divided by, where it is one of ours: its floor first.
    pub(crate) over: &'static [&'static str],
}

pub(crate) const ALL: [Contestant; 12] = [
    ours("std", "std_hello", &["floor-std", "hyper", "tiny_http", "http-net"]),
    ours("tokio", "tokio_hello", &["floor-tokio", "hyper", "tiny_http", "axum", "actix-web"]),
    ours("smol", "smol_hello", &["floor-smol", "hyper", "tiny_http", "trillium-smol"]),
    other("floor-std", "floor_std"),
    other("floor-tokio", "floor_tokio"),
    other("floor-smol", "floor_smol"),
    other("hyper", "peer_hyper"),
    other("axum", "peer_axum"),
    other("actix-web", "peer_actix_web"),
    other("tiny_http", "peer_tiny_http"),
    other("http-net", "peer_http_net"),
    other("trillium-smol", "peer_trillium_smol"),
];

const fn ours(name: &'static str, program: &'static str, over: &'static [&'static str]) -> Contestant {
    Contestant { name, program, over }
}

const fn other(name: &'static str, program: &'static str) -> Contestant {
    Contestant { name, program, over: &[] }
}
