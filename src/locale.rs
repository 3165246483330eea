//! Languages and their variants as BCP 47 tags.

use std::fmt;

/// A well-formed BCP 47 language tag in its conventional letter case
/// (`ar-EG`, `sr-Latn`).
///
/// Only well-formedness is checked (RFC 5646, section 2.1), not whether the subtags are registered.
/// Grandfathered tags are refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locale(Box<str>);

/// The error for a text that is not a valid [`Locale`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("'{0}' is not a BCP 47 language tag: write for example ar, ar-EG, en or zh-Hant-TW")]
pub struct InvalidLocale(String);

impl Locale {
    /// Parses a tag; letter case does not matter.
    ///
    /// # Errors
    /// [`InvalidLocale`] if the text is not well formed or longer than 64 bytes.
    pub fn parse(text: &str) -> Result<Self, InvalidLocale> {
        canonical_tag(text)
            .map(|tag| Self(tag.into()))
            .ok_or_else(|| InvalidLocale(text.chars().take(80).collect()))
    }

    /// Parses a tag as tools write it in files: with white space around, or with `_` for `-` (`ar_EG`).
    ///
    /// # Errors
    /// As [`Locale::parse`].
    pub fn parse_from_file(text: &str) -> Result<Self, InvalidLocale> {
        Self::parse(&text.trim().replace('_', "-"))
    }

    /// Returns Arabic without a region, the default source.
    #[must_use]
    pub fn arabic() -> Self {
        Self("ar".into())
    }

    /// Returns English without a region, the default target.
    #[must_use]
    pub fn english() -> Self {
        Self("en".into())
    }

    /// Returns the tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the language subtag (`ar` of `ar-EG`).
    #[must_use]
    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }

    /// Returns whether both tags have the same language, whatever the region.
    #[must_use]
    pub fn has_same_language(&self, other: &Self) -> bool {
        self.language() == other.language()
    }

    /// Returns whether this tag is `other` or falls back to it: for example, `ar-EG` to `ar`.
    #[must_use]
    pub fn falls_back_to(&self, other: &Self) -> bool {
        self.0.strip_prefix(&*other.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The stages of RFC 5646's `langtag` production, in their only order.
#[derive(PartialEq, PartialOrd)]
enum SubtagStage {
    Language,
    Script,
    Region,
    Variant,
    Extension,
    Private,
}

/// Returns a tag in its conventional letter case, or `None` if it is not well formed.
fn canonical_tag(text: &str) -> Option<String> {
    if text.len() > 64 || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let mut subtags = lower.split('-');
    let language = subtags.next().filter(|s| matches!(s.len(), 2..=8) && is_alphabetic(s))?;
    let mut tag = language.to_owned();
    let mut stage = SubtagStage::Language;
    // At least one more subtag must follow a singleton.
    let mut owed = false;
    for s in subtags {
        let written = match s.len() {
            1 if stage < SubtagStage::Private && !owed => {
                stage = if s == "x" { SubtagStage::Private } else { SubtagStage::Extension };
                owed = true;
                tag.push('-');
                tag.push_str(s);
                continue;
            }
            1..=8 if stage == SubtagStage::Private => s.to_owned(),
            2..=8 if stage == SubtagStage::Extension => s.to_owned(),
            // Extended language subtags (zh-yue): only right after a short language.
            3 if stage == SubtagStage::Language && is_alphabetic(s) && language.len() <= 3 => s.to_owned(),
            4 if stage < SubtagStage::Script && is_alphabetic(s) => {
                stage = SubtagStage::Script;
                let (first, rest) = s.split_at(1);
                first.to_ascii_uppercase() + rest
            }
            2 if stage < SubtagStage::Region && is_alphabetic(s) => {
                stage = SubtagStage::Region;
                s.to_ascii_uppercase()
            }
            3 if stage < SubtagStage::Region && s.bytes().all(|b| b.is_ascii_digit()) => {
                stage = SubtagStage::Region;
                s.to_owned()
            }
            5..=8 if stage <= SubtagStage::Variant => {
                stage = SubtagStage::Variant;
                s.to_owned()
            }
            4 if stage <= SubtagStage::Variant && s.starts_with(|c: char| c.is_ascii_digit()) => {
                stage = SubtagStage::Variant;
                s.to_owned()
            }
            _ => return None,
        };
        owed = false;
        tag.push('-');
        tag.push_str(&written);
    }
    (!owed).then_some(tag)
}

fn is_alphabetic(subtag: &str) -> bool {
    subtag.bytes().all(|b| b.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::Locale;

    fn locale(text: &str) -> Locale {
        Locale::parse(text).unwrap_or_else(|e| panic!("{e}"))
    }

    fn parsed(text: &str) -> Option<String> {
        Locale::parse(text).ok().map(|l| l.to_string())
    }

    #[test]
    fn tags_get_their_conventional_case() {
        for (written, tag) in [
            ("ar", "ar"),
            ("AR-eg", "ar-EG"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("sl-rozaj-biske", "sl-rozaj-biske"),
            ("de-1996", "de-1996"),
            ("en-u-nu-latn", "en-u-nu-latn"),
            ("ar-x-mine", "ar-x-mine"),
            ("zh-yue", "zh-yue"),
        ] {
            assert_eq!(parsed(written).as_deref(), Some(tag));
        }
    }

    #[test]
    fn malformed_tags_are_refused() {
        for bad in [
            "",
            "a",
            "ar_EG",
            "ar-",
            "-ar",
            "ar-EG-US",
            "ar--EG",
            "عر",
            "ar-x",
            "en-u-",
            "ar-EG-Arab",
            "arabic-language-x",
        ] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
        assert_eq!(parsed(&"ar-x-".repeat(20)), None);
    }

    #[test]
    fn regions_fall_back_to_their_language() {
        assert!(locale("ar-EG").falls_back_to(&Locale::arabic()));
        assert!(!locale("ar").falls_back_to(&locale("ar-EG")));
        assert!(!locale("arz").falls_back_to(&Locale::arabic()));
        assert!(locale("ar-EG").has_same_language(&locale("ar-SY")));
    }
}
