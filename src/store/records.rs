//! The record messages, generated from the proto file.
#![allow(
    missing_docs,
    clippy::allow_attributes_without_reason,
    unreachable_pub,
    unused_qualifications,
    reason = "generated from proto/dhakira/store/v1/records.proto, which is commented"
)]

include!(concat!(env!("OUT_DIR"), "/dhakira.store.v1.rs"));
