//! Cuts Arabic segments into the words that phrases are made of. Proclitics are removed if the
//! remaining word occurs in the segments by itself.

use rustc_hash::FxHashMap;

use super::phrases::{PhraseWord, WordSequence};
use crate::text::{
    RollingHash,
    arabic::{
        clitics::{FoldedWords, Reading},
        is_function_word,
        letters::is_arabic_letter,
    },
    folded, words,
};

/// The number of occurrences of each folded word, without its article.
pub(crate) struct ArabicWordCounts {
    counts: FxHashMap<String, u32>,
}

const ARTICLE: &str = "ال";

/// Removes the article of a folded word, if at least two letters remain.
fn without_article(word: &str) -> Option<&str> {
    word.strip_prefix(ARTICLE).filter(|bare| bare.chars().count() >= 2)
}

impl ArabicWordCounts {
    /// Counts the words of texts.
    pub(crate) fn learn<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut known: FxHashMap<String, u32> = FxHashMap::default();
        for text in texts {
            for word in words(text) {
                let word = folded(word.text);
                *known.entry(without_article(&word).unwrap_or(&word).to_owned()).or_default() += 1;
            }
        }
        Self { counts: known }
    }

    fn count(&self, base: &str) -> u32 {
        self.counts.get(base).copied().unwrap_or_default()
    }

    /// Cuts a segment into stretches of words with nothing but white space between them.
    pub(crate) fn stretches(&self, text: &str) -> Vec<WordSequence> {
        let words = words(text);
        let mut letters = FoldedWords::default();
        words.iter().for_each(|word| letters.push(word.text));
        let mut all: Vec<WordSequence> = Vec::new();
        let mut end = None;
        let mut readings = Vec::new();
        for (n, word) in words.iter().enumerate() {
            let joined = end.is_some_and(|end: usize| {
                text.get(end..word.start).unwrap_or("|").chars().all(char::is_whitespace)
            });
            let whole = folded(word.text);
            readings.clear();
            let here = letters.word(n);
            here.add_readings(&mut readings);
            let whole_base = without_article(&whole).unwrap_or(&whole).to_owned();
            let mut chosen: (u32, String, Option<Reading>) = (self.count(&whole_base), whole_base, None);
            for reading in readings.iter().filter(|r| r.after == 0 && !r.future_removed && r.before > 0) {
                let base = here.base(reading);
                let base = without_article(&base).unwrap_or(&base).to_owned();
                let count = self.count(&base);
                // A base that occurs by itself at least as often as the word is taken as its base.
                if base.chars().count() >= 3 && base != chosen.1 && count >= chosen.0 && count > 1 {
                    chosen = (count, base, Some(*reading));
                }
            }
            let (_, base, reading) = chosen;
            let proclitics = reading.map_or(0, |r| r.before);
            let (surface, bare_surface) = surfaces(word.text, proclitics);
            // A conjunction or preposition separates phrases, so the word that has it starts one.
            if !joined || has_proclitic(word.text, proclitics) {
                all.push(Vec::new());
            }
            end = Some(word.end);
            let phrase_word = PhraseWord {
                has_article: surface.starts_with(ARTICLE),
                is_function_word: is_function_word(RollingHash::of(&whole))
                    || is_function_word(RollingHash::of(&base))
                    || base.chars().count() < 3
                    || !word.text.chars().any(is_arabic_letter),
                key: base,
                surface,
                bare: bare_surface,
                is_name: false,
            };
            if let Some(stretch) = all.last_mut() {
                stretch.push(phrase_word);
            }
        }
        all
    }
}

/// Returns whether proclitics other than just the article were removed.
fn has_proclitic(word: &str, proclitics: usize) -> bool {
    proclitics > 0 && !(proclitics == 2 && word.starts_with(ARTICLE))
}

/// Returns a word without its proclitics but with its article, and without both.
fn surfaces(word: &str, proclitics: usize) -> (String, String) {
    if proclitics == 0 {
        let without = word.strip_prefix(ARTICLE).filter(|b| b.chars().count() >= 2).unwrap_or(word);
        return (word.to_owned(), without.to_owned());
    }
    let mut letters = word.char_indices().filter(|(_, c)| is_arabic_letter(*c)).map(|(at, _)| at);
    let without = letters.nth(proclitics).and_then(|at| word.get(at..)).unwrap_or_default().to_owned();
    // للـ and بالـ contain the article.
    let before: String = word.chars().filter(|c| is_arabic_letter(*c)).take(proclitics).collect();
    let article = before.ends_with(ARTICLE) || before.ends_with("لل");
    let with = if article { format!("{ARTICLE}{without}") } else { without.clone() };
    (with, without)
}
