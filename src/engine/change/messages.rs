//! The messages of the log, generated from the proto file.
#![allow(
    missing_docs,
    clippy::allow_attributes_without_reason,
    clippy::large_enum_variant,
    unreachable_pub,
    unused_qualifications,
    reason = "generated from proto/dhakira/log/v1/log.proto, which is commented"
)]

include!(concat!(env!("OUT_DIR"), "/log/dhakira.log.v1.rs"));
