//! A unit of an XLIFF file, in the form that both versions share.

use crate::{segment::Segment, unit::Property};

/// A segment of a unit with its translation, as the file has them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pair {
    pub(crate) source: Segment,
    pub(crate) target: Option<Segment>,
    /// The segment's id in its unit, or empty where the unit is one segment.
    pub(crate) id: String,
    /// Its state is one of a translation that is not done.
    pub(crate) undone: bool,
    pub(crate) properties: Vec<Property>,
    pub(crate) notes: Vec<String>,
}

/// A unit of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bilingual {
    pub(crate) id: String,
    /// A name that stays when ids are counted anew, or empty.
    pub(crate) name: String,
    /// What it says of itself.
    pub(crate) translatable: Option<bool>,
    /// Its codes are more than a unit can hold.
    pub(crate) too_large: bool,
    pub(crate) pairs: Vec<Pair>,
    pub(crate) properties: Vec<Property>,
    pub(crate) notes: Vec<String>,
    /// Names of entities that XML does not have.
    pub(crate) references: Vec<String>,
}
