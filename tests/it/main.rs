//! The integration tests: one binary with one module for each behaviour.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests panic when an expectation fails"
)]

mod access;
mod access_matrix;
mod admin;
mod bad_input;
mod bounds;
mod checkpoints;
mod checks;
mod circles;
mod cli;
mod compat;
mod conditions;
mod configuration;
mod data;
mod deadlines;
mod durability;
mod engine;
mod exactness;
mod exports;
mod file_ids;
mod flips;
mod glossaries;
mod house;
mod huge_files;
mod imports;
mod layering;
mod lookups;
mod memories;
mod messages;
mod metrics;
mod reasons;
mod reply_bounds;
mod reverts;
mod serving;
mod shared;
mod slow_lookups;
mod start_check;
mod support;
mod texts;
mod tls;
mod tls_clients;
mod words;
