//! Readings of a running word: what may be clitics and inflection around a base.
//!
//! Analyses are generated, not guessed: whoever asks keeps those whose base it
//! knows. `(و|ف)? (ب|ك|ل|س)? (ال | ل+ال = لل)? base inflection? pronoun?`, as far
//! as grammar lets the parts stand together.

use super::{function_words::is_function_word, letters::is_arabic_letter};
use crate::text::{Hashed, fold::fold_word};

/// Running words taken apart: their letters, folded and hashed so that any piece
/// of a word has its hash at once.
#[derive(Clone, Debug, Default)]
pub struct Letters {
    folded: Vec<char>,
    /// For each word the hashes of its beginnings, by length.
    sums: Vec<Hashed>,
    words: Vec<Place>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    from: usize,
    to: usize,
    /// The last letter on the surface.
    last: char,
}

impl Letters {
    /// Adds a running word as it stands in a text.
    pub fn push(&mut self, surface: &str) {
        let from = self.folded.len();
        let mut sum = Hashed::EMPTY;
        self.sums.push(sum);
        fold_word(surface, |c| {
            sum = sum.then(c);
            self.folded.push(c);
            self.sums.push(sum);
        });
        let last = surface.chars().rev().find(|c| is_arabic_letter(*c)).unwrap_or(' ');
        self.words.push(Place { from, to: self.folded.len(), last });
    }

    /// Returns a word by its number.
    #[must_use]
    pub fn word(&self, number: usize) -> WordLetters<'_> {
        let place = self.words.get(number).copied().unwrap_or(Place { from: 0, to: 0, last: ' ' });
        // Each word has one sum more than letters.
        let sums = self.sums.get(place.from + number..=place.to + number);
        WordLetters {
            folded: self.folded.get(place.from..place.to).unwrap_or_default(),
            sums: sums.unwrap_or_default(),
            last: place.last,
        }
    }
}

/// One word of [`Letters`].
#[derive(Clone, Copy, Debug)]
pub struct WordLetters<'l> {
    folded: &'l [char],
    sums: &'l [Hashed],
    last: char,
}

/// What stands behind the letters of a base that the word changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// Nothing: the letters are the base.
    AsIs,
    /// ة (folded to ه) that became ت or fell away.
    Teh,
    /// ى (folded to ي) that became ا.
    Yeh,
    /// اة that became ي before ات.
    AlefTeh,
}

impl Ending {
    fn letters(self) -> &'static str {
        match self {
            Self::AsIs => "",
            Self::Teh => "ه",
            Self::Yeh => "ي",
            Self::AlefTeh => "اه",
        }
    }
}

/// One way to read a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    start: usize,
    end: usize,
    ending: Ending,
    /// The base has the article, which is written into لل.
    with_article: bool,
    /// Letters before the base: proclitics and, where taken off, the article.
    pub before: usize,
    /// Letters after the base: inflection and pronoun.
    pub after: usize,
    /// The article was taken off.
    pub article: bool,
    /// The future's س was taken off: only verbs take it.
    pub future: bool,
    /// The hash of the base.
    pub hash: Hashed,
}

/// The least letters of a base from which something was taken off: two-letter
/// bases have too many accidental readings.
const SHORTEST_BASE: usize = 2;

/// What is known of a word's stem when its suffix is looked at.
#[derive(Clone, Copy)]
struct Stem {
    start: usize,
    before: usize,
    with_article: bool,
    article: bool,
    /// A preposition stands before it: what follows is in the genitive.
    genitive: bool,
    future: bool,
}

/// Inflections that a noun takes with or without the article: the letters,
/// whether they are nominative, and whether the base had ة.
const ENDINGS: [(&[char], bool, Teh); 6] = [
    (&['ا', 'ت'], false, Teh::Perhaps),
    (&['و', 'ن'], true, Teh::No),
    (&['ي', 'ن'], false, Teh::No),
    (&['ا', 'ن'], true, Teh::No),
    (&['ت', 'ا', 'ن'], true, Teh::Yes),
    (&['ت', 'ي', 'ن'], false, Teh::Yes),
];

