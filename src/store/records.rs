//! The generated record messages.
#![allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    reason = "generated from proto/dhakira/store/v1/records.proto, which is commented"
)]

tonic::include_proto!("dhakira.store.v1");
