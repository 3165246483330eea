//! Terms as paths through the trie, and the final comparison by letters.

use std::sync::Arc;

use super::{
    found::{FoundTerm, TermKind},
    runs::{BETWEEN, Run, Way, core},
    slips::is_a_slip_away,
};
use crate::{
    terminology::{
        forms::Form,
        spelling::{contradicts, ends_otherwise},
        term_trie,
    },
    text::{Hashed, arabic::clitics::Reading},
    unit::Sequence,
};

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) concept: Sequence,
    /// The revision of the concept that it is of.
    pub(crate) revision: u32,
    pub(crate) text: Arc<str>,
    pub(crate) same: String,
    pub(crate) folded: String,
    pub(crate) proper: bool,
    /// It may be a verb, which takes the future's س.
    pub(crate) verb: bool,
    pub(crate) first: bool,
}

/// A way that a term goes through the tree.
#[derive(Debug)]
pub(crate) struct Path {
    pub(crate) entry: Arc<Entry>,
    pub(crate) form: Form,
    /// The hashes of the form's beginnings, word by word, the whole last.
    pub(crate) keys: Box<[u64]>,
}

impl term_trie::Path for Path {
    fn keys(&self) -> &[u64] {
        &self.keys
    }
}

/// Hashes the beginnings of some words, each a word longer.
pub(crate) fn keys(words: &str) -> Box<[u64]> {
    let mut hash = Hashed::EMPTY;
    let mut keys = Vec::new();
    for c in words.chars() {
        if c == BETWEEN {
            keys.push(hash.mixed());
        }
        hash = hash.then(c);
    }
    keys.push(hash.mixed());
    keys.into()
}

impl Path {
    /// Makes sure that words in their readings are the term, and tells how.
    pub(crate) fn matched(&self, run: &mut Run<'_, '_>, way: &Way) -> Option<FoundTerm> {
        let (entry, chosen) = (&self.entry, &way.chosen);
        let refused = |r: &Reading| entry.proper && (r.after > 0 || r.article) || r.future && !entry.verb;
        if chosen.iter().any(refused) {
            return None;
        }
        let mut bases = self.form.bases.split(BETWEEN);
        let mut spelled = self.form.surfaces.split(BETWEEN);
        for (n, (read, reading)) in run.words.iter().zip(chosen).enumerate() {
            // The hash led here; the letters decide.
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
            let stem = read.word.text.get(core(read.word.text, reading))?;
            if self.form.has_hamza && contradicts(stem, spelled)
                || reading.after > 0 && ends_otherwise(stem, spelled)
            {
                return None;
            }
        }
        let as_written = run.is_folded(&entry.folded);
        let kind = if way.slipped.is_some() {
            TermKind::Fuzzy
        } else if !entry.first {
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
