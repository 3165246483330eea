//! Runs of words of a text with their readings: candidates for a term.

use std::{borrow::Cow, cell::OnceCell, ops::Range};

use crate::{
    terminology::signs::gap_key,
    text::{
        RollingHash, Word,
        arabic::{
            clitics::{FoldedWord, Reading},
            letters::is_arabic_letter,
        },
        same,
    },
};

/// A running word with its readings.
pub(crate) struct ReadWord<'t> {
    pub(crate) word: Word<'t>,
    pub(crate) letters: FoldedWord<'t>,
    /// The range of its readings in the list of the whole text.
    pub(crate) readings: Range<usize>,
    /// The lowest cost of a reading whose base is a common word, computed when first needed.
    pub(crate) common_cost: OnceCell<Option<u8>>,
}

/// Separates the words of a term. It is not a letter, so no word contains it.
pub(crate) const WORD_SEPARATOR: char = ' ';

/// Running words that may be a term.
pub(crate) struct WordRun<'r, 't> {
    pub(crate) words: &'r [ReadWord<'t>],
    pub(crate) range: Range<usize>,
    pub(crate) text: &'t str,
    surface: &'t str,
    /// The surface at level *same*, computed when first needed.
    same: Option<String>,
}

impl<'r, 't> WordRun<'r, 't> {
    pub(crate) fn new(text: &'t str, words: &'r [ReadWord<'t>]) -> Self {
        let start = words.first().map_or(0, |r| r.word.start);
        let range = start..words.last().map_or(start, |r| r.word.end);
        Self { words, text, surface: text.get(range.clone()).unwrap_or_default(), range, same: None }
    }

    /// Returns whether the words, with the signs in a range around them, equal a text at level *same*.
    pub(crate) fn is_same(&mut self, range: &Range<usize>, text: &str) -> bool {
        if *range != self.range {
            return same(self.text.get(range.clone()).unwrap_or_default()) == text;
        }
        let surface = self.surface;
        self.same.get_or_insert_with(|| same(surface)) == text
    }

    /// Returns whether the words, joined by single spaces, equal a folded text.
    pub(crate) fn is_folded(&self, text: &str) -> bool {
        let mut text = text.chars();
        let mut words = self.words.iter().enumerate();
        words.all(|(n, read)| {
            let separated = n == 0 || text.next() == Some(WORD_SEPARATOR);
            separated && read.letters.folded().iter().all(|c| text.next() == Some(*c))
        }) && text.next().is_none()
    }
}

/// One way to read the words of a run.
pub(crate) struct RunReading {
    pub(crate) chosen: Vec<Reading>,
    /// The number of the word with a slip.
    pub(crate) slipped: Option<usize>,
    /// The bytes from the core of the first word to that of the last.
    pub(crate) core: Range<usize>,
}

impl RunReading {
    pub(crate) fn new(run: &WordRun<'_, '_>, chosen: Vec<Reading>, slipped: Option<usize>) -> Self {
        let first = run.words.first().zip(chosen.first());
        let last = run.words.last().zip(chosen.last());
        let start = first.map_or(run.range.start, |(read, reading)| read.core(reading).start);
        let end = last.map_or(run.range.end, |(read, reading)| read.core(reading).end);
        Self { core: start..end.max(start), chosen, slipped }
    }
}

/// The fewest letters of a common word inside another word.
const MIN_COMMON_LETTERS: usize = 3;

impl ReadWord<'_> {
    /// Returns its readings.
    pub(crate) fn readings<'r>(&self, all: &'r [Reading]) -> &'r [Reading] {
        all.get(self.readings.clone()).unwrap_or_default()
    }

    /// Returns whether the word is better explained by a common word than by a reading with a cost: لجنة is *committee*,
    /// not ل + جنة.
    pub(crate) fn is_common_otherwise(&self, cost: u8, all: &[Reading]) -> bool {
        let least = self.common_cost.get_or_init(|| {
            let common = self
                .readings(all)
                .iter()
                .filter(|r| r.cost == 0 || r.base_letter_count() >= MIN_COMMON_LETTERS);
            common.filter_map(|r| self.letters.common_cost(r)).min()
        });
        least.is_some_and(|least| least < cost)
    }

    /// Returns whether a ه at the end of the word, which a reading takes for ة, is rather a pronoun after a common word:
    /// شرطه is *his condition*, not شرطة.
    pub(crate) fn ends_in_pronoun(&self, reading: &Reading, all: &[Reading]) -> bool {
        let mut pronouns =
            self.readings(all).iter().filter(|r| r.is_pronoun_heh() && r.before <= reading.before);
        pronouns.any(|r| self.letters.common_cost(r).is_some())
    }

    /// Returns the bytes of the text that a reading leaves of the word.
    fn core(&self, reading: &Reading) -> Range<usize> {
        let core = core_range(self.word.text, reading);
        self.word.start + core.start..self.word.start + core.end
    }
}

/// Returns the hash of the words so far and one more word, given by its hash and its length, with the key of the gap
/// before it.
pub(crate) fn extend_hash(
    hash: RollingHash,
    gap: Option<&str>,
    (word, length): (RollingHash, usize),
) -> RollingHash {
    gap.unwrap_or_default().chars().fold(hash, RollingHash::with_char).followed_by(word, length)
}

/// Returns the hash and the length of a reading's base.
pub(crate) fn base_hash(reading: &Reading) -> (RollingHash, usize) {
    (reading.hash, reading.base_letter_count())
}

/// Returns the key of the gap before the n-th of some words, or `None` for the first one.
pub(crate) fn gap_before(text: &str, words: &[ReadWord<'_>], n: usize) -> Option<Cow<'static, str>> {
    let (before, here) = (words.get(n.checked_sub(1)?)?, words.get(n)?);
    Some(gap_key(text.get(before.word.end..here.word.start).unwrap_or_default()))
}

/// Returns the bytes of a word without the letters before and after a reading's base. Marks after
/// the last letter of the base belong to it.
pub(crate) fn core_range(word: &str, reading: &Reading) -> Range<usize> {
    let start = match reading.before {
        0 => 0,
        n => letter_offsets(word).nth(n).unwrap_or(word.len()),
    };
    let end = match reading.after.checked_sub(1) {
        None => word.len(),
        Some(n) => letter_offsets(word).nth_back(n).unwrap_or(0),
    };
    start..end.max(start)
}

/// Returns the byte offsets of a word's Arabic letters.
fn letter_offsets(word: &str) -> impl DoubleEndedIterator<Item = usize> {
    word.char_indices().filter(|(_, c)| is_arabic_letter(*c)).map(|(at, _)| at)
}
