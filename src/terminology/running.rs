//! Finds a term's words in running text, in any form and however they are joined.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::{
    term::{PartOfSpeech, Term},
    terminology::{
        budget::{SearchTooLarge, StepBudget},
        signs::{SignsAround, continues_with_sign},
    },
    text::{
        Word,
        english::{
            self, Inflection, Lemma, has_own_meaning, is_article, is_function_word, lemmas, normalize_word,
            unaccented,
        },
        words,
    },
};

/// Running text with the lemmas of its words.
pub(crate) struct RunningText<'t> {
    text: &'t str,
    /// The text is English, so its words are inflected.
    inflects: bool,
    words: Vec<RunningWord<'t>>,
    /// By base: the numbers of the words that may be a form of it, alone or joined to the next word.
    places: FxHashMap<String, Vec<usize>>,
}

/// A word of a running text.
struct RunningWord<'t> {
    word: Word<'t>,
    lemmas: Vec<Lemma>,
    /// It may be in one term with the word before, because of what is between them.
    joined: bool,
    /// The text between the word before and this one, without white space.
    between: String,
    /// This word and the next one written as one word.
    pair: Option<WordPair>,
}

/// Two words written as one.
struct WordPair {
    surface: String,
    lemmas: Vec<Lemma>,
}

/// A term, ready to be looked for.
#[derive(Debug)]
pub(crate) struct TermPattern {
    words: Vec<TermPatternWord>,
    /// The signs before its first word and after its last one: C++, .NET.
    signs: SignsAround,
    /// Verb forms of its words count, too.
    verbs: bool,
    case_sensitive: bool,
}

/// What a pattern is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatternUse {
    /// Finding the terms of a source. A noun is not found in forms of a verb, and a gerund not in others.
    Source,
    /// Checking a translation, in which any form of the term's words keeps it.
    Target,
}

/// A word of a term.
#[derive(Debug)]
struct TermPatternWord {
    surface: String,
    base: String,
    /// The text between the word before and this one, without white space.
    between: String,
    /// A word of the term follows without an article between, so this word describes it.
    describes: bool,
    /// It is an abbreviation, which is always written in capitals.
    abbreviation: bool,
    /// The words that it may itself be a form of.
    own_lemmas: Vec<Lemma>,
    /// This word and the next one as one word: base and surface.
    pair: Option<(String, String)>,
}

/// Returns the words that a word may be a form of. An abbreviation is only a form of itself:
/// for example, AIDS is not a plural of aid. If a whole text is in capitals, its words do not count as
/// abbreviations.
fn forms(word: &str, inflects: bool, abbreviation: bool) -> Vec<Lemma> {
    let mut forms = if inflects {
        lemmas(word)
    } else {
        vec![Lemma { base: normalize_word(word), inflection: Inflection::None }]
    };
    if abbreviation {
        forms.retain(|l| l.inflection == Inflection::None);
    }
    forms
}

/// Returns whether a word is written like an abbreviation: two to five capitals, with or without dots.
fn is_abbreviation(word: &str) -> bool {
    let letters = word.chars().filter(|c| *c != '.').count();
    (2..=5).contains(&letters) && word.chars().all(|c| c.is_uppercase() || c == '.')
}

/// Returns whether a running word may be an abbreviation: it is in capitals, with or without an s or
/// a possessive, or it has at least three letters and is written like a name (Nato).
fn may_be_abbreviation(word: &str) -> bool {
    let bare = word.trim_end_matches(['\'', '\u{2019}', 's']);
    let capitals = !bare.is_empty() && bare.chars().all(|c| c.is_uppercase() || c == '.');
    let name = word.chars().next().is_some_and(char::is_uppercase)
        && word.chars().count() > 2
        && !is_function_word(&normalize_word(word));
    capitals || name
}

/// Returns the base of a word as an uninflected word: that of its first lemma.
fn uninflected_base(lemmas: &[Lemma]) -> &str {
    lemmas.first().map_or("", |l| l.base.as_str())
}

