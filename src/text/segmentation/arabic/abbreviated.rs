//! Decides whether a single dot belongs to the word before it: a title, an initial, an abbreviation, a unit, or
//! the number of a list item.

use super::scan::{Earlier, ParagraphScan, is_digit, is_initial};
use crate::text::arabic::{
    abbreviations::{
        ABBREVIATIONS, AFTER_UNITS, CERTAIN_LABELS, CLAUSE_OPENERS, ENDS_OF_QUOTATION, ET_CETERA, LABELS,
        LATIN_ABBREVIATIONS, LETTER_NAMES, PHRASES_AFTER_UNITS, SAY_VERBS, TITLES, TITLES_WITH_PROCLITIC,
        UNAMBIGUOUS_LETTER_NAMES, UNITS,
    },
    letters::is_arabic_letter,
};
use crate::text::segmentation::paragraphs::is_newline;

impl ParagraphScan<'_> {
    /// Returns whether the single dot at `stop` belongs to the word before it. The next word starts at `follow`;
    /// `spaced` is whether white space is before it.
    pub(super) fn is_abbreviation(&self, stop: usize, follow: usize, earlier: Earlier, spaced: bool) -> bool {
        let word = self.word_before(stop);
        let next = self.word_at(follow);
        if ENDS_OF_QUOTATION.contains(&without_tatweel(&word).as_str()) {
            return false;
        }
        if let Some(unit) = self.unit_before(stop, &word) {
            return if is_dotted_letters(&unit) {
                !opens_clause(&next)
            } else {
                self.continues_after_unit(&next, follow)
            };
        }
        let letters: Vec<char> = word.chars().collect();
        let lone_letter = letters.len() == 1 && letters.iter().all(|c| is_initial(*c));
        let letter_name = LETTER_NAMES.contains(&word.as_str());
        if (lone_letter || letter_name) && self.follows_label(stop, &letters, &next) {
            return false;
        }
        if UNAMBIGUOUS_LETTER_NAMES.contains(&word.as_str()) && !next.is_empty() {
            // A name follows unless a clause opens. A و opens a clause only in a word of four letters
            // or more, because in a shorter word it may be the first letter of a name.
            let opens = next.starts_with("ال") || next.starts_with('و') && next.chars().count() > 3;
            return !opens && !CLAUSE_OPENERS.contains(&next.as_str());
        }
        // Initials are capitals. A single small Latin letter before an Arabic word ends a clause.
        let arabic_follows = self.is_at(follow, is_arabic_letter);
        lone_letter && !(arabic_follows && letters.iter().all(char::is_ascii_lowercase))
            || TITLES.contains(&word.as_str())
            || ABBREVIATIONS.contains(&word.as_str())
            || is_title_with_proclitic(&letters)
            || is_dotted_letters(&word)
            || self.item_number(stop, earlier, spaced).is_some()
            || self.is_label_in_brackets(stop, earlier)
            || lone_letter && self.is_first_word(stop, 1, earlier.line)
            || LATIN_ABBREVIATIONS.contains(&word.to_lowercase().as_str())
            || letter_name
                && (LETTER_NAMES.contains(&next.as_str()) || self.follows_letter_name(stop, letters.len()))
    }

    /// Returns whether the single dot at `stop`, which a closing bracket follows, belongs to the word before it, so
    /// that the sentence goes on after the bracket: `(323 ق.م.)`, `(أ.ف.ب.)`, `(تفاح وموز إلخ.)`.
    pub(super) fn is_abbreviation_in_brackets(&self, stop: usize) -> bool {
        let word = self.word_before(stop);
        ET_CETERA.contains(&word.as_str())
            || !ENDS_OF_QUOTATION.contains(&without_tatweel(&word).as_str())
                && (is_dotted_letters(&word) || self.unit_before(stop, &word).is_some())
    }

    /// Returns the unit before a stop, if a number is before it: `5 كم`, `٤٨٠ق.م`. Dotted letters after a number are
    /// a unit, too, such as an era or a currency.
    pub(super) fn unit_before(&self, stop: usize, word: &str) -> Option<String> {
        let unit = word.trim_start_matches(is_digit);
        let plain = without_tatweel(unit);
        let is_unit = UNITS.contains(&plain.as_str()) || is_dotted_letters(&plain);
        let measured = unit.len() < word.len() || self.follows_number(stop, word.chars().count());
        (is_unit && measured).then_some(plain)
    }

    /// Returns whether a number precedes the word of `len` characters that ends at `stop`.
    fn follows_number(&self, stop: usize, len: usize) -> bool {
        let mut i = stop.saturating_sub(len);
        while self.char_before(i).is_some_and(|c| c.is_whitespace() && !is_newline(c)) {
            i -= 1;
        }
        self.char_before(i).is_some_and(is_digit)
    }

    /// Returns whether a clause goes on after a unit and its dot: with a preposition, an adverb such as شمالا, or
    /// anything but a word.
    fn continues_after_unit(&self, next: &str, follow: usize) -> bool {
        if !self.is_at(follow, is_arabic_letter) {
            return !self.is_at(follow, |c| matches!(c, '«' | '“' | '"' | '#'));
        }
        let conjunction =
            next.strip_prefix('و').is_some_and(|rest| rest.is_empty() || rest.starts_with(is_digit));
        let adverb = next.chars().count() > 3
            && next.ends_with('ا')
            && !next.starts_with('و')
            && !CLAUSE_OPENERS.contains(&next);
        conjunction
            || adverb
            || AFTER_UNITS.contains(&next)
            || PHRASES_AFTER_UNITS.iter().any(|start| next.starts_with(start) && next.len() > start.len())
    }

    /// Returns whether the letter before `stop` is a label, because a word such as فيتامين or الفئة is before it.
    /// A title can follow most of these words (مجموعة د. أحمد), so a letter that may be one is a label only after
    /// the article or before a word that opens a clause.
    fn follows_label(&self, stop: usize, letter: &[char], next: &str) -> bool {
        let end = self.skip_spaces_back(stop.saturating_sub(letter.len()));
        let before = self.word_before(end);
        let bare = before.strip_prefix(['و', 'ف']).filter(|rest| rest.chars().count() > 2).unwrap_or(&before);
        let stem_of = |word: &str| {
            let stem = ["بال", "كال", "ال", "لل", "ب", "ل", "ك", ""]
                .into_iter()
                .filter_map(|clitic| Some((clitic, word.strip_prefix(clitic)?)))
                .find(|(_, stem)| CERTAIN_LABELS.contains(stem) || LABELS.contains(stem));
            stem.map(|(clitic, stem)| {
                (clitic.contains("ال") || clitic == "لل", CERTAIN_LABELS.contains(&stem))
            })
        };
        let Some((has_article, certain)) = stem_of(bare).or_else(|| stem_of(&before)) else { return false };
        let may_be_title = TITLES.iter().any(|title| title.chars().eq(letter.iter().copied()));
        certain || has_article || !may_be_title || opens_clause(next)
    }

    /// Returns whether the word before the last one is a letter name with its dot, for example
    /// جي. before إف.
    fn follows_letter_name(&self, stop: usize, len: usize) -> bool {
        let i = self.skip_spaces_back(stop.saturating_sub(len));
        self.char_before(i) == Some('.') && LETTER_NAMES.contains(&self.word_before(i - 1).as_str())
    }
}

/// Returns whether a word opens a clause after an abbreviation: ثم and similar words, and longer words with و.
fn opens_clause(word: &str) -> bool {
    let and = word.strip_prefix('و').is_some_and(|rest| !rest.is_empty() && !rest.starts_with(is_digit));
    and || CLAUSE_OPENERS.contains(&word) || SAY_VERBS.contains(&word)
}

/// Returns whether a word is a title after a proclitic, for example ود or لأ.د.
fn is_title_with_proclitic(word: &[char]) -> bool {
    word.split_first().is_some_and(|(first, rest)| {
        let rest: String = rest.iter().collect();
        TITLES_WITH_PROCLITIC.iter().any(|(title, proclitics)| *title == rest && proclitics.contains(*first))
    })
}

/// Returns whether a word consists of single letters with dots between them: أ.ف.ب, U.S
fn is_dotted_letters(word: &str) -> bool {
    word.contains('.')
        && word.split('.').all(|part| part.chars().count() == 1 && part.chars().all(is_initial))
}

fn without_tatweel(word: &str) -> String {
    word.chars().filter(|c| *c != '\u{0640}').collect()
}
