//! The HTTP listener of the metrics: `/metrics`, `/livez` and `/readyz`.

use axum::{
    Router,
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::net::TcpListener;

use crate::{
    caller::Caller,
    fault::Fault,
    metrics::Metrics,
    service::{Admission, Authenticator},
};

/// The media type of the text format of OpenMetrics.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone, Debug)]
struct Sight {
    admission: Admission,
    authenticator: Authenticator,
    metrics: Metrics,
}

/// Serves the metrics until `stop` is ready, to callers that `authenticator` recognizes.
pub(in crate::server) async fn serve_metrics(
    listener: TcpListener,
    admission: Admission,
    authenticator: Authenticator,
    metrics: Metrics,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let pages = Router::new()
        .route("/metrics", get(all_metrics))
        // Without a token, because load balancers have none. The process answers, also while it is busy.
        .route("/livez", get(|| async { "live\n" }))
        .route("/readyz", get(readiness))
        .with_state(Sight { admission, authenticator, metrics });
    if let Err(cause) = axum::serve(listener, pages).with_graceful_shutdown(stop).await {
        tracing::error!(%cause, "the metrics are no longer served");
    }
}

/// Answers with all metrics. While the store is being opened, those of the store are zero; a caller that needs a
/// token waits until then, because the tokens are in the store.
async fn all_metrics(State(sight): State<Sight>, headers: HeaderMap) -> Response {
    let Sight { admission, authenticator, metrics } = sight;
    let authorizations = headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
    if let Err(fault) = authenticator.authenticate(authorizations) {
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
