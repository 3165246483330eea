//! Turns the bytes of a file into text: decompression, decoding, and the dates that files use.

pub(crate) mod dates;
mod decode;
mod unpack;

pub(crate) use dates::{read_precise, write_basic, write_precise};
#[cfg(test)]
pub(crate) use decode::windows_1256;
pub(crate) use decode::{DecodingReader, LineReader, LineTracker, from_io, xml_encoding_range};
pub use decode::{EncodedFile, TextEncoding};
pub(crate) use unpack::Decompressor;
