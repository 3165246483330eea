//! The segmentation rules for languages in Arabic script. `docs/arabic.md` lists each rule with an example.
//!
//! `breaks` goes through a paragraph and decides at each stop. `closers` finds what belongs to a stop, such as
//! closing quotes and note marks; `abbreviated` decides whether a dot belongs to the word before it; `items`
//! follows the numbers of lists; `lost_space` decides about a stop without white space after it. `scan` has the
//! characters that they all read.

mod abbreviated;
mod breaks;
mod closers;
mod items;
mod lost_space;
mod scan;

pub(crate) use breaks::segment;
pub(crate) use scan::CharBuffer;
