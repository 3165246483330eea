//! Bytes to text: unpacking, decoding, and dates.

pub(crate) mod dates;
mod decode;
mod unpack;

pub(crate) use dates::{read_precise, write_basic, write_precise};
pub(crate) use decode::{Decoded, Lines, TextLines, declared_label, from_io};
pub(crate) use unpack::Unpacked;
