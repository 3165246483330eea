//! Terms as paths through the trie, and the final comparison of their letters.

use std::{ops::Range, sync::Arc};

use super::{
    found::{FoundTerm, TermKind},
    runs::{ReadWord, RunReading, WORD_SEPARATOR, WordRun, core_range, gap_before},
    slips::is_a_slip_away,
};
use crate::{
    terminology::{
        forms::TermForm,
        running::TermPattern,
        signs::{TermSigns, continues_with_sign},
        spelling::{
            has_other_ending, has_other_hamza, has_other_marks, is_other_common_word, is_unusual_with_shadda,
        },
        term_trie,
    },
    text::{
        RollingHash,
        arabic::{HEH_FOR_TEH_COST, clitics::Reading, common_words::ends_in_radical_ha},
        is_arabic_letter,
    },
    unit::Sequence,
};

/// A term, ready for comparison with a text.
#[derive(Debug)]
pub(crate) struct TermEntry {
    pub(crate) concept: Sequence,
    /// The revision of the concept that has the term.
    pub(crate) revision: u32,
    pub(crate) text: Arc<str>,
    pub(crate) same: String,
    pub(crate) folded: String,
    /// The signs inside and around it, if it has other signs than spaces.
    pub(crate) signs: Option<Box<TermSigns>>,
    pub(crate) is_name: bool,
    /// It is a verb, so it may take the future's س.
    pub(crate) is_verb: bool,
    /// It is the first term of its concept.
    pub(crate) is_first: bool,
}

impl TermEntry {
    /// Returns whether the term belongs to the current revision of its concept.
    pub(crate) fn is_alive(&self, alive: &impl Fn(Sequence, u32) -> bool) -> bool {
        alive(self.concept, self.revision)
    }

    /// Returns the term as found in a range that it fills.
    pub(crate) fn found_at(&self, range: &Range<usize>, length: usize, kind: TermKind) -> FoundTerm {
        FoundTerm {
            concept: self.concept,
            term: Arc::clone(&self.text),
            words: range.clone(),
            length,
            core: range.clone(),
            kind,
        }
    }

    /// Returns whether the term cannot have a reading: a name has neither article nor ending, and only
    /// a verb has the future's س.
    fn rules_out(&self, reading: &Reading) -> bool {
        self.is_name && (reading.after > 0 || reading.article_removed)
            || reading.future_removed && !self.is_verb
    }
}

/// A term in one of its forms, as a path through the trie.
#[derive(Debug)]
pub(crate) struct TermPath {
    pub(crate) entry: Arc<TermEntry>,
    pub(crate) form: TermForm,
    /// The hashes of the form's first word, its first two words and so on; the last one is of the whole.
    pub(crate) keys: Box<[u64]>,
}

impl term_trie::TriePath for TermPath {
    fn keys(&self) -> &[u64] {
        &self.keys
    }
}

/// Returns the hashes of the first word, the first two words and so on, with the signs between them.
pub(crate) fn prefix_hashes(words: &str, signs: Option<&TermSigns>) -> Box<[u64]> {
    let mut hash = RollingHash::EMPTY;
    let mut keys = Vec::new();
    for (n, word) in words.split(WORD_SEPARATOR).enumerate() {
        if n > 0 {
            keys.push(hash.mixed());
            hash = TermSigns::gap_before(signs, n).chars().fold(hash, RollingHash::with_char);
        }
        hash = word.chars().fold(hash, RollingHash::with_char);
    }
    keys.push(hash.mixed());
    keys.into()
}

/// An English term, found by a base of its first word.
#[derive(Debug)]
pub(crate) struct PatternPath {
    pub(crate) entry: Arc<TermEntry>,
    pub(crate) pattern: Arc<TermPattern>,
    pub(crate) key: [u64; 1],
}

impl term_trie::TriePath for PatternPath {
    fn keys(&self) -> &[u64] {
        &self.key
    }
}

/// A term without a word, such as `%`, found by its signs.
#[derive(Debug)]
pub(crate) struct SignPath {
    pub(crate) entry: Arc<TermEntry>,
    pub(crate) key: [u64; 1],
}

impl term_trie::TriePath for SignPath {
    fn keys(&self) -> &[u64] {
        &self.key
    }
}

impl TermPath {
    /// Returns whether the term belongs to the current revision of its concept.
    pub(crate) fn is_alive(&self, alive: &impl Fn(Sequence, u32) -> bool) -> bool {
        self.entry.is_alive(alive)
    }

