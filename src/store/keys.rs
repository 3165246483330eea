//! The key layout: a prefix byte, then big-endian numbers. One scan therefore returns one
//! collection in the order in which its entries were stored.

use crate::unit::Sequence;

/// The kind of a collection: memory or glossary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CollectionKind {
    /// Holds units.
    Memory,
    /// Holds concepts.
    Glossary,
}

/// The number of a collection. It does not change when the collection is renamed, and it is not
/// used again when the collection is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionNumber(pub u32);

pub(super) const FORMAT: &[u8] = &[0x01, 0x01];
pub(super) const COUNTERS: &[u8] = &[0x01, 0x02];
pub(super) const TOTALS: &[u8] = &[0x01, 0x03];

pub(super) const MEMORY: u8 = 0x02;
pub(super) const GLOSSARY: u8 = 0x03;
pub(super) const IMPORT: u8 = 0x04;
pub(super) const DELETION: u8 = 0x05;
pub(super) const TOKEN: u8 = 0x06;
pub(super) const UNIT: u8 = 0x10;
pub(super) const UNIT_HISTORY: u8 = 0x11;
pub(super) const STAGED: u8 = 0x12;
pub(super) const UNDO: u8 = 0x13;
pub(super) const CHECKPOINT_MARK: u8 = 0x14;
pub(super) const CONCEPT: u8 = 0x20;
pub(super) const CONCEPT_HISTORY: u8 = 0x21;
const PIECE: u8 = 0x30;

impl CollectionKind {
    fn entry_byte(self) -> u8 {
        match self {
            Self::Memory => UNIT,
            Self::Glossary => CONCEPT,
        }
    }

    fn history_byte(self) -> u8 {
        match self {
            Self::Memory => UNIT_HISTORY,
            Self::Glossary => CONCEPT_HISTORY,
        }
    }

    pub(super) fn prefix(self) -> [u8; 1] {
        match self {
            Self::Memory => [MEMORY],
            Self::Glossary => [GLOSSARY],
        }
    }
}

/// Returns the kind of record that a key belongs to, by which records are counted.
pub(super) fn kind_of(key: &[u8]) -> u8 {
    key.first().copied().unwrap_or_default()
}

/// What a key says about the type of its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordType {
    Unit,
    Concept,
    Collection,
    Import,
    Deletion,
    Token,
    Staged,
    Undo,
    /// The format, the counters, the totals, a mark or an entry of the dirty log.
    Other,
}

/// Returns the type of the record that a key belongs to, or `None` if no record has such a key.
pub(super) fn record_type(key: &[u8]) -> Option<RecordType> {
    Some(match key.first()? {
        0x01 => RecordType::Other,
        &MEMORY | &GLOSSARY => RecordType::Collection,
        &IMPORT => RecordType::Import,
        &DELETION => RecordType::Deletion,
        &TOKEN => RecordType::Token,
        &UNIT | &UNIT_HISTORY => RecordType::Unit,
        &STAGED => RecordType::Staged,
        &UNDO => RecordType::Undo,
        &CHECKPOINT_MARK => RecordType::Other,
        &CONCEPT | &CONCEPT_HISTORY => RecordType::Concept,
        _ => return None,
    })
}

/// Returns what messages call the records of a kind.
pub(super) fn kind_name(kind: u8) -> &'static str {
    match kind {
        MEMORY => "memories",
        GLOSSARY => "glossaries",
        IMPORT => "imports",
        DELETION => "deletions",
        TOKEN => "tokens",
        UNIT => "units",
        UNIT_HISTORY => "former revisions of units",
        STAGED => "staged changes",
        UNDO => "undo records",
        CHECKPOINT_MARK => "entries of checkpoint marks",
        CONCEPT => "concepts",
        CONCEPT_HISTORY => "former revisions of concepts",
        _ => "records of the store itself",
    }
}

/// Returns the first byte of the keys of former revisions of units or concepts.
pub(super) fn history_kind(kind: CollectionKind) -> u8 {
    kind.history_byte()
}

/// Returns the key after all keys of records, where the further pieces of values begin.
pub(super) fn end_of_records() -> Vec<u8> {
    vec![PIECE]
}

/// Returns the first byte of the keys of units or concepts.
pub(super) fn entry_kind(kind: CollectionKind) -> u8 {
    kind.entry_byte()
}

/// Returns the key of a further piece of the value of a key. The first piece, number 0, has the key itself.
/// Further pieces are in a range of their own, so that a scan of records does not see them.
pub(super) fn piece(key: &[u8], number: u16) -> Vec<u8> {
    [&[PIECE][..], key, &number.to_be_bytes()].concat()
}

pub(super) fn collection(kind: CollectionKind, number: CollectionNumber) -> Vec<u8> {
    [&kind.prefix()[..], &number.0.to_be_bytes()].concat()
}

/// Returns the prefix of all entries of a collection.
pub(super) fn entries(kind: CollectionKind, number: CollectionNumber) -> Vec<u8> {
    [&[kind.entry_byte()][..], &number.0.to_be_bytes()].concat()
}

pub(super) fn entry(kind: CollectionKind, number: CollectionNumber, sequence: Sequence) -> Vec<u8> {
    [&entries(kind, number)[..], &sequence.0.to_be_bytes()].concat()
}

/// Returns the prefix of all former revisions in a collection.
pub(super) fn histories(kind: CollectionKind, number: CollectionNumber) -> Vec<u8> {
    [&[kind.history_byte()][..], &number.0.to_be_bytes()].concat()
}

/// Returns the prefix of the former revisions of one entry.
pub(super) fn history_of(kind: CollectionKind, number: CollectionNumber, sequence: Sequence) -> Vec<u8> {
    [&histories(kind, number)[..], &sequence.0.to_be_bytes()].concat()
}

