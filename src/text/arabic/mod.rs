//! What is particular to Arabic: letters, abbreviations, clitics. Tables, not code.

pub mod abbreviations;
pub mod clitics;
pub mod letters;
pub mod negators;
