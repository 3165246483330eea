//! No glossary file, compressed or not, crashes its reader or makes it hang. The concepts that were
//! read can be written as TBX and read again.
#![no_main]

use dhakira::{
    interchange::{
        ConceptFilePart, ConceptFormat, ConceptReader, GlossaryHead, ReadError, write_concepts,
    },
    limits::Limits,
    locale::Locale,
    term::ConceptDraft,
};
use libfuzzer_sys::fuzz_target;

/// Returns the concepts of a file. Each entry has a concept or the reason why it has none.
fn read(format: ConceptFormat, bytes: &[u8]) -> Result<Vec<ConceptDraft>, ReadError> {
    let languages = (&Locale::arabic(), &Locale::english());
    let mut reader = ConceptReader::new(format, bytes, languages, &Limits::default())?;
    let mut concepts = Vec::new();
    while let Some(part) = reader.next_part()? {
        if let ConceptFilePart::Entry(entry) = part {
            assert_eq!(entry.draft.is_none(), entry.problems.iter().any(|p| p.refused));
            concepts.extend(entry.draft);
        }
    }
    Ok(concepts)
}

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, bytes) = input;
    let format = [ConceptFormat::Tbx, ConceptFormat::Csv, ConceptFormat::Tsv][usize::from(choice % 3)];
    let (source, target) = (Locale::arabic(), Locale::english());
    let Ok(concepts) = read(format, bytes) else { return };
    let head = GlossaryHead { name: "g", description: "", source: &source, target: &target };
    let mut out = Vec::new();
    write_concepts(ConceptFormat::Tbx, &mut out, &head, concepts.iter()).expect("memory");
    let again = read(ConceptFormat::Tbx, &out).expect("our own file");
    assert_eq!(again.len(), concepts.len());
    let mut out = Vec::new();
    write_concepts(ConceptFormat::Csv, &mut out, &head, concepts.iter()).expect("memory");
});
