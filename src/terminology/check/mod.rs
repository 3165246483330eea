//! Whether the terms of a source are kept in its translation.
//!
//! The source's terms come as groups: the concepts that the same words may mean,
//! in order of priority. A group is kept when one of them is, whichever.

mod english;

use std::ops::Range;

use english::{EnglishText, Pattern};

use super::recognizer::{Recognizer, Wanted};
use crate::{
    locale::Locale,
    term::{Concept, Term, TermStatus},
};

/// What became of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TermVerdict {
    /// A term that may be used is in the target.
    Kept,
    /// None of the concept's terms is in the target.
    Missing,
    /// A deprecated or superseded term is in the target.
    Deprecated,
}

/// A term of the target language in the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermUse {
    /// The term as the glossary has it.
    pub term: String,
    /// Its standing.
    pub status: TermStatus,
    /// Bytes of the target.
    pub range: Range<usize>,
}

/// What became of a group of concepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupVerdict {
    /// Which of the group's concepts is meant.
    pub concept: usize,
    /// What became of its term.
    pub verdict: TermVerdict,
    /// Its terms in the target, by place: those that may be used and those that may not.
    pub uses: Vec<TermUse>,
}

/// A term of a target, and whose it is.
struct Found {
    group: usize,
    concept: usize,
    words: usize,
    used: TermUse,
}

/// Judges groups of concepts by a target in a language; nothing for a group that
/// has no term in that language to keep or to avoid.
#[must_use]
pub fn check(groups: &[Vec<&Concept>], target: &str, language: &Locale) -> Vec<Option<GroupVerdict>> {
    let text = EnglishText::new(target);
    let mut found: Vec<Found> = Vec::new();
    for (group, concepts) in groups.iter().enumerate() {
        for (number, concept) in concepts.iter().enumerate() {
            let mut add = |words: usize, term: &Term, range: Range<usize>| {
                let used = TermUse { term: term.text.clone(), status: term.status, range };
                found.push(Found { group, concept: number, words, used });
            };
            if language.language() == "ar" {
                in_arabic(concept, target, add);
            } else {
                let inflects = language.language() == "en";
                for term in terms(concept, language) {
                    let pattern = Pattern::new(term, inflects);
                    text.find(&pattern).into_iter().for_each(|range| add(pattern.words(), term, range));
                }
            }
        }
    }
    longest(&mut found);
    groups.iter().enumerate().map(|(n, concepts)| verdict(n, concepts, language, &found)).collect()
}

fn terms<'c>(concept: &'c Concept, language: &'c Locale) -> impl Iterator<Item = &'c Term> {
    concept.content.terms.iter().filter(|t| t.locale.same_language(language))
}

/// Finds the terms of a concept in an Arabic target, as they are found in a source.
fn in_arabic(concept: &Concept, target: &str, mut add: impl FnMut(usize, &Term, Range<usize>)) {
    let mut recognizer = Recognizer::default();
    recognizer.add(concept, "ar");
    recognizer.settle(|_, _| true);
    for found in recognizer.recognize(target, Wanted { nested: true, fuzzy: false }, |_, _| true) {
        let term = concept.content.terms.iter().find(|t| t.text == *found.term);
        if let Some(term) = term {
            add(found.length, term, found.words);
        }
    }
}

/// Leaves out what lies inside a longer term: it is a part of that one's name.
fn longest(found: &mut Vec<Found>) {
    found.sort_by_key(|f| (std::cmp::Reverse(f.used.range.len()), f.used.range.start, f.group, f.concept));
    let mut kept: Vec<Range<usize>> = Vec::new();
    found.retain(|f| {
        let range = &f.used.range;
        let inside = |k: &Range<usize>| k != range && k.start <= range.start && range.end <= k.end;
        let stays = !kept.iter().any(inside);
        // Equal ranges stand side by side, and one of them tells.
        if stays && kept.last() != Some(range) {
            kept.push(range.clone());
        }
        stays
    });
    found.sort_by_key(|f| (f.used.range.start, std::cmp::Reverse(f.words)));
}

fn may_be_used(status: TermStatus) -> bool {
    matches!(status, TermStatus::Preferred | TermStatus::Admitted)
}

