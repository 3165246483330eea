//! A term's words in running text, in any form and however they are joined.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::{
    term::{PartOfSpeech, Term},
    terminology::budget::{Budget, TooMuch},
    text::{
        Word,
        english::{
            self, Inflection, Lemma, has_own_meaning, is_article, is_function_word, lemmas, plain, unaccented,
        },
        words,
    },
};

/// Running text with what its words may be forms of.
pub(crate) struct RunningText<'t> {
    text: &'t str,
    /// Its words stand in other forms: it is English.
    inflects: bool,
    words: Vec<Running<'t>>,
    /// Where a word, or one and the next together, may be a form of a base.
    places: FxHashMap<String, Vec<usize>>,
}

struct Running<'t> {
    word: Word<'t>,
    lemmas: Vec<Lemma>,
    /// It goes on from the word before.
    joined: bool,
    /// What stands between, white space left out.
    between: String,
    /// It and the next as one word.
    pair: Option<Joined>,
}

/// Two words written as one.
struct Joined {
    surface: String,
    lemmas: Vec<Lemma>,
}

/// A term, ready to be found.
pub(crate) struct Pattern<'t> {
    words: Vec<PatternWord<'t>>,
    /// Verb forms of its words count.
    verbs: bool,
    case_sensitive: bool,
}

struct PatternWord<'t> {
    surface: &'t str,
    base: String,
    /// What stands between it and the word before, white space left out.
    between: String,
    /// A word of the term follows, with no article between: it says what that one is.
    describes: bool,
    /// It is written in capitals, and only so.
    abbreviation: bool,
    /// What it is itself a form of.
    of: Vec<Lemma>,
    /// It and the next as one word: base and surface.
    pair: Option<(String, String)>,
}

/// What a word may be a form of. A short word in capitals is an abbreviation, unless
/// all the text is in capitals: AIDS is no aid.
fn forms(word: &str, inflects: bool, abbreviation: bool) -> Vec<Lemma> {
    let mut forms =
        if inflects { lemmas(word) } else { vec![Lemma { base: plain(word), inflection: Inflection::None }] };
    if abbreviation {
        forms.retain(|l| l.inflection == Inflection::None);
    }
    forms
}

fn is_abbreviation(word: &str) -> bool {
    let letters = word.chars().filter(|c| *c != '.').count();
    (2..=5).contains(&letters) && word.chars().all(|c| c.is_uppercase() || c == '.')
}

/// Says whether a running word may be an abbreviation: in capitals, with a plural's s or a
/// possessive, or, from three letters on, as a name (Nato).
fn may_be_abbreviation(word: &str) -> bool {
    let bare = word.trim_end_matches(['\'', '\u{2019}', 's']);
    let capitals = !bare.is_empty() && bare.chars().all(|c| c.is_uppercase() || c == '.');
    let name = word.chars().next().is_some_and(char::is_uppercase)
        && word.chars().count() > 2
        && !is_function_word(&plain(word));
    capitals || name
}

/// The base of a word that is not inflected.
fn base(lemmas: &[Lemma]) -> &str {
    lemmas.first().map_or("", |l| l.base.as_str())
}

fn cut(text: &str, inflects: bool) -> Vec<Word<'_>> {
    if inflects { english::words(text) } else { words(text) }
}

