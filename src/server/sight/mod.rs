//! What an operator sees of a running server: metrics and its state over HTTP, and a span for each call.

mod calls;
mod listener;
mod request_id;

pub(super) use calls::ObservedCalls;
pub(super) use listener::MetricsPages;