fn verdict(group: usize, concepts: &[&Concept], language: &Locale, found: &[Found]) -> Option<GroupVerdict> {
    let uses = |concept: usize| found.iter().filter(move |f| f.group == group && f.concept == concept);
    let has = |concept: usize, good: bool| uses(concept).any(|f| may_be_used(f.used.status) == good);
    let numbers = || 0..concepts.len();
    let told = |concept: usize, verdict| {
        let mut all: Vec<TermUse> = uses(concept).map(|f| f.used.clone()).collect();
        // Two terms of the concept in the same words: the better one is told.
        all.sort_by_key(|u| (u.range.start, u.range.end, u.status));
        all.dedup_by(|b, a| a.range == b.range);
        GroupVerdict { concept, verdict, uses: all }
    };
    if let Some(concept) = numbers().find(|n| has(*n, true)) {
        let kept = told(concept, TermVerdict::Kept);
        let also_bad = kept.uses.iter().any(|u| !may_be_used(u.status));
        return Some(if also_bad { GroupVerdict { verdict: TermVerdict::Deprecated, ..kept } } else { kept });
    }
    if let Some(concept) = numbers().find(|n| has(*n, false)) {
        return Some(told(concept, TermVerdict::Deprecated));
    }
    let to_keep =
        |n: &usize| concepts.get(*n).is_some_and(|c| terms(c, language).any(|t| may_be_used(t.status)));
    numbers().find(to_keep).map(|concept| told(concept, TermVerdict::Missing))
}

#[cfg(test)]
mod tests {
    use super::{TermVerdict, check};
    use crate::{
        locale::Locale,
        name::Name,
        term::{Concept, ConceptDraft, Term, TermStatus},
        unit::{Sequence, Stamp},
    };

    fn concept(terms: &[(&str, TermStatus)], locale: &Locale) -> Concept {
        let term = |(text, status): &(&str, TermStatus)| Term {
            status: *status,
            ..Term::new(*text, locale.clone())
        };
        Concept {
            sequence: Sequence(1),
            glossary: Name::parse("g").unwrap_or_else(|e| panic!("{e}")),
            content: ConceptDraft { terms: terms.iter().map(term).collect(), ..ConceptDraft::default() },
            stamp: Stamp::default(),
        }
    }

    const GOOD: TermStatus = TermStatus::Preferred;
    const ALSO: TermStatus = TermStatus::Admitted;
    const BAD: TermStatus = TermStatus::Deprecated;

    fn judged(groups: &[Vec<&Concept>], target: &str) -> Vec<Option<(usize, TermVerdict, Vec<String>)>> {
        check(groups, target, &Locale::english())
            .into_iter()
            .map(|v| {
                v.map(|v| {
                    (
                        v.concept,
                        v.verdict,
                        v.uses.iter().map(|u| target[u.range.clone()].to_owned()).collect(),
                    )
                })
            })
            .collect()
    }

    fn one(terms: &[(&str, TermStatus)], target: &str) -> Option<(TermVerdict, Vec<String>)> {
        let concept = concept(terms, &Locale::english());
        judged(&[vec![&concept]], target).remove(0).map(|(_, verdict, uses)| (verdict, uses))
    }

    #[test]
    fn inflected_and_differently_joined_terms_are_kept() {
        for (term, target, used) in [
            ("siege", "The sieges ended.", "sieges"),
            ("siege", "The SIEGE ended", "SIEGE"),
            ("bomb", "They were bombing it", "bombing"),
            ("withdraw", "They withdrew", "withdrew"),
            ("to withdraw", "They withdrew", "withdrew"),
            ("negotiations", "a negotiation", "negotiation"),
            ("shelling", "They shelled it", "shelled"),
            ("breaking the siege", "to break the siege", "break the siege"),
            ("head of government", "two heads of the government met", "heads of the government"),
            ("cease-fire", "a ceasefire", "ceasefire"),
            ("ceasefire", "two cease-fires", "cease-fires"),
            ("air strike", "an airstrike", "airstrike"),
            ("prime minister", "the Prime Minister\u{2019}s office", "Prime Minister\u{2019}s"),
            ("coup d'état", "a coup d'etat", "coup d'etat"),
            ("U.S. dollar", "in US dollars", "US dollars"),
        ] {
            assert_eq!(
                one(&[(term, GOOD)], target),
                Some((TermVerdict::Kept, vec![used.to_owned()])),
                "{term}: {target}"
            );
        }
        for (term, target) in [
            ("siege", "the besieged town"),
            ("building", "a builder"),
            ("prime minister", "a prime, minister"),
            ("war", "a warm day"),
            ("party", "apart"),
        ] {
            assert_eq!(
                one(&[(term, GOOD)], target),
                Some((TermVerdict::Missing, vec![])),
                "{term}: {target}"
            );
        }
    }

