//! Filters on metadata.

use super::{
    locale_or,
    unit::{origin, timestamp},
};
use crate::{
    engine::{Condition, Filter, TimeRange},
    fault::Violation,
    locale::Locale,
    rpc::proto::{self, filter::Condition as Wire},
};

/// Filters inside one another.
const DEEPEST: usize = 8;

/// Filters in one list.
const WIDEST: usize = 100;

/// Reads a filter; an absent one lets every unit pass.
///
/// # Errors
/// `BAD_FILTER`, `BAD_LOCALE`, `BAD_TIME`, `BAD_ORIGIN`.
pub fn filter(field: &str, given: Option<proto::Filter>) -> Result<Filter, Violation> {
    given.map_or_else(|| Ok(Filter::default()), |filter| read(field, filter, 1))
}

fn read(field: &str, filter: proto::Filter, depth: usize) -> Result<Filter, Violation> {
    if depth > DEEPEST {
        return Err(Violation::new(
            field,
            "BAD_FILTER",
            format!("nested more than {DEEPEST} deep: make it flatter"),
        ));
    }
    let list = |name: &str, list: proto::FilterList| {
        let path = format!("{field}.{name}.filters");
        if list.filters.is_empty() || list.filters.len() > WIDEST {
            let message = format!("{} filters given: 1 to {WIDEST}", list.filters.len());
            return Err(Violation::new(path, "BAD_FILTER", message));
        }
        let each = |(n, f): (usize, proto::Filter)| read(&format!("{path}[{n}]"), f, depth + 1);
        list.filters.into_iter().enumerate().map(each).collect::<Result<Vec<_>, _>>()
    };
    let range = |name: &str, range: proto::TimeRange| {
        let at = |end: &str, at: Option<prost_types::Timestamp>| {
            at.map(|at| timestamp(&format!("{field}.{name}.{end}"), &at)).transpose()
        };
        Ok::<_, Violation>(TimeRange { from: at("from", range.from)?, until: at("until", range.until)? })
    };
    let locale = |name: &str, tag: &str| {
        let path = format!("{field}.{name}");
        if tag.is_empty() {
            return Err(Violation::new(path, "BAD_LOCALE", "the tag is empty: give for example ar-EG"));
        }
        locale_or(&path, tag, Locale::arabic())
    };
    let condition = match filter.condition {
        None => return Ok(Filter::default()),
        Some(Wire::All(filters)) => Condition::All(list("all", filters)?),
        Some(Wire::Any(filters)) => Condition::Any(list("any", filters)?),
        Some(Wire::Not(inner)) => Condition::Not(Box::new(read(&format!("{field}.not"), *inner, depth + 1)?)),
        Some(Wire::CreatedBy(who)) => Condition::CreatedBy(who),
        Some(Wire::ChangedBy(who)) => Condition::ChangedBy(who),
        Some(Wire::ChangedAt(times)) => Condition::ChangedAt(range("changed_at", times)?),
        Some(Wire::CreatedAt(times)) => Condition::CreatedAt(range("created_at", times)?),
        Some(Wire::Property(property)) => Condition::Property { name: property.name, value: property.value },
        Some(Wire::Origin(value)) => Condition::Origin(origin(&format!("{field}.origin"), value)?),
        Some(Wire::ImportId(number)) => Condition::Import(number),
        Some(Wire::ExternalId(id)) => Condition::ExternalId(id),
        Some(Wire::SourceLocale(tag)) => Condition::SourceLocale(locale("source_locale", &tag)?),
        Some(Wire::TargetLocale(tag)) => Condition::TargetLocale(locale("target_locale", &tag)?),
    };
    Ok(Filter(Some(condition)))
}
