//! Filters to bytes and back, for changes that travel and for deletions in the store.

use prost::Message;

use super::messages::{self as m, filter::Condition as C};
use crate::{
    clock::Timestamp,
    engine::search::{Condition, Filter, TimeRange},
    locale::Locale,
    unit::Origin,
};

/// Encodes a filter as a `dhakira.log.v1.Filter`.
pub(crate) fn encode_filter(filter: &Filter) -> Vec<u8> {
    filter_message(filter).encode_to_vec()
}

/// Decodes a filter.
///
/// # Errors
/// A text for the log, if the bytes are not a valid message, or if this version does not know a value in it.
pub(crate) fn decode_filter(bytes: &[u8]) -> Result<Filter, String> {
    read_filter(m::Filter::decode(bytes).map_err(|e| e.to_string())?)
}

pub(super) fn filter_message(filter: &Filter) -> m::Filter {
    m::Filter { condition: filter.0.as_ref().map(condition_message) }
}

fn condition_message(condition: &Condition) -> C {
    match condition {
        Condition::All(filters) => C::All(list_message(filters)),
        Condition::Any(filters) => C::Any(list_message(filters)),
        Condition::Not(filter) => C::Not(Box::new(filter_message(filter))),
        Condition::CreatedBy(who) => C::CreatedBy(who.clone()),
        Condition::ChangedBy(who) => C::ChangedBy(who.clone()),
        Condition::ChangedAt(range) => C::ChangedAt(range_message(*range)),
        Condition::CreatedAt(range) => C::CreatedAt(range_message(*range)),
        Condition::Property { name, value } => {
            C::Property(m::Property { name: name.clone(), value: value.clone() })
        }
        Condition::Origin(origin) => C::Origin(match origin {
            Origin::Unknown => 0,
            Origin::Human => 1,
            Origin::Machine => 2,
            Origin::Aligned => 3,
        }),
        Condition::Import(number) => C::ImportId(*number),
        Condition::ExternalId(id) => C::ExternalId(id.clone()),
        Condition::SourceLocale(locale) => C::SourceLocale(locale.to_string()),
        Condition::TargetLocale(locale) => C::TargetLocale(locale.to_string()),
    }
}

fn list_message(filters: &[Filter]) -> m::Filters {
    m::Filters { filters: filters.iter().map(filter_message).collect() }
}

fn range_message(range: TimeRange) -> m::TimeRange {
    m::TimeRange { from_ms: range.from.map(|t| t.0), until_ms: range.until.map(|t| t.0) }
}

pub(super) fn read_filter(message: m::Filter) -> Result<Filter, String> {
    Ok(Filter(message.condition.map(read_condition).transpose()?))
}

fn read_condition(message: C) -> Result<Condition, String> {
    Ok(match message {
        C::All(list) => Condition::All(read_list(list)?),
        C::Any(list) => Condition::Any(read_list(list)?),
        C::Not(filter) => Condition::Not(Box::new(read_filter(*filter)?)),
        C::CreatedBy(who) => Condition::CreatedBy(who),
        C::ChangedBy(who) => Condition::ChangedBy(who),
        C::ChangedAt(range) => Condition::ChangedAt(read_range(range)),
        C::CreatedAt(range) => Condition::CreatedAt(read_range(range)),
        C::Property(property) => Condition::Property { name: property.name, value: property.value },
        C::Origin(origin) => Condition::Origin(match origin {
            0 => Origin::Unknown,
            1 => Origin::Human,
            2 => Origin::Machine,
            3 => Origin::Aligned,
            other => return Err(format!("origin {other} is not known")),
        }),
        C::ImportId(number) => Condition::Import(number),
        C::ExternalId(id) => Condition::ExternalId(id),
        C::SourceLocale(locale) => Condition::SourceLocale(read_locale(&locale)?),
        C::TargetLocale(locale) => Condition::TargetLocale(read_locale(&locale)?),
    })
}

fn read_list(list: m::Filters) -> Result<Vec<Filter>, String> {
    list.filters.into_iter().map(read_filter).collect()
}

fn read_range(range: m::TimeRange) -> TimeRange {
    TimeRange { from: range.from_ms.map(Timestamp), until: range.until_ms.map(Timestamp) }
}

fn read_locale(text: &str) -> Result<Locale, String> {
    Locale::parse(text).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{decode_filter, encode_filter};
    use crate::{
        clock::Timestamp,
        engine::search::{Condition, Filter, TimeRange},
        locale::Locale,
        unit::Origin,
    };

    fn filters() -> impl Strategy<Value = Filter> {
        let range = any::<(Option<i64>, Option<i64>)>()
            .prop_map(|(from, until)| TimeRange { from: from.map(Timestamp), until: until.map(Timestamp) });
        let locale = prop::sample::select(vec!["ar", "ar-EG", "en-GB"])
            .prop_map(|tag| Locale::parse(tag).expect("a locale"));
        let origin =
            prop::sample::select(vec![Origin::Unknown, Origin::Human, Origin::Machine, Origin::Aligned]);
        let condition = prop_oneof![
            any::<String>().prop_map(Condition::CreatedBy),
            any::<String>().prop_map(Condition::ChangedBy),
            range.clone().prop_map(Condition::ChangedAt),
            range.prop_map(Condition::CreatedAt),
            any::<(String, String)>().prop_map(|(name, value)| Condition::Property { name, value }),
            origin.prop_map(Condition::Origin),
            any::<u64>().prop_map(Condition::Import),
            any::<String>().prop_map(Condition::ExternalId),
            locale.clone().prop_map(Condition::SourceLocale),
            locale.prop_map(Condition::TargetLocale),
        ];
        let leaf = prop_oneof![Just(Filter(None)), condition.prop_map(|c| Filter(Some(c)))];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::All),
                prop::collection::vec(inner.clone(), 0..4).prop_map(Condition::Any),
                inner.prop_map(|filter| Condition::Not(Box::new(filter))),
            ]
            .prop_map(|condition| Filter(Some(condition)))
        })
    }

    proptest! {
        #[test]
        fn a_filter_travels(filter in filters()) {
            prop_assert_eq!(decode_filter(&encode_filter(&filter)), Ok(filter));
        }
    }
}
