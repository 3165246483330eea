//! gRPC: the only place that knows prost and tonic messages.
//!
//! [`convert`] parses requests into domain values, so that names, locales and scores are not checked
//! again. [`status`] is the one table that maps faults to gRPC statuses.

mod admin;
mod admit;
pub mod convert;
mod deadline;
mod glossary;
mod interchange;
mod lookup;
mod memory;
pub mod proto;
mod reply;
mod segmentation;
mod services;
pub mod status;

pub use lookup::explain;
pub use segmentation::lint_findings;
pub use services::{
    FILE_DESCRIPTOR_SET, SERVICE_NAMES, ServiceSettings, authorized, build_services, method_names,
};
