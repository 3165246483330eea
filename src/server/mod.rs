//! The process around the services: listening, opening, health, draining.
//!
//! [`run`] takes its listener and its stop signal from outside, so that a test
//! binds port 0 and pulls the plug.

mod sample;
mod serve;

pub use sample::{SAMPLE, load_sample};
pub use serve::{ServeError, Settings, listen, run};
