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

mod accept;
mod activity;
mod calls;
mod limit;
mod open;
mod serve;
mod socket;

pub use limit::{ConnectionLimits, DEFAULT_CONNECTIONS, DescriptorError, RESERVED_DESCRIPTORS};
pub(super) use serve::ConnectionServer;
