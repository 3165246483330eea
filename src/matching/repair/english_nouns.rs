//! What a repair of terms must know of English nouns: whether they count things, whether they are persons,
//! and their plurals.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::text::english::{Inflection, irregular_plural, lemmas, normalize_word};

/// Whether a noun counts things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NounClass {
    /// It has a plural, and its singular needs an article: a contract.
    Countable,
    /// It may be countable or not: a law, by law.
    Either,
    /// It has no plural: information.
    Uncountable,
    /// Not known, so no other noun is put in its place.
    Unknown,
}

/// The number of a noun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NounNumber {
    Singular,
    Plural,
}

/// The lines of `english_nouns.txt` that have a word, by their letters.
static LISTED_NOUNS: LazyLock<FxHashMap<&'static str, String>> = LazyLock::new(|| {
    let mut found: FxHashMap<&'static str, String> = FxHashMap::default();
    for line in include_str!("english_nouns.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut cells = line.split(' ');
        let Some(list) = cells.next() else { continue };
        for noun in cells {
            found.entry(noun).or_default().push_str(list);
        }
    }
    found
});

/// Returns whether a normalized noun is in a list.
fn is_listed(noun: &str, list: char) -> bool {
    LISTED_NOUNS.get(noun).is_some_and(|lists| lists.contains(list))
}

/// Endings of nouns that often have no plural: happiness, tourism, transparency. A countable noun with such
/// an ending has to be in the list.
const UNSURE_ENDINGS: [&str; 21] = [
    "ness", "ism", "ics", "ware", "hood", "ship", "ing", "ity", "tion", "sion", "ance", "ence", "ment",
    "age", "ery", "cy", "al", "ure", "dom", "th", "our",
];

/// Returns the class of a singular noun.
pub(crate) fn noun_class(noun: &str) -> NounClass {
    let noun = normalize_word(noun);
    if is_listed(&noun, 'x') {
        NounClass::Unknown
    } else if is_listed(&noun, 'u') {
        NounClass::Uncountable
    } else if is_listed(&noun, 'm') {
        NounClass::Either
    } else if ['c', 'p', 's'].into_iter().any(|list| is_listed(&noun, list)) {
        NounClass::Countable
    } else if UNSURE_ENDINGS.iter().any(|ending| noun.ends_with(ending)) || noun.chars().count() < 3 {
        NounClass::Unknown
    } else {
        NounClass::Countable
    }
}

/// Returns whether a noun is a person; `None` if that is not known.
pub(crate) fn is_person(noun: &str) -> Option<bool> {
    let noun = singular(&normalize_word(noun));
    if is_listed(&noun, 'p') {
        return Some(true);
    }
    LISTED_NOUNS.contains_key(noun.as_str()).then_some(false)
}

/// Returns the listed singular that a noun is the plural of, or the noun itself.
fn singular(noun: &str) -> String {
    let plural = lemmas(noun).into_iter().filter(|l| l.inflection == Inflection::Plural);
    let listed = plural.map(|l| l.base).find(|base| LISTED_NOUNS.contains_key(base.as_str()));
    listed.unwrap_or_else(|| noun.to_owned())
}

/// Returns whether a noun is often used without an article: in court.
pub(crate) fn may_be_bare(noun: &str) -> bool {
    is_listed(&normalize_word(noun), 'b')
}

/// Returns whether a name has the article: the Kremlin.
pub(crate) fn is_name_with_article(name: &str) -> bool {
    is_listed(&normalize_word(name), 't')
}

/// Returns the number of a noun; `None` if it is not sure.
pub(crate) fn noun_number(noun: &str) -> Option<NounNumber> {
    let noun = normalize_word(noun);
    if is_listed(&noun, 's') {
        return Some(NounNumber::Singular);
    }
    if is_listed(&noun, 'x') {
        return None;
    }
    if lemmas(&noun).iter().any(|l| l.inflection == Inflection::Plural && l.base != noun) {
        return (!noun.ends_with("ss")).then_some(NounNumber::Plural);
    }
    (!noun.ends_with('s') || noun.ends_with("ss")).then_some(NounNumber::Singular)
}

/// Nouns in -o, -f and -man whose plurals are sure.
const PLURALS_IN_OES: [&str; 7] = ["hero", "potato", "tomato", "veto", "embargo", "torpedo", "echo"];
const PLURALS_IN_OS: [&str; 10] =
    ["photo", "video", "memo", "studio", "radio", "casino", "logo", "ratio", "portfolio", "scenario"];
const PLURALS_IN_FS: [&str; 7] = ["roof", "chief", "brief", "proof", "belief", "tariff", "sheriff"];
const PLURALS_IN_MEN: [&str; 12] = [
    "chairman",
    "spokesman",
    "policeman",
    "gunman",
    "fireman",
    "businessman",
    "salesman",
    "fisherman",
    "craftsman",
    "statesman",
    "watchman",
    "foreman",
];
const PLURALS_IN_UMS: [&str; 6] = ["forum", "album", "museum", "premium", "stadium", "referendum"];
const PLURALS_IN_CHS: [&str; 5] = ["monarch", "patriarch", "stomach", "epoch", "eunuch"];

/// Returns the plural of a singular noun with its capitals kept; `None` if it is not sure.
pub(crate) fn plural_of(noun: &str) -> Option<String> {
    if noun.chars().filter(|c| c.is_uppercase()).count() > 1 {
        let is_abbreviation = noun.chars().all(char::is_uppercase) && !noun.ends_with('S');
        return is_abbreviation.then(|| format!("{noun}s"));
    }
    if !noun.chars().all(|c| c.is_ascii_alphabetic()) || noun.len() < 3 {
        return None;
    }
    let lower = noun.to_ascii_lowercase();
    let plural = plural_of_lower(&lower)?;
    // Only the ending changes, or the word is irregular and its first letter stays.
    let first = noun.get(..1)?;
    Some(format!("{first}{}", plural.get(1..)?))
}

