//! The generated wire messages, clients and servers of `dhakira.v1`.
#![allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::needless_pass_by_value,
    clippy::semicolon_if_nothing_returned,
    reason = "generated from proto/dhakira/v1, whose comments are the manual"
)]

tonic::include_proto!("dhakira.v1");
