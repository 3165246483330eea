//! Finds the base forms that an English word can have: by rules for the regular forms, from
//! `irregular.txt` for the others.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::running_words::normalize_word;

/// How a word differs from its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Inflection {
    /// The word is the base, or its possessive.
    None,
    /// The plural of a noun. The third person of a verb has the same form.
    Plural,
    /// The past or the past participle of a verb.
    Past,
    /// The form of a verb in -ing.
    Gerund,
}

impl Inflection {
    /// Returns whether only verbs have this inflection.
    #[must_use]
    pub fn is_verbal(self) -> bool {
        matches!(self, Self::Past | Self::Gerund)
    }

    fn of_verb(form: &str) -> Self {
        if form.ends_with("ing") { Self::Gerund } else { Self::Past }
    }
}

/// A base form that a word can have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lemma {
    /// The base, in lower case and without accents.
    pub base: String,
    /// How the word differs from it.
    pub inflection: Inflection,
}

/// Irregular plurals that also occur at the end of compounds: gunmen, midwives, grandchildren.
const COMPOUND_PLURALS: [&str; 10] =
    ["men", "women", "children", "wives", "people", "feet", "teeth", "lives", "shelves", "knives"];

/// Prefixes that irregular verbs can have: retook, overthrew.
const VERB_PREFIXES: [&str; 8] = ["re", "over", "out", "un", "mis", "under", "fore", "be"];

/// The contents of `irregular.txt`.
#[derive(Default)]
struct IrregularForms {
    /// The bases of each irregular plural.
    plurals: FxHashMap<&'static str, Vec<&'static str>>,
    /// The first plural of each noun with an irregular plural.
    plural_of: FxHashMap<&'static str, &'static str>,
    /// The bases of each irregular form of a verb.
    verbs: FxHashMap<&'static str, Vec<&'static str>>,
    /// Words that look like a regular form but are not.
    not_forms: FxHashSet<&'static str>,
    /// Words that are a form of another word but also have a meaning of their own.
    own_meaning: FxHashSet<&'static str>,
}

static IRREGULAR: LazyLock<IrregularForms> = LazyLock::new(|| {
    let mut all = IrregularForms::default();
    for line in include_str!("irregular.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split(' ');
        let bases = match cells.next() {
            Some("n") => &mut all.plurals,
            Some("v") => &mut all.verbs,
            Some("x") => {
                all.not_forms.extend(cells);
                continue;
            }
            _ => {
                all.own_meaning.extend(cells);
                continue;
            }
        };
        let base = cells.next().unwrap_or_default();
        for form in cells.clone() {
            bases.entry(form).or_default().push(base);
        }
        if line.starts_with("n ")
            && let Some(plural) = cells.next()
        {
            all.plural_of.insert(base, plural);
        }
    }
    all
});

/// Returns whether a lower-case word looks like a form of another word but has a meaning of its
/// own. For example, `goods` is more than the plural of `good`, and a `wound` is unrelated to `wind`.
#[must_use]
pub fn has_own_meaning(word: &str) -> bool {
    IRREGULAR.own_meaning.contains(word) || IRREGULAR.not_forms.contains(word)
}

/// Returns the plural of a lower-case noun whose plural is irregular: `children` for `child`.
#[must_use]
pub fn irregular_plural(noun: &str) -> Option<&'static str> {
    IRREGULAR.plural_of.get(noun).copied()
}

/// Returns all bases that a word can have, starting with the word itself. The result is never
/// empty: a word that is not English has itself as its base.
#[must_use]
pub fn lemmas(word: &str) -> Vec<Lemma> {
    let whole = normalize_word(word);
    let bare = whole.strip_suffix("'s").or_else(|| whole.strip_suffix('\'')).unwrap_or(&whole);
    // Names such as Sana'a and Qur'an are also written without the apostrophe.
    let bare = bare.replace('\'', "");
    let whole = if whole.ends_with("'s") { whole } else { bare.clone() };
    let mut found = Vec::with_capacity(8);
    if let Some(stem) = word.strip_suffix('s').filter(|stem| can_take_plural_s(stem)) {
        found.push(Lemma { base: normalize_word(stem), inflection: Inflection::Plural });
    }
    add_bases(&bare, &mut found);
    found.insert(0, Lemma { base: bare, inflection: Inflection::None });
    if !found.iter().any(|l| l.base == whole) {
        found.push(Lemma { base: whole, inflection: Inflection::None });
    }
    found
}

