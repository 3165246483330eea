//! Decides for each group of the source's terms whether the translation keeps it.

use std::{cmp::Reverse, ops::Range};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    locale::Locale,
    term::{Concept, Term, TermStatus},
    terminology::{
        budget::{SearchTooLarge, StepBudget},
        overlap::keep_longest,
        recognizer::{RecognizeOptions, Recognizer},
        running::{PatternUse, RunningText, TermPattern},
    },
    text::words,
    unit::Sequence,
};

/// Whether the target keeps a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TermVerdict {
    /// A term that may be used is in the target.
    Kept,
    /// None of the concept's terms is in the target.
    Missing,
    /// A deprecated or superseded term is in the target.
    Deprecated,
}

/// A use of a term in the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermUse {
    /// The term as the glossary has it.
    pub term: String,
    /// Its standing.
    pub status: TermStatus,
    /// Its place, in bytes of the target.
    pub range: Range<usize>,
}

/// The verdict on a group of concepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupVerdict {
    /// The index of the concept that the verdict is on, in the group.
    pub concept: usize,
    /// Whether the target keeps its term.
    pub verdict: TermVerdict,
    /// Its terms in the target, by place, both those that may be used and those that may not.
    pub uses: Vec<TermUse>,
}

/// A term found in the target, with the indexes of its group and its concept.
struct TargetTerm<'c> {
    group: usize,
    concept: usize,
    words: usize,
    term: &'c Term,
    range: Range<usize>,
}

/// For each place in the target (start and end), the groups that have a term there that may be used.
type UsableTerms = FxHashMap<(usize, usize), FxHashSet<usize>>;

/// Judges groups of concepts by a target in a language. Returns `None` for a group without a term in
/// that language to keep, unless a term to avoid was found.
///
/// # Errors
/// [`SearchTooLarge`] if more than 100,000 terms are found, or if it would take seconds to find them.
pub fn check(
    groups: &[Vec<&Concept>],
    target: &str,
    language: &Locale,
) -> Result<Vec<Option<GroupVerdict>>, SearchTooLarge> {
    let mut found = if language.language() == "ar" {
        find_in_arabic(groups, target)?
    } else {
        find_in_words(groups, target, language)?
    };
    keep_longest(&mut found, |f| &f.range);
    let mut by_group: Vec<Vec<TargetTerm<'_>>> = groups.iter().map(|_| Vec::new()).collect();
    let mut usable = UsableTerms::default();
    for f in found {
        if f.term.status.may_be_used() {
            usable.entry((f.range.start, f.range.end)).or_default().insert(f.group);
        }
        if let Some(of_group) = by_group.get_mut(f.group) {
            of_group.push(f);
        }
    }
    let judged = groups.iter().zip(by_group);
    Ok(judged.map(|(concepts, found)| judge_group(concepts, language, found, &usable)).collect())
}

/// Returns whether the words of a term found are a usable term of another group.
fn is_usable_for_another(found: &TargetTerm<'_>, usable: &UsableTerms) -> bool {
    let groups = usable.get(&(found.range.start, found.range.end));
    groups.is_some_and(|groups| groups.iter().any(|group| *group != found.group))
}

fn terms<'c>(concept: &'c Concept, language: &Locale) -> impl Iterator<Item = &'c Term> {
    concept.content.terms.iter().filter(|t| t.locale.has_same_language(language))
}

