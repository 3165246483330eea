//! Translation units and the memories that hold them.

use std::fmt;

use crate::{clock::Timestamp, locale::Locale, name::Name, segment::Segment};

/// The number of a unit or a concept. Numbers ascend, are unique in the server, and are never reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(pub u64);

/// The id of a unit as callers see it: opaque text around a [`Sequence`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId(pub Sequence);

impl UnitId {
    /// Parses an id as [`fmt::Display`] writes it, and returns `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let id = text
            .strip_prefix('u')
            .and_then(|hex| u64::from_str_radix(hex, 16).ok())
            .map(|n| Self(Sequence(n)))?;
        (id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "u{:x}", self.0.0)
    }
}

/// The origin of a translation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Not specified; treated as human.
    #[default]
    Unknown,
    /// Written or confirmed by a person.
    Human,
    /// Machine translation that nobody confirmed.
    Machine,
    /// Paired by an aligner; nobody confirmed it.
    Aligned,
}

/// Whether somebody has confirmed a translation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReviewState {
    /// Confirmed, or not specified.
    #[default]
    Confirmed,
    /// Nobody has confirmed it. For example, it is a draft, or a similar match that was filled in.
    Unreviewed,
}

/// The provenance of a unit, as its author or its file gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The person who created it, or empty.
    pub created_by: String,
    /// The time of its creation.
    pub created_at: Option<Timestamp>,
    /// The person who changed it last, or empty.
    pub changed_by: String,
    /// The time of its last change.
    pub changed_at: Option<Timestamp>,
    /// Its origin.
    pub origin: Origin,
    /// Whether somebody has confirmed it.
    pub review: ReviewState,
    /// The tool that created it, or empty.
    pub tool: String,
    /// The number of times it was used.
    pub usage_count: Option<u32>,
    /// The time of its last use.
    pub last_used_at: Option<Timestamp>,
}

impl Provenance {
    /// Returns the number of bytes of its texts.
    pub(crate) fn byte_len(&self) -> usize {
        self.created_by.len() + self.changed_by.len() + self.tool.len()
    }
}

/// A piece of metadata that is stored and returned, but not interpreted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Property {
    /// Its name; several properties may share one.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The language of the value, or empty.
    pub locale: String,
}

/// The surroundings of a segment in its document. They are part of a unit's identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Context {
    /// The segment before. `None` if unknown, empty at the start of the document.
    pub previous: Option<String>,
    /// The segment after. `None` if unknown, empty at the end of the document.
    pub following: Option<String>,
    /// A stable id of the place.
    pub id: Option<String>,
}

/// One side of a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its own locale, of the memory's language.
    pub locale: Locale,
    /// The segment.
    pub segment: Segment,
    /// Metadata of this side.
    pub properties: Vec<Property>,
    /// Notes on this side.
    pub notes: Vec<String>,
}

impl Variant {
    /// Makes a side without metadata.
    #[must_use]
    pub fn new(locale: Locale, segment: Segment) -> Self {
        Self { locale, segment, properties: Vec::new(), notes: Vec::new() }
    }

    /// Returns whether it has properties or notes.
    #[must_use]
    pub fn has_metadata(&self) -> bool {
        !self.properties.is_empty() || !self.notes.is_empty()
    }

    /// Returns the number of bytes of its text, codes, properties and notes.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        let codes = self.segment.codes.iter().map(|c| c.id.len() + c.pair.len() + c.raw.len());
        self.segment.text.len() + codes.sum::<usize>() + metadata_bytes(&self.properties, &self.notes)
    }
}

/// Returns the number of bytes of properties and notes.
#[must_use]
pub fn metadata_bytes(properties: &[Property], notes: &[String]) -> usize {
    let properties = properties.iter().map(|p| p.name.len() + p.value.len() + p.locale.len());
    properties.chain(notes.iter().map(String::len)).sum()
}

/// A unit as a caller or a file gives it: everything except its stored state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitDraft {
    /// The source side.
    pub source: Variant,
    /// The target side.
    pub target: Variant,
    /// Its surroundings in the document.
    pub context: Context,
    /// Its id in the tool that it comes from, or empty.
    pub external_id: String,
    /// Its provenance.
    pub provenance: Provenance,
    /// Metadata.
    pub properties: Vec<Property>,
    /// Notes.
    pub notes: Vec<String>,
}

/// The name of the property that has a unit's id in its file, if another unit has the external id.
pub const FILE_ID_PROPERTY: &str = "file-id";

impl AsRef<Self> for UnitDraft {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl UnitDraft {
    /// Returns the number of bytes of its texts, codes, properties and notes.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        self.source.byte_len() + self.target.byte_len() + metadata_bytes(&self.properties, &self.notes)
    }

    /// Makes the external id the property [`FILE_ID_PROPERTY`], because another unit has the id.
    pub(crate) fn demote_external_id(&mut self) {
        let value = std::mem::take(&mut self.external_id);
        if !value.is_empty() && !self.has_file_id(&value) {
            self.properties.push(Property {
                name: FILE_ID_PROPERTY.to_owned(),
                value,
                locale: String::new(),
            });
        }
    }

    /// Returns its property [`FILE_ID_PROPERTY`].
    pub(crate) fn file_id(&self) -> Option<&str> {
        let property = self.properties.iter().find(|property| property.name == FILE_ID_PROPERTY)?;
        Some(&property.value)
    }

