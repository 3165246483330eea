//! The protocols that are spoken inside TLS.

/// The protocol of a listener, which client and server agree on during the handshake (ALPN).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server) enum Protocol {
    /// gRPC over HTTP/2.
    Grpc,
    /// HTTP/1.1, for the metrics.
    Http,
}