fn plural_of_lower(noun: &str) -> Option<String> {
    if let Some(plural) = irregular_plural(noun) {
        return Some(plural.to_owned());
    }
    let with = |ending: &str| Some(format!("{noun}{ending}"));
    let stem = |letters: usize, ending: &str| Some(format!("{}{ending}", noun.get(..noun.len() - letters)?));
    let before_last = noun.chars().rev().nth(1)?;
    let is_vowel = matches!(before_last, 'a' | 'e' | 'i' | 'o' | 'u');
    match noun.chars().next_back()? {
        _ if noun.ends_with("woman") => stem(2, "en"),
        _ if noun.ends_with("man") => PLURALS_IN_MEN.contains(&noun).then(|| stem(2, "en")).flatten(),
        'y' if !is_vowel => stem(1, "ies"),
        'o' if PLURALS_IN_OES.contains(&noun) => with("es"),
        'o' => PLURALS_IN_OS.contains(&noun).then(|| with("s")).flatten(),
        'f' => PLURALS_IN_FS.contains(&noun).then(|| with("s")).flatten(),
        'm' if noun.ends_with("um") => PLURALS_IN_UMS.contains(&noun).then(|| with("s")).flatten(),
        'h' if noun.ends_with("ch") && PLURALS_IN_CHS.contains(&noun) => with("s"),
        'h' if noun.ends_with("ch") || noun.ends_with("sh") => with("es"),
        's' if noun.ends_with("ss") => with("es"),
        's' if noun.ends_with("sis") && is_listed(noun, 's') => stem(2, "es"),
        's' => is_listed(noun, 's').then(|| with("es")).flatten(),
        'x' => (!noun.ends_with("ix") && !noun.ends_with("ex")).then(|| with("es")).flatten(),
        'z' => None,
        'e' if noun.ends_with("fe") => None,
        'n' if noun.ends_with("rion") || noun.ends_with("menon") => None,
        _ => with("s"),
    }
}

/// Returns the article that a word needs: `a` or `an`. Returns `None` for capitals and figures, whose
/// pronunciation is not sure.
pub(crate) fn indefinite_article(word: &str) -> Option<&'static str> {
    if word.chars().filter(|c| c.is_uppercase()).count() > 1 {
        return None;
    }
    let lower = normalize_word(word);
    let starts = |all: &[&str]| all.iter().any(|start| lower.starts_with(start));
    Some(match lower.chars().next()? {
        'a' | 'i' => "an",
        'e' if starts(&["eu", "ewe"]) => "a",
        'e' => "an",
        'o' if starts(&["one", "once", "oui"]) => "a",
        'o' => "an",
        'u' if starts(&["unin", "unim", "unid"]) => "an",
        'u' if starts(&["uni", "use", "usu", "usa", "uti", "ubi", "uran", "uten", "ura"]) => "a",
        'u' if starts(&["un", "up", "ul", "um", "urb", "urg", "ut", "us", "ug"]) => "an",
        'h' if starts(&["hour", "honest", "honor", "honour", "heir"]) => "an",
        'b'..='z' => "a",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{NounClass, NounNumber, indefinite_article, is_person, noun_class, noun_number, plural_of};

    #[test]
    fn plurals_are_formed_where_they_are_sure() {
        for (noun, plural) in [
            ("contract", Some("contracts")),
            ("Agency", Some("Agencies")),
            ("key", Some("keys")),
            ("tax", Some("taxes")),
            ("branch", Some("branches")),
            ("monarch", Some("monarchs")),
            ("class", Some("classes")),
            ("crisis", Some("crises")),
            ("virus", Some("viruses")),
            ("child", Some("children")),
            ("wife", Some("wives")),
            ("spokesman", Some("spokesmen")),
            ("NGO", Some("NGOs")),
            ("human", None),
            ("index", Some("indices")),
            ("series", None),
            ("piano", None),
            ("phenomenon", Some("phenomena")),
        ] {
            assert_eq!(plural_of(noun).as_deref(), plural, "{noun}");
        }
    }

    #[test]
    fn classes_and_numbers_are_known() {
        for (noun, class) in [
            ("contract", NounClass::Countable),
            ("Minister", NounClass::Countable),
            ("law", NounClass::Either),
            ("equipment", NounClass::Uncountable),
            ("happiness", NounClass::Unknown),
            ("data", NounClass::Unknown),
        ] {
            assert_eq!(noun_class(noun), class, "{noun}");
        }
        for (noun, number) in [
            ("contract", Some(NounNumber::Singular)),
            ("contracts", Some(NounNumber::Plural)),
            ("children", Some(NounNumber::Plural)),
            ("virus", Some(NounNumber::Singular)),
            ("series", None),
            ("class", Some(NounNumber::Singular)),
        ] {
            assert_eq!(noun_number(noun), number, "{noun}");
        }
        assert_eq!(
            (is_person("ministers"), is_person("contract"), is_person("gizmo")),
            (Some(true), Some(false), None)
        );
    }

    #[test]
    fn articles_follow_the_sound() {
        for (word, article) in [
            ("agreement", Some("an")),
            ("union", Some("a")),
            ("unknown", Some("an")),
            ("uniform", Some("a")),
            ("hour", Some("an")),
            ("house", Some("a")),
            ("European", Some("a")),
            ("one-time", Some("a")),
            ("UN", None),
        ] {
            assert_eq!(indefinite_article(word), article, "{word}");
        }
    }
}
