//! Measures each call, gives it an id, and puts both into a span of the log.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use tonic::{
    Status,
    body::Body,
    codegen::{
        BoxFuture, Service,
        http::{self, HeaderMap},
    },
    service::Routes,
};
use tracing::{Instrument, Span, field::Empty};

use super::request_id::{REQUEST_ID, RequestId, trace_id};
use crate::{
    metrics::{MethodMetrics, Metrics},
    server::watched_body::{BodyWatch, PolledFrame, WatchedBody},
};

/// The name under which calls of unknown methods are counted, because a client may invent any number of them.
const UNKNOWN_METHOD: &str = "unknown";

/// Answers calls with the services, and measures them. Cheap to clone.
#[derive(Clone, Debug)]
pub(in crate::server) struct ObservedCalls {
    routes: Routes,
    methods: Arc<Methods>,
}

#[derive(Debug)]
struct Methods {
    /// By the path of the method, without the first slash.
    known: HashMap<String, MethodMetrics>,
    unknown: MethodMetrics,
}

impl ObservedCalls {
    /// Measures the calls of `routes`, whose methods are `methods`.
    pub(in crate::server) fn new(
        routes: Routes,
        methods: impl IntoIterator<Item = String>,
        metrics: &Metrics,
    ) -> Self {
        let known = methods.into_iter().map(|name| (name.clone(), metrics.method(&name))).collect();
        let methods = Methods { known, unknown: metrics.method(UNKNOWN_METHOD) };
        Self { routes: routes.prepare(), methods: Arc::new(methods) }
    }
}

impl Service<http::Request<Body>> for ObservedCalls {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Service::<http::Request<Body>>::poll_ready(&mut self.routes, context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let method = request.uri().path().trim_start_matches('/');
        let known = self.methods.known.get_key_value(method);
        let (name, metrics) = known.map_or((UNKNOWN_METHOD, &self.methods.unknown), |(k, m)| (k.as_str(), m));
        let id = RequestId::of(request.headers());
        let span = tracing::info_span!("call", method = name, request = %id, trace = Empty);
        if let Some(trace) = trace_id(request.headers()) {
            span.record("trace", trace);
        }
        let mut call = MeasuredCall::begin(metrics.clone(), span.clone());
        let answer = span.in_scope(|| self.routes.call(request));
        let answered = async move {
            let mut answer = answer.await?;
            // Without a body, an error is in the headers.
            call.note_code(answer.headers());
            if let Some(id) = id.header() {
                answer.headers_mut().insert(REQUEST_ID, id);
            }
            Ok(answer.map(|body| Body::new(WatchedBody::new(body, call))))
        };
        Box::pin(answered.instrument(span))
    }
}

/// A call under way. Its end is recorded when it is dropped.
#[derive(Debug)]
struct MeasuredCall {
    metrics: MethodMetrics,
    span: Span,
    started: Instant,
    /// Unknown if the client leaves before the end of the answer.
    code: Option<&'static str>,
}

impl MeasuredCall {
    fn begin(metrics: MethodMetrics, span: Span) -> Self {
        metrics.begin();
        Self { metrics, span, started: Instant::now(), code: None }
    }

    /// Notes the code of the answer, if the headers or trailers have it.
    fn note_code(&mut self, headers: &HeaderMap) {
        if let Some(code) = headers.get(Status::GRPC_STATUS) {
            self.code = Some(code_name(code.as_bytes()));
        }
    }
}

impl BodyWatch for MeasuredCall {
    /// Notes the code, which is in the trailers of the answer.
    fn look(&mut self, polled: &PolledFrame) {
        if let Poll::Ready(Some(Ok(frame))) = polled
            && let Some(trailers) = frame.trailers_ref()
        {
            self.note_code(trailers);
        }
    }
}

impl Drop for MeasuredCall {
    fn drop(&mut self) {
        let elapsed = self.started.elapsed();
        let code = self.code.unwrap_or("CANCELLED");
        self.metrics.end(code, elapsed);
        self.span.in_scope(|| tracing::debug!(code, seconds = elapsed.as_secs_f64(), "the call has ended"));
    }
}

/// Returns the name of a gRPC code that is written as a number.
fn code_name(code: &[u8]) -> &'static str {
    match code {
        b"0" => "OK",
        b"1" => "CANCELLED",
        b"3" => "INVALID_ARGUMENT",
        b"4" => "DEADLINE_EXCEEDED",
        b"5" => "NOT_FOUND",
        b"6" => "ALREADY_EXISTS",
        b"7" => "PERMISSION_DENIED",
        b"8" => "RESOURCE_EXHAUSTED",
        b"9" => "FAILED_PRECONDITION",
        b"10" => "ABORTED",
        b"11" => "OUT_OF_RANGE",
        b"12" => "UNIMPLEMENTED",
        b"13" => "INTERNAL",
        b"14" => "UNAVAILABLE",
        b"15" => "DATA_LOSS",
        b"16" => "UNAUTHENTICATED",
        _ => "UNKNOWN",
    }
}
