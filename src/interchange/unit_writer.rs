//! Empty: the writer of units is in `unit_files.rs`.
