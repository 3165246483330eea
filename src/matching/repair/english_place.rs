//! Finds a term in an English translation, and puts another one in its place.

use std::ops::Range;

use super::{
    english_context::may_be_described,
    english_nouns::{
        NounClass, NounNumber, indefinite_article, is_name_with_article, may_be_bare, noun_class,
        noun_number, plural_of,
    },
    rewrite::RepairEdit,
};
use crate::text::{
    Word,
    english::{Inflection, english_words, is_article, is_function_word, lemmas, normalize_word},
};

/// A term without its article, cut into words.
#[derive(Clone, Debug)]
pub(crate) struct EnglishTerm<'t> {
    text: &'t str,
    words: Vec<Word<'t>>,
    /// The index of the word that takes the plural: the last one, or the one before `of`.
    head: usize,
    /// The glossary has it with `the`.
    has_article: bool,
}

/// How a text has a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlaceForm {
    /// With the letters of the glossary, apart from case.
    AsWritten,
    /// In the plural.
    Plural,
    /// As another word or a part of one, for example as a verb. It cannot be exchanged.
    Other,
}

/// A place of a term in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The bytes of the term, without `'s`.
    pub(crate) range: Range<usize>,
    /// The bytes of `'s` or the apostrophe after it; empty without one.
    pub(crate) possessive: Range<usize>,
    /// How it is there.
    pub(crate) form: PlaceForm,
}

/// Words before which the head of a term ends: head of government.
const PREPOSITIONS: [&str; 16] = [
    "of", "for", "in", "to", "on", "with", "at", "from", "by", "under", "against", "between", "without",
    "and", "or", "as",
];

/// Words that make the noun after them definite or say that it is one of several.
const DETERMINERS: [&str; 16] = [
    "one", "the", "a", "an", "this", "its", "their", "our", "my", "your", "his", "any", "no", "every",
    "each", "another",
];

/// Determiners that only a countable singular follows.
const COUNTING_DETERMINERS: [&str; 6] = ["one", "a", "an", "every", "each", "another"];