impl<'t> Pattern<'t> {
    pub(crate) fn new(term: &'t Term, inflects: bool) -> Self {
        let mut pieces = cut(&term.text, inflects);
        let between =
            |a: &Word<'_>, b: &Word<'_>| term.text.get(a.end..b.start).unwrap_or_default().to_owned();
        let parted = |all: &[Word<'_>], n: usize| {
            let next = all.get(n).zip(all.get(n + 1));
            next.is_some_and(|(a, b)| between(a, b).chars().all(char::is_whitespace))
        };
        if inflects && pieces.first().is_some_and(|w| w.text.eq_ignore_ascii_case("to")) && parted(&pieces, 0)
        {
            // The name of a verb: to withdraw.
            pieces.remove(0);
        }
        // An article, and not the A of Annex A or of hepatitis A.
        let articles: Vec<bool> = (0..pieces.len())
            .map(|n| {
                let small = |w: &Word<'_>| n == 0 || w.text.starts_with(char::is_lowercase);
                inflects
                    && parted(&pieces, n)
                    && pieces.get(n).is_some_and(|w| is_article(w.text) && small(w))
            })
            .collect();
        let shouted = pieces.len() > 1 && !term.text.chars().any(char::is_lowercase);
        let verbs = !term.proper_noun;
        let may_be_verb = matches!(term.part_of_speech, PartOfSpeech::Unknown | PartOfSpeech::Verb);
        let mut words: Vec<PatternWord<'t>> = pieces
            .iter()
            .enumerate()
            .filter(|(n, _)| articles.get(*n) == Some(&false))
            .map(|(n, piece)| {
                let surface = piece.text;
                let abbreviation = inflects && !shouted && is_abbreviation(surface);
                let mut of = forms(surface, inflects, abbreviation);
                let base = base(&of).to_owned();
                let before = n.checked_sub(1).and_then(|b| pieces.get(b));
                // The name of an action is kept in any form of its verb; a participle that
                // is a noun or an adjective is not.
                of.retain(|l| match l.inflection {
                    Inflection::None => false,
                    Inflection::Plural => true,
                    Inflection::Past => verbs && may_be_verb,
                    Inflection::Gerund => verbs,
                });
                if has_own_meaning(&base) {
                    of.clear();
                }
                PatternWord {
                    surface,
                    base,
                    between: before.map(|b| bare(&between(b, piece))).unwrap_or_default(),
                    describes: articles.get(n + 1) == Some(&false),
                    abbreviation,
                    of,
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
        // What must not be used is told only where it stands as what it is.
        let bad = !term.status.may_be_used();
        let verbs = verbs && !(bad && term.part_of_speech == PartOfSpeech::Noun);
        Self { words, verbs, case_sensitive: term.case_sensitive }
    }

    pub(crate) fn words(&self) -> usize {
        self.words.len()
    }

    /// Returns the bases that its first word may be found by.
    fn first_bases(&self) -> impl Iterator<Item = &str> {
        self.words.first().into_iter().flat_map(|first| {
            let pair = first.pair.iter().map(|(base, _)| base.as_str());
            std::iter::once(first.base.as_str()).chain(pair).chain(first.of.iter().map(|l| l.base.as_str()))
        })
    }
}

impl<'t> RunningText<'t> {
    pub(crate) fn new(text: &'t str, inflects: bool) -> Self {
        let capitals = !text.chars().any(char::is_lowercase);
        let mut words: Vec<Running<'t>> = Vec::new();
        for word in cut(text, inflects) {
            let before = words.last().map(|before| before.word);
            let between = before.and_then(|b| text.get(b.end..word.start)).unwrap_or("|");
            let joined = before.is_some_and(|b| joins(between, b.text, inflects));
            // A headline's first word: TANKS enter the city.
            let leads = before.is_none() && word.text.len() > 3 && word.text.ends_with('S');
            let abbreviation = !capitals && !leads && is_abbreviation(word.text);
            let lemmas = forms(word.text, inflects, abbreviation);
            words.push(Running { word, lemmas, joined, between: bare(between), pair: None });
        }
        let pairs: Vec<Option<Joined>> = words
            .windows(2)
            .map(|two| {
                let [a, b] = two else { return None };
                // For a word that is written apart, each part must be able to be one: in "for
                // a" there is no forum.
                let apart = inflects && b.between.is_empty();
                if !b.joined || apart && !compounds(base(&a.lemmas), base(&b.lemmas)) {
                    return None;
                }
                let surface = format!("{}{}", a.word.text, b.word.text);
                let mut lemmas = forms(&surface, inflects, !capitals && is_abbreviation(&surface));
                // No man slaughtered is a manslaughter.
                lemmas.retain(|l| !apart || !l.inflection.is_verbal());
                Some(Joined { surface, lemmas })
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

    /// Returns the places of a term from the left on, none overlapping another.
    pub(crate) fn find(
        &self,
        pattern: &Pattern<'_>,
        steps: &mut Budget,
    ) -> Result<Vec<Range<usize>>, TooMuch> {
        let at = pattern.first_bases().filter_map(|base| self.places.get(base));
        let mut starts: Vec<usize> = at.flatten().copied().collect();
        starts.sort_unstable();
        starts.dedup();
        let mut found: Vec<Range<usize>> = Vec::new();
        if starts.is_empty() {
            return Ok(found);
        }
        let mut search = Search {
            text: self,
            pattern,
            failed: vec![0; (pattern.words.len() * (self.words.len() + 1)).div_ceil(64)],
            steps,
        };
        let mut from = 0;
        for start in starts {
            if start >= from
                && let Some(end) = search.end(0, start)?
                && let (Some(first), Some(last)) = (self.words.get(start), self.words.get(end - 1))
            {
                found.push(first.word.start..last.word.end);
                from = end;
            }
        }
        Ok(found)
    }

    /// Tells how far a place is from a term's own spelling: 0 written alike but for case, 1 its
    /// words parted alike, 2 neither.
    pub(crate) fn strangeness(&self, place: &Range<usize>, term: &str) -> u8 {
        let surface = self.text.get(place.clone()).unwrap_or_default();
        let parting = |text: &str| {
            let words = cut(text, self.inflects);
            let between = |w: &[Word<'_>]| match w {
                [a, b] => text.get(a.end..b.start).unwrap_or_default().to_owned(),
                _ => String::new(),
            };
            words.windows(2).map(between).collect::<Vec<_>>()
        };
        if plain(surface) == plain(term) {
            return 0;
        }
        if parting(surface) == parting(term) { 1 } else { 2 }
    }
}

/// Says whether a word goes on from the one before.
fn joins(between: &str, before: &str, inflects: bool) -> bool {
    // Workers' Party; the dot of Ph.D.
    let possessive = || {
        let rest = between.strip_prefix(['\'', '\u{2019}']);
        before.ends_with('s') && rest.is_some_and(|rest| rest.chars().all(char::is_whitespace))
    };
    if inflects && (between == "." || possessive()) {
        return true;
    }
    let joins = |c: char| {
        c.is_whitespace()
            || matches!(c, '-' | '\u{2010}' | '\u{2011}' | '\u{2013}' | '/')
            // Elsewhere an article is joined by it: l'accord.
            || !inflects && matches!(c, '\'' | '\u{2019}')
    };
    // Dots part the letters of an abbreviation: U.S.
    let letter = before.chars().count() == 1;
    !between.is_empty() && between.chars().all(|c| joins(c) || letter && c == '.')
}

/// Returns what is no white space in it, apostrophes straight.
fn bare(between: &str) -> String {
    let straight = |c: char| if c == '\u{2019}' { '\'' } else { c };
    between.chars().filter(|c| !c.is_whitespace()).map(straight).collect()
}

/// Function words that begin compounds, and such that end them: a takeover may be
/// written take over.
const BEGIN: [&str; 6] = ["take", "make", "get", "give", "go", "come"];
const END: [&str; 9] = ["over", "under", "out", "off", "up", "down", "back", "through", "in"];

/// Says whether two words that are written apart may be a compound.
fn compounds(first: &str, second: &str) -> bool {
    (!is_function_word(first) || BEGIN.contains(&first))
        && (!is_function_word(second) || END.contains(&second))
}

/// The search for one term in one text.
struct Search<'s> {
    text: &'s RunningText<'s>,
    pattern: &'s Pattern<'s>,
    /// Places from which a part of the pattern is known not to go on, a bit each.
    failed: Vec<u64>,
    steps: &'s mut Budget,
}

impl Search<'_> {
    /// Returns the word after the pattern from one of its words on, read from a word of the text on.
    fn end(&mut self, part: usize, at: usize) -> Result<Option<usize>, TooMuch> {
        let bit = part * (self.text.words.len() + 1) + at;
        let (cell, mask) = (bit / 64, 1 << (bit % 64));
        if self.failed.get(cell).is_some_and(|bits| bits & mask != 0) {
            return Ok(None);
        }
        self.steps.take(1)?;
        let end = self.end_anew(part, at)?;
        if end.is_none()
            && let Some(bits) = self.failed.get_mut(cell)
        {
            *bits |= mask;
        }
        Ok(end)
    }

    fn end_anew(&mut self, part: usize, at: usize) -> Result<Option<usize>, TooMuch> {
        let (text, pattern) = (self.text, self.pattern);
        let Some(wanted) = pattern.words.get(part) else { return Ok(Some(at)) };
        let goes_on = |here: &&Running<'_>| {
            // What stands between words of the term may stand there, too: R&D.
            let alike = !wanted.between.is_empty() && here.between == wanted.between;
            part == 0 || here.joined || alike
        };
        let Some(here) = text.words.get(at).filter(goes_on) else { return Ok(None) };
        if pattern.matches(wanted, here, text.inflects)
            && let Some(end) = self.end(part + 1, at + 1)?
        {
            return Ok(Some(end));
        }
        // Two words of the term in one of the text: cease-fire, ceasefire.
        if let Some((base, surface)) = &wanted.pair
            && pattern.is(base, surface, here.word.text, &here.lemmas)
            && let Some(end) = self.end(part + 2, at + 1)?
        {
            return Ok(Some(end));
        }
        // One word of the term in two of the text.
        if let Some(pair) = &here.pair
            && pattern.is(&wanted.base, wanted.surface, &pair.surface, &pair.lemmas)
            && let Some(end) = self.end(part + 1, at + 2)?
        {
            return Ok(Some(end));
        }
        // An article more than the term has; one, not a text of them.
        let next_is_article = text.words.get(at + 1).is_some_and(|next| is_article(next.word.text));
        if part > 0 && text.inflects && is_article(here.word.text) && !next_is_article {
            return self.end(part, at + 1);
        }
        Ok(None)
    }
}

impl Pattern<'_> {
    fn matches(&self, wanted: &PatternWord<'_>, here: &Running<'_>, inflects: bool) -> bool {
        if wanted.abbreviation {
            let is_it = |l: &Lemma| l.base == wanted.base && !l.inflection.is_verbal();
            return may_be_abbreviation(here.word.text)
                && here.lemmas.iter().any(is_it)
                && self.same_case(wanted.surface, here.word.text);
        }
        if self.is(&wanted.base, wanted.surface, here.word.text, &here.lemmas) {
            return true;
        }
        // A term that stands in the plural is kept in the singular, too, and the name
        // of an action in any form of its verb.
        let in_common = wanted.of.iter().any(|own| {
            let is_it = |l: &Lemma| {
                let verbs = own.inflection.is_verbal() && l.inflection.is_verbal();
                // Developing countries are not developed ones.
                let turned = wanted.describes && verbs && own.inflection != l.inflection;
                let mixed = own.inflection == Inflection::Plural && l.inflection.is_verbal();
                l.base == own.base && !turned && !mixed
            };
            here.lemmas.iter().any(is_it)
        });
        inflects && in_common && self.same_case(wanted.surface, here.word.text)
    }

    /// Says whether a running word is a form of a word.
    fn is(&self, base: &str, surface: &str, running: &str, lemmas: &[Lemma]) -> bool {
        let form = |l: &Lemma| l.base == base && (self.verbs || !l.inflection.is_verbal());
        lemmas.iter().any(form) && self.same_case(surface, running)
    }

    /// Says whether capitals stand where the term has them, if that counts. Endings differ,
    /// and the letters are known to be right.
    fn same_case(&self, surface: &str, running: &str) -> bool {
        let capitals = |word: &str| unaccented(word).map(char::is_uppercase).collect::<Vec<_>>();
        !self.case_sensitive || capitals(surface).iter().zip(capitals(running)).all(|(a, b)| *a == b)
    }
}
