//! The recognizer of one glossary: adds, removes and finds terms.

use std::{cell::OnceCell, ops::Range, sync::Arc};

use rustc_hash::FxHashSet;

use super::{
    found::{FoundTerm, RecognizeOptions, TermKind},
    paths::{PatternPath, SignPath, TermEntry, TermPath, prefix_hashes},
    readings::{MergedRanges, select_terms},
    runs::{ReadWord, RunReading, WordRun, base_hash, extend_hash, gap_before},
    steps::{SearchStep, StepSet},
};
use crate::{
    term::{Concept, PartOfSpeech, Term},
    terminology::{
        budget::{SearchTooLarge, StepBudget},
        forms::{forms_of, terms_of},
        running::{PatternUse, RunningText, TermPattern},
        signs::{TermSigns, sign_key, sign_runs},
        source_words::source_words,
        term_trie::PathTrie,
    },
    text::{
        RollingHash, Word,
        arabic::clitics::{FoldedWords, Reading},
        folded, same,
    },
    unit::Sequence,
};

/// The most ways in which terms are found in one text: one word can be a term of every concept.
const MAX_FOUND_TERMS: usize = 100_000;

/// The most steps in one text.
const MAX_SEARCH_STEPS: usize = 3_000_000;

/// The language whose terms are found as in translations, because it has inflection but no proclitics.
const ENGLISH: &str = "en";

/// The terms of one glossary, ready to be found. Clones share most of their memory.
///
/// Terms of changed or removed concepts stay for a while. The caller of a search passes a function that
/// returns whether a revision of a concept is the current one.
#[derive(Clone, Debug, Default)]
pub struct Recognizer {
    pub(crate) paths: PathTrie<TermPath>,
    /// English terms by the bases of their first words.
    patterns: PathTrie<PatternPath>,
    /// Terms without a word.
    signs: PathTrie<SignPath>,
    terms: usize,
    /// The number of terms that were removed since the last cleaning.
    dead: usize,
}

/// Returns whether a revision of a concept is the current one.
pub trait IsCurrent: Fn(Sequence, u32) -> bool {}

impl<F: Fn(Sequence, u32) -> bool> IsCurrent for F {}

impl Recognizer {
    /// Adds the terms of a concept in a language; they are found after [`Recognizer::publish`].
    pub fn add(&mut self, concept: &Concept, language: &str) {
        for (n, (term, forms)) in forms_of(concept, language).into_iter().enumerate() {
            let words = source_words(&term.text);
            let entry = Arc::new(TermEntry {
                concept: concept.sequence,
                revision: concept.stamp.revision,
                text: term.text.as_str().into(),
                same: same(&term.text),
                folded: folded(&term.text),
                signs: TermSigns::of(&term.text, &words),
                is_name: term.proper_noun,
                is_verb: term.part_of_speech == PartOfSpeech::Verb,
                is_first: n == 0,
            });
            self.terms += 1;
            if words.is_empty() {
                let key = [RollingHash::of(&sign_key(&term.text)).mixed()];
                self.signs.add(Arc::new(SignPath { entry: Arc::clone(&entry), key }));
            }
            for form in forms {
                let keys = prefix_hashes(&form.bases, entry.signs.as_deref());
                self.paths.add(Arc::new(TermPath { entry: Arc::clone(&entry), form, keys }));
            }
            if language == ENGLISH {
                self.add_english(term, &entry);
            }
        }
    }

    /// Adds an English term under each base of its first word.
    fn add_english(&mut self, term: &Term, entry: &Arc<TermEntry>) {
        let pattern = Arc::new(TermPattern::new(term, true, PatternUse::Source));
        for base in pattern.first_bases() {
            let key = [RollingHash::of(base).mixed()];
            let (entry, pattern) = (Arc::clone(entry), Arc::clone(&pattern));
            self.patterns.add(Arc::new(PatternPath { entry, pattern, key }));
        }
    }

    /// Notes that the terms of a concept are no longer current.
    pub fn remove(&mut self, concept: &Concept, language: &str) {
        let terms = terms_of(concept, language).count();
        self.terms -= terms;
        self.dead += terms;
    }