/// Cuts a text into words: English words if `inflects`, else any words.
fn split_words(text: &str, inflects: bool) -> Vec<Word<'_>> {
    if inflects { english::english_words(text) } else { words(text) }
}

impl TermPattern {
    pub(crate) fn new(term: &Term, inflects: bool, used_for: PatternUse) -> Self {
        let mut pieces = split_words(&term.text, inflects);
        let signs = SignsAround::of(&term.text, &pieces);
        if inflects
            && pieces.first().is_some_and(|w| w.text.eq_ignore_ascii_case("to"))
            && is_spaced_from_next(&term.text, &pieces, 0)
        {
            // An infinitive: to withdraw.
            pieces.remove(0);
        }
        // An article, but not the A of Annex A or of hepatitis A.
        let articles: Vec<bool> = (0..pieces.len())
            .map(|n| {
                inflects
                    && is_spaced_from_next(&term.text, &pieces, n)
                    && pieces.get(n).is_some_and(|w| {
                        is_article(w.text) && (n == 0 || w.text.starts_with(char::is_lowercase))
                    })
            })
            .collect();
        let shouted = pieces.len() > 1 && !term.text.chars().any(char::is_lowercase);
        let may_be_verb = matches!(term.part_of_speech, PartOfSpeech::Unknown | PartOfSpeech::Verb);
        let in_target = used_for == PatternUse::Target;
        let verbs = !term.proper_noun && (in_target || may_be_verb);
        let mut words: Vec<TermPatternWord> = pieces
            .iter()
            .enumerate()
            .filter(|(n, _)| articles.get(*n) == Some(&false))
            .map(|(n, piece)| {
                let surface = piece.text;
                let abbreviation = inflects && !shouted && is_abbreviation(surface);
                let mut of = forms(surface, inflects, abbreviation);
                let base = uninflected_base(&of).to_owned();
                let before = n.checked_sub(1).and_then(|b| pieces.get(b));
                // A gerund is kept by any form of its verb: shelling by shelled. A participle is so only
                // if the term may be a verb.
                of.retain(|l| match l.inflection {
                    Inflection::None => false,
                    Inflection::Plural => true,
                    Inflection::Past => in_target && verbs && may_be_verb,
                    Inflection::Gerund => in_target && verbs,
                });
                if has_own_meaning(&base) {
                    of.clear();
                }
                TermPatternWord {
                    surface: surface.to_owned(),
                    base,
                    between: before
                        .map(|b| without_spaces(between(&term.text, b, piece)))
                        .unwrap_or_default(),
                    describes: articles.get(n + 1) == Some(&false),
                    abbreviation,
                    own_lemmas: of,
                    pair: None,
                }
            })
            .collect();
        let pairs: Vec<_> = words
            .windows(2)
            .map(|two| {
                let [a, b] = two else { return None };
                Some((format!("{}{}", a.base, b.base), format!("{}{}", a.surface, b.surface)))
            })
            .collect();
        words.iter_mut().zip(pairs).for_each(|(word, pair)| word.pair = pair);
        // A noun that must not be used is not reported where a verb of the same form is: they stated.
        let bad = !term.status.may_be_used();
        let verbs = verbs && !(bad && term.part_of_speech == PartOfSpeech::Noun);
        Self { words, signs, verbs, case_sensitive: term.case_sensitive }
    }

    pub(crate) fn word_count(&self) -> usize {
        self.words.len()
    }

    /// Returns the bases under which its first word is looked up.
    pub(crate) fn first_bases(&self) -> impl Iterator<Item = &str> {
        self.words.first().into_iter().flat_map(|first| {
            let pair = first.pair.iter().map(|(base, _)| base.as_str());
            std::iter::once(first.base.as_str())
                .chain(pair)
                .chain(first.own_lemmas.iter().map(|l| l.base.as_str()))
        })
    }
}

