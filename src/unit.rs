//! Translation units and the memories that hold them.

use std::fmt;

use crate::{clock::Timestamp, locale::Locale, name::Name, segment::Segment};

/// The server-wide number of a unit or concept: ascending, never given out again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(pub u64);

/// The id of a unit as callers see it: opaque text around a [`Sequence`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId(pub Sequence);

impl UnitId {
    /// Parses an id that [`fmt::Display`] wrote; anything else is none.
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

/// How a translation came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Not told; treated as human.
    #[default]
    Unknown,
    /// Written or confirmed by a person.
    Human,
    /// Machine translation that nobody confirmed.
    Machine,
    /// Paired by an aligner, not confirmed.
    Aligned,
}

/// Where a unit came from, as its author or file told it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Who made it, or empty.
    pub created_by: String,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Who changed it last, or empty.
    pub changed_by: String,
    /// When it was changed last.
    pub changed_at: Option<Timestamp>,
    /// How it came about.
    pub origin: Origin,
    /// The tool that made it, or empty.
    pub tool: String,
    /// How often it was used.
    pub usage_count: Option<u32>,
    /// When it was used last.
    pub last_used_at: Option<Timestamp>,
}

/// A piece of metadata that is carried but not interpreted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Property {
    /// Its name; several properties may share one.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The language of the value, or empty.
    pub locale: String,
}

/// What stands around a segment in its document. Part of a unit's identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Context {
    /// The segment before: `None` is unknown, empty is the document's start.
    pub previous: Option<String>,
    /// The segment after: `None` is unknown, empty is the document's end.
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
    /// Makes a side of which nothing more is told.
    #[must_use]
    pub fn new(locale: Locale, segment: Segment) -> Self {
        Self { locale, segment, properties: Vec::new(), notes: Vec::new() }
    }

    /// Says whether more is told of it than its segment and its locale.
    #[must_use]
    pub fn has_metadata(&self) -> bool {
        !self.properties.is_empty() || !self.notes.is_empty()
    }

    /// Returns the bytes of its text, its codes and what is told of it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let codes = self.segment.codes.iter().map(|c| c.id.len() + c.pair.len() + c.raw.len());
        self.segment.text.len() + codes.sum::<usize>() + metadata_bytes(&self.properties, &self.notes)
    }
}

/// Returns the bytes of properties and notes.
#[must_use]
pub fn metadata_bytes(properties: &[Property], notes: &[String]) -> usize {
    let properties = properties.iter().map(|p| p.name.len() + p.value.len() + p.locale.len());
    properties.chain(notes.iter().map(String::len)).sum()
}

/// A unit as a caller or a file gives it: everything but its stored state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitDraft {
    /// The source side.
    pub source: Variant,
    /// The target side.
    pub target: Variant,
    /// Where it stood.
    pub context: Context,
    /// Its id in its own tool, or empty.
    pub external_id: String,
    /// Where it came from.
    pub provenance: Provenance,
    /// Metadata.
    pub properties: Vec<Property>,
    /// Notes.
    pub notes: Vec<String>,
}

impl UnitDraft {
    /// Returns the bytes of its texts, its codes and what is told of it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.source.bytes() + self.target.bytes() + metadata_bytes(&self.properties, &self.notes)
    }

    /// Makes a unit of which nothing more is told.
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

    /// Says whether two drafts are the same unit: same source, target and
    /// context, byte for byte, inline codes included (but for an end's id that is its pair's).
    #[must_use]
    pub fn same_identity(&self, other: &Self) -> bool {
        self.same_source(other) && self.target.segment.is_same(&other.target.segment)
    }

    /// Says whether two drafts translate the same source in the same context.
    #[must_use]
    pub fn same_source(&self, other: &Self) -> bool {
        self.source.segment.is_same(&other.source.segment) && self.context == other.context
    }
}

/// Which change made the present state of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Revision number, from 1.
    pub revision: u32,
    /// Number of the change.
    pub change_id: u64,
    /// Number of the import, 0 for none.
    pub import_id: u64,
    /// Name of the caller.
    pub caller: String,
    /// When the change was made.
    pub changed_at: Timestamp,
    /// The revision whose content this is, where taking an import back brought it
    /// back; 0 for its own.
    pub as_of: u32,
}

impl Stamp {
    /// Returns the revision that made the content.
    #[must_use]
    pub fn origin_revision(&self) -> u32 {
        if self.as_of == 0 { self.revision } else { self.as_of }
    }

    /// Says whether an import brought the unit as it is, and did not find it there.
    #[must_use]
    pub fn is_brought_by(&self, import: u64) -> bool {
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
    /// What it says.
    pub content: UnitDraft,
    /// Its stored state.
    pub stamp: Stamp,
}

impl TranslationUnit {
    /// Returns the time that orders matches of equal score: when the unit was
    /// changed as its author tells, else when it was stored.
    #[must_use]
    pub fn change_time(&self) -> Timestamp {
        self.content.provenance.changed_at.unwrap_or(self.stamp.changed_at)
    }
}

/// What a memory or glossary is called and which languages it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionInfo {
    /// Its name.
    pub name: Name,
    /// The source locale.
    pub source_locale: Locale,
    /// The target locale.
    pub target_locale: Locale,
    /// What it is for, or empty.
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
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
