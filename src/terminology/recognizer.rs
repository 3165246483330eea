//! Glossary terms in Arabic text, through clitics and inflection.
//!
//! Each running word is read in every way that clitics and inflection allow
//! (`text::arabic::clitics`); a reading counts when its base is a word of a
//! term. In a term of several words, each may carry its own article and clitics.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::{
    term::Concept,
    text::{
        Word,
        arabic::{
            clitics::{Reading, readings},
            letters::is_arabic_letter,
        },
        folded, same, words,
    },
    unit::Sequence,
};

/// How running words matched a term, surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TermKind {
    /// Letter by letter, at level *same*.
    Exact,
    /// But for orthography.
    Orthographic,
    /// With proclitics or the article.
    Clitic,
    /// With an inflection or a suffix pronoun.
    Inflected,
    /// As another term of the concept than its first.
    Variant,
}

/// A term found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTerm {
    /// The concept.
    pub concept: Sequence,
    /// The term as the glossary has it.
    pub term: String,
    /// Bytes of the whole running words.
    pub words: Range<usize>,
    /// Bytes of the term itself inside them.
    pub core: Range<usize>,
    /// How it matched.
    pub kind: TermKind,
}

#[derive(Debug)]
struct Entry {
    concept: Sequence,
    text: String,
    same: String,
    folded: String,
    /// For each word of the term the folded bases that it goes by: as written
    /// and without its article.
    words: Vec<Vec<String>>,
    proper: bool,
    first: bool,
}

/// The terms of one glossary, ready to be found.
#[derive(Debug, Default)]
pub struct Recognizer {
    entries: Vec<Entry>,
    by_first_word: FxHashMap<String, Vec<usize>>,
}

/// A running word with its readings.
struct Read<'t> {
    word: Word<'t>,
    readings: Vec<Reading>,
}

impl Recognizer {
    /// Prepares the terms of one language of some concepts.
    pub fn new<'c>(concepts: impl IntoIterator<Item = &'c Concept>, language: &str) -> Self {
        let mut made = Self::default();
        for concept in concepts {
            let terms = concept.content.terms.iter().filter(|t| t.locale.language() == language);
            for (n, term) in terms.enumerate() {
                let bases: Vec<Vec<String>> =
                    words(&term.text).iter().map(|w| bases(&folded(w.text), term.proper_noun)).collect();
                let entry = Entry {
                    concept: concept.sequence,
                    text: term.text.clone(),
                    same: same(&term.text),
                    folded: folded(&term.text),
                    words: bases,
                    proper: term.proper_noun,
                    first: n == 0,
                };
                for base in entry.words.first().into_iter().flatten() {
                    made.by_first_word.entry(base.clone()).or_default().push(made.entries.len());
                }
                made.entries.push(entry);
            }
        }
        made
    }

    /// Returns how many terms there are.
    #[must_use]
    pub fn terms(&self) -> usize {
        self.entries.len()
    }

    /// Finds the terms in a text, the longest first, then by place. Without
    /// `nested` a term that overlaps a longer one found is left out.
    #[must_use]
    pub fn recognize(&self, text: &str, nested: bool) -> Vec<FoundTerm> {
        let read: Vec<Read<'_>> = words(text)
            .into_iter()
            .map(|word| Read { readings: readings(&folded(word.text)), word })
            .collect();
        let mut found: Vec<(usize, FoundTerm)> = Vec::new();
        for at in 0..read.len() {
            let here = read.get(at..).unwrap_or_default();
            let mut tried: Vec<usize> = Vec::new();
            for reading in here.first().into_iter().flat_map(|r| &r.readings) {
                for n in self.by_first_word.get(&reading.base).into_iter().flatten() {
                    if !tried.contains(n) {
                        tried.push(*n);
                        let hit = self
                            .entries
                            .get(*n)
                            .and_then(|entry| Some((entry.words.len(), entry.find(text, here)?)));
                        found.extend(hit);
                    }
                }
            }
        }
        // Longest first, then by place, then what explains most of the words, surest first.
        found.sort_by(|(a_words, a), (b_words, b)| {
            let key = |words: &usize, f: &FoundTerm| {
                (
                    std::cmp::Reverse(*words),
                    f.words.start,
                    std::cmp::Reverse(f.core.len()),
                    f.kind,
                    f.concept,
                    f.term.clone(),
                )
            };
            key(a_words, a).cmp(&key(b_words, b))
        });
        let mut kept: Vec<FoundTerm> = Vec::new();
        for (_, hit) in found {
            let twin = kept
                .iter()
                .any(|k| k.concept == hit.concept && k.words == hit.words && (!nested || k.term == hit.term));
            let covered = kept.iter().any(|k| k.words != hit.words && overlap(&k.words, &hit.words));
            // Of two readings of the same words the one that explains more of them is meant.
            let outdone = kept.iter().any(|k| k.words == hit.words && k.core.len() > hit.core.len());
            if !twin && (nested || !covered && !outdone) {
                kept.push(hit);
            }
        }
        kept
    }
}

