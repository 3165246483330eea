//! Terms as paths through the trie, and the final comparison of their letters.

use std::sync::Arc;

use super::{
    found::{FoundTerm, TermKind},
    runs::{RunReading, WORD_SEPARATOR, WordRun, core_range},
    slips::is_a_slip_away,
};
use crate::{
    terminology::{
        forms::TermForm,
        spelling::{has_other_ending, has_other_hamza},
        term_trie,
    },
    text::{RollingHash, arabic::clitics::Reading},
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
    pub(crate) is_name: bool,
    /// It is a verb, so it may take the future's س.
    pub(crate) is_verb: bool,
    /// It is the first term of its concept.
    pub(crate) is_first: bool,
}

impl TermEntry {
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

/// Returns the hashes of the first word, the first two words and so on.
pub(crate) fn prefix_hashes(words: &str) -> Box<[u64]> {
    let mut hash = RollingHash::EMPTY;
    let mut keys = Vec::new();
    for c in words.chars() {
        if c == WORD_SEPARATOR {
            keys.push(hash.mixed());
        }
        hash = hash.with_char(c);
    }
    keys.push(hash.mixed());
    keys.into()
}

impl TermPath {
    /// Returns whether the term belongs to the current revision of its concept.
    pub(crate) fn is_alive(&self, alive: &impl Fn(Sequence, u32) -> bool) -> bool {
        alive(self.entry.concept, self.entry.revision)
    }

    /// Compares the letters of words in their readings with the term, and returns it if they match.
    pub(crate) fn match_run(&self, run: &mut WordRun<'_, '_>, way: &RunReading) -> Option<FoundTerm> {
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
            if !is_it {
                return None;
            }
            let spelled = spelled.next()?;
            let stem = read.word.text.get(core_range(read.word.text, reading))?;
            if self.form.has_hamza && has_other_hamza(stem, spelled)
                || reading.after > 0 && has_other_ending(stem, spelled)
            {
                return None;
            }
        }
        let as_written = run.is_folded(&entry.folded);
        let kind = if way.slipped.is_some() {
            TermKind::Fuzzy
        } else if !entry.is_first {
            TermKind::Variant
        } else if as_written && run.is_same(&entry.same) {
            TermKind::Exact
        } else if as_written {
            TermKind::Orthographic
        } else if self.form.plural || chosen.iter().any(|r| r.after > 0) {
            TermKind::Inflected
        } else {
            TermKind::Clitic
        };
        Some(FoundTerm {
            concept: entry.concept,
            term: Arc::clone(&entry.text),
            words: run.range.clone(),
            length: run.words.len(),
            core: way.core.clone(),
            kind,
        })
    }
}
