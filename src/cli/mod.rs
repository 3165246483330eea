//! The command line. Results are written to standard output, messages to standard error.
//!
//! Exit codes: 0 done or found, 1 nothing found, 2 error, 3 done with problems. A broken pipe counts as
//! success, because the reader of the output needs no more of it.

mod client;
mod client_tls;
mod command;
mod compact;
mod config;
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
mod plain_words;
mod pretranslate;
mod progress;
mod revert;
mod score;
mod segment;
mod serve;
mod setting_flags;
mod show;
mod token;
mod unit_format;
mod upload;
mod verify;
pub use command::run;