impl<'t> RunningText<'t> {
    pub(crate) fn new(text: &'t str, inflects: bool) -> Self {
        let capitals = !text.chars().any(char::is_lowercase);
        let mut words: Vec<RunningWord<'t>> = Vec::new();
        for word in split_words(text, inflects) {
            let before = words.last().map(|before| before.word);
            let between = before.and_then(|b| text.get(b.end..word.start)).unwrap_or("|");
            let joined = before.is_some_and(|b| may_join(between, b.text, inflects));
            // The first word of a headline is not an abbreviation: TANKS enter the city.
            let leads = before.is_none() && word.text.len() > 3 && word.text.ends_with('S');
            let abbreviation = !capitals && !leads && is_abbreviation(word.text);
            let lemmas = forms(word.text, inflects, abbreviation);
            words.push(RunningWord { word, lemmas, joined, between: without_spaces(between), pair: None });
        }
        let pairs: Vec<Option<WordPair>> = words
            .windows(2)
            .map(|two| {
                let [a, b] = two else { return None };
                // Words that are written apart must be able to build a compound: "for a" does not
                // contain the word forum.
                let apart = inflects && b.between.is_empty();
                if !b.joined
                    || apart && !may_be_compound(uninflected_base(&a.lemmas), uninflected_base(&b.lemmas))
                {
                    return None;
                }
                let surface = format!("{}{}", a.word.text, b.word.text);
                let mut lemmas = forms(&surface, inflects, !capitals && is_abbreviation(&surface));
                // In "the man slaughtered" there is no manslaughter.
                lemmas.retain(|l| !apart || !l.inflection.is_verbal());
                Some(WordPair { surface, lemmas })
            })
            .collect();
        words.iter_mut().zip(pairs).for_each(|(word, pair)| word.pair = pair);
        let mut places: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (at, word) in words.iter().enumerate() {
            for lemma in word.lemmas.iter().chain(word.pair.iter().flat_map(|p| &p.lemmas)) {
                let known = places.entry(lemma.base.clone()).or_default();
                if known.last() != Some(&at) {
                    known.push(at);
                }
            }
        }
        Self { text, inflects, words, places }
    }

    /// Returns the bases of its words, alone or joined to the next word.
    pub(crate) fn bases(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// Returns the number of its words in a range.
    pub(crate) fn word_count(&self, range: &Range<usize>) -> usize {
        self.words.iter().filter(|w| range.start <= w.word.start && w.word.end <= range.end).count()
    }

    /// Returns the places of a term from left to right, without overlaps.
    pub(crate) fn find(
        &self,
        pattern: &TermPattern,
        steps: &mut StepBudget,
    ) -> Result<Vec<Range<usize>>, SearchTooLarge> {
        let at = pattern.first_bases().filter_map(|base| self.places.get(base));
        let mut starts: Vec<usize> = at.flatten().copied().collect();
        starts.sort_unstable();
        starts.dedup();
        let mut found: Vec<Range<usize>> = Vec::new();
        if starts.is_empty() {
            return Ok(found);
        }
        let mut search = PatternSearch {
            text: self,
            pattern,
            failed: vec![0; (pattern.words.len() * (self.words.len() + 1)).div_ceil(64)],
            steps,
        };
        let mut from = 0;
        for start in starts {
            if start >= from
                && let Some(end) = search.match_from(0, start)?
                && let (Some(first), Some(last)) = (self.words.get(start), self.words.get(end - 1))
                && let Some(range) = pattern.signs.extend(self.text, &(first.word.start..last.word.end))
                && !continues_with_sign(self.text, range.end)
            {
                found.push(range);
                from = end;
            }
        }
        Ok(found)
    }

    /// Returns how far a place is from a term's own spelling: 0 if only case and accents differ, 1 if
    /// the same separators are between its words, else 2.
    pub(crate) fn spelling_distance(&self, place: &Range<usize>, term: &str) -> u8 {
        let surface = self.text.get(place.clone()).unwrap_or_default();
        if normalize_word(surface) == normalize_word(term) {
            return 0;
        }
        if separators(surface, self.inflects) == separators(term, self.inflects) { 1 } else { 2 }
    }
}

/// Returns the text between two of its words.
fn between<'t>(text: &'t str, before: &Word<'_>, after: &Word<'_>) -> &'t str {
    text.get(before.end..after.start).unwrap_or_default()
}

