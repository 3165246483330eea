//! A term's words in running English, in any form and however they are joined.

use std::ops::Range;

use rustc_hash::FxHashSet;

use crate::{
    term::Term,
    text::{
        Word,
        english::{Inflection, Lemma, is_article, lemmas, words},
    },
};

/// Running text with what its words may be forms of.
pub(super) struct EnglishText<'t> {
    text: &'t str,
    words: Vec<Running<'t>>,
}

struct Running<'t> {
    word: Word<'t>,
    lemmas: Vec<Lemma>,
}

/// A term, ready to be found.
pub(super) struct Pattern<'t> {
    words: Vec<PatternWord<'t>>,
    /// Its words may stand in other forms.
    inflects: bool,
    /// Verb forms of its words count.
    verbs: bool,
    case_sensitive: bool,
}

struct PatternWord<'t> {
    surface: &'t str,
    lemmas: Vec<Lemma>,
}

impl<'t> Pattern<'t> {
    pub(super) fn new(term: &'t Term, inflects: bool) -> Self {
        let mut words: Vec<_> = words(&term.text).into_iter().map(|w| w.text).collect();
        if words.len() > 1 {
            // The name of a verb: to withdraw.
            if inflects && words.first().is_some_and(|w| w.eq_ignore_ascii_case("to")) {
                words.remove(0);
            }
            if inflects && words.iter().any(|w| !is_article(w)) {
                words.retain(|w| !is_article(w));
            }
        }
        let word = |surface: &'t str| PatternWord { surface, lemmas: lemmas(surface) };
        Self {
            words: words.into_iter().map(word).collect(),
            inflects,
            verbs: !term.proper_noun,
            case_sensitive: term.case_sensitive,
        }
    }

    pub(super) fn words(&self) -> usize {
        self.words.len()
    }
}

/// The base of a word that is not inflected.
fn base(lemmas: &[Lemma]) -> &str {
    lemmas.first().map_or("", |l| l.base.as_str())
}

impl<'t> EnglishText<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let running = |word: Word<'t>| Running { word, lemmas: lemmas(word.text) };
        Self { text, words: words(text).into_iter().map(running).collect() }
    }

    /// Returns the places of a term, the longest at each word, none inside another.
    pub(super) fn find(&self, pattern: &Pattern<'_>) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        // Places where a part of the pattern is known not to go on.
        let mut failed = FxHashSet::default();
        let mut from = 0;
        while let Some(first) = self.words.get(from) {
            match self.end(pattern, 0, from, &mut failed) {
                Some(end) if !pattern.words.is_empty() => {
                    let last = self.words.get(end - 1).map_or(first.word.end, |w| w.word.end);
                    found.push(first.word.start..last);
                    from = end;
                }
                _ => from += 1,
            }
        }
        found
    }

    /// Returns the word after the pattern from one of its words on, read from a word of the text on.
    fn end(
        &self,
        pattern: &Pattern<'_>,
        part: usize,
        at: usize,
        failed: &mut FxHashSet<(usize, usize)>,
    ) -> Option<usize> {
        if failed.contains(&(part, at)) {
            return None;
        }
        let end = self.end_anew(pattern, part, at, failed);
        if end.is_none() {
            failed.insert((part, at));
        }
        end
    }

    fn end_anew(
        &self,
        pattern: &Pattern<'_>,
        part: usize,
        at: usize,
        failed: &mut FxHashSet<(usize, usize)>,
    ) -> Option<usize> {
        let Some(wanted) = pattern.words.get(part) else { return Some(at) };
        let here = self.words.get(at)?;
        if part > 0 && !self.joined(at) {
            return None;
        }
        if pattern.matches(wanted, here)
            && let Some(end) = self.end(pattern, part + 1, at + 1, failed)
        {
            return Some(end);
        }
        // Two words of the term in one of the text: cease-fire, ceasefire.
        if let Some(next) = pattern.words.get(part + 1) {
            let together = format!("{}{}", base(&wanted.lemmas), base(&next.lemmas));
            if pattern.is(
                &together,
                &format!("{}{}", wanted.surface, next.surface),
                here.word.text,
                &here.lemmas,
            ) && let Some(end) = self.end(pattern, part + 2, at + 1, failed)
            {
                return Some(end);
            }
        }
        // One word of the term in two of the text.
        if let Some(next) = self.words.get(at + 1).filter(|_| self.joined(at + 1)) {
            let surface = format!("{}{}", here.word.text, next.word.text);
            if surface.chars().count() <= wanted.surface.chars().count() + 3
                && pattern.is(base(&wanted.lemmas), wanted.surface, &surface, &lemmas(&surface))
                && let Some(end) = self.end(pattern, part + 1, at + 2, failed)
            {
                return Some(end);
            }
        }
        // An article more than the term has; one, not a text of them.
        let next_is_article = self.words.get(at + 1).is_some_and(|next| is_article(next.word.text));
        if part > 0 && pattern.inflects && is_article(here.word.text) && !next_is_article {
            return self.end(pattern, part, at + 1, failed);
        }
        None
    }

    /// Says whether a word of the text goes on from the one before.
    fn joined(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|b| self.words.get(b));
        let (Some(before), Some(here)) = (before, self.words.get(at)) else { return false };
        let between = self.text.get(before.word.end..here.word.start).unwrap_or("|");
        // Dots part the letters of an abbreviation: U.S.
        let joins =
            |c: char| c.is_whitespace() || matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\u{2013}' | '/');
        let letter = before.word.text.chars().count() == 1;
        between.chars().all(|c| joins(c) || letter && c == '.') && !between.is_empty()
    }
}

impl Pattern<'_> {
    fn matches(&self, wanted: &PatternWord<'_>, here: &Running<'_>) -> bool {
        if self.is(base(&wanted.lemmas), wanted.surface, here.word.text, &here.lemmas) {
            return true;
        }
        // A term that stands in the plural is kept in the singular, too, and the name
        // of an action in any form of its verb.
        self.inflects
            && wanted.lemmas.iter().any(|own| {
                let as_form = |l: &Lemma| match own.inflection {
                    Inflection::None => false,
                    Inflection::Plural => l.inflection != Inflection::Verb && l.base == own.base,
                    Inflection::Verb => self.verbs && l.base == own.base,
                };
                here.lemmas.iter().any(as_form) && self.same_case(wanted.surface, here.word.text)
            })
    }

    /// Says whether a running word is a form of a word.
    fn is(&self, base: &str, surface: &str, running: &str, lemmas: &[Lemma]) -> bool {
        let form = |l: &Lemma| match l.inflection {
            Inflection::None => l.base == base,
            Inflection::Plural => self.inflects && l.base == base,
            Inflection::Verb => self.inflects && self.verbs && l.base == base,
        };
        lemmas.iter().any(form) && self.same_case(surface, running)
    }

    fn same_case(&self, surface: &str, running: &str) -> bool {
        // The last letter of a base may change before an ending.
        let stem: Vec<char> = surface.chars().collect();
        let known = if stem.len() > 2 { stem.len() - 1 } else { stem.len() };
        !self.case_sensitive || stem.iter().take(known).copied().eq(running.chars().take(known))
    }
}
