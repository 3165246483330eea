//! What requests have in common: pages, and the limits that every request is checked against.

mod pages;
mod validate;

pub use pages::{Page, PageRequest};
pub(crate) use pages::{Tokens, cut};
pub use validate::Checker;
pub(crate) use validate::repeated_external_id;