impl<'t> EnglishTerm<'t> {
    /// Cuts a term into words. Returns `None` for terms that cannot be exchanged: verbs with `to`, and those
    /// with figures or signs, which may be notes.
    pub(crate) fn new(text: &'t str) -> Option<Self> {
        let text = text.trim();
        let first = text.split(' ').next().unwrap_or_default();
        let has_article = is_article(first) && first.len() < text.len();
        let text = if has_article { text.get(first.len()..)?.trim_start() } else { text };
        let is_plain =
            text.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '\u{2019}' | '.'));
        let words = english_words(text);
        let is_verb = words.len() > 1 && words.first()?.text.eq_ignore_ascii_case("to");
        if !is_plain || is_verb || words.is_empty() {
            return None;
        }
        let preposition =
            words.iter().position(|word| PREPOSITIONS.contains(&normalize_word(word.text).as_str()));
        let head = preposition.unwrap_or(words.len()).checked_sub(1)?;
        Some(Self { text, words, head, has_article })
    }

    /// Returns the word that takes the plural.
    pub(crate) fn head_word(&self) -> &'t str {
        self.words.get(self.head).map_or("", |word| word.text)
    }

    /// Returns whether it is written like a name: with a capital.
    pub(crate) fn is_name(&self) -> bool {
        self.text.starts_with(char::is_uppercase)
    }

    /// Returns its number; `None` if that is not sure.
    pub(crate) fn number(&self) -> Option<NounNumber> {
        noun_number(self.head_word())
    }

    /// Returns whether both are the same words, apart from case.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        normalize_word(self.text) == normalize_word(other.text)
    }

    /// Returns the places of the term in a text, whose words are given.
    pub(crate) fn places(&self, text: &str, words: &[Word<'_>]) -> Vec<Place> {
        let starts = 0..words.len().saturating_sub(self.words.len() - 1);
        starts.filter_map(|start| self.place_at(text, words, start)).collect()
    }

    fn place_at(&self, text: &str, words: &[Word<'_>], start: usize) -> Option<Place> {
        let here = words.get(start..start + self.words.len())?;
        let mut form = PlaceForm::AsWritten;
        let mut end = 0;
        for (n, (running, own)) in here.iter().zip(&self.words).enumerate() {
            let is_last = n + 1 == self.words.len();
            let bare = if is_last { without_possessive(running.text) } else { running.text };
            end = running.start + bare.len();
            let (word, wanted) = (normalize_word(bare), normalize_word(own.text));
            if word == wanted {
                continue;
            }
            let is_form = |word: &str, of: &str, plural: bool| {
                lemmas(word).iter().any(|l| l.base == of && (l.inflection == Inflection::Plural) == plural)
            };
            form = if n == self.head && is_form(&word, &wanted, true) {
                PlaceForm::Plural
            } else if is_form(&word, &wanted, false)
                || is_form(&word, &wanted, true)
                || is_form(&wanted, &word, true)
            {
                PlaceForm::Other
            } else {
                return None;
            };
        }
        let range = here.first()?.start..end;
        let gaps = |words: &[Word<'_>], text: &str| -> Vec<String> {
            let pairs = words.iter().zip(words.iter().skip(1));
            pairs.map(|(a, b)| text.get(a.end..b.start).unwrap_or_default().to_owned()).collect()
        };
        let before = text.get(..range.start)?.chars().next_back();
        let after = text.get(range.end..)?;
        let ends_in_s = text.get(range.clone())?.ends_with(['s', 'S']);
        let possessive = possessive_length(after, ends_in_s);
        let rest = after.get(possessive..)?.chars().next();
        let is_glued =
            |c: char| c.is_alphanumeric() || matches!(c, '-' | '/' | '_' | '\u{2010}' | '\u{2011}');
        if gaps(here, text) != gaps(&self.words, self.text)
            || before.is_some_and(|c| is_glued(c) || matches!(c, '\'' | '\u{2019}' | '.' | '@'))
            || rest.is_some_and(is_glued)
        {
            form = PlaceForm::Other;
        }
        Some(Place { possessive: range.end..range.end + possessive, range, form })
    }

    /// Returns the text of the term in a number; `None` if the plural is not sure.
    fn in_form(&self, form: PlaceForm) -> Option<String> {
        match form {
            PlaceForm::AsWritten => Some(self.text.to_owned()),
            PlaceForm::Plural => {
                let head = self.words.get(self.head)?;
                let plural = plural_of(head.text)?;
                let (before, after) = (self.text.get(..head.start)?, self.text.get(head.end..)?);
                Some(format!("{before}{plural}{after}"))
            }
            PlaceForm::Other => None,
        }
    }
}

/// Returns a word without `'s` or an apostrophe at its end.
fn without_possessive(word: &str) -> &str {
    let bare = ["'s", "\u{2019}s", "'S", "\u{2019}S"].iter().find_map(|ending| word.strip_suffix(ending));
    bare.unwrap_or(word)
}

/// Returns the length of `'s` at the start of a text, or of an apostrophe after an s.
fn possessive_length(after: &str, ends_in_s: bool) -> usize {
    let Some(rest) = after.strip_prefix(['\'', '\u{2019}']) else { return 0 };
    let letter = rest.strip_prefix(['s', 'S']).filter(|rest| !rest.starts_with(char::is_alphanumeric));
    match letter {
        Some(rest) => after.len() - rest.len(),
        None if ends_in_s && rest.starts_with(char::is_whitespace) => after.len() - rest.len(),
        None => 0,
    }
}

/// How the words around a place limit the nouns that it may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Exchange<'e> {
    /// The translation.
    pub(crate) text: &'e str,
    /// Its words.
    pub(crate) words: &'e [Word<'e>],
    /// The place of the old term.
    pub(crate) place: &'e Place,
    /// The old term as the glossary has it.
    pub(crate) old: &'e EnglishTerm<'e>,
    /// The new term.
    pub(crate) new: &'e EnglishTerm<'e>,
}

/// What kind of word both terms are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TermClass {
    Noun,
    Name,
    Adjective,
}

