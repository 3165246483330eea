//! Repairs one translation: exchanges the term in which its source differs from the query.

use std::ops::Range;

use super::{
    english_context::EnglishContext,
    english_nouns::{NounNumber, is_person},
    english_place::{EnglishTerm, Exchange, Place, PlaceForm, TermClass},
    rewrite::{LocalizedText, Repair, RepairEdit, RepairRefusal},
    source_form::{SourceForm, TermNumber},
    term_occurrence::{TermOccurrence, TextWithTerms},
};
use crate::{
    locale::Locale,
    matching::guard::VowelMarks,
    score::{Penalty, Score},
    term::{PartOfSpeech, Term, TermStatus},
    text::{
        Word,
        english::{english_words, normalize_word},
        folded, same,
    },
};

/// The highest score of a match in which a term was exchanged. It is lower than that of a changed number,
/// because another word may also fit less well into its sentence.
pub const MAX_TERM_REPAIR_SCORE: Score = Score::from_whole(90);

/// Pronouns that show whether the word that they mean is a person, or its gender.
const PRONOUNS: [&str; 15] = [
    "it", "its", "itself", "he", "him", "his", "himself", "she", "her", "hers", "herself", "who", "whom",
    "whose", "which",
];

/// Repairs `target`, the translation of `stored`, if `stored` and `asked` differ in one glossary term: puts the
/// translation of the new term in the place of the old one, in its number and with its article, possessive and
/// capitals.
///
/// Returns `Ok(None)` if the texts differ in anything else, if both terms are of one concept, and for languages
/// other than Arabic with English translations.
///
/// # Errors
/// Returns the reason if it is uncertain how to repair the translation.
pub fn exchange_terms(
    asked: TextWithTerms<'_>,
    (stored, source_locale): (TextWithTerms<'_>, &Locale),
    target: LocalizedText<'_>,
    penalties: &[Penalty],
) -> Result<Option<Repair>, RepairRefusal> {
    if source_locale.language() != "ar" || target.locale.language() != "en" {
        return Ok(None);
    }
    let Some((new_place, old_place)) = exchanged_places(asked, stored) else { return Ok(None) };
    let new_terms: Vec<&TermOccurrence> = asked.terms.iter().filter(|t| t.words == new_place).collect();
    let old_terms: Vec<&TermOccurrence> = stored.terms.iter().filter(|t| t.words == old_place).collect();
    if old_terms.iter().any(|old| new_terms.iter().any(|new| new.has_same_concept(old))) {
        return Ok(None);
    }
    let translation =
        Translation { text: target.text, locale: target.locale, words: &english_words(target.text) };
    let others: Vec<&TermOccurrence> = stored.terms.iter().filter(|t| t.words != old_place).collect();
    let old = translation.old_term(&old_terms, &others)?;
    let new = translation.new_term(&new_terms)?;
    let edit = edit_of(&translation, (asked.text, &new), (stored.text, &old))?;
    Ok(Some(Repair::new(target.text, vec![edit], MAX_TERM_REPAIR_SCORE, penalties)))
}

/// Returns the places of the terms in which two texts differ: the texts before and after them are equal when
/// folded, and the vowel marks there do not contradict.
fn exchanged_places(
    asked: TextWithTerms<'_>,
    stored: TextWithTerms<'_>,
) -> Option<(Range<usize>, Range<usize>)> {
    let places = |text: TextWithTerms<'_>| -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = text.terms.iter().map(|term| term.words.clone()).collect();
        places.sort_by_key(|place| (place.start, place.end));
        places.dedup();
        places
    };
    let around = |text: &str, place: &Range<usize>| {
        let (before, after) = (text.get(..place.start), text.get(place.end..));
        (before.unwrap_or_default().to_owned(), after.unwrap_or_default().to_owned())
    };
    let fold = |(before, after): &(String, String)| (folded(before), folded(after));
    if folded(asked.text) == folded(stored.text) {
        return None;
    }
    let of_stored: Vec<_> =
        places(stored).into_iter().map(|place| (around(stored.text, &place), place)).collect();
    let of_stored: Vec<_> =
        of_stored.into_iter().map(|(around, place)| (fold(&around), around, place)).collect();
    places(asked).into_iter().find_map(|new| {
        let asked_around = around(asked.text, &new);
        let folded_around = fold(&asked_around);
        let (_, stored_around, old) = of_stored.iter().find(|(folded, ..)| *folded == folded_around)?;
        fn contradicts(a: &str, b: &str) -> bool {
            VowelMarks::new(same(a)).contradicts(&same(b))
        }
        let differs =
            contradicts(&asked_around.0, &stored_around.0) || contradicts(&asked_around.1, &stored_around.1);
        (!differs).then(|| (new, old.clone()))
    })
}

