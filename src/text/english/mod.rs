//! English words and what they are inflections of.

mod inflection;

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

pub use inflection::{Inflection, Lemma, lemmas};

use super::words::{Word, words as pieces};

/// Cuts English text into words: an apostrophe between letters belongs to the
/// word (`king's`), a hyphen parts two.
#[must_use]
pub fn words(text: &str) -> Vec<Word<'_>> {
    let mut found: Vec<Word<'_>> = Vec::new();
    for piece in pieces(text) {
        let joined =
            found.last_mut().filter(|last| matches!(text.get(last.end..piece.start), Some("'" | "\u{2019}")));
        match joined {
            Some(last) => {
                last.end = piece.end;
                last.text = text.get(last.start..last.end).unwrap_or_default();
            }
            None => found.push(piece),
        }
    }
    found
}

/// Says whether a word, in lower case, is about grammar and not about things.
#[must_use]
pub fn is_function_word(word: &str) -> bool {
    static WORDS: LazyLock<FxHashSet<&str>> =
        LazyLock::new(|| include_str!("function_words.txt").split_whitespace().collect());
    WORDS.contains(word)
}

/// Says whether a word is an article, which comes and goes without changing a term.
#[must_use]
pub fn is_article(word: &str) -> bool {
    ["the", "a", "an"].iter().any(|article| word.eq_ignore_ascii_case(article))
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn apostrophes_join_and_hyphens_part() {
        let texts = |text| words(text).into_iter().map(|w| w.text).collect::<Vec<_>>();
        assert_eq!(
            texts("The king's men\u{2019}s cease-fire, 'so' boys'"),
            ["The", "king's", "men\u{2019}s", "cease", "fire", "so", "boys"]
        );
    }
}