impl Exchange<'_> {
    /// Returns the edit that puts the new term in the place of the old one; `None` if it is not sure that the
    /// result is right.
    pub(crate) fn edit(&self, class: TermClass) -> Option<RepairEdit> {
        let fits = match class {
            TermClass::Noun => self.nouns_fit(),
            TermClass::Name => self.names_fit(),
            TermClass::Adjective => {
                self.place.form == PlaceForm::AsWritten && self.place.possessive.is_empty()
            }
        };
        if !fits || !self.neighbours_fit() {
            return None;
        }
        let written = self.text.get(self.place.range.clone())?;
        let mut to =
            with_capitals(&self.new.in_form(self.place.form)?, written, self.old, self.is_at_start())?;
        to.push_str(&self.new_possessive(&to));
        let mut range = self.place.range.start..self.place.possessive.end;
        if let Some(article) = self.word_before().filter(|word| matches!(word.text, "a" | "an" | "A" | "An"))
        {
            let wanted = indefinite_article(to.split(' ').next()?)?;
            if wanted != article.text.to_lowercase() {
                let capital = article.text.starts_with('A');
                let wanted = if capital { wanted.replacen('a', "A", 1) } else { wanted.to_owned() };
                to = format!("{wanted}{}{to}", self.text.get(article.end..range.start)?);
                range.start = article.start;
            }
        }
        let from = self.text.get(range.clone())?.to_owned();
        Some(RepairEdit { range, from, to })
    }

    /// Returns the possessive ending of the new term; empty if the old one has none.
    fn new_possessive(&self, to: &str) -> String {
        let old = self.text.get(self.place.possessive.clone()).unwrap_or_default();
        let Some(apostrophe) = old.chars().next() else { return String::new() };
        let is_plural = self.place.form == PlaceForm::Plural || self.new.number() == Some(NounNumber::Plural);
        let s = if is_plural && to.ends_with('s') { "" } else { "s" };
        format!("{apostrophe}{s}")
    }

    fn word_before(&self) -> Option<&Word<'_>> {
        let at = self.words.iter().rposition(|word| word.end <= self.place.range.start)?;
        let word = self.words.get(at)?;
        let between = self.text.get(word.end..self.place.range.start)?;
        between.chars().all(char::is_whitespace).then_some(word)
    }

    /// Returns the word after the place if only white space is between them.
    fn word_after(&self) -> Option<&Word<'_>> {
        let word = self.words.iter().find(|word| word.start >= self.place.possessive.end)?;
        let between = self.text.get(self.place.possessive.end..word.start)?;
        between.chars().all(char::is_whitespace).then_some(word)
    }

    /// Returns whether the place begins the text or a sentence.
    fn is_at_start(&self) -> bool {
        let before = self.text.get(..self.place.range.start).unwrap_or_default().trim_end();
        let before = before.trim_end_matches(['"', '\'', '(', '“', '‘', '«', ' ']);
        before.is_empty() || before.ends_with(['.', '!', '?', ':'])
    }

    /// Returns whether the term describes a word after it: contract terms.
    fn may_describe(&self) -> bool {
        self.word_after().is_some_and(|word| may_be_described(word.text))
    }

    /// Returns whether the words beside the place allow the new term: none of them is doubled, and a new term
    /// with a preposition neither describes the next word nor has a possessive.
    fn neighbours_fit(&self) -> bool {
        let first = self.new.words.first().map(|word| normalize_word(word.text));
        let last = self.new.words.last().map(|word| normalize_word(word.text));
        let is_doubled = self.word_before().map(|word| normalize_word(word.text)) == first
            || self.word_after().map(|word| normalize_word(word.text)) == last;
        let has_preposition = self.new.head + 1 < self.new.words.len();
        let closes = self.may_describe() || !self.place.possessive.is_empty();
        !(is_doubled || has_preposition && closes)
    }

    /// Returns whether the new noun can take the old one's place.
    fn nouns_fit(&self) -> bool {
        if self.new.has_article || self.old.has_article {
            return false;
        }
        let (Some(old), Some(new)) = (self.old.number(), self.new.number()) else { return false };
        if old != new || self.place.form == PlaceForm::Plural && old == NounNumber::Plural {
            return false;
        }
        let classes = (noun_class(self.old.head_word()), noun_class(self.new.head_word()));
        if old == NounNumber::Plural {
            return true;
        }
        if self.place.form == PlaceForm::Plural {
            return matches!(classes.1, NounClass::Countable | NounClass::Either);
        }
        let determiner = self.determiner();
        match classes {
            (NounClass::Countable, NounClass::Countable) => {
                determiner.is_some() || self.may_be_without_article()
            }
            (NounClass::Countable | NounClass::Either, NounClass::Countable | NounClass::Either) => {
                determiner.is_some()
            }
            (NounClass::Uncountable, NounClass::Uncountable) => {
                !determiner.is_some_and(|word| COUNTING_DETERMINERS.contains(&word.as_str()))
            }
            _ => false,
        }
    }

    /// Returns the determiner of the place: the word before it, or the one before an adjective.
    fn determiner(&self) -> Option<String> {
        let at = self.words.iter().rposition(|word| word.end <= self.place.range.start)?;
        let before = self.word_before()?;
        let is_determiner = |word: &Word<'_>| {
            DETERMINERS.contains(&normalize_word(word.text).as_str())
                || without_possessive(word.text).len() < word.text.len()
        };
        if is_determiner(before) {
            return Some(normalize_word(before.text));
        }
        if is_function_word(&normalize_word(before.text)) {
            return None;
        }
        let further = self.words.get(at.checked_sub(1)?)?;
        let between = self.text.get(further.end..before.start)?;
        let is_joined = between.chars().all(|c| c.is_whitespace() || c == '-');
        (is_joined && is_determiner(further)).then(|| normalize_word(further.text))
    }

    /// Returns whether a countable noun may be here without a determiner beside it: in a title, in a list, or
    /// after an adjective. It may not after a preposition, because `in court` is not `in ministry`.
    fn may_be_without_article(&self) -> bool {
        if may_be_bare(self.old.head_word()) {
            return false;
        }
        self.word_before().is_none_or(|word| {
            let word = normalize_word(word.text);
            matches!(word.as_str(), "and" | "or") || !is_function_word(&word)
        })
    }

    /// Returns whether the new name can take the old one's place. Whether a name needs «the» is only sure for
    /// single words.
    fn names_fit(&self) -> bool {
        if self.place.form != PlaceForm::AsWritten || self.old.has_article != self.new.has_article {
            return false;
        }
        let article =
            self.word_before().map(|word| normalize_word(word.text)).filter(|word| is_article(word));
        if self.old.has_article {
            return article.as_deref() == Some("the");
        }
        // «an Egyptian firm». After «the» it is not sure whether the article belongs to the name.
        if let Some(article) = article {
            return article != "the" && self.may_describe() && self.place.possessive.is_empty();
        }
        let is_bare_name = |term: &EnglishTerm<'_>| {
            let word = term.head_word();
            term.words.len() == 1
                && !is_name_with_article(word)
                && word.chars().skip(1).any(char::is_lowercase)
        };
        is_bare_name(self.old) && is_bare_name(self.new)
    }
}

