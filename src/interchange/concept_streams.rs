//! Tests of the reader of concepts: what it returns one by one is what the whole file contains.

use proptest::prelude::*;
use rustc_hash::FxHashMap;

use super::{
    ConceptFilePart, ConceptFormat, ConceptReader, GlossaryHead, Problem, ReadError,
    concept_ids::{HashTerms, former_hash_terms, hash_terms},
    write_concepts,
};
use crate::{
    limits::Limits,
    locale::Locale,
    term::{ConceptDraft, Term, TermStatus},
    text::folded,
};

/// Everything that a file of concepts contains.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct WholeConceptFile {
    /// The concepts of the entries that are not refused.
    pub(crate) drafts: Vec<ConceptDraft>,
    /// For each of them the id that versions up to 0.1 derived, or empty.
    pub(crate) former_ids: Vec<String>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) entries_read: u64,
}

/// Reads a file to its end, for a glossary from Arabic to English.
pub(crate) fn read_whole(format: ConceptFormat, bytes: &[u8]) -> Result<WholeConceptFile, ReadError> {
    let languages = (&Locale::arabic(), &Locale::english());
    let mut reader = ConceptReader::new(format, bytes, languages, &Limits::default())?;
    let mut file = WholeConceptFile::default();
    while let Some(part) = reader.next_part()? {
        match part {
            ConceptFilePart::Remark(problem) => file.problems.push(problem),
            ConceptFilePart::Entry(entry) => {
                file.entries_read += 1;
                let refused = entry.problems.iter().any(|p| p.refused);
                assert_eq!(refused, entry.draft.is_none(), "{entry:?}");
                file.problems.extend(entry.problems);
                file.former_ids.extend(entry.draft.is_some().then_some(entry.former_id));
                file.drafts.extend(entry.draft);
            }
        }
    }
    Ok(file)
}

fn written(format: ConceptFormat, concepts: &[ConceptDraft]) -> Vec<u8> {
    let head =
        GlossaryHead { name: "g", description: "", source: &Locale::arabic(), target: &Locale::english() };
    let mut bytes = Vec::new();
    write_concepts(format, &mut bytes, &head, concepts.iter()).unwrap();
    bytes
}

prop_compose! {
    /// A concept from so few words that many have the same id, the same terms, or both.
    fn concepts()(
        id in prop::sample::select(vec!["", "", "c1", "c2", "c3"]),
        terms in prop::collection::vec((prop::sample::select(vec!["ا", "أ", "ب", "a", "b"]), any::<bool>()), 2..4),
        note in prop::sample::select(vec!["", "n"]),
        domain in prop::sample::select(vec!["", "d"]),
    ) -> ConceptDraft {
        let terms = terms.iter().enumerate().map(|(n, (text, deprecated))| {
            let locale = if n == 0 { Locale::arabic() } else { Locale::english() };
            let status = match (n, deprecated) {
                (0 | 1, _) => TermStatus::Preferred,
                (_, true) => TermStatus::Deprecated,
                (_, false) => TermStatus::Admitted,
            };
            Term { status, ..Term::new(*text, locale) }
        }).collect();
        let notes = Some(note).filter(|n| !n.is_empty()).map(str::to_owned).into_iter().collect();
        ConceptDraft { id: id.to_owned(), domain: domain.to_owned(), terms, notes, ..Default::default() }
    }
}

/// The oracle: gives the concepts of a file their ids as the reader did when it read files whole,
/// with all earlier concepts at hand. Returns them with their former ids.
fn with_ids(concepts: Vec<ConceptDraft>) -> Vec<(ConceptDraft, String)> {
    let mut seen: FxHashMap<String, ConceptDraft> = FxHashMap::default();
    let mut former_seen = seen.clone();
    let (mut ids, mut former_ids) = (OracleIds::new(hash_terms), OracleIds::new(former_hash_terms));
    let mut settled = Vec::new();
    for mut draft in concepts {
        let mut former = String::new();
        if draft.id.is_empty() {
            former = former_ids.next_id(&draft, &former_seen);
            former_seen.insert(former.clone(), ConceptDraft { id: former.clone(), ..draft.clone() });
            draft.id = ids.next_id(&draft, &seen);
        } else if seen.get(&draft.id).is_some_and(|other| *other != draft) {
            continue;
        } else {
            former_seen.insert(draft.id.clone(), draft.clone());
        }
        seen.insert(draft.id.clone(), draft.clone());
        settled.push((draft, former));
    }
    settled
}