    /// Makes the added terms findable, and removes dead terms if they outnumber the living.
    pub fn publish(&mut self, alive: impl IsCurrent) {
        self.paths.publish(|path| path.is_alive(&alive));
        self.patterns.publish(|path| path.entry.is_alive(&alive));
        self.signs.publish(|path| path.entry.is_alive(&alive));
        if self.dead > self.terms {
            self.paths.remove_dead(|path| path.is_alive(&alive));
            self.patterns.remove_dead(|path| path.entry.is_alive(&alive));
            self.signs.remove_dead(|path| path.entry.is_alive(&alive));
            self.dead = 0;
        }
    }

    /// Returns the number of terms.
    #[must_use]
    pub fn term_count(&self) -> usize {
        self.terms
    }

    /// Finds the terms in a text, the longest first, then by place.
    ///
    /// # Errors
    /// [`SearchTooLarge`] if terms are found in more than 100,000 ways, or if the search takes more than
    /// 3,000,000 steps.
    pub fn recognize(
        &self,
        text: &str,
        wanted: RecognizeOptions,
        alive: impl IsCurrent,
    ) -> Result<Vec<FoundTerm>, SearchTooLarge> {
        let words = source_words(text);
        let mut found: Vec<FoundTerm> = Vec::new();
        let mut budget = StepBudget::new(MAX_SEARCH_STEPS);
        self.find_signs(text, &sign_ranges(&self.signs, text, &words), &alive, &mut found);
        // English has no proclitics, so only words with a typing error are looked for as in Arabic.
        let is_english = !self.patterns.is_empty();
        if is_english {
            self.find_english(text, &alive, &mut budget, &mut found)?;
            check_found_count(&found)?;
            if !wanted.fuzzy {
                return Ok(select_terms(found, wanted.nested));
            }
        }
        let mut letters = FoldedWords::default();
        words.iter().for_each(|word| letters.push(word.text));
        let mut readings: Vec<Reading> = Vec::with_capacity(16 * words.len());
        let mut read: Vec<ReadWord<'_>> = Vec::with_capacity(words.len());
        for (n, word) in words.into_iter().enumerate() {
            let from = readings.len();
            letters.word(n).add_readings(&mut readings);
            read.push(ReadWord {
                word,
                letters: letters.word(n),
                readings: from..readings.len(),
                common_cost: OnceCell::new(),
            });
        }
        for at in 0..if is_english { 0 } else { read.len() } {
            let here = read.get(at..).unwrap_or_default();
            self.find_starting_at(text, here, &readings, &alive, &mut budget, &mut found)?;
            check_found_count(&found)?;
        }
        if wanted.fuzzy {
            let mut taken = MergedRanges::default();
            found.iter().for_each(|f| taken.add(&f.words));
            for at in 0..read.len() {
                let here = read.get(at..).unwrap_or_default();
                self.find_near_starting_at(text, here, &readings, &alive, &mut budget, &mut found)?;
                check_found_count(&found)?;
            }
            // Where a term was found without a slip, a near match of another term means nothing.
            found.retain(|f| f.kind != TermKind::Fuzzy || taken.overlapping(&f.words).is_none());
        }
        Ok(select_terms(found, wanted.nested))
    }

    /// Finds the English terms in a text, in any form that a term of a source has.
    fn find_english(
        &self,
        text: &str,
        alive: &impl IsCurrent,
        budget: &mut StepBudget,
        found: &mut Vec<FoundTerm>,
    ) -> Result<(), SearchTooLarge> {
        let running = RunningText::new(text, true);
        let mut candidates = Vec::new();
        let mut seen = FxHashSet::default();
        for base in running.bases() {
            self.patterns.find(RollingHash::of(base).mixed(), |path| {
                if path.entry.is_alive(alive) && seen.insert(Arc::as_ptr(&path.entry)) {
                    candidates.push((Arc::clone(&path.entry), Arc::clone(&path.pattern)));
                }
            });
        }
        for (entry, pattern) in candidates {
            for range in running.find(&pattern, budget)? {
                let surface = text.get(range.clone()).unwrap_or_default();
                let kind = if !entry.is_first {
                    TermKind::Variant
                } else if same(surface) == entry.same {
                    TermKind::Exact
                } else if folded(surface) == entry.folded {
                    TermKind::Orthographic
                } else {
                    TermKind::Inflected
                };
                found.push(entry.found_at(&range, running.word_count(&range), kind));
            }
            check_found_count(found)?;
        }
        Ok(())
    }

