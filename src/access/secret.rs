//! The secret of a token, and its hash.

use std::fmt::{self, Write};

use sha2::{Digest, Sha256};

/// The number of random bytes of a token.
const SECRET_BYTES: usize = 32;

/// The beginning of every token, so that people and secret scanners recognize one.
const PREFIX: &str = "dhk_";

/// A token as its owner has it: `dhk_` and 64 hexadecimal digits. It is never stored, and its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenSecret([u8; SECRET_BYTES]);

/// The SHA-256 of a token, which is what the store has of it.
///
/// Tokens are compared by looking up their hashes. The time of that says nothing about a token, because
/// nobody can choose the hash of a guess, and one bit of difference in a guess gives another hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash(pub [u8; 32]);

/// The error for a text that does not have the form of a token. It does not repeat the text.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("this is not a token of dhakira: a token is 'dhk_' and 64 hexadecimal digits; copy the whole of it")]
pub struct MalformedToken;

impl TokenSecret {
    /// Makes a new token of random bytes of the operating system.
    ///
    /// # Errors
    /// The system has no random bytes, as a text for the log.
    pub fn generate() -> Result<Self, String> {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes).map_err(|e| format!("the system gives no random bytes: {e}"))?;
        Ok(Self(bytes))
    }

    /// Parses a token.
    ///
    /// # Errors
    /// [`MalformedToken`].
    pub fn parse(text: &str) -> Result<Self, MalformedToken> {
        let digits = text.strip_prefix(PREFIX).ok_or(MalformedToken)?.as_bytes();
        let (pairs, rest) = digits.as_chunks::<2>();
        let mut bytes = [0; SECRET_BYTES];
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return Err(MalformedToken);
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(bytes))
    }

    /// Returns the token as text, to be shown once.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = PREFIX.to_owned();
        for byte in self.0 {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    /// Returns the hash of the token.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0).into())
    }
}

/// Returns the value of a lowercase hexadecimal digit.
fn digit(byte: u8) -> Result<u8, MalformedToken> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        _ => Err(MalformedToken),
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret(…)")
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::TokenSecret;

    #[test]
    fn the_hash_is_the_sha_256_of_the_bytes() {
        let zeros = TokenSecret::parse(&format!("dhk_{}", "0".repeat(64))).unwrap();
        let hex: String = zeros.hash().0.iter().map(|byte| format!("{byte:02x}")).collect();
        // `head -c 32 /dev/zero | sha256sum`
        assert_eq!(hex, "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925");
    }

    #[test]
    fn made_tokens_differ_and_read_back() {
        let made: Vec<_> = (0..100).map(|_| TokenSecret::generate().unwrap()).collect();
        for (n, one) in made.iter().enumerate() {
            assert_eq!(TokenSecret::parse(&one.to_text()).as_ref(), Ok(one));
            assert!(made[..n].iter().all(|other| other != one && other.hash() != one.hash()));
        }
    }

    #[test]
    fn a_token_is_not_shown_by_accident() {
        let made = TokenSecret::generate().unwrap();
        let shown = format!("{made:?} {:?}", made.hash());
        assert_eq!(shown, "TokenSecret(…) TokenHash(…)");
    }

    proptest! {
        #[test]
        fn only_the_exact_form_is_a_token(text in "(dhk_)?[0-9a-fA-Fg]{62,66}\n?") {
            let digits = text.strip_prefix("dhk_");
            let expected = digits.is_some_and(|digits| {
                digits.len() == 64 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            });
            let read = TokenSecret::parse(&text);
            prop_assert_eq!(read.is_ok(), expected);
            if let Ok(read) = read {
                prop_assert_eq!(read.to_text(), text);
            }
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = TokenSecret::parse(&text);
        }
    }
}
