//! The form in which an Arabic text has a term: particles, article, number and pronoun.

use super::term_occurrence::TermOccurrence;
use crate::text::{arabic::plurals::broken_plurals, folded, words};

/// The number of a term in a text, compared with its concept's first term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TermNumber {
    /// The same number. For example, the first term may itself be a plural: انتخابات.
    Base,
    /// Its plural.
    Plural,
    /// Its dual.
    Dual,
}

/// The form of a term in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourceForm {
    /// The letters before the article or the term: و, وب.
    pub(crate) particles: String,
    /// Whether it has the article, on any of its words.
    pub(crate) is_definite: bool,
    /// Its number.
    pub(crate) number: TermNumber,
    /// The pronoun after it, or empty.
    pub(crate) pronoun: String,
    /// Whether it has the alef of the accusative; `None` if it cannot have it. With it, an adjective may be an
    /// adverb: سنويا.
    pub(crate) has_alef: Option<bool>,
}

/// Folded prepositions inside a term.
const PREPOSITIONS: [&str; 14] =
    ["ضد", "في", "من", "علي", "عن", "مع", "الي", "بين", "عند", "قبل", "بعد", "تحت", "فوق", "دون"];

const PRONOUNS: [&str; 9] = ["ه", "ها", "هم", "هما", "هن", "كم", "كما", "نا", "ك"];

impl SourceForm {
    /// Returns the form of a term in a text; `None` if it is not sure.
    pub(crate) fn of(text: &str, found: &TermOccurrence) -> Option<Self> {
        let surface = text.get(found.words.clone())?;
        let running = words(surface);
        let first_end = found.words.start + running.first()?.end;
        let spelled: Vec<String> = words(&found.term).into_iter().map(|w| folded(w.text)).collect();
        let (term_head, term_rest) = spelled.split_first()?;
        if running.len() != spelled.len() {
            return None;
        }
        let mut head = folded(text.get(found.core.start..first_end)?);
        let prefix = folded(text.get(found.words.start..found.core.start)?);
        let is_single = spelled.len() == 1;
        let (particles, mut is_definite) = split_article(&prefix);
        let of_name = term_head.strip_prefix("ال").filter(|bare| head.strip_prefix('ل') == Some(bare));
        if particles.ends_with('ل') && of_name.is_some() {
            // The article of a name, written as part of لل: للقدس.
            head.clone_from(term_head);
        }
        // A word with a particle but without an article may be another word as a whole: بطاقة is a card, and
        // not only "by energy".
        let is_other_word = !prefix.is_empty() && !is_definite && is_noun(&folded(running.first()?.text));
        if is_other_word {
            return None;
        }
        let (number, pronoun) = number_and_pronoun(&head, term_head, is_single && !is_definite)?;
        let mut is_after_preposition = false;
        for (word, spelled) in running.iter().skip(1).zip(term_rest) {
            let word = folded(word.text);
            // In جريمة ضد الإنسانية, the article does not make the crime definite.
            is_after_preposition |= PREPOSITIONS.contains(&word.as_str());
            is_definite |= !is_after_preposition && without_article(&word) != word;
            if without_article(&word) != without_article(spelled) {
                return None;
            }
        }
        is_definite |= without_article(&head) != head;
        let number = number_in_concept(number, term_head, found)?;
        let takes_alef = is_single && !is_definite && pronoun.is_empty() && number == TermNumber::Base;
        let takes_alef = takes_alef && !term_head.ends_with(['ه', 'ء', 'ا', 'ي']);
        let has_alef = takes_alef.then(|| head.ends_with('ا'));
        let (particles, pronoun) = (particles.to_owned(), pronoun.to_owned());
        Some(Self { particles, is_definite, number, pronoun, has_alef })
    }
}

/// Splits the letters before a term into particles and whether the article follows them. ل and the article
/// are written لل.
fn split_article(prefix: &str) -> (&str, bool) {
    if let Some(particles) = prefix.strip_suffix("ال") {
        return (particles, true);
    }
    if prefix.ends_with("لل") {
        return (prefix.strip_suffix('ل').unwrap_or(prefix), true);
    }
    (prefix, false)
}

fn without_article(word: &str) -> &str {
    word.strip_prefix("ال").filter(|bare| bare.chars().count() >= 3).unwrap_or(word)
}

/// Returns whether a folded word is a noun with a listed plural.
fn is_noun(word: &str) -> bool {
    !broken_plurals(word).is_empty()
}