    /// Returns whether the unit has this id as the property [`FILE_ID_PROPERTY`].
    pub(crate) fn has_file_id(&self, id: &str) -> bool {
        self.properties.iter().any(|property| property.name == FILE_ID_PROPERTY && property.value == id)
    }

    /// Makes a unit without context, id, provenance and metadata.
    #[must_use]
    pub fn new(source: Variant, target: Variant) -> Self {
        Self {
            source,
            target,
            context: Context::default(),
            external_id: String::new(),
            provenance: Provenance::default(),
            properties: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Returns whether two drafts are the same unit: their sources, targets and contexts are equal, byte
    /// for byte, with their inline codes. Only the id of a closing code is ignored if it is that of its
    /// pair.
    #[must_use]
    pub fn has_same_identity(&self, other: &Self) -> bool {
        self.has_same_source(other) && self.target.segment.is_same(&other.target.segment)
    }

    /// Returns whether two drafts translate the same source in the same context.
    #[must_use]
    pub fn has_same_source(&self, other: &Self) -> bool {
        self.source.segment.is_same(&other.source.segment) && self.context == other.context
    }
}

/// The change that made the current state of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The revision number, from 1.
    pub revision: u32,
    /// The number of the change.
    pub change_id: u64,
    /// The number of the import, or 0.
    pub import_id: u64,
    /// The name of the caller.
    pub caller: String,
    /// The time of the change.
    pub changed_at: Timestamp,
    /// The earlier revision whose content reverting an import restored, or 0 if this revision made its
    /// own content.
    pub restored_revision: u32,
}

impl Stamp {
    /// Returns the revision that made the content.
    #[must_use]
    pub fn origin_revision(&self) -> u32 {
        if self.restored_revision == 0 { self.revision } else { self.restored_revision }
    }

    /// Returns whether an import created the unit with its current content.
    #[must_use]
    pub fn is_created_by(&self, import: u64) -> bool {
        self.import_id == import && self.origin_revision() == 1
    }
}

/// A source segment with one translation, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TranslationUnit {
    /// The id.
    pub id: UnitId,
    /// The memory that holds it.
    pub memory: Name,
    /// Its content.
    pub content: UnitDraft,
    /// Its stored state.
    pub stamp: Stamp,
}

impl TranslationUnit {
    /// Returns the time that orders matches of equal score: the time of the last change that the author
    /// or the file gives, or else the time when the unit was stored.
    #[must_use]
    pub fn change_time(&self) -> Timestamp {
        self.content.provenance.changed_at.unwrap_or(self.stamp.changed_at)
    }

    /// Returns a number of bytes that the unit does not exceed in a reply, and hardly exceeds in
    /// memory.
    #[must_use]
    pub fn reply_bytes(&self) -> usize {
        let UnitDraft { source, target, context, external_id, properties, notes, .. } = &self.content;
        let sides = [source, target];
        let metadata =
            sides.iter().map(|side| side.segment.codes.len() + side.properties.len() + side.notes.len());
        let parts = metadata.sum::<usize>() + properties.len() + notes.len();
        let context = [&context.previous, &context.following, &context.id];
        self.content.byte_len()
            + context.into_iter().flatten().map(String::len).sum::<usize>()
            + sides.iter().map(|side| side.locale.as_str().len()).sum::<usize>()
            + self.content.provenance.byte_len()
            + external_id.len()
            + self.stamp.caller.len()
            + parts * REPLY_BYTES_PER_PART
            + REPLY_BYTES_PER_ENTRY
    }
}

/// The most bytes that a code, a property or a note takes in a reply beside its texts.
const REPLY_BYTES_PER_PART: usize = 64;

/// The most bytes that an entry takes in a reply beside its texts and parts: its id, the name of its
/// collection, its times and numbers.
pub(crate) const REPLY_BYTES_PER_ENTRY: usize = 512;

/// The name, the languages and the description of a memory or a glossary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionInfo {
    /// Its name.
    pub name: Name,
    /// The source locale.
    pub source_locale: Locale,
    /// The target locale.
    pub target_locale: Locale,
    /// Its description, or empty.
    pub description: String,
    /// The time of its creation.
    pub created_at: Timestamp,
}

impl CollectionInfo {
    /// Returns a number of bytes that the collection, with its counts, does not exceed in a reply.
    #[must_use]
    pub fn reply_bytes(&self) -> usize {
        let locales = self.source_locale.as_str().len() + self.target_locale.as_str().len();
        locales + self.description.len() + REPLY_BYTES_PER_ENTRY
    }
}

/// A memory with its counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryStats {
    /// Its name, languages and description.
    pub info: CollectionInfo,
    /// The number of visible units.
    pub units: u64,
    /// The number of their distinct folded sources.
    pub sources: u64,
}

#[cfg(test)]
mod tests {
    use super::{Sequence, UnitId};

    #[test]
    fn unit_ids_are_read_as_they_are_written() {
        for n in [0, 1, 255, u64::MAX] {
            let id = UnitId(Sequence(n));
            assert_eq!(UnitId::parse(&id.to_string()), Some(id));
        }
        for bad in ["", "u", "1", "u01", "uFF", "u+1", "u1 ", "u10000000000000000"] {
            assert_eq!(UnitId::parse(bad), None, "{bad}");
        }
    }
}