impl Entry {
    /// Matches the term against the words at the start of `here`.
    fn find(&self, text: &str, here: &[Read<'_>]) -> Option<FoundTerm> {
        let run = here.get(..self.words.len())?;
        let (first, last) = (run.first()?, run.last()?);
        // Nothing but white space may stand between the words of a term.
        let apart = run.windows(2).any(|pair| match pair {
            [a, b] => !text.get(a.word.end..b.word.start).unwrap_or("-").trim().is_empty(),
            _ => false,
        });
        if apart {
            return None;
        }
        let mut chosen: Vec<&Reading> = Vec::new();
        for (read, bases) in run.iter().zip(&self.words) {
            chosen.push(
                read.readings
                    .iter()
                    .find(|r| bases.contains(&r.base) && !(self.proper && (r.after > 0 || r.article)))?,
            );
        }
        let words = first.word.start..last.word.end;
        let surface = text.get(words.clone()).unwrap_or_default();
        let kind = if !self.first {
            TermKind::Variant
        } else if same(surface) == self.same {
            TermKind::Exact
        } else if folded(surface) == self.folded {
            TermKind::Orthographic
        } else if chosen.iter().all(|r| r.after == 0) {
            TermKind::Clitic
        } else {
            TermKind::Inflected
        };
        let before = chosen.first().map_or(0, |r| r.before);
        let after = chosen.last().map_or(0, |r| r.after);
        let start = first.word.start + letters_from_start(first.word.text, before);
        let end = last.word.end - letters_from_end(last.word.text, after);
        Some(FoundTerm {
            concept: self.concept,
            term: self.text.clone(),
            words,
            core: start..end.max(start),
            kind,
        })
    }
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Returns the forms that a term's word goes by. A name keeps its article.
fn bases(word: &str, proper: bool) -> Vec<String> {
    let mut bases = vec![word.to_owned()];
    let bare = word.strip_prefix("ال").filter(|bare| !proper && bare.chars().count() >= 3);
    bases.extend(bare.map(str::to_owned));
    bases
}

/// Returns the bytes that hold the first `letters` letters and what clings to them.
fn letters_from_start(word: &str, letters: usize) -> usize {
    let mut starts = word.char_indices().filter(|(_, c)| is_arabic_letter(*c)).map(|(at, _)| at);
    if letters == 0 { 0 } else { starts.nth(letters).unwrap_or(word.len()) }
}

/// Returns the bytes that hold the last `letters` letters and what clings to them.
fn letters_from_end(word: &str, letters: usize) -> usize {
    let starts =
        word.char_indices().rev().filter(|(_, c)| is_arabic_letter(*c)).map(|(at, _)| word.len() - at);
    letters
        .checked_sub(1)
        .and_then(|n| {
            let mut starts = starts;
            starts.nth(n)
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{Recognizer, TermKind};
    use crate::{
        locale::Locale,
        name::Name,
        term::{Concept, ConceptDraft, PartOfSpeech, Term, TermStatus},
        unit::{Sequence, Stamp},
    };

    fn concept(n: u64, terms: &[&str], proper: bool) -> Concept {
        let term = |text: &&str| Term {
            text: (*text).to_owned(),
            locale: Locale::arabic(),
            status: TermStatus::Admitted,
            part_of_speech: PartOfSpeech::Noun,
            proper_noun: proper,
            case_sensitive: false,
            usage_note: String::new(),
        };
        Concept {
            sequence: Sequence(n),
            glossary: Name::parse("g").unwrap_or_else(|e| panic!("{e}")),
            content: ConceptDraft { terms: terms.iter().map(term).collect(), ..ConceptDraft::default() },
            stamp: Stamp::default(),
        }
    }

    fn recognizer() -> Recognizer {
        let concepts = [
            concept(1, &["حصار"], false),
            concept(2, &["كتيبة", "كتائب"], false),
            concept(3, &["كتائب المعارضة"], false),
            concept(4, &["حمص"], true),
            concept(5, &["مفاوضة"], false),
            concept(6, &["مسؤول", "مسئول"], false),
            concept(7, &["مفاوض"], false),
        ];
        Recognizer::new(concepts.iter(), "ar")
    }

    fn found(text: &str, nested: bool) -> Vec<(String, String, String, TermKind)> {
        recognizer()
            .recognize(text, nested)
            .into_iter()
            .map(|f| (f.term, text[f.words].to_owned(), text[f.core].to_owned(), f.kind))
            .collect()
    }

    fn one(text: &str) -> Option<(String, String, TermKind)> {
        found(text, false).into_iter().next().map(|(term, _, core, kind)| (term, core, kind))
    }

    #[test]
    fn terms_are_seen_through_clitics_and_inflection() {
        for (text, term, core, kind) in [
            ("حصار", "حصار", "حصار", TermKind::Exact),
            ("حِصار", "حصار", "حِصار", TermKind::Orthographic),
            ("وبالحصار", "حصار", "حصار", TermKind::Clitic),
            ("حصارهم", "حصار", "حصار", TermKind::Inflected),
            ("لِلحِصارِ", "حصار", "حِصارِ", TermKind::Clitic),
            ("المفاوضات", "مفاوضة", "مفاوض", TermKind::Inflected),
            ("للكتائب", "كتائب", "كتائب", TermKind::Variant),
            ("بحمص", "حمص", "حمص", TermKind::Clitic),
            ("مسئول", "مسؤول", "مسئول", TermKind::Orthographic),
        ] {
            assert_eq!(one(text), Some((term.to_owned(), core.to_owned(), kind)), "{text}");
        }
    }

    #[test]
    fn a_name_takes_no_suffix_and_other_words_are_no_terms() {
        for text in ["الحمصي", "الحمص", "حمصية", "كتاب", "محاصرة", ""] {
            assert_eq!(found(text, true), [], "{text}");
        }
    }

    #[test]
    fn the_longest_term_wins() {
        let text = "انسحاب لكتائب معارضة من حمص";
        let terms = |nested| found(text, nested).into_iter().map(|f| f.0).collect::<Vec<_>>();
        assert_eq!(terms(false), ["كتائب المعارضة", "حمص"]);
        assert_eq!(terms(true), ["كتائب المعارضة", "كتائب", "حمص"]);
        assert_eq!(found("كتائب، المعارضة", false).first().map(|f| f.0.clone()).as_deref(), Some("كتائب"));
    }
}