/// Words that keep their small letter in a title.
const SMALL_IN_TITLES: [&str; 12] =
    ["of", "for", "the", "and", "in", "to", "on", "with", "a", "an", "at", "by"];

/// Writes a new term with the capitals that `written` has in addition to the glossary's `old` term. Returns
/// `None` if the translation has small letters where the glossary has capitals, because the new term may then
/// be a name or not.
fn with_capitals(new: &str, written: &str, old: &EnglishTerm<'_>, is_at_start: bool) -> Option<String> {
    fn has_small(text: &str) -> bool {
        text.chars().any(char::is_lowercase)
    }
    if !has_small(written) && written.chars().filter(|c| c.is_uppercase()).count() > 1 && has_small(old.text)
    {
        return Some(new.to_uppercase());
    }
    fn is_capital(word: &Word<'_>) -> bool {
        word.text.starts_with(char::is_uppercase)
    }
    let running = english_words(written);
    let raised: Vec<bool> =
        running.iter().zip(&old.words).map(|(w, o)| is_capital(w) && !is_capital(o)).collect();
    if running.iter().zip(&old.words).any(|(w, o)| !is_capital(w) && is_capital(o)) {
        return None;
    }
    if !raised.contains(&true) {
        return Some(new.to_owned());
    }
    fn main(word: &Word<'_>) -> bool {
        !SMALL_IN_TITLES.contains(&normalize_word(word.text).as_str())
    }
    let is_title =
        running.iter().zip(&raised).all(|(word, raised)| *raised || is_capital(word) || !main(word));
    let only_first = raised.iter().skip(1).all(|raised| !raised);
    let words = english_words(new);
    if only_first
        && (is_at_start && running.len() > 1 && !is_title
            || running.len() == 1 && is_at_start
            || words.len() == 1)
    {
        return Some(raise(new, words.iter().take(1)));
    }
    // A single word with a capital inside a sentence belongs to a title, as several words do.
    (is_title && (running.len() > 1 || !is_at_start))
        .then(|| raise(new, words.iter().filter(|word| main(word))))
}