/// Returns the number of a folded running word compared with a folded term, and the pronoun after it. Only a
/// word that `is_open` takes a pronoun or the alef of the accusative: it has no article and no further word.
fn number_and_pronoun<'w>(word: &'w str, term: &str, is_open: bool) -> Option<(TermNumber, &'w str)> {
    let bare = without_article(term);
    if let Some(number) = number_of(word, term).or_else(|| number_of(word, bare)) {
        return Some((number, ""));
    }
    if !is_open {
        return None;
    }
    if word.strip_suffix('ا') == Some(bare) {
        return Some((TermNumber::Base, ""));
    }
    // A plural before a genitive: مهندسو المصنع.
    if word.strip_suffix('و') == Some(bare) {
        return Some((TermNumber::Plural, ""));
    }
    // A ta marbuta is written ت before a pronoun.
    let stem = match bare.strip_suffix('ه') {
        Some(stem) => format!("{stem}ت"),
        None => bare.to_owned(),
    };
    PRONOUNS.iter().find_map(|pronoun| {
        let word_stem = word.strip_suffix(pronoun)?;
        let ending = word.get(word_stem.len()..)?;
        if word_stem == stem {
            return Some((TermNumber::Base, ending));
        }
        (number_of(word_stem, bare) == Some(TermNumber::Plural)).then_some((TermNumber::Plural, ending))
    })
}

/// Returns the number of a folded word without a pronoun, compared with a folded term.
fn number_of(word: &str, term: &str) -> Option<TermNumber> {
    if word == term {
        return Some(TermNumber::Base);
    }
    if broken_plurals(term).iter().any(|plural| plural == word) {
        return Some(TermNumber::Plural);
    }
    let stem = term.strip_suffix('ه').unwrap_or(term);
    match word.strip_prefix(stem)? {
        "ات" => Some(TermNumber::Plural),
        "ون" | "ين" if stem == term => Some(TermNumber::Plural),
        "ان" if stem == term => Some(TermNumber::Dual),
        "تان" | "تين" if stem != term => Some(TermNumber::Dual),
        _ => None,
    }
}

/// Returns the number compared with the first term of the concept. A further term may be a synonym in the
/// same number, or the plural of the first one: وزراء beside وزير.
fn number_in_concept(number: TermNumber, head: &str, found: &TermOccurrence) -> Option<TermNumber> {
    let first = found.source_terms("ar").next()?;
    if first.text == *found.term {
        return Some(number);
    }
    let first_head = words(&first.text).first().map(|word| folded(word.text))?;
    let (head, first_head) = (without_article(head), without_article(&first_head));
    let of_term = match number_of(head, first_head) {
        Some(number) => number,
        None if looks_plural(head) => return None,
        None if is_related(head, first_head) => return None,
        None => TermNumber::Base,
    };
    match (of_term, number) {
        (TermNumber::Base, number) => Some(number),
        (of_term, TermNumber::Base) => Some(of_term),
        _ => None,
    }
}

/// Returns whether a folded word has the form of a plural.
fn looks_plural(word: &str) -> bool {
    let letters: Vec<char> = word.chars().collect();
    let ends = ["ات", "ون", "ين"].iter().any(|ending| word.ends_with(ending) && letters.len() >= 5);
    ends || matches!(
        letters.as_slice(),
        ['ا', _, _, 'ا', _]
            | [_, _, 'ا', _, _]
            | [_, _, 'ا', _, 'ي', _]
            | [_, _, _, 'ا', 'ء']
            | [_, _, 'ا' | 'و', _]
            | [_, _, _]
    )
}

/// Returns whether two folded words have the same root letters, so that one may be the plural of the other.
/// Words that differ only in the endings ة and ية are synonyms: اتفاق, اتفاقية.
fn is_related(a: &str, b: &str) -> bool {
    fn is_synonym(a: &str, b: &str) -> bool {
        matches!(a.strip_prefix(b), Some("ه" | "يه"))
    }
    let root = |word: &str| -> String {
        word.chars().filter(|c| !matches!(c, 'ا' | 'و' | 'ي' | 'ء' | 'ه' | 'م' | 'ت')).collect()
    };
    root(a) == root(b) && !is_synonym(a, b) && !is_synonym(b, a)
}

#[cfg(test)]
mod tests {
    use super::{TermNumber, number_and_pronoun};
    use crate::text::folded;

    #[test]
    fn numbers_and_pronouns_are_read() {
        for (word, term, expected) in [
            ("عقد", "عقد", Some((TermNumber::Base, ""))),
            ("عقدا", "عقد", Some((TermNumber::Base, ""))),
            ("عقود", "عقد", Some((TermNumber::Plural, ""))),
            ("عقدهم", "عقد", Some((TermNumber::Base, "هم"))),
            ("عقودها", "عقد", Some((TermNumber::Plural, "ها"))),
            ("عقدان", "عقد", Some((TermNumber::Dual, ""))),
            ("اتفاقيتهم", "اتفاقية", Some((TermNumber::Base, "هم"))),
            ("اتفاقيات", "اتفاقية", Some((TermNumber::Plural, ""))),
            ("اتفاقيتان", "اتفاقية", Some((TermNumber::Dual, ""))),
            ("مهندسون", "مهندس", Some((TermNumber::Plural, ""))),
            ("مهندسو", "مهندس", Some((TermNumber::Plural, ""))),
            ("عقدي", "عقد", None),
            ("تعاقد", "عقد", None),
        ] {
            let (word, term) = (folded(word), folded(term));
            assert_eq!(number_and_pronoun(&word, &term, true), expected, "{word} {term}");
        }
        assert_eq!(number_and_pronoun("عقدهم", "عقد", false), None);
    }
}