/// Returns whether a word is an abbreviation that can have a plural s: CPU, MoU.
fn can_take_plural_s(stem: &str) -> bool {
    let small = stem.chars().filter(|c| c.is_lowercase()).count();
    let large = stem.chars().filter(|c| c.is_uppercase()).count();
    large >= 2 && small <= 1 && small + large == stem.chars().count()
}

/// Adds a base form unless it has fewer than two letters or was found before.
fn push_lemma(found: &mut Vec<Lemma>, base: String, inflection: Inflection) {
    let lemma = Lemma { base, inflection };
    if lemma.base.chars().count() >= 2 && !found.contains(&lemma) {
        found.push(lemma);
    }
}

/// Adds the bases of a word that has no possessive.
fn add_bases(bare: &str, found: &mut Vec<Lemma>) {
    for base in IRREGULAR.plurals.get(bare).into_iter().flatten() {
        push_lemma(found, (*base).to_owned(), Inflection::Plural);
    }
    for (before, ending) in COMPOUND_PLURALS.iter().filter_map(|e| Some((bare.strip_suffix(e)?, e))) {
        for base in IRREGULAR.plurals.get(ending).into_iter().flatten().filter(|_| before.len() > 1) {
            push_lemma(found, format!("{before}{base}"), Inflection::Plural);
        }
    }
    for base in IRREGULAR.verbs.get(bare).into_iter().flatten() {
        push_lemma(found, (*base).to_owned(), Inflection::of_verb(bare));
    }
    for (prefix, rest) in VERB_PREFIXES.iter().filter_map(|p| Some((p, bare.strip_prefix(p)?))) {
        for base in IRREGULAR.verbs.get(rest).into_iter().flatten() {
            push_lemma(found, format!("{prefix}{base}"), Inflection::of_verb(bare));
        }
    }
    if IRREGULAR.not_forms.contains(bare) {
        return;
    }
    add_singulars(bare, |base| push_lemma(found, base, Inflection::Plural));
    add_latin_singulars(bare, |base| push_lemma(found, base, Inflection::Plural));
    add_verbs(bare, |base| push_lemma(found, base, Inflection::of_verb(bare)));
}

/// Adds the singulars that a word in -s can have.
fn add_singulars(word: &str, mut add: impl FnMut(String)) {
    let Some(stem) = word.strip_suffix('s') else { return };
    // Glass, virus, crisis and axis are singulars; bureaus and Iraqis are plurals.
    if ["ss", "us", "sis", "xis"].iter().any(|end| word.ends_with(end)) && !word.ends_with("eaus") {
        return;
    }
    add(stem.to_owned());
    if let Some(stem) = word.strip_suffix("ies") {
        add(format!("{stem}y"));
    }
    if let Some(stem) = word.strip_suffix("es")
        && ["s", "x", "z", "ch", "sh", "o"].iter().any(|end| stem.ends_with(end))
    {
        add(stem.to_owned());
    }
    // Prostheses, fezzes.
    for (end, of_base) in [("ses", "sis"), ("zzes", "z")] {
        if let Some(stem) = word.strip_suffix(end).filter(|stem| stem.len() > 1) {
            add(format!("{stem}{of_base}"));
        }
    }
}

/// Adds the singulars of Latin plurals: stadia, nebulae.
fn add_latin_singulars(word: &str, mut add: impl FnMut(String)) {
    for (end, of_base) in [("ia", "ium"), ("ae", "a")] {
        if let Some(stem) = word.strip_suffix(end).filter(|stem| stem.len() > 3) {
            add(format!("{stem}{of_base}"));
        }
    }
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u')
}

