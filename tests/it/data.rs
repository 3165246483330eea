//! The committed data: complete, equal in both formats, well formed.

use std::{collections::BTreeSet, fs};

use dhakira::{
    engine::Checker,
    interchange::{ConceptFormat, Languages, UnitFormat, UnitReader, read_concepts},
    limits::Limits,
    locale::Locale,
    term::{ConceptDraft, TermStatus},
    text::folded,
};

use crate::support::root;

fn glossary(file: &str, format: ConceptFormat) -> Vec<ConceptDraft> {
    let bytes = fs::read(root().join("glossary").join(file)).unwrap();
    let read = read_concepts(format, bytes.as_slice(), &Locale::arabic(), &Locale::english()).unwrap();
    assert_eq!(read.problems, []);
    assert_eq!(read.read, read.concepts.len() as u64);
    read.concepts.into_iter().map(|c| c.draft).collect()
}

#[test]
fn the_glossary_is_the_same_in_both_formats() {
    let csv = glossary("news.ar-en.csv", ConceptFormat::Csv);
    let tbx = glossary("news.ar-en.tbx", ConceptFormat::Tbx);
    assert!(csv.len() >= 300, "{}", csv.len());
    assert_eq!(csv.len(), tbx.len());
    for (a, b) in csv.iter().zip(&tbx) {
        // TBX sorts preferred terms first, which they are in the table, too: per language.
        let key = |c: &ConceptDraft| {
            let mut terms: Vec<_> = c
                .terms
                .iter()
                .map(|t| (t.locale.to_string(), t.status, t.text.clone(), t.part_of_speech, t.proper_noun))
                .collect();
            terms.sort_by(|x, y| (&x.0, x.1, &x.2).cmp(&(&y.0, y.1, &y.2)));
            (c.id.clone(), c.domain.clone(), c.definition.clone(), terms)
        };
        assert_eq!(key(a), key(b));
    }
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
                assert!(forms.insert(term.text.clone()), "{}: {} stands twice", concept.id, term.text);
                assert!(
                    term.text.chars().any(dhakira::text::arabic::letters::is_arabic_letter),
                    "{}",
                    term.text
                );
            }
        }
        let preferred = |locale: Locale| {
            concept.terms.iter().filter(|t| t.locale == locale && t.status == TermStatus::Preferred).count()
        };
        assert_eq!((preferred(Locale::arabic()), preferred(Locale::english())), (1, 1), "{}", concept.id);
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
    assert_eq!(sources.len(), count, "no source stands twice");
}
