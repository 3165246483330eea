//! Filters on metadata.

use super::{
    locale,
    unit::{optional_timestamp, origin},
};
use crate::{
    engine::{Checker, Condition, Filter, TimeRange},
    fault::Violation,
    locale::Locale,
    rpc::proto::{self, filter::Condition as Wire},
};

/// The maximum depth of nested filters.
const MAX_FILTER_DEPTH: usize = 8;

/// The maximum number of filters in one list.
const MAX_FILTERS_IN_LIST: usize = 100;

/// Reads a filter. Every unit passes an absent one. The number of its conditions is limited, because
/// every unit of a memory may be compared with each of them.
///
/// # Errors
/// `BAD_FILTER`, `BAD_LOCALE`, `BAD_TIME`, `BAD_ORIGIN`.
pub fn filter(check: Checker<'_>, field: &str, given: Option<proto::Filter>) -> Result<Filter, Violation> {
    let mut count = ConditionCount { conditions: 0, most: check.max_filter_conditions() };
    given.map_or_else(|| Ok(Filter::default()), |filter| read_filter(field, filter, 1, &mut count))
}

/// The conditions that were read of one filter.
struct ConditionCount {
    conditions: usize,
    most: usize,
}

impl ConditionCount {
    fn add(&mut self, field: &str) -> Result<(), Violation> {
        self.conditions += 1;
        if self.conditions > self.most {
            let message = format!(
                "the filter has more than {} conditions, lists and negations included: use fewer, or several calls",
                self.most
            );
            return Err(Violation::new(field, "BAD_FILTER", message));
        }
        Ok(())
    }
}

fn read_filter(
    field: &str,
    filter: proto::Filter,
    depth: usize,
    count: &mut ConditionCount,
) -> Result<Filter, Violation> {
    if depth > MAX_FILTER_DEPTH {
        return Err(Violation::new(
            field,
            "BAD_FILTER",
            format!("nested more than {MAX_FILTER_DEPTH} deep: make it flatter"),
        ));
    }
    count.add(field)?;
    let condition = match filter.condition {
        None => return Ok(Filter::default()),
        Some(Wire::All(filters)) => {
            Condition::All(read_list(&format!("{field}.all"), filters, depth, count)?)
        }
        Some(Wire::Any(filters)) => {
            Condition::Any(read_list(&format!("{field}.any"), filters, depth, count)?)
        }
        Some(Wire::Not(inner)) => {
            Condition::Not(Box::new(read_filter(&format!("{field}.not"), *inner, depth + 1, count)?))
        }
        Some(Wire::CreatedBy(who)) => Condition::CreatedBy(who),
        Some(Wire::ChangedBy(who)) => Condition::ChangedBy(who),
        Some(Wire::ChangedAt(times)) => {
            Condition::ChangedAt(time_range(&times).map_err(|v| v.inside(&format!("{field}.changed_at")))?)
        }
        Some(Wire::CreatedAt(times)) => {
            Condition::CreatedAt(time_range(&times).map_err(|v| v.inside(&format!("{field}.created_at")))?)
        }
        Some(Wire::Property(property)) => Condition::Property { name: property.name, value: property.value },
        Some(Wire::Origin(value)) => Condition::Origin(origin(&format!("{field}.origin"), value)?),
        Some(Wire::ImportId(number)) => Condition::Import(number),
        Some(Wire::ExternalId(id)) => Condition::ExternalId(id),
        Some(Wire::SourceLocale(tag)) => {
            Condition::SourceLocale(read_locale(&format!("{field}.source_locale"), &tag)?)
        }
        Some(Wire::TargetLocale(tag)) => {
            Condition::TargetLocale(read_locale(&format!("{field}.target_locale"), &tag)?)
        }
    };
    Ok(Filter(Some(condition)))
}

fn read_list(
    field: &str,
    list: proto::FilterList,
    depth: usize,
    count: &mut ConditionCount,
) -> Result<Vec<Filter>, Violation> {
    let path = format!("{field}.filters");
    if list.filters.is_empty() || list.filters.len() > MAX_FILTERS_IN_LIST {
        let message = format!("{} filters given: give 1 to {MAX_FILTERS_IN_LIST}", list.filters.len());
        return Err(Violation::new(path, "BAD_FILTER", message));
    }
    let filters = list.filters.into_iter().enumerate();
    filters.map(|(n, filter)| read_filter(&format!("{path}[{n}]"), filter, depth + 1, count)).collect()
}

fn time_range(range: &proto::TimeRange) -> Result<TimeRange, Violation> {
    Ok(TimeRange {
        from: optional_timestamp("from", range.from.as_ref())?,
        until: optional_timestamp("until", range.until.as_ref())?,
    })
}

fn read_locale(field: &str, tag: &str) -> Result<Locale, Violation> {
    if tag.is_empty() {
        return Err(Violation::new(field, "BAD_LOCALE", "the tag is empty: give for example ar-EG"));
    }
    locale(field, tag)
}
