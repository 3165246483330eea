//! Reading and writing TMX 1.1 to 1.4b.

mod inline;
mod read;
mod unit;
mod write;

pub(crate) use read::TmxReader;
pub(crate) use unit::{UNREVIEWED, origin_name, parse_origin};
pub(crate) use write::TmxWriter;
