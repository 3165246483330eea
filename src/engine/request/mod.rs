//! Parts that all requests share: pages, and the check of every request against the limits.

mod pages;
mod validate;

pub use pages::{Page, PageRequest};
pub(crate) use pages::{PageBuilder, PageTokens, take_page};
pub use validate::Checker;
pub(crate) use validate::find_repeated_external_id;