/// Finds the terms of concepts in a target whose language separates words by spaces.
fn find_in_words<'c>(
    groups: &[Vec<&'c Concept>],
    target: &str,
    language: &Locale,
) -> Result<Vec<TargetTerm<'c>>, SearchTooLarge> {
    let inflects = language.language() == "en";
    let text = RunningText::new(target, inflects);
    let mut steps = StepBudget::new(MAX_SEARCH_STEPS);
    let mut found = Vec::new();
    for (group, concepts) in groups.iter().enumerate() {
        for (number, concept) in concepts.iter().enumerate() {
            let mut seen = FxHashSet::default();
            let mut all: Vec<&Term> = terms(concept, language).collect();
            all.sort_by_key(|term| term.status);
            all.retain(|t| seen.insert((&t.text, t.case_sensitive, t.proper_noun, t.part_of_speech)));
            let mut here = Vec::new();
            for term in all {
                let pattern = TermPattern::new(term, inflects, PatternUse::Target);
                for range in text.find(&pattern, &mut steps)? {
                    here.push(TargetTerm {
                        group,
                        concept: number,
                        words: pattern.word_count(),
                        term,
                        range,
                    });
                }
                if found.len() + here.len() > MAX_FOUND_TERMS {
                    return Err(SearchTooLarge);
                }
            }
            // Of two terms of a concept in the same words, keep the one whose spelling is closest, then
            // the one with the better status.
            here.sort_by_cached_key(|f| {
                let strangeness = text.spelling_distance(&f.range, &f.term.text);
                (f.range.start, f.range.end, strangeness, f.term.status)
            });
            here.dedup_by(|b, a| a.range == b.range);
            found.append(&mut here);
        }
    }
    Ok(found)
}

/// The most terms found in one target.
const MAX_FOUND_TERMS: usize = 100_000;

/// The most steps in one target.
const MAX_SEARCH_STEPS: usize = 5_000_000;

/// Finds the terms of concepts in an Arabic target, with the recognizer that reads sources.
fn find_in_arabic<'c>(
    groups: &[Vec<&'c Concept>],
    target: &str,
) -> Result<Vec<TargetTerm<'c>>, SearchTooLarge> {
    let all: Vec<(usize, usize, &Concept)> = groups
        .iter()
        .enumerate()
        .flat_map(|(group, concepts)| concepts.iter().enumerate().map(move |(n, c)| (group, n, *c)))
        .collect();
    let mut recognizer = Recognizer::default();
    for (number, (_, _, concept)) in (0..).zip(&all) {
        // Concepts are numbered here, because those of two glossaries may have the same number.
        recognizer.add(&Concept { sequence: Sequence(number), ..(*concept).clone() }, "ar");
    }
    recognizer.publish(|_, _| true);
    let wanted = RecognizeOptions { nested: true, fuzzy: false };
    let mut found: Vec<TargetTerm<'c>> = Vec::new();
    for hit in recognizer.recognize(target, wanted, |_, _| true)? {
        let of = usize::try_from(hit.concept.0).ok().and_then(|number| all.get(number));
        let Some((group, concept, content)) = of else { continue };
        if let Some(term) = content.content.terms.iter().find(|t| t.text == *hit.term) {
            let (group, concept) = (*group, *concept);
            found.push(TargetTerm { group, concept, words: hit.length, term, range: hit.words });
        }
    }
    found.sort_by_key(|f| (f.group, f.concept, f.range.start, f.range.end, f.term.status));
    found.dedup_by(|b, a| (a.group, a.concept, &a.range) == (b.group, b.concept, &b.range));
    Ok(found)
}

/// Judges one group by the terms found of it.
fn judge_group(
    concepts: &[&Concept],
    language: &Locale,
    mut found: Vec<TargetTerm<'_>>,
    usable: &UsableTerms,
) -> Option<GroupVerdict> {
    found.sort_by_key(|f| (f.range.start, Reverse(f.words)));
    if let Some(concept) = first_concept(&found, true) {
        // A word that must not be used for this concept may be the right word for another one.
        let counted =
            found.iter().filter(|f| f.term.status.may_be_used() || !is_usable_for_another(f, usable));
        let kept = group_verdict(concept, TermVerdict::Kept, counted);
        let also_bad = kept.uses.iter().any(|u| !u.status.may_be_used());
        return Some(if also_bad { GroupVerdict { verdict: TermVerdict::Deprecated, ..kept } } else { kept });
    }
    if let Some(concept) = first_concept(&found, false) {
        return Some(group_verdict(concept, TermVerdict::Deprecated, found.iter()));
    }
    // A term without a word, such as %, cannot be found, so it is not missing either.
    concepts
        .iter()
        .position(|c| terms(c, language).any(|t| t.status.may_be_used() && !words(&t.text).is_empty()))
        .map(|concept| group_verdict(concept, TermVerdict::Missing, found.iter()))
}

