//! The names of memories and glossaries.

use std::fmt;

/// The name of a memory or a glossary: `[a-z0-9][a-z0-9._-]{0,62}`.
///
/// It needs no quoting in a shell, a URL or a file name, which makes scripts simple.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Box<str>);

/// The error for a text that is not a valid [`Name`].
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "'{0}' is not a valid name: use 1 to 63 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit"
)]
pub struct InvalidName(String);

impl Name {
    /// Parses a name.
    ///
    /// # Errors
    /// [`InvalidName`] if the text is empty, is longer than 63 bytes, or has any other character.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let bytes = text.as_bytes();
        let good = text.len() <= 63
            && bytes.first().is_some_and(is_letter_or_digit)
            && bytes.iter().all(|b| is_letter_or_digit(b) || matches!(b, b'.' | b'_' | b'-'));
        if good { Ok(Self(text.into())) } else { Err(InvalidName(text.chars().take(80).collect())) }
    }

    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_letter_or_digit(b: &u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn names_follow_the_grammar() {
        let long = "a".repeat(63);
        for good in ["sample", "0", "a.b_c-d", long.as_str()] {
            assert_eq!(Name::parse(good).map(|n| n.to_string()).as_deref(), Ok(good));
        }
        for bad in ["", "A", "-a", "a b", "é", "a/b", "a".repeat(64).as_str()] {
            assert!(Name::parse(bad).is_err(), "{bad}");
        }
    }
}