/// A translation with its words.
struct Translation<'t> {
    text: &'t str,
    locale: &'t Locale,
    words: &'t [Word<'t>],
}

/// The old term in a translation.
struct OldTerm<'t> {
    found: &'t TermOccurrence,
    term: &'t Term,
    english: EnglishTerm<'t>,
    /// The first translation of its concept, which has the number of the first source term.
    first: EnglishTerm<'t>,
    place: Place,
}

/// The new term with the translation to use.
struct NewTerm<'t> {
    found: &'t TermOccurrence,
    term: &'t Term,
    english: EnglishTerm<'t>,
}

impl Translation<'_> {
    /// Returns the places of all translations of a term.
    fn places<'t>(&self, found: &'t TermOccurrence) -> Vec<(&'t Term, Place)> {
        let terms = found.translations(self.locale);
        let english = terms.filter_map(|term| Some((term, EnglishTerm::new(&term.text)?)));
        english
            .flat_map(|(term, english)| {
                english.places(self.text, self.words).into_iter().map(move |place| (term, place))
            })
            .collect()
    }

    /// Finds the old term, which the translation must have exactly once. `others` are the other terms of the
    /// stored text.
    fn old_term<'t>(
        &self,
        old_terms: &[&'t TermOccurrence],
        others: &[&'t TermOccurrence],
    ) -> Result<OldTerm<'t>, RepairRefusal> {
        let again = others.iter().any(|other| old_terms.iter().any(|old| old.has_same_concept(other)));
        let mut all: Vec<(&TermOccurrence, &Term, Place)> = Vec::new();
        for &found in old_terms {
            all.extend(self.places(found).into_iter().map(|(term, place)| (found, term, place)));
        }
        // The longest place has the others inside: minister, in foreign minister.
        let Some(longest) = all.iter().map(|(.., place)| place.range.clone()).max_by_key(Range::len) else {
            return Err(RepairRefusal::TermNotAligned);
        };
        let is_inside = |place: &Place| place.range.start >= longest.start && place.range.end <= longest.end;
        if again || !all.iter().all(|(.., place)| is_inside(place)) {
            return Err(RepairRefusal::TermNotAligned);
        }
        let mut of_others = others.iter().flat_map(|other| self.places(other));
        let is_shared =
            of_others.any(|(_, place)| place.range.start < longest.end && longest.start < place.range.end);
        if is_shared {
            return Err(RepairRefusal::TermNotAligned);
        }
        all.retain(|(.., place)| place.range == longest);
        if all.iter().all(|(_, term, _)| !term.status.may_be_used()) {
            return Err(RepairRefusal::TermDeprecated);
        }
        all.retain(|(_, term, _)| term.status.may_be_used());
        // «elections» may be the plural of one translation and another translation itself.
        all.sort_by_key(|(_, term, place)| {
            (place.form == PlaceForm::Other, place.form == PlaceForm::Plural, term.status)
        });
        let is_several = all
            .iter()
            .any(|(found, ..)| all.first().is_some_and(|(first, ..)| !first.has_same_concept(found)));
        if is_several {
            return Err(RepairRefusal::TermAmbiguous);
        }
        let first = all.into_iter().next().filter(|(.., place)| place.form != PlaceForm::Other);
        let (found, term, place) = first.ok_or(RepairRefusal::TermNotAligned)?;
        let main = self.main_translation(found).unwrap_or(term);
        let (english, first) = (EnglishTerm::new(&term.text), EnglishTerm::new(&main.text));
        let (english, first) = english.zip(first).ok_or(RepairRefusal::TermFormDiffers)?;
        Ok(OldTerm { found, term, english, first, place })
    }

    /// Returns the best translation of a term that may be used.
    fn main_translation<'t>(&self, found: &'t TermOccurrence) -> Option<&'t Term> {
        found
            .translations(self.locale)
            .filter(|term| term.status.may_be_used())
            .min_by_key(|term| term.status)
    }

    /// Chooses the translation of the new term: the only preferred one, or the only one.
    fn new_term<'t>(&self, new_terms: &[&'t TermOccurrence]) -> Result<NewTerm<'t>, RepairRefusal> {
        let mut chosen: Option<NewTerm<'t>> = None;
        for &found in new_terms {
            let usable: Vec<&Term> =
                found.translations(self.locale).filter(|t| t.status.may_be_used()).collect();
            let preferred: Vec<&Term> =
                usable.iter().copied().filter(|term| term.status == TermStatus::Preferred).collect();
            let term = match (preferred.as_slice(), usable.as_slice()) {
                ([only], _) | ([], [only]) => *only,
                ([], []) => return Err(RepairRefusal::TermDeprecated),
                _ => return Err(RepairRefusal::TermAmbiguous),
            };
            let english = EnglishTerm::new(&term.text).ok_or(RepairRefusal::TermFormDiffers)?;
            if chosen.as_ref().is_some_and(|other| !other.english.is_same(&english)) {
                return Err(RepairRefusal::TermAmbiguous);
            }
            chosen.get_or_insert(NewTerm { found, term, english });
        }
        chosen.ok_or(RepairRefusal::TermAmbiguous)
    }

    /// Returns whether the translation has a pronoun that may mean a term.
    fn has_pronoun(&self) -> bool {
        self.words.iter().any(|word| PRONOUNS.contains(&normalize_word(word.text).as_str()))
    }
}