/// Returns whether only white space is between a word and the next one; false for the last word.
fn is_spaced_from_next(text: &str, words: &[Word<'_>], n: usize) -> bool {
    let pair = words.get(n).zip(words.get(n + 1));
    pair.is_some_and(|(a, b)| between(text, a, b).chars().all(char::is_whitespace))
}

/// Returns what is between each two neighbouring words of a text.
fn separators(text: &str, inflects: bool) -> Vec<&str> {
    let words = split_words(text, inflects);
    words.iter().zip(words.iter().skip(1)).map(|(a, b)| between(text, a, b)).collect()
}

/// Returns whether a word may be in one term with the word before, with this text between them.
fn may_join(between: &str, before: &str, inflects: bool) -> bool {
    // The dot of Ph.D.; Workers' Party.
    if inflects && (between == "." || ends_possessive(before, between)) {
        return true;
    }
    // Dots separate the letters of an abbreviation: U.S.
    let letter = before.chars().count() == 1;
    !between.is_empty() && between.chars().all(|c| is_joint(c, inflects) || letter && c == '.')
}

/// Returns whether a word ends in s and is followed by a possessive apostrophe and white space only.
fn ends_possessive(word: &str, after: &str) -> bool {
    let rest = after.strip_prefix(['\'', '\u{2019}']);
    word.ends_with('s') && rest.is_some_and(|rest| rest.chars().all(char::is_whitespace))
}

/// Returns whether a character may be between two words of a term.
fn is_joint(c: char, inflects: bool) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\u{2013}' | '/')
        // In languages other than English an apostrophe joins an article: l'accord.
        || !inflects && matches!(c, '\'' | '\u{2019}')
}

/// Removes white space and makes apostrophes straight.
fn without_spaces(between: &str) -> String {
    between.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '\u{2019}' { '\'' } else { c }).collect()
}

/// Function words that may begin a compound, and those that may end one: for example, a takeover
/// may be written take over.
const COMPOUND_STARTS: [&str; 6] = ["take", "make", "get", "give", "go", "come"];
const COMPOUND_ENDS: [&str; 9] = ["over", "under", "out", "off", "up", "down", "back", "through", "in"];

/// Returns whether two words that are written apart may be a compound.
fn may_be_compound(first: &str, second: &str) -> bool {
    (!is_function_word(first) || COMPOUND_STARTS.contains(&first))
        && (!is_function_word(second) || COMPOUND_ENDS.contains(&second))
}

/// The search for one term in one text.
struct PatternSearch<'s> {
    text: &'s RunningText<'s>,
    pattern: &'s TermPattern,
    /// A bit for each word of the pattern and of the text: the search from there has failed before.
    failed: Vec<u64>,
    steps: &'s mut StepBudget,
}