    #[test]
    fn a_term_that_can_be_joined_in_many_ways_is_not_looked_for_forever() {
        for (term, target) in [("ing", "inging"), ("es", "eses"), ("ed", "eded")] {
            let term = format!("{}x", format!("{term} ").repeat(120));
            assert_eq!(
                one(&[(&term, GOOD)], &format!("{target} ").repeat(300)),
                Some((TermVerdict::Missing, vec![]))
            );
        }
    }

    #[test]
    fn case_counts_where_the_term_says_so() {
        let locale = Locale::english();
        let mut concept = concept(&[("IT", GOOD)], &locale);
        concept.content.terms[0].case_sensitive = true;
        let verdict = |target: &str| judged(&[vec![&concept]], target)[0].clone().unwrap().1;
        assert_eq!(verdict("the IT department"), TermVerdict::Kept);
        assert_eq!(verdict("it is late"), TermVerdict::Missing);
    }

    #[test]
    fn what_must_not_be_used_is_told_even_beside_what_may() {
        let terms = [("battalion", GOOD), ("unit", ALSO), ("brigade", BAD)];
        assert_eq!(one(&terms, "a unit"), Some((TermVerdict::Kept, vec!["unit".to_owned()])));
        assert_eq!(one(&terms, "brigades"), Some((TermVerdict::Deprecated, vec!["brigades".to_owned()])));
        let both = vec!["battalion".to_owned(), "brigade".to_owned()];
        assert_eq!(one(&terms, "a battalion and a brigade"), Some((TermVerdict::Deprecated, both)));
        // Inside a term that may be used it is a part of that.
        let terms = [("prime minister", GOOD), ("minister", BAD)];
        assert_eq!(
            one(&terms, "the prime minister"),
            Some((TermVerdict::Kept, vec!["prime minister".to_owned()]))
        );
        assert_eq!(one(&[("brigade", BAD)], "nothing"), None);
    }

    #[test]
    fn one_meaning_of_several_is_enough_and_a_longer_term_takes_its_words() {
        let locale = Locale::english();
        let (contract, decade) =
            (concept(&[("contract", GOOD)], &locale), concept(&[("decade", GOOD)], &locale));
        let judged_as = |target: &str| judged(&[vec![&contract, &decade]], target)[0].clone().unwrap();
        assert_eq!(judged_as("ten decades"), (1, TermVerdict::Kept, vec!["decades".to_owned()]));
        assert_eq!((judged_as("none").0, judged_as("none").1), (0, TermVerdict::Missing));
        let (council, military) =
            (concept(&[("council", GOOD)], &locale), concept(&[("military council", GOOD)], &locale));
        let groups = [vec![&military], vec![&council]];
        let verdicts =
            |target: &str| judged(&groups, target).into_iter().map(|v| v.unwrap().1).collect::<Vec<_>>();
        assert_eq!(verdicts("the military council"), [TermVerdict::Kept, TermVerdict::Missing]);
        assert_eq!(verdicts("the military council and the council"), [TermVerdict::Kept, TermVerdict::Kept]);
    }

    #[test]
    fn an_arabic_target_is_read_as_an_arabic_source_is() {
        let arabic = Locale::arabic();
        let siege = concept(&[("حصار", GOOD)], &arabic);
        let verdict = |target: &str| check(&[vec![&siege]], target, &arabic)[0].clone().unwrap();
        assert_eq!(verdict("انتهى بالحصار").verdict, TermVerdict::Kept);
        assert_eq!(&"انتهى بالحصار"[verdict("انتهى بالحصار").uses[0].range.clone()], "بالحصار");
        assert_eq!(verdict("انتهى").verdict, TermVerdict::Missing);
    }
}
