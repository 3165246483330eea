//! No file of terms crashes its reader or makes it hang.
#![no_main]

use dhakira::{
    interchange::{ConceptFormat, read_concepts},
    locale::Locale,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (bool, &[u8])| {
    let (tbx, bytes) = input;
    let format = if tbx { ConceptFormat::Tbx } else { ConceptFormat::Csv };
    if let Ok(file) = read_concepts(format, bytes, &Locale::arabic(), &Locale::english()) {
        assert!(file.read >= file.concepts.len() as u64);
    }
});
