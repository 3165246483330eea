//! Character codes, one byte per character. Rows and queries are compared by their codes.

use rustc_hash::FxHashMap;

/// The code of the edges of a text: before the first and after the last character.
pub(crate) const EDGE_CODE: u8 = 0;

/// The first of the codes that several characters share.
const FIRST_SHARED_CODE: u8 = 224;

/// Characters below this have their codes in a table. Arabic, Latin, Greek and Cyrillic letters are
/// among them.
const LOW: usize = 0x700;

/// The codes of the characters of one index.
///
/// The first 223 distinct characters of the rows get permanent codes of their own. Later characters share
/// 32 codes. Different characters may thus have equal codes, but a character never has two codes. The
/// distance on codes is therefore never greater than the distance on characters.
#[derive(Clone, Debug)]
pub(crate) struct Alphabet {
    low: Vec<u8>,
    high: FxHashMap<char, u8>,
    /// The characters with codes of their own, by code.
    chars: Vec<char>,
}

impl Default for Alphabet {
    fn default() -> Self {
        Self { low: vec![EDGE_CODE; LOW], high: FxHashMap::default(), chars: vec!['\0'] }
    }
}

/// Returns whether several characters share a code.
pub(crate) fn is_shared(code: u8) -> bool {
    code >= FIRST_SHARED_CODE
}

fn shared_code(c: char) -> u8 {
    // The top five bits of the product choose one of the 32 codes.
    FIRST_SHARED_CODE | u8::try_from(u32::from(c).wrapping_mul(0x9E37_79B1) >> 27).unwrap_or(0)
}

impl Alphabet {
    fn own(&self, c: char) -> Option<u8> {
        let code = match self.low.get(c as usize) {
            Some(code) => *code,
            None => self.high.get(&c).copied().unwrap_or(EDGE_CODE),
        };
        (code != EDGE_CODE).then_some(code)
    }

    /// Assigns codes to new characters, as long as there are any left.
    pub(crate) fn assign_codes(&mut self, text: &str) {
        for c in text.chars() {
            if self.own(c).is_some() {
                continue;
            }
            let Some(code) = u8::try_from(self.chars.len()).ok().filter(|code| !is_shared(*code)) else {
                return;
            };
            self.chars.push(c);
            match self.low.get_mut(c as usize) {
                Some(entry) => *entry = code,
                None => drop(self.high.insert(c, code)),
            }
        }
    }

    /// Returns the characters that have codes of their own, in the order of their codes.
    pub(crate) fn to_text(&self) -> String {
        self.chars.iter().skip(1).collect()
    }

    /// Restores an alphabet from the result of [`Alphabet::to_text`].
    pub(crate) fn from_text(text: &str) -> Self {
        let mut alphabet = Self::default();
        alphabet.assign_codes(text);
        alphabet
    }

    /// Returns the codes of a text, one per character.
    pub(crate) fn encode(&self, text: &str) -> Vec<u8> {
        let mut codes = Vec::with_capacity(text.len());
        for c in text.chars() {
            codes.push(self.own(c).unwrap_or_else(|| shared_code(c)));
        }
        codes
    }

    /// Returns whether new characters can still get codes of their own.
    pub(crate) fn has_free_codes(&self) -> bool {
        self.chars.len() < usize::from(FIRST_SHARED_CODE)
    }

    /// Returns the text of these codes. Leaves out shared codes, because their characters are unknown.
    pub(crate) fn decode(&self, codes: &[u8]) -> String {
        let mut text = String::with_capacity(2 * codes.len());
        text.extend(codes.iter().filter_map(|code| self.chars.get(usize::from(*code))));
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Alphabet, EDGE_CODE, is_shared};

    proptest! {
        #[test]
        fn codes_are_read_back_or_shared(texts in prop::collection::vec("\\PC{0,60}", 1..30)) {
            let mut alphabet = Alphabet::default();
            for text in &texts {
                alphabet.assign_codes(text);
                prop_assert!(!alphabet.has_free_codes() || !alphabet.encode(text).iter().any(|c| is_shared(*c)));
            }
            for text in &texts {
                let codes = alphabet.encode(text);
                prop_assert_eq!(codes.len(), text.chars().count());
                prop_assert!(!codes.contains(&EDGE_CODE));
                if !codes.iter().any(|c| is_shared(*c)) {
                    prop_assert_eq!(&alphabet.decode(&codes), text);
                }
            }
        }
    }

    #[test]
    fn late_characters_share_codes() {
        let mut alphabet = Alphabet::default();
        let characters: String = ('\u{4E00}'..='\u{4F00}').collect();
        alphabet.assign_codes(&characters);
        let codes = alphabet.encode(&characters);
        assert!(codes.iter().take(223).all(|c| !is_shared(*c)));
        assert!(codes.iter().skip(223).all(|c| is_shared(*c)));
        assert_eq!(alphabet.encode("\u{4F00}"), alphabet.encode("\u{4F00}"));
    }
}