/// Writes the first letters of some words of a text as capitals.
fn raise<'w>(text: &str, words: impl Iterator<Item = &'w Word<'w>>) -> String {
    let mut raised = text.to_owned();
    let starts: Vec<usize> = words.map(|word| word.start).collect();
    for start in starts.into_iter().rev() {
        let Some(first) = raised.get(start..).and_then(|rest| rest.chars().next()) else { continue };
        raised.replace_range(start..start + first.len_utf8(), &first.to_uppercase().to_string());
    }
    raised
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{EnglishTerm, Exchange, PlaceForm, TermClass};
    use crate::text::english::english_words;

    fn exchanged(text: &str, old: &str, new: &str, class: TermClass) -> Option<String> {
        let (old, new) = (EnglishTerm::new(old).unwrap(), EnglishTerm::new(new).unwrap());
        let words = english_words(text);
        let places = old.places(text, &words);
        let [place] = places.as_slice() else { return None };
        let edit = Exchange { text, words: &words, place, old: &old, new: &new }.edit(class)?;
        Some(format!("{}{}{}", &text[..edit.range.start], edit.to, &text[edit.range.end..]))
    }

    #[test]
    fn nouns_keep_number_article_possessive_and_capital() {
        for (text, old, new, expected) in [
            ("They signed a contract.", "contract", "agreement", "They signed an agreement."),
            ("The contracts ended", "contract", "agreement", "The agreements ended"),
            ("The contract's terms", "contract", "agreement", "The agreement's terms"),
            ("The ministers\u{2019} offices", "minister", "child", "The children\u{2019}s offices"),
            ("Contracts ended", "contract", "treaty", "Treaties ended"),
            ("THE CONTRACT ENDED", "contract", "treaty", "THE TREATY ENDED"),
            ("The Prime Minister met", "prime minister", "head of state", "The Head of State met"),
            ("Prime minister met", "prime minister", "head of state", "Head of state met"),
            ("two heads of government", "head of government", "prime minister", "two prime ministers"),
            ("A new contract", "contract", "agreement", "A new agreement"),
            ("An old boat and a ship", "ship", "aeroplane", "An old boat and an aeroplane"),
            ("Send equipment", "equipment", "furniture", "Send furniture"),
            ("the elections", "elections", "negotiations", "the negotiations"),
        ] {
            assert_eq!(exchanged(text, old, new, TermClass::Noun).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn nouns_are_not_exchanged_in_doubt() {
        for (text, old, new) in [
            ("in court", "court", "ministry"),
            ("a contract", "contract", "information"),
            ("received compensation", "compensation", "contract"),
            ("the contract", "contract", "elections"),
            ("contracted workers", "contract", "agreement"),
            ("contract-based", "contract", "agreement"),
            ("by contract", "contract", "agreement"),
            ("the contract terms", "contract", "memorandum of understanding"),
            ("a contract", "contract", "UN resolution"),
            ("the Contract", "Contract law", "agreement"),
            ("the happiness", "contract", "happiness"),
            ("the contract", "Contract", "Agreement"),
        ] {
            assert_eq!(exchanged(text, old, new, TermClass::Noun), None, "{text} {new}");
        }
    }

    #[test]
    fn names_and_adjectives_are_exchanged_where_no_article_changes() {
        let name = TermClass::Name;
        assert_eq!(exchanged("He left Homs", "Homs", "Aleppo", name).as_deref(), Some("He left Aleppo"));
        assert_eq!(exchanged("He left Homs", "Homs", "Netherlands", name), None);
        assert_eq!(exchanged("He left Homs", "Homs", "Arab League", name), None);
        assert_eq!(
            exchanged("an Egyptian firm", "Egyptian", "Syrian", name).as_deref(),
            Some("a Syrian firm")
        );
        assert_eq!(exchanged("the Kremlin", "Kremlin", "Damascus", name), None);
        let adjective = TermClass::Adjective;
        assert_eq!(
            exchanged("a final report", "final", "early", adjective).as_deref(),
            Some("an early report")
        );
    }

    proptest! {
        #[test]
        fn edits_replace_what_they_name(
            text in "((a|an|the|The|its|contract|contracts|Contract|CONTRACT|head|heads of|held|in|is|'s|'|-|[a-z]{1,4})[ ,.]?){0,9}|\\PC{0,20}",
            old in "(contract|Contract|head of contract|the head|contracts|\\PC{1,6})",
            new in "(agreement|Head of State|elections|information|the unit|\\PC{1,6})",
        ) {
            let (Some(old), Some(new)) = (EnglishTerm::new(&old), EnglishTerm::new(&new)) else { return Ok(()) };
            let words = english_words(&text);
            for place in &old.places(&text, &words) {
                for class in [TermClass::Noun, TermClass::Name, TermClass::Adjective] {
                    let exchange = Exchange { text: &text, words: &words, place, old: &old, new: &new };
                    let Some(edit) = exchange.edit(class) else { continue };
                    prop_assert_eq!(text.get(edit.range.clone()), Some(edit.from.as_str()));
                    prop_assert!(edit.range.start <= place.range.start && place.range.end <= edit.range.end);
                    prop_assert!(place.form != PlaceForm::Other);
                }
            }
        }
    }

    #[test]
    fn places_are_found_in_any_form() {
        let term = EnglishTerm::new("head of government").unwrap();
        let text = "Heads of government and a head of government";
        let forms: Vec<_> = term.places(text, &english_words(text)).into_iter().map(|p| p.form).collect();
        assert_eq!(forms, [PlaceForm::Plural, PlaceForm::AsWritten]);
    }
}
