//! Large values are stored in pieces. This is the one place that knows of pieces.
//!
//! sled writes every page fragment over 128 KiB to a file of its own, in `blobs/`. It creates, replaces and
//! removes these files without any order to its log. After a power cut the store may therefore not
//! open, or acknowledged writes may be gone. A leaf of sled holds up to 19 values for a moment, so a
//! page stays below that size if no value has more than [`PIECE_BYTES`].
//!
//! Nearly all values are small. They are stored as they are. A larger value begins with a head,
//! which has the value's length and checksum. The first byte of a head is 0, which is not the first
//! byte of any record, because no field of a protobuf message has the number 0.

use super::keys;

/// The most bytes of a value in sled.
pub(super) const PIECE_BYTES: usize = 4_096;

/// The first byte of a head.
const HEAD_MARK: u8 = 0;

/// The bytes of a head: its mark, the length and the checksum.
const HEAD_BYTES: usize = 1 + size_of::<u32>() + size_of::<u64>();

/// The bytes of a large value that follow its head in the first piece.
const FIRST_BYTES: usize = PIECE_BYTES - HEAD_BYTES;

/// The head of a value that has several pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// The length of the whole value in bytes.
    pub(super) length: u32,
    /// The checksum of the whole value, see [`checksum`].
    pub(super) checksum: u64,
}

impl Head {
    /// Reads the head of a value. Returns `None` if the value is whole.
    pub(super) fn parse(first: &[u8]) -> Option<Self> {
        let rest = first.strip_prefix(&[HEAD_MARK])?;
        let (length, rest) = rest.split_first_chunk()?;
        let checksum = rest.first_chunk()?;
        Some(Self { length: u32::from_be_bytes(*length), checksum: u64::from_be_bytes(*checksum) })
    }

    /// Returns the number of pieces after the first one.
    pub(super) fn further_pieces(self) -> u16 {
        let beyond_first = (self.length as usize).saturating_sub(FIRST_BYTES);
        u16::try_from(beyond_first.div_ceil(PIECE_BYTES)).unwrap_or(u16::MAX)
    }
}

/// Returns how many pieces follow the first one, of the value that begins with `first`.
pub(super) fn further_pieces(first: &[u8]) -> u16 {
    Head::parse(first).map_or(0, Head::further_pieces)
}

/// Returns the length in bytes of the value that begins with `first`.
pub(super) fn length(first: &[u8]) -> usize {
    Head::parse(first).map_or(first.len(), |head| head.length as usize)
}

/// Returns the checksum of a record. It depends on the key, too, so that two records that are
/// exchanged are noticed.
pub(super) fn checksum(key: &[u8], value: &[u8]) -> u64 {
    xxhash_rust::xxh3::xxh3_64_with_seed(value, xxhash_rust::xxh3::xxh3_64(key))
}

/// Returns the checksum of the record whose first piece is given.
pub(super) fn checksum_of_first(key: &[u8], first: &[u8]) -> u64 {
    Head::parse(first).map_or_else(|| checksum(key, first), |head| head.checksum)
}

/// Cuts a value into pieces and passes each with its key to `put`. Returns how many follow the first one.
pub(super) fn cut(key: Vec<u8>, value: Vec<u8>, mut put: impl FnMut(Vec<u8>, Vec<u8>)) -> u16 {
    debug_assert_ne!(value.first(), Some(&HEAD_MARK), "a record never begins with a zero byte");
    if value.len() <= PIECE_BYTES {
        put(key, value);
        return 0;
    }
    let (first, rest) = value.split_at(FIRST_BYTES);
    let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
    let checksum = checksum(&key, &value);
    let head = [&[HEAD_MARK][..], &length.to_be_bytes(), &checksum.to_be_bytes(), first].concat();
    let mut number = 0;
    for piece in rest.chunks(PIECE_BYTES) {
        number += 1;
        put(keys::piece(&key, number), piece.to_vec());
    }
    put(key, head);
    number
}

/// Joins the pieces of a value, which `get` returns by their keys. Returns `None` if a piece is
/// missing or the checksum differs. Then the value was replaced meanwhile, or it is damaged.
pub(super) fn join<E>(
    key: &[u8],
    head: Head,
    first: &[u8],
    mut get: impl FnMut(&[u8]) -> Result<Option<sled::IVec>, E>,
) -> Result<Option<Vec<u8>>, E> {
    let mut value = Vec::with_capacity(head.length as usize);
    value.extend_from_slice(first.get(HEAD_BYTES..).unwrap_or_default());
    for number in 1..=head.further_pieces() {
        let Some(piece) = get(&keys::piece(key, number))? else { return Ok(None) };
        value.extend_from_slice(&piece);
    }
    let is_whole = value.len() == head.length as usize && checksum(key, &value) == head.checksum;
    Ok(is_whole.then_some(value))
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, convert::Infallible};

    use proptest::prelude::*;

    use super::{Head, PIECE_BYTES, cut, further_pieces, join};

    fn pieces(value: &[u8]) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let mut pieces = BTreeMap::new();
        cut(b"key".to_vec(), value.to_vec(), |key, piece| drop(pieces.insert(key, piece)));
        pieces
    }

    fn joined(pieces: &BTreeMap<Vec<u8>, Vec<u8>>) -> Option<Vec<u8>> {
        let first = pieces.get(&b"key"[..])?;
        let Some(head) = Head::parse(first) else { return Some(first.clone()) };
        let get = |key: &[u8]| Ok::<_, Infallible>(pieces.get(key).map(|piece| sled::IVec::from(&piece[..])));
        join(b"key", head, first, get).unwrap()
    }

    proptest! {
        #[test]
        fn pieces_are_short_and_join_to_the_value(length in 1_usize..40_000, byte in 1_u8..) {
            let value: Vec<u8> = (0..=255).cycle().map(|n: u8| byte.wrapping_add(n).max(1)).take(length).collect();
            let pieces = pieces(&value);
            prop_assert!(pieces.values().all(|piece| piece.len() <= PIECE_BYTES));
            prop_assert_eq!(pieces.len(), 1 + usize::from(further_pieces(&pieces[&b"key"[..]])));
            prop_assert_eq!(joined(&pieces), Some(value));
        }

        #[test]
        fn a_lost_or_changed_piece_is_noticed(length in (PIECE_BYTES + 1)..40_000, chosen: prop::sample::Index) {
            let whole = pieces(&vec![7; length]);
            let chosen = whole.keys().nth(chosen.index(whole.len())).unwrap().clone();
            let mut lost = whole.clone();
            lost.remove(&chosen);
            prop_assert_eq!(joined(&lost), None);
            let mut changed = whole;
            *changed.get_mut(&chosen).unwrap().last_mut().unwrap() ^= 1;
            prop_assert_eq!(joined(&changed), None);
        }
    }

    #[test]
    fn a_value_of_one_piece_is_stored_as_it_is() {
        for length in [0, 1, PIECE_BYTES] {
            assert_eq!(pieces(&vec![9; length]), BTreeMap::from([(b"key".to_vec(), vec![9; length])]));
        }
        assert_eq!(pieces(&vec![9; PIECE_BYTES + 1]).len(), 2);
    }
}
