//! Cuts English segments into the words that phrases are made of.

use super::phrases::{PhraseWord, WordSequence};
use crate::text::english::{Inflection, english_words, has_own_meaning, is_function_word, lemmas};

/// Cuts a segment into stretches of words with nothing but white space or hyphens
/// between them.
pub(crate) fn stretches(text: &str) -> Vec<WordSequence> {
    let mut all: Vec<WordSequence> = Vec::new();
    let mut end = None;
    for (n, word) in english_words(text).into_iter().enumerate() {
        let joined = end.is_some_and(|end: usize| {
            let between = text.get(end..word.start).unwrap_or("|");
            between.chars().all(|c| c.is_whitespace() || c == '-')
        });
        if !joined {
            all.push(Vec::new());
        }
        end = Some(word.end);
        let forms = lemmas(word.text);
        let lower = forms.first().map(|l| l.base.clone()).unwrap_or_default();
        // A plural counts as its singular; the ending shows that it is one.
        let plural = forms.iter().find(|l| l.inflection == Inflection::Plural);
        let singular = plural.filter(|_| !has_own_meaning(&lower)).map(|l| l.base.clone());
        let upper = word.text.chars().next().is_some_and(char::is_uppercase);
        let function = is_function_word(&lower) || !word.text.contains(char::is_alphabetic);
        // The first word of a segment has a capital, whether it is a name or not.
        let surface = if upper && n == 0 && !word.text.chars().skip(1).any(char::is_uppercase) {
            lower.clone()
        } else {
            word.text.trim_end_matches("'s").trim_end_matches("\u{2019}s").to_owned()
        };
        let phrase_word = PhraseWord {
            key: singular.unwrap_or(lower),
            bare: surface.clone(),
            surface,
            is_function_word: function,
            has_article: false,
            is_name: upper && n > 0,
        };
        if let Some(stretch) = all.last_mut() {
            stretch.push(phrase_word);
        }
    }
    all
}
