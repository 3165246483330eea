//! Values that many requests contain: names, locales, percentages, pages.

use crate::{
    engine::{Checker, MemorySelection, NewCollection, PageRequest},
    fault::Violation,
    locale::Locale,
    name::Name,
    rpc::proto,
    score::Score,
    text::OffsetUnit,
};

/// Reads a name.
///
/// # Errors
/// `BAD_NAME`.
pub fn name(field: &str, text: &str) -> Result<Name, Violation> {
    Name::parse(text).map_err(|e| Violation::new(field, "BAD_NAME", e.to_string()))
}

/// Reads names.
///
/// # Errors
/// `BAD_NAME`.
pub fn names(field: &str, texts: &[String]) -> Result<Vec<Name>, Violation> {
    repeated(field, texts, |text| name("", text))
}

/// Reads each item of a repeated field. The path of a violation is put inside that of its item, for
/// example `terms[2].locale`.
///
/// # Errors
/// The first violation.
pub fn repeated<T, U>(
    field: &str,
    items: impl IntoIterator<Item = T>,
    read: impl Fn(T) -> Result<U, Violation>,
) -> Result<Vec<U>, Violation> {
    let mut values = Vec::new();
    for (n, item) in items.into_iter().enumerate() {
        values.push(read(item).map_err(|v| v.inside(&format!("{field}[{n}]")))?);
    }
    Ok(values)
}

/// Reads a locale. An empty tag is the default.
///
/// # Errors
/// `BAD_LOCALE`.
pub fn locale_or(field: &str, text: &str, default: Locale) -> Result<Locale, Violation> {
    if text.is_empty() {
        return Ok(default);
    }
    locale(field, text)
}

/// Reads a locale that is required.
///
/// # Errors
/// `BAD_LOCALE`.
pub fn locale(field: &str, text: &str) -> Result<Locale, Violation> {
    Locale::parse(text).map_err(|e| Violation::new(field, "BAD_LOCALE", e.to_string()))
}

/// Reads the request for a new memory or glossary.
///
/// # Errors
/// `BAD_NAME`, `BAD_LOCALE`.
pub fn new_collection(
    new: &str,
    source: &str,
    target: &str,
    description: String,
) -> Result<NewCollection, Violation> {
    Ok(NewCollection {
        name: name("name", new)?,
        source_locale: locale_or("source_locale", source, Locale::arabic())?,
        target_locale: locale_or("target_locale", target, Locale::english())?,
        description,
    })
}

/// Reads a percentage.
///
/// # Errors
/// A violation with the given reason if the value is below 0, over 100, or has more than two decimals.
pub fn percent(field: &str, value: f64, reason: &'static str) -> Result<Score, Violation> {
    Score::from_percent(value).ok_or_else(|| {
        Violation::new(
            field,
            reason,
            format!("{value} is not a percentage: give 0 to 100 with at most two decimals"),
        )
    })
}

/// Reads a memory to search.
///
/// # Errors
/// `BAD_NAME`, `BAD_PENALTY`.
pub fn memory_selection(selection: &proto::MemorySelection) -> Result<MemorySelection, Violation> {
    Ok(MemorySelection {
        name: name("name", &selection.name)?,
        penalty: percent("penalty", selection.penalty, "BAD_PENALTY")?,
    })
}

/// Reads the unit of offsets.
///
/// # Errors
/// `BAD_OFFSET_UNIT` for a number that is not in the enum.
pub fn offset_unit(field: &str, value: i32) -> Result<OffsetUnit, Violation> {
    match proto::OffsetUnit::try_from(value) {
        Ok(proto::OffsetUnit::Unspecified | proto::OffsetUnit::CodePoint) => Ok(OffsetUnit::CodePoint),
        Ok(proto::OffsetUnit::Utf16) => Ok(OffsetUnit::Utf16),
        Ok(proto::OffsetUnit::Utf8) => Ok(OffsetUnit::Utf8),
        Err(_) => Err(Violation::new(
            field,
            "BAD_OFFSET_UNIT",
            format!("{value} is not a known offset unit: use CODE_POINT, UTF16 or UTF8"),
        )),
    }
}

/// Reads which page of a list is requested.
///
/// # Errors
/// `BAD_PAGE_SIZE`.
pub fn page_request(check: Checker<'_>, size: i32, token: String) -> Result<PageRequest, Violation> {
    Ok(PageRequest { size: check.page_size(size)?, token })
}
