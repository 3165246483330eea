//! Small things that many requests hold.

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
    texts.iter().enumerate().map(|(n, text)| name(&format!("{field}[{n}]"), text)).collect()
}

/// Reads a locale; empty is the default.
///
/// # Errors
/// `BAD_LOCALE`.
pub fn locale_or(field: &str, text: &str, default: Locale) -> Result<Locale, Violation> {
    if text.is_empty() {
        return Ok(default);
    }
    locale(field, text)
}

/// Reads a locale that must be given.
///
/// # Errors
/// `BAD_LOCALE`.
pub fn locale(field: &str, text: &str) -> Result<Locale, Violation> {
    Locale::parse(text).map_err(|e| Violation::new(field, "BAD_LOCALE", e.to_string()))
}

/// Reads what a new memory or glossary is to be.
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
/// The reason given.
pub fn percent(field: &str, value: f64, reason: &'static str) -> Result<Score, Violation> {
    Score::from_percent(value).ok_or_else(|| {
        Violation::new(
            field,
            reason,
            format!("{value} is no percentage: give 0 to 100 with at most two decimals"),
        )
    })
}

/// Reads a memory to search.
///
/// # Errors
/// `BAD_NAME`, `BAD_PENALTY`.
pub fn memory_selection(
    field: &str,
    selection: &proto::MemorySelection,
) -> Result<MemorySelection, Violation> {
    Ok(MemorySelection {
        name: name(&format!("{field}.name"), &selection.name)?,
        penalty: percent(&format!("{field}.penalty"), selection.penalty, "BAD_PENALTY")?,
    })
}

/// Reads what offsets count.
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
            format!("{value} is no offset unit: CODE_POINT, UTF16 or UTF8"),
        )),
    }
}

/// Reads which page is asked for.
///
/// # Errors
/// `BAD_PAGE_SIZE`.
pub fn page_request(check: Checker<'_>, size: i32, token: String) -> Result<PageRequest, Violation> {
    Ok(PageRequest { size: check.page_size(size)?, token })
}