/// Returns the first concept of which a term was found that may, or may not, be used.
fn first_concept(found: &[TargetTerm<'_>], may_be_used: bool) -> Option<usize> {
    found.iter().filter(|f| f.term.status.may_be_used() == may_be_used).map(|f| f.concept).min()
}

/// Makes a verdict on a concept, with the uses of its terms.
fn group_verdict<'f, 'c: 'f>(
    concept: usize,
    verdict: TermVerdict,
    found: impl Iterator<Item = &'f TargetTerm<'c>>,
) -> GroupVerdict {
    let uses = found.filter(|f| f.concept == concept).map(|f| TermUse {
        term: f.term.text.clone(),
        status: f.term.status,
        range: f.range.clone(),
    });
    GroupVerdict { concept, verdict, uses: uses.collect() }
}

#[cfg(test)]
mod tests {
    use super::{SearchTooLarge, TermVerdict, check};
    use crate::{
        locale::Locale,
        name::Name,
        term::{Concept, ConceptDraft, PartOfSpeech, Term, TermStatus},
        unit::{Sequence, Stamp},
    };

    fn concept(terms: &[(&str, TermStatus)], locale: &Locale) -> Concept {
        let terms =
            terms.iter().map(|(text, status)| Term { status: *status, ..Term::new(*text, locale.clone()) });
        Concept {
            sequence: Sequence(1),
            glossary: Name::parse("g").unwrap_or_else(|e| panic!("{e}")),
            content: ConceptDraft { terms: terms.collect(), ..ConceptDraft::default() },
            stamp: Stamp::default(),
        }
    }

    const GOOD: TermStatus = TermStatus::Preferred;
    const ALSO: TermStatus = TermStatus::Admitted;
    const BAD: TermStatus = TermStatus::Deprecated;

