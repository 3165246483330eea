//! gRPC: the only place that knows prost and tonic messages.
//!
//! Requests become domain values in [`convert`] and nothing behind it checks
//! them again; faults become statuses by the one table in [`status`].

mod admit;
pub mod convert;
mod deadline;
mod glossary;
mod interchange;
mod lookup;
mod memory;
pub mod proto;
mod segmentation;
mod services;
pub mod status;

pub use lookup::explain;
pub use segmentation::findings as lint_findings;
pub use services::{FILE_DESCRIPTOR_SET, SERVICE_NAMES, services};
