//! Numbers, lists and texts as bytes of this machine, for checkpoints.

use std::io::{self, Read, Write};

use pulp::bytemuck::{Pod, cast_slice, cast_slice_mut};

/// Makes the error for bytes that cannot be what they should.
#[must_use]
pub fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Writes a number.
///
/// # Errors
/// Those of the writer.
pub fn put_number(out: &mut dyn Write, number: u64) -> io::Result<()> {
    out.write_all(&number.to_ne_bytes())
}

/// Reads a number.
///
/// # Errors
/// Those of the reader.
pub fn number(input: &mut dyn Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    input.read_exact(&mut bytes)?;
    Ok(u64::from_ne_bytes(bytes))
}

/// Writes how many there are of something.
pub(crate) fn put_length(out: &mut dyn Write, length: usize) -> io::Result<()> {
    put_number(out, length as u64)
}

/// Reads how many there are of something.
pub(crate) fn length(input: &mut dyn Read) -> io::Result<usize> {
    usize::try_from(number(input)?).map_err(|_| bad("a number is too large"))
}

/// Writes a list with its length.
pub(crate) fn put_list<T: Pod>(out: &mut dyn Write, list: &[T]) -> io::Result<()> {
    put_length(out, list.len())?;
    out.write_all(cast_slice(list))
}

/// Bytes of the longest list.
pub(crate) const LONGEST: usize = 1 << 32;

/// Reads a list.
pub(crate) fn list<T: Pod>(input: &mut dyn Read) -> io::Result<Vec<T>> {
    list_within(input, LONGEST)
}

fn list_within<T: Pod>(input: &mut dyn Read, most: usize) -> io::Result<Vec<T>> {
    let length = length(input)?;
    if length.saturating_mul(size_of::<T>()) > most {
        return Err(bad("a list is too long"));
    }
    let mut list = vec![T::zeroed(); length];
    input.read_exact(cast_slice_mut(&mut list))?;
    Ok(list)
}

/// Writes a text.
///
/// # Errors
/// Those of the writer.
pub fn put_text(out: &mut dyn Write, text: &str) -> io::Result<()> {
    put_list(out, text.as_bytes())
}

/// Reads a text of at most so many bytes.
///
/// # Errors
/// Those of the reader, and `InvalidData` for one that is longer or not UTF-8.
pub fn text(input: &mut dyn Read, most: usize) -> io::Result<String> {
    String::from_utf8(list_within(input, most)?).map_err(|_| bad("a text is not UTF-8"))
}
