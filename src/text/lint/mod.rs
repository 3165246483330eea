//! Troubles in a text that spoil matching, each with its place, its reason
//! and, where there is one, what to write instead. `docs/arabic.md` lists them.

mod bidi;
mod checks;
mod digits;
mod entities;
mod findings;
mod letters;
mod mojibake;
mod quotes;

pub use checks::lint;
pub use findings::{LintFinding, LintKind};