struct OracleIds {
    hash: HashTerms,
    /// For each derived id, how many were given out, and the concepts with theirs.
    issued: FxHashMap<String, (u32, Vec<(ConceptDraft, String)>)>,
}

impl OracleIds {
    fn new(hash: HashTerms) -> Self {
        Self { hash, issued: FxHashMap::default() }
    }

    fn next_id(&mut self, concept: &ConceptDraft, taken: &FxHashMap<String, ConceptDraft>) -> String {
        let first = |of_source: bool| {
            let mut terms = concept.terms.iter();
            terms
                .find(|t| t.locale.has_same_language(&Locale::arabic()) == of_source)
                .map_or("", |t| t.text.as_str())
        };
        let derived = format!("row-{:016x}", (self.hash)(&folded(first(true)), first(false)));
        let (number, issued) = self.issued.entry(derived.clone()).or_default();
        if let Some((_, id)) = issued.iter().find(|(other, _)| other == concept) {
            return id.clone();
        }
        loop {
            *number += 1;
            let id = if *number == 1 { derived.clone() } else { format!("{derived}-{number}") };
            let same = ConceptDraft { id: id.clone(), ..concept.clone() };
            if taken.get(&id).is_none_or(|other| *other == same) {
                issued.push((concept.clone(), id.clone()));
                return id;
            }
        }
    }
}

/// Returns the id that is derived from two terms, with a number.
fn derived_id(source: &str, target: &str, end: &str) -> String {
    format!("row-{:016x}{end}", hash_terms(&folded(source), target))
}

proptest! {
    #[test]
    fn concepts_get_the_ids_that_the_whole_file_gives_them(
        concepts in prop::collection::vec(concepts(), 0..12),
        taken in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..3),
    ) {
        let mut concepts = concepts;
        // Some ids are those that are derived for other concepts.
        for (at, second) in taken {
            if let Some(n) = (!concepts.is_empty()).then(|| at.index(concepts.len())) {
                let text = concepts[n].terms[1].text.clone();
                concepts[n].id = derived_id("ا", &text, if second { "-2" } else { "" });
            }
        }
        for format in [ConceptFormat::Tbx, ConceptFormat::Csv, ConceptFormat::Tsv] {
            let file = read_whole(format, &written(format, &concepts)).unwrap();
            let expected = with_ids(concepts.clone());
            prop_assert_eq!(file.entries_read, concepts.len() as u64);
            prop_assert_eq!(file.problems.len(), concepts.len() - expected.len());
            prop_assert!(file.problems.iter().all(|p| p.reason == "CONCEPT_ID_TWICE" && p.refused));
            let settled: Vec<_> = file.drafts.into_iter().zip(file.former_ids).collect();
            prop_assert_eq!(settled, expected);
        }
    }
}

#[test]
fn the_reader_itself_refuses_an_entry_of_too_many_terms() {
    let most = Limits::default().terms;
    let terms = |count: usize| "<termSec><term>ا</term></termSec>".repeat(count);
    let tbx = |count| {
        format!("<tbx><conceptEntry><langSec xml:lang='ar'>{}</langSec></conceptEntry></tbx>", terms(count))
    };
    // A row has a source and a target beside the variants.
    let csv =
        |count: usize| format!("source,target,source_variants\nا,a,{}\n", vec!["ب"; count - 2].join("|"));
    for (format, at_most, beyond) in
        [(ConceptFormat::Tbx, tbx(most), tbx(most + 1)), (ConceptFormat::Csv, csv(most), csv(most + 1))]
    {
        let file = read_whole(format, at_most.as_bytes()).unwrap();
        assert_eq!((file.drafts[0].terms.len(), file.problems), (most, vec![]));
        let file = read_whole(format, beyond.as_bytes()).unwrap();
        let reasons: Vec<_> = file.problems.iter().map(|p| p.reason).collect();
        assert_eq!((file.drafts.len(), reasons), (0, vec!["TOO_MANY_TERMS"]));
    }
}

/// An entry with as many remarks as are reported, and one with more.
#[test]
fn the_remarks_on_an_entry_are_bounded() {
    for (count, reported) in [(99, 99), (100, 100), (101, 100)] {
        let parts = "<langSec xml:lang='?'/>".repeat(count);
        let term = "<langSec xml:lang='ar'><termSec><term>ا</term></termSec></langSec>";
        let file = format!("<tbx><conceptEntry>{parts}{term}</conceptEntry></tbx>");
        let file = read_whole(ConceptFormat::Tbx, file.as_bytes()).unwrap();
        assert_eq!((file.drafts.len(), file.problems.len()), (1, reported));
    }
}
