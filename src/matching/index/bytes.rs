//! Reads and writes numbers, lists and texts in native byte order, for checkpoints.

use std::io::{self, Read, Write};

use pulp::bytemuck::{Pod, cast_slice, cast_slice_mut};

/// Returns an `InvalidData` error with this message.
#[must_use]
pub fn invalid_data(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// Writes a number.
///
/// # Errors
/// Returns the writer's errors.
pub fn write_number(out: &mut dyn Write, number: u64) -> io::Result<()> {
    out.write_all(&number.to_ne_bytes())
}

/// Reads a number.
///
/// # Errors
/// Returns the reader's errors.
pub fn read_number(input: &mut dyn Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    input.read_exact(&mut bytes)?;
    Ok(u64::from_ne_bytes(bytes))
}

/// Writes a `usize`, such as the length of a list.
pub(crate) fn write_length(out: &mut dyn Write, length: usize) -> io::Result<()> {
    write_number(out, length as u64)
}

/// Reads a `usize`, such as the length of a list.
pub(crate) fn read_length(input: &mut dyn Read) -> io::Result<usize> {
    usize::try_from(read_number(input)?).map_err(|_| invalid_data("a number is too large"))
}

/// Writes the length of a list, then its items.
pub(crate) fn write_list<T: Pod>(out: &mut dyn Write, list: &[T]) -> io::Result<()> {
    write_length(out, list.len())?;
    out.write_all(cast_slice(list))
}

/// The maximum size of a list in bytes.
pub(crate) const MAX_LIST_BYTES: usize = 1 << 32;

/// Reads a list of at most [`MAX_LIST_BYTES`] bytes.
pub(crate) fn read_list<T: Pod>(input: &mut dyn Read) -> io::Result<Vec<T>> {
    read_list_within(input, MAX_LIST_BYTES)
}

fn read_list_within<T: Pod>(input: &mut dyn Read, max_bytes: usize) -> io::Result<Vec<T>> {
    let length = read_length(input)?;
    if length.saturating_mul(size_of::<T>()) > max_bytes {
        return Err(invalid_data("a list is too long"));
    }
    let mut list = vec![T::zeroed(); length];
    input.read_exact(cast_slice_mut(&mut list))?;
    Ok(list)
}

/// Writes the length of a text in bytes, then the text.
///
/// # Errors
/// Returns the writer's errors.
pub fn write_text(out: &mut dyn Write, text: &str) -> io::Result<()> {
    write_list(out, text.as_bytes())
}

/// Reads a text of at most `max_bytes` bytes.
///
/// # Errors
/// Returns the reader's errors, and `InvalidData` for a text that is longer or is not UTF-8.
pub fn read_text(input: &mut dyn Read, max_bytes: usize) -> io::Result<String> {
    String::from_utf8(read_list_within(input, max_bytes)?).map_err(|_| invalid_data("a text is not UTF-8"))
}
