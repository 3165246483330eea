//! The forms of a term's words under which the recognizer finds it.

use rustc_hash::FxHashSet;

use super::spelling::HAMZA_SEATS;
use crate::{
    term::{Concept, PartOfSpeech, Term},
    text::{arabic::plurals::broken_plurals, folded, words},
};

/// A term with each word in one form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TermForm {
    /// The words' folded bases, separated by spaces.
    pub(crate) bases: String,
    /// The words as the term spells them, separated by spaces. A broken plural is generated, so its
    /// spelling is the folded one.
    pub(crate) surfaces: String,
    /// The first word is a broken plural of the term's first word.
    pub(crate) plural: bool,
    /// The spelling has a hamza on alef, so a different hamza in a text contradicts it.
    pub(crate) has_hamza: bool,
}

/// The most forms of one term. Without a limit, a term of many words would fill the trie.
const MAX_FORMS: usize = 24;

/// One word in one form.
#[derive(Clone)]
struct WordForm {
    base: String,
    surface: String,
    plural: bool,
}

impl WordForm {
    fn new(base: &str, surface: &str, plural: bool) -> Self {
        Self { base: base.to_owned(), surface: surface.to_owned(), plural }
    }
}

/// Returns the terms of a concept in a language.
pub(crate) fn terms_of<'c>(concept: &'c Concept, language: &str) -> impl Iterator<Item = &'c Term> {
    concept.content.terms.iter().filter(move |t| t.locale.language() == language)
}

/// Returns the terms of a concept in a language, each with its forms. A broken plural is left out
/// if the concept has it as a term of its own: for example, كتائب beside كتيبة.
pub(crate) fn forms_of<'c>(concept: &'c Concept, language: &str) -> Vec<(&'c Term, Vec<TermForm>)> {
    let mut all: Vec<(&Term, Vec<TermForm>)> =
        terms_of(concept, language).map(|term| (term, forms(term))).collect();
    let plain = all.iter().flat_map(|(_, forms)| forms).filter(|f| !f.plural).map(|f| f.bases.clone());
    let plain: FxHashSet<String> = plain.collect();
    for (_, forms) in &mut all {
        forms.retain(|form| !form.plural || !plain.contains(&form.bases));
    }
    all
}

/// Returns the forms of a term: every word without its article and, for a noun, an adjective or an
/// unknown word class, also the broken plurals of the first word. A name keeps its article and has no
/// plurals.
fn forms(term: &Term) -> Vec<TermForm> {
    let noun = matches!(
        term.part_of_speech,
        PartOfSpeech::Unknown | PartOfSpeech::Noun | PartOfSpeech::Adjective | PartOfSpeech::Other
    );
    let mut all: Vec<Vec<WordForm>> = vec![Vec::new()];
    for (n, word) in words(&term.text).into_iter().enumerate() {
        // Only the first word takes the plural, because it is the head of an Arabic noun phrase.
        let pieces = word_forms(word.text, term.proper_noun, noun && n == 0);
        // The plainest forms come first, so they remain if there are too many.
        let longer = pieces.iter().flat_map(|piece| {
            all.iter().map(move |form| form.iter().chain([piece]).cloned().collect::<Vec<_>>())
        });
        all = longer.take(MAX_FORMS).collect();
    }
    let mut found: Vec<TermForm> = Vec::new();
    for pieces in all.into_iter().filter(|pieces| !pieces.is_empty()) {
        let bases = joined(&pieces, |p| &p.base);
        if !found.iter().any(|f| f.bases == bases) {
            let surfaces = joined(&pieces, |p| &p.surface);
            let has_hamza = surfaces.contains(HAMZA_SEATS);
            found.push(TermForm { bases, surfaces, plural: pieces.iter().any(|p| p.plural), has_hamza });
        }
    }
    found
}

/// Joins one part of each piece with spaces.
fn joined(pieces: &[WordForm], part: fn(&WordForm) -> &str) -> String {
    pieces.iter().map(part).collect::<Vec<_>>().join(" ")
}

/// Returns the forms of one word.
fn word_forms(word: &str, proper: bool, plurals: bool) -> Vec<WordForm> {
    let base = folded(word);
    let whole = WordForm::new(&base, word, false);
    if proper {
        return vec![whole];
    }
    // Readings of running words drop the article, too, so the bare form matches with and without it.
    let bare = without_article(word)
        .zip(without_article(&base))
        .map(|(surface, base)| WordForm::new(base, surface, false));
    let singular = bare.as_ref().map_or(base.as_str(), |p| &p.base).to_owned();
    let mut found = match bare {
        Some(bare) if may_be_radical(&base) => vec![whole, bare],
        Some(bare) => vec![bare],
        None => vec![whole],
    };
    if plurals {
        found.extend(
            broken_plurals(&singular).into_iter().map(|plural| WordForm::new(&plural, &plural, true)),
        );
    }
    found
}

/// Removes the article, if at least three letters remain.
fn without_article(word: &str) -> Option<&str> {
    word.strip_prefix("ال").filter(|bare| bare.chars().count() >= 3)
}

/// Returns whether ال may belong to the word itself, as in التزام.
fn may_be_radical(base: &str) -> bool {
    let mut letters = base.chars().skip(2);
    base == "الله" || letters.next() == Some('ت') && letters.nth(1) == Some('ا')
}

#[cfg(test)]
mod tests {
    use super::forms;
    use crate::{
        locale::Locale,
        term::{PartOfSpeech, Term},
    };

    fn bases(text: &str, proper_noun: bool) -> Vec<String> {
        let term =
            Term { part_of_speech: PartOfSpeech::Noun, proper_noun, ..Term::new(text, Locale::arabic()) };
        forms(&term).into_iter().map(|f| f.bases).collect()
    }

    #[test]
    fn forms_have_no_article_and_include_broken_plurals() {
        let forms = bases("كتيبة المعارضة", false);
        assert_eq!(forms, ["كتيبه معارضه", "كتاءب معارضه"]);
        assert_eq!(bases("القدس", true), ["القدس"]);
        assert_eq!(bases("التزام", false), ["التزام", "تزام"]);
        assert!(bases(&"التزام ".repeat(10), false).len() <= super::MAX_FORMS);
    }
}