    /// Compares the letters of words in their readings with the term, and returns it if they match. `readings` are those
    /// of the whole text.
    pub(crate) fn match_run(
        &self,
        run: &mut WordRun<'_, '_>,
        way: &RunReading,
        readings: &[Reading],
    ) -> Option<FoundTerm> {
        let (entry, chosen) = (&self.entry, &way.chosen);
        if chosen.iter().any(|reading| entry.rules_out(reading)) {
            return None;
        }
        let mut bases = self.form.bases.split(WORD_SEPARATOR);
        let mut spelled = self.form.surfaces.split(WORD_SEPARATOR);
        for (n, (read, reading)) in run.words.iter().zip(chosen).enumerate() {
            // Different words may have the same hash, so the letters decide.
            let base = bases.next()?;
            let is_it = if way.slipped == Some(n) {
                is_a_slip_away(&read.letters.base(reading), base)
            } else {
                read.letters.is_base(reading, base)
            };
            let gap = gap_before(run.text, run.words, n);
            let gap_differs = gap.is_some_and(|gap| gap != TermSigns::gap_before(entry.signs.as_deref(), n));
            if !is_it || gap_differs {
                return None;
            }
            let spelled = spelled.next()?;
            if way.slipped != Some(n) && self.is_other_word(read, (n, reading), spelled, run.text, readings) {
                return None;
            }
        }
        if let ([read], [reading]) = (run.words, chosen.as_slice())
            && is_too_short(read, reading)
        {
            return None;
        }
        let around = entry.signs.as_ref().map(|signs| signs.around.extend(run.text, &run.range));
        let words = match around {
            Some(extended) => extended?,
            None => run.range.clone(),
        };
        if continues_with_sign(run.text, words.end) {
            return None;
        }
        let plain = chosen.iter().all(|r| r.before == 0 && r.after == 0) && !self.form.plural;
        let as_written = if entry.signs.is_some() { plain } else { run.is_folded(&entry.folded) };
        let kind = if way.slipped.is_some() {
            TermKind::Fuzzy
        } else if !entry.is_first {
            TermKind::Variant
        } else if as_written && run.is_same(&words, &entry.same) {
            TermKind::Exact
        } else if as_written {
            TermKind::Orthographic
        } else if self.form.plural || chosen.iter().any(|r| r.after > 0) {
            TermKind::Inflected
        } else {
            TermKind::Clitic
        };
        let core = core_with_signs(&way.core, &run.range, &words);
        Some(FoundTerm {
            concept: entry.concept,
            term: Arc::clone(&entry.text),
            words,
            length: run.words.len(),
            core,
            kind,
        })
    }

    /// Returns whether a word of a text in a reading is another word than one of the term, although they have the same
    /// folded letters.
    fn is_other_word(
        &self,
        read: &ReadWord<'_>,
        (n, reading): (usize, &Reading),
        spelled: &str,
        text: &str,
        readings: &[Reading],
    ) -> bool {
        let heh_for_teh = reading.after == 0
            && !reading.is_end_restored()
            && read.letters.ends_in_heh()
            && spelled.ends_with('ة');
        let cost = reading.cost + if heh_for_teh { HEH_FOR_TEH_COST } else { 0 };
        if reading.cost > 0 && read.is_common_otherwise(cost, readings) {
            return true;
        }
        let stem = read.word.text.get(core_range(read.word.text, reading)).unwrap_or_default();
        // The last letter of a stem whose end changed is not a letter of the term.
        let unchanged = if reading.is_end_restored() {
            stem.char_indices()
                .rev()
                .find(|(_, c)| is_arabic_letter(*c))
                .map_or("", |(at, _)| stem.get(..at).unwrap_or_default())
        } else {
            stem
        };
        let is_plural = self.form.plural && n == 0;
        if self.form.has_hamza && has_other_hamza(unchanged, spelled)
            || self.form.has_marks && (has_other_marks(unchanged, spelled) || is_unusual_with_shadda(stem, spelled))
            // السنة is *the year*, not ألسنة. A broken plural takes no second ending: محاكمات is not محاكم.
            || is_plural && (reading.number_removed || spelled.starts_with("أل") && stem.starts_with("ال"))
        {
            return true;
        }
        if reading.is_end_restored() {
            return reading.restores_teh_marbuta() && ends_in_radical_ha(spelled);
        }
        if reading.after > 0 {
            return has_other_ending(stem, spelled);
        }
        is_other_common_word(stem, spelled)
            || heh_for_teh
                && (reading.cost > 0 || text.contains('ة'))
                && read.ends_in_pronoun(reading, readings)
    }
}

/// The fewest letters of a term of one word that is found with clitics or endings but without an article.
const MIN_BASE_ALONE: usize = 3;

/// Returns whether a base is too short to be a term of one word in a reading, because two letters are found in too many
/// words. The article, the tanwin of نصًّا, and a function word after a conjunction (ومن) show that they are a word.
fn is_too_short(read: &ReadWord<'_>, reading: &Reading) -> bool {
    let shown = reading.article_removed
        || reading.after == 1 && reading.before == 0 && read.word.text.contains('\u{064B}')
        || reading.after == 0 && reading.before == 1 && read.letters.is_function_word_after_conjunction();
    reading.cost > 0 && reading.base_letter_count() < MIN_BASE_ALONE && !shown
}

/// Returns the core of a term with the signs around it, if it touches the edge of its words there.
fn core_with_signs(core: &Range<usize>, run: &Range<usize>, words: &Range<usize>) -> Range<usize> {
    let start = if core.start == run.start { words.start } else { core.start };
    let end = if core.end == run.end { words.end } else { core.end };
    start..end
}
