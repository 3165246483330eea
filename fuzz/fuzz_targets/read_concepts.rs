//! No glossary file, compressed or not, crashes its reader or makes it hang. The concepts that were
//! read can be written as TBX and read again.
#![no_main]

use dhakira::{
    interchange::{ConceptFormat, GlossaryHead, read_concepts, write_concepts},
    locale::Locale,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &[u8])| {
    let (choice, bytes) = input;
    let format = [ConceptFormat::Tbx, ConceptFormat::Csv, ConceptFormat::Tsv][usize::from(choice % 3)];
    let (source, target) = (Locale::arabic(), Locale::english());
    let Ok(file) = read_concepts(format, bytes, &source, &target) else { return };
    assert!(file.entries_read >= file.concepts.len() as u64);
    let head = GlossaryHead { name: "g", description: "", source: &source, target: &target };
    let concepts = file.concepts.iter().map(|c| &c.draft);
    let mut out = Vec::new();
    write_concepts(ConceptFormat::Tbx, &mut out, &head, concepts).expect("memory");
    let again = read_concepts(ConceptFormat::Tbx, out.as_slice(), &source, &target).expect("our own file");
    assert_eq!(again.concepts.len(), file.concepts.len());
    let mut out = Vec::new();
    write_concepts(ConceptFormat::Csv, &mut out, &head, file.concepts.iter().map(|c| &c.draft))
        .expect("memory");
});