impl PatternSearch<'_> {
    /// Matches the pattern from one of its words on against the text from one of its words on. Returns
    /// the number of the text's word after the match.
    fn match_from(&mut self, part: usize, at: usize) -> Result<Option<usize>, SearchTooLarge> {
        let bit = part * (self.text.words.len() + 1) + at;
        let (cell, mask) = (bit / 64, 1 << (bit % 64));
        if self.failed.get(cell).is_some_and(|bits| bits & mask != 0) {
            return Ok(None);
        }
        self.steps.take(1)?;
        let end = self.match_uncached(part, at)?;
        if end.is_none()
            && let Some(bits) = self.failed.get_mut(cell)
        {
            *bits |= mask;
        }
        Ok(end)
    }

    /// Does the work of [`Search::end`] for a pair that has not failed before.
    fn match_uncached(&mut self, part: usize, at: usize) -> Result<Option<usize>, SearchTooLarge> {
        let (text, pattern) = (self.text, self.pattern);
        let Some(wanted) = pattern.words.get(part) else { return Ok(Some(at)) };
        let Some(here) = text.words.get(at) else { return Ok(None) };
        // The separator that the term itself has is allowed, too: R&D.
        let same_separator = !wanted.between.is_empty() && here.between == wanted.between;
        if part > 0 && !here.joined && !same_separator {
            return Ok(None);
        }
        if pattern.matches(wanted, here, text.inflects)
            && let Some(end) = self.match_from(part + 1, at + 1)?
        {
            return Ok(Some(end));
        }
        // Two words of the term are one word of the text: cease-fire, ceasefire.
        if let Some((base, surface)) = &wanted.pair
            && pattern.is_form(base, surface, here.word.text, &here.lemmas)
            && let Some(end) = self.match_from(part + 2, at + 1)?
        {
            return Ok(Some(end));
        }
        // One word of the term is two words of the text: ceasefire, cease-fire.
        if let Some(pair) = &here.pair
            && pattern.is_form(&wanted.base, &wanted.surface, &pair.surface, &pair.lemmas)
            && let Some(end) = self.match_from(part + 1, at + 2)?
        {
            return Ok(Some(end));
        }
        // Skip an article that the term does not have, but only one in a row.
        let next_is_article = text.words.get(at + 1).is_some_and(|next| is_article(next.word.text));
        if part > 0 && text.inflects && is_article(here.word.text) && !next_is_article {
            return self.match_from(part, at + 1);
        }
        Ok(None)
    }
}

impl TermPattern {
    /// Returns whether a running word matches a word of the term.
    fn matches(&self, wanted: &TermPatternWord, here: &RunningWord<'_>, inflects: bool) -> bool {
        if wanted.abbreviation {
            return may_be_abbreviation(here.word.text)
                && here.lemmas.iter().any(|l| l.base == wanted.base && !l.inflection.is_verbal())
                && self.same_case(&wanted.surface, here.word.text);
        }
        if self.is_form(&wanted.base, &wanted.surface, here.word.text, &here.lemmas) {
            return true;
        }
        // A term in the plural is kept by the singular, too, and a gerund by any form of its verb.
        let in_common = wanted.own_lemmas.iter().any(|own| {
            here.lemmas.iter().any(|l| {
                let verbs = own.inflection.is_verbal() && l.inflection.is_verbal();
                // Developing countries are not developed ones.
                let other_participle = wanted.describes && verbs && own.inflection != l.inflection;
                let mixed = own.inflection == Inflection::Plural && l.inflection.is_verbal();
                l.base == own.base && !other_participle && !mixed
            })
        });
        inflects && in_common && self.same_case(&wanted.surface, here.word.text)
    }

    /// Returns whether a running word is a form of a base, with its capitals where they count.
    fn is_form(&self, base: &str, surface: &str, running: &str, lemmas: &[Lemma]) -> bool {
        lemmas.iter().any(|l| l.base == base && (self.verbs || !l.inflection.is_verbal()))
            && self.same_case(surface, running)
    }

    /// Returns whether a running word has its capitals where the term has them, or case does not count.
    /// Only the letters up to the end of the shorter word are compared, because endings may differ.
    fn same_case(&self, surface: &str, running: &str) -> bool {
        !self.case_sensitive || capitals(surface).zip(capitals(running)).all(|(a, b)| a == b)
    }
}

/// Returns for each letter of a word whether it is a capital.
fn capitals(word: &str) -> impl Iterator<Item = bool> {
    unaccented(word).map(char::is_uppercase)
}