/// Inflections before a noun or pronoun that it belongs to.
const CONSTRUCT: [(&[char], bool, Teh); 5] = [
    (&['ت', 'ا'], true, Teh::Yes),
    (&['ت', 'ي'], false, Teh::Yes),
    (&['ا'], true, Teh::No),
    (&['و'], true, Teh::No),
    (&['ي'], false, Teh::No),
];

const PRONOUNS: [&[char]; 10] = [
    &['ه'],
    &['ه', 'ا'],
    &['ه', 'م'],
    &['ه', 'م', 'ا'],
    &['ه', 'ن'],
    &['ك'],
    &['ك', 'م'],
    &['ك', 'م', 'ا'],
    &['ك', 'ن'],
    &['ن', 'ا'],
];

/// Whether a base has ة before a suffix.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Teh {
    Yes,
    No,
    Perhaps,
}

impl Reading {
    /// Returns the letters of the base.
    #[must_use]
    pub fn base_length(&self) -> usize {
        let changed = self.ending.letters().len() / 2;
        self.end - self.start + changed + if self.with_article { 2 } else { 0 }
    }
}

impl WordLetters<'_> {
    /// Returns the folded letters.
    #[must_use]
    pub fn folded(&self) -> &[char] {
        self.folded
    }

    /// Returns the base of a reading of this word: as it would stand alone,
    /// folded (a final ة is ه).
    #[must_use]
    pub fn base(&self, reading: &Reading) -> String {
        self.base_letters(reading).collect()
    }

    /// Says whether a text is the base of a reading of this word.
    #[must_use]
    pub fn is_base(&self, reading: &Reading, text: &str) -> bool {
        text.chars().eq(self.base_letters(reading))
    }

    fn base_letters(&self, reading: &Reading) -> impl Iterator<Item = char> {
        let front = if reading.with_article { "ال" } else { "" };
        let letters = self.folded.get(reading.start..reading.end).unwrap_or_default();
        front.chars().chain(letters.iter().copied()).chain(reading.ending.letters().chars())
    }

    /// Adds the readings of the word, the plainest first: nothing taken off,
    /// then proclitics, then suffixes.
    pub fn readings(&self, found: &mut Vec<Reading>) {
        let whole =
            Stem { start: 0, before: 0, with_article: false, article: false, genitive: false, future: false };
        self.push(found, whole, self.folded.len(), Ending::AsIs, 0);
        let is_function = |from: usize| {
            let (Some(before), Some(whole)) = (self.sums.get(from), self.sums.last()) else { return false };
            is_function_word(whole.since(*before, self.folded.len().saturating_sub(from)))
        };
        if is_function(0) {
            return;
        }
        // Arabic words are not long: a word of any length must not take for ever.
        if self.folded.len() > 64 {
            return;
        }
        let mut stems = [whole; 16];
        let mut count = 1;
        let mut add = |stem: Stem| {
            if self.folded.len() >= stem.start + SHORTEST_BASE
                && let Some(free) = stems.get_mut(count)
            {
                *free = stem;
                count += 1;
            }
        };
        for conjunction in 0..2 {
            if conjunction == 1 && !matches!(self.folded.first(), Some('و' | 'ف')) {
                break;
            }
            let bare = Stem { start: conjunction, before: conjunction, ..whole };
            if conjunction == 1 {
                add(bare);
                if is_function(1) {
                    self.push(found, bare, self.folded.len(), Ending::AsIs, 0);
                    return;
                }
            }
            self.proclitics(bare, &mut add);
        }
        let stems = stems.get(..count).unwrap_or_default();
        for stem in stems.iter().skip(1) {
            self.push(found, *stem, self.folded.len(), Ending::AsIs, 0);
        }
        for stem in stems {
            self.suffixes(*stem, found);
        }
    }

    /// Takes the article and prepositions off, behind a conjunction or none.
    fn proclitics(&self, bare: Stem, add: &mut impl FnMut(Stem)) {
        let rest = self.folded.get(bare.start..).unwrap_or_default();
        let off =
            |letters: usize| Stem { start: bare.start + letters, before: bare.before + letters, ..bare };
        match rest {
            ['ا', 'ل', ..] => add(Stem { article: true, ..off(2) }),
            // A ف is a conjunction, which is read before this.
            ['ب' | 'ك', tail @ ..] => {
                add(Stem { genitive: true, ..off(1) });
                if tail.starts_with(&['ا', 'ل']) {
                    add(Stem { genitive: true, article: true, ..off(3) });
                }
            }
            ['ل', tail @ ..] => {
                add(Stem { genitive: true, ..off(1) });
                if tail.starts_with(&['ل']) {
                    // ل + ال is written لل: the base may be known with its article or without.
                    add(Stem { genitive: true, article: true, ..off(2) });
                    add(Stem { genitive: true, with_article: true, before: bare.before + 1, ..off(2) });
                }
            }
            ['س', ..] => add(Stem { future: true, ..off(1) }),
            _ => {}
        }
    }

    fn suffixes(&self, stem: Stem, found: &mut Vec<Reading>) {
        let len = self.folded.len();
        let ends = |to: usize, letters: &[char]| {
            let tail = to.checked_sub(letters.len()).filter(|from| *from >= stem.start + SHORTEST_BASE);
            tail.is_some_and(|from| (from..to).zip(letters).all(|(at, l)| self.folded.get(at) == Some(l)))
        };
        let allowed = |nominative: bool| !(nominative && stem.genitive);
        for (letters, nominative, teh) in ENDINGS {
            if ends(len, letters) && allowed(nominative) {
                self.inflected(stem, len - letters.len(), letters.len(), teh, found);
            }
        }
        // What has the article belongs to nobody.
        if stem.article || stem.with_article {
            return;
        }
        for (letters, nominative, teh) in CONSTRUCT {
            // ى is no ي.
            let spelled = letters.last() != Some(&'ي') || self.last != 'ى';
            let plausible = letters != ['ي'] || self.takes_yeh(stem.start, len.saturating_sub(1));
            if ends(len, letters) && allowed(nominative) && spelled && plausible {
                self.inflected(stem, len - letters.len(), letters.len(), teh, found);
            }
        }
        for pronoun in PRONOUNS {
            // ة is no pronoun.
            if !ends(len, pronoun) || pronoun == ['ه'] && self.last == 'ة' {
                continue;
            }
            let to = len - pronoun.len();
            let after = pronoun.len();
            self.push(found, stem, to, Ending::AsIs, after);
            match self.folded.get(to - 1) {
                Some('ت') => self.push(found, stem, to - 1, Ending::Teh, after),
                Some('ا') => self.push(found, stem, to - 1, Ending::Yeh, after),
                _ => {}
            }
            for (letters, nominative, teh) in CONSTRUCT.into_iter().chain([ENDINGS[0]]) {
                if ends(to, letters) && allowed(nominative) {
                    self.inflected(stem, to - letters.len(), after + letters.len(), teh, found);
                }
            }
        }
    }

    /// Says whether a lone ي behind a base may be a plural's (مقاتلي المعارضة):
    /// most words with one are adjectives (مركزي), whose bases look otherwise.
    fn takes_yeh(&self, start: usize, end: usize) -> bool {
        let base = self.folded.get(start..end).unwrap_or_default();
        matches!(base, [_, 'ا', _, _] | ['م', _, 'ا', _, _])
    }

    /// Adds the bases that an inflection leaves.
    fn inflected(&self, stem: Stem, to: usize, after: usize, teh: Teh, found: &mut Vec<Reading>) {
        if teh != Teh::Yes {
            self.push(found, stem, to, Ending::AsIs, after);
        }
        if teh != Teh::No {
            self.push(found, stem, to, Ending::Teh, after);
        }
        if teh == Teh::Perhaps && to > 0 && self.folded.get(to - 1) == Some(&'ي') {
            self.push(found, stem, to - 1, Ending::AlefTeh, after);
        }
    }

    fn push(&self, found: &mut Vec<Reading>, stem: Stem, end: usize, ending: Ending, after: usize) {
        let letters = end.saturating_sub(stem.start) + usize::from(ending != Ending::AsIs);
        let plain = stem.before == 0 && after == 0;
        if !plain && letters < SHORTEST_BASE || end < stem.start {
            return;
        }
        let (Some(from), Some(to)) = (self.sums.get(stem.start), self.sums.get(end)) else { return };
        let mut hash = to.since(*from, end - stem.start);
        if stem.with_article {
            hash = Hashed::EMPTY.then('ا').then('ل').followed_by(hash, end - stem.start);
        }
        hash = match ending {
            Ending::AsIs => hash,
            Ending::Teh => hash.then('ه'),
            Ending::Yeh => hash.then('ي'),
            Ending::AlefTeh => hash.then('ا').then('ه'),
        };
        found.push(Reading {
            start: stem.start,
            end,
            ending,
            with_article: stem.with_article,
            before: stem.before,
            after,
            article: stem.article,
            future: stem.future,
            hash,
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Letters, Reading};
    use crate::text::{Hashed, folded};

    fn readings(word: &str) -> Vec<(String, Reading)> {
        let mut letters = Letters::default();
        letters.push("قبل");
        letters.push(word);
        let letters = letters.word(1);
        let mut found = Vec::new();
        letters.readings(&mut found);
        found.into_iter().map(|r| (letters.base(&r), r)).collect()
    }

    fn has(word: &str, base: &str) -> bool {
        readings(word).iter().any(|(b, _)| b == base)
    }

    #[test]
    fn the_base_is_among_the_readings() {
        for (word, base, before, after) in [
            ("حصار", "حصار", 0, 0),
            ("وبالحصار", "حصار", 4, 0),
            ("للحصار", "حصار", 2, 0),
            ("للقدس", "القدس", 1, 0),
            ("لكتائب", "كتائب".replace('ئ', "ء").as_str(), 1, 0),
            ("عقدهم", "عقد", 0, 2),
            ("مفاوضات", "مفاوضه", 0, 2),
            ("بمدينتهم", "مدينه", 1, 2),
            ("المقاتلين", "مقاتل", 2, 2),
            ("مستشفاهم", "مستشفي", 0, 2),
            ("دولتين", "دوله", 0, 3),
            ("مباريات", "مباراه", 0, 2),
            ("مقاتلي", "مقاتل", 0, 1),
            ("سفارتيهم", "سفاره", 0, 4),
            ("كتابا", "كتاب", 0, 1),
        ] {
            let found = readings(word);
            assert!(
                found.iter().any(|(b, r)| b == base && (r.before, r.after) == (before, after)),
                "{word}: {found:?} lacks {base} after {before} with {after}"
            );
        }
    }

    #[test]
    fn what_grammar_forbids_is_no_reading() {
        for (word, base) in [
            ("المصري", "مصر"),
            ("المصرية", "مصر"),
            ("المصرية", "مصري"),
            ("عملية", "عملي"),
            ("حالة", "حال"),
            ("القتلى", "قتل"),
            ("إحدى", "احد"),
            ("لدينا", "دين"),
            ("بعدما", "عدم"),
            ("مركزي", "مركز"),
            ("بالحصارهم", "حصار"),
        ] {
            assert!(!has(word, base), "{word} is read as {base}");
        }
    }

    #[test]
    fn nothing_is_taken_off_a_short_base_or_a_function_word() {
        for word in ["في", "كما", "لكن", "بعد", "واحد"] {
            assert_eq!(readings(word).len(), 1, "{word}: {:?}", readings(word));
        }
        assert!(has("ولكن", "لكن") && readings("ولكن").len() == 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn hashes_are_those_of_the_bases(word in "[وفبكلسا]{0,3}(ال)?[ء-ي]{1,6}(ات|ون|ين|تين|ا|ي)?(ه|ها|هم|نا)?|\\PC{0,12}") {
            for (base, reading) in readings(&word) {
                prop_assert_eq!(Hashed::of(&base), reading.hash, "{}", base);
            }
            prop_assert_eq!(readings(&word).first().map(|(b, _)| b.clone()), Some(folded(&word)));
        }
    }
}
