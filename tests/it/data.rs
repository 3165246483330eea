//! The committed data is complete, well formed and the same in both formats.

use std::{collections::BTreeSet, fs};

use dhakira::{
    engine::Checker,
    interchange::{ConceptFilePart, ConceptFormat, ConceptReader, Languages, UnitFormat, UnitReader},
    limits::Limits,
    locale::Locale,
    term::{ConceptDraft, TermStatus},
    text::folded,
};

use crate::support::root;

fn glossary(file: &str, format: ConceptFormat) -> Vec<ConceptDraft> {
    let bytes = fs::read(root().join("glossary").join(file)).unwrap();
    let languages = (&Locale::arabic(), &Locale::english());
    let mut reader = ConceptReader::new(format, bytes.as_slice(), languages, &Limits::default()).unwrap();
    let mut concepts = Vec::new();
    while let Some(part) = reader.next_part().unwrap() {
        let ConceptFilePart::Entry(entry) = part else { panic!("{part:?}") };
        assert_eq!(entry.problems, []);
        concepts.extend(entry.draft);
    }
    concepts
}

/// Returns the parts of a concept that are compared. The terms are sorted, because TBX puts the
/// preferred terms first.
fn sorted(concept: &ConceptDraft) -> impl PartialEq + std::fmt::Debug + use<> {
    let mut terms: Vec<_> = concept
        .terms
        .iter()
        .map(|t| (t.locale.to_string(), t.status, t.text.clone(), t.part_of_speech, t.proper_noun))
        .collect();
    terms.sort_by(|x, y| (&x.0, x.1, &x.2).cmp(&(&y.0, y.1, &y.2)));
    (concept.id.clone(), concept.domain.clone(), concept.definition.clone(), terms)
}

#[test]
fn the_glossary_is_the_same_in_both_formats() {
    let csv = glossary("news.ar-en.csv", ConceptFormat::Csv);
    let tbx = glossary("news.ar-en.tbx", ConceptFormat::Tbx);
    assert!(csv.len() >= 300, "{}", csv.len());
    assert_eq!(csv.len(), tbx.len());
    for (a, b) in csv.iter().zip(&tbx) {
        assert_eq!(sorted(a), sorted(b));
    }
}

fn count_preferred(concept: &ConceptDraft, locale: &Locale) -> usize {
    concept.terms.iter().filter(|t| t.locale == *locale && t.status == TermStatus::Preferred).count()
}

#[test]
fn the_glossary_is_complete() {
    let concepts = glossary("news.ar-en.csv", ConceptFormat::Csv);
    let limits = Limits::default();
    let mut forms = BTreeSet::new();
    for concept in &concepts {
        Checker::new(&limits)
            .concept(concept, &Locale::arabic())
            .unwrap_or_else(|v| panic!("{}: {v:?}", concept.id));
        assert!(!concept.definition.is_empty() && !concept.domain.is_empty(), "{}", concept.id);
        for term in &concept.terms {
            if term.locale == Locale::arabic() {
                assert!(forms.insert(term.text.clone()), "{}: {} is there twice", concept.id, term.text);
                assert!(
                    term.text.chars().any(dhakira::text::arabic::letters::is_arabic_letter),
                    "{}",
                    term.text
                );
            }
        }
        for locale in [Locale::arabic(), Locale::english()] {
            assert_eq!(count_preferred(concept, &locale), 1, "{}: {locale}", concept.id);
        }
    }
    let with_variants = concepts
        .iter()
        .filter(|c| c.terms.iter().filter(|t| t.locale == Locale::arabic()).count() > 1)
        .count();
    assert!(with_variants * 3 > concepts.len(), "{with_variants} of {} have variants", concepts.len());
}

#[test]
fn the_sample_memory_is_whole() {
    let bytes = fs::read(root().join("glossary/sample.tmx")).unwrap();
    let mut reader = UnitReader::new(UnitFormat::Tmx, bytes.as_slice(), &Languages::default()).unwrap();
    let (mut sources, mut count) = (BTreeSet::new(), 0);
    while let Some(unit) = reader.next_unit().unwrap() {
        assert_eq!(unit.problems, []);
        assert_eq!(unit.drafts.len(), 1);
        sources.insert(folded(&unit.drafts[0].source.segment.text));
        count += 1;
    }
    assert!(count >= 250, "{count}");
    assert_eq!(sources.len(), count, "every source is there once");
}
