//! The open connections: how many there are at most, which one is closed to make room, and when an
//! idle one is closed.
//!
//! tonic accepts without a limit, closes no idle connection, and uses a whole core when there are no
//! descriptors left. So the server accepts by itself, and each connection gets a tonic server of its
//! own. Then each also has a stop signal of its own, with which it is closed as HTTP/2 asks for
//! (GOAWAY): its client opens another connection and loses no call.
//!
//! At the limit the connection that has been without a call for longest is closed for the newcomer.
//! If all have calls, one is closed whose calls only wait for their client, and have done so for 2 s.
//! If there is none either, the newcomer is closed, because a connection whose calls are being answered
//! must stay unaffected.
//!
//! With TLS, a connection has its place before its handshake, which its own task makes. Connections whose
//! handshake is not over are closed before all others. The listener of the metrics has the same rules, with a
//! smaller limit.

mod accept;
mod activity;
mod calls;
mod grpc;
mod limit;
mod open;
mod serve;
mod socket;
mod stream;

pub(super) use activity::OpenCall;
pub(super) use grpc::GrpcCalls;
pub(super) use limit::METRICS_CONNECTIONS;
pub use limit::{ConnectionLimits, DEFAULT_CONNECTIONS, DescriptorError, RESERVED_DESCRIPTORS};
pub(super) use serve::{AnswerConnection, ConnectionServer, Opened};
pub(super) use stream::Stream;
