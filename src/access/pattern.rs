//! Patterns of names.

use std::fmt;

use crate::name::Name;

/// A pattern of names of memories or glossaries: a name, or the beginning of a name with a star at its end.
/// For example, `news-*` matches `news-2024`, and `*` matches every name.
///
/// The star is allowed at the end only, because then everybody sees at once what a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamePattern {
    /// The pattern without its star.
    start: Box<str>,
    has_star: bool,
}

/// The error for a text that is not a valid [`NamePattern`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "'{0}' is not a valid pattern: write a name (a-z, 0-9, '.', '_' and '-'), the beginning of one with a star at its end, for example news-*, or * for all"
)]
pub struct InvalidPattern(String);

impl NamePattern {
    /// Parses a pattern.
    ///
    /// # Errors
    /// [`InvalidPattern`] if no name can match it, or if there is a star before its end.
    pub fn parse(text: &str) -> Result<Self, InvalidPattern> {
        let (start, has_star) = match text.strip_suffix('*') {
            Some(start) => (start, true),
            None => (text, false),
        };
        // Each beginning of a name is a name itself, apart from the empty one.
        if start.is_empty() && has_star || Name::parse(start).is_ok() {
            Ok(Self { start: start.into(), has_star })
        } else {
            Err(InvalidPattern(text.chars().take(80).collect()))
        }
    }

    /// Returns the pattern that matches every name.
    #[must_use]
    pub fn all() -> Self {
        Self { start: "".into(), has_star: true }
    }

    /// Returns whether the pattern matches every name.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.start.is_empty()
    }

    /// Returns whether the pattern matches a name.
    #[must_use]
    pub fn matches(&self, name: &Name) -> bool {
        if self.has_star { name.as_str().starts_with(&*self.start) } else { name.as_str() == &*self.start }
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.start)?;
        if self.has_star { f.write_str("*") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::NamePattern;
    use crate::name::Name;

    fn matches(pattern: &str, name: &str) -> bool {
        NamePattern::parse(pattern).unwrap().matches(&Name::parse(name).unwrap())
    }

    #[test]
    fn a_pattern_is_a_name_or_the_beginning_of_one() {
        for (pattern, name, expected) in [
            ("*", "a", true),
            ("news", "news", true),
            ("news", "news-1", false),
            ("news", "new", false),
            ("news-*", "news-1", true),
            ("news-*", "news-", true),
            ("news-*", "news", false),
            ("news-*", "xnews-1", false),
            ("n*", "news", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn what_no_name_can_match_is_refused() {
        let long = "a".repeat(64);
        for bad in ["", "News*", "a*b", "**", "*a", "-*", "a b", "a/*", "é*", "news-?", long.as_str()] {
            assert!(NamePattern::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_pattern_matches_what_it_was_made_of_and_reads_back(
            name in "[a-z0-9][a-z0-9._-]{0,62}", other in "[a-z0-9][a-z0-9._-]{0,62}", cut in 0..63_usize,
        ) {
            let start = &name[..cut.min(name.len())];
            let pattern = NamePattern::parse(&format!("{start}*")).unwrap();
            let names = [&name, &other].map(|name| Name::parse(name).unwrap());
            prop_assert!(pattern.matches(&names[0]));
            prop_assert_eq!(pattern.matches(&names[1]), other.starts_with(start));
            let exact = NamePattern::parse(&name).unwrap();
            prop_assert_eq!(exact.matches(&names[1]), name == other);
            for pattern in [pattern, exact] {
                let text = pattern.to_string();
                prop_assert_eq!(NamePattern::parse(&text), Ok(pattern));
            }
        }
    }
}
