//! The generated wire messages, clients and servers of `dhakira.v1`.
#![allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::indexing_slicing,
    reason = "generated from proto/dhakira/v1, whose comments are the manual"
)]

tonic::include_proto!("dhakira.v1");
