//! Running words of a text with their readings: candidates for a term.

use std::ops::Range;

use crate::text::{
    Hashed, Word,
    arabic::{
        clitics::{Reading, WordLetters},
        letters::is_arabic_letter,
    },
    same,
};

/// A running word with its readings.
pub(crate) struct Read<'t> {
    pub(crate) word: Word<'t>,
    pub(crate) letters: WordLetters<'t>,
    pub(crate) readings: Range<usize>,
}

/// Parts the words of a term: no letter, so no word has it.
pub(crate) const BETWEEN: char = ' ';

/// Running words that may be a term.
pub(crate) struct Run<'r, 't> {
    pub(crate) words: &'r [Read<'t>],
    pub(crate) range: Range<usize>,
    surface: &'t str,
    /// The surface at level *same*, once somebody asks.
    same: Option<String>,
}

impl<'r, 't> Run<'r, 't> {
    pub(crate) fn new(text: &'t str, words: &'r [Read<'t>]) -> Self {
        let start = words.first().map_or(0, |r| r.word.start);
        let range = start..words.last().map_or(start, |r| r.word.end);
        Self { words, surface: text.get(range.clone()).unwrap_or_default(), range, same: None }
    }

    pub(crate) fn is_same(&mut self, text: &str) -> bool {
        let surface = self.surface;
        self.same.get_or_insert_with(|| same(surface)) == text
    }

    /// Says whether the words are a text when folded: only white space stands between them.
    pub(crate) fn is_folded(&self, text: &str) -> bool {
        let mut text = text.chars();
        let mut words = self.words.iter().enumerate();
        words.all(|(n, read)| {
            let parted = n == 0 || text.next() == Some(BETWEEN);
            parted && read.letters.folded().iter().all(|c| text.next() == Some(*c))
        }) && text.next().is_none()
    }
}

/// One way to read the words of a run.
pub(crate) struct Way {
    pub(crate) chosen: Vec<Reading>,
    /// The word that is a slip away.
    pub(crate) slipped: Option<usize>,
    /// Bytes of what the readings leave of the words.
    pub(crate) core: Range<usize>,
}

impl Way {
    pub(crate) fn new(run: &Run<'_, '_>, chosen: Vec<Reading>, slipped: Option<usize>) -> Self {
        let place = |read: Option<&Read<'_>>, reading: Option<&Reading>| {
            let (Some(read), Some(reading)) = (read, reading) else { return run.range.clone() };
            let core = core(read.word.text, reading);
            read.word.start + core.start..read.word.start + core.end
        };
        let start = place(run.words.first(), chosen.first()).start;
        let end = place(run.words.last(), chosen.last()).end;
        Self { core: start..end.max(start), chosen, slipped }
    }
}

/// Returns the hash of the words so far and one more, of which hash and length are given.
pub(crate) fn then(hash: Hashed, words_before: usize, (word, length): (Hashed, usize)) -> Hashed {
    let parted = if words_before == 0 { hash } else { hash.then(BETWEEN) };
    parted.followed_by(word, length)
}

/// Returns the hash of a reading's base, and its length.
pub(crate) fn base_of(reading: &Reading) -> (Hashed, usize) {
    (reading.hash, reading.base_length())
}

/// Says whether two words of a text may be neighbours in a term: nothing but white space parts them.
pub(crate) fn adjoin(text: &str, before: &Read<'_>, here: &Read<'_>) -> bool {
    text.get(before.word.end..here.word.start).unwrap_or("-").chars().all(char::is_whitespace)
}

/// Returns the bytes of a word that a reading leaves of it, with what clings to them.
pub(crate) fn core(word: &str, reading: &Reading) -> Range<usize> {
    let letters = |(_, c): &(usize, char)| is_arabic_letter(*c);
    let mut from_start = word.char_indices().filter(letters).map(|(at, _)| at);
    let start = match reading.before {
        0 => 0,
        n => from_start.nth(n).unwrap_or(word.len()),
    };
    let mut from_end = word.char_indices().rev().filter(letters).map(|(at, _)| at);
    let end = match reading.after.checked_sub(1) {
        None => word.len(),
        Some(n) => from_end.nth(n).unwrap_or(0),
    };
    start..end.max(start)
}
