//! Filters: conditions on the metadata of units.

use crate::{
    clock::Timestamp,
    locale::Locale,
    unit::{Origin, Stamp, UnitDraft},
};

/// A condition on a unit's metadata. An empty filter lets every unit pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter(pub Option<Condition>);

/// One condition of a filter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Every one of these filters lets the unit pass.
    All(Vec<Filter>),
    /// At least one of these filters lets the unit pass.
    Any(Vec<Filter>),
    /// This filter does not let the unit pass.
    Not(Box<Filter>),
    /// The author is this.
    CreatedBy(String),
    /// The last editor is this.
    ChangedBy(String),
    /// The change time lies in this range. A unit whose provenance has none counts with the time at
    /// which it was stored.
    ChangedAt(TimeRange),
    /// The creation time is known and lies in this range.
    CreatedAt(TimeRange),
    /// A property of the unit or of one of its sides has this name and value.
    Property {
        /// Name.
        name: String,
        /// Value.
        value: String,
    },
    /// The origin is this.
    Origin(Origin),
    /// The present content of the unit comes from this import.
    Import(u64),
    /// The external id is this.
    ExternalId(String),
    /// The source locale is this one or falls back to it.
    SourceLocale(Locale),
    /// The target locale is this one or falls back to it.
    TargetLocale(Locale),
}

/// A half-open range of time. An absent bound is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TimeRange {
    /// The start, inclusive.
    pub from: Option<Timestamp>,
    /// The end, exclusive.
    pub until: Option<Timestamp>,
}

impl TimeRange {
    fn contains(self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

impl Filter {
    /// Returns whether a unit passes.
    #[must_use]
    pub fn passes(&self, unit: &UnitDraft, stamp: &Stamp) -> bool {
        self.0.as_ref().is_none_or(|condition| condition.is_met_by(unit, stamp))
    }
}

impl Condition {
    fn is_met_by(&self, unit: &UnitDraft, stamp: &Stamp) -> bool {
        let provenance = &unit.provenance;
        match self {
            Self::All(filters) => filters.iter().all(|f| f.passes(unit, stamp)),
            Self::Any(filters) => filters.iter().any(|f| f.passes(unit, stamp)),
            Self::Not(filter) => !filter.passes(unit, stamp),
            Self::CreatedBy(who) => provenance.created_by == *who,
            Self::ChangedBy(who) => provenance.changed_by == *who,
            Self::ChangedAt(range) => range.contains(provenance.changed_at.unwrap_or(stamp.changed_at)),
            Self::CreatedAt(range) => provenance.created_at.is_some_and(|at| range.contains(at)),
            Self::Property { name, value } => {
                [&unit.properties, &unit.source.properties, &unit.target.properties]
                    .into_iter()
                    .flatten()
                    .any(|p| p.name == *name && p.value == *value)
            }
            Self::Origin(origin) => provenance.origin == *origin,
            Self::Import(number) => stamp.import_id == *number,
            Self::ExternalId(id) => unit.external_id == *id,
            Self::SourceLocale(locale) => unit.source.locale.falls_back_to(locale),
            Self::TargetLocale(locale) => unit.target.locale.falls_back_to(locale),
        }
    }
}
