//! The command line: stdout is data, stderr is talk.
//!
//! Exit codes: 0 done or found, 1 nothing found, 2 error, 3 done with
//! problems. A broken pipe is success.

mod client;
mod command;
mod download;
mod exit;
mod export;
mod fold;
mod glossary;
mod import;
mod input;
mod json;
mod lint;
mod lookup;
mod memory;
mod output;
mod pretranslate;
mod score;
mod segment;
mod serve;
mod show;
mod unit_format;
mod upload;
pub use command::run;
