//! Finds problems in a text that spoil matching. Each finding has its place, its reason and, if there
//! is one, the text to write instead. `docs/arabic.md` lists the kinds.

mod bidi;
mod checks;
mod digits;
mod entities;
mod findings;
mod letters;
mod mojibake;
mod quotes;

pub use checks::{lint, lint_until};
pub use findings::{LintFinding, LintKind};
