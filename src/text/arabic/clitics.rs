//! Readings of a running word: what may be clitics and inflection around a base.
//!
//! Analyses are generated, not guessed: whoever asks keeps those whose base it
//! knows. `(و|ف)? (ب|ك|ل|س)? (ال | ل+ال = لل)? base inflection? pronoun?`

/// One way to read a folded word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The base as it would stand alone, folded (final ة as ه).
    pub base: String,
    /// Letters before the base: proclitics and, where taken off, the article.
    pub before: usize,
    /// Letters after the base: inflection and pronoun.
    pub after: usize,
    /// The article was taken off.
    pub article: bool,
}

const CONJUNCTIONS: [&str; 3] = ["", "و", "ف"];
const PREPOSITIONS: [&str; 5] = ["", "ب", "ك", "ل", "س"];
const INFLECTIONS: [&str; 10] = ["", "ات", "ون", "ين", "ان", "تان", "تين", "ا", "و", "ي"];
const PRONOUNS: [&str; 14] =
    ["", "ه", "ها", "هم", "هما", "هن", "ك", "كم", "كما", "كن", "نا", "ي", "ني", "تي"];

/// The least letters of a base from which something was taken off: two-letter
/// bases have too many accidental readings.
const SHORTEST_BASE: usize = 2;

/// Returns the readings of a folded word, the plainest first: nothing taken
/// off, then proclitics, then suffixes.
#[must_use]
pub fn readings(word: &str) -> Vec<Reading> {
    let mut found = vec![Reading { base: word.to_owned(), before: 0, after: 0, article: false }];
    let stems = stems(word);
    for stem in stems.iter().filter(|s| s.before > 0) {
        push(&mut found, stem, stem.text.clone(), 0);
    }
    for stem in &stems {
        suffixes(stem, &mut found);
    }
    found
}

/// A word without its proclitics.
struct Stem {
    text: String,
    before: usize,
    article: bool,
}

fn push(found: &mut Vec<Reading>, stem: &Stem, base: String, after: usize) {
    let known = found.iter().any(|r| r.base == base && r.before == stem.before);
    if !known && base.chars().count() >= SHORTEST_BASE {
        found.push(Reading { base, before: stem.before, after, article: stem.article });
    }
}

/// Takes proclitics off in every way, none included.
fn stems(word: &str) -> Vec<Stem> {
    let mut found = Vec::new();
    for conjunction in CONJUNCTIONS {
        let Some(rest) = word.strip_prefix(conjunction) else { continue };
        for preposition in PREPOSITIONS {
            let Some(stem) = rest.strip_prefix(preposition) else { continue };
            let before = conjunction.chars().count() + preposition.chars().count();
            found.push(Stem { text: stem.to_owned(), before, article: false });
            if let Some(bare) = stem.strip_prefix("ال") {
                found.push(Stem { text: bare.to_owned(), before: before + 2, article: true });
            }
            if preposition == "ل"
                && let Some(bare) = stem.strip_prefix('ل')
            {
                // ل + ال is written لل: the base may be known with its article or without.
                found.push(Stem { text: bare.to_owned(), before: before + 1, article: true });
                found.push(Stem { text: format!("ال{bare}"), before, article: false });
            }
        }
    }
    found.retain(|stem| stem.text.chars().count() >= SHORTEST_BASE);
    found
}

fn suffixes(stem: &Stem, found: &mut Vec<Reading>) {
    for pronoun in PRONOUNS {
        let Some(inflected) = stem.text.strip_suffix(pronoun) else { continue };
        for inflection in INFLECTIONS {
            let after = pronoun.chars().count() + inflection.chars().count();
            let Some(base) = inflected.strip_suffix(inflection).filter(|_| after > 0) else { continue };
            push(found, stem, base.to_owned(), after);
            // ة is ت before a suffix, and falls away in the plural ات.
            if let Some(open) = base.strip_suffix('ت') {
                push(found, stem, format!("{open}ه"), after);
            }
            if matches!(inflection, "ات" | "تان" | "تين") {
                push(found, stem, format!("{base}ه"), after);
            }
            // ى is ا before a pronoun.
            if inflection.is_empty()
                && let Some(open) = base.strip_suffix('ا')
            {
                push(found, stem, format!("{open}ي"), after);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::readings;

    #[test]
    fn the_base_is_among_the_readings() {
        for (word, base, before, after) in [
            ("حصار", "حصار", 0, 0),
            ("وبالحصار", "حصار", 4, 0),
            ("للحصار", "حصار", 2, 0),
            ("للقدس", "القدس", 1, 0),
            ("لكتائب", "كتائب", 1, 0),
            ("عقدهم", "عقد", 0, 2),
            ("مفاوضات", "مفاوضه", 0, 2),
            ("بمدينتهم", "مدينه", 1, 2),
            ("المقاتلين", "مقاتل", 2, 2),
            ("مستشفاهم", "مستشفي", 0, 2),
            ("دولتين", "دوله", 0, 3),
        ] {
            let found = readings(word);
            assert!(
                found.iter().any(|r| r.base == base && r.before == before),
                "{word}: {found:?} lacks {base} after {before} with {after}"
            );
        }
    }

    #[test]
    fn nothing_is_taken_off_a_short_base() {
        assert!(readings("في").iter().all(|r| r.before == 0 && r.after == 0));
    }
}
