//! The HTTP listener of the metrics: `/metrics`, `/livez` and `/readyz`.

use std::{io, sync::Arc};

use axum::{
    Extension, Router,
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
    routing::get,
    serve::Listener,
};

use crate::{
    access::ClientCertificate,
    caller::Caller,
    fault::Fault,
    metrics::Metrics,
    server::{
        connections::{AnswerConnection, OpenCall, Opened, Stream},
        tls::{Protocol, Tls},
    },
    service::{Admission, Authenticator},
};

/// The media type of the text format of OpenMetrics.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug)]
struct Sight {
    admission: Admission,
    authenticator: Authenticator,
    metrics: Metrics,
    tls: Option<Tls>,
}

/// Answers with the pages of the metrics, to callers that the authenticator recognizes.
#[derive(Clone, Debug)]
pub(in crate::server) struct MetricsPages(Router);

impl MetricsPages {
    pub(in crate::server) fn new(
        admission: Admission,
        authenticator: Authenticator,
        metrics: Metrics,
        tls: Option<Tls>,
    ) -> Self {
        let pages = Router::new()
            .route("/metrics", get(all_metrics))
            // Without a token, because load balancers have none. The process answers, also while it is busy.
            .route("/livez", get(|| async { "live\n" }))
            .route("/readyz", get(readiness))
            .with_state(Sight { admission, authenticator, metrics, tls });
        Self(pages)
    }
}

impl AnswerConnection for MetricsPages {
    const PROTOCOL: Protocol = Protocol::Http;

    async fn answer(self, opened: Opened, stop: impl Future<Output = ()> + Send + 'static) {
        let Opened { stream, connection, certificate } = opened;
        let counted = from_fn(move |request: Request, next: Next| {
            let call = OpenCall::begin(&connection, false);
            async move {
                let answer = next.run(request).await;
                drop(call);
                answer
            }
        });
        let pages = self.0.layer(Extension(certificate.map(Arc::new))).layer(counted);
        if let Err(cause) = axum::serve(OneConnection(Some(stream)), pages).with_graceful_shutdown(stop).await
        {
            tracing::debug!(%cause, "a connection of the metrics failed");
        }
    }
}

/// A listener with one connection, which was accepted before.
struct OneConnection(Option<Stream>);

impl Listener for OneConnection {
    type Io = Stream;
    type Addr = ();

    async fn accept(&mut self) -> (Stream, ()) {
        match self.0.take() {
            Some(stream) => (stream, ()),
            // There is never a second one.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Answers with all metrics. While the store is being opened, those of the store are zero; a caller that needs a
/// token waits until then, because the tokens are in the store.
async fn all_metrics(
    State(sight): State<Sight>,
    Extension(certificate): Extension<Option<Arc<ClientCertificate>>>,
    headers: HeaderMap,
) -> Response {
    let Sight { admission, authenticator, metrics, tls } = sight;
    let authorizations = headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
    if let Err(fault) = authenticator.authenticate(authorizations, certificate.as_deref()) {
        return refused(&fault);
    }
    match admission.figures(&Caller::anonymous()).await {
        Ok(figures) => metrics.set_figures(&figures),
        Err(Fault::Starting | Fault::Stopping) => {}
        Err(cause) => return failed(&cause.to_string()),
    }
    for class in admission.class_figures() {
        metrics.set_class(class);
    }
    if let Some(tls) = tls {
        metrics.set_certificate_expiry(tls.expires_at().0.div_euclid(1_000));
    }
    if let Some(bytes) = resident_bytes() {
        metrics.set_resident_bytes(bytes);
    }
    match metrics.text() {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(cause) => failed(&cause.to_string()),
    }
}

fn refused(fault: &Fault) -> Response {
    let page = format!("{}: {fault}\n", fault.reason());
    match fault {
        // Both kinds of callers may try again with a token.
        Fault::Unauthenticated(_) => {
            (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Bearer")], page).into_response()
        }
        _ => (StatusCode::SERVICE_UNAVAILABLE, page).into_response(),
    }
}

fn failed(cause: &str) -> Response {
    tracing::error!(%cause, "the metrics cannot be read");
    (StatusCode::INTERNAL_SERVER_ERROR, format!("{cause}\n")).into_response()
}

/// Answers whether calls are answered. Refused writes do not make the server unready, because lookups go on.
async fn readiness(State(sight): State<Sight>) -> Response {
    match sight.admission.check_writes().await {
        Ok(()) => "ready\n".into_response(),
        Err(cause @ (Fault::Starting | Fault::Stopping)) => refused(&cause),
        Err(cause) => format!("ready, but writes are refused: {}: {cause}\n", cause.reason()).into_response(),
    }
}

/// Returns the memory of this process, where the system says so.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}