    fn judged(groups: &[Vec<&Concept>], target: &str) -> Vec<Option<(usize, TermVerdict, Vec<String>)>> {
        let verdicts = check(groups, target, &Locale::english()).unwrap();
        verdicts
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

    /// Judges an English target by one concept.
    fn verdict(concept: &Concept, target: &str) -> TermVerdict {
        judged(&[vec![concept]], target)[0].clone().unwrap().1
    }

    /// Judges an English target by groups, and counts the uses.
    fn verdicts(groups: &[Vec<&Concept>], target: &str) -> Vec<(TermVerdict, usize)> {
        let all = judged(groups, target).into_iter().map(Option::unwrap);
        all.map(|(_, verdict, uses)| (verdict, uses.len())).collect()
    }

    /// Judges a target in any language by one term.
    fn verdict_in(language: &Locale, term: &str, target: &str) -> TermVerdict {
        let concept = concept(&[(term, GOOD)], language);
        check(&[vec![&concept]], target, language).unwrap()[0].clone().unwrap().verdict
    }

    fn english_concept(terms: &[String]) -> Concept {
        let terms: Vec<_> = terms.iter().map(|t| (t.as_str(), GOOD)).collect();
        concept(&terms, &Locale::english())
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
            ("Houthi", "the Houthis", "Houthis"),
            ("MP", "two MPs", "MPs"),
            ("AIDS", "an Aids patient", "Aids"),
            ("person", "ten people", "people"),
            ("takeover", "they take over", "take over"),
            ("crackdown", "a crack down", "crack down"),
            ("hepatitis A", "Hepatitis A spread", "Hepatitis A"),
            ("A-level", "an A-level", "A-level"),
            ("A.M.", "at 9 AM", "AM"),
            ("Workers' Party", "the Workers\u{2019} Party", "Workers\u{2019} Party"),
            ("Hamas leader", "Hamas' leader", "Hamas' leader"),
            ("St. Petersburg", "in St. Petersburg", "St. Petersburg"),
            ("PhD", "a Ph.D. thesis", "Ph.D"),
            ("R&D", "on R & D", "R & D"),
            ("Washington, D.C.", "in Washington, DC", "Washington, DC"),
            ("UAE", "the U.A.E. said", "U.A.E"),
            ("NATO", "Nato troops", "Nato"),
            ("CPU", "two CPUs", "CPUs"),
            ("tank", "TANKS enter the city", "TANKS"),
            ("breaking the siege", "they broke the siege", "broke the siege"),
            ("developing countries", "a developing country", "developing country"),
            ("Sana'a", "in Sanaa", "Sanaa"),
            ("Qur'an", "the Quran", "Quran"),
            ("minister", "the minis\u{AD}ter", "minis\u{AD}ter"),
            ("award", "AWARDS", "AWARDS"),
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
            ("forum", "asked for a truce"),
            ("area", "they are a danger"),
            ("award", "in a ward"),
            ("onus", "it depends on us"),
            ("news", "a new day"),
            ("new", "the news"),
            ("AIDS", "some aid"),
            ("aid", "the fight against AIDS"),
            ("media", "a medium size"),
            ("goods", "a good day"),
            ("people", "a person"),
            ("Hama", "Hamas said"),
            ("Hamas", "in Hama"),
            ("unit", "United"),
            ("united", "a unit"),
            ("car", "they cared"),
            ("fee", "to feed"),
            ("wind", "a wound"),
            ("wound", "in the wind"),
            ("US", "it used to"),
            ("evening", "even so"),
            ("left", "to leave"),
            ("hepatitis A", "hepatitis B"),
            ("Annex A", "Annex B"),
            ("A/C", "in C"),
            ("WHO", "those who fled"),
            ("US", "he told us"),
            ("IT", "It was late"),
            ("START", "the talks started"),
            ("CAR", "two cars"),
            ("developing countries", "the developed countries"),
            ("occupying power", "the occupied power"),
            ("overtime", "prices fell over time"),
            ("outlaw", "to carry out law"),
            ("manslaughter", "the man slaughtered sheep"),
            ("corps", "three corpses"),
            ("unit", "uniting Libya"),
            ("securities", "the Security Council"),
            ("accounting", "took into account"),
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
        assert_eq!(verdict(&concept, "the IT department"), TermVerdict::Kept);
        assert_eq!(verdict(&concept, "it is late"), TermVerdict::Missing);
        for (term, kept, missing) in [
            ("Woman", "Women", "women"),
            ("People's Council", "People\u{2019}s Council", "people's council"),
            ("São Tomé", "Sa\u{303}o Tome\u{301}", "são Tomé"),
            ("ÉTAT", "E\u{301}TAT", "État"),
        ] {
            concept.content.terms[0].text = term.to_owned();
            assert_eq!(verdict(&concept, kept), TermVerdict::Kept, "{term}: {kept}");
            assert_eq!(verdict(&concept, missing), TermVerdict::Missing, "{term}: {missing}");
        }
    }

    #[test]
    fn a_participle_that_is_a_noun_is_not_its_verb() {
        let mut concept = concept(&[("developed", GOOD)], &Locale::english());
        assert_eq!(verdict(&concept, "to develop"), TermVerdict::Kept);
        concept.content.terms[0].part_of_speech = PartOfSpeech::Adjective;
        assert_eq!(verdict(&concept, "to develop"), TermVerdict::Missing);
    }

    #[test]
    fn a_term_without_a_word_is_not_judged_and_a_bad_noun_is_not_its_verb() {
        assert_eq!(one(&[("%", GOOD)], "50%"), None);
        let mut concept = concept(&[("country", GOOD), ("state", BAD)], &Locale::english());
        assert_eq!(verdict(&concept, "the country stated that"), TermVerdict::Deprecated);
        concept.content.terms[1].part_of_speech = PartOfSpeech::Noun;
        assert_eq!(verdict(&concept, "the country stated that"), TermVerdict::Kept);
    }

    #[test]
    fn of_two_spellings_the_one_in_the_target_is_reported() {
        let terms = [("ceasefire", GOOD), ("cease-fire", BAD)];
        for (target, verdict) in [
            ("two ceasefires", TermVerdict::Kept),
            ("a Cease-fire", TermVerdict::Deprecated),
            ("two cease-fires", TermVerdict::Deprecated),
        ] {
            assert_eq!(one(&terms, target).unwrap().0, verdict, "{target}");
        }
        assert_eq!(one(&[("truce", BAD), ("truce", GOOD)], "truces").unwrap().0, TermVerdict::Kept);
    }

    #[test]
    fn the_right_word_for_another_term_is_not_reported() {
        let locale = Locale::english();
        let dismissal = concept(&[("dismissal", GOOD), ("resignation", BAD)], &locale);
        let resignation = concept(&[("resignation", GOOD)], &locale);
        let groups = [vec![&dismissal], vec![&resignation]];
        let (kept, bad) = (TermVerdict::Kept, TermVerdict::Deprecated);
        assert_eq!(verdicts(&groups, "after the dismissal came a resignation"), [(kept, 1), (kept, 1)]);
        assert_eq!(verdicts(&groups, "after the resignation"), [(bad, 1), (kept, 1)]);
        assert_eq!(judged(&groups[..1], "a dismissal, a resignation")[0].clone().unwrap().1, bad);
    }

    #[test]
    fn other_languages_are_read_word_by_word() {
        let french = Locale::parse("fr").unwrap();
        assert_eq!(verdict_in(&french, "accord", "signer l\u{2019}Accord"), TermVerdict::Kept);
        assert_eq!(verdict_in(&french, "état d'urgence", "L'ETAT D\u{2019}URGENCE"), TermVerdict::Kept);
        assert_eq!(verdict_in(&french, "accord", "des accords"), TermVerdict::Missing);
    }

    #[test]
    fn many_terms_in_a_long_target_take_no_time_or_are_refused() {
        let target = "word ".repeat(2_000);
        let equal = english_concept(&vec!["word".to_owned(); 500]);
        let verdicts = check(&[vec![&equal]], &target, &Locale::english()).unwrap();
        assert_eq!(verdicts[0].clone().unwrap().uses.len(), 2_000);
        let nearly =
            english_concept(&(0..500).map(|n| format!("{}x{n}", "word ".repeat(90))).collect::<Vec<_>>());
        assert_eq!(check(&[vec![&nearly]], &target, &Locale::english()), Err(SearchTooLarge));
    }

    #[test]
    fn deprecated_terms_are_reported_beside_usable_ones() {
        let terms = [("battalion", GOOD), ("unit", ALSO), ("brigade", BAD)];
        assert_eq!(one(&terms, "a unit"), Some((TermVerdict::Kept, vec!["unit".to_owned()])));
        assert_eq!(one(&terms, "brigades"), Some((TermVerdict::Deprecated, vec!["brigades".to_owned()])));
        let both = vec!["battalion".to_owned(), "brigade".to_owned()];
        assert_eq!(one(&terms, "a battalion and a brigade"), Some((TermVerdict::Deprecated, both)));
        // Inside a term that may be used, it is a part of that term.
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
        let group = [vec![&contract, &decade]];
        let decades = vec!["decades".to_owned()];
        assert_eq!(judged(&group, "ten decades"), [Some((1, TermVerdict::Kept, decades))]);
        assert_eq!(judged(&group, "none"), [Some((0, TermVerdict::Missing, vec![]))]);
        let (council, military) =
            (concept(&[("council", GOOD)], &locale), concept(&[("military council", GOOD)], &locale));
        let groups = [vec![&military], vec![&council]];
        let (kept, missing) = (TermVerdict::Kept, TermVerdict::Missing);
        assert_eq!(verdicts(&groups, "the military council"), [(kept, 1), (missing, 0)]);
        assert_eq!(verdicts(&groups, "the military council and the council"), [(kept, 1), (kept, 1)]);
    }

    #[test]
    fn an_arabic_target_is_read_as_an_arabic_source_is() {
        let arabic = Locale::arabic();
        let siege = concept(&[("حصار", GOOD)], &arabic);
        let target = "انتهى بالحصار";
        let judged = check(&[vec![&siege]], target, &arabic).unwrap()[0].clone().unwrap();
        assert_eq!(judged.verdict, TermVerdict::Kept);
        assert_eq!(&target[judged.uses[0].range.clone()], "بالحصار");
        assert_eq!(verdict_in(&arabic, "حصار", "انتهى"), TermVerdict::Missing);
    }
}
