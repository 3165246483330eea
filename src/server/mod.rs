//! The server process: listening, opening the store, health, draining.
//!
//! [`run`] takes its listener and its stop signal as arguments, so that a test can bind port 0
//! and stop the server itself.

mod check;
mod connections;
mod exposure;
mod sample;
mod serve;
mod sight;
mod tls;
mod watched_body;
mod writes;

pub use check::{Finding, Severity, check_start};
pub use connections::{ConnectionLimits, DEFAULT_CONNECTIONS, DescriptorError, RESERVED_DESCRIPTORS};
pub use exposure::{ExposedError, Exposure};
pub use sample::{SAMPLE_NAME, load_sample};
pub use serve::{Listeners, ServeError, Settings, listen, run};
pub use tls::{
    FileProblem, NOT_TLS, OutOfTime, TlsError, TlsFile, TlsFileError, TlsOptions, read_authorities,
    read_identity,
};
pub use writes::WRITES_SERVICE;