/// Returns whether a verb must double its last letter before an ending: stop, plan. Only verbs of
/// one syllable do.
fn must_double_last_letter(stem: &str) -> bool {
    let mut last = stem.chars().rev();
    let (Some(a), Some(b)) = (last.next(), last.next()) else { return true };
    let one_consonant = !is_vowel(a) && !matches!(a, 'w' | 'x' | 'y') && is_vowel(b);
    // The u of qu is not a vowel: quit.
    let one_vowel = last.next().is_none_or(|c| !is_vowel(c) || c == 'u' && last.next() == Some('q'));
    let syllables = stem.chars().filter(|c| is_vowel(*c) || *c == 'y').count();
    // Doubling a final s is optional: bused, bussed.
    one_consonant && one_vowel && syllables == 1 && (a != 's' || stem.len() < 3)
}

/// The verbs in -ee. Other words in -eed are not past forms: feed is not a form of fee.
const VERBS_IN_EE: [&str; 6] = ["agree", "disagree", "free", "decree", "guarantee", "referee"];

/// Adds the verbs of which a word in -ed or -ing can be a form.
fn add_verbs(word: &str, mut add: impl FnMut(String)) {
    for end in ["ed", "ing"] {
        let Some(stem) = word.strip_suffix(end) else { continue };
        // A stem without a vowel is not a word: string, shed.
        if stem.chars().count() < 2 || !stem.contains(|c| is_vowel(c) || c == 'y') {
            continue;
        }
        if !must_double_last_letter(stem) {
            add(stem.to_owned());
        }
        let with_e = format!("{stem}e");
        if !with_e.ends_with("ee") || VERBS_IN_EE.contains(&with_e.as_str()) {
            add(with_e);
        }
        let mut last = stem.chars().rev();
        if let (Some(a), Some(b)) = (last.next(), last.next())
            && a == b
            && !is_vowel(a)
            && stem.len() > 3
        {
            add(stem.strip_suffix(a).unwrap_or(stem).to_owned());
        }
        if let Some(stem) = stem.strip_suffix('i').filter(|_| end == "ed") {
            add(format!("{stem}y"));
        }
        if let Some(stem) = stem.strip_suffix("ck") {
            add(format!("{stem}c"));
        }
        if let Some(stem) = stem.strip_suffix('y').filter(|_| end == "ing") {
            add(format!("{stem}ie"));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Inflection, has_own_meaning, lemmas};

    #[test]
    fn forms_lead_to_their_bases() {
        for (word, base, inflection) in [
            ("sieges", "siege", Inflection::Plural),
            ("parties", "party", Inflection::Plural),
            ("Crises", "crisis", Inflection::Plural),
            ("wives", "wife", Inflection::Plural),
            ("embargoes", "embargo", Inflection::Plural),
            ("churches", "church", Inflection::Plural),
            ("women's", "woman", Inflection::Plural),
            ("government's", "government", Inflection::None),
            ("government\u{2019}s", "government", Inflection::None),
            ("besieged", "besiege", Inflection::Past),
            ("bombing", "bomb", Inflection::Gerund),
            ("stopped", "stop", Inflection::Past),
            ("controlled", "control", Inflection::Past),
            ("shelling", "shell", Inflection::Gerund),
            ("denied", "deny", Inflection::Past),
            ("dying", "die", Inflection::Gerund),
            ("panicked", "panic", Inflection::Past),
            ("withdrew", "withdraw", Inflection::Past),
            ("fled", "flee", Inflection::Past),
            ("gunmen", "gunman", Inflection::Plural),
            ("townspeople", "townsperson", Inflection::Plural),
            ("retook", "retake", Inflection::Past),
            ("état", "etat", Inflection::None),
            ("Houthis", "houthi", Inflection::Plural),
            ("taxis", "taxi", Inflection::Plural),
            ("menus", "menu", Inflection::Plural),
            ("gurus", "guru", Inflection::Plural),
            ("bureaus", "bureau", Inflection::Plural),
            ("gassed", "gas", Inflection::Past),
            ("focussed", "focus", Inflection::Past),
            ("quizzed", "quiz", Inflection::Past),
            ("visited", "visit", Inflection::Past),
            ("cared", "care", Inflection::Past),
            ("raining", "rain", Inflection::Gerund),
            ("agreed", "agree", Inflection::Past),
            ("seeing", "see", Inflection::Gerund),
            ("quitting", "quit", Inflection::Gerund),
            ("people", "person", Inflection::Plural),
            ("left", "leave", Inflection::Past),
            ("CPUs", "cpu", Inflection::Plural),
            ("MoUs", "mou", Inflection::Plural),
            ("Hutus", "hutu", Inflection::Plural),
            ("consortia", "consortium", Inflection::Plural),
            ("maxima", "maximum", Inflection::Plural),
            ("prostheses", "prosthesis", Inflection::Plural),
            ("bookshelves", "bookshelf", Inflection::Plural),
            ("befell", "befall", Inflection::Past),
            ("Sana'a", "sanaa", Inflection::None),
            ("Shi'ites", "shiite", Inflection::Plural),
            ("U.S.A.", "usa", Inflection::None),
        ] {
            let found = lemmas(word);
            assert!(
                found.iter().any(|l| l.base == base && l.inflection == inflection),
                "{word} is not a form of {base}: {found:?}"
            );
        }
        for (word, base) in [
            ("string", "str"),
            ("shed", "sh"),
            ("bus", "bu"),
            ("crisis", "crisi"),
            ("axis", "axi"),
            ("glass", "glas"),
            ("cared", "car"),
            ("scared", "scar"),
            ("used", "us"),
            ("feed", "fee"),
            ("added", "ad"),
            ("united", "unit"),
            ("news", "new"),
            ("economics", "economic"),
            ("evening", "even"),
            ("according", "accord"),
            ("Hamas", "hama"),
            ("wound", "wind"),
            ("uniting", "unit"),
            ("corpses", "corps"),
            ("earring", "ear"),
            ("concerning", "concern"),
            ("engineering", "engineer"),
        ] {
            assert!(!lemmas(word).iter().any(|l| l.base == base), "{word}");
        }
        for word in ["goods", "people", "left", "news"] {
            assert!(has_own_meaning(word), "{word}");
        }
    }

    fn is_vowel(c: Option<char>) -> bool {
        matches!(c, Some('a' | 'e' | 'i' | 'o' | 'u'))
    }

    /// Returns the forms of a regular word by the rules of school grammar.
    fn inflected(base: &str) -> Vec<String> {
        let mut last = base.chars().rev();
        let (a, b, c) = (last.next(), last.next(), last.next());
        let stem = &base[..base.len() - 1];
        let y = a == Some('y') && !is_vowel(b);
        let sibilant = ["s", "x", "z", "ch", "sh"].iter().any(|end| base.ends_with(end));
        let plural = match a {
            _ if y => format!("{stem}ies"),
            _ if sibilant => format!("{base}es"),
            _ => format!("{base}s"),
        };
        let doubles =
            !is_vowel(a) && is_vowel(b) && !is_vowel(c) && !matches!(a, Some('w' | 'x' | 'y' | 's'));
        let (past, gerund) = match a {
            Some('e') => (format!("{base}d"), format!("{stem}ing")),
            _ if y => (format!("{stem}ied"), format!("{base}ing")),
            Some(last) if doubles => (format!("{base}{last}ed"), format!("{base}{last}ing")),
            _ => (format!("{base}ed"), format!("{base}ing")),
        };
        vec![base.to_owned(), plural, format!("{base}'s"), past, gerund]
    }

    proptest! {
        #[test]
        fn every_regular_form_leads_back(base in "[b-df-hj-np-tv-xz]{1,2}[aeiou][b-df-hj-mp-rtv]([ey]|[aou][kmpt])?") {
            for form in inflected(&base) {
                // Some forms are listed as words of their own: rugged is not the past of rug.
                prop_assert!(has_own_meaning(&form) || lemmas(&form).iter().any(|l| l.base == base), "{} of {}: {:?}", form, base, lemmas(&form));
            }
        }

        #[test]
        fn any_text_has_a_base(word in any::<String>()) {
            prop_assert!(!lemmas(&word).is_empty());
        }
    }
}