/// Makes the edit that exchanges two terms, which have the same form in their texts.
fn edit_of(
    translation: &Translation<'_>,
    (asked, new): (&str, &NewTerm<'_>),
    (stored, old): (&str, &OldTerm<'_>),
) -> Result<RepairEdit, RepairRefusal> {
    let refused = RepairRefusal::TermFormDiffers;
    let class = class_of(old, new).ok_or(refused)?;
    let forms = SourceForm::of(asked, new.found).zip(SourceForm::of(stored, old.found));
    let (new_form, old_form) = forms.ok_or(refused)?;
    let has_same_article = new_form.is_definite == old_form.is_definite || class == TermClass::Name;
    let same_form = new_form.particles == old_form.particles
        && new_form.number == old_form.number
        && new_form.pronoun == old_form.pronoun
        && has_same_article
        && new_form.has_alef.zip(old_form.has_alef).is_none_or(|(new, old)| new == old);
    if !same_form || class == TermClass::Noun && !number_agrees(old, old_form.number) {
        return Err(refused);
    }
    if translation.has_pronoun() {
        let persons = (is_person(old.english.head_word()), is_person(new.english.head_word()));
        if class != TermClass::Adjective && (persons.0.is_none() || persons.0 != persons.1) {
            return Err(refused);
        }
    }
    let persons = [&old.english, &new.english].map(|term| is_person(term.head_word()) == Some(true));
    let context = EnglishContext {
        text: translation.text,
        words: translation.words,
        place: old.place.range.start..old.place.possessive.end,
        heads: (old.english.head_word(), new.english.head_word()),
        are_persons: persons == [true, true],
        is_after_ala: is_after_ala(stored, old.found),
    };
    if class == TermClass::Noun && context.depends_on_term() {
        return Err(refused);
    }
    let exchange = Exchange {
        text: translation.text,
        words: translation.words,
        place: &old.place,
        old: &old.english,
        new: &new.english,
    };
    exchange.edit(class).ok_or(refused)
}

/// Returns whether على is right before a term in a text.
fn is_after_ala(text: &str, found: &TermOccurrence) -> bool {
    let before = folded(text.get(..found.words.start).unwrap_or_default());
    matches!(before.rsplit(' ').next(), Some("علي" | "وعلي" | "فعلي"))
}

/// Returns whether two terms have different word classes, as far as these are known.
fn have_other_word_class(a: &Term, b: &Term) -> bool {
    let unknown = PartOfSpeech::Unknown;
    a.part_of_speech != b.part_of_speech && a.part_of_speech != unknown && b.part_of_speech != unknown
}

/// Returns the class of both terms; `None` if they are of different classes, or verbs.
fn class_of(old: &OldTerm<'_>, new: &NewTerm<'_>) -> Option<TermClass> {
    let (old_source, new_source) = (old.found.own_term("ar")?, new.found.own_term("ar")?);
    if have_other_word_class(old_source, new_source) || have_other_word_class(old.term, new.term) {
        return None;
    }
    let is_adjective = [old_source, new_source, old.term, new.term]
        .iter()
        .any(|term| term.part_of_speech == PartOfSpeech::Adjective);
    let is_verb = [old_source, new_source, old.term, new.term].iter().any(|term| {
        matches!(term.part_of_speech, PartOfSpeech::Verb | PartOfSpeech::Adverb | PartOfSpeech::Other)
    });
    let is_name = |source: &Term, term: &Term, english: &EnglishTerm<'_>| {
        fn of_kind(t: &Term) -> bool {
            t.proper_noun || t.part_of_speech == PartOfSpeech::ProperNoun
        }
        of_kind(source) || of_kind(term) || english.is_name()
    };
    let names = (is_name(old_source, old.term, &old.english), is_name(new_source, new.term, &new.english));
    match names {
        _ if is_verb => None,
        (true, true) => Some(TermClass::Name),
        (false, false) if is_adjective => Some(TermClass::Adjective),
        (false, false) => Some(TermClass::Noun),
        _ => None,
    }
}

/// Returns whether the old term has the same number in the stored text and in the translation. Otherwise the
/// translation is free, and the number of the new term is not sure.
fn number_agrees(old: &OldTerm<'_>, number: TermNumber) -> bool {
    let plural = Some(NounNumber::Plural);
    let written = if old.place.form == PlaceForm::Plural { plural } else { old.english.number() };
    match number {
        TermNumber::Base => written.is_some() && written == old.first.number(),
        TermNumber::Plural | TermNumber::Dual => written == plural && old.first.number() != plural,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{RepairRefusal, TermOccurrence, TextWithTerms, exchange_terms};
    use crate::{
        locale::Locale,
        matching::LocalizedText,
        name::Name,
        term::{Concept, ConceptDraft, PartOfSpeech, Term, TermStatus},
        terminology::{RecognizeOptions, Recognizer},
        unit::{Sequence, Stamp},
    };

    /// The glossary of the golden cases.
    struct Glossary {
        concepts: Vec<Arc<Concept>>,
        recognizer: Recognizer,
    }

    impl Glossary {
        fn read() -> Self {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/term_repairs_glossary.tsv");
            let text = std::fs::read_to_string(path).unwrap();
            let lines = text.lines().skip(1);
            let concepts: Vec<Arc<Concept>> =
                (0..).zip(lines).map(|(n, line)| Arc::new(concept(n, line))).collect();
            let mut recognizer = Recognizer::default();
            concepts.iter().for_each(|concept| recognizer.add(concept, "ar"));
            recognizer.publish(|_, _| true);
            Self { concepts, recognizer }
        }

        fn terms(&self, text: &str) -> Vec<TermOccurrence> {
            let found = self.recognizer.recognize(text, RecognizeOptions::default(), |_, _| true).unwrap();
            let occurrences = found.into_iter().map(|found| TermOccurrence {
                words: found.words,
                core: found.core,
                term: found.term,
                concept: Arc::clone(&self.concepts[usize::try_from(found.concept.0).unwrap()]),
            });
            occurrences.collect()
        }

        fn repair(&self, asked: &str, stored: &str, target: &str) -> String {
            let (of_asked, of_stored) = (self.terms(asked), self.terms(stored));
            let repair = exchange_terms(
                TextWithTerms { text: asked, terms: &of_asked },
                (TextWithTerms { text: stored, terms: &of_stored }, &Locale::arabic()),
                LocalizedText { text: target, locale: &Locale::english() },
                &[],
            );
            match repair {
                Ok(Some(repair)) => repair.target,
                Ok(None) => "nothing".to_owned(),
                Err(RepairRefusal::TermAmbiguous) => "!TERM_AMBIGUOUS".to_owned(),
                Err(RepairRefusal::TermNotAligned) => "!TERM_NOT_ALIGNED".to_owned(),
                Err(RepairRefusal::TermDeprecated) => "!TERM_DEPRECATED".to_owned(),
                Err(RepairRefusal::TermFormDiffers) => "!TERM_FORM_DIFFERS".to_owned(),
                Err(other) => panic!("{other:?} is a reason of repairs of values"),
            }
        }
    }

    /// Reads a concept: its Arabic terms, its English ones with a status other than the usual one after `^`, and
    /// its class.
    fn concept(number: u64, line: &str) -> Concept {
        let cells: Vec<&str> = line.split('\t').collect();
        let class = match cells[2] {
            "noun" => PartOfSpeech::Noun,
            "adjective" => PartOfSpeech::Adjective,
            "name" => PartOfSpeech::ProperNoun,
            _ => PartOfSpeech::Unknown,
        };
        let mut terms = Vec::new();
        for (cell, locale) in [(cells[0], Locale::arabic()), (cells[1], Locale::english())] {
            for (n, text) in cell.split(" | ").enumerate() {
                let (text, status) = match text.split_once('^') {
                    Some((text, "deprecated")) => (text, TermStatus::Deprecated),
                    Some((text, _)) => (text, TermStatus::Admitted),
                    None if n == 0 => (text, TermStatus::Preferred),
                    None => (text, TermStatus::Admitted),
                };
                let proper_noun = class == PartOfSpeech::ProperNoun;
                let term =
                    Term { status, proper_noun, part_of_speech: class, ..Term::new(text, locale.clone()) };
                terms.push(term);
            }
        }
        Concept {
            sequence: Sequence(number),
            glossary: Name::parse("g").unwrap(),
            content: ConceptDraft { terms, ..ConceptDraft::default() },
            stamp: Stamp::default(),
        }
    }

    /// Every pair of `tests/golden/term_repairs.tsv` is repaired, or refused with the reason, that a person
    /// wrote down for it.
    #[test]
    fn repairs_are_those_that_a_person_would_make() {
        let glossary = Glossary::read();
        let (mut pairs, mut wrong) = (0, Vec::new());
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/term_repairs.tsv");
        for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
            let cells: Vec<&str> = line.split('\t').collect();
            let [asked, stored, target, expected] = cells[..] else { continue };
            pairs += 1;
            let got = glossary.repair(asked, stored, target);
            if got != expected {
                wrong.push(format!("{asked} | {stored} | {target}\n    {got}\n    {expected}"));
            }
        }
        assert!(pairs >= 60, "{pairs} pairs");
        assert!(wrong.is_empty(), "{} of {pairs} differ:\n{}", wrong.len(), wrong.join("\n"));
    }
}
