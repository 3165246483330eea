//! Counts the calls of a connection, notices when they move, and gives them the client's certificate.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http_body::{Frame, SizeHint};
use tonic::{
    Status,
    body::Body,
    codegen::{BoxFuture, Bytes, Service, http},
};

use super::activity::{Awaited, Connection, OpenCall};
use crate::access::ClientCertificate;

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
    type Response = http::Response<AnswerBody>;
    type Error = S::Error;
    type Future = BoxFuture<Self::Response, S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let call = OpenCall::begin(&self.connection, request.uri().path() == WATCH);
        let connection = Arc::clone(&self.connection);
        let mut request = request.map(|body| Body::new(RequestBody { body, connection, awaited: None }));
        if let Some(certificate) = &self.certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        let answer = self.service.call(request);
        Box::pin(async move { Ok(answer.await?.map(|body| AnswerBody { body, call })) })
    }
}

/// The body of a request. Notes when the server waits for more of it.
#[derive(Debug)]
struct RequestBody {
    body: Body,
    connection: Arc<Connection>,
    awaited: Option<Awaited>,
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Pending if self.awaited.is_none() => {
                self.awaited = Some(Awaited::begin(&self.connection));
            }
            Poll::Pending => {}
            Poll::Ready(_) => {
                self.awaited = None;
                self.connection.note_movement();
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of an answer. The call ends when it is dropped.
#[derive(Debug)]
pub(super) struct AnswerBody {
    body: Body,
    call: OpenCall,
}

impl http_body::Body for AnswerBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_ready() {
            self.call.connection().note_movement();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
