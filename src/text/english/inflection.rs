//! From a running English word to what it may be a form of: rules for the regular
//! forms, `irregular.txt` for the others.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// How a word differs from its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Inflection {
    /// Not at all, or by a possessive.
    None,
    /// It is a noun's plural; a verb's third person looks the same.
    Plural,
    /// It is another form of a verb: past, participle, -ing.
    Verb,
}

/// What a word may be a form of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lemma {
    /// The base, in lower case and without accents.
    pub base: String,
    /// How the word differs from it.
    pub inflection: Inflection,
}

/// Irregular plurals that end compounds: gunmen, midwives, grandchildren.
const ENDINGS: [&str; 8] = ["men", "women", "children", "wives", "people", "feet", "teeth", "lives"];

/// Prefixes of irregular verbs: retook, overthrew.
const PREFIXES: [&str; 7] = ["re", "over", "out", "un", "mis", "under", "fore"];

struct Irregular {
    plurals: FxHashMap<&'static str, Vec<&'static str>>,
    verbs: FxHashMap<&'static str, Vec<&'static str>>,
}

static IRREGULAR: LazyLock<Irregular> = LazyLock::new(|| {
    let mut all = Irregular { plurals: FxHashMap::default(), verbs: FxHashMap::default() };
    for line in include_str!("irregular.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split(' ');
        let of = if cells.next() == Some("n") { &mut all.plurals } else { &mut all.verbs };
        let base = cells.next().unwrap_or_default();
        for form in cells {
            of.entry(form).or_default().push(base);
        }
    }
    all
});

/// Returns a word in lower case, without accents, its apostrophes straight.
pub(super) fn plain(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    let unmarked = word.nfkd().filter(|c| !is_combining_mark(*c));
    unmarked.flat_map(char::to_lowercase).map(|c| if c == '\u{2019}' { '\'' } else { c }).collect()
}

/// Returns everything that a word may be a form of, itself first. Total: what is
/// no English word is its own base.
#[must_use]
pub fn lemmas(word: &str) -> Vec<Lemma> {
    let whole = plain(word);
    let bare = whole.strip_suffix("'s").or_else(|| whole.strip_suffix('\'')).unwrap_or(&whole).to_owned();
    let mut found = Vec::with_capacity(8);
    let mut add = |base: String, inflection: Inflection| {
        let lemma = Lemma { base, inflection };
        if lemma.base.chars().count() >= 2 && !found.contains(&lemma) {
            found.push(lemma);
        }
    };
    for base in IRREGULAR.plurals.get(bare.as_str()).into_iter().flatten() {
        add((*base).to_owned(), Inflection::Plural);
    }
    for (before, ending) in ENDINGS.iter().filter_map(|e| Some((bare.strip_suffix(e)?, e))) {
        for base in IRREGULAR.plurals.get(ending).into_iter().flatten().filter(|_| before.len() > 1) {
            add(format!("{before}{base}"), Inflection::Plural);
        }
    }
    for base in IRREGULAR.verbs.get(bare.as_str()).into_iter().flatten() {
        add((*base).to_owned(), Inflection::Verb);
    }
    for (prefix, rest) in PREFIXES.iter().filter_map(|p| Some((p, bare.strip_prefix(p)?))) {
        for base in IRREGULAR.verbs.get(rest).into_iter().flatten() {
            add(format!("{prefix}{base}"), Inflection::Verb);
        }
    }
    plurals(&bare, |base| add(base, Inflection::Plural));
    verbs(&bare, |base| add(base, Inflection::Verb));
    found.insert(0, Lemma { base: bare, inflection: Inflection::None });
    if !found.iter().any(|l| l.base == whole) {
        found.push(Lemma { base: whole, inflection: Inflection::None });
    }
    found
}

fn plurals(word: &str, mut add: impl FnMut(String)) {
    let Some(stem) = word.strip_suffix('s') else { return };
    if ["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
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
}

fn verbs(word: &str, mut add: impl FnMut(String)) {
    for end in ["ed", "ing"] {
        let Some(stem) = word.strip_suffix(end) else { continue };
        // Without a vowel it is no word: king, red.
        if stem.chars().count() < 2 || !stem.contains(['a', 'e', 'i', 'o', 'u', 'y']) {
            continue;
        }
        add(stem.to_owned());
        add(format!("{stem}e"));
        let mut last = stem.chars().rev();
        let (a, b) = (last.next(), last.next());
        if a == b && !matches!(a, Some('s' | 'l' | 'f' | 'z' | 'e' | 'o') | None)
            || matches!((a, b), (Some('l'), Some('l')))
        {
            let mut halved = stem.to_owned();
            halved.pop();
            add(halved);
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

    use super::{Inflection, lemmas};

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
            ("besieged", "besiege", Inflection::Verb),
            ("bombing", "bomb", Inflection::Verb),
            ("stopped", "stop", Inflection::Verb),
            ("controlled", "control", Inflection::Verb),
            ("shelling", "shell", Inflection::Verb),
            ("denied", "deny", Inflection::Verb),
            ("dying", "die", Inflection::Verb),
            ("panicked", "panic", Inflection::Verb),
            ("withdrew", "withdraw", Inflection::Verb),
            ("fled", "flee", Inflection::Verb),
            ("gunmen", "gunman", Inflection::Plural),
            ("townspeople", "townsperson", Inflection::Plural),
            ("retook", "retake", Inflection::Verb),
            ("état", "etat", Inflection::None),
        ] {
            let found = lemmas(word);
            assert!(
                found.iter().any(|l| l.base == base && l.inflection == inflection),
                "{word} is no form of {base}: {found:?}"
            );
        }
        for (word, base) in
            [("king", "k"), ("bus", "bu"), ("crisis", "crisi"), ("glass", "glas"), ("red", "r")]
        {
            assert!(!lemmas(word).iter().any(|l| l.base == base), "{word}");
        }
    }

    /// Inflects as school grammar has it.
    fn inflected(base: &str) -> Vec<String> {
        let vowel = |c: Option<char>| matches!(c, Some('a' | 'e' | 'i' | 'o' | 'u'));
        let mut last = base.chars().rev();
        let (a, b, c) = (last.next(), last.next(), last.next());
        let stem = &base[..base.len() - 1];
        let y = a == Some('y') && !vowel(b);
        let sibilant = ["s", "x", "z", "ch", "sh"].iter().any(|end| base.ends_with(end));
        let plural = match a {
            _ if y => format!("{stem}ies"),
            _ if sibilant => format!("{base}es"),
            _ => format!("{base}s"),
        };
        let doubles =
            !vowel(a) && vowel(b) && !vowel(c) && !matches!(a, Some('w' | 'x' | 'y' | 's' | 'f' | 'z'));
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
                prop_assert!(lemmas(&form).iter().any(|l| l.base == base), "{} of {}: {:?}", form, base, lemmas(&form));
            }
        }

        #[test]
        fn any_text_has_a_base(word in any::<String>()) {
            prop_assert!(!lemmas(&word).is_empty());
        }
    }
}