    /// Finds the terms that have no word and are one of the runs of signs of a text.
    fn find_signs(
        &self,
        text: &str,
        runs: &[Range<usize>],
        alive: &impl IsCurrent,
        found: &mut Vec<FoundTerm>,
    ) {
        for range in runs {
            let surface = text.get(range.clone()).unwrap_or_default();
            self.signs.find(RollingHash::of(&sign_key(surface)).mixed(), |path| {
                if path.entry.is_alive(alive) && sign_key(&path.entry.text) == sign_key(surface) {
                    let kind = if path.entry.is_first { TermKind::Exact } else { TermKind::Variant };
                    found.push(path.entry.found_at(range, 1, kind));
                }
            });
        }
    }

    /// Finds the terms that start with the first of some words.
    fn find_starting_at(
        &self,
        text: &str,
        here: &[ReadWord<'_>],
        readings: &[Reading],
        alive: &impl IsCurrent,
        budget: &mut StepBudget,
        found: &mut Vec<FoundTerm>,
    ) -> Result<(), SearchTooLarge> {
        let mut steps = vec![SearchStep::start()];
        for (n, read) in here.iter().enumerate() {
            if steps.is_empty() {
                return Ok(());
            }
            let gap = gap_before(text, here, n);
            budget.take(steps.len() * read.readings.len())?;
            let mut next = StepSet::default();
            let mut run = WordRun::new(text, here.get(..=n).unwrap_or_default());
            for step in &steps {
                for reading in readings.get(read.readings.clone()).into_iter().flatten() {
                    let hash = extend_hash(step.state.hash, gap.as_deref(), base_hash(reading));
                    // Most readings lead to no term, so the `RunReading` is made only when one is found.
                    let mut way: Option<RunReading> = None;
                    let passed = self.paths.find(hash.mixed(), |path| {
                        if path.is_alive(alive) {
                            let way = way
                                .get_or_insert_with(|| RunReading::new(&run, step.readings(reading), None));
                            found.extend(path.match_run(&mut run, way, readings));
                        }
                    });
                    if passed {
                        next.add(step.then(hash, reading, None));
                    }
                }
            }
            steps = next.all;
        }
        Ok(())
    }
}

/// Returns the ranges of the signs of a text, if there are terms without a word.
fn sign_ranges(signs: &PathTrie<SignPath>, text: &str, words: &[Word<'_>]) -> Vec<Range<usize>> {
    if signs.is_empty() { Vec::new() } else { sign_runs(text, words) }
}

/// Fails if there are more terms than the recognizer returns.
fn check_found_count(found: &[FoundTerm]) -> Result<(), SearchTooLarge> {
    if found.len() > MAX_FOUND_TERMS { Err(SearchTooLarge) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::{Recognizer, SearchTooLarge};
    use crate::terminology::recognizer::found::{RecognizeOptions, TermKind};
    use crate::{
        locale::Locale,
        name::Name,
        term::{Concept, ConceptDraft, PartOfSpeech, Term},
        unit::{Sequence, Stamp},
    };

    fn concept(n: u64, terms: &[&str], proper: bool) -> Concept {
        let terms = terms.iter().map(|text| Term {
            part_of_speech: PartOfSpeech::Noun,
            proper_noun: proper,
            ..Term::new(*text, Locale::arabic())
        });
        Concept {
            sequence: Sequence(n),
            glossary: Name::parse("g").unwrap_or_else(|e| panic!("{e}")),
            content: ConceptDraft { terms: terms.collect(), ..ConceptDraft::default() },
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
        let mut made = Recognizer::default();
        concepts.iter().for_each(|c| made.add(c, "ar"));
        made.publish(|_, _| true);
        made
    }

    fn found(text: &str, nested: bool) -> Vec<(String, String, String, TermKind)> {
        wanted(text, RecognizeOptions { nested, fuzzy: false })
    }

    fn wanted(text: &str, wanted: RecognizeOptions) -> Vec<(String, String, String, TermKind)> {
        recognizer()
            .recognize(text, wanted, |_, _| true)
            .unwrap()
            .into_iter()
            .map(|f| (f.term.to_string(), text[f.words].to_owned(), text[f.core].to_owned(), f.kind))
            .collect()
    }

    fn terms(text: &str, nested: bool) -> Vec<String> {
        found(text, nested).into_iter().map(|f| f.0).collect()
    }

    fn with_slips(text: &str) -> Vec<(String, String, TermKind)> {
        let all = wanted(text, RecognizeOptions { nested: false, fuzzy: true });
        all.into_iter().map(|(term, words, _, kind)| (term, words, kind)).collect()
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
    fn a_name_takes_no_suffix_and_other_words_are_not_terms() {
        for text in ["الحمصي", "الحمص", "حمصية", "كتاب", "محاصرة", ""] {
            assert_eq!(found(text, true), [], "{text}");
        }
    }

    #[test]
    fn the_longest_term_wins() {
        let text = "انسحاب لكتائب معارضة من حمص";
        assert_eq!(terms(text, false), ["كتائب المعارضة", "حمص"]);
        assert_eq!(terms(text, true), ["كتائب المعارضة", "كتائب", "حمص"]);
        assert_eq!(found("كتائب، المعارضة", false).first().map(|f| f.0.clone()).as_deref(), Some("كتائب"));
    }

    #[test]
    fn a_slip_of_the_pen_is_seen_when_asked_for() {
        for (text, term, words) in [
            ("وللمفاوصة", "مفاوضة", "وللمفاوصة"),
            ("المافوضة", "مفاوضة", "المافوضة"),
            ("مفاوضضة", "مفاوضة", "مفاوضضة"),
            ("كتائبب المعارضة الآن", "كتائب المعارضة", "كتائبب المعارضة"),
            ("مسءولل", "مسؤول", "مسءولل"),
        ] {
            assert_eq!(with_slips(text), [(term.to_owned(), words.to_owned(), TermKind::Fuzzy)], "{text}");
            assert_eq!(found(text, false).iter().filter(|f| f.1 == words).count(), 0, "{text}");
        }
        // Short words with a slip and words with two slips are other words. A term without a slip is
        // found as such.
        assert_eq!(with_slips("جصار خمص مفاصصة"), []);
        assert_eq!(with_slips("مفاوض"), [("مفاوض".to_owned(), "مفاوض".to_owned(), TermKind::Exact)]);
    }

    #[test]
    fn many_terms_that_nearly_match_a_text_are_refused_in_time() {
        let mut dice = 1_u32;
        let mut made = Recognizer::default();
        for n in 0..80 {
            let mut words = Vec::new();
            for _ in 0..96 {
                dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                words.push(if dice >> 31 == 0 { "وجبل" } else { "جبل" });
            }
            made.add(&concept(n, &[&format!("{} زيتون", words.join(" "))], false), "ar");
        }
        made.publish(|_, _| true);
        let found = made.recognize(&"وجبل ".repeat(1_999), RecognizeOptions::default(), |_, _| true);
        assert_eq!(found, Err(SearchTooLarge));
    }

    #[test]
    fn a_long_term_whose_words_all_have_clitics_is_found_in_time() {
        let words = 60;
        let long = concept(1, &[vec!["كتاب"; words].join(" ").as_str()], false);
        let mut made = Recognizer::default();
        made.add(&long, "ar");
        made.publish(|_, _| true);
        for clitic in ["ف", "و", "فال", "وبال", "ال"] {
            let text = vec![format!("{clitic}كتاب"); words].join(" ");
            for fuzzy in [false, true] {
                let found =
                    made.recognize(&text, RecognizeOptions { nested: false, fuzzy }, |_, _| true).unwrap();
                assert_eq!(found.iter().map(|f| f.length).collect::<Vec<_>>(), [words], "{clitic}");
            }
        }
    }
}
