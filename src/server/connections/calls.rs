//! Counts the calls of a connection, notices when they move, and gives them the client's certificate.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use tonic::{
    body::Body,
    codegen::{BoxFuture, Service, http},
};

use super::activity::{Awaited, Connection, OpenCall};
use crate::{
    access::ClientCertificate,
    server::watched_body::{BodyWatch, PolledFrame, WatchedBody},
};

/// The method that lasts until its client ends it.
const WATCH: &str = "/grpc.health.v1.Health/Watch";

/// Answers calls with another service, and counts them for their connection.
#[derive(Clone, Debug)]
pub(super) struct CountedCalls<S> {
    service: S,
    connection: Arc<Connection>,
    certificate: Option<ClientCertificate>,
}

impl<S> CountedCalls<S> {
    pub(super) fn new(
        service: S,
        connection: Arc<Connection>,
        certificate: Option<ClientCertificate>,
    ) -> Self {
        Self { service, connection, certificate }
    }
}

impl<S> Service<http::Request<Body>> for CountedCalls<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = http::Response<WatchedBody<OpenCall>>;
    type Error = S::Error;
    type Future = BoxFuture<Self::Response, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let call = OpenCall::begin(&self.connection, request.uri().path() == WATCH);
        let connection = Arc::clone(&self.connection);
        let watch = RequestWatch { connection, awaited: None };
        let mut request = request.map(|body| Body::new(WatchedBody::new(body, watch)));
        if let Some(certificate) = &self.certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        let answer = self.service.call(request);
        Box::pin(async move { Ok(answer.await?.map(|body| WatchedBody::new(body, call))) })
    }
}

/// Notes when the server waits for more of a request.
#[derive(Debug)]
struct RequestWatch {
    connection: Arc<Connection>,
    awaited: Option<Awaited>,
}

impl BodyWatch for RequestWatch {
    fn look(&mut self, polled: &PolledFrame) {
        match polled {
            Poll::Pending if self.awaited.is_none() => {
                self.awaited = Some(Awaited::begin(&self.connection));
            }
            Poll::Pending => {}
            Poll::Ready(_) => {
                self.awaited = None;
                self.connection.note_movement();
            }
        }
    }
}

/// The call ends when its answer is dropped.
impl BodyWatch for OpenCall {
    fn look(&mut self, polled: &PolledFrame) {
        if polled.is_ready() {
            self.connection().note_movement();
        }
    }
}
