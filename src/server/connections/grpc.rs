//! gRPC on one connection.

use std::{convert::Infallible, io, sync::Arc};

use tokio_stream::StreamExt;
use tonic::{
    body::Body,
    codegen::{Service, http},
    transport::Server,
};

use super::{
    calls::CountedCalls,
    serve::{AnswerConnection, Opened},
};
use crate::server::tls::Protocol;

/// Answers the calls of connections with gRPC services.
#[derive(Clone, Debug)]
pub(in crate::server) struct GrpcCalls<S> {
    /// The settings of HTTP/2.
    pub(in crate::server) transport: Server,
    /// The services.
    pub(in crate::server) services: S,
}

impl<S> AnswerConnection for GrpcCalls<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = Infallible>,
    S: Clone + Send + Sync + 'static,
    S::Future: Send + 'static,
{
    const PROTOCOL: Protocol = Protocol::Grpc;

    async fn answer(self, opened: Opened, stop: impl Future<Output = ()> + Send + 'static) {
        let Opened { stream, connection, certificate } = opened;
        // There is never a second connection, but the server would stop at the end of the stream.
        let incoming = tokio_stream::once(Ok::<_, io::Error>(stream)).chain(tokio_stream::pending());
        let calls = CountedCalls::new(self.services, Arc::clone(&connection), certificate);
        // Only an error of the transport, after which nothing is left to do.
        let _ = self.transport.serve_with_incoming_shutdown(calls, incoming, stop).await;
    }
}