pub(super) fn history(
    kind: CollectionKind,
    number: CollectionNumber,
    sequence: Sequence,
    revision: u32,
) -> Vec<u8> {
    [&history_of(kind, number, sequence)[..], &revision.to_be_bytes()].concat()
}

/// Parses the key of a former revision: the prefix of all revisions of its entry, the entry and the
/// revision.
pub(super) fn parse_history(key: &[u8]) -> Option<(Vec<u8>, Sequence, u32)> {
    let (prefix, revision) = key.split_last_chunk::<4>()?;
    Some((prefix.to_vec(), Sequence(trailing_u64(prefix)), u32::from_be_bytes(*revision)))
}

pub(super) fn imports() -> [u8; 1] {
    [IMPORT]
}

pub(super) fn import(number: u64) -> Vec<u8> {
    [&imports()[..], &number.to_be_bytes()].concat()
}

pub(super) fn deletions() -> [u8; 1] {
    [DELETION]
}

/// Returns the key of the deletion that a change began.
pub(super) fn deletion(change: u64) -> Vec<u8> {
    [&deletions()[..], &change.to_be_bytes()].concat()
}

pub(super) fn tokens() -> [u8; 1] {
    [TOKEN]
}

pub(super) fn token(number: u64) -> Vec<u8> {
    [&tokens()[..], &number.to_be_bytes()].concat()
}

/// Returns the prefix of all staged changes of an import.
pub(super) fn staged_of(import: u64) -> Vec<u8> {
    [&[STAGED][..], &import.to_be_bytes()].concat()
}

/// Returns the key of the staged change of an import to a unit. There is one for each pair, so a
/// later staged change replaces it.
pub(super) fn staged(import: u64, sequence: Sequence) -> Vec<u8> {
    [&staged_of(import)[..], &sequence.0.to_be_bytes()].concat()
}

/// Returns the prefix of all undo records of an import.
pub(super) fn undo_of(import: u64) -> Vec<u8> {
    [&[UNDO][..], &import.to_be_bytes()].concat()
}

pub(super) fn undo(import: u64, sequence: Sequence) -> Vec<u8> {
    [&undo_of(import)[..], &sequence.0.to_be_bytes()].concat()
}

/// Returns the prefix of all checkpoint marks and of the dirty log.
pub(super) fn marks() -> [u8; 1] {
    [CHECKPOINT_MARK]
}

pub(super) fn mark(number: u64) -> Vec<u8> {
    [&marks()[..], &number.to_be_bytes()].concat()
}

/// Returns the dirty-log key of a whole memory.
pub(super) fn dirty_memory(moment_number: u64, memory: CollectionNumber) -> Vec<u8> {
    [&mark(moment_number)[..], &memory.0.to_be_bytes()].concat()
}

/// Returns the dirty-log key of a unit.
pub(super) fn dirty_unit(moment_number: u64, memory: CollectionNumber, sequence: Sequence) -> Vec<u8> {
    [&dirty_memory(moment_number, memory)[..], &sequence.0.to_be_bytes()].concat()
}

/// Parses a key of [`dirty_memory`] (without a sequence) or [`touched`]. Returns `None` for
/// the key of a mark itself.
pub(super) fn parse_dirty(key: &[u8]) -> Option<(CollectionNumber, Option<Sequence>)> {
    let rest = key.get(mark(0).len()..)?;
    let (memory, sequence) = rest.split_first_chunk::<4>()?;
    let sequence = sequence.first_chunk::<8>().map(|bytes| Sequence(u64::from_be_bytes(*bytes)));
    Some((CollectionNumber(u32::from_be_bytes(*memory)), sequence))
}

/// Returns the mark number that the key of a mark or of a dirty-log entry begins with.
pub(super) fn mark_number(key: &[u8]) -> u64 {
    key.get(1..).and_then(|rest| rest.first_chunk::<8>()).map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Returns the next possible key: the same key with a zero byte appended.
pub(super) fn successor(key: &[u8]) -> Vec<u8> {
    [key, &[0]].concat()
}

/// Returns the first key after all keys with a prefix, or `None` if there is no such key because
/// all bytes of the prefix are 255.
pub(super) fn prefix_end(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// Returns the number in the last eight bytes of a key.
pub(super) fn trailing_u64(key: &[u8]) -> u64 {
    key.last_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Returns the number in the last four bytes of a key.
pub(super) fn trailing_u32(key: &[u8]) -> u32 {
    key.last_chunk::<4>().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

/// Formats a key for an error message, in hexadecimal.
pub(super) fn to_hex(key: &[u8]) -> String {
    key.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{CollectionKind, CollectionNumber, entries, entry, prefix_end};
    use crate::unit::Sequence;

    fn key(memory: u32, sequence: u64) -> Vec<u8> {
        entry(CollectionKind::Memory, CollectionNumber(memory), Sequence(sequence))
    }

    #[test]
    fn keys_ascend_with_their_numbers() {
        let ordered = [key(1, 1), key(1, 255), key(1, 256), key(1, u64::MAX), key(2, 0), key(256, 0)];
        assert!(ordered.is_sorted());
        assert!(key(1, 7).starts_with(&entries(CollectionKind::Memory, CollectionNumber(1))));
        assert!(!key(256, 7).starts_with(&entries(CollectionKind::Memory, CollectionNumber(1))));
    }

    #[test]
    fn a_prefix_ends_before_the_next_one() {
        assert_eq!(prefix_end(&[4]), Some(vec![5]));
        assert_eq!(prefix_end(&[4, 0, 255, 255]), Some(vec![4, 1]));
        assert_eq!(prefix_end(&[255, 255]), None);
    }
}
